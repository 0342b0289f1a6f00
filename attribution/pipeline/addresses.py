"""The distinct addresses of a case, gathered from its messages."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["gather_addresses"]


def gather_addresses(messages: pa.Table) -> pa.Table:
    """Return the distinct handover and origin addresses with their messages and first and last time.

    Args:
        messages: Has `handover_ip`, `origin_ip`, `received_at`.

    Returns:
        Columns `ip`, `messages` (an address that is both for one message counts once), `first_seen`,
        `last_seen` (by the receivers' clocks, null where no message has one), ordered by `ip`.
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
    )
    return table.sort_by("ip")
