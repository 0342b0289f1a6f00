"""What the databases say of each address of a case, and how far they are from the time of its mail."""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from attribution._net import is_public, parse_ip
from attribution.errors import DatabaseError
from attribution.tables import ADDRESSES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from attribution.enrich.databases import Database
    from attribution.enrich.schemas import Network, Place

__all__ = ["Tally", "look_up"]

_COLUMNS = (
    "asn",
    "as_org",
    "country",
    "city",
    "latitude",
    "longitude",
    "radius_km",
    "geo_source",
    "geo_built",
    "geo_gap_days",
)
_TRANSITION = tuple(
    ipaddress.IPv6Network(text)
    for text in ("2002::/16", "2001::/32", "64:ff9b::/96")  # RFC 3056, RFC 4380, RFC 6052
)
_DAY_US = 86_400_000_000


@dataclass(slots=True)
class Tally:
    """What a look-up did, for the summary.

    Attributes:
        addresses: Distinct addresses that were asked for.
        special: Those that are not looked up, because they are for special use (IANA registries, RFC 6890)
            or are no addresses.
        unknown: Those that no database knows.
        network: Addresses by the label of the database that gave their network.
        place: Addresses by the label of the database that gave their place.
        corrupt: Broken records by the label of the database that holds them.
    """

    addresses: int = 0
    special: int = 0
    unknown: int = 0
    network: Counter[str] = field(default_factory=Counter)
    place: Counter[str] = field(default_factory=Counter)
    corrupt: Counter[str] = field(default_factory=Counter)


class _Facts(NamedTuple):
    network: Network | None = None
    place: Place | None = None
    source: Database | None = None


def look_up(addresses: pa.Table, databases: Sequence[Database], tally: Tally | None = None) -> pa.Table:
    """Return the table with what the databases say of each address, in columns typed as in `ADDRESSES`.

    Network (asn, as_org) and place (country to radius_km) are each taken whole from the first database that
    has any of it, so that no place is put together from two. `geo_source` and `geo_built` name the database
    of the place, or of the network where there is no place. `geo_gap_days` counts whole days between its
    build and the nearest moment of the address's mail, whichever came first; 0 where it was built in between.

    Args:
        addresses: Has `ip` (canonical text), `first_seen` and `last_seen` (UTC, null where not known). Other
            columns pass through.
        databases: In the order in which they are asked; may be empty.
        tally: Counts what was done, where one is given.
    """
    tally = Tally() if tally is None else tally
    ips: list[str | None] = addresses.column("ip").to_pylist()
    facts = {ip: _ask(ip, databases, tally) for ip in dict.fromkeys(ips) if ip is not None}
    tally.addresses += len(facts)
    begins, ends = (_microseconds(addresses.column(name)) for name in ("first_seen", "last_seen"))
    nothing = _Facts()
    rows = [
        _row(facts[ip] if ip is not None else nothing, begin, end)
        for ip, begin, end in zip(ips, begins, ends, strict=True)
    ]
    for index, name in enumerate(_COLUMNS):
        column = pa.array([row[index] for row in rows], type=ADDRESSES.field(name).type)
        at = addresses.schema.get_field_index(name)
        if at >= 0:
            addresses = addresses.set_column(at, ADDRESSES.field(name), column)
        else:
            addresses = addresses.append_column(ADDRESSES.field(name), column)
    return addresses


def _ask(ip: str, databases: Sequence[Database], tally: Tally) -> _Facts:
    if not _is_looked_up(ip):
        tally.special += 1
        return _Facts()
    network: tuple[Network, Database] | None = None
    place: tuple[Place, Database] | None = None
    for database in databases:
        try:
            its_network, its_place = database.read(ip)
        except DatabaseError:
            tally.corrupt[database.label] += 1
            continue
        if network is None and its_network is not None:
            network = its_network, database
        if place is None and its_place is not None:
            place = its_place, database
        if network is not None and place is not None:
            break
    if network is not None:
        tally.network[network[1].label] += 1
    if place is not None:
        tally.place[place[1].label] += 1
    source = place or network
    if source is None:
        tally.unknown += 1
        return _Facts()
    return _Facts(network and network[0], place and place[0], source[1])


def _is_looked_up(ip: str) -> bool:
    if parse_ip(ip) != ip or not is_public(ip):
        return False
    # Databases answer for the IPv4 address in these, which belongs to a gateway's user, not to a network.
    return ":" not in ip or not any(ipaddress.IPv6Address(ip) in net for net in _TRANSITION)


def _microseconds(column: pa.ChunkedArray) -> list[int | None]:
    values: list[int | None] = column.cast(pa.timestamp("us", tz="UTC"), safe=False).cast(pa.int64()).to_pylist()
    return values


def _row(facts: _Facts, begin: int | None, end: int | None) -> tuple[object, ...]:
    network, place, source = facts
    built = None if source is None else source.build
    return (
        *(network or (None, None)),
        *(place or (None,) * 5),
        None if source is None else source.label,
        built,
        _gap_days(built, begin, end),
    )


def _gap_days(built: datetime | None, begin: int | None, end: int | None) -> int | None:
    begin, end = (end if begin is None else begin), (begin if end is None else end)
    if built is None or begin is None or end is None:
        return None
    moment = round(built.timestamp()) * 1_000_000
    return max(0, moment - max(begin, end), min(begin, end) - moment) // _DAY_US
