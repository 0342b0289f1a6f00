"""Names of networks for numbers that come from a table without names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from attribution.enrich.ip.facts import look_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.enrich.ip.base import Database

__all__ = ["with_names"]


def with_names(known: pa.Table, databases: Sequence[Database]) -> pa.Table:
    """Return the table with `as_org` filled where a number has no name and another database names that number.

    Tables of routing of the past have numbers alone. What a number is called is no fact about an address: it is told by
    whatever database names the same number, for the same address or for another one of the table. Where several names
    stand beside one number, the one of most addresses counts, then the first in order of text.

    Args:
        known: As `look_up` returns it.
        databases: Those that were asked.
    """
    nameless = pc.and_(pc.is_valid(known["asn"]), pc.is_null(known["as_org"]))
    naming = [database for database in databases if "as_org" in database.provides]
    if not naming or not pc.any(nameless).as_py():
        return known
    asked = look_up(known.select(["ip", "first_seen", "last_seen"]), naming)
    pairs = asked.select(["asn", "as_org"]).filter(pc.and_(pc.is_valid(asked["asn"]), pc.is_valid(asked["as_org"])))
    counted = pairs.group_by(["asn", "as_org"], use_threads=False).aggregate([([], "count_all")])
    ordered = counted.sort_by([("asn", "ascending"), ("count_all", "descending"), ("as_org", "ascending")])
    place = pc.index_in(known["asn"], value_set=ordered["asn"].combine_chunks())
    names = pc.if_else(nameless, ordered["as_org"].take(place), known["as_org"])
    return known.set_column(known.schema.get_field_index("as_org"), known.schema.field("as_org"), names)
