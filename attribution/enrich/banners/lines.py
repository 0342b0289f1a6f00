"""Lines of a stream, none of which takes more memory than a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.enrich.banners.expanded import Unreadable
from attribution.enrich.banners.tally import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.enrich.banners.expanded import Expanded

__all__ = ["LONGEST_LINE", "lines"]

LONGEST_LINE = 8 * 1024 * 1024
"""Bytes of the longest line or JSON document that is read; the pages that scanners store are cut far below."""


def lines(stream: Expanded, longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes] | Fault]:
    """Yield the lines, without the line feed, each with the offset of its first byte; a fault for one that is too long.

    The rest of a line that is too long is passed over. A stream that cannot be read on ends with a fault.

    Args:
        stream: Text in any encoding in which a line feed is one byte.
        longest: Bytes that a line may have.
    """
    start, held, passing = 0, b"", False
    while True:
        try:
            block = stream.read()
        except Unreadable as error:
            yield Fault(error.status, error.detail, start, fatal=True)
            return
        if not block:
            break
        *whole, tail = block.split(b"\n")
        for line in whole:
            if passing:  # its fault has been told
                start += len(line) + 1
                passing = False
                continue
            if held:
                line, held = held + line, b""
            yield (start, line) if len(line) <= longest else _too_long(start, longest)
            start += len(line) + 1
        if passing:
            start += len(tail)
            continue
        held += tail
        if len(held) > longest:
            yield _too_long(start, longest)
            start += len(held)
            held, passing = b"", True
    if held:
        yield start, held


def _too_long(start: int, longest: int) -> Fault:
    return Fault("too-large", f"a line of more than {longest:,} bytes", start)
