from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.enrich.ip.schemas import Network, Place, Schema, recognise

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE = ("country", "city", "latitude", "longitude", "radius_km")
NETWORK = ("asn", "as_org")

CITY = {"country": {"iso_code": "DE"}, "location": {"latitude": 50.5, "longitude": 8.25, "accuracy_radius": 5}}
COUNTRY = {"country": {"iso_code": "DE"}, "registered_country": {"iso_code": "US"}}
ENTERPRISE = CITY | {"traits": {"autonomous_system_number": 64500, "autonomous_system_organization": "Example Net"}}
AS = {"autonomous_system_number": 64500, "autonomous_system_organization": "Example Net"}


def schema(database_type: str, record: Mapping[str, Any]) -> Schema:
    found = recognise(database_type, [record])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("database_type", "record", "kind", "provides"),
    [
        ("GeoLite2-City", CITY, "maxmind-city", PLACE),
        ("GeoIP2-City-Europe", CITY, "maxmind-city", PLACE),
        ("GeoIP2-Country", COUNTRY, "maxmind-country", ("country",)),
        ("GeoLite2-ASN", AS, "maxmind-asn", NETWORK),
        ("GeoIP2-ISP", AS | {"isp": "Example"}, "maxmind-isp", NETWORK),
        ("GeoIP2-Precision-Enterprise", ENTERPRISE, "maxmind-enterprise", NETWORK + PLACE),
        ("DBIP-City-Lite", CITY, "dbip-city", PLACE[:-1]),
        ("DBIP-Country-Lite", COUNTRY, "dbip-country", ("country",)),
        ("DBIP-ASN-Lite (compat=GeoLite2-ASN)", AS, "dbip-asn", NETWORK),
        ("DBIP-Location (compat=City)", CITY, "dbip-city", PLACE[:-1]),
        ("DBIP-Location-ISP (compat=Enterprise)", ENTERPRISE, "dbip-enterprise", NETWORK + PLACE[:-1]),
        ("Home-made", CITY, "maxmind-city", PLACE),
        ("Home-made", COUNTRY, "maxmind-country", ("country",)),
        ("ipinfo bundle_location_lite.mmdb", {"asn": "AS1", "country_code": "DE"}, "ipinfo", ("asn", "country")),
        ("ipinfo generic_asn_free.mmdb", {"asn": "AS1", "name": "Net"}, "ipinfo", NETWORK),
        ("by-range", {"country_code": "DE"}, "flat", ("country",)),
        ("by-range", AS | {"country_code": "DE"}, "flat", (*NETWORK, "country")),
    ],
)
def test_a_database_is_known_by_its_records(
    database_type: str, record: Mapping[str, Any], kind: str, provides: tuple[str, ...]
) -> None:
    found = schema(database_type, record)
    assert (found.kind, found.provides) == (kind, provides)


@pytest.mark.parametrize(
    ("database_type", "record"),
    [
        ("GeoIP2-Domain", {"domain": "example.net"}),
        ("GeoIP2-Anonymous-IP", {"is_anonymous": True}),
        ("ipinfo privacy.mmdb", {"vpn": "true"}),
        ("Test", {"ip": "192.0.2.1"}),
        ("Test", {}),
    ],
)
def test_records_without_network_and_place_are_of_no_known_kind(database_type: str, record: Mapping[str, Any]) -> None:
    assert recognise(database_type, [record]) is None


def test_the_country_of_registration_is_not_taken_for_the_place() -> None:
    assert schema("GeoLite2-Country", COUNTRY).read({"registered_country": {"iso_code": "US"}}, "192.0.2.1") == (
        None,
        None,
    )


def test_a_city_without_english_name_is_shown_in_another_language() -> None:
    _, place = schema("GeoLite2-City", CITY).read({"city": {"names": {"de": "Erfunden"}}}, "192.0.2.1")
    assert place == Place(None, "Erfunden", None, None, None)


def test_enterprise_records_give_network_and_place() -> None:
    assert schema("GeoIP2-Enterprise", ENTERPRISE).read(ENTERPRISE, "192.0.2.1") == (
        Network(64500, "Example Net"),
        Place("DE", None, 50.5, 8.25, 5),
    )


