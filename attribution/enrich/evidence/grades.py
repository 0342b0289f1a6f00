"""The grade of the device on each address and for each message, with the reasons that limit it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution._text import escape_control, shorten
from attribution.enrich.evidence.control import ControlGroup, compare, compare_each
from attribution.enrich.evidence.groups import fair_scans, group_of, in_period, part_of, period_of
from attribution.enrich.evidence.reasons import reasons
from attribution.enrich.evidence.seen import DAY_US, NO_TIME, Seen, microseconds, nearest, rows_of, seen_on
from attribution.enrich.evidence.strata import Places
from attribution.enrich.evidence.windows_names import windows_name
from attribution.models import DeviceGrade

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from attribution.enrich.evidence.groups import Group

__all__ = ["Judged", "Scanned", "judge"]

_MAY_CHANGE = {None: 7, "residential": 7, "mobile": 1, "cgnat": 1}
"""Days after which an address of a dynamic line may well have changed hands, by access type. Providers differ, from a
day to months; a week is what most lines outlive. A line that nothing is known of may be one of these."""
_MANY = ("mobile", "cgnat")
_SERVICES = ("mail-provider", "bulk-mailer", "vpn-proxy", "tor")
_ELSEWHERE = 3
"""Addresses without a device from which a program must have sent, for that to speak against a device."""
_JUDGED_ALONE = 20
"""Senders of one program that answered, from which they are compared with their neighbours by themselves."""
_PROGRAMS = 50
"""Programs that are compared by themselves, those with most senders."""

_NOT_MORE = ("slightly-more", "same", "less")

_BIT = {name: 1 << at for at, name in enumerate(reasons())}
_GRADES = get_args(DeviceGrade)
_RANK = {grade: at for at, grade in enumerate(_GRADES)}
_OF_THINGS = ("several-devices", "computer-seen", "windows-helo", "program-elsewhere", "base-rate")
"""Reasons that speak against a thing only: a computer or server that answers is what they point to."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What scan files show, ready to be judged.

    Attributes:
        sightings: At the addresses of the case, as `SIGHTINGS`.
        others: At their neighbours, likewise.
        other_ips: The neighbours, each once.
        other_asn: The number of the system that announces each of them, null where not known.
        near_share: Share of the neighbours in the senders' own /24 that was kept. `far_share`: of the others.
    """

    sightings: pa.Table
    others: pa.Table
    other_ips: pa.Array
    other_asn: pa.Array
    near_share: float = 1.0
    far_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Judged:
    """What the scan says of addresses and messages.

    Attributes:
        addresses: Columns `banners` to `device_reasons` of the addresses table, row for row.
        messages: Columns `device_type` to `device_reasons` of the messages table, row for row; they speak of the origin
            address, or of the handover where there is none.
        control: Senders against their neighbours.
        neighbours: Columns `ip`, `compared_network` and `compared_thing` of the neighbours that were compared.
    """

    addresses: pa.Table
    messages: pa.Table
    control: ControlGroup
    neighbours: pa.Table


def judge(addresses: pa.Table, messages: pa.Table, scanned: Scanned, *, window_days: int) -> Judged:
    """Return how far the devices that were seen speak about the senders.

    No grade says that a device sent: the best is that one was seen near the time of the mail, and that nothing that is
    known speaks for another host behind the same address.

    Args:
        addresses: With `ip`, `first_seen`, `last_seen`, `asn`, `special`, `access` and `access_confidence`.
        messages: With `handover_ip`, `origin_ip`, `received_at`, `helo` and `engine`.
        scanned: What the scan shows.
        window_days: Days before and after the mail within which a sighting is near.
    """
    mail = _Mail(addresses, messages)
    seen = seen_on(addresses, scanned.sightings, mail.moments(), window_days)
    services = _access(addresses, _SERVICES)
    comparison = _compared(addresses, mail, scanned, services, window_days)
    control, base_rate = comparison.control, comparison.base_rate
    static = _static(seen, addresses, mail, services)
    if not len(addresses):  # no message has an address that could be judged
        of_nobody = {
            "device_type": pa.nulls(len(messages), pa.string()),
            "device_grade": pa.nulls(len(messages), pa.string()),
            "device_gap_days": pa.nulls(len(messages), pa.int32()),
            "device_reasons": pa.nulls(len(messages), pa.list_(pa.string())),
        }
        columns = _address_columns(seen, _graded(seen, static, static), comparison)
        return Judged(columns, pa.table(of_nobody), control, comparison.neighbours)
    of_message = static[mail.subject] | _of_programs(seen, mail, base_rate)
    of_message |= _bits("client-of-service", mail.passed)
    of_message[mail.subject < 0] = 0
    gaps = _message_gaps(seen, mail)
    for_address = static.copy()
    np.bitwise_or.at(for_address, mail.subject[mail.subject >= 0], of_message[mail.subject >= 0])
    change = _days_until_change(addresses)
    for_address |= _of_time(seen.gap_us, seen, slice(None), change, window_days)
    told = mail.subject >= 0
    at = np.where(told, mail.subject, 0)
    of_message |= _of_time(gaps, seen, at, change[at], window_days)
    whole = _graded(seen, for_address, np.arange(len(addresses)))
    single = _graded(seen, of_message, mail.subject)
    return Judged(
        addresses=_address_columns(seen, whole, comparison),
        messages=pa.table(
            {
                "device_type": seen.device["device_type"].take(pa.array(at, mask=~told)),
                "device_grade": single[0],
                "device_gap_days": _days(gaps, seen.named[at] & told),
                "device_reasons": single[1],
            }
        ),
        control=control,
        neighbours=comparison.neighbours,
    )


class _Mail:
    """The messages as places in the addresses table.

    Args:
        addresses: With `ip`.
        messages: As `judge` takes them.
    """

    def __init__(self, addresses: pa.Table, messages: pa.Table) -> None:
        self.handover = rows_of(messages["handover_ip"], addresses["ip"])
        origin = rows_of(messages["origin_ip"], addresses["ip"])
        # What is judged is the earliest address that the chain supports.
        self.subject = np.where(origin >= 0, origin, self.handover)
        self.passed = (origin >= 0) & (self.handover >= 0) & (origin != self.handover)
        self.time = microseconds(messages["received_at"])
        helo = messages["helo"].combine_chunks().dictionary_encode()
        names = [windows_name(name) is not None for name in helo.dictionary.to_pylist()]
        places = helo.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)
        self.windows = np.array([*names, False], np.bool_)[places]
        engine = messages["engine"].combine_chunks().dictionary_encode()
        self.engines = len(engine.dictionary)
        self.engine = engine.indices.fill_null(self.engines).to_numpy(zero_copy_only=False).astype(np.int64)

    def moments(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return row and time of each address at each message, as handover and as origin."""
        rows = np.concatenate([self.handover, self.subject])
        times = np.concatenate([self.time, self.time])
        known = (rows >= 0) & (times != NO_TIME)
        return rows[known], times[known]


