"""Why messages were joined: the combinations that did it, and the forest that holds each campaign together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from attribution.campaigns.families import ANALYST, FIELDS, KEYS, SLOTS, key_words
from attribution.campaigns.groups import distinct
from attribution.campaigns.rates import expected_matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.campaigns.columns import Columns
    from attribution.campaigns.forest import Links
    from attribution.campaigns.groups import Groups

__all__ = ["EDGES", "JOINS", "Accepted", "Clustering", "Reasons", "Together", "table_of"]

JOINS = pa.schema(
    [
        ("join", pa.int64()),
        ("campaign", pa.int64()),
        ("round", pa.int32()),
        ("key", pa.string()),
        ("families", pa.list_(pa.string())),
        ("values", pa.list_(pa.string())),
        ("messages", pa.int64()),
        ("clusters", pa.int64()),
        ("among", pa.int64()),
        ("bits", pa.list_(pa.float64())),
        ("weight", pa.float64()),
        ("expected", pa.float64()),
    ]
)
"""One row for each combination of values that joined messages: the reasons.

`key`: the fields in words · `families`, `values`: of each field · `messages`: how many of the campaign carry them
all · `clusters`: how many clusters did when they joined, `among` how many there were · `bits`: weight of each field,
`weight`: their sum · `expected`: unrelated clusters that would match by chance (the E-value). For what a person joined
round is 0 and what was not weighed is null.
"""

EDGES = pa.schema([("a", pa.int64()), ("b", pa.int64()), ("join", pa.int64())])
"""The spanning forest: messages `a` and `b` both carry the values of `join`."""

Together = tuple[int, int, str]
"""Two rows that a person joined, and what is to be read of it."""


@dataclass(frozen=True, slots=True)
class Clustering:
    """What was found.

    Attributes:
        labels: For each row of the input the campaign, which is the least message key in it; null for none.
        edges: See `EDGES`; it holds each campaign together and is its explanation.
        joins: See `JOINS`.
        epsilon: Expected unrelated matches below which messages were joined.
        leads: What would be joined at a weaker threshold, as `tables.LEADS`.
        stability: For each campaign and family of evidence that its forest uses (`campaign`, `family`, `remains`)
            the largest share of its messages that is still held together without it.
    """

    labels: pa.Array
    edges: pa.Table
    joins: pa.Table
    epsilon: float
    leads: pa.Table
    stability: pa.Table


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


def table_of(
    columns: Columns,
    source: Accepted,
    label: NDArray[np.int32],
    pairs: NDArray[np.int64],
    *,
    number: int,
    clusters: int,
) -> pa.Table:
    """Return groups of a combination as rows of `JOINS`, without their numbers.

    Args:
        columns: The encoded traits.
        source: The groups.
        label: For each row the cluster it is in at the end.
        pairs: The rows to make: number of a group times the number of rows, and cluster; ascending. A group that a
            person's cut divides is one row in each of its clusters.
        number: The round, from 1.
        clusters: How many clusters there were.
    """
    key, groups, rows = KEYS[source.key], source.groups, len(label)
    group, cluster = pairs // rows, pairs % rows
    first, places = groups.first[group], groups.first_entry[group]
    slots = columns.entries[key[0]].codes[places] if key[0] in SLOTS else first
    values = [columns.values(code, first, slots) for code in key]
    families = [FIELDS[code].family for code in key]
    held = groups.number.astype(np.int64) * rows + label[groups.rows]
    place = np.minimum(np.searchsorted(pairs, held), max(0, len(pairs) - 1))
    own = pairs[place] == held if len(pairs) else np.zeros(len(held), np.bool_)
    return pa.table(
        {
            "join": pa.nulls(len(pairs), pa.int64()),
            "campaign": columns.messages[cluster],
            "round": np.full(len(pairs), number, dtype=np.int32),
            "key": pa.array([key_words(key)] * len(pairs), pa.string()),
            "families": pa.array([families] * len(pairs), pa.list_(pa.string())),
            "values": pa.array([list(row) for row in zip(*values, strict=True)], pa.list_(pa.string())),
            "messages": np.bincount(place[own], minlength=len(pairs)),
            "clusters": source.clusters[group],
            "among": np.full(len(pairs), clusters, dtype=np.int64),
            "bits": pa.array(
                [list(row) for row in zip(*(bits[group] for bits in source.bits), strict=True)], pa.list_(pa.float64())
            ),
            "weight": source.weight[group],
            "expected": expected_matches(clusters, source.weight[group]),
        },
        schema=JOINS,
    )


class Reasons:
    """Gathers the links of all rounds with the groups that they come from, and writes them as tables."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._rounds: list[_Used] = []
        self._together: list[Together] = []

    def add_together(self, pairs: Sequence[Together]) -> None:
        """Take rows that a person joined; no pair may close a circle."""
        self._together.extend(pairs)

    def add(self, number: int, links: Links, accepted: dict[int, Accepted], clusters: int) -> None:
        """Take the forest of one round.

        Args:
            number: The round, from 1.
            links: The forest.
            accepted: By number of the combination, the groups that the links are of.
            clusters: How many clusters there were.
        """
        for key, source in accepted.items():
            mine = np.flatnonzero(links.key == key)
            used = np.zeros(len(source.weight), dtype=np.bool_)
            used[links.group[mine]] = True
            group = (np.cumsum(used) - 1)[links.group[mine]]
            rows = links.left_row[mine], links.right_row[mine]
            self._rounds.append(_Used(number, clusters, source.only(used), group, *rows))

    def clustering(self, label: NDArray[np.int32], epsilon: float, leads: pa.Table, stability: pa.Table) -> Clustering:
        """Return the result.

        Args:
            label: For each row the cluster it is in at the end.
            epsilon: As it was asked for.
            leads: See `Clustering`.
            stability: See `Clustering`.
        """
        columns = self._columns
        sizes = np.bincount(label, minlength=len(label))
        campaign = np.empty(len(label), dtype=np.int64)
        campaign[columns.order] = columns.messages[label]
        single = np.empty(len(label), dtype=np.bool_)
        single[columns.order] = sizes[label] < 2
        tables, edges = [JOINS.empty_table(), self._decided(label)], [EDGES.empty_table(), self._decided_edges()]
        joins = len(self._together)
        for used in self._rounds:
            pairs, table = used.rows_of(columns, label)
            tables.append(table)
            edges.append(used.edges_of(columns, label, pairs, joins))
            joins += len(pairs)
        numbers = pa.array(np.arange(joins, dtype=np.int64))
        return Clustering(
            labels=pa.array(campaign, mask=single),
            edges=pa.concat_tables(edges),
            joins=pa.concat_tables(tables).set_column(0, JOINS.field("join"), numbers),
            epsilon=epsilon,
            leads=leads,
            stability=stability,
        )

    def _decided_edges(self) -> pa.Table:
        messages = self._columns.messages
        rows = [(int(messages[left]), int(messages[right])) for left, right, _ in self._together]
        ends = [[row[0] for row in rows], [row[1] for row in rows], list(range(len(rows)))]
        return pa.table([pa.array(values, pa.int64()) for values in ends], schema=EDGES)

    def _decided(self, label: NDArray[np.int32]) -> pa.Table:
        rows = [
            {
                "campaign": int(self._columns.messages[label[left]]),
                "round": 0,
                "key": ANALYST,
                "families": ["analyst"],
                "values": [text],
                "messages": 2,
                "clusters": 2,
            }
            for left, _, text in self._together
        ]
        return pa.Table.from_pylist(rows, schema=JOINS)


@dataclass(frozen=True, slots=True)
class _Used:
    """The links of one combination in one round's forest, and the groups that they are of."""

    number: int
    clusters: int
    source: Accepted
    group: NDArray[np.int64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]

    def rows_of(self, columns: Columns, label: NDArray[np.int32]) -> tuple[NDArray[np.int64], pa.Table]:
        """Return group and cluster of each row of `JOINS`, and the rows."""
        pairs = distinct(self.group * len(label) + label[self.left])
        return pairs, table_of(columns, self.source, label, pairs, number=self.number, clusters=self.clusters)

    def edges_of(self, columns: Columns, label: NDArray[np.int32], pairs: NDArray[np.int64], joins: int) -> pa.Table:
        """Return the links as rows of `EDGES`, the rows of `JOINS` numbered from `joins`."""
        join = np.searchsorted(pairs, self.group * len(label) + label[self.left]) + joins
        return pa.table([columns.messages[self.left], columns.messages[self.right], join], schema=EDGES)
