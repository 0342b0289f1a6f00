"""What all readers of bytes share: one way to read, one way to fail, a head that can be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from attribution.corpus.places import Place
    from attribution.models import Status

__all__ = [
    "CHUNK",
    "Buffered",
    "Metered",
    "Peekable",
    "Prefix",
    "RandomAccess",
    "Seekable",
    "Slice",
    "Stream",
    "Unreadable",
    "drain",
    "read_exactly",
]

CHUNK = 256 * 1024
"""Bytes that are read at once: large enough for the disk, small enough for the processor's cache."""

_READ_AHEAD = 32 * 1024


class Stream(Protocol):
    """Bytes in one pass."""

    def read(self, size: int) -> bytes:
        """Return between 1 and `size` bytes, none only at the end; `Unreadable` where it cannot go on."""
        ...


class RandomAccess(Protocol):
    """Bytes at any offset of something whose size is known."""

    @property
    def size(self) -> int:
        """Number of bytes."""
        ...

    def pread(self, size: int, offset: int) -> bytes:
        """Return the bytes at an offset; fewer than `size` only at the end."""
        ...


class Seekable(Stream, RandomAccess, Protocol):
    """Bytes in one pass and at any offset, as a file has them."""


class Unreadable(Exception):  # noqa: N818 - named for the item's state; it never leaves the package
    """A layer of the input cannot be read on.

    Attributes:
        layer: The object that failed. What encloses it can be read on, what it encloses cannot.
        status, detail: What the problem's row will say.
        place, offset: The innermost item that was being read, once known.
    """

    def __init__(self, layer: object, status: Status, detail: str) -> None:
        super().__init__(detail)
        self.layer = layer
        self.status: Status = status
        self.detail = detail
        self.place: Place | None = None
        self.offset: int | None = None

    def note(self, place: Place, offset: int | None = None) -> None:
        """Name the item that was being read, unless one further inside is named already."""
        if self.place is None:
            self.place, self.offset = place, offset


class Peekable:
    """A stream whose first bytes can be looked at before they are read, and that is cheap to read in small parts.

    It reads ahead: the stream below must end where its item does.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._ahead = b""
        self._at = 0

    def peek(self, size: int) -> bytes:
        """Return the next bytes without taking them: all of `size`, or what is left."""
        missing = size - (len(self._ahead) - self._at)
        if missing > 0:
            self._ahead = self._ahead[self._at :] + read_exactly(self._stream, missing)
            self._at = 0
        return self._ahead[self._at : self._at + size]

    def read(self, size: int) -> bytes:
        """Return the next bytes; see `Stream`."""
        if self._at == len(self._ahead):
            if size >= _READ_AHEAD:
                return self._stream.read(size)
            self._ahead, self._at = self._stream.read(_READ_AHEAD), 0
        data = self._ahead[self._at : self._at + size]
        self._at += len(data)
        return data


class Slice:
    """The next bytes of a stream, as many as its container says there are.

    Args:
        stream: The stream; nobody else may read it before the slice is drained.
        size: Number of bytes.
        layer, detail: What is raised when the stream ends inside the slice.
    """

    def __init__(self, stream: Stream, size: int, layer: object, detail: str) -> None:
        self._stream = stream
        self._left = size
        self._layer = layer
        self._detail = detail

    def read(self, size: int) -> bytes:
        """Return the next bytes; see `Stream`.

        Raises:
            Unreadable: The stream ends too early.
        """
        if not self._left:
            return b""
        data = self._stream.read(min(size, self._left))
        if not data:
            raise Unreadable(self._layer, "malformed", self._detail)
        self._left -= len(data)
        return data


class Prefix:
    """The next bytes of a stream, as many as are wanted or as there are.

    Args:
        stream: The stream; what is behind the prefix can be read from it afterwards.
        size: Number of bytes.
    """

    def __init__(self, stream: Stream, size: int) -> None:
        self._stream = stream
        self._left = size

    def read(self, size: int) -> bytes:
        """Return the next bytes; see `Stream`."""
        data = self._stream.read(min(size, self._left)) if self._left else b""
        self._left -= len(data)
        return data


class Buffered:
    """Bytes in memory, with random access."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size(self) -> int:
        """Number of bytes."""
        return len(self._data)

    def pread(self, size: int, offset: int) -> bytes:
        """Return the bytes at an offset; see `RandomAccess`."""
        return self._data[offset : offset + size] if offset >= 0 else b""


class Metered:
    """A file of which only so much is read.

    Attributes:
        taken: Bytes that were read so far.

    Args:
        file: The file.
        most: Bytes after which reading fails.
    """

    def __init__(self, file: Seekable, most: int) -> None:
        self._file = file
        self._most = most
        self.taken = 0

    @property
    def size(self) -> int:
        """Number of bytes of the file."""
        return self._file.size

    def read(self, size: int) -> bytes:
        """Return the next bytes; see `Stream`."""
        return self._counted(self._file.read(size))

    def pread(self, size: int, offset: int) -> bytes:
        """Return the bytes at an offset; see `RandomAccess`."""
        return self._counted(self._file.pread(size, offset))

    def _counted(self, data: bytes) -> bytes:
        self.taken += len(data)
        if self.taken > self._most:
            raise Unreadable(self, "too-large", f"only {self._most:,} bytes of it were to be read")
        return data


def read_exactly(stream: Stream, size: int) -> bytes:
    """Return the next `size` bytes, or what is left when that is less."""
    first = stream.read(size) if size else b""
    if len(first) == size or not first:
        return first
    pieces = [first]
    missing = size - len(first)
    while missing > 0 and (piece := stream.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def drain(stream: Stream) -> None:
    """Read a stream to its end and drop the bytes."""
    while stream.read(CHUNK):
        pass
