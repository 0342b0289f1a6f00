"""The neighbours as a table of the case, so that the comparison can be done again by hand."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from attribution._net import network_key
from attribution.enrich.evidence.groups import sure_things
from attribution.tables import CONTROLS

__all__ = ["control_table"]


def control_table(others: pa.Table, ips: pa.Array, asn: pa.Array, compared: pa.Table) -> pa.Table:
    """Return one row for each neighbour, as `CONTROLS`.

    Args:
        others: What was seen at them, as `SIGHTINGS`.
        ips: The neighbours, each once.
        asn: The number of the system that announces each, null where not known.
        compared: Columns `ip`, `compared_network` and `compared_thing` of those that were compared.
    """
    seen = others.group_by("ip", use_threads=False).aggregate(
        [([], "count_all"), ("observed_at", "min"), ("observed_at", "max")]
    )
    at = pc.index_in(ips, value_set=seen["ip"].combine_chunks())
    types: dict[str, set[str]] = {}
    things = others.filter(pa.array(sure_things(others)))
    for ip, kind in zip(things["ip"].to_pylist(), things["device_type"].to_pylist(), strict=True):
        types.setdefault(ip, set()).add(kind)
    texts = ips.to_pylist()
    place = pc.index_in(ips, value_set=compared["ip"].combine_chunks())
    table = pa.table(
        {
            "ip": ips,
            "network": pa.array([network_key(ip) for ip in texts], pa.string()),
            "asn": asn,
            "banners": seen["count_all"].take(at),
            "first_observed": seen["observed_at_min"].take(at),
            "last_observed": seen["observed_at_max"].take(at),
            "device_types": pa.array([sorted(types.get(ip, ())) for ip in texts], pa.list_(pa.string())),
            **{name: compared[name].take(place) for name in ("compared_network", "compared_thing")},
        }
    )
    return table.cast(CONTROLS).sort_by("ip")
