"""A file that tells how far it was read, for whoever shows the progress."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["watched"]


class _Watched(io.RawIOBase):
    def __init__(self, file: IO[bytes], advance: Callable[[int], None]) -> None:
        self._file = file
        self._advance = advance
        self._farthest = 0

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # (typed as a buffer of C)
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        place = self._file.tell()
        if place > self._farthest:
            self._advance(place - self._farthest)
            self._farthest = place
        return len(data)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def watched(file: IO[bytes], advance: Callable[[int], None]) -> IO[bytes]:
    """Return a file that reads as another one does, and tells how many more bytes of it were read.

    Args:
        file: Open for reading bytes; stays its owner's to close.
        advance: Called with a number of bytes; what is read twice counts once.
    """
    return cast("IO[bytes]", io.BufferedReader(_Watched(file, advance), 1 << 20))
