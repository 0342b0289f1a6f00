"""What holds a campaign: how much of it is left when one family of evidence is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from attribution.campaigns.families import FIELDS, KEYS
from attribution.campaigns.groups import in_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.campaigns.groups import Groups

__all__ = ["STABILITY", "stability"]

STABILITY = pa.schema([("campaign", pa.int64()), ("family", pa.string()), ("remains", pa.float64())])


def stability(
    label: NDArray[np.int32],
    messages: NDArray[np.int64],
    accepted: Sequence[tuple[int, Groups]],
    together: Sequence[tuple[int, int]] = (),
) -> pa.Table:
    """Return for each campaign and family the largest share that is still held together without that family.

    All combinations that were accepted count, not only those of the forest: what one reason holds, another may hold
    too. A combination counts for the messages that carry it, so that what joined clusters in a later round is taken to
    join no more than its carriers.

    Args:
        label: For each row its campaign.
        messages: The key of each row.
        accepted: Number of the combination and groups, of all rounds.
        together: Rows that a person joined; no family of evidence.

    Returns:
        As `STABILITY`, for the families that occur in accepted combinations of the campaign, campaigns in order.
    """
    count = len(label)
    sizes = np.bincount(label, minlength=count)
    used: dict[str, NDArray[np.bool_]] = {}
    edges: list[tuple[frozenset[str], NDArray[np.int64]]] = []
    for number, groups in accepted:
        families = frozenset(FIELDS[code].family for code in KEYS[number])
        joined = _joined(groups, label)
        edges.append((families, joined))
        for family in families:
            marked = used.setdefault(family, np.zeros(count, dtype=np.bool_))
            marked[label[joined % count]] = True
    pairs = np.array([a * count + b for a, b in together], dtype=np.int64)
    tables = [STABILITY.empty_table()]
    for family in sorted(used):
        kept = [packed for families, packed in edges if family not in families]
        joined = np.concatenate([*kept, pairs])
        campaigns = np.flatnonzero(used[family] & (sizes > 1))
        largest = _largest(joined, label, count)
        tables.append(
            pa.table(
                {
                    "campaign": messages[campaigns],
                    "family": pa.array([family] * len(campaigns), pa.string()),
                    "remains": largest[campaigns] / sizes[campaigns],
                },
                schema=STABILITY,
            )
        )
    return pa.concat_tables(tables).sort_by([("campaign", "ascending"), ("family", "ascending")])


def _joined(groups: Groups, label: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return pairs of rows that hold each group together, as far as it is in one campaign, each as one number."""
    within = groups.number.astype(np.int64) * len(label) + label[groups.rows]
    # The rows of a group ascend, so that a stable sort leaves the least row of each campaign first.
    ordered, order = in_order(within)
    rows = groups.rows[order]
    begins = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    first = rows[np.maximum.accumulate(np.where(begins, np.arange(len(rows)), 0))]
    pairs: NDArray[np.int64] = (first.astype(np.int64) * len(label) + rows)[~begins]
    return pairs


def _largest(joined: NDArray[np.int64], label: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return the size of the largest piece of each campaign."""
    # A pair that several combinations join stands several times, and is added up.
    graph = coo_matrix((np.ones(len(joined), np.int32), (joined // count, joined % count)), shape=(count, count))
    _, piece = connected_components(graph, directed=False)
    sizes = np.bincount(piece)
    largest = np.zeros(count, dtype=np.int64)
    np.maximum.at(largest, label, sizes[piece])
    return largest
