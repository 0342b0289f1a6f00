"""One JSON record read within bounds of depth, of parts and of time."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from attribution._text import decode
from attribution.enrich.banners.tally import Fault

__all__ = ["DEEPEST", "MOST_PARTS", "parse"]

DEEPEST = 100
"""Levels of nesting; certificates, the deepest of what scanners write, have some fifteen."""
MOST_PARTS = 500_000
"""Commas and brackets of one record: each may become an object in memory many times as large as its text."""

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class _TwiceError(ValueError):
    """A name stands twice in one object: programs differ in which they believe (RFC 8259 §4)."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError
    return found


def _nothing(name: str) -> None:  # noqa: ARG001 (NaN and infinities, which are not JSON, count as missing)
    return None


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_nothing, strict=False)


def parse(data: bytes) -> object | Fault:
    """Return the value that a JSON text stands for, or why it is none.

    Args:
        data: UTF-8, else Latin-1, which is how older tools wrote what was not UTF-8.
    """
    openings = data.count(b"{") + data.count(b"[")
    if openings + data.count(b",") > MOST_PARTS:
        return Fault("too-large", f"JSON of more than {MOST_PARTS:,} parts")
    if openings > DEEPEST and (deepest := _depth(data)) > DEEPEST:
        return Fault("malformed", f"JSON of {deepest:,} levels; at most {DEEPEST} are read")
    try:
        value: object = _DECODER.decode(decode(data))
    except json.JSONDecodeError as error:
        return Fault("malformed", f"no JSON: {error.msg} at character {error.pos:,}")
    except _TwiceError:
        return Fault("malformed", "JSON in which a name stands twice in one object")
    except (ValueError, RecursionError) as error:  # an integer of more digits than Python converts
        return Fault("malformed", f"no JSON that can be read: {type(error).__name__}")
    return value


def _depth(data: bytes) -> int:
    """Return the depth of nesting, by the brackets that stand outside of strings."""
    brackets = np.frombuffer(_STRING.sub(b"", data).translate(None, _BRACKETS), np.uint8)
    steps = np.where((brackets == ord("{")) | (brackets == ord("[")), 1, -1)
    return int(np.cumsum(steps).max(initial=0))