def _access(addresses: pa.Table, kinds: Iterable[str]) -> NDArray[np.bool_]:
    """Say of each address whether its access type is one of some, and more than a weak guess."""
    wanted = set(kinds)
    pairs = zip(addresses["access"].to_pylist(), addresses["access_confidence"].to_pylist(), strict=True)
    return np.array([kind in wanted and how != "weak" for kind, how in pairs], np.bool_)


def _days_until_change(addresses: pa.Table) -> NDArray[np.int64]:
    """Return after how many days an address may have changed hands; -1 where nothing says that it may."""
    days = np.full(len(addresses), -1, np.int64)
    kinds = addresses["access"].to_pylist()
    for kind, limit in _MAY_CHANGE.items():
        days[np.array([each == kind for each in kinds], np.bool_)] = limit
    return days


class _Comparison(NamedTuple):
    """Senders against their neighbours.

    Attributes:
        control: What it says.
        base_rate: For each program whether its senders do not show clearly more things than their neighbours.
        network: For each address the number of the network that it was compared in, null where it was not.
        thing: For each that was compared whether it counted as one with a thing.
        neighbours: The same for neighbours, with `ip`.
    """

    control: ControlGroup
    base_rate: NDArray[np.bool_]
    network: pa.Array
    thing: pa.Array
    neighbours: pa.Table


