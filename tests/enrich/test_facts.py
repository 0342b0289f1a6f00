from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from attribution.enrich.databases import open_database
from attribution.enrich.facts import Tally, look_up
from attribution.tables import ADDRESSES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    MakeDatabase = Callable[..., Path]

COLUMNS = (
    "asn as_org country city latitude longitude radius_km geo_source geo_built geo_gap_days".split()  # noqa: SIM905 (read as in the design)
)
BUILT = datetime(2024, 3, 1, tzinfo=UTC)


def addresses(
    *ips: str | None, first: datetime | None = BUILT, last: datetime | None = BUILT, **more: list[Any]
) -> pa.Table:
    time = pa.timestamp("us", tz="UTC")
    return pa.table(
        {
            "ip": pa.array(ips, pa.string()),
            "first_seen": pa.array([first] * len(ips), time),
            "last_seen": pa.array([last] * len(ips), time),
            **more,
        }
    )


def looked_up(table: pa.Table, *paths: Path, tally: Tally | None = None) -> list[dict[str, Any]]:
    with ExitStack() as stack:
        found = look_up(table, [stack.enter_context(open_database(path)) for path in paths], tally)
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def values(row: dict[str, Any], names: Sequence[str]) -> list[Any]:
    return [row[name] for name in names]


def test_the_columns_are_those_of_the_addresses_table(city: Path) -> None:
    with open_database(city) as database:
        found = look_up(addresses("198.51.100.7", messages=[3]), [database])
    assert found.column_names == ["ip", "first_seen", "last_seen", "messages", *COLUMNS]
    for name in COLUMNS:
        assert found.schema.field(name) == ADDRESSES.field(name)


def test_columns_that_are_there_are_filled_in_their_place(city: Path) -> None:
    table = ADDRESSES.empty_table()
    with open_database(city) as database:
        assert look_up(table, [database]).schema == ADDRESSES


def test_network_and_place_come_from_the_databases_that_have_them(city: Path, asn: Path) -> None:
    (row,) = looked_up(addresses("198.51.100.7"), city, asn)
    assert values(row, COLUMNS) == [
        64500,
        "Example Net",
        "DE",
        "Musterhausen",
        50.5,
        8.25,
        20,
        "GeoLite2-City city.mmdb",
        BUILT,
        0,
    ]


def test_without_a_database_every_fact_is_null() -> None:
    (row,) = looked_up(addresses("198.51.100.7"))
    assert values(row, COLUMNS) == [None] * len(COLUMNS)


def test_an_earlier_database_that_lacks_a_group_does_not_hide_a_later_one(asn: Path, lite: Path) -> None:
    (row,) = looked_up(addresses("198.51.100.7"), asn, lite)
    assert values(row, ["asn", "as_org", "country"]) == [64500, "Example Net", "FR"]


def test_a_place_is_never_put_together_from_two_databases(lite: Path, city: Path) -> None:
    (row,) = looked_up(addresses("198.51.100.7"), lite, city)
    assert values(row, ["country", "city", "geo_source"]) == ["FR", None, "IPinfo Lite ipinfo_lite.mmdb"]


def test_the_first_database_that_knows_the_address_is_taken(lite: Path, city: Path) -> None:
    (row,) = looked_up(addresses("2001:db8:ffff::7"), city, lite)
    assert values(row, ["asn", "country"]) == [64511, "JP"]


def test_the_source_is_that_of_the_network_where_there_is_no_place(asn: Path, city: Path) -> None:
    (row,) = looked_up(addresses("192.0.2.7"), city, asn)
    assert values(row, ["asn", "country", "geo_source", "geo_built"]) == [
        64501,
        None,
        "GeoLite2-ASN asn.mmdb",
        BUILT,
    ]


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("first", "last", "gap"),
    [
        (BUILT - 100 * DAY, BUILT - 40 * DAY, 40),
        (BUILT + 7 * DAY, BUILT + 9 * DAY, 7),
        (BUILT - DAY, BUILT + DAY, 0),
        (BUILT - 9 * DAY, BUILT - timedelta(hours=47), 1),
        (None, BUILT - 3 * DAY, 3),
        (BUILT + 3 * DAY, None, 3),
        (BUILT + 5 * DAY, BUILT + 3 * DAY, 3),
        (None, None, None),
        (datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC), 738944),
        (datetime(9999, 12, 31, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), 2913113),
    ],
)
def test_the_gap_is_that_between_the_build_and_the_nearest_moment_of_the_mail(
    city: Path, first: datetime | None, last: datetime | None, gap: int | None
) -> None:
    (row,) = looked_up(addresses("198.51.100.7", first=first, last=last), city)
    assert row["geo_gap_days"] == gap


