"""The two sides of the comparison, made from what was seen in the scan in the time of the mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.enrich.evidence.control import Group
from attribution.enrich.evidence.seen import DAY_US, NO_TIME, is_thing, microseconds, rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Period", "group_of", "in_period", "part_of", "period_of", "sure_things"]

Period = tuple[int, int]
"""First and last moment, microseconds UTC, both within."""


def period_of(addresses: pa.Table, window_days: int) -> Period | None:
    """Return the time of all mail with the window on both sides; None where no mail has a time."""
    first, last = microseconds(addresses["first_seen"]), microseconds(addresses["last_seen"])
    known = first != NO_TIME
    if not known.any():
        return None
    # A sighting is kept to the day: the window's ends are too.
    begin = int(first[known].min()) // DAY_US - window_days
    end = int(last[known].max()) // DAY_US + window_days + 1
    return begin * DAY_US, end * DAY_US - 1


def in_period(sightings: pa.Table, period: Period | None) -> pa.Table:
    """Return the sightings within a period; all of them where there is none."""
    if period is None:
        return sightings
    time = microseconds(sightings["observed_at"])
    return sightings.filter(pa.array((time >= period[0]) & (time <= period[1])))


def group_of(ips: pa.Array, asn: pa.Array, sightings: pa.Table) -> Group:
    """Return a side of the comparison.

    Args:
        ips: Addresses, each once.
        asn: Number of the system that announces each, null where not known.
        sightings: As `SIGHTINGS`; those of other addresses do not count.
    """
    size = len(ips)
    row = rows_of(sightings["ip"], ips)
    kinds = np.array(sightings["device_type"].to_pylist(), dtype=object)
    here = row >= 0
    answered = np.zeros(size, np.bool_)
    answered[row[here]] = True
    types: dict[str, NDArray[np.bool_]] = {}
    thing = np.zeros(size, np.bool_)
    sure = sure_things(sightings) & here
    for kind in sorted(set(kinds[sure].tolist())):
        shows = np.zeros(size, np.bool_)
        shows[row[sure & (kinds == kind)]] = True
        types[kind] = shows
        thing |= shows
    return Group(ips, asn, answered, types, thing)


def sure_things(sightings: pa.Table) -> NDArray[np.bool_]:
    """Say of each sighting whether it names a thing, and with more than weak strength."""
    kinds = sightings["device_type"].combine_chunks().dictionary_encode()
    thing = np.array([*(is_thing(kind) for kind in kinds.dictionary.to_pylist()), False], np.bool_)
    places = kinds.indices.fill_null(len(thing) - 1).to_numpy(zero_copy_only=False)
    sure = pc.not_equal(sightings["device_strength"], "weak").fill_null(False)
    found: NDArray[np.bool_] = thing[places] & sure.combine_chunks().to_numpy(zero_copy_only=False)
    return found


def part_of(group: Group, chosen: NDArray[np.bool_]) -> Group:
    """Return some of a group's addresses as a group."""
    mask = pa.array(chosen)
    return Group(
        group.ips.filter(mask),
        group.asn.filter(mask),
        group.answered[chosen],
        {kind: shows[chosen] for kind, shows in group.types.items()},
        group.thing[chosen],
    )
