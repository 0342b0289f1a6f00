"""The weakest bridge of a campaign: the thinnest link whose loss would split off a sizeable part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.campaigns.reasons import Clustering

__all__ = ["BRIDGES", "hanging", "weakest_bridges"]

BRIDGES = pa.schema(
    [("campaign", pa.int64()), ("join", pa.int64()), ("messages", pa.int64()), ("expected", pa.float64())]
)

_SIZEABLE = 0.05
"""Share of a campaign that is a part and no straggler; at least two messages."""
_PART = 10
"""Messages that are a part of any campaign: what a large one took in by one link must not hide in its size."""


def hanging(clustering: Clustering) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each link of the forest how many messages hang on it, and how many the whole campaign has.

    Args:
        clustering: What `find` returned.

    Returns:
        Of the messages on both sides of a link, the fewer; and both together. In the order of its edges.
    """
    edges = clustering.edges
    if not len(edges):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    nodes, ends = np.unique(np.concatenate([edges["a"].to_numpy(), edges["b"].to_numpy()]), return_inverse=True)
    below, sizes = _sides(ends[: len(edges)], ends[len(edges) :], len(nodes))
    return np.minimum(below, sizes - below), sizes


def weakest_bridges(
    clustering: Clustering, sides: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
) -> pa.Table:
    """Return the weakest bridge of each campaign that has one.

    The forest is the one of the strongest links, so that no other accepted link between both sides is stronger than
    the one that is named. A link counts that leaves ten messages on either side, or two and a twentieth of the
    campaign.

    Args:
        clustering: What `find` returned.
        sides: What `hanging` returned of it; None to have it counted here.

    Returns:
        As `BRIDGES`, in order of campaigns: `join`, the reason of that link; `messages` on its smaller side; `expected`
        unrelated matches.
    """
    edges, joins = clustering.edges, clustering.joins
    if not len(edges):
        return BRIDGES.empty_table()
    lesser, sizes = hanging(clustering) if sides is None else sides
    join = edges["join"].to_numpy()
    expected = pc.fill_null(joins["expected"], -1.0).to_numpy()[join]
    campaign = joins["campaign"].to_numpy()[join]
    counted = np.flatnonzero((lesser >= 2) & (lesser >= np.minimum(_SIZEABLE * sizes, _PART)) & (expected >= 0))
    order = counted[np.lexsort((join[counted], -lesser[counted], -expected[counted], campaign[counted]))]
    first = np.concatenate([[True], campaign[order][1:] != campaign[order][:-1]]) if len(order) else order
    chosen = order[first.astype(np.bool_)]
    return pa.table([campaign[chosen], join[chosen], lesser[chosen], expected[chosen]], schema=BRIDGES)


def _sides(
    left: NDArray[np.int64], right: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each edge of a forest how many nodes lie beyond it, seen from its tree's root, and how many in all."""
    graph = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(count, count))
    trees, tree = connected_components(graph, directed=False)
    # One more node above the root of each tree makes one tree of the forest.
    roots = np.full(trees, count, dtype=np.int64)
    np.minimum.at(roots, tree, np.arange(count))
    above = coo_matrix(
        (
            np.ones(len(left) + trees, np.int8),
            (np.concatenate([left, np.full(trees, count)]), np.concatenate([right, roots])),
        ),
        shape=(count + 1, count + 1),
    ).tocsr()
    order, parent = breadth_first_order(above, count, directed=False)
    below = np.ones(count + 1, dtype=np.int64)
    place = np.empty(count + 1, dtype=np.int64)
    place[order] = np.arange(count + 1)
    # In this order parents come before their children and level follows level: levels are added up from the last.
    parents = place[parent[order[1:]]]
    bounds = [0, 1]
    while bounds[-1] <= count:
        bounds.append(1 + int(np.searchsorted(parents, bounds[-1], side="left")))
    for start, end in zip(bounds[-2:0:-1], bounds[:1:-1], strict=True):
        nodes = order[start:end]
        np.add.at(below, parent[nodes], below[nodes])
    child = np.where(parent[left] == right, left, right)
    return below[child], np.bincount(tree)[tree[left]]