def test_the_gap_is_not_known_where_the_build_date_is_not(make_mmdb: MakeDatabase) -> None:
    path = make_mmdb("x.mmdb", "flat", {"192.0.2.0/24": {"country_code": "DE"}}, epoch=2**63)
    (row,) = looked_up(addresses("192.0.2.7"), path)
    assert values(row, ["country", "geo_built", "geo_gap_days"]) == ["DE", None, None]


SPECIAL = [
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "127.0.0.1",
    "100.64.0.1",
    "169.254.1.1",
    "0.0.0.0",  # noqa: S104 (an address to class, nothing binds to it)
    "198.18.0.1",
    "224.0.0.251",
    "255.255.255.255",
    "::1",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "2002:c633:6407::1",  # 6to4 of 198.51.100.7
    "2001:0:4136:e378:8000:63bf:39cd:9bf8",  # Teredo
    "64:ff9b::c633:6407",  # NAT64 of 198.51.100.7
    "fe80::1%eth0",
    "::ffff:198.51.100.7",
    "198.51.100.07",
    "example.net",
    "",
]


def test_special_addresses_are_never_looked_up(make_mmdb: MakeDatabase) -> None:
    everywhere = make_mmdb("all.mmdb", "flat", {"::/1": {"country_code": "DE"}, "8000::/1": {"country_code": "DE"}})
    tally = Tally()
    rows = looked_up(addresses(*SPECIAL), everywhere, tally=tally)
    assert [row["ip"] for row in rows if row["country"] is not None] == []
    assert tally == Tally(addresses=len(SPECIAL), special=len(SPECIAL))


def test_documentation_addresses_are_looked_up_as_samples_use_them(city: Path) -> None:
    (row,) = looked_up(addresses("203.0.113.9"), city)
    assert row["country"] == "SE"


def test_a_broken_record_is_counted_and_the_next_database_asked(make_mmdb: MakeDatabase, lite: Path) -> None:
    records = {"198.51.100.0/24": {"city": "no map"}, "203.0.113.0/24": {"city": {"names": {"en": "Ort"}}}}
    broken = make_mmdb("broken.mmdb", "GeoLite2-City", records)
    tally = Tally()
    rows = looked_up(addresses("198.51.100.7", "203.0.113.7"), broken, lite, tally=tally)
    assert [(row["country"], row["city"]) for row in rows] == [("FR", None), (None, "Ort")]
    assert tally.corrupt == Counter({"GeoLite2-City broken.mmdb": 1})


def test_the_tally_says_what_each_database_gave(city: Path, asn: Path) -> None:
    tally = Tally()
    looked_up(addresses("198.51.100.7", "198.51.100.8", "192.0.2.7", "9.9.9.9", "10.0.0.1"), city, asn, tally=tally)
    assert tally == Tally(
        addresses=5,
        special=1,
        unknown=1,
        network=Counter({"GeoLite2-ASN asn.mmdb": 3}),
        place=Counter({"GeoLite2-City city.mmdb": 2}),
    )


def test_an_address_is_asked_for_once_and_a_null_not_at_all(city: Path) -> None:
    tally = Tally()
    rows = looked_up(addresses("198.51.100.7", None, "198.51.100.7"), city, tally=tally)
    assert [row["country"] for row in rows] == ["DE", None, "DE"]
    assert tally.addresses == 1


def test_a_table_without_rows_keeps_its_columns(city: Path) -> None:
    assert looked_up(addresses(), city) == []