def _compared(
    addresses: pa.Table, mail: _Mail, scanned: Scanned, services: NDArray[np.bool_], window_days: int
) -> _Comparison:
    """Compare senders with neighbours, all together and by the programs that they used."""
    senders = np.zeros(len(addresses), np.bool_)
    senders[mail.handover[mail.handover >= 0]] = True
    usual = [use in (None, "documentation") for use in addresses["special"].to_pylist()]
    senders &= ~services & np.array(usual, np.bool_)
    ips, asn = addresses["ip"].combine_chunks(), addresses["asn"].combine_chunks()
    chosen = pa.array(senders)
    ips, asn = ips.filter(chosen), asn.filter(chosen)
    period = period_of(addresses, window_days)
    seen, others = in_period(scanned.sightings, period), in_period(scanned.others, period)
    seen = seen.filter(pc.is_in(seen["ip"], value_set=ips))
    fair, unfair = fair_scans(seen, others, scanned.near_share)
    remarks = []
    if unfair:
        names = ", ".join(shorten(escape_control(name), 60) for name in unfair[:5])
        more = f" and {len(unfair) - 5} more" if len(unfair) > 5 else ""
        remarks.append(f"Files that list hardly anybody but senders do not count for the comparison: {names}{more}.")
    listed = pa.array(fair, pa.string())
    seen, others = (each.filter(pc.is_in(each["dataset"], value_set=listed)) for each in (seen, others))
    mine = group_of(ips, asn, seen)
    neighbours = group_of(scanned.other_ips, scanned.other_asn, others)
    neighbours = part_of(neighbours, neighbours.answered)
    places = Places.of(ips, asn, neighbours.ips, neighbours.asn)
    whole = compare_each(mine, neighbours, sampled=scanned.far_share, places=places, remarks=remarks)
    control = whole.control
    verdicts = np.full(mail.engines + 1, control.things.verdict in _NOT_MORE, np.bool_)
    for engine, shows in _largest(mail, senders, mine):
        alone = compare(part_of(mine, shows), neighbours, places=places.part(shows)).things.verdict
        if alone not in ("none", "unclear"):
            verdicts[engine] = alone in _NOT_MORE
    network = np.full(len(addresses), -1, np.int64)
    thing = np.zeros(len(addresses), np.bool_)
    network[senders], thing[senders] = whole.senders, mine.thing
    others = pa.table({"ip": neighbours.ips, **_counted(whole.controls, neighbours.thing)})
    mine_counted = _counted(network, thing)
    return _Comparison(control, verdicts, mine_counted["compared_network"], mine_counted["compared_thing"], others)


def _counted(network: NDArray[np.int64], thing: NDArray[np.bool_]) -> dict[str, pa.Array]:
    left_out = network < 0
    return {
        "compared_network": pa.array(network, pa.int64(), mask=left_out),
        "compared_thing": pa.array(thing, pa.bool_(), mask=left_out),
    }


def _largest(mail: _Mail, senders: NDArray[np.bool_], mine: Group) -> list[tuple[int, NDArray[np.bool_]]]:
    """Return the programs with most senders that answered, each with who of the senders used it."""
    place = np.cumsum(senders) - 1
    known = (mail.handover >= 0) & (mail.engine < mail.engines)
    rows, engines = mail.handover[known], mail.engine[known]
    rows, engines = rows[senders[rows]], engines[senders[rows]]
    pairs = np.unique(np.stack([engines, place[rows]]), axis=1)
    pairs = pairs[:, mine.answered[pairs[1]]]
    counts = np.bincount(pairs[0], minlength=mail.engines)
    order = np.argsort(-counts, kind="stable")[:_PROGRAMS]
    found = []
    for engine in order[counts[order] >= _JUDGED_ALONE].tolist():
        shows = np.zeros(len(mine.ips), np.bool_)
        shows[pairs[1][pairs[0] == engine]] = True
        found.append((engine, shows))
    return found


