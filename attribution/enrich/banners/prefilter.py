"""Which addresses a line of JSON is about, told from its bytes: most lines of a bulk file are of no interest.

A line is only passed over when it names addresses in plain text and none of them is wanted; in any other case it is
parsed and judged by what it says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attribution._net import parse_ip

if TYPE_CHECKING:
    from collections.abc import Container

__all__ = ["is_elsewhere"]

_KEYS = (b'"ip_str"', b'"ip"')
_ADDRESS = re.compile(rb'[ \t]*+:[ \t]*+"([0-9A-Fa-f:.]{2,45})"')


def is_elsewhere(line: bytes, wanted: Container[str]) -> bool:
    """Say whether a line surely is about other addresses than those that are wanted.

    Args:
        line: One JSON text.
        wanted: Addresses in canonical form.
    """
    named = False
    for key in _KEYS:
        at = line.find(key)
        while at >= 0:
            end = at + len(key)
            found = _ADDRESS.match(line, end)
            if found is not None:
                ip = parse_ip(found[1].decode("ascii"))
                if ip is None or ip in wanted:
                    return False
                named = True
            at = line.find(key, end)
    return named
