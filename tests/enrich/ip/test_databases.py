from __future__ import annotations

import gzip
import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attribution.enrich.ip.databases import find_databases, open_database, open_databases
from attribution.enrich.ip.schemas import Network, Place
from attribution.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable

    MakeDatabase = Callable[..., Path]


def test_a_city_database_gives_places(city: Path) -> None:
    with open_database(city) as database:
        assert database.read("198.51.100.7") == (None, Place("DE", "Musterhausen", 50.5, 8.25, 20))
        assert database.read("203.0.113.7") == (None, Place("SE", None, None, None, None))
        assert database.read("2001:db8::7") == (None, Place("RU", "Выдуманск", None, None, None))
        assert database.read("192.0.2.7") == (None, None)


def test_an_asn_database_gives_networks(asn: Path) -> None:
    with open_database(asn) as database:
        assert database.read("192.0.2.7") == (Network(64501, "Example Org"), None)


def test_a_flat_database_gives_both(lite: Path) -> None:
    with open_database(lite) as database:
        assert database.read("198.51.100.7") == (
            Network(64510, "Lite Net"),
            Place("FR", None, None, None, None),
        )
        assert database.read("203.0.113.7") == (None, Place("ES", None, None, None, None))


def test_a_database_tells_what_it_is(lite: Path) -> None:
    with open_database(lite) as database:
        assert database.as_dict() == {
            "name": "IPinfo Lite ipinfo_lite.mmdb",
            "path": str(lite),
            "kind": "ipinfo",
            "database_type": "ipinfo bundle_location_lite.mmdb",
            "built": "2024-03-01T00:00:00+00:00",
            "sha256": sha256(lite.read_bytes()).hexdigest(),
            "provides": ["asn", "as_org", "country"],
        }


@pytest.mark.parametrize(
    ("database_type", "label"),
    [
        ("GeoLite2-City", "GeoLite2-City x.mmdb"),
        ("DBIP-Location (compat=City)", "DBIP-Location x.mmdb"),
        ("ipinfo standard_location.mmdb", "IPinfo standard location x.mmdb"),
        ("", "unnamed x.mmdb"),
        ("\x1b[31mred", "\\x1b[31mred x.mmdb"),
    ],
)
def test_the_label_names_product_and_file(make_mmdb: MakeDatabase, database_type: str, label: str) -> None:
    path = make_mmdb("x.mmdb", database_type, {"192.0.2.0/24": {"country": {"iso_code": "DE"}}})
    with open_database(path) as database:
        assert database.label == label


def test_a_database_of_ipv4_alone_knows_no_ipv6_address(make_mmdb: MakeDatabase) -> None:
    path = make_mmdb("four.mmdb", "flat", {"192.0.2.0/24": {"country_code": "DE"}}, version=4)
    with open_database(path) as database:
        assert database.read("192.0.2.7") == (None, Place("DE", None, None, None, None))
        assert database.read("2001:db8::7") == (None, None)


def test_a_database_of_ipv6_alone_is_recognised(make_mmdb: MakeDatabase) -> None:
    path = make_mmdb("six.mmdb", "flat", {"2001:db8::/32": {"country_code": "DE"}})
    with open_database(path) as database:
        assert database.provides == ("country",)


def test_a_build_date_beyond_all_calendars_is_not_known(make_mmdb: MakeDatabase) -> None:
    path = make_mmdb("x.mmdb", "flat", {"192.0.2.0/24": {"country_code": "DE"}}, epoch=2**63)
    with open_database(path) as database:
        assert database.build is None


def test_a_record_of_another_shape_than_the_others_is_broken(make_mmdb: MakeDatabase) -> None:
    records = {
        "192.0.2.0/24": {"city": {"names": {"en": "Musterhausen"}}},
        "198.51.100.0/24": {"city": "Musterhausen"},
        "203.0.113.0/24": "Musterhausen",
    }
    with open_database(make_mmdb("city.mmdb", "GeoLite2-City", records)) as database:
        for ip in ("198.51.100.7", "203.0.113.7"):
            with pytest.raises(DatabaseError, match=rf"city\.mmdb: the record of {ip} is broken"):
                database.read(ip)


