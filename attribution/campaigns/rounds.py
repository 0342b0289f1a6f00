"""One round of contraction: which combinations of values join which clusters, at the rates of this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.campaigns.families import FIELDS, KEYS, WITHOUT_TIME, circumstances
from attribution.campaigns.forest import Links, strongest
from attribution.campaigns.groups import distinct
from attribution.campaigns.rates import corroborated, field_bits, joint_bits, needed_bits
from attribution.campaigns.reasons import Accepted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attribution.campaigns.columns import Columns
    from attribution.campaigns.groups import Groups

__all__ = ["Round"]

_BUFFERED_LINKS = 4_000_000


class Round:
    """Clusters as they stand, and what they share.

    Attributes:
        accepted: By number of the combination, the groups that joined clusters.
        clusters: How many clusters there are.
    """

    def __init__(
        self,
        columns: Columns,
        joint: Mapping[tuple[str, ...], NDArray[np.int32]],
        label: NDArray[np.int32],
        epsilon: float,
        *,
        first: bool,
    ) -> None:
        """Begin a round.

        Args:
            columns: The encoded traits.
            joint: Codes of circumstances taken together.
            label: The cluster of each row.
            epsilon: Expected number of unrelated matches at which a combination is accepted.
            first: Whether each cluster is one message. Only then may infrastructure join, and a link between
                large clusters needs no more than one between messages.
        """
        self._columns = columns
        self._joint = joint
        self._label = label
        self._first = first
        self._sizes = np.bincount(label, minlength=len(label))
        self._carriers: dict[tuple[str, ...], NDArray[np.int64]] = {}
        self._present: dict[str, int] = {}
        self._undivided_members: dict[int, NDArray[np.int64]] = {}
        self.clusters = int(np.count_nonzero(self._sizes))
        self._need = needed_bits(self.clusters, epsilon)
        self.accepted: dict[int, Accepted] = {}

    def links(self, groups: Mapping[int, Groups]) -> Links:
        """Return the spanning forest of all links of the round, and fill `accepted`.

        Args:
            groups: Rows that share all values of a combination, by its number.
        """
        covered: dict[tuple[str, ...], NDArray[np.bool_]] = {}
        parts: list[Links] = []
        for number, found in groups.items():
            key = KEYS[number]
            if not self._first and any(FIELDS[code].infrastructure for code in key):
                continue
            good = self._weigh(number, found.only(~_is_covered(key, found.first, covered)), groups)
            if good is None:
                continue
            self.accepted[number] = good
            if self._first:
                covered[key] = np.zeros(len(self._label), dtype=np.bool_)
                covered[key][good.groups.rows] = True
            parts.append(self._chain(good))
            if sum(map(len, parts)) > _BUFFERED_LINKS:
                parts = [strongest(Links.join(parts), len(self._label))]
        return strongest(Links.join(parts), len(self._label)) if parts else Links.none()

    def _weigh(self, number: int, groups: Groups, all_groups: Mapping[int, Groups]) -> Accepted | None:
        """Weigh the groups of a combination, and return those that reach what is needed.

        Time adds to the weight of the combination that it divides: a campaign of many days must not make its own
        subject look common on each of them.
        """
        if not len(groups.rows):
            return None
        columns, key, rows = self._columns, KEYS[number], groups.first
        members = self._members(groups)
        whole = self._undivided(key, rows, members, all_groups)
        bits: dict[str, NDArray[np.float64]] = {}
        informations: dict[str, NDArray[np.float64]] = {}
        for code in key:
            carriers = self._count((code,), columns.codes[code])[columns.codes[code][rows]]
            information = columns.information(code, rows)
            group = members if code == "D" else whole
            clusters = self._having(code) if FIELDS[code].often_absent else self.clusters
            weighed = field_bits(FIELDS[code], carriers, group, clusters, information)
            bits[code] = weighed
            if information is not None:
                informations[code] = information
        for code, information in informations.items():
            by_others = self._need - bits["D"] if key in WITHOUT_TIME else self._need
            bits[code] = corroborated(bits[code], information, by_others)
        fields = circumstances(key)
        if fields in self._joint:
            carriers = self._count(fields, self._joint[fields])[self._joint[fields][rows]]
            lowered = joint_bits([bits[code] for code in fields], carriers, whole, self.clusters)
            bits.update(zip(fields, lowered, strict=True))
        weight: NDArray[np.float64] = np.sum(list(bits.values()), axis=0)
        good = (members >= 2) & (weight >= self._need)
        return Accepted(number, groups, members, list(bits.values()), weight).only(good) if good.any() else None

    def _members(self, groups: Groups) -> NDArray[np.int64]:
        """Return how many clusters each group holds."""
        return np.diff(groups.starts) if self._first else groups.members(self._label)

    def _undivided(
        self,
        key: tuple[str, ...],
        rows: NDArray[np.int32],
        members: NDArray[np.int64],
        groups: Mapping[int, Groups],
    ) -> NDArray[np.int64]:
        """Return for each group how many clusters share its values at any time."""
        number = WITHOUT_TIME.get(key)
        if number is None or number not in groups:
            return members
        if number not in self._undivided_members:
            found = groups[number]
            by_row = np.zeros(len(self._label), dtype=np.int64)
            by_row[found.rows] = self._members(found)[found.number]
            self._undivided_members[number] = by_row
        return np.maximum(members, self._undivided_members[number][rows])

    def _count(self, fields: tuple[str, ...], codes: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return for each value how many clusters carry it."""
        if fields not in self._carriers:
            rows = np.flatnonzero(codes >= 0)
            carried = codes[rows].astype(np.int64)
            if not self._first:
                carried = distinct(carried * len(codes) + self._label[rows]) // len(codes)
            self._carriers[fields] = np.bincount(carried, minlength=int(codes.max(initial=-1)) + 1)
        return self._carriers[fields]

    def _having(self, code: str) -> int:
        """Return how many clusters have a value of a field at all."""
        if code not in self._present:
            rows = self._columns.codes[code] >= 0
            self._present[code] = int(np.count_nonzero(np.bincount(self._label[rows], minlength=1)))
        return self._present[code]

    def _chain(self, accepted: Accepted) -> Links:
        """Link the clusters of each group one to the next: n-1 links where pairs would be n²."""
        groups, number = accepted.groups, accepted.groups.number
        cluster, row = self._label[groups.rows], groups.rows
        if not self._first:
            order = np.argsort(number.astype(np.int64) * len(self._label) + cluster, kind="stable")
            number, cluster, row = number[order], cluster[order], row[order]
        # The rows of one cluster in one group follow each other, its first row first.
        new = np.concatenate([[True], (number[1:] != number[:-1]) | (cluster[1:] != cluster[:-1])])
        number, cluster, row = number[new], cluster[new], row[new]
        same = number[1:] == number[:-1]
        within = number[:-1][same]
        links = Links(
            left=cluster[:-1][same],
            right=cluster[1:][same],
            left_row=row[:-1][same],
            right_row=row[1:][same],
            key=np.full(len(within), accepted.key, dtype=np.int32),
            group=within,
            weight=(accepted.weight[within] - self._need).astype(np.float32),
        )
        if self._first:
            return links
        # A wrong link between large clusters does more harm, so that it has to be the better.
        lesser = np.minimum(self._sizes[links.left], self._sizes[links.right])
        return links.take(links.weight >= np.log2(lesser))


def _is_covered(
    key: tuple[str, ...], first: NDArray[np.int32], covered: Mapping[tuple[str, ...], NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    """Say for each group whether a shorter combination of its fields has joined it already."""
    mask = np.zeros(len(first), dtype=np.bool_)
    for shorter, rows in covered.items():
        if len(shorter) < len(key) and set(shorter) <= set(key):
            mask |= rows[first]
    return mask
