"""Standard input read as a stream, and kept where its content has to be read out of order."""

from __future__ import annotations

import hashlib
import tempfile
from typing import TYPE_CHECKING

from attribution.corpus.files import reason
from attribution.corpus.streams import CHUNK, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from attribution.corpus.streams import Stream

__all__ = ["Spool", "StandardInput"]

_IN_MEMORY = 64 * 1024 * 1024


class StandardInput:
    """A binary file object read in one pass, without waiting for more bytes than are there.

    Args:
        handle: The file object.
        progress: Called with the number of bytes that were read since the last call.
        hashed: Compute the SHA-256 on the way.
    """

    def __init__(
        self, handle: BinaryIO, *, progress: Callable[[int], None] | None = None, hashed: bool = False
    ) -> None:
        self._read: Callable[[int], bytes] = getattr(handle, "read1", handle.read)
        self._progress = progress
        self._hash = hashlib.sha256() if hashed else None
        self.size = 0

    def read(self, size: int) -> bytes:
        """Return the next bytes; see `streams.Stream`."""
        try:
            data = self._read(size) or b""
        except OSError as error:
            self._hash = None
            raise Unreadable(self, "unreadable", f"reading failed at byte {self.size:,}: {reason(error)}") from error
        except ValueError as error:
            self._hash = None
            raise Unreadable(self, "unreadable", "standard input is closed") from error
        self.size += len(data)
        if self._hash is not None:
            self._hash.update(data)
        if data and self._progress is not None:
            self._progress(len(data))
        return data

    def digest(self) -> str | None:
        """Return the SHA-256 of what was read as hex digits, None where none was wanted or reading failed."""
        return None if self._hash is None else self._hash.hexdigest()


class Spool:
    """A stream copied to memory, beyond 64 MiB to a nameless temporary file, for access at any offset.

    Only for a zip archive on standard input, whose directory stands at its end. Use as a context manager.
    """

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by __exit__
        self.size = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def fill(self, stream: Stream, most: int) -> None:
        """Copy a stream.

        Args:
            stream: The stream, read to its end.
            most: Bytes that are taken.

        Raises:
            Unreadable: There are more bytes, or there is no room for them; with this object as the layer.
        """
        try:
            while data := stream.read(CHUNK):
                self.size += len(data)
                if self.size > most:
                    raise Unreadable(self, "too-large", f"a zip archive of more than {most:,} bytes on standard input")
                self._file.write(data)
        except OSError as error:
            raise Unreadable(self, "unsupported", f"no room to keep the zip archive: {reason(error)}") from error

    def pread(self, size: int, offset: int) -> bytes:
        """Return the bytes at an offset; see `streams.RandomAccess`."""
        if offset < 0:
            return b""
        try:
            self._file.seek(offset)
            return self._file.read(size)
        except OSError as error:
            raise Unreadable(self, "unreadable", f"reading failed at byte {offset:,}: {reason(error)}") from error
