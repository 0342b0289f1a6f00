"""Senders against their neighbours: do things send, or do they only stand where senders live?

A device banner on a sender's address proves nothing by itself, since many homes have a device that answers. What can be
judged is a share: whether senders show devices more often than addresses that sent nothing, in the same networks and in
the same scan. That is a case-control study, and its measure the odds ratio (Mantel and Haenszel 1959, with the interval
of Robins, Breslow and Greenland 1986 over networks; Fisher's exact conditional one within a single network).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.enrich.evidence.comparison import Comparison
from attribution.enrich.evidence.odds import Interval, pooled
from attribution.enrich.evidence.strata import LEVELS, strata
from attribution.enrich.evidence.verdicts import sentence, verdict_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Comparison", "ControlGroup", "Group", "compare"]

_LEAST = 20
"""Senders, and neighbours, that must have answered before a share is compared."""
_MATCHED = 0.5
"""Share of the senders that answered that must have neighbours in a network for it to count as theirs."""
_PER_SENDER = 4
"""Neighbours for each sender from which a wider network is not needed: more than that add little to what a comparison
can tell (Wacholder et al., Selection of controls in case-control studies, 1992)."""
_FILTERED = 0.02
"""Share of addresses without a device below which a scan is taken to list addresses with devices only."""
_LISTED = 10
"""Networks, and types of devices, that are compared one by one."""


@dataclass(frozen=True, slots=True)
class ControlGroup:
    """What the comparison says of a case.

    Attributes:
        network: What counts as one network: `/24`, `/20`, `AS in /16` or `/16` (of IPv6: /48, /40, /32).
        asked: Senders that were looked for in the scan.
        silent: Those of them that it does not list.
        sampled: Share of the neighbours that was kept, from above 0 to 1.
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
class Group:
    """Addresses of one side: senders, or neighbours that sent nothing.

    Attributes:
        ips: Addresses in canonical form, each once.
        asn: Their networks by number, null where not known.
        answered: Whether the scan lists each.
        types: For each type of device, whether each address shows one.
        thing: Whether each shows a thing of any type.
    """

    ips: pa.Array
    asn: pa.Array
    answered: NDArray[np.bool_]
    types: Mapping[str, NDArray[np.bool_]]
    thing: NDArray[np.bool_]


def compare(senders: Group, controls: Group, *, sampled: float = 1.0) -> ControlGroup:
    """Return how often senders show things, beside their neighbours.

    Senders and neighbours are compared within networks: the narrowest kind of network in which at least half of the
    senders that answered have neighbours, and four for each of them; where there are not so many, the widest in which
    half of them have any. What has no counterpart in its network is left out.

    Args:
        senders: All addresses that sent, services left out.
        controls: Addresses near them that sent nothing; all of them answered.
        sampled: Share of the neighbours that was kept.
    """
    asked, silent = len(senders.ips), int((~senders.answered).sum())
    remarks: list[str] = []
    if sampled < 1:
        remarks.append(f"Of the neighbours a sample of {sampled:.2%} was kept, drawn by a hash of the address.")
    if not len(controls.ips):
        return _nothing(asked, silent, sampled, "no-control", remarks)
    if _lists_devices_only(controls.thing):
        return _nothing(asked, silent, sampled, "devices-only", remarks)
    level, codes = _level(senders, controls)
    counted = senders.answered.copy()
    if silent and _lists_devices_only(senders.thing[senders.answered]):
        counted[:] = True
        remarks.append(
            f"The scan lists hardly any sender without a device, and {silent:,} of {asked:,} senders not at all. Those "
            "are counted as senders without a device."
        )
    mine, others = codes
    shared = np.intersect1d(mine[counted], others)
    of_senders = counted & np.isin(mine, shared)
    of_controls = np.isin(others, shared)
    things = _compared("things", senders.thing, controls.thing, (of_senders, of_controls), codes)
    enough = things.senders >= _LEAST and things.controls >= _LEAST
    if not enough:
        remarks.append(f"A share is compared where at least {_LEAST} senders and as many neighbours answered.")
    return ControlGroup(
        network=level,
        asked=asked,
        silent=silent,
        sampled=sampled,
        things=things,
        types=_by_type(senders, controls, (of_senders, of_controls), codes),
        networks=_by_network(senders, controls, (of_senders, of_controls), codes),
        said=sentence(things.verdict, things),
        remarks=tuple(remarks),
    )


