"""The distinct addresses of a case, gathered from its messages, and how each reaches the Internet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from attribution.enrich import access

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["gather_addresses", "with_access"]


def gather_addresses(messages: pa.Table) -> pa.Table:
    """Return the distinct handover and origin addresses with their messages and first and last time.

    Args:
        messages: Has `handover_ip`, `origin_ip`, `received_at`; and what the receiver's line says of the peer, `rdns`
            and `helo`.

    Returns:
        Columns `ip`, `messages` (an address that is both for one message counts once), `first_seen`,
        `last_seen` (by the receivers' clocks, null where no message has one), `rdns` and `helo` (the most frequent
        ones, of equally frequent ones the first in order of text; null where no line has one), ordered by `ip`.
    """
    handover = pa.table({"ip": messages["handover_ip"], "time": messages["received_at"]})
    alone = pc.is_null(messages["handover_ip"])
    other = pc.or_kleene(alone, pc.not_equal(messages["handover_ip"], messages["origin_ip"]))
    rows = messages.filter(pc.fill_null(other, fill_value=False))
    both = pa.concat_tables([handover, pa.table({"ip": rows["origin_ip"], "time": rows["received_at"]})])
    both = both.filter(pc.is_valid(both["ip"]))
    grouped = both.group_by("ip").aggregate([("ip", "count"), ("time", "min"), ("time", "max")])
    table = pa.table(
        {
            "ip": grouped["ip"],
            "messages": grouped["ip_count"],
            "first_seen": grouped["time_min"],
            "last_seen": grouped["time_max"],
        }
    ).sort_by("ip")
    for name in ("rdns", "helo"):
        table = table.append_column(name, _usual(messages, name, table["ip"].combine_chunks()))
    return table


def _usual(messages: pa.Table, name: str, ips: pa.Array) -> pa.Array:
    """Return what most messages say of each address; null where none says anything."""
    pairs = pa.table({"ip": messages["handover_ip"], "value": messages[name]})
    pairs = pairs.filter(pc.and_(pc.is_valid(pairs["ip"]), pc.is_valid(pairs["value"])))
    counted = pairs.group_by(["ip", "value"], use_threads=False).aggregate([([], "count_all")])
    order = [("ip", "ascending"), ("count_all", "descending"), ("value", "ascending")]
    ordered = counted.sort_by(order)
    return ordered["value"].take(pc.index_in(ips, value_set=ordered["ip"].combine_chunks())).combine_chunks()


def with_access(known: pa.Table, lists: Sequence[access.AccessList] = ()) -> pa.Table:
    """Add the access type of each address, with its reason.

    Args:
        known: With `ip`, `rdns`, `helo`, `asn`, `as_org` and `as_gap_days`.
        lists: The user's own, of which the first that knows the address decides.
    """
    found = access.access_types(
        known["ip"],
        rdns=known["rdns"],
        helo=known["helo"],
        asn=known["asn"],
        as_org=known["as_org"],
        gap_days=known["as_gap_days"],
        lists=lists,
    )
    # A weak guess is wrong too often to be counted: it has a column of its own.
    weak = pc.fill_null(pc.equal(found["access_confidence"], "weak"), fill_value=False)
    for name in found.column_names:
        column = found[name] if name != "access" else pc.if_else(weak, None, found["access"])
        known = known.append_column(name, column)
    return known.append_column("access_guess", pc.if_else(weak, found["access"], None))
