"""The sources of a run: a sample for the first pass, all items for the second, and a digest of what was read."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from attribution import corpus
from attribution.models import Problem, RawMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from attribution.limits import Limits

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
        self._unread: dict[str, str] = {}
        self.sizes = {path: None if path == "-" else corpus.size(path) for path in paths}
        """Bytes of each source; None for standard input."""

    @property
    def size(self) -> int | None:
        """Bytes of all sources together; None where one is not known."""
        known = [size for size in self.sizes.values() if size is not None]
        return sum(known) if len(known) == len(self._paths) else None

    def sample(self) -> list[bytes]:
        """Return the beginnings of messages spread over the files, and of the first ones of standard input.

        Standard input gives what it would if all sources held equally much, and besides what the files do not give.
        """
        most = self._limits.sample_messages
        piped = self._sample_pipe(max(1, most // len(self._paths))) if "-" in self._paths else []
        found = [message.data for message in corpus.sample(self._paths, self._limits, most - len(piped))]
        if self._piped is not None and len(piped) + len(found) < most:
            piped = self._sample_pipe(most - len(found))
        return [*piped, *found]

    def _sample_pipe(self, count: int) -> list[bytes]:
        """Read on until the head holds so many items, or as many bytes as a batch."""
        if self._piped is None:
            self._piped = self._open("-")
        size = sum(len(item.data) for item in self._head if isinstance(item, RawMessage))
        while len(self._head) < count and size < self._limits.batch_bytes:
            item = next(self._piped, None)
            if item is None:
                break
            self._head.append(item)
            size += len(item.data) if isinstance(item, RawMessage) else 0
        return [item.data for item in self._head if isinstance(item, RawMessage)]

    def items(self) -> Iterator[RawMessage | Problem]:
        """Give every item of every source once."""
        for path in self._paths:
            items = self._open(path) if path != "-" or self._piped is None else chain(self._head, self._piped)
            for item in items:
                if isinstance(item, Problem) and item.member is None:
                    self._note(item)
                yield item

    def _open(self, path: str) -> Iterator[RawMessage | Problem]:
        return corpus.read(
            path, self._limits, stdin=self._stdin, progress=self._progress, inventory=self._inventories[path]
        )

    def _note(self, problem: Problem) -> None:
        """Keep why a source itself could not be read; what the system says goes before what its content is like."""
        if problem.status == "unreadable" or problem.source not in self._unread:
            self._unread[problem.source] = problem.detail

    def not_read(self) -> dict[str, str]:
        """Return the sources that could not be read at all or to their end, and why, once all items have been read."""
        results = [inventory.result() for inventory in self._inventories.values()]
        return {result.source: self._unread.get(result.source, "") for result in results if result.sha256 is None}

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
