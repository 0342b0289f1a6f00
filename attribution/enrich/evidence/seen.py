"""What was seen on each address: the device that speaks loudest near the time of its mail, and what else answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.enrich.devices import device_types

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DAY_US", "NO_TIME", "Seen", "is_thing", "microseconds", "nearest", "rows_of", "seen_on"]

DAY_US = 86_400_000_000
NO_TIME = int(np.iinfo(np.int64).min)
"""Stands for a time that is not known."""

_STRENGTHS = {"strong": 2, "medium": 1}
_KIN = {"modem": "router", "access-point": "router"}
"""Types that one box at home is at once: not two devices."""
_DEVICE = ("device_type", "device_vendor", "device_product", "device_rule", "device_strength")


def is_thing(kind: object) -> bool:
    """Say whether a device type is a thing, and names a device by itself."""
    found = device_types().get(kind) if isinstance(kind, str) else None
    return found is not None and found.thing and not found.weak


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen on each address; a value for each row of the addresses table.

    Attributes:
        banners: Number of banners.
        device: The device that counts: `device_type`, `device_vendor`, `device_product`, `device_rule`,
            `device_strength`; null where nothing is named.
        time: When it was seen, microseconds UTC; `NO_TIME` where nothing is named.
        gap_us: Microseconds from that to the nearest mail; -1 where either is not known.
        named: Whether it is a device by itself, named with at least medium strength.
        thing: Whether it is a thing. `gateway`: whether it stands in front of others.
        both_sides: Whether the same device was seen before and after all mail of the address, within the window.
        changed: Whether devices of different makers or kinds answered on one port within the window, at other times.
        several: Whether things of several kinds answer within the window.
        computer: Whether a computer or server answers within the window.
        types: All device types within the window, sorted; null where there is no banner.
        main: Row and time of each sighting of a device that counts, for the gaps of single messages.
    """

    banners: NDArray[np.int64]
    device: pa.Table
    time: NDArray[np.int64]
    gap_us: NDArray[np.int64]
    named: NDArray[np.bool_]
    thing: NDArray[np.bool_]
    gateway: NDArray[np.bool_]
    both_sides: NDArray[np.bool_]
    changed: NDArray[np.bool_]
    several: NDArray[np.bool_]
    computer: NDArray[np.bool_]
    types: pa.Array
    main: tuple[NDArray[np.int64], NDArray[np.int64]]


def microseconds(column: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    """Return times as microseconds since 1970, `NO_TIME` where there is none."""
    found: NDArray[np.int64] = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).fill_null(NO_TIME).to_numpy()
    return found


