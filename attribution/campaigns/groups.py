"""Rows that share all values of a combination, found by sorting whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attribution.campaigns.families import KEYS, circumstances

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attribution.campaigns.columns import Columns

__all__ = ["Groups", "distinct", "in_order", "joint_codes", "key_groups"]


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of one combination that hold more than one row.

    Attributes:
        rows: Row numbers, group by group, ascending within each.
        starts: Where each group begins in `rows`, and the end of the last.
        entries: For a combination with a field of several values the entry of each of `rows` in that field; else None.
    """

    rows: NDArray[np.int32]
    starts: NDArray[np.int64]
    entries: NDArray[np.int32] | None = None

    @property
    def first(self) -> NDArray[np.int32]:
        """The first row of each group."""
        return self.rows[self.starts[:-1]]

    @property
    def first_entry(self) -> NDArray[np.int32]:
        """The first entry of each group; its first row where the combination has no field of several values."""
        return self.places[self.starts[:-1]]

    @property
    def places(self) -> NDArray[np.int32]:
        """What a group is made of: entries, or rows where the combination has no field of several values."""
        return self.rows if self.entries is None else self.entries

    @property
    def number(self) -> NDArray[np.int32]:
        """Number of the group of each entry of `rows`."""
        sizes = np.diff(self.starts)
        return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

    def members(self, label: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return how many clusters the rows of each group are in.

        Args:
            label: The cluster of each row.
        """
        pairs = distinct(self.number.astype(np.int64) * len(label) + label[self.rows])
        return np.bincount(pairs // len(label), minlength=len(self.starts) - 1)

    def divided(self, label: NDArray[np.int32]) -> Groups:
        """Return the groups whose rows are in more than one cluster."""
        if not len(self.rows):
            return self
        labels, begins = label[self.rows], self.starts[:-1]
        return self.only(np.minimum.reduceat(labels, begins) != np.maximum.reduceat(labels, begins))

    def only(self, mask: NDArray[np.bool_]) -> Groups:
        """Return the groups for which a mask, one value a group, holds."""
        sizes = np.diff(self.starts)
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[mask])])
        kept = np.repeat(mask, sizes)
        return Groups(self.rows[kept], starts, None if self.entries is None else self.entries[kept])


def distinct(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the distinct numbers in ascending order, by sorting: for whole numbers faster than by hashing."""
    ordered = np.sort(numbers)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def key_groups(columns: Columns) -> Iterator[tuple[int, Groups]]:
    """Yield the number of each combination of `KEYS` with its groups, where it has any.

    Messages of two streams (mailing lists, newsletters) are never in one group, nor are those of a stream
    and those of none: who posts one text to two lists, or answers on both, does not make the lists one sender.

    Args:
        columns: The encoded traits.
    """
    shared: dict[tuple[str, ...], NDArray[np.int32]] = {}
    codes = {code: _repeated(values) for code, values in columns.codes.items()}
    for number, key in enumerate(KEYS):
        entries = columns.entries_for(key)
        group = _by_rows(columns, codes, key, shared) if entries is None else _by_entries(columns, codes, key, entries)
        places = np.flatnonzero(group >= 0)
        if not len(places):
            continue
        # Group and place in one number: sorting numbers is several times faster than sorting an index of them.
        packed = np.sort(group[places].astype(np.int64) << 32 | places)
        sizes = np.bincount(packed >> 32)
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        found = (packed & 0xFFFFFFFF).astype(np.int32)
        if entries is None:
            yield number, Groups(found, starts)
        else:
            yield number, Groups(columns.entries[key[0]].rows[entries[found]], starts, entries[found])


def _by_rows(
    columns: Columns,
    codes: dict[str, NDArray[np.int32]],
    key: tuple[str, ...],
    shared: dict[tuple[str, ...], NDArray[np.int32]],
) -> NDArray[np.int32]:
    """Return the group of each row, -1 for none; what combinations begin with in common is kept in `shared`."""
    group = columns.stream
    for depth, code in enumerate(key, start=1):
        prefix = key[:depth]
        if prefix not in shared:
            shared[prefix] = _refined(group, codes[code])
        group = shared[prefix]
    if len(key) > 2:
        del shared[key]
    good = _good_text(columns, key)
    return group if good is None else np.where(good, group, np.int32(-1))


def _good_text(columns: Columns, key: tuple[str, ...]) -> NDArray[np.bool_] | None:
    """Return the rows whose text is evidence in a combination; None where all are.

    What comes from one organisation's servers alone, or its telephone, is no evidence beside its texts.
    """
    if "M" not in key or {"S", "S2"} & set(key):
        return None
    return ~columns.standing if {"U", "Q", "A", "J", "L"} & set(key) else columns.spread


def _by_entries(
    columns: Columns, codes: dict[str, NDArray[np.int32]], key: tuple[str, ...], entries: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return the group of each of some entries of the key's first field, -1 for none."""
    held = columns.entries[key[0]]
    rows = held.rows[entries]
    group = _refined(columns.stream[rows], _repeated(held.codes[entries]))
    good = _good_text(columns, key)
    if good is not None:
        group = np.where(good[rows], group, np.int32(-1))
    for code in key[1:]:
        group = _refined(group, codes[code][rows])
    return group


def joint_codes(columns: Columns) -> dict[tuple[str, ...], NDArray[np.int32]]:
    """Return one code for each set of values that two or more circumstances of a combination take together.

    Args:
        columns: The encoded traits.
    """
    joint: dict[tuple[str, ...], NDArray[np.int32]] = {}
    for key in KEYS:
        fields = circumstances(key)
        if len(fields) < 2 or fields in joint:
            continue
        shorter = joint.get(fields[:-1])
        codes = _shared_only(columns.codes[fields[0]]) if shorter is None else shorter
        for code in fields[1 if shorter is None else -1 :]:
            codes = _refined(codes, columns.codes[code])
        joint[fields] = codes
    return joint


def in_order(numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return numbers from 0 on in ascending order, equals as they stood, and the place that each comes from.

    Args:
        numbers: Whole numbers from 0.
    """
    bits = max(1, (len(numbers) - 1).bit_length())
    if int(numbers.max(initial=0)).bit_length() + bits > 63:
        order = np.argsort(numbers, kind="stable")
        return numbers[order], order
    # Number and place in one: sorting numbers is several times faster than sorting an index of them.
    packed = numbers << bits
    packed |= np.arange(len(numbers))
    packed.sort()
    return packed >> bits, packed & ((1 << bits) - 1)


def _repeated(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return codes without those that occur once: they can be in no group, and need not be sorted."""
    counts = np.bincount(codes[codes >= 0], minlength=1)
    return np.where((codes >= 0) & (counts[np.maximum(codes, 0)] > 1), codes, np.int32(-1)).astype(np.int32)


def _shared_only(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    return _refined(np.zeros(len(codes), dtype=np.int32), codes)


def _refined(group: NDArray[np.int32], codes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Divide groups by one more field; rows without it, or alone in their group, get -1."""
    refined = np.full(len(group), -1, dtype=np.int32)
    rows = np.flatnonzero((group >= 0) & (codes >= 0))
    if not len(rows):
        return refined
    ordered, order = in_order(group[rows].astype(np.int64) * (int(codes.max()) + 1) + codes[rows])
    begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sizes = np.diff(begins, append=len(ordered))
    several = sizes > 1
    renumbered = np.where(several, np.cumsum(several) - 1, -1).astype(np.int32)
    refined[rows[order]] = np.repeat(renumbered, sizes)
    return refined