def _nothing(asked: int, silent: int, sampled: float, why: str, remarks: list[str]) -> ControlGroup:
    things = Comparison("things", asked - silent, 0, 0, 0, None, None, None, why, "none")
    return ControlGroup(None, asked, silent, sampled, things, (), (), sentence("none", things), tuple(remarks))


def _lists_devices_only(thing: NDArray[np.bool_]) -> bool:
    return len(thing) >= _LEAST and float((~thing).mean()) < _FILTERED


def _level(senders: Group, controls: Group) -> tuple[str, tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the kind of network that senders and neighbours are compared in, and everyone's network."""
    ips = pa.concat_arrays([senders.ips, controls.ips])
    asn = pa.concat_arrays([senders.asn, controls.asn])
    found = LEVELS[-1], _sides(ips, asn, LEVELS[-1], len(senders.ips))
    for level in LEVELS[:-1]:
        mine, others = _sides(ips, asn, level, len(senders.ips))
        matched = np.isin(mine[senders.answered], others)
        if matched.sum() < max(_LEAST, _MATCHED * len(matched)):
            continue
        found = level, (mine, others)
        if np.isin(others, mine[senders.answered]).sum() >= _PER_SENDER * matched.sum():
            break
    return found


def _sides(ips: pa.Array, asn: pa.Array, level: str, senders: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    codes = strata(ips, asn, level)
    return codes[:senders], codes[senders:]


def _compared(
    what: str,
    senders: NDArray[np.bool_],
    controls: NDArray[np.bool_],
    counted: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    codes: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> Comparison:
    """Compare one share within the networks that both sides have."""
    mine, others = codes[0][counted[0]], codes[1][counted[1]]
    hit, other_hit = senders[counted[0]], controls[counted[1]]
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
    verdict = "none" if min(len(mine), len(others)) < _LEAST else verdict_of(interval)
    if verdict == "none" and min(len(mine), len(others)) >= _LEAST and not hit.any() and not other_hit.any():
        verdict = "same"  # a share of nothing on both sides needs no ratio
    return Comparison(
        what=what,
        senders=len(mine),
        senders_with=int(hit.sum()),
        controls=len(others),
        controls_with=int(other_hit.sum()),
        odds_ratio=interval.ratio,
        low=interval.low,
        high=interval.high,
        method=interval.method,
        verdict=verdict,
    )


def _by_type(
    senders: Group,
    controls: Group,
    counted: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    codes: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[Comparison, ...]:
    nobody = np.zeros(len(controls.ips), np.bool_)
    absent = np.zeros(len(senders.ips), np.bool_)
    names = sorted({*senders.types, *controls.types})
    rows = [
        _compared(name, senders.types.get(name, absent), controls.types.get(name, nobody), counted, codes)
        for name in names
    ]
    rows.sort(key=lambda row: (-row.senders_with, -row.controls_with, row.what))
    return tuple(rows[:_LISTED])


def _by_network(
    senders: Group,
    controls: Group,
    counted: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    codes: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[Comparison, ...]:
    known = pc.value_counts(senders.asn.filter(pa.array(counted[0])).drop_null()).to_pylist()
    largest = sorted(known, key=lambda row: (-row["counts"], row["values"]))[:_LISTED]
    mine = pc.fill_null(senders.asn, -1).to_numpy()
    others = pc.fill_null(controls.asn, -1).to_numpy()
    return tuple(
        _compared(
            f"AS{row['values']}",
            senders.thing,
            controls.thing,
            (counted[0] & (mine == row["values"]), counted[1] & (others == row["values"])),
            codes,
        )
        for row in largest
    )