def test_an_unknown_kind_is_told_with_the_known_ones(make_mmdb: MakeDatabase) -> None:
    path = make_mmdb("domain.mmdb", "GeoIP2-Domain", {"192.0.2.0/24": {"domain": "example.net"}})
    with pytest.raises(DatabaseError, match=r"domain\.mmdb .*'GeoIP2-Domain'.*MaxMind.*DB-IP.*IPinfo"):
        open_database(path)


def test_a_database_without_records_is_told(make_mmdb: MakeDatabase) -> None:
    with pytest.raises(DatabaseError, match="no record"):
        open_database(make_mmdb("x.mmdb", "GeoLite2-City", {}))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\x00" * 4096, "no MMDB file"),
        (bytes(range(256)) * 64, "no MMDB file"),
        (b"\xab\xcd\xefMaxMind.com", "no MMDB file"),
        (b"\xab\xcd\xefMaxMind.com\xe1\x41a\x41b", "no MMDB file"),
        (gzip.compress(b"x" * 100), "compressed with gzip"),
    ],
)
def test_what_is_no_database_is_told_in_one_line(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "x.mmdb"
    path.write_bytes(content)
    with pytest.raises(DatabaseError, match=reason) as caught:
        open_database(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_database_is_told_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"does not exist.*attribution data install ipinfo-lite"):
        open_database(tmp_path / "absent.mmdb")


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="is a folder"):
        open_database(tmp_path)


def test_what_would_block_or_never_end_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mmdb")
    for path in (tmp_path / "pipe.mmdb", Path("/dev/zero")):
        with pytest.raises(DatabaseError, match="no regular file"):
            open_database(path)


def test_control_characters_of_a_file_name_do_not_reach_the_message(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError) as caught:
        open_database(tmp_path / "\x1b]0;x\x07.mmdb")
    assert str(caught.value).isprintable()


def test_databases_are_found_in_the_data_folder_first(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = tmp_path / "system"
    for folder, name in ((data, "mine.mmdb"), (system, "a.mmdb"), (system, "b.mmdb")):
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    monkeypatch.setattr("attribution.enrich.folders.SYSTEM_FOLDERS", (system, tmp_path / "absent"))
    assert find_databases() == [data / "mine.mmdb", system / "a.mmdb", system / "b.mmdb"]


def test_given_databases_come_before_found_ones(city: Path, asn: Path, lite: Path) -> None:
    databases, warnings = open_databases([lite], found=[asn, city])
    assert [database.path for database in databases] == [lite, city, asn]
    assert warnings == []


def test_in_a_folder_the_newer_of_two_alike_comes_first(make_mmdb: MakeDatabase) -> None:
    record = {"192.0.2.0/24": {"country_code": "DE"}}
    old = make_mmdb("db-2024-01.mmdb", "flat", record, epoch=1_704_000_000)
    new = make_mmdb("db-2024-02.mmdb", "flat", record, epoch=1_707_000_000)
    databases, _ = open_databases([], found=[old, new])
    assert [database.path for database in databases] == [new, old]


def test_a_file_is_opened_once_however_often_it_is_named(city: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.mmdb"
    link.symlink_to(city)
    databases, _ = open_databases([city, link], found=[city, link])
    assert [database.path for database in databases] == [city]


def test_a_given_folder_stands_for_its_databases(city: Path, asn: Path) -> None:
    databases, _ = open_databases([city.parent])
    assert [database.path for database in databases] == [asn, city]


def test_a_given_folder_without_databases_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"without \.mmdb files"):
        open_databases([tmp_path])


def test_a_broken_database_is_an_error_when_given_and_a_warning_when_found(city: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(city.read_bytes()[:-100])
    with pytest.raises(DatabaseError, match="cut off"):
        open_databases([city, broken])
    databases, warnings = open_databases([], found=[broken, city])
    assert [database.path for database in databases] == [city]
    assert len(warnings) == 1
    assert "broken.mmdb" in warnings[0]
