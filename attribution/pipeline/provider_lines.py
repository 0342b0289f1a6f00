"""Lines in a large provider's name that came from an address which an IP database gives to somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from attribution import enrich
from attribution._net import is_public
from attribution.origin.profiles import profile_of
from attribution.tables import HOPS, MESSAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.enrich import Database
    from attribution.models import Hop, MessageRecord, Verdict

__all__ = ["HOP_COLUMNS", "MESSAGE_COLUMNS", "RULE", "find_elsewhere", "note_elsewhere"]

RULE = "provider-hop-elsewhere"

HOP_COLUMNS = ["message", "by", "ip", "rdns", "rdns_state", "trusted"]
"""What must be known of each line."""
MESSAGE_COLUMNS = ["message", "received_at"]
"""What must be known of each message."""

_FARTHEST = 3 * 365
"""Days between a message and the database's build beyond which the database says nothing: addresses change hands."""


def find_elsewhere(messages: pa.Table, hops: pa.Table, databases: Sequence[Database]) -> tuple[pa.Array, pa.Array]:
    """Return the rows of the hops on which the rule fires, and those of their messages, both in order.

    A line below the trust boundary bears the name of a provider that is known by its autonomous systems, and the
    line above it recorded a peer in another one. Nothing is said where the provider's networks or the verified name
    of the peer already tell that it is the provider's, nor where the database is years away from the message.

    Args:
        messages: With `MESSAGE_COLUMNS`.
        hops: All lines of these messages, newest first, with `HOP_COLUMNS`.
        databases: In the order in which they are asked.
    """
    lines = _doubtful(hops.combine_chunks())
    if not len(lines):
        return pa.nulls(0, pa.int64()), pa.nulls(0, pa.int64())
    places = pc.index_in(lines["message"], value_set=messages["message"])
    received = messages["received_at"].take(places)
    asked = enrich.look_up(pa.table({"ip": lines["ip"], "first_seen": received, "last_seen": received}), databases)
    pairs = zip(lines["by"].to_pylist(), asked["asn"].to_pylist(), strict=True)
    elsewhere = pa.array([asn is not None and asn not in _systems(by) for by, asn in pairs], pa.bool_())
    in_time = pc.fill_null(pc.less_equal(asked["as_gap_days"], _FARTHEST), fill_value=False)
    hit = pc.and_(elsewhere, in_time)
    # Both come out of the filter as chunks, of which there may be none.
    return lines["row"].filter(hit).combine_chunks(), pc.unique(places.filter(hit).cast(pa.int64()).combine_chunks())


def note_elsewhere(message: MessageRecord | Verdict, hops: Sequence[Hop], databases: Sequence[Database]) -> None:
    """Add the finding to the lines on which it fires, and to their message.

    Args:
        message: Has the time by which the database is judged; its `findings` are added to.
        hops: All lines of the message, newest first; `findings` are added to.
        databases: In the order in which they are asked.
    """
    if not databases:
        return
    columns: dict[str, list[Any]] = {name: [getattr(hop, name) for hop in hops] for name in HOP_COLUMNS[1:]}
    columns["message"] = [0] * len(hops)
    lines = pa.table({name: pa.array(columns[name], HOPS.field(name).type) for name in HOP_COLUMNS})
    received = pa.array([message.received_at], MESSAGES.field("received_at").type)
    rows, _ = find_elsewhere(pa.table({"message": pa.array([0]), "received_at": received}), lines, databases)
    for row in rows.to_pylist():
        hops[row].findings.append(RULE)
    if len(rows):
        message.findings.append(RULE)


def _doubtful(hops: pa.Table) -> pa.Table:
    """Return the lines that a database could speak against: `row`, `message`, `by`, and `ip` of the line above."""
    above, below = hops.slice(0, max(0, len(hops) - 1)), hops.slice(1)
    claims = pc.invert(below["trusted"])
    names = pc.unique(below["by"].filter(claims)).to_pylist()
    known = pa.array([name for name in names if name is not None and _systems(name)], pa.string())
    one_message = pc.equal(above["message"], below["message"])
    wanted = pc.and_(pc.and_(claims, one_message), pc.is_in(below["by"], value_set=known))
    verified = pc.fill_null(pc.equal(above["rdns_state"], "verified"), fill_value=False)
    columns = {
        "row": pc.cumulative_sum(pa.repeat(1, len(below))),
        "message": below["message"],
        "by": below["by"],
        "ip": above["ip"],
        "rdns": pc.if_else(verified, pc.fill_null(above["rdns"], ""), ""),
    }
    lines = pa.table(columns).filter(pc.and_(wanted, pc.is_valid(above["ip"])))
    keys = ["by", "ip", "rdns"]
    groups = lines.group_by(keys, use_threads=False).aggregate([]).select(keys)
    doubtful = [not _is_its_own(*group.values()) for group in groups.to_pylist()]
    groups = groups.filter(pa.array(doubtful, pa.bool_()))
    return lines.join(groups, keys, join_type="left semi", use_threads=False).sort_by("row")


def _is_its_own(by: str, ip: str, rdns: str) -> bool:
    """Say whether the address above a line is known to be the provider's without a database, or nobody's at all."""
    profile = profile_of(by)
    return profile is None or not is_public(ip) or profile.sends_from(ip) or profile.owns(rdns)


def _systems(by: str) -> frozenset[int]:
    """Return the autonomous systems of the provider that a host name belongs to; none where they tell nothing."""
    profile = profile_of(by)
    if profile is None or profile.customer_names or profile.gateway:
        return frozenset()
    return profile.as_numbers
