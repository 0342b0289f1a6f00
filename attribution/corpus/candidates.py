"""The files that the first pass looks at: of few files all, of very many the largest and evenly spaced ones."""

from __future__ import annotations

import heapq
import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from attribution.corpus.folder import walk
from attribution.corpus.places import Place, shown_path
from attribution.corpus.reader import stat_given
from attribution.corpus.shares import Spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Candidate", "candidates"]

_LARGEST = 2_000
"""Files that are looked at for their size alone: a large mailbox among very many small files holds most of the mail."""


class Candidate(NamedTuple):
    """A file that may hold mail.

    Attributes:
        path: Path by which it can be opened.
        source: The path that was given, as text.
        member: Path inside the folder that was given; empty for a file that was given itself.
        size: Bytes.
        stands_for: Files that it represents, itself among them, in thousandths.
    """

    path: bytes
    source: str
    member: bytes
    size: int
    stands_for: int

    @property
    def place(self) -> Place:
        """Where what it holds is found."""
        source = Place(self.source)
        return source.within(self.member) if self.member else source


def candidates(paths: Iterable[str], count: int) -> list[Candidate]:
    """Return files of all sources, in an order that does not depend on that of the paths.

    Args:
        paths: Files and folders.
        count: Of more files than twice this, at least so many are returned, evenly spaced, and the largest ones.

    Raises:
        InputNotFoundError: A path does not exist.
    """
    spread: Spread[tuple[int, Candidate]] = Spread(count)
    largest: list[tuple[int, int, Candidate]] = []
    number = -1
    for number, file in enumerate(_files(paths)):
        spread.add((number, file))
        heapq.heappush(largest, (file.size, -number, file))
        if len(largest) > _LARGEST:
            heapq.heappop(largest)
    if spread.step == 1:
        return [file for _, file in spread.kept]
    chosen = {-negative: file for _, negative, file in largest}
    others = [(place, file) for place, file in spread.kept if place not in chosen]
    stands_for = 1_000 * (number + 1 - len(chosen)) // max(1, len(others))
    chosen |= {place: file._replace(stands_for=stands_for) for place, file in others}
    return [chosen[place] for place in sorted(chosen)]


def _files(paths: Iterable[str]) -> Iterator[Candidate]:
    for path in sorted(paths, key=os.fsencode):
        status = stat_given(path)
        if isinstance(status, OSError):
            continue
        raw, source = os.fsencode(path), shown_path(path)
        if not stat.S_ISDIR(status.st_mode):
            yield Candidate(raw, source, b"", status.st_size, 1_000)
            continue
        for node in walk(raw):
            if node.status == "ok":
                yield Candidate(node.path, source, node.member, node.size, 1_000)
