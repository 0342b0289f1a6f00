"""Senders against their neighbours: do things send, or do they only stand where senders live?

A device banner on a sender's address proves nothing by itself, since many homes have a device that answers. What can be
judged is a share: whether senders show devices more often than addresses that sent nothing, in the same networks and in
the same scan. That is a case-control study, and its measure the odds ratio (Mantel and Haenszel 1959, with the interval
of Robins, Breslow and Greenland 1986 over networks; Fisher's exact conditional one within a single network).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow.compute as pc

from attribution.enrich.evidence.comparison import Comparison
from attribution.enrich.evidence.odds import Interval, pooled
from attribution.enrich.evidence.strata import LEVELS, Places
from attribution.enrich.evidence.verdicts import sentence, verdict_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.enrich.evidence.groups import Group

__all__ = ["Compared", "ControlGroup", "compare", "compare_each"]

_LEAST = 20
"""Senders, and neighbours, that must have answered before a share is compared."""
_MATCHED = 0.5
"""Share of the senders that answered that must have neighbours in a network for it to count as theirs."""
_FILTERED = 0.02
"""Share of addresses without a device below which a scan is taken to list addresses with devices only."""
_UNEQUAL = 1.3
"""Answers of addresses without a thing on one side for each on the other, beyond which they were not asked alike."""
_LISTED = 10
"""Networks, and types of devices, that are compared one by one."""


@dataclass(frozen=True, slots=True)
class ControlGroup:
    """What the comparison says of a case.

    Attributes:
        network: What counts as one network: `/24`, `/20`, `AS in /16` or `/16` (of IPv6: /48, /40, /32); None where
            nothing was compared.
        asked: Senders that were looked for in the scan.
        silent: Those of them that it does not list.
        sampled: Share of the neighbours beyond the senders' own /24 that was kept, from 0 to 1.
        things: Comparison over all things.
        types: The same for each type of device, the most frequent first.
        networks: The same for the networks with most senders.
        said: What it means, in a sentence or two.
        remarks: Sentences on what limits it.
    """

    network: str | None
    asked: int
    silent: int
    sampled: float
    things: Comparison
    types: tuple[Comparison, ...]
    networks: tuple[Comparison, ...]
    said: str
    remarks: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the same as values that JSON holds."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison, and who was in it.

    Attributes:
        control: What it says.
        senders: For each sender the number of its network, -1 where it was not compared. `controls`: the same for
            neighbours; two addresses of one network have the same number.
    """

    control: ControlGroup
    senders: NDArray[np.int64]
    controls: NDArray[np.int64]


def compare(
    senders: Group, controls: Group, *, sampled: float = 1.0, places: Places | None = None, remarks: Sequence[str] = ()
) -> ControlGroup:
    """Return how often senders show things, beside their neighbours; see `compare_each`."""
    return compare_each(senders, controls, sampled=sampled, places=places, remarks=remarks).control


def compare_each(
    senders: Group, controls: Group, *, sampled: float = 1.0, places: Places | None = None, remarks: Sequence[str] = ()
) -> Compared:
    """Return how often senders show things, beside their neighbours, and who was compared.

    Senders and neighbours are compared within networks: the narrowest kind of network in which at least half of the
    senders that answered have neighbours, and there is one for each of them; where there are not so many, the widest in
    which half of them have any. What has no counterpart in its network is left out.

    Args:
        senders: All addresses that sent, services left out.
        controls: Addresses near them that sent nothing; all of them answered.
        sampled: Share of the neighbours beyond the senders' own /24 that was kept.
        places: The networks of both, where they are known already.
        remarks: Sentences on what limits the comparison from the start.
    """
    told = list(remarks)
    if sampled < 1:
        told.append(
            f"Of the neighbours beyond the senders' own /24 a sample of {sampled:.2%} was kept, drawn by a hash of the "
            "address."
        )
    asked, silent = len(senders.ips), int((~senders.answered).sum())

    def unknown(why: str) -> Compared:
        things = Comparison("things", asked - silent, 0, 0, 0, None, None, None, None, why, "none")
        control = ControlGroup(None, asked, silent, sampled, things, (), (), sentence(things, None), tuple(told))
        return Compared(control, np.full(asked, -1, np.int64), np.full(len(controls.ips), -1, np.int64))

    if not len(controls.ips):
        return unknown("no-control")
    if _lists_devices_only(controls.thing):
        return unknown("devices-only")
    level, sides = _level(senders, places or Places.of(senders.ips, senders.asn, controls.ips, controls.asn))
    filtered = bool(silent) and _lists_devices_only(senders.thing[senders.answered])
    # Those of whom a filtered list says nothing count against the devices: what is more even so, is more.
    counted = senders.answered | filtered
    pairs = _Pairs(
        counted & np.isin(sides.senders, sides.controls), np.isin(sides.controls, sides.senders[counted]), sides
    )
    things = _compared("things", senders.thing, controls.thing, pairs)
    if filtered and things.verdict != "more":
        return unknown("senders-filtered")
    if filtered:
        told.append(
            f"The scan lists hardly any sender without a device, and {silent:,} of {asked:,} senders not at all. Those "
            "are counted as senders without a device."
        )
    elif (unequal := _asked_unequally(senders, controls, pairs)) is not None:
        told.append(unequal)
        things = replace(things, verdict="none", method="unequal")
    elif things.verdict == "none":
        told.append(f"A share is compared where at least {_LEAST} senders and as many neighbours answered.")
    control = ControlGroup(
        network=level,
        asked=asked,
        silent=silent,
        sampled=sampled,
        things=things,
        types=_by_type(senders, controls, pairs),
        networks=_by_network(senders, controls, pairs),
        said=sentence(things, level),
        remarks=tuple(told),
    )
    return Compared(control, np.where(pairs.senders, sides.senders, -1), np.where(pairs.controls, sides.controls, -1))


