"""The parts of a score that are about addresses, their devices, and who sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from attribution.score.devices import (
    THING,
    DeviceScore,
    HostScore,
    SharesScore,
    ThingShare,
    ValueScore,
    VerdictScore,
    decided,
    score_devices,
    score_hosts,
    score_value,
    score_verdict,
    shows,
    thing_shares,
)
from attribution.score.flags import among, flags
from attribution.score.shares import share

if TYPE_CHECKING:
    from attribution.score.compared import Compared

__all__ = ["AddressesScore", "conclude", "score_known", "score_range", "score_shares"]


@dataclass(frozen=True, slots=True)
class AddressesScore:
    """What the case knows of addresses; a part that nobody can score is None.

    Attributes:
        truth: Addresses of the truth, neighbours left out. `case`: addresses of the case.
        matched: Those in both.
        asn, country, access: Columns of the addresses table.
        devices: Devices at these addresses, where the case has banners.
    """

    truth: int
    case: int
    matched: int
    asn: ValueScore | None
    country: ValueScore | None
    access: ValueScore | None
    devices: DeviceScore | None


def score_known(both: Compared) -> AddressesScore | None:
    """Score what the case knows of addresses; None, and noted, where nobody can."""
    if not both.knows("addresses") or both.addresses is None or both.truth.addresses is None:
        return None
    true, mine = both.addresses
    values = {
        name: score_value(true[name], mine[name]) if both.knows(f"addresses.{name}", name) else None
        for name in ("asn", "country", "access")
    }
    devices = None
    if both.knows("addresses.devices", "device_type") and both.scanned("addresses.devices"):
        devices = score_devices(true, mine["device_type"], both.truth.address_columns, both.things)
    neighbours = pc.sum(both.truth.addresses["neighbour"].cast(pa.int64())).as_py() or 0
    return AddressesScore(
        truth=both.truth.addresses.num_rows - neighbours,
        case=both.case["addresses"].num_rows,
        matched=true.num_rows,
        devices=devices,
        **values,
    )


def score_shares(both: Compared) -> SharesScore | None:
    """Score shares of things; None, and noted, where nobody can."""
    sent = None
    if both.has("shares.sent", "sender_kind"):
        kinds = both.true["sender_kind"].drop_null()
        sent = share(int(among(kinds, {THING, *both.things}).sum()), len(kinds))
    if not both.knows("shares", "device_type") or both.addresses is None or not both.scanned("shares"):
        return None if sent is None else SharesScore(None, None, None, sent)
    true, mine = both.addresses
    known = decided(true, both.truth.address_columns)
    shown = shows(true, both.truth.address_columns) & among(true["device_type"], both.things)
    senders = thing_shares(among(mine["device_type"], both.things)[known], shown[known])
    return SharesScore(senders, _neighbours(both), _of_messages(both), sent)


def _neighbours(both: Compared) -> ThingShare | None:
    truth, mine = both.truth.addresses, both.case["controls"]
    if truth is None or not both.knows("shares.neighbours", "neighbour"):
        return None
    beside = truth.filter(pc.fill_null(truth["neighbour"], fill_value=False))
    place = pc.index_in(beside["ip"], value_set=mine["ip"].combine_chunks())
    there = pc.is_valid(place)
    beside, mine = beside.filter(there), mine.take(place.filter(there))
    if not beside.num_rows:
        both.leave("shares.neighbours", "no address of the control group is in the truth")
        return None
    shown = shows(beside, both.truth.address_columns) & among(beside["device_type"], both.things)
    # The table names things alone.
    named = pc.greater(pc.fill_null(pc.list_value_length(mine["device_types"]), 0), 0)
    known = decided(beside, both.truth.address_columns)
    return thing_shares(flags(named)[known], shown[known])


def _of_messages(both: Compared) -> ThingShare | None:
    truth = both.truth.addresses
    if truth is None or not both.has("shares.messages", "handover_ip"):
        return None
    shown = shows(truth, both.truth.address_columns) & among(truth["device_type"], both.things)
    with_thing = truth["ip"].filter(pa.array(shown)).combine_chunks()
    known = truth["ip"].filter(pa.array(decided(truth, both.truth.address_columns))).combine_chunks()
    # A message counts for its origin, or else for its handover, as in the messages table.
    there = [pc.is_in(both.true[name], value_set=known) for name in ("handover_ip", "origin_ip")]
    of = [pc.is_in(both.true[name], value_set=with_thing) for name in ("handover_ip", "origin_ip")]
    compared = flags(pc.or_(*there))
    mine = among(both.mine["device_type"], both.things)
    return thing_shares(mine[compared], flags(pc.or_(*of))[compared])


def conclude(both: Compared) -> VerdictScore | None:
    """Score what the case concludes of who sent; None, and noted, where nobody can."""
    if not both.knows("verdict", "sent_by") or both.addresses is None or not both.scanned("verdict"):
        return None
    compared = both.record("control").get("things")
    verdict = compared.get("verdict") if isinstance(compared, dict) else None
    verdict = verdict if isinstance(verdict, str) else None
    found = score_verdict(verdict, both.addresses[0]["sent_by"], both.things)
    if found is None:
        both.leave("verdict", "the truth does not say what sent from any address of the case")
    return found


def score_range(both: Compared) -> HostScore | None:
    """Score the count of hosts; None, and noted, where nobody can."""
    truth = _count_hosts(both)
    found = score_hosts(both.record("hosts"), truth)
    if found is None and truth is not None:
        both.leave("hosts", "the case has no count of hosts")
    return found


def _count_hosts(both: Compared) -> int | None:
    """Return how many hosts sent, None where the truth does not know it of the whole case.

    These are the machines that messages name, and of addresses from which no message names one, the hosts there.
    """
    messages, addresses = both.case["messages"], both.truth.addresses
    machines, named = 0, pa.array([], pa.string())
    if both.true.num_rows:
        has = pc.is_valid(both.true["machine"])
        machines = int(pc.count_distinct(both.true["machine"].filter(has)).as_py())
        named = pc.unique(both.mine["handover_ip"].filter(has).drop_null())
    handed = pc.unique(messages["handover_ip"].drop_null())
    others = handed.filter(pc.invert(pc.is_in(handed, value_set=named)))
    known = 0
    if addresses is not None:
        there = addresses.filter(pc.and_(pc.is_in(addresses["ip"], value_set=others), pc.is_valid(addresses["hosts"])))
        known = there.num_rows
        machines += int(pc.sum(there["hosts"]).as_py() or 0)
    if known < len(others):
        why = f"the truth knows the hosts of {len(handed) - len(others) + known:,} of {len(handed):,} addresses"
        both.leave("hosts", f"{why} that handed mail over")
        return None
    if both.true.num_rows and both.true.num_rows < messages.num_rows and len(named):
        both.leave("hosts", "the truth knows the machines of a part of the messages only")
        return None
    return machines
