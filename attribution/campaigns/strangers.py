"""Clusters that have grown by themselves and agree in nothing that the mail of one sender shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.campaigns.groups import distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.campaigns.columns import Columns

__all__ = ["Strangers"]

_FIELDS = ("T", "M", "U", "Q", "A", "C", "F", "L")
"""What the mail of one campaign mostly has in common: program, text, links, files, contacts; or the list that carries
what many write."""
_GROWN = 10
"""Messages from which on a cluster shows what is its own."""
_COMPARED = 4_000_000
"""Values that are compared at once, beside those of one pair."""


class Strangers:
    """Tells which clusters are strangers to one another.

    Args:
        columns: The encoded traits.
        label: The cluster of each row.
        sizes: Rows of each cluster.
    """

    def __init__(self, columns: Columns, label: NDArray[np.int32], sizes: NDArray[np.int64]) -> None:
        self._columns, self._label, self._sizes = columns, label, sizes
        self._held: dict[str, _Held] = {}

    def among(self, left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Say for pairs of clusters whether they are strangers.

        Both are grown, there is a field that most messages of either have, and in none have they a value in common.

        Args:
            left: A cluster of each pair.
            right: The other one.
        """
        strange = np.minimum(self._sizes[left], self._sizes[right]) >= _GROWN
        places = np.flatnonzero(strange)
        if not len(places):
            return strange
        size = len(self._label)
        pairs = distinct(left[places].astype(np.int64) * size + right[places])
        one, other = pairs // size, pairs % size
        compared = np.zeros(len(pairs), dtype=np.bool_)
        shared = np.zeros(len(pairs), dtype=np.bool_)
        for code in _FIELDS:
            if code not in self._held:
                self._held[code] = _Held.of(self._columns, code, self._label, self._sizes)
            held = self._held[code]
            compared |= held.mostly[one] & held.mostly[other]
            rest = np.flatnonzero(~shared)
            shared[rest] = held.share(one[rest], other[rest])
        found = compared & ~shared
        strange[places] = found[np.searchsorted(pairs, left[places].astype(np.int64) * size + right[places])]
        return strange


class _Held:
    """The values of a field that each grown cluster has."""

    def __init__(self, values: NDArray[np.int64], span: int, clusters: int, mostly: NDArray[np.bool_]) -> None:
        self._values, self._span, self.mostly = values, span, mostly
        self._begins = np.searchsorted(values, np.arange(clusters + 1, dtype=np.int64) * span)

    @classmethod
    def of(cls, columns: Columns, code: str, label: NDArray[np.int32], sizes: NDArray[np.int64]) -> _Held:
        """Collect the values of a field."""
        if code in columns.entries:
            entries = columns.entries[code]
            kept = ~(entries.own | columns.service[code][entries.codes])
            rows, codes = entries.rows[kept], entries.codes[kept]
        else:
            rows = np.flatnonzero(columns.codes[code] >= 0).astype(np.int32)
            codes = columns.codes[code][rows]
        grown = sizes[label[rows]] >= _GROWN
        rows, codes = rows[grown], codes[grown]
        span = int(codes.max(initial=-1)) + 1
        bearing = np.bincount(label[np.unique(rows)], minlength=len(sizes))
        return cls(distinct(label[rows].astype(np.int64) * span + codes), span, len(sizes), 2 * bearing > sizes)

    def share(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say for pairs of clusters whether they have a value in common."""
        counts = np.diff(self._begins)
        turned = counts[one] > counts[other]
        few, many = np.where(turned, other, one), np.where(turned, one, other)
        # Pairs may be many and clusters large: what is compared at once is bounded.
        rounds = np.cumsum(counts[few]) // _COMPARED
        ends = np.flatnonzero(np.diff(rounds)) + 1
        pieces = zip(np.split(few, ends), np.split(many, ends), strict=True)
        return np.concatenate([self._share(some, others) for some, others in pieces])

    def _share(self, few: NDArray[np.int64], many: NDArray[np.int64]) -> NDArray[np.bool_]:
        each = np.diff(self._begins)[few]
        pair = np.repeat(np.arange(len(few)), each)
        if not len(pair):
            return np.zeros(len(few), dtype=np.bool_)
        place = np.arange(len(pair)) - np.repeat(np.cumsum(each) - each, each) + np.repeat(self._begins[few], each)
        sought = many[pair] * self._span + self._values[place] % self._span
        at = np.searchsorted(self._values, sought)
        found = self._values[np.minimum(at, len(self._values) - 1)] == sought
        return np.bincount(pair[found], minlength=len(few)) > 0
