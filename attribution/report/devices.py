"""What is known of the addresses beyond their network: access, age of the facts, devices and what they prove."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import pyarrow as pa
import pyarrow.compute as pc

from attribution.models import DeviceGrade
from attribution.report.words import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = [
    "AccessLine",
    "ComparisonLine",
    "Devices",
    "GradeLine",
    "TypeLine",
    "access_lines",
    "read_devices",
    "stale_facts",
]

_TOP = 10


@dataclass(frozen=True, slots=True)
class AccessLine:
    """One access type by the mail that came from such addresses: messages, and distinct handover addresses."""

    access: str
    messages: int
    addresses: int


@dataclass(frozen=True, slots=True)
class GradeLine:
    """One grade of a device: messages whose address shows a thing, a computer or server, or no device."""

    grade: str
    things: int
    computers: int
    unnamed: int


@dataclass(frozen=True, slots=True)
class TypeLine:
    """One type of device by the addresses that it was seen on, and their messages."""

    device: str
    addresses: int
    messages: int


@dataclass(frozen=True, slots=True)
class ComparisonLine:
    """One share among senders beside the same share among their neighbours; see the run record's `control`.

    Attributes:
        of: `all`, where all things are counted; `type`, where those of one type are; `network`, where those of one
            network are.
        what: `things`, the type of device, or the network's number (`AS64500`). `name`: who holds the network.
        senders: Senders that are compared. `senders_with`: those of them with a thing.
        controls: Their neighbours. `controls_with`: those of them with a thing.
        controls_share: Share of the neighbours with a thing, weighed as the senders are spread over networks, 0 to 1.
        odds_ratio: Over networks; None where it has no bound or tells nothing. `low`, `high`: its 95 % interval.
        verdict: `more`, `slightly-more`, `same`, `less`, `unclear`, or `none` where it cannot be judged.
    """

    of: str
    what: str
    name: str | None
    senders: int
    senders_with: int
    controls: int
    controls_with: int
    controls_share: float | None
    odds_ratio: float | None
    low: float | None
    high: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Devices:
    """What the scan files say.

    Attributes:
        banners: Banners of the case's addresses. `addresses`: addresses that have any.
        grades: Messages by the grade of the device on their address, the strongest first: those with a thing, those
            with a computer or server, and those where nothing names a device.
        types: The most frequent types of devices near the time of the mail.
        reasons: Reasons that limit a grade, with the number of messages, most frequent first.
        said: What the comparison with the neighbours means, in a sentence or two; None where it was not made.
        remarks: Sentences on what limits the comparison.
        comparisons: Over all things, then by type, then by network.
        together: How the comparison and the grades go together, in a sentence or more; None where there is no
            comparison, or no thing is `opposed`.
    """

    banners: int
    addresses: int
    grades: tuple[GradeLine, ...]
    types: tuple[TypeLine, ...]
    reasons: dict[str, int]
    said: str | None
    remarks: tuple[str, ...]
    comparisons: tuple[ComparisonLine, ...]
    together: str | None = None


def read_devices(
    messages: pa.Table, addresses: pa.Table, run: Mapping[str, Any], things: Collection[str]
) -> Devices | None:
    """Return what is known of devices; None for a case without scan files.

    Args:
        messages: With `device_type`, `device_grade` and `device_reasons`.
        addresses: The addresses table.
        run: The run record.
        things: Device types that are things.
    """
    control = run.get("control")
    if not isinstance(control, dict):
        return None
    near = addresses.filter(
        pc.is_in(addresses["device_grade"], value_set=pa.array(["near", "shared", "opposed"], pa.string()))
    )
    by_type = near.group_by("device_type").aggregate([([], "count_all"), ("messages", "sum")])
    by_type = by_type.sort_by([("count_all", "descending"), ("device_type", "ascending")])
    reasons = _counts(pc.list_flatten(messages["device_reasons"]))
    parts = {"all": [control.get("things")], "type": control.get("types"), "network": control.get("networks")}
    holders = _holders(addresses)
    grades = _grades(messages, things)
    return Devices(
        banners=int(pc.sum(addresses["banners"]).as_py() or 0),
        addresses=int(pc.sum(pc.greater(addresses["banners"], 0)).as_py() or 0),
        grades=grades,
        types=tuple(
            TypeLine(row["device_type"], row["count_all"], row["messages_sum"])
            for row in by_type.slice(0, _TOP).to_pylist()
        ),
        reasons=dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:_TOP]),
        said=control.get("said"),
        remarks=tuple(control.get("remarks") or ()),
        comparisons=tuple(
            _comparison(of, row, holders)
            for of, rows in parts.items()
            for row in rows or ()
            if isinstance(row, dict) and row.get("senders") and row.get("controls")
        ),
        together=_together(control.get("things"), grades, reasons),
    )


def _together(whole: object, grades: tuple[GradeLine, ...], reasons: Mapping[str, int]) -> str | None:
    """Return how the comparison over all things and the grades of single messages go together."""
    verdict = whole.get("verdict") if isinstance(whole, dict) else None
    opposed = any(line.grade == "opposed" and line.things for line in grades)
    if not opposed or verdict not in VERDICTS or verdict == "none":
        return None
    if verdict == "more":
        return f"The two do not contradict each other: {_APART}"
    return f"{_APART[0].upper()}{_APART[1:]}{_BASE_RATE if reasons.get('base-rate') else ''}"


_APART = (
    "the comparison is about all senders together, a grade about one message. A message is opposed where something "
    "speaks for another host on its address; that does not rule the device out."
)
_BASE_RATE = (
    " That senders, or those of one program, do not show things clearly more often is itself such a reason (base-rate)."
)


def _comparison(of: str, row: Mapping[str, Any], holders: Mapping[str, str]) -> ComparisonLine:
    what = str(row["what"])
    return ComparisonLine(
        of=of,
        what=what,
        name=holders.get(what),
        senders=int(row["senders"]),
        senders_with=int(row["senders_with"]),
        controls=int(row["controls"]),
        controls_with=int(row["controls_with"]),
        controls_share=row.get("controls_share"),
        odds_ratio=row.get("odds_ratio"),
        low=row.get("low"),
        high=row.get("high"),
        verdict=str(row.get("verdict") or "none"),
    )


def _holders(addresses: pa.Table) -> dict[str, str]:
    """Return who holds each network, by its number as the comparison writes it."""
    known = addresses.select(["asn", "as_org"]).filter(pc.is_valid(addresses["as_org"]))
    named = known.group_by("asn").aggregate([("as_org", "min")])
    return {f"AS{row['asn']}": row["as_org_min"] for row in named.to_pylist()}


def _grades(messages: pa.Table, things: Collection[str]) -> tuple[GradeLine, ...]:
    named = pc.is_valid(messages["device_type"])
    thing = pc.is_in(messages["device_type"], value_set=pa.array(sorted(things), pa.string()))
    sides = (thing, pc.and_not(named, thing), pc.invert(named))
    counts = [_counts(messages["device_grade"].filter(side)) for side in sides]
    lines = (GradeLine(grade, *(count.get(grade, 0) for count in counts)) for grade in get_args(DeviceGrade))
    return tuple(line for line in lines if line.things or line.computers or line.unnamed)


def access_lines(by_address: pa.Table) -> tuple[AccessLine, ...]:
    """Return the access types by their messages, the most frequent first; what is not known is left out.

    Args:
        by_address: One row for each handover address: `access`, and `messages`.
    """
    known = by_address.filter(pc.is_valid(by_address["access"]))
    groups = known.group_by("access").aggregate([("messages", "sum"), ("messages", "count")])
    ordered = groups.sort_by([("messages_sum", "descending"), ("access", "ascending")])
    return tuple(AccessLine(row["access"], row["messages_sum"], row["messages_count"]) for row in ordered.to_pylist())


def stale_facts(addresses: pa.Table) -> tuple[str, ...]:
    """Return a sentence for each kind of fact that comes from a database far from the mail in time.

    Args:
        addresses: The addresses table.
    """
    told = []
    kinds = (("country", "geo"), ("network", "as"))
    for what, column in kinds:
        stale = addresses.filter(pc.fill_null(addresses[f"{column}_stale"], fill_value=False))
        if not len(stale):
            continue
        known = int(pc.sum(pc.is_valid(addresses[f"{column}_built"])).as_py() or 0)
        built, mail = _years(stale[f"{column}_built"]), _years(stale["first_seen"], stale["last_seen"])
        middle = pc.approximate_median(stale[f"{column}_gap_days"]).as_py()
        told.append(
            f"{what} as of {built} for mail of {mail}: {len(stale):,} of {known:,} addresses, half of them more than "
            f"{int(middle):,} days apart. An address may have belonged to somebody else then."
        )
    return tuple(told)


def _years(*columns: pa.ChunkedArray) -> str:
    years = [bound for column in columns for bound in pc.min_max(pc.year(column)).as_py().values() if bound is not None]
    if not years:
        return "no known time"
    return str(min(years)) if min(years) == max(years) else f"{min(years)} to {max(years)}"


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    return {row["values"]: row["counts"] for row in pc.value_counts(column.drop_null()).to_pylist()}
