"""What a case says of addresses, their devices and their hosts, against the truth about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from attribution.score.flags import among, flags
from attribution.score.shares import Share, share

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Confusion",
    "DeviceScore",
    "HostScore",
    "SharesScore",
    "ThingShare",
    "ValueScore",
    "VerdictScore",
    "score_devices",
    "score_hosts",
    "score_value",
    "score_verdict",
    "thing_shares",
]

_CONFUSIONS = 20
THING = "thing"
"""The word of the truth for a sender that is a thing; a device type that is a thing says the same."""


@dataclass(frozen=True, slots=True)
class ValueScore:
    """One column of the addresses table, for the addresses whose true value is known.

    Attributes:
        addresses: How many.
        right, wrong, missing: The case has the true value, another one, or none.
        accuracy: Share of all that are right.
    """

    addresses: int
    right: int
    wrong: int
    missing: int
    accuracy: Share


@dataclass(frozen=True, slots=True)
class Confusion:
    """Addresses whose true device is of one type, and for which the case has another, or None for none."""

    truth: str
    case: str | None
    addresses: int


@dataclass(frozen=True, slots=True)
class DeviceScore:
    """Devices named at addresses that sent.

    Addresses of which the truth does not know whether a banner shows a device are left out.

    Attributes:
        type: The device type, at addresses whose banner shows the device.
        type_of_things: The same, at those of them whose true device is a thing.
        thing: The same by whether it is a thing; a case that names no device says that there is none to see: `missing`.
        invented: Share of the addresses without a banner of a device at which the case names one all the same.
        confused: What was taken for what, the most frequent first, at most twenty.
    """

    type: ValueScore
    type_of_things: ValueScore
    thing: ValueScore
    invented: Share
    confused: tuple[Confusion, ...]


@dataclass(frozen=True, slots=True)
class ThingShare:
    """A share that the case has, beside the true one over the same rows."""

    case: Share
    truth: Share


@dataclass(frozen=True, slots=True)
class SharesScore:
    """Shares of things; what cannot be compared is None.

    Attributes:
        senders: Addresses that sent whose banner shows a thing.
        neighbours: Addresses of the control group whose banner shows a thing.
        messages: Messages from an address whose banner shows a thing.
        sent: Messages that a thing really sent, which no case can read from banners.
    """

    senders: ThingShare | None
    neighbours: ThingShare | None
    messages: ThingShare | None
    sent: Share | None


@dataclass(frozen=True, slots=True)
class VerdictScore:
    """What the case concludes from its control group, against who sent.

    Attributes:
        verdict: Of the comparison over all things, as in `run.json`; None where the case has none.
        sent_by_things: Share of the sending addresses where a thing sent.
        outcome: `right`, `missed` (things sent, and the case does not say so), `wrong` (it says so, and none did), or
            `undecided` (the verdict is `unclear` or `none`, or missing).
    """

    verdict: str | None
    sent_by_things: Share
    outcome: str


@dataclass(frozen=True, slots=True)
class HostScore:
    """The range of hosts that the case gives.

    Attributes:
        truth: Hosts that sent.
        lower, upper: The case's bounds; no upper bound is None.
        contains: Whether the truth is within the bounds.
        estimate, estimate_low, estimate_high: The case's estimate with its range, None where it has none.
        estimate_contains: Whether the truth is within that range, None likewise.
    """

    truth: int
    lower: int
    upper: int | None
    contains: bool
    estimate: int | None
    estimate_low: int | None
    estimate_high: int | None
    estimate_contains: bool | None


def score_value(truth: pa.ChunkedArray, found: pa.ChunkedArray, among: NDArray[np.bool_] | None = None) -> ValueScore:
    """Compare a column of addresses with the truth.

    Args:
        truth: The true value of each address, null where it is not known.
        found: That of the case, null for none.
        among: Which addresses count; None for all.
    """
    known = flags(pc.is_valid(truth))
    known = known if among is None else known & among
    named, right = flags(pc.is_valid(found)), flags(pc.equal(truth, found))
    total, good = int(known.sum()), int((known & right).sum())
    return ValueScore(
        total, good, int((known & named & ~right).sum()), int((known & ~named).sum()), share(good, total)
    )  # fmt: skip


def shows(addresses: pa.Table, columns: Collection[str]) -> NDArray[np.bool_]:
    """Say which addresses of the truth have a banner of their device."""
    typed = flags(pc.is_valid(addresses["device_type"]))
    return typed & flags(addresses["banner"]) if "banner" in columns else typed


def decided(addresses: pa.Table, columns: Collection[str]) -> NDArray[np.bool_]:
    """Say of which addresses the truth knows whether a banner shows a device, and which."""
    return shows(addresses, columns) | silent(addresses, columns)


def silent(addresses: pa.Table, columns: Collection[str]) -> NDArray[np.bool_]:
    """Say at which addresses of the truth no banner shows a device; without a column of banners nobody knows."""
    return flags(pc.invert(addresses["banner"])) & ("banner" in columns)


def score_devices(
    truth: pa.Table, found: pa.ChunkedArray, columns: Collection[str], things: Collection[str]
) -> DeviceScore:
    """Compare the devices of addresses with those that answer there in truth.

    Args:
        truth: Columns `device_type` and `banner` of the addresses that sent.
        found: The device type of the case, address by address.
        columns: Columns that the truth really has.
        things: Device types that are things.
    """
    shown, unseen = shows(truth, columns), silent(truth, columns)
    true_thing, thing = (
        pa.chunked_array([pa.array(among(column, things))]) for column in (truth["device_type"], found)
    )
    named = pc.is_valid(found)
    thing = pc.if_else(named, thing, None)
    return DeviceScore(
        type=score_value(truth["device_type"], found, shown),
        type_of_things=score_value(truth["device_type"], found, shown & flags(true_thing)),
        thing=score_value(true_thing, thing, shown),
        invented=share(int((unseen & flags(named)).sum()), int(unseen.sum())),
        confused=_confused(truth["device_type"], found, shown),
    )


def _confused(truth: pa.ChunkedArray, found: pa.ChunkedArray, shown: NDArray[np.bool_]) -> tuple[Confusion, ...]:
    differs = shown & ~flags(pc.equal(truth, found))
    pairs = pa.table({"truth": truth, "case": found}).filter(pa.array(differs))
    counted = pairs.group_by(["truth", "case"], use_threads=False).aggregate([([], "count_all")])
    order = [("count_all", "descending"), ("truth", "ascending"), ("case", "ascending")]
    most = counted.take(pc.sort_indices(counted, order)).slice(0, _CONFUSIONS)
    return tuple(Confusion(row["truth"], row["case"], row["count_all"]) for row in most.to_pylist())


def thing_shares(case: NDArray[np.bool_], truth: NDArray[np.bool_]) -> ThingShare | None:
    """Return the share of rows that show a thing, by the case and in truth; None where there is no row."""
    if not len(case):
        return None
    return ThingShare(share(int(case.sum()), len(case)), share(int(truth.sum()), len(truth)))


def score_verdict(
    verdict: str | None, sent_by: pa.ChunkedArray | pa.Array, things: Collection[str]
) -> VerdictScore | None:
    """Compare the verdict over the control group with who sent; None where nobody knows who did.

    Args:
        verdict: Of the case.
        sent_by: What sent from each sending address: the word `thing`, a device type, or another word.
        things: Device types that are things.
    """
    known = int(pc.count(sent_by).as_py())
    if not known:
        return None
    sent = share(int(among(sent_by, {THING, *things}).sum()), known)
    if verdict in (None, "none", "unclear"):
        outcome = "undecided"
    elif sent.part:
        outcome = "right" if verdict == "more" else "missed"
    else:
        outcome = "wrong" if verdict == "more" else "right"
    return VerdictScore(verdict, sent, outcome)


def score_hosts(hosts: Mapping[str, Any], truth: int | None) -> HostScore | None:
    """Compare the count of hosts with the true one; None where either is missing.

    Args:
        hosts: The entry `hosts` of `run.json`, empty where there is none.
        truth: How many hosts sent.
    """
    lower, upper, estimate, low, high = (
        value if type(value) is int else None
        for value in map(hosts.get, ("lower", "upper", "estimate", "estimate_low", "estimate_high"))
    )
    if lower is None or truth is None:
        return None
    return HostScore(
        truth=truth,
        lower=lower,
        upper=upper,
        contains=lower <= truth and (upper is None or truth <= upper),
        estimate=estimate,
        estimate_low=low,
        estimate_high=high,
        estimate_contains=None if low is None or high is None else low <= truth <= high,
    )
