"""The sources of a run: a sample for the first pass, all items for the second, and a digest of what was read."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from attribution import corpus
from attribution.models import RawMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from attribution.limits import Limits
    from attribution.models import Problem

__all__ = ["Sources"]


class Sources:
    """Everything that was given to be read, in the order given.

    Standard input can be read only once: its head is kept for the sample and given again with the rest.

    Args:
        paths: Files and folders, or `-`.
        limits: Caps; `sample_messages` and `batch_bytes` bound the sample.
        stdin: What `-` stands for.
        progress: Called with the number of bytes that were read since the last call.

    Raises:
        InputNotFoundError: A path does not exist.
    """

    def __init__(
        self, paths: list[str], limits: Limits, stdin: BinaryIO | None, progress: Callable[[int], None]
    ) -> None:
        self._paths = paths
        self._limits = limits
        self._stdin = stdin
        self._progress = progress
        self._inventories = {path: corpus.Inventory() for path in paths}
        self._head: list[RawMessage | Problem] = []
        self._piped: Iterator[RawMessage | Problem] | None = None
        self.sizes = {path: None if path == "-" else corpus.size(path) for path in paths}
        """Bytes of each source; None for standard input."""

    @property
    def size(self) -> int | None:
        """Bytes of all sources together; None where one is not known."""
        known = [size for size in self.sizes.values() if size is not None]
        return sum(known) if len(known) == len(self._paths) else None

    def sample(self) -> list[RawMessage]:
        """Return messages spread over the sources, and the first ones of standard input."""
        share = max(1, self._limits.sample_messages // len(self._paths))
        found: list[RawMessage] = []
        for path in self._paths:
            if path == "-":
                found.extend(self._sample_pipe(share))
            else:
                found.extend(corpus.sample(path, self._limits, share))
        return found

    def _sample_pipe(self, count: int) -> list[RawMessage]:
        self._piped = self._open("-")
        size = 0
        for item in self._piped:
            self._head.append(item)
            size += len(item.data) if isinstance(item, RawMessage) else 0
            if len(self._head) >= count or size >= self._limits.batch_bytes:
                break
        return [item for item in self._head if isinstance(item, RawMessage)]

    def items(self) -> Iterator[RawMessage | Problem]:
        """Give every item of every source once."""
        for path in self._paths:
            if path == "-" and self._piped is not None:
                yield from chain(self._head, self._piped)
            else:
                yield from self._open(path)

    def _open(self, path: str) -> Iterator[RawMessage | Problem]:
        return corpus.read(
            path, self._limits, stdin=self._stdin, progress=self._progress, inventory=self._inventories[path]
        )

    def fingerprints(self) -> list[dict[str, Any]]:
        """Return for each source its path, files, bytes and SHA-256, once all items have been read."""
        results = [inventory.result() for inventory in self._inventories.values()]
        return [
            {
                "path": result.source,
                "files": result.files,
                "unread": result.unread,
                "bytes": result.size,
                "sha256": result.sha256,
            }
            for result in results
        ]