class _Sides(NamedTuple):
    """The number of each address's network."""

    senders: NDArray[np.int64]
    controls: NDArray[np.int64]


class _Pairs(NamedTuple):
    """Which addresses are compared: those whose network has both; and everyone's network."""

    senders: NDArray[np.bool_]
    controls: NDArray[np.bool_]
    sides: _Sides


def _lists_devices_only(thing: NDArray[np.bool_]) -> bool:
    return len(thing) >= _LEAST and float((~thing).mean()) < _FILTERED


def _asked_unequally(senders: Group, controls: Group, pairs: _Pairs) -> str | None:
    """Say so where addresses without a thing answered more often on one side: it was asked on more ports or days."""
    mine = senders.answers[pairs.senders & senders.answered & ~senders.thing]
    others = controls.answers[pairs.controls & ~controls.thing]
    if min(len(mine), len(others)) < _LEAST:
        return None
    one, other = float(mine.mean()), float(others.mean())
    if max(one, other) <= _UNEQUAL * min(one, other):
        return None
    return (
        f"Addresses without a thing answered {one:.2f} times on average among the senders and {other:.2f} times among "
        "their neighbours, counted by days and ports."
    )


def _level(senders: Group, places: Places) -> tuple[str, _Sides]:
    """Return the kind of network that senders and neighbours are compared in, and everyone's network."""
    found = LEVELS[-1], _Sides(*places.at(LEVELS[-1]))
    for level in LEVELS[:-1]:
        sides = _Sides(*places.at(level))
        answered = sides.senders[senders.answered]
        matched = np.isin(answered, sides.controls)
        if matched.sum() < max(_LEAST, _MATCHED * len(matched)):
            continue
        found = level, sides
        if np.isin(sides.controls, answered).sum() >= matched.sum():
            break
    return found


def _compared(what: str, senders: NDArray[np.bool_], controls: NDArray[np.bool_], pairs: _Pairs) -> Comparison:
    """Compare one share within the networks that both sides have."""
    mine, others = pairs.sides.senders[pairs.senders], pairs.sides.controls[pairs.controls]
    hit, other_hit = senders[pairs.senders], controls[pairs.controls]
    names, places = np.unique(np.concatenate([mine, others]), return_inverse=True)
    size = len(names)
    at, other_at = places[: len(mine)], places[len(mine) :]
    table = np.stack(
        [
            np.bincount(at[hit], minlength=size),
            np.bincount(at[~hit], minlength=size),
            np.bincount(other_at[other_hit], minlength=size),
            np.bincount(other_at[~other_hit], minlength=size),
        ]
    )
    interval = pooled(table) if len(mine) and len(others) else Interval(None, None, None, "nothing to compare")
    few = min(len(mine), len(others)) < _LEAST
    nobody = not hit.any() and not other_hit.any()
    return Comparison(
        what=what,
        senders=len(mine),
        senders_with=int(hit.sum()),
        controls=len(others),
        controls_with=int(other_hit.sum()),
        controls_share=_weighted(table),
        odds_ratio=interval.ratio,
        low=interval.low,
        high=interval.high,
        method="too-few" if few else interval.method,
        # A share of nothing on both sides needs no ratio.
        verdict="none" if few else "same" if nobody else verdict_of(interval),
    )


def _weighted(table: NDArray[np.int64]) -> float | None:
    """Return the share among neighbours if they lived in the senders' networks in the senders' proportions."""
    senders, others = table[:2].sum(axis=0), table[2:].sum(axis=0)
    both = (senders > 0) & (others > 0)
    if not both.any():
        return None
    return float((senders[both] * table[2][both] / others[both]).sum() / senders[both].sum())


def _by_type(senders: Group, controls: Group, pairs: _Pairs) -> tuple[Comparison, ...]:
    nobody = np.zeros(len(controls.ips), np.bool_)
    absent = np.zeros(len(senders.ips), np.bool_)
    names = sorted({*senders.types, *controls.types})
    rows = [_compared(name, senders.types.get(name, absent), controls.types.get(name, nobody), pairs) for name in names]
    rows.sort(key=lambda row: (-row.senders_with, -row.controls_with, row.what))
    return tuple(rows[:_LISTED])


def _by_network(senders: Group, controls: Group, pairs: _Pairs) -> tuple[Comparison, ...]:
    mine = pc.fill_null(senders.asn, -1).to_numpy()
    others = pc.fill_null(controls.asn, -1).to_numpy()
    numbers, counts = np.unique(mine[pairs.senders & (mine >= 0)], return_counts=True)
    largest = numbers[np.argsort(-counts, kind="stable")][:_LISTED]
    return tuple(
        _compared(
            f"AS{number}",
            senders.thing,
            controls.thing,
            _Pairs(pairs.senders & (mine == number), pairs.controls & (others == number), pairs.sides),
        )
        for number in largest.tolist()
    )
