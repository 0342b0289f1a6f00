"""The shapes of records that IP databases hold, and how each is read into the same two facts.

MaxMind's nested records, which DB-IP uses as well, are read through geoip2's models; one adapter reads flat
records (IPinfo, and tables of DB-IP or others that were turned into MMDB files).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import geoip2.models
import geoip2.records

from attribution._text import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "KNOWN",
    "Network",
    "Place",
    "Reading",
    "Schema",
    "read_asn",
    "read_country",
    "read_number",
    "read_text",
    "recognise",
]

KNOWN = (
    "MaxMind City, Country, ASN, ISP and Enterprise (GeoLite2 or GeoIP2)",
    "DB-IP City, Country, ASN, Location and ISP",
    "IPinfo",
    "flat tables with asn or country_code",
)
"""The kinds of databases that are read, as told to people."""


class Network(NamedTuple):
    """The autonomous system that announces an address.

    Attributes:
        asn: AS number, 1 to 4294967295.
        as_org: The name of its holder.
    """

    asn: int | None
    as_org: str | None


class Place(NamedTuple):
    """Where a database puts an address.

    Attributes:
        country: ISO 3166-1 alpha-2, upper case.
        city: English name where there is one.
        latitude, longitude: Degrees, WGS 84; both or neither.
        radius_km: Radius around the coordinates that the database vouches for, in kilometres.
    """

    country: str | None
    city: str | None
    latitude: float | None
    longitude: float | None
    radius_km: int | None


Record = Mapping[str, Any]
Reading = tuple[Network | None, Place | None]


@dataclass(frozen=True, slots=True)
class Schema:
    """How the records of one database are read.

    Attributes:
        kind: `maxmind-city`, `maxmind-country`, `maxmind-asn`, `maxmind-isp`, `maxmind-enterprise`, the same
            with `dbip-`, `ipinfo`, or `flat`.
        provides: The columns of the addresses table that such a database can fill, in their order.
        read: Takes a record and its address, and returns network and place, None where it knows nothing.
    """

    kind: str
    provides: tuple[str, ...]
    read: Callable[[Record, str], Reading]


_NETWORK = ("asn", "as_org")
_PLACE = ("country", "city", "latitude", "longitude", "radius_km")
_NESTED = ("country", "registered_country", "city", "location")
_PROVIDES = {
    "city": _PLACE,
    "country": ("country",),
    "asn": _NETWORK,
    "isp": _NETWORK,
    "enterprise": _NETWORK + _PLACE,
}
_COMPATIBLE = re.compile(r"\(compat=([\w-]{1,40})\)")


def recognise(database_type: str, records: Sequence[Record]) -> Schema | None:
    """Return the schema of a database, or None when its records hold neither network nor place.

    The fields decide, for the same records go by many names; the name tells only what the fields leave open.

    Args:
        database_type: What the metadata of the file calls it.
        records: Some of its records.
    """
    vendor = "dbip" if database_type.startswith("DBIP") else "maxmind"
    if any(isinstance(record.get(field), Mapping) for record in records for field in _NESTED):
        kind = _nested_kind(database_type, records)
        provides = _PROVIDES[kind]
        if vendor == "dbip":  # its records have no accuracy radius
            provides = tuple(column for column in provides if column != "radius_km")
        return Schema(f"{vendor}-{kind}", provides, _read_nested)
    filled = _filled(records)
    if not filled:
        return None
    if database_type.lower().startswith("ipinfo"):
        return Schema("ipinfo", filled, _read_flat)
    if any("autonomous_system_number" in record for record in records) and filled <= _NETWORK:
        kind = "isp" if "isp" in _names(database_type) else "asn"
        return Schema(f"{vendor}-{kind}", _NETWORK, _read_as)
    return Schema("flat", filled, _read_flat)


def _names(database_type: str) -> str:
    compatible = _COMPATIBLE.search(database_type)
    return (compatible.group(1) if compatible else database_type).lower()


def _nested_kind(database_type: str, records: Sequence[Record]) -> str:
    names = _names(database_type)
    for kind in ("enterprise", "city", "country"):
        if kind in names:
            return kind
    return "city" if any("location" in record or "city" in record for record in records) else "country"


def _filled(records: Sequence[Record]) -> tuple[str, ...]:
    seen: set[str] = set()
    for record in records:
        for part in _read_flat(record, ""):
            if part is not None:
                seen.update(column for column, value in part._asdict().items() if value is not None)
    return tuple(column for column in _NETWORK + _PLACE if column in seen)


_NO_FIELDS: Record = {}
_LOCALES = ("en", "de", "fr", "es", "pt-BR", "ru", "ja", "zh-CN")


def _read_nested(record: Record, ip: str) -> Reading:
    # Of geoip2's model of a city those records alone that are used: all of them take four times as long.
    country = geoip2.records.Country(_LOCALES, **record.get("country", _NO_FIELDS))
    city = geoip2.records.City(_LOCALES, **record.get("city", _NO_FIELDS))
    location = geoip2.records.Location(**record.get("location", _NO_FIELDS))
    latitude, longitude = _coordinates(location.latitude, location.longitude)
    place = Place(
        read_country(country.iso_code),
        read_text(city.name),
        latitude,
        longitude,
        None if latitude is None else _radius(location.accuracy_radius),
    )
    if "traits" not in record:
        return _known(None, place)
    traits = geoip2.records.Traits(ip_address=ip, **record["traits"])
    return _known(_network(traits.autonomous_system_number, traits.autonomous_system_organization), place)


def _read_as(record: Record, ip: str) -> Reading:
    model = geoip2.models.ASN(ip, **record)
    return _known(_network(model.autonomous_system_number, model.autonomous_system_organization), None)


def _read_flat(record: Record, ip: str) -> Reading:  # noqa: ARG001 (all readers are called alike)
    # IPinfo's larger products may keep the same fields in two inner maps.
    place, holder = _inner(record, "geo"), _inner(record, "as")
    latitude, longitude = _coordinates(_first(place, "latitude", "lat"), _first(place, "longitude", "lng", "lon"))
    return _known(
        _network(
            _first(holder, "asn", "autonomous_system_number", "as_number"),
            _first(holder, "as_name", "autonomous_system_organization", "org", "name"),
        ),
        Place(
            # `country` is a code in older schemas and a name in newer ones, which add `country_code`.
            read_country(_first(place, "country_code", "country_iso_code", "country")),
            read_text(place.get("city")),
            latitude,
            longitude,
            None if latitude is None else _radius(_first(place, "radius", "accuracy_radius")),
        ),
    )


def _inner(record: Record, name: str) -> Record:
    inner = record.get(name)
    return record if inner is None or not isinstance(inner, Mapping) else inner


def _first(record: Record, *names: str) -> object:
    for name in names:
        value = record.get(name)
        if value is not None and value != "":
            return value
    return None


def _known(network: Network | None, place: Place | None) -> Reading:
    return network, None if place == _NOWHERE else place


def _network(number: object, name: object) -> Network | None:
    asn = read_asn(number)
    # A name without a number is that of a company, not of a network.
    return None if asn is None else Network(asn, read_text(name))


_NOWHERE = Place(None, None, None, None, None)
_ASN = re.compile(r"(?:AS)?([0-9]{1,10})", re.IGNORECASE)


def read_asn(value: object) -> int | None:
    """Return an AS number, given as a number or as text with or without `AS`; None where it is none."""
    if isinstance(value, str):
        match = _ASN.fullmatch(value.strip())
        value = int(match.group(1)) if match else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 < value < 2**32 else None  # AS 0 is no network (RFC 7607)


_CODE = re.compile(r"[A-Z]{2}")
_NO_COUNTRY = frozenset({"AP", "EU", "XX", "ZZ"})
"""Two letters that databases write for a region, or for not knowing."""


def read_country(value: object) -> str | None:
    """Return a code of ISO 3166-1 alpha-2 in upper case; None where the value is none, or stands for a region."""
    if not isinstance(value, str):
        return None
    return _code(value if len(value) <= _LONGEST_CODE else value.strip()[:_LONGEST_CODE])


_LONGEST_CODE = 8


@lru_cache(maxsize=4096)
def _code(text: str) -> str | None:
    code = text.strip().upper()
    return code if _CODE.fullmatch(code) and code not in _NO_COUNTRY else None


_TEXT_LENGTH = 200


def read_text(value: object) -> str | None:
    """Return a text without space around it and of bounded length; None where nothing is left."""
    return (shorten(value.strip(), _TEXT_LENGTH) or None) if isinstance(value, str) else None


def read_number(value: object) -> float | None:
    """Return a finite number, given as one or as text; None where it is none."""
    if not isinstance(value, float):
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            return None
        try:
            value = float(value)
        except (ValueError, OverflowError):
            return None
    return value if math.isfinite(value) else None


def _coordinates(latitude: object, longitude: object) -> tuple[float, float] | tuple[None, None]:
    if latitude is None or longitude is None:
        return None, None
    north, east = read_number(latitude), read_number(longitude)
    if north is None or east is None or abs(north) > 90 or abs(east) > 180:
        return None, None
    if north == 0 and east == 0:  # a point in the sea that databases write for not knowing
        return None, None
    return north, east


def _radius(value: object) -> int | None:
    radius = read_number(value)
    return round(radius) if radius is not None and 0 < radius <= 20_040 else None  # half the way round the Earth
