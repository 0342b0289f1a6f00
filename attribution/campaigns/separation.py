"""What a person said does not belong together is kept apart: the weakest link between the two is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.campaigns.forest import Links

__all__ = ["separated"]


def separated(links: Links, label: NDArray[np.int32], apart: Sequence[tuple[int, int]]) -> Links:
    """Return a forest without the links that would bring rows together which shall not be.

    The links are taken from the strongest on, of equally strong ones the first in order, and one that would join what
    is held apart is left out: on the path between two rows that is the weakest, where the evidence between them is
    thinnest. Neither the number of decisions nor their order matters to time or result.

    Args:
        links: A forest between clusters.
        label: The cluster of each row.
        apart: Pairs of rows; those whose rows are one cluster already, or -1, are passed over.
    """
    pairs = [(int(label[a]), int(label[b])) for a, b in apart if a >= 0 and label[a] != label[b]]
    if not pairs or not len(links):
        return links
    sets = _Sets(pairs)
    order = np.lexsort((np.arange(len(links)), -links.weight.astype(np.float64)))
    kept = np.ones(len(links), dtype=np.bool_)
    ends = zip(order.tolist(), links.left[order].tolist(), links.right[order].tolist(), strict=True)
    for number, left, right in ends:
        kept[number] = sets.join(left, right)
    return links.take(kept)


class _Sets:
    """Clusters that are joined one after the other, and those that each of them must not be joined with."""

    def __init__(self, apart: Sequence[tuple[int, int]]) -> None:
        self._above: dict[int, int] = {}
        self._size: dict[int, int] = {}
        self._foes: dict[int, set[int]] = {}
        for one, other in apart:
            self._foes.setdefault(one, set()).add(other)
            self._foes.setdefault(other, set()).add(one)

    def join(self, one: int, other: int) -> bool:
        """Join two sets and say so, unless a member of one is held apart from a member of the other."""
        first, second = self._root(one), self._root(other)
        mine, theirs = self._foes.get(first, set()), self._foes.get(second, set())
        few, root = (mine, second) if len(mine) <= len(theirs) else (theirs, first)
        if any(self._root(foe) == root for foe in few):
            return False
        if self._size.get(first, 1) < self._size.get(second, 1):
            first, second = second, first
        self._above[second] = first
        self._size[first] = self._size.get(first, 1) + self._size.pop(second, 1)
        # The lesser set is poured into the larger, so that each entry moves only a few times.
        less, more = sorted((self._foes.pop(first, set()), self._foes.pop(second, set())), key=len)
        more |= less
        if more:
            self._foes[first] = more
        return True

    def _root(self, cluster: int) -> int:
        root = cluster
        while (above := self._above.get(root, root)) != root:
            root = above
        while cluster != root:
            self._above[cluster], cluster = root, self._above.get(cluster, cluster)
        return root
