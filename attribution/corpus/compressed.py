"""gzip, bzip2 and xz expanded as a stream, within a budget."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import TYPE_CHECKING, Protocol

from attribution.corpus.streams import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.corpus.budget import Budget
    from attribution.corpus.streams import Stream

__all__ = ["FORMATS", "Expanded"]

_INPUT = 16 * 1024
"""Compressed bytes fed at once. Small, because what follows the end of a member is copied for each member."""
_XZ_MEMORY = 256 * 1024 * 1024
"""Memory that an xz stream may ask for; its own highest setting, -9, takes 65 MiB."""

_GZIP = 16
"""What zlib wants added to its window for the gzip format."""


class _Engine(Protocol):
    """What bz2 and lzma call a decompressor."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Zlib:
    """zlib's decompressor with the interface of the other two."""

    def __init__(self) -> None:
        self._engine = zlib.decompressobj(zlib.MAX_WBITS | _GZIP)

    @property
    def eof(self) -> bool:
        return self._engine.eof

    @property
    def needs_input(self) -> bool:
        return not self._engine.unconsumed_tail and not self._engine.eof

    @property
    def unused_data(self) -> bytes:
        return self._engine.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._engine.decompress(data or self._engine.unconsumed_tail, max_length)


class _Format:
    """One compressed format.

    Attributes:
        label: Its name for a person.
        engine: Makes a decompressor for one member.
        magic: With what a further member begins.
    """

    def __init__(self, label: str, engine: Callable[[], _Engine], magic: bytes) -> None:
        self.label = label
        self.engine = engine
        self.magic = magic


FORMATS = {
    "gzip": _Format("gzip", _Zlib, b"\x1f\x8b"),
    "bzip2": _Format("bzip2", bz2.BZ2Decompressor, b"BZh"),
    "xz": _Format("xz", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY), b"\xfd7zXZ\x00"),
}
"""The formats by name."""


class Expanded:
    """The expanded bytes of a compressed stream; members that follow one another count as one stream.

    Attributes:
        surplus: Bytes follow the end that are neither padding nor a further member.

    Args:
        stream: The compressed bytes.
        kind: A key of `FORMATS`.
        budget: Counts bytes in and out.
    """

    def __init__(self, stream: Stream, kind: str, budget: Budget) -> None:
        self._stream = stream
        self._format = FORMATS[kind]
        self._budget = budget
        self._engine: _Engine | None = self._format.engine()
        self._pending = b""
        self.surplus = False

    def read(self, size: int) -> bytes:
        """Return the next expanded bytes; see `streams.Stream`.

        Raises:
            Unreadable: The data are broken or end too early, with this object as the layer, or the budget
                is overdrawn.
        """
        while self._engine is not None:
            if self._engine.eof:
                self._next_member()
                continue
            raw = b""
            if self._engine.needs_input:
                raw = self._take()
                if not raw:
                    raise Unreadable(self, "malformed", f"the {self._format.label} data end too early")
            data = self._decompress(raw, size)
            if data:
                self._budget.give(len(data))
                return data
        return b""

    def _decompress(self, raw: bytes, size: int) -> bytes:
        engine = self._engine
        if engine is None:
            return b""
        try:
            return engine.decompress(raw, size)
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, MemoryError) as error:
            if "Memory usage limit" in str(error) or isinstance(error, MemoryError):
                detail = f"the {self._format.label} data ask for more than {_XZ_MEMORY:,} bytes of memory"
                raise Unreadable(self, "too-large", detail) from error
            raise Unreadable(self, "malformed", f"broken {self._format.label} data: {error}") from error

    def _take(self) -> bytes:
        if self._pending:
            raw, self._pending = self._pending, b""
            return raw
        raw = self._stream.read(_INPUT)
        self._budget.take(len(raw))
        return raw

    def _next_member(self) -> None:
        """Begin the member that follows, or none at the end."""
        magic = self._format.magic
        rest = b"" if self._engine is None else self._engine.unused_data
        self._engine = None
        rest = rest.lstrip(b"\0")
        while len(rest) < len(magic):
            self._pending = b""
            more = self._take()
            if not more:
                break
            rest = (rest + more).lstrip(b"\0")
        if rest.startswith(magic):
            self._pending = rest
            self._engine = self._format.engine()
        elif rest:
            self.surplus = True
