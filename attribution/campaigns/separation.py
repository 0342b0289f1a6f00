"""What a person said does not belong together is kept apart: the weakest link between the two is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.campaigns.forest import Links

__all__ = ["separated"]


def separated(links: Links, label: NDArray[np.int32], apart: Sequence[tuple[int, int]]) -> Links:
    """Return a forest without the weakest link on each path between rows that shall not be together.

    In a maximum-weight spanning forest the weakest link on the path is the one at which the evidence between the two
    is thinnest; of equally weak ones the last in order is left out.

    Args:
        links: A forest between clusters.
        label: The cluster of each row.
        apart: Pairs of rows; those whose rows are one cluster already, or -1, are passed over.
    """
    pairs = [(int(label[a]), int(label[b])) for a, b in apart if a >= 0 and label[a] != label[b]]
    if not pairs or not len(links):
        return links
    above, edge = _rooted(links, len(label))
    kept = np.ones(len(links), dtype=np.bool_)
    for left, right in pairs:
        path = _path(left, right, above, edge)
        if not path or not kept[path].all():
            continue  # in no tree together, or divided already
        weights = links.weight[path]
        kept[max(number for number, weight in zip(path, weights, strict=True) if weight == weights.min())] = False
    return links.take(kept)


def _rooted(links: Links, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each cluster the one above it in its tree, `size` for none, and the number of the link to it."""
    ends = (links.left, links.right)
    _, tree = connected_components(coo_matrix((np.ones(len(links), np.int8), ends), (size, size)), directed=False)
    # One more node above the least of each tree makes one tree of the forest.
    _, roots = np.unique(tree, return_index=True)
    left = np.concatenate([links.left, np.full(len(roots), size)])
    right = np.concatenate([links.right, roots])
    whole = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(size + 1, size + 1)).tocsr()
    above = breadth_first_order(whole, size, directed=False)[1][:size].astype(np.int64)
    edge = np.full(size, -1, dtype=np.int64)
    edge[np.where(above[links.left] == links.right, links.left, links.right)] = np.arange(len(links))
    return above, edge


def _path(left: int, right: int, above: NDArray[np.int64], edge: NDArray[np.int64]) -> list[int]:
    """Return the links on the way between two clusters; none where they are in two trees."""
    size = len(above)
    steps = {left: 0}
    up: list[int] = []
    while above[left] < size:
        up.append(int(edge[left]))
        left = int(above[left])
        steps[left] = len(up)
    down: list[int] = []
    while right not in steps:
        if above[right] == size:
            return []
        down.append(int(edge[right]))
        right = int(above[right])
    return up[: steps[right]] + down