@pytest.mark.parametrize(
    ("record", "network", "place"),
    [
        # IPinfo Lite
        (
            {"asn": "AS64500", "as_name": "Example Net", "country": "Germany", "country_code": "DE"},
            Network(64500, "Example Net"),
            Place("DE", None, None, None, None),
        ),
        # IPinfo's older country and ASN table: `country` is the code
        (
            {"asn": "AS64500", "as_name": "Example Net", "country": "DE", "country_name": "Germany"},
            Network(64500, "Example Net"),
            Place("DE", None, None, None, None),
        ),
        # IPinfo Geolocation: numbers as text
        (
            {"city": "Musterhausen", "country": "DE", "lat": "50.5", "lng": "8.25", "radius": "20"},
            None,
            Place("DE", "Musterhausen", 50.5, 8.25, 20),
        ),
        # IPinfo Core: the same in two inner maps
        (
            {
                "geo": {"city": "Musterhausen", "country_code": "DE", "latitude": 50.5, "longitude": 8.25},
                "as": {"asn": "AS64500", "name": "Example Net", "domain": "example.net"},
            },
            Network(64500, "Example Net"),
            Place("DE", "Musterhausen", 50.5, 8.25, None),
        ),
        # a table by number
        ({"asn": 64500, "org": "Example Net", "name": "EXAMPLE"}, Network(64500, "Example Net"), None),
    ],
)
def test_flat_records_are_read_by_one_adapter(
    record: dict[str, Any], network: Network | None, place: Place | None
) -> None:
    assert schema("ipinfo some.mmdb", record).read(record, "192.0.2.1") == (network, place)


FLAT = schema("flat", {"country_code": "DE"})


@pytest.mark.parametrize("asn", ["", "AS", "ASx", "AS0", 0, -1, 2**32, "AS4294967296", "AS" + "9" * 5000, True, 1.5])
def test_what_is_no_as_number_is_null(asn: object) -> None:
    assert FLAT.read({"asn": asn, "as_name": "Example"}, "192.0.2.1") == (None, None)


@pytest.mark.parametrize("code", ["", "-", "Germany", "EU", "AP", "ZZ", "XX", "A1", "D", 49, None, "ДЕ"])
def test_what_is_no_country_is_null(code: object) -> None:
    assert FLAT.read({"country_code": code}, "192.0.2.1") == (None, None)


def test_country_codes_are_upper_case() -> None:
    _, place = FLAT.read({"country_code": " de "}, "192.0.2.1")
    assert place is not None
    assert place.country == "DE"


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(0, 0), ("0", "0.0"), (91, 8), (50, 181), (50, None), ("north", "8"), (float("nan"), 8), (1e400, 8)],
)
def test_coordinates_that_name_no_point_are_null(latitude: object, longitude: object) -> None:
    record = {"country_code": "DE", "latitude": latitude, "longitude": longitude, "radius": 5}
    assert FLAT.read(record, "192.0.2.1") == (None, Place("DE", None, None, None, None))


@pytest.mark.parametrize("radius", [0, -5, "wide", 50_000, None, float("inf")])
def test_a_radius_that_names_no_circle_on_earth_is_null(radius: object) -> None:
    _, place = FLAT.read({"latitude": 50.5, "longitude": 8.25, "radius": radius}, "192.0.2.1")
    assert place == Place(None, None, 50.5, 8.25, None)


def test_long_names_are_cut() -> None:
    network, _ = FLAT.read({"asn": "AS64500", "as_name": "x" * 1_000_000}, "192.0.2.1")
    assert network is not None
    assert network.as_org is not None
    assert len(network.as_org) == 200


SIMPLE = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.binary(max_size=4)
VALUES = SIMPLE | st.lists(SIMPLE, max_size=2)
FIELDS = st.sampled_from(
    ["asn", "as_name", "name", "country", "country_code", "city", "lat", "lng", "latitude", "longitude", "geo", "as"]
)


@given(st.dictionaries(FIELDS, VALUES | st.dictionaries(FIELDS, VALUES, max_size=4), max_size=8))
def test_any_flat_record_reads_as_facts_of_the_right_types(record: dict[str, Any]) -> None:
    network, place = FLAT.read(record, "192.0.2.1")
    if network is not None:
        assert isinstance(network.asn, int)
        assert network.as_org is None or network.as_org
    if place is not None:
        assert place.country is None or (len(place.country) == 2 and place.country.isupper())
        assert (place.latitude is None) == (place.longitude is None)
        assert place.latitude is None or -90 <= place.latitude <= 90
