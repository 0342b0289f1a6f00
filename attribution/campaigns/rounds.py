"""One round of contraction: which combinations of values join which clusters, at the rates of this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.campaigns.families import DISAGREEMENT, FIELDS, KEYS, SLOTS, WITHOUT_TIME, circumstances
from attribution.campaigns.forest import Links, strongest
from attribution.campaigns.groups import distinct, in_order
from attribution.campaigns.rates import concentration_bits, corroborated, field_bits, joint_bits, needed_bits
from attribution.campaigns.reasons import Accepted
from attribution.campaigns.strangers import Strangers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attribution.campaigns.background import Background
    from attribution.campaigns.columns import Columns
    from attribution.campaigns.groups import Groups

__all__ = ["Round"]

_BUFFERED_LINKS = 4_000_000

_CONTRADICTED = ("S", "S2", "M", "U", "Q")


class Round:
    """Clusters as they stand, and what they share.

    Attributes:
        accepted: By number of the combination, the groups that joined clusters.
        clusters: How many clusters there are, those of the background included.
        needed: Weight at which a combination is accepted, in bits.
    """

    def __init__(
        self,
        columns: Columns,
        joint: Mapping[tuple[str, ...], NDArray[np.int32]],
        label: NDArray[np.int32],
        epsilon: float,
        *,
        first: bool,
        background: Background | None = None,
        contested: NDArray[np.int64] | None = None,
        strangers: bool = False,
    ) -> None:
        """Begin a round.

        Args:
            columns: The encoded traits.
            joint: Codes of circumstances taken together.
            label: The cluster of each row.
            epsilon: Expected number of unrelated matches at which a combination is accepted.
            first: Whether clusters are messages. Only then may infrastructure join, and a link between
                large clusters needs no more than one between messages.
            background: How often values occur in mail that is known to be unrelated.
            contested: From how many others a person holds each row apart. What is held apart from much is no centre
                of a star: the others hang together without it.
            strangers: Whether clusters that agree in nothing else may be linked, see `Strangers`.
        """
        self._columns = columns
        self._joint = joint
        self._label = label
        self._first = first
        self._background = background
        held = np.zeros(len(label), np.int64) if contested is None else contested
        self._contested = np.bincount(label, weights=held, minlength=len(label)).astype(np.int64)
        self._sizes = np.bincount(label, minlength=len(label))
        self._carriers: dict[tuple[str, ...], NDArray[np.int64]] = {}
        self._present: dict[str, int] = {}
        self._strangers = None if first or strangers else Strangers(columns, label, self._sizes)
        self._undivided_members: dict[int, NDArray[np.int64]] = {}
        counted = len(label) if first else int(np.count_nonzero(self._sizes))
        self.clusters = counted + (background.clusters if background is not None else 0)
        self.needed = needed_bits(self.clusters, epsilon)
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
            good = self._weigh(number, found.only(~_is_covered(key, found, covered)), groups)
            if good is None:
                continue
            self.accepted[number] = good
            if self._first:
                covered[key] = self._places(key)
                covered[key][good.groups.places] = True
            parts.append(self._star(good))
            if sum(map(len, parts)) > _BUFFERED_LINKS:
                parts = [strongest(Links.join(parts), len(self._label))]
        return strongest(Links.join(parts), len(self._label)) if parts else Links.none()

    def _places(self, key: tuple[str, ...]) -> NDArray[np.bool_]:
        """Return a mask of all that the groups of a combination can be made of."""
        entries = self._columns.entries
        return np.zeros(len(entries[key[0]].rows) if key[0] in SLOTS else len(self._label), dtype=np.bool_)

    def _weigh(self, number: int, groups: Groups, all_groups: Mapping[int, Groups]) -> Accepted | None:
        """Weigh the groups of a combination, and return those that reach what is needed.

        Time adds to the weight of the combination that it divides: a campaign of many days must not make its own
        subject look common on each of them.
        """
        if not len(groups.rows):
            return None
        columns, key, rows = self._columns, KEYS[number], groups.first
        members = self._members(groups)
        whole = self._undivided(key, groups, members, all_groups)
        bits: dict[str, NDArray[np.float64]] = {}
        informations: dict[str, NDArray[np.float64]] = {}
        for code in key:
            values = self._values(code, groups)
            carriers = self._count((code,), code)[values]
            information = columns.information(code, rows)
            group = members if code == "D" else whole
            clusters = self._having(code) if FIELDS[code].often_absent else self.clusters
            cap = columns.caps(code, values)
            bits[code] = field_bits(FIELDS[code], carriers, group, clusters, information, cap)
            if information is not None:
                informations[code] = information
        if "D" in key:
            other = self._count((key[0],), key[0])[self._values(key[0], groups)] if len(key) == 2 else whole
            bits["D"] = concentration_bits(bits["D"], members, other)
        for code, information in informations.items():
            by_others = self.needed - bits["D"] if key in WITHOUT_TIME else self.needed
            bits[code] = corroborated(bits[code], information, by_others, members, text=code == "M")
        content = next((code for code in key if code in _CONTRADICTED), None)
        if content is not None:
            bits[content] = np.maximum(bits[content] - self._disagreement(key, groups), 0.0)
        fields = circumstances(key)
        if fields in self._joint:
            carriers = self._count(fields, None)[self._joint[fields][rows]]
            lowered = joint_bits([bits[code] for code in fields], carriers, whole, self.clusters)
            bits.update(zip(fields, lowered, strict=True))
        weight: NDArray[np.float64] = np.sum(list(bits.values()), axis=0)
        good = (members >= 2) & (weight >= self.needed)
        return Accepted(number, groups, members, list(bits.values()), weight).only(good) if good.any() else None

    def _disagreement(self, key: tuple[str, ...], groups: Groups) -> NDArray[np.float64]:
        """Return what speaks against each group: where its messages differ in what one campaign mostly has in common.

        The weight of a disagreement is that of Fellegi and Sunter, with the odds of one campaign as they were
        estimated once for all corpora.
        """
        total = np.zeros(len(groups.starts) - 1)
        for code, bits in DISAGREEMENT.items():
            if code in key:
                continue
            values = self._columns.contacts if code == "C" else self._columns.codes[code]
            given = np.flatnonzero(values[groups.rows] >= 0)
            group = np.searchsorted(groups.starts, given, side="right") - 1
            least = np.full(len(total), np.iinfo(np.int32).max, dtype=np.int32)
            most = np.full(len(total), -1, dtype=np.int32)
            np.minimum.at(least, group, values[groups.rows[given]])
            np.maximum.at(most, group, values[groups.rows[given]])
            total += np.where(most > least, bits, 0.0)
        return total

    def _values(self, code: str, groups: Groups) -> NDArray[np.int32]:
        """Return the value of a field in each group."""
        if code in SLOTS:
            return self._columns.entries[code].codes[groups.first_entry]
        return self._columns.codes[code][groups.first]

    def _members(self, groups: Groups) -> NDArray[np.int64]:
        """Return how many clusters each group holds."""
        return np.diff(groups.starts) if self._first else groups.members(self._label)

    def _undivided(
        self, key: tuple[str, ...], groups: Groups, members: NDArray[np.int64], all_groups: Mapping[int, Groups]
    ) -> NDArray[np.int64]:
        """Return for each group how many clusters share its values at any time."""
        number = WITHOUT_TIME.get(key)
        if number is None or number not in all_groups:
            return members
        if number not in self._undivided_members:
            found = all_groups[number]
            by_place = np.zeros(len(self._places(key)), dtype=np.int64)
            by_place[found.places] = self._members(found)[found.number]
            self._undivided_members[number] = by_place
        return np.maximum(members, self._undivided_members[number][groups.first_entry])

    def _count(self, fields: tuple[str, ...], code: str | None) -> NDArray[np.int64]:
        """Return for each value of a field, or of fields together, how many clusters carry it."""
        if fields not in self._carriers:
            if code is not None and code in SLOTS:
                entries = self._columns.entries[code]
                rows, carried = entries.rows, entries.codes.astype(np.int64)
                size = len(self._columns.texts[code])
            else:
                codes = self._joint[fields] if code is None else self._columns.codes[code]
                rows = np.flatnonzero(codes >= 0).astype(np.int32)
                carried, size = codes[rows].astype(np.int64), int(codes.max(initial=-1)) + 1
            if not self._first:
                carried = distinct(carried * len(self._label) + self._label[rows]) // len(self._label)
            counts = np.bincount(carried, minlength=size)
            if self._background is not None and code is not None:
                counts = counts + self._background.counts(code, self._columns)
            self._carriers[fields] = counts
        return self._carriers[fields]

    def _having(self, code: str) -> int:
        """Return how many clusters have a value of a field at all."""
        if code not in self._present:
            entries = self._columns.entries
            rows = entries[code].rows if code in entries else np.flatnonzero(self._columns.codes[code] >= 0)
            if self._first:
                count = len(np.unique(rows)) if code in entries else len(rows)
            else:
                count = int(np.count_nonzero(np.bincount(self._label[rows], minlength=1)))
            self._present[code] = count + (self._background.having(code) if self._background is not None else 0)
        return self._present[code]

    def _star(self, accepted: Accepted) -> Links:
        """Link all clusters of a group to its largest: n-1 links where pairs would be n²."""
        groups, number = accepted.groups, accepted.groups.number
        cluster, row = self._label[groups.rows], groups.rows
        _, order = in_order(number.astype(np.int64) * len(self._label) + cluster)
        number, cluster, row = number[order], cluster[order], row[order]
        # The rows of one cluster in one group follow each other, its first row first.
        new = np.concatenate([[True], (number[1:] != number[:-1]) | (cluster[1:] != cluster[:-1])])
        number, cluster, row = number[new], cluster[new], row[new]
        begins = np.flatnonzero(np.concatenate([[True], number[1:] != number[:-1]]))
        # The greatest size, and of equal ones the least cluster, in one number; before both, what is not contested.
        count = len(self._label)
        rank = (self._sizes[cluster] * count + (count - 1 - cluster)) - self._contested[cluster] * (count * (count + 1))
        greatest = np.repeat(np.maximum.reduceat(rank, begins), np.diff(begins, append=len(rank)))
        at_hub = np.flatnonzero(rank == greatest)
        hub = np.repeat(at_hub, np.diff(begins, append=len(rank)))
        spoke = np.flatnonzero(rank != greatest)
        hub = hub[spoke]
        turned = cluster[hub] > cluster[spoke]
        left, right = np.where(turned, spoke, hub), np.where(turned, hub, spoke)
        within = number[spoke]
        links = Links(
            left=cluster[left],
            right=cluster[right],
            left_row=row[left],
            right_row=row[right],
            key=np.full(len(within), accepted.key, dtype=np.int32),
            group=within,
            weight=(accepted.weight[within] - self.needed).astype(np.float32),
        )
        if self._first:
            return links
        # A wrong link between large clusters does more harm, so that it has to be the better.
        lesser = np.minimum(self._sizes[links.left], self._sizes[links.right])
        links = links.take(links.weight >= np.log2(lesser))
        return links if self._strangers is None else links.take(~self._strangers.among(links.left, links.right))


def _is_covered(
    key: tuple[str, ...], groups: Groups, covered: Mapping[tuple[str, ...], NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    """Say for each group whether a shorter combination of its fields has joined it already."""
    mask = np.zeros(len(groups.starts) - 1, dtype=np.bool_)
    for shorter, places in covered.items():
        if len(shorter) < len(key) and set(shorter) <= set(key):
            mask |= places[groups.first_entry if shorter[0] in SLOTS else groups.first]
    return mask