def _bits(name: str, holds: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the bit of a reason where it holds."""
    return np.where(holds, np.int64(_BIT[name]), np.int64(0))


def _static(seen: Seen, addresses: pa.Table, mail: _Mail, services: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the reasons that hold for an address whatever the message, as bits."""
    windows = np.zeros(len(addresses), np.bool_)
    windows[mail.handover[(mail.handover >= 0) & mail.windows]] = True
    passed = np.zeros(len(addresses), np.bool_)
    passed[mail.handover[mail.passed]] = True
    bits = np.zeros(len(addresses), np.int64)
    for name, holds in {
        "gateway": seen.gateway,
        "several-devices": seen.several,
        "many-customers": _access(addresses, _MANY),
        "computer-seen": seen.computer,
        "windows-helo": windows,
        "service": services,
        "passed-on": passed,
        "weak-rule": ~seen.named,
    }.items():
        bits |= _bits(name, holds)
    return bits


def _of_programs(seen: Seen, mail: _Mail, base_rate: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the reasons that a message's sending program gives, as bits."""
    known = mail.handover >= 0
    pairs = np.unique(np.stack([mail.engine[known], mail.handover[known]]), axis=1)
    pairs = pairs[:, (seen.banners[pairs[1]] > 0) & (pairs[0] < mail.engines)]
    thing = (seen.named & seen.thing)[pairs[1]]
    with_, without = (np.bincount(pairs[0][which], minlength=mail.engines + 1) for which in (thing, ~thing))
    elsewhere = (without >= _ELSEWHERE) & (without >= with_)
    return _bits("program-elsewhere", elsewhere[mail.engine]) | _bits("base-rate", base_rate[mail.engine])


def _message_gaps(seen: Seen, mail: _Mail) -> NDArray[np.int64]:
    """Return for each message the microseconds to the nearest sighting of its address's device; -1 for none."""
    gaps = np.full(len(mail.subject), -1, np.int64)
    asked = np.flatnonzero((mail.subject >= 0) & (mail.time != NO_TIME))
    gaps[asked] = nearest(mail.subject[asked], mail.time[asked], seen.main)
    return gaps


def _of_time(
    gap_us: NDArray[np.int64], seen: Seen, at: NDArray[np.int64] | slice, change: NDArray[np.int64], window_days: int
) -> NDArray[np.int64]:
    """Return the reasons that lie in time, as bits; `at` are the rows of the addresses that the gaps belong to."""
    unknown = gap_us < 0
    wide = ~unknown & (gap_us > window_days * DAY_US)
    changed = ~unknown & ~wide & (change >= 0) & (gap_us > change * DAY_US) & ~seen.both_sides[at]
    other = ~unknown & ~wide & seen.changed[at] & (gap_us > DAY_US)
    return (
        _bits("no-time", unknown)
        | _bits("gap-too-wide", wide)
        | _bits("may-have-changed-hands", changed)
        | _bits("device-changed", other)
    )


def _graded(seen: Seen, bits: NDArray[np.int64], subject: NDArray[np.int64]) -> tuple[pa.Array, pa.Array]:
    """Return grades and reasons, null where no banner is known of the address."""
    at = np.where(subject >= 0, subject, 0)
    scanned = (subject >= 0) & (seen.banners[at] > 0) if len(seen.banners) else np.zeros(len(subject), np.bool_)
    if not len(seen.banners):
        return pa.nulls(len(subject), pa.string()), pa.nulls(len(subject), pa.list_(pa.string()))
    # States: no banner, nothing named, something weak, a computer, a thing.
    something = seen.time[at] != NO_TIME
    named, thing = seen.named[at], seen.thing[at]
    of_things = sum(_BIT[name] for name in _OF_THINGS)
    bits = np.where(named & ~thing, bits & ~of_things, bits)
    bits = np.where(something & ~named, _BIT["weak-rule"], bits)
    bits = np.where(something, bits, 0)
    codes, places = np.unique(np.where(scanned, bits * 2 + something, -1), return_inverse=True)
    grades: list[str | None] = []
    listed: list[list[str] | None] = []
    for code in codes.tolist():
        if code < 0:
            grades.append(None)
            listed.append(None)
            continue
        here = [name for name, bit in _BIT.items() if code // 2 & bit]
        worst = max((_RANK[reasons()[name].effect] for name in here), default=0)
        grades.append(_GRADES[worst] if code % 2 else "none")
        listed.append(here)
    taken = pa.array(places.ravel())
    return pa.array(grades, pa.string()).take(taken), pa.array(listed, pa.list_(pa.string())).take(taken)


def _address_columns(seen: Seen, graded: tuple[pa.Array, pa.Array], comparison: _Comparison) -> pa.Table:
    known = seen.time != NO_TIME
    return pa.table(
        {
            "banners": pa.array(seen.banners),
            **{name: seen.device[name] for name in seen.device.column_names},
            "device_seen": pa.array(np.where(known, seen.time, 0), pa.timestamp("us", tz="UTC"), mask=~known),
            "device_gap_days": _days(seen.gap_us, known),
            "device_types": seen.types,
            "device_grade": graded[0],
            "device_reasons": graded[1],
            "compared_network": comparison.network,
            "compared_thing": comparison.thing,
        }
    )


def _days(gap_us: NDArray[np.int64], known: NDArray[np.bool_]) -> pa.Array:
    there = known & (gap_us >= 0)
    return pa.array(np.where(there, gap_us // DAY_US, 0).astype(np.int32), mask=~there)
