"""Why messages were joined: the combinations that did it, and the forest that holds each campaign together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from attribution.campaigns.families import KEYS, key_words
from attribution.campaigns.rates import expected_matches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.campaigns.columns import Columns
    from attribution.campaigns.forest import Links
    from attribution.campaigns.groups import Groups

__all__ = ["EDGES", "JOINS", "Accepted", "Clustering", "Reasons"]

JOINS = pa.schema(
    [
        ("join", pa.int64()),
        ("campaign", pa.int64()),
        ("round", pa.int32()),
        ("key", pa.string()),
        ("values", pa.list_(pa.string())),
        ("messages", pa.int64()),
        ("clusters", pa.int64()),
        ("bits", pa.list_(pa.float64())),
        ("weight", pa.float64()),
        ("expected", pa.float64()),
    ]
)
"""One row for each combination of values that joined messages: the reasons.

`key`: the fields in words · `values`: their values · `messages`: how many of the campaign carry them all ·
`clusters`: how many clusters did when they joined · `bits`: weight of each field, `weight`: their sum ·
`expected`: unrelated clusters that would match by chance (the E-value).
"""

EDGES = pa.schema([("a", pa.int64()), ("b", pa.int64()), ("join", pa.int64())])
"""The spanning forest: messages `a` and `b` both carry the values of `join`."""


@dataclass(frozen=True, slots=True)
class Clustering:
    """What was found.

    Attributes:
        labels: For each row of the input the campaign, which is the least message key in it; null for none.
        edges: See `EDGES`; it holds each campaign together and is its explanation.
        joins: See `JOINS`.
        epsilon: Expected unrelated matches below which messages were joined.
    """

    labels: pa.Array
    edges: pa.Table
    joins: pa.Table
    epsilon: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """The groups of one combination that may join clusters in one round, as columns over groups.

    Attributes:
        key: Number of the combination.
        groups: Their rows.
        clusters: How many clusters each holds.
        bits: For each field of the combination its weight. `weight`: their sum.
    """

    key: int
    groups: Groups
    clusters: NDArray[np.int64]
    bits: list[NDArray[np.float64]]
    weight: NDArray[np.float64]

    def only(self, mask: NDArray[np.bool_]) -> Accepted:
        """Return the groups for which a mask, one value a group, holds."""
        return Accepted(
            self.key,
            self.groups.only(mask),
            self.clusters[mask],
            [field[mask] for field in self.bits],
            self.weight[mask],
        )


class Reasons:
    """Gathers the links of all rounds with the groups that they come from, and writes them as tables."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._sources: list[tuple[int, int, Accepted]] = []
        self._edges: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
        self._joins = 0

    def add(self, number: int, links: Links, accepted: dict[int, Accepted], clusters: int) -> None:
        """Take the forest of one round.

        Args:
            number: The round, from 0.
            links: The forest.
            accepted: By number of the combination, the groups that the links are of.
            clusters: How many clusters there were.
        """
        messages = self._columns.messages
        for key, source in accepted.items():
            mine = np.flatnonzero(links.key == key)
            used = np.zeros(len(source.weight), dtype=np.bool_)
            used[links.group[mine]] = True
            join = self._joins + (np.cumsum(used) - 1)[links.group[mine]]
            self._edges.append((messages[links.left_row[mine]], messages[links.right_row[mine]], join))
            self._sources.append((number, clusters, source.only(used)))
            self._joins += int(used.sum())

    def clustering(self, label: NDArray[np.int32], epsilon: float) -> Clustering:
        """Return the result.

        Args:
            label: For each row the cluster it is in at the end.
            epsilon: As it was asked for.
        """
        columns = self._columns
        sizes = np.bincount(label, minlength=len(label))
        campaign = np.empty(len(label), dtype=np.int64)
        campaign[columns.order] = columns.messages[label]
        single = np.empty(len(label), dtype=np.bool_)
        single[columns.order] = sizes[label] < 2
        tables = [self._table(*source, label) for source in self._sources]
        joins = pa.concat_tables([JOINS.empty_table(), *tables])
        numbers = pa.array(np.arange(len(joins), dtype=np.int64))
        return Clustering(
            labels=pa.array(campaign, mask=single),
            edges=pa.concat_tables([EDGES.empty_table(), *(pa.table(list(e), schema=EDGES) for e in self._edges)]),
            joins=joins.set_column(0, JOINS.field("join"), numbers),
            epsilon=epsilon,
        )

    def _table(self, number: int, clusters: int, source: Accepted, label: NDArray[np.int32]) -> pa.Table:
        key = KEYS[source.key]
        groups = source.groups
        count = len(source.weight)
        first = groups.first
        own = label[groups.rows] == label[first][groups.number]
        values = [self._columns.values(code, first) for code in key]
        return pa.table(
            {
                "join": pa.nulls(count, pa.int64()),
                "campaign": self._columns.messages[label[first]],
                "round": np.full(count, number + 1, dtype=np.int32),
                "key": pa.array([key_words(key)] * count, pa.string()),
                "values": pa.array([list(row) for row in zip(*values, strict=True)], pa.list_(pa.string())),
                "messages": np.bincount(groups.number[own], minlength=count),
                "clusters": source.clusters,
                "bits": pa.array([list(row) for row in zip(*source.bits, strict=True)], pa.list_(pa.float64())),
                "weight": source.weight,
                "expected": expected_matches(clusters, source.weight),
            },
            schema=JOINS,
        )