def rows_of(ips: pa.Array | pa.ChunkedArray, known: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    """Return the place of each address among those that are known, each once; -1 for null and for others."""
    places = pc.index_in(ips, value_set=known, skip_nulls=True)
    if isinstance(places, pa.ChunkedArray):
        places = places.combine_chunks()
    found: NDArray[np.int64] = places.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return found


def nearest(
    rows: NDArray[np.int64], times: NDArray[np.int64], known: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> NDArray[np.int64]:
    """Return the microseconds, to the second, from each moment to the nearest known one of the same row; -1 for none.

    Args:
        rows: Places of addresses, 0 or more.
        times: Microseconds since 1970, none of them `NO_TIME`.
        known: Rows and times likewise, in any order.
    """
    gaps = np.full(len(rows), -1, np.int64)
    if not len(known[0]):
        return gaps
    # Seconds fit beside the row in one number, by which both sides are put in one order.
    keys = np.sort((known[0] << 34) + known[1] // 1_000_000)
    wanted = (rows << 34) + times // 1_000_000
    behind = np.searchsorted(keys, wanted)
    found = np.full(len(rows), np.iinfo(np.int64).max)
    for place in (np.maximum(behind - 1, 0), np.minimum(behind, len(keys) - 1)):
        same = keys[place] >> 34 == rows
        found = np.where(same, np.minimum(found, np.abs(keys[place] - wanted)), found)
    there = found != np.iinfo(np.int64).max
    gaps[there] = found[there] * 1_000_000
    return gaps


def seen_on(
    addresses: pa.Table,
    sightings: pa.Table,
    mail: tuple[NDArray[np.int64], NDArray[np.int64]],
    window_days: int,
) -> Seen:
    """Return what was seen on each address.

    Args:
        addresses: With `ip`, `first_seen` and `last_seen` (UTC, null where not known).
        sightings: As `SIGHTINGS`.
        mail: Row of the address and time of each message that has a time, in any order.
        window_days: Days before and after the mail within which a sighting is near.
    """
    size = len(addresses)
    row = rows_of(sightings["ip"], addresses["ip"])
    banners = np.bincount(row[row >= 0], minlength=size).astype(np.int64)
    named = (row >= 0) & pc.is_valid(sightings["device_type"]).to_numpy()
    first, last = microseconds(addresses["first_seen"]), microseconds(addresses["last_seen"])
    marks = _Marks(sightings.filter(pa.array(named)), row[named], mail, window_days)
    best = marks.best()
    at = marks.row[best]
    same = marks.same_device(best)
    return Seen(
        banners=banners,
        device=_device(marks.table, best, at, size),
        time=_placed(size, at, marks.time[best], NO_TIME),
        gap_us=_placed(size, at, marks.gap[best], -1),
        named=_marked(size, at[marks.certain[best]]),
        thing=_marked(size, at[marks.thing[best]]),
        gateway=_marked(size, at[marks.gateway[best]]),
        both_sides=marks.on_both_sides(same, first, last),
        changed=_marked(size, marks.with_other_devices()),
        several=_marked(size, marks.with_several_kinds()),
        computer=_marked(size, marks.row[marks.near & ~marks.thing]),
        types=_types(banners, marks),
        main=(marks.row[same & marks.certain], marks.time[same & marks.certain]),
    )


class _Marks:
    """The sightings that name a device, as arrays.

    Args:
        table: As `SIGHTINGS`; `device_type` is never null.
        row: The row of each in the addresses table.
        mail: See `seen_on`.
        window_days: See `seen_on`.
    """

    def __init__(
        self,
        table: pa.Table,
        row: NDArray[np.int64],
        mail: tuple[NDArray[np.int64], NDArray[np.int64]],
        window_days: int,
    ) -> None:
        self.table = table
        self.row = row
        self.time = microseconds(table["observed_at"])
        self.gap = nearest(row, self.time, mail)
        self.in_window = (self.gap >= 0) & (self.gap <= window_days * DAY_US)
        self.kinds, self.kind = _coded(table["device_type"])
        known = [device_types().get(str(name)) for name in self.kinds]
        self.thing = np.array([is_thing(name) for name in self.kinds], np.bool_)[self.kind]
        self.gateway = np.array([each is not None and each.gateway for each in known], np.bool_)[self.kind]
        names_device = np.array([each is not None and not each.weak for each in known], np.bool_)[self.kind]
        words, strength = _coded(table["device_strength"])
        self.strength = np.array([_STRENGTHS.get(str(word), 0) for word in words], np.int64)[strength]
        self.certain = names_device & (self.strength > 0)
        self.near = self.certain & self.in_window

    def best(self) -> NDArray[np.int64]:
        """Return for each address with sightings the one that counts, in order of rows."""
        rule = _coded(self.table["device_rule"])[1]
        # A thing goes before a computer that answers beside it: that there is one is told by itself.
        first = (~self.in_window, ~self.certain, self.row)
        keys = (rule, self.kind, self.time, self.gap, -self.strength, ~self.thing, *first)
        order = np.lexsort(keys)
        rows = self.row[order]
        begins = np.ones(len(rows), np.bool_)
        begins[1:] = rows[1:] != rows[:-1]
        return order[begins]

    def same_device(self, best: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say which sightings show the device that counts: the same type, and vendor where both name one."""
        place = np.zeros(int(self.row.max()) + 1 if len(self.row) else 0, np.int64)
        place[self.row[best]] = best
        main = place[self.row]
        vendors, vendor = _coded(self.table["device_vendor"])
        missing = np.array([name is None for name in vendors], np.bool_)[vendor]
        alike = (vendor == vendor[main]) | missing | missing[main]
        same: NDArray[np.bool_] = (self.kind == self.kind[main]) & alike
        return same

    def on_both_sides(
        self, same: NDArray[np.bool_], first: NDArray[np.int64], last: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Say on which addresses the device that counts was seen before and after all mail, within the window."""
        counted = same & self.in_window
        row, time = self.row[counted], self.time[counted]
        before, after = np.zeros(len(first), np.bool_), np.zeros(len(first), np.bool_)
        before[row[time <= first[row]]] = True
        after[row[time >= last[row]]] = True
        return before & after

    def with_several_kinds(self) -> NDArray[np.int64]:
        """Return the addresses on which things of several kinds answer near the mail."""
        which = self.near & self.thing
        pairs = np.unique(np.stack([self.row[which], self._kin()[which]]), axis=1)
        rows, counts = np.unique(pairs[0], return_counts=True)
        return rows[counts > 1]

    def _kin(self) -> NDArray[np.int64]:
        """Return a number for the kind of each, the same for kinds that one box is at once."""
        kin = [_KIN.get(str(name), str(name)) for name in self.kinds]
        code: NDArray[np.int64] = np.array([kin.index(name) for name in kin], np.int64)[self.kind]
        return code

    def with_other_devices(self) -> NDArray[np.int64]:
        """Return the addresses on one port of which devices of different makers or kinds answered, at other times."""
        vendors, vendor = _coded(self.table["device_vendor"])
        port = self.table["port"].fill_null(-1).to_numpy().astype(np.int64)
        which = np.flatnonzero(self.near & (port >= 0))
        kin = self._kin()
        order = which[np.lexsort((self.time[which], port[which], self.row[which]))]
        one, other = order[:-1], order[1:]
        named = len(vendors) - 1  # the last place is that of no name
        maker = (vendor[one] != vendor[other]) & (vendor[one] < named) & (vendor[other] < named)
        same = (self.row[one] == self.row[other]) & (port[one] == port[other]) & (self.time[one] != self.time[other])
        return np.unique(self.row[one[same & (maker | (kin[one] != kin[other]))]])


def _coded(column: pa.ChunkedArray) -> tuple[list[str | None], NDArray[np.int64]]:
    """Return the distinct values of a column, in order with None last, and each row's place among them."""
    texts = column.combine_chunks().dictionary_encode()
    found: list[str] = texts.dictionary.to_pylist()
    ordered = sorted(found)
    rank = np.array([ordered.index(text) for text in found] + [len(found)], np.int64)
    places = texts.indices.fill_null(len(found)).to_numpy(zero_copy_only=False)
    return [*ordered, None], rank[places]


def _types(banners: NDArray[np.int64], marks: _Marks) -> pa.Array:
    """Return the types that answer near the mail on each address, sorted."""
    pairs = np.unique(np.stack([marks.row[marks.near], marks.kind[marks.near]]), axis=1)
    ends = np.cumsum(np.bincount(pairs[0], minlength=len(banners)))
    names = pa.array(marks.kinds, pa.string()).take(pa.array(pairs[1]))
    lists = pa.ListArray.from_arrays(pa.array(np.concatenate([[0], ends]), pa.int32()), names)
    return pc.if_else(pa.array(banners > 0), lists, pa.nulls(len(lists), lists.type))


def _device(table: pa.Table, best: NDArray[np.int64], at: NDArray[np.int64], size: int) -> pa.Table:
    places = _placed(size, at, best, -1)
    taken = pa.array(places, mask=places < 0)
    return table.select(_DEVICE).combine_chunks().take(taken)


def _placed(size: int, at: NDArray[np.int64], values: NDArray[np.int64], otherwise: int) -> NDArray[np.int64]:
    column = np.full(size, otherwise, np.int64)
    column[at] = values
    return column


def _marked(size: int, at: NDArray[np.int64]) -> NDArray[np.bool_]:
    column = np.zeros(size, np.bool_)
    column[at] = True
    return column
