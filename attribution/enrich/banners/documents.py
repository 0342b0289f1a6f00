"""JSON records cut out of documents that span lines: one object, objects in a row, or a list of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attribution.enrich.banners.expanded import Unreadable
from attribution.enrich.banners.lines import LONGEST_LINE
from attribution.enrich.banners.tally import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.enrich.banners.expanded import Expanded

__all__ = ["documents"]

# Both are only asked from a given place: to look for them anywhere would cost the square of a block's length.
# Outside of strings: to the next bracket, over strings that end within the block, or to a string that does not.
_TO_BRACKET = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+(["{}\[\]])', re.DOTALL)
_TO_QUOTE = re.compile(rb'(?:[^"\\]++|\\.)*+"', re.DOTALL)


def documents(stream: Expanded, longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes] | Fault]:
    """Yield each outermost object, or each element of an outermost list, with the offset of its first byte.

    Args:
        stream: JSON texts in a row, with anything but brackets and quotes between them.
        longest: Bytes that a record may have; a longer one is passed over with a fault.
    """
    cutter = _Cutter(longest)
    while True:
        try:
            block = stream.read()
        except Unreadable as error:
            yield Fault(error.status, error.detail, cutter.position, fatal=True)
            return
        if not block:
            break
        yield from cutter.feed(block)
    if cutter.depth > cutter.outside:
        yield Fault("malformed", "the JSON ends inside of a record", cutter.start, fatal=True)


class _Cutter:
    """Where in a row of JSON texts a stream stands.

    Attributes:
        depth: Brackets that are open. `outside`: as many as are open between two records: one within a list.
        start: Offset of the record. `position`: offset of the next byte.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._pieces: list[bytes] = []
        self._held = 0
        self._in_string = False
        self._carried = b""
        self.depth = 0
        self.outside = 0
        self.start = 0
        self.position = 0

    def feed(self, block: bytes) -> Iterator[tuple[int, bytes] | Fault]:
        """Take the next bytes and yield the records that end in them."""
        block, self._carried = self._carried + block, b""
        if (len(block) - len(block.rstrip(b"\\"))) % 2:  # what it escapes comes with the next block
            block, self._carried = block[:-1], b"\\"
        at = begin = 0
        while True:
            match = _TO_QUOTE.match(block, at) if self._in_string else _TO_BRACKET.match(block, at)
            if match is None:
                break
            at = match.end()
            if self._in_string:
                self._in_string = False
                continue
            mark = match[1]
            if mark == b'"':
                self._in_string = True
            elif mark in b"{[":
                if self.depth == 0 and mark == b"[" and not self.outside:
                    self.outside = 1
                elif self.depth == self.outside:
                    begin, self.start = at - 1, self.position + at - 1
                self.depth += 1
            elif self.depth > 0:
                self.depth -= 1
                if self.depth == self.outside:
                    yield from self._whole(block[begin:at])
                elif self.depth < self.outside:
                    self.outside = 0
        if self.depth > self.outside:
            yield from self._keep(block[begin:])
        self.position += len(block)

    def _keep(self, piece: bytes) -> Iterator[Fault]:
        before, self._held = self._held, self._held + len(piece)
        if self._held <= self._longest:
            self._pieces.append(piece)
            return
        self._pieces.clear()
        if before <= self._longest:
            yield Fault("too-large", f"a JSON record of more than {self._longest:,} bytes", self.start)

    def _whole(self, piece: bytes) -> Iterator[tuple[int, bytes] | Fault]:
        too_long = self._held > self._longest
        yield from self._keep(piece) if not too_long else ()
        if not too_long and self._held <= self._longest:
            yield self.start, b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
