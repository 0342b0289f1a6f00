"""A scan file as a stream of its expanded bytes, within the limits for compressed sources."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from typing import IO, TYPE_CHECKING, Protocol

import pyarrow as pa

if TYPE_CHECKING:
    from attribution.limits import Limits
    from attribution.models import Status

__all__ = ["CHUNK", "Expanded", "Unreadable"]

CHUNK = 1024 * 1024
"""Expanded bytes that are asked for at once."""

_COMPRESSED = 64 * 1024
_XZ_MEMORY = 128 * 1024 * 1024
"""Memory that an xz stream may ask for; its own highest setting, -9, takes 65 MiB."""


class Unreadable(Exception):  # noqa: N818 - named for the file's state; it never leaves the package
    """The stream cannot be read on.

    Attributes:
        status, detail: What the problem's row will say.
    """

    def __init__(self, status: Status, detail: str) -> None:
        super().__init__(detail)
        self.status: Status = status
        self.detail = detail


class _Reads(Protocol):
    """Bytes in one pass."""

    def read(self, size: int, /) -> bytes: ...


class _Once:
    """One raw read at a time: a buffered reader that fails half-way would drop what it already has."""

    def __init__(self, file: gzip.GzipFile | bz2.BZ2File) -> None:
        self._file = file

    def read(self, size: int, /) -> bytes:
        return self._file.read1(size)


class _Xz:
    """The `lzma` module's own file object lets a stream ask for any amount of memory; this one does not."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._engine = self._fresh()

    @staticmethod
    def _fresh() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)

    def read(self, size: int, /) -> bytes:
        while True:
            raw = b""
            if self._engine.eof:
                raw = (self._engine.unused_data or self._file.read(_COMPRESSED)).lstrip(b"\0")
                if not raw:
                    return b""
                self._engine = self._fresh()
            elif self._engine.needs_input:
                raw = self._file.read(_COMPRESSED)
                if not raw:
                    raise EOFError
            data = self._engine.decompress(raw, size)
            if data:
                return data


_LABELS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}


class Expanded:
    """The bytes of a file, expanded where it is compressed with gzip, bzip2, xz or zstd.

    Attributes:
        compression: What it is compressed with, None where it is not.

    Args:
        file: The file, at its start.
        limits: For the size that it may expand to.
    """

    def __init__(self, file: IO[bytes], limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self._given = 0
        magic = file.read(6)
        file.seek(0)
        self.compression = next((label for start, label in _LABELS.items() if magic.startswith(start)), None)
        self._stream: _Reads = _opened(file, self.compression)
        self._ahead = b""
        self._failed: Unreadable | None = None

    def head(self, size: int) -> bytes:
        """Return the first bytes, all of `size` or what there is, without taking them."""
        pieces = [self._ahead]
        missing = size - len(self._ahead)
        try:
            while missing > 0 and (piece := self._read(missing)):
                pieces.append(piece)
                missing -= len(piece)
        except Unreadable as error:
            if not any(pieces):
                raise
            self._failed = error  # what came before the fault is read first
        self._ahead = b"".join(pieces)
        return self._ahead[:size]

    def read(self, size: int = CHUNK) -> bytes:
        """Return the next expanded bytes, none only at the end.

        Raises:
            Unreadable: The data are broken, end too early, or expand beyond the limits.
        """
        if self._ahead:
            data, self._ahead = self._ahead, b""
            return data
        if self._failed is not None:
            raise self._failed
        return self._read(size)

    def _read(self, size: int) -> bytes:
        try:
            data = self._stream.read(size)
        except EOFError:
            raise Unreadable("malformed", f"the {self.compression} data end too early") from None
        except (lzma.LZMAError, MemoryError) as error:
            if isinstance(error, MemoryError) or "limit" in str(error).lower():
                detail = f"the {self.compression} data ask for more than {_XZ_MEMORY:,} bytes of memory"
                raise Unreadable("too-large", detail) from None
            raise Unreadable("malformed", f"broken {self.compression} data: {error}") from None
        except (OSError, zlib.error, ValueError, pa.ArrowException) as error:
            what = f"broken {self.compression} data" if self.compression else "the file cannot be read"
            reason = " ".join(str(error).split())[:120] or type(error).__name__
            raise Unreadable("malformed", f"{what}: {reason}") from None
        self._given += len(data)
        if self.compression and self._given > self._limits.ratio_floor_bytes:
            most = min(self._limits.expanded_bytes, self._file.tell() * self._limits.expansion_ratio)
            if self._given > most:
                raise Unreadable("too-large", f"the {self.compression} data expand to more than {most:,} bytes")
        return data


def _opened(file: IO[bytes], compression: str | None) -> _Reads:
    if compression == "gzip":
        return _Once(gzip.GzipFile(fileobj=file))
    if compression == "bzip2":
        return _Once(bz2.BZ2File(file))
    if compression == "xz":
        return _Xz(file)
    if compression == "zstd":
        stream: _Reads = pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd")
        return stream
    return file
