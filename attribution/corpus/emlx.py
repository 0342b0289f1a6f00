"""Apple Mail's file of one message: its length in bytes on a line, the message, then an XML property list.

Apple has not published the format; this is what its program has written since Mac OS X 10.4.
"""

from __future__ import annotations

import re

from attribution.corpus.opening import opens_with_header

__all__ = ["PLIST_HEAD", "first_line", "opens_property_list"]

PLIST_HEAD = 1024
"""Bytes behind the message by which a property list is known."""

_LENGTH = re.compile(rb"([0-9]{1,15})[ \t]{0,32}\r?\n")
_PLIST = re.compile(rb"\s{0,64}(?:<\?xml\s[^>]{0,200}\?>\s{0,64})?(?:<!DOCTYPE\s+plist\b[^>]{0,300}>\s{0,64})?<plist\b")


def first_line(head: bytes) -> tuple[int, int] | None:
    """Return the length of the first line, its end included, and the length that it gives the message.

    Args:
        head: The start of a file.

    Returns:
        The two, or None where the line is no length or no mail header follows it.
    """
    line = _LENGTH.match(head)
    if line is None or not opens_with_header(head[line.end() :]):
        return None
    return line.end(), int(line[1])


def opens_property_list(data: bytes) -> bool:
    """Say whether an XML property list begins here; it is not parsed."""
    return _PLIST.match(data) is not None
