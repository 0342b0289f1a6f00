"""Maximum-weight spanning forests: the strongest links that hold every component together."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Links", "components", "strongest"]

_WEIGHT_STEPS = 1_024.0
"""Steps a bit: weights are compared as whole numbers, so that no rounding of a platform decides."""
_MOST_KEYS = 256


@dataclass(frozen=True, slots=True)
class Links:
    """Links between clusters, as columns.

    Attributes:
        left, right: Clusters that are linked, the lesser number left.
        left_row, right_row: A row of each that carries the evidence.
        key: Number of the combination. `group`: number of the group within it.
        weight: Bits beyond what is needed.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    left_row: NDArray[np.int32]
    right_row: NDArray[np.int32]
    key: NDArray[np.int32]
    group: NDArray[np.int32]
    weight: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.left)

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> Links:
        """Return the links at an index, or where a mask holds."""
        return Links(*(getattr(self, field.name)[index] for field in fields(self)))

    @staticmethod
    def none() -> Links:
        """Return no links."""
        empty = np.zeros(0, np.int32)
        return Links(empty, empty, empty, empty, empty, empty, np.zeros(0, np.float32))

    @staticmethod
    def join(parts: Sequence[Links]) -> Links:
        """Return the links of all parts, in order."""
        return Links(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Links)))


def strongest(links: Links, clusters: int) -> Links:
    """Return the links of a maximum-weight spanning forest.

    Ties go to the combination of lower number, then to the lesser clusters, so that the forest is one and the same
    for any order of links. Forests of parts can be joined and taken again: the result is that of the whole.

    Args:
        links: Links between clusters numbered from 0.
        clusters: How many numbers there are.
    """
    if len(links) == 0:
        return links
    steps = np.round(links.weight.astype(np.float64) * _WEIGHT_STEPS).astype(np.int64)
    strength = (int(steps.max()) - steps) * _MOST_KEYS + links.key
    pair = links.left.astype(np.int64) * clusters + links.right
    order = np.lexsort((strength, pair))
    ordered = pair[order]
    best = order[np.concatenate([[True], ordered[1:] != ordered[:-1]])]
    # The pairs are sorted by now, so that a stable sort by strength leaves ties in the order of the pairs.
    best = best[np.argsort(strength[best], kind="stable")]
    kept = links.take(best)
    ranks = np.arange(1, len(kept) + 1, dtype=np.float64)
    graph = coo_matrix((ranks, (kept.left, kept.right)), shape=(clusters, clusters)).tocsr()
    tree = minimum_spanning_tree(graph, overwrite=True)
    return kept.take(np.sort(tree.data[tree.data > 0]).astype(np.int64) - 1)


def components(links: Links, clusters: int) -> NDArray[np.int32]:
    """Return for each cluster the least number of the component that it is in."""
    graph = coo_matrix((np.ones(len(links), np.int8), (links.left, links.right)), shape=(clusters, clusters))
    _, label = connected_components(graph, directed=False)
    least = np.full(clusters, clusters, dtype=np.int32)
    np.minimum.at(least, label, np.arange(clusters, dtype=np.int32))
    return np.asarray(least[label], dtype=np.int32)
