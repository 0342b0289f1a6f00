from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from attribution.enrich.ip.databases import open_database
from attribution.enrich.ip.facts import Tally, look_up
from attribution.tables import ADDRESSES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    MakeDatabase = Callable[..., Path]

COLUMNS = [
    *("special", "asn", "as_org", "as_source", "as_built", "as_gap_days", "as_stale"),
    *("country", "city", "latitude", "longitude", "radius_km", "geo_source", "geo_built", "geo_gap_days", "geo_stale"),
]
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
        *("documentation", 64500, "Example Net", "GeoLite2-ASN asn.mmdb", BUILT, 0, False),
        *("DE", "Musterhausen", 50.5, 8.25, 20, "GeoLite2-City city.mmdb", BUILT, 0, False),
    ]


def test_without_a_database_every_fact_is_null() -> None:
    (row,) = looked_up(addresses("9.9.9.9"))
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
    assert row["geo_stale"] == (None if gap is None else gap > 180)


def test_the_gap_is_not_known_where_the_build_date_is_not(make_mmdb: MakeDatabase) -> None:
    path = make_mmdb("x.mmdb", "flat", {"192.0.2.0/24": {"country_code": "DE"}}, epoch=2**63)
    (row,) = looked_up(addresses("192.0.2.7"), path)
    assert values(row, ["country", "geo_built", "geo_gap_days", "geo_stale"]) == ["DE", None, None, None]


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
        gaps={"GeoLite2-ASN asn.mmdb": (0, 0), "GeoLite2-City city.mmdb": (0, 0)},
    )


def test_an_address_is_asked_for_once_and_a_null_not_at_all(city: Path) -> None:
    tally = Tally()
    rows = looked_up(addresses("198.51.100.7", None, "198.51.100.7"), city, tally=tally)
    assert [row["country"] for row in rows] == ["DE", None, "DE"]
    assert tally.addresses == 1


def test_a_table_without_rows_keeps_its_columns(city: Path) -> None:
    assert looked_up(addresses(), city) == []


@pytest.mark.parametrize(
    ("ip", "word"),
    [
        ("10.0.0.1", "private"),
        ("100.64.0.1", "shared"),
        ("198.51.100.7", "documentation"),
        ("2001:db8::7", "documentation"),
        ("224.0.0.251", "multicast"),
        ("2002:c633:6407::1", "6to4"),
        ("2001:0:4136:e378:8000:63bf:39cd:9bf8", "teredo"),
        ("64:ff9b::c633:6407", "nat64"),
        ("9.9.9.9", None),
        ("2600::1", None),
        ("example.net", None),
    ],
)
def test_what_an_address_is_kept_for_is_said_in_a_word(ip: str, word: str | None) -> None:
    (row,) = looked_up(addresses(ip))
    assert row["special"] == word


def test_a_fact_from_too_far_in_time_is_kept_and_marked(city: Path, asn: Path) -> None:
    tally = Tally()
    far = BUILT - 181 * DAY
    (row,) = looked_up(addresses("198.51.100.7", first=far, last=far), city, asn, tally=tally)
    assert values(row, ["asn", "as_gap_days", "as_stale"]) == [64500, 181, True]
    assert values(row, ["country", "geo_gap_days", "geo_stale"]) == ["DE", 181, True]
    assert (tally.stale_network, tally.stale_place) == (1, 1)
    with open_database(city) as database:
        found = look_up(addresses("198.51.100.7", first=far, last=far), [database], max_gap_days=181)
    assert found["geo_stale"].to_pylist() == [False]


def test_the_tally_gives_the_span_of_the_gaps(city: Path) -> None:
    table = addresses("198.51.100.7", "203.0.113.9", "203.0.113.10").set_column(
        1, "first_seen", pa.array([BUILT - 30 * DAY, BUILT - DAY, None], pa.timestamp("us", tz="UTC"))
    )
    table = table.set_column(2, "last_seen", table["first_seen"])
    tally = Tally()
    looked_up(table, city, tally=tally)
    assert tally.gaps == {"GeoLite2-City city.mmdb": (1, 30)}


