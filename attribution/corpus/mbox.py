"""An mbox divided into its messages, in one pass over chunks of any size.

The same bytes give the same messages however they are cut, so a file, a compressed stream and standard
input are read by the same code. Lengths that a message claims for itself (Content-Length of mboxcl) are
never followed: a sender could hide the messages behind it with one. `>From ` quoting is left as it stands,
because mboxo and mboxrd cannot be told apart and the bytes are evidence.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from attribution.corpus.postmark import WINDOW, from_line_length

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.limits import Limits

__all__ = ["Entry", "MboxSplitter", "dividers", "find_divider", "head_bytes"]

_CANDIDATE = re.compile(rb"\nFrom ")
_BEFORE = 2
"""Bytes before a candidate's line feed that may belong to the empty line which closes an entry."""


class Entry(NamedTuple):
    """One message of an mbox.

    Attributes:
        offset: First byte after the `From ` line.
        length: Bytes up to the empty line that closes the entry, without it.
        data: These bytes, or only the head of a message that is larger than the limit.
        sha256: Hex digest of all `length` bytes where `data` is cut, else None.
    """

    offset: int
    length: int
    data: bytes
    sha256: str | None


def head_bytes(limits: Limits) -> int:
    """Return how many bytes of a message beyond the limit are kept: its header, and enough to see it end."""
    return min(limits.header_bytes + WINDOW, limits.message_bytes)


def find_divider(data: bytes, *, ended: bool) -> int:
    """Return where the first dividing `From ` line after an empty line begins, or -1; see `dividers`."""
    return next(dividers(data, ended=ended), -1)


def dividers(data: bytes, *, ended: bool) -> Iterator[int]:
    """Give where the dividing `From ` lines after an empty line begin.

    Args:
        data: Part of an mbox, cut anywhere.
        ended: The file ends with it; else a line too near to the end to be judged is passed over.
    """
    for match in _CANDIDATE.finditer(data):
        line = match.start() + 1
        if not ended and len(data) - line < WINDOW:
            break
        if _closing_line(data, match.start(), -1) and from_line_length(data[line : line + WINDOW]) is not None:
            yield line


class MboxSplitter:
    """Divides an mbox that comes in chunks.

    Memory holds the message that is being read up to `message_bytes`; of a larger one only the head.

    Attributes:
        rejected: Lines after an empty line that begin with `From ` and divide nothing, so far.

    Args:
        limits: `message_bytes` and `header_bytes` hold.
        offset: Where in the file the first chunk begins.
        lead: Bytes of the first chunks that come before the first `From ` line (byte order mark, empty lines).
    """

    def __init__(self, limits: Limits, *, offset: int = 0, lead: int = 0) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._base = offset  # offset of the buffer's first byte; the three below are indexes into the buffer
        self._begin: int | None = None  # first byte of the message; negative once its head was dropped
        self._scan = lead  # every candidate before it is decided
        self._hashed = 0  # bytes before it are in the hash, while there is one
        self._hash = hashlib.sha256()
        self._head: bytes | None = None
        self.rejected = 0

    @property
    def begin(self) -> int:
        """Offset of the message that is being read."""
        return self._base + (self._scan if self._begin is None else self._begin)

    def feed(self, chunk: bytes) -> Iterator[Entry]:
        """Give the messages that the chunk completes; exhaust the iterator before the next chunk."""
        self._buffer += chunk
        yield from self._advance(ended=False)

    def finish(self) -> Iterator[Entry]:
        """Give the last messages; no chunk follows."""
        yield from self._advance(ended=True)
        if self._begin is not None:
            size = len(self._buffer)
            closing = 0
            if size > max(self._begin, 0) and self._buffer[size - 1] == 0x0A:
                closing = _closing_line(self._buffer, size - 1, self._begin)
            yield self._entry(size - closing)
            self._begin = None

    def _advance(self, *, ended: bool) -> Iterator[Entry]:
        if self._begin is None and not self._open_first(ended=ended):
            return
        while self._begin is not None:
            match = _CANDIDATE.search(self._buffer, self._scan)
            if match is None:
                self._scan = max(self._scan, len(self._buffer) - 5)
                break
            feed = match.start()
            del match  # it holds the buffer, which then could not be resized
            closing = _closing_line(self._buffer, feed, self._begin)
            if not closing:
                self._scan = feed + 1
                continue
            line = feed + 1
            if not ended and len(self._buffer) - line < WINDOW:
                self._scan = feed
                break
            length = from_line_length(bytes(self._buffer[line : line + WINDOW]))
            if length is None:
                self.rejected += 1
                self._scan = line
                continue
            yield self._entry(feed + 1 - closing)
            self._begin = self._scan = line + length
        self._release()

    def _open_first(self, *, ended: bool) -> bool:
        start = self._scan
        if not ended and len(self._buffer) - start < WINDOW:
            return False
        length = from_line_length(bytes(self._buffer[start : start + WINDOW]))
        self._begin = self._scan = start + (length or 0)
        return True

    def _entry(self, end: int) -> Entry:
        """Return the message that ends before the index `end`."""
        begin = self._begin or 0
        length = end - begin
        if self._head is not None:
            self._hash.update(memoryview(self._buffer)[self._hashed : end])
            entry = Entry(self._base + begin, length, self._head, self._hash.hexdigest())
            self._head = None
            return entry
        with memoryview(self._buffer) as view:
            if length <= self._limits.message_bytes:
                return Entry(self._base + begin, length, bytes(view[begin:end]), None)
            digest = hashlib.sha256(view[begin:end]).hexdigest()
            return Entry(self._base + begin, length, bytes(view[begin : begin + head_bytes(self._limits)]), digest)

    def _release(self) -> None:
        """Drop from the buffer what is not needed any more."""
        if self._begin is None:
            return
        sure = self._scan - _BEFORE  # what comes before belongs to the message, whatever follows
        if self._head is None and sure - self._begin > self._limits.message_bytes:
            self._head = bytes(self._buffer[self._begin : self._begin + head_bytes(self._limits)])
            self._hash = hashlib.sha256()
            self._hashed = self._begin
        if self._head is None:
            drop = self._begin
        else:
            self._hash.update(memoryview(self._buffer)[self._hashed : sure])
            drop = self._hashed = sure
        if drop > 0:
            del self._buffer[:drop]
            self._base += drop
            self._begin -= drop
            self._scan -= drop
            self._hashed -= drop


def _closing_line(data: bytes | bytearray, feed: int, begin: int) -> int:
    """Return the length of the empty line that ends with the line feed at `feed`; 0 when its line is not empty.

    Args:
        data: The bytes.
        feed: Index of a line feed.
        begin: Index at which a line is known to begin.
    """
    if feed == begin or (feed > 0 and data[feed - 1] == 0x0A):
        return 1
    if feed > 0 and data[feed - 1] == 0x0D and (feed - 1 == begin or (feed > 1 and data[feed - 2] == 0x0A)):
        return 2
    return 0
