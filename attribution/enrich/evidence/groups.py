"""The two sides of the comparison, made from what was seen in the scan in the time of the mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.enrich.evidence.seen import DAY_US, NO_TIME, is_thing, microseconds, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Group", "Period", "fair_scans", "group_of", "in_period", "part_of", "period_of", "sure_things"]


@dataclass(frozen=True, slots=True)
class Group:
    """Addresses of one side: senders, or neighbours that sent nothing.

    Attributes:
        ips: Addresses in canonical form, each once.
        asn: Their networks by number, null where not known.
        answers: How often each answered, counted by days and ports; 0 where the scan does not list it.
        types: For each type of device, whether each address shows one.
        thing: Whether each shows a thing of any type.
    """

    ips: pa.Array
    asn: pa.Array
    answers: NDArray[np.int64]
    types: Mapping[str, NDArray[np.bool_]]
    thing: NDArray[np.bool_]

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Say whether the scan lists each."""
        return self.answers > 0


_DISTINCT = [("ip", "count_distinct")]
_FAIR = 0.2
"""Neighbours for each sender that a scan file must list: one that asked about a network lists several."""

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
    days = microseconds(sightings["observed_at"]) // DAY_US
    ports = sightings["port"].fill_null(-1).to_numpy().astype(np.int64)
    answers = np.unique(np.stack([row[here], days[here], ports[here]]), axis=1)[0]
    counted = np.bincount(answers.astype(np.int64), minlength=size).astype(np.int64)
    types: dict[str, NDArray[np.bool_]] = {}
    thing = np.zeros(size, np.bool_)
    sure = sure_things(sightings) & here
    for kind in sorted(set(kinds[sure].tolist())):
        shows = np.zeros(size, np.bool_)
        shows[row[sure & (kinds == kind)]] = True
        types[kind] = shows
        thing |= shows
    return Group(ips, asn, counted, types, thing)


def fair_scans(senders: pa.Table, others: pa.Table, kept: float) -> tuple[list[str], list[str]]:
    """Return the scan files that can be a control group, and those that list senders more than neighbours.

    What was asked about senders alone, as look-ups of single hosts are, shows more of them than of their neighbours.

    Args:
        senders: Sightings of senders, as `SIGHTINGS`.
        others: Sightings of the neighbours that were kept, likewise.
        kept: Share of the nearest neighbours that was kept.
    """
    counts = [
        {row["dataset"]: row["ip_count_distinct"] for row in side.group_by("dataset").aggregate(_DISTINCT).to_pylist()}
        for side in (senders, others)
    ]
    names = sorted(counts[0].keys() | counts[1].keys())
    fair = [name for name in names if counts[1].get(name, 0) / kept >= _FAIR * counts[0].get(name, 0)]
    return fair, [name for name in names if name not in fair]


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
        group.answers[chosen],
        {kind: shows[chosen] for kind, shows in group.types.items()},
        group.thing[chosen],
    )