def test_rows_with_one_address_and_other_times_each_have_the_nearest(make_mmdb: MakeDatabase) -> None:
    old, new = dated(make_mmdb, "old", 2014), dated(make_mmdb, "new", 2024)
    table = addresses("192.0.2.7", "192.0.2.7").set_column(
        1, "first_seen", pa.array([datetime(year, 5, 1, tzinfo=UTC) for year in (2013, 2025)])
    )
    table = table.set_column(2, "last_seen", table["first_seen"])
    tally = Tally()
    rows = looked_up(table, new, old, tally=tally)
    assert [row["as_org"] for row in rows] == ["old", "new"]
    assert tally.addresses == 1


def dated(make_mmdb: MakeDatabase, name: str, year: int | None, prefix: str = "192.0.2.0/24", **more: str) -> Path:
    """Write a database of the first day of a year, or without a date, that knows one network by its own name."""
    epoch = 2**63 if year is None else int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    record = {"asn": "AS64500", "as_name": name} | more
    return make_mmdb(f"{name}.mmdb", "flat", {prefix: record}, epoch=epoch)


def day(year: int, month: int = 1) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "holder"),
    [
        (day(2013, 12), day(2014, 1), "2014"),
        (day(2016), day(2016), "2014"),
        (day(2020), day(2020), "2019"),
        (day(2030), day(2030), "2024"),
        (day(2013), day(2020), "2019"),  # two are within the period: as near, and the one given first is taken
        (None, None, "2024"),  # without a time they are taken in the order given
        (None, day(2014, 2), "2014"),
    ],
)
def test_the_database_nearest_in_time_is_taken(
    make_mmdb: MakeDatabase, first: datetime | None, last: datetime | None, holder: str
) -> None:
    paths = [dated(make_mmdb, f"{year}", year) for year in (2024, 2019, 2014)]
    (row,) = looked_up(addresses("192.0.2.7", first=first, last=last), *paths)
    assert row["as_org"] == holder
    assert row["as_source"] == f"flat {holder}.mmdb"


def test_a_database_without_a_date_comes_after_all_that_have_one(make_mmdb: MakeDatabase) -> None:
    undated, old = dated(make_mmdb, "undated", None), dated(make_mmdb, "old", 1990)
    (row,) = looked_up(addresses("192.0.2.7"), undated, old)
    assert values(row, ["as_org", "as_stale"]) == ["old", True]
    (row,) = looked_up(addresses("192.0.2.7", first=None, last=None), undated, old)
    assert row["as_org"] == "undated"


def test_network_and_place_may_each_come_from_its_own_nearest(make_mmdb: MakeDatabase) -> None:
    near = dated(make_mmdb, "near", 2014)
    far = dated(make_mmdb, "far", 2015, country_code="DE")
    (row,) = looked_up(addresses("192.0.2.7", first=day(2014), last=day(2014)), far, near)
    assert values(row, ["as_org", "as_source", "as_gap_days"]) == ["near", "flat near.mmdb", 0]
    assert values(row, ["country", "geo_source", "geo_gap_days"]) == ["DE", "flat far.mmdb", 365]


def test_the_nearest_that_does_not_know_the_address_gives_way_to_the_next(make_mmdb: MakeDatabase) -> None:
    near = dated(make_mmdb, "near", 2014, "198.51.100.0/24")
    far, farther = dated(make_mmdb, "far", 2016), dated(make_mmdb, "farther", 2018)
    (row,) = looked_up(addresses("192.0.2.7", first=day(2014), last=day(2014)), farther, near, far)
    assert row["as_org"] == "far"


@pytest.mark.parametrize("size", [3, 7])
def test_many_slices_give_what_one_gives(
    city: Path, asn: Path, lite: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ips = ["198.51.100.7", "2001:db8::7", None, "192.0.2.7", "10.0.0.1", "198.51.100.7", "203.0.113.1", "9.9.9.9"]
    whole, parts = Tally(), Tally()
    want = looked_up(addresses(*ips), city, asn, lite, tally=whole)
    monkeypatch.setattr("attribution.enrich.ip.facts._SLICE", size)
    assert looked_up(addresses(*ips), city, asn, lite, tally=parts) == want
    assert parts == whole
