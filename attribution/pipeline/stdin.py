"""Standard input, which can be read only once: its head is kept for the sample, its bytes are hashed in passing."""

from __future__ import annotations

import hashlib
import io
from itertools import chain
from typing import TYPE_CHECKING, Any

from attribution import corpus
from attribution.models import RawMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from attribution.limits import Limits
    from attribution.models import Problem

__all__ = ["StandardInput"]


class _Hashing(io.RawIOBase):
    """A stream that hashes what is read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 (as RawIOBase declares it: any writable buffer)
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self.digest.update(data)
        self.count += len(data)
        return len(data)


class StandardInput:
    """The mail on standard input.

    Args:
        stream: The binary stream.
        limits: `sample_messages` and `batch_bytes` bound the head that is kept.
        progress: Called with the number of bytes that were read since the last call.
    """

    def __init__(self, stream: BinaryIO, limits: Limits, progress: Callable[[int], None]) -> None:
        self._raw = _Hashing(stream)
        self._limits = limits
        self._items = corpus.read("-", limits, stdin=io.BufferedReader(self._raw), progress=progress)
        self._head: list[RawMessage | Problem] = []

    def sample(self, count: int) -> list[RawMessage]:
        """Return the first messages; they come again with `items`."""
        size = 0
        for item in self._items:
            self._head.append(item)
            size += len(item.data) if isinstance(item, RawMessage) else 0
            if len(self._head) >= count or size >= self._limits.batch_bytes:
                break
        return [item for item in self._head if isinstance(item, RawMessage)]

    def items(self) -> Iterator[RawMessage | Problem]:
        """Give everything, from the first item on."""
        return chain(self._head, self._items)

    def fingerprint(self) -> dict[str, Any]:
        """Return path, bytes and SHA-256 of all that came in, reading what is left."""
        while self._raw.read(1 << 20):
            pass
        return {"path": "-", "files": 1, "bytes": self._raw.count, "sha256": self._raw.digest.hexdigest()}
