"""Tables of address ranges, opened and asked like any other database."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import ipaddress
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attribution.enrich.datasets import add, record_path_of
from attribution.enrich.ip import intervals, range_lines, range_rows
from attribution.enrich.ip.databases import find_databases, open_database, open_databases
from attribution.enrich.ip.packed import pack
from attribution.enrich.ip.range_layouts import Layout
from attribution.enrich.ip.schemas import Network, Place
from attribution.errors import DatabaseError

if TYPE_CHECKING:
    from pathlib import Path


IPTOASN = """\
192.0.2.0\t192.0.2.127\t64500\tDE\tExample Net
192.0.2.128\t192.0.2.255\t0\tNone\tNot routed
198.51.100.0\t198.51.100.255\t64501\tSE\t"Quoted" Net, GmbH
2001:db8::\t2001:db8:0:ffff:ffff:ffff:ffff:ffff\t64502\tUS\tExample Six
"""
PYASN = """\
; IP-ASN32-DAT file
; Original file : rib.20140513.0600.bz2
; Converted on  : Tue May 20 22:03:05 2014
; CIDRs         : 5
;
192.0.0.0/16\t64500
192.0.2.0/24\t64501
192.0.2.128/25\t64502
2001:db8::/32\t64503
2001:db8:1::/48\t64504
"""
PFX2AS = "192.0.2.0\t24\t64500_64501\n198.51.100.0\t24\t{64502,64503}\n203.0.113.0\t24\t64504\n2001:db8::\t32\t64505\n"
DBIP_CITY = (
    '192.0.2.0,192.0.2.255,EU,DE,Land,"Musterhausen, Dorf",50.5,8.25\n'
    "198.51.100.0,198.51.100.255,ZZ,ZZ,,,0,0\n"
    "2001:db8::,2001:db8::ffff,EU,SE,,,,\n"
)


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    data = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def country(code: str) -> Place:
    return Place(code, None, None, None, None)


@pytest.mark.parametrize("name", ["iptoasn.tsv", "iptoasn.tsv.gz", "no-such-name.mmdb"])
def test_an_iptoasn_table_gives_network_and_country(tmp_path: Path, name: str) -> None:
    with open_database(written(tmp_path, name, IPTOASN)) as table:
        assert (table.kind, table.label) == ("iptoasn", f"iptoasn {name}")
        assert table.read("192.0.2.127") == (Network(64500, "Example Net"), country("DE"))
        assert table.read("192.0.2.128") == (None, None)
        assert table.read("198.51.100.7") == (Network(64501, '"Quoted" Net, GmbH'), country("SE"))
        assert table.read("2001:db8:0:ffff::1") == (Network(64502, "Example Six"), country("US"))
        assert table.read("203.0.113.1") == (None, None)
        assert table.read("2001:db9::") == (None, None)


def test_addresses_may_be_plain_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, "u32.tsv", "0\t16777215\t0\tNone\tNot routed\n3221225984\t3221226239\t64500\tDE\tNet\n")
    with open_database(path) as table:
        assert table.read("192.0.2.0") == table.read("192.0.2.255") == (Network(64500, "Net"), country("DE"))
        assert table.read("192.0.3.0") == (None, None)


def test_the_narrowest_prefix_counts(tmp_path: Path) -> None:
    with open_database(written(tmp_path, "ipasn.dat", PYASN)) as table:
        asked = ("192.0.1.1", "192.0.2.1", "192.0.2.200", "192.0.3.1", "2001:db8::1", "2001:db8:1::1", "192.1.0.0")
        found = [network and network.asn for network, _ in map(table.read, asked)]
        assert found == [64500, 64501, 64502, 64500, 64503, 64504, None]
        assert table.build == datetime(2014, 5, 13, 6, 0, tzinfo=UTC)
        assert table.provides == ("asn",)


def test_of_several_origins_the_first_is_taken_and_of_a_set_none(tmp_path: Path) -> None:
    with open_database(written(tmp_path, "routeviews-rv2-20140106-1200.pfx2as.gz", PFX2AS)) as table:
        found = [table.read(ip)[0] for ip in ("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1")]
        assert found == [Network(64500, None), None, Network(64504, None), Network(64505, None)]
        assert table.build == datetime(2014, 1, 6, 12, 0, tzinfo=UTC)
        assert table.as_dict()["multi_origin_rows"] == 2


def test_a_set_of_origins_hides_the_wider_prefix(tmp_path: Path) -> None:
    with open_database(written(tmp_path, "x.dat", "192.0.0.0/16\t64500\n192.0.2.0/24\t{1,2}\n")) as table:
        assert table.read("192.0.2.1") == (None, None)


def test_a_table_of_cities_gives_places(tmp_path: Path) -> None:
    with open_database(written(tmp_path, "dbip-city-lite-2014-05.csv.gz", DBIP_CITY)) as table:
        assert table.read("192.0.2.1") == (None, Place("DE", "Musterhausen, Dorf", 50.5, 8.25, None))
        assert table.read("198.51.100.1") == (None, None)
        assert table.read("2001:db8::1") == (None, country("SE"))
        assert table.build == datetime(2014, 5, 1, tzinfo=UTC)


def test_a_header_says_what_the_columns_are(tmp_path: Path) -> None:
    text = (
        "\ufeffnetwork,country_code,as_name,asn,latitude,longitude,accuracy_radius\r\n"
        '192.0.2.0/24,de,"Net ""A"", Inc.",AS64500,50.5,8.25,20\r\n'
        "198.51.100.7,EU,,,91,8,5\r\n"
        "2001:db8::/32,,Six,64501,-33.5,-70.25,99999\r\n"
    )
    with open_database(written(tmp_path, "x.csv", text)) as table:
        assert table.read("192.0.2.1") == (Network(64500, 'Net "A", Inc.'), Place("DE", None, 50.5, 8.25, 20))
        assert table.read("198.51.100.7") == (None, None)
        assert table.read("2001:db8::1") == (Network(64501, "Six"), Place(None, None, -33.5, -70.25, None))


def test_bytes_that_are_no_utf8_are_read_as_latin1(tmp_path: Path) -> None:
    with open_database(written(tmp_path, "x.tsv", "192.0.2.0\t192.0.2.9\t1\tDE\tM\xfcller".encode("latin-1"))) as table:
        assert table.read("192.0.2.1")[0] == Network(1, "Müller")


def test_a_table_tells_what_it_is_and_its_rows_once_they_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "iptoasn-20140106.tsv", IPTOASN)
    with open_database(path) as table:
        told = {
            "name": "iptoasn iptoasn-20140106.tsv",
            "path": str(path),
            "kind": "iptoasn",
            "database_type": "iptoasn",
            "built": "2014-01-06T00:00:00+00:00",
            "sha256": sha256(path.read_bytes()).hexdigest(),
            "provides": ["asn", "as_org", "country"],
            "dated_by": "name",
        }
        assert table.as_dict() == told
        table.read("192.0.2.1")
        assert table.as_dict() == told | {"rows": 4, "broken_rows": 0, "multi_origin_rows": 0}


def test_the_user_may_date_any_database(tmp_path: Path, city: Path) -> None:
    path = written(tmp_path, "iptoasn-20200101.tsv", IPTOASN)
    for named in (path, city):
        with open_database(named.with_name(f"{named.name}@2014-01-06")) as database:
            assert database.build == datetime(2014, 1, 6, tzinfo=UTC)
            assert database.path == named
            assert database.as_dict()["dated_by"] == "given"


def test_a_table_is_read_when_it_is_first_asked_and_no_more_than_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Path] = []
    load = range_rows.load

    def noted(path: Path, layout: Layout) -> range_rows.Rows:
        loaded.append(path)
        return load(path, layout)

    monkeypatch.setattr("attribution.enrich.ip.range_table.load", noted)
    with open_database(written(tmp_path, "x.tsv", IPTOASN)) as table:
        assert loaded == []
        table.read("192.0.2.1")
        table.read("192.0.2.2")
        assert loaded == [table.path]


GOOD = "".join(f"10.0.{i}.0\t10.0.{i}.255\t64500\tDE\tNet {i}\n" for i in range(200))


@pytest.mark.parametrize(
    "line",
    [
        "10.1.0.0\t10.1.0.255\t64500\tDE",  # a field is missing
        "10.1.0.0\t10.1.0.255\t64500\tDE\tNet\tmore",
        "10.1.0.9\t10.1.0.0\t64500\tDE\tNet",  # ends before it begins
        "10.1.0.0\t2001:db8::\t64500\tDE\tNet",
        "10.1.0.0\t10.1.0.256\t64500\tDE\tNet",
        "10.1.0.0\t\t64500\tDE\tNet",
        "\xff\t\xfe\t64500\tDE\tNet",
        "10.1.0.0\t10.1.0.255\t4294967296\tDE\tNet",
        "10.1.0.0\t10.1.0.255\tmany\tDE\tNet",
        "10.1.0.0\t99999999999\t1\tDE\tNet",
    ],
)
def test_a_broken_row_is_counted_and_the_others_are_read(tmp_path: Path, line: str) -> None:
    half = len(GOOD) // 2
    cut = GOOD.index("\n", half) + 1
    text = f"{GOOD[:cut]}{line}\n# a comment\n\n{GOOD[cut:]}"
    with open_database(written(tmp_path, "x.tsv", text.encode("latin-1"))) as table:
        assert [table.read(f"10.0.{i}.9")[0] for i in (0, 199)] == [Network(64500, f"Net {i}") for i in (0, 199)]
        assert table.read("10.1.0.0") == (None, None)
        assert (table.as_dict()["rows"], table.as_dict()["broken_rows"]) == (201, 1)


@pytest.mark.parametrize(
    "line",
    [
        *('10.1.0.0,10.1.0.255,64500,"Net', '10.1.0.0,10.1.0.255,64500,Net"', '10.1.0.0,10.1.0.255,64500,"Net"work'),
        *('10.1.0.0,10.1.0.255,64500,A "Net", B', '"10.1.0.0,10.1.0.255,64500,Net"', "10.1.0.0,10.1.0.255,1,Net\rB"),
    ],
)
def test_a_quote_out_of_place_costs_its_own_line(tmp_path: Path, line: str) -> None:
    rows = [f'10.0.{i}.0,10.0.{i}.255,64500,"Net, {i}"' for i in range(200)]
    rows.insert(100, line)
    with open_database(written(tmp_path, "x.csv", "\n".join(rows))) as table:
        assert [table.read(f"10.0.{i}.9")[0] for i in (0, 99, 100, 199)] == [
            Network(64500, f"Net, {i}") for i in (0, 99, 100, 199)
        ]
        assert (table.as_dict()["rows"], table.as_dict()["broken_rows"]) == (201, 1)


def test_a_table_with_more_than_one_broken_row_in_a_hundred_is_refused_each_time(tmp_path: Path) -> None:
    text = GOOD + "10.1.0.0\t10.1.0.255\tmany\tDE\tNet\n" * 3
    with open_database(written(tmp_path, "x.tsv", text)) as table:
        for _ in range(2):
            with pytest.raises(
                DatabaseError, match=r"x\.tsv: 3 of 203 rows cannot be read as those of a iptoasn table"
            ):
                table.read("10.0.0.1")


def test_a_table_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = written(
        tmp_path, "x.tsv.gz", "".join(f"10.{i >> 8}.{i & 255}.0/24\t{i * 7919 % 60000 + 1}\n" for i in range(60_000))
    )
    path.write_bytes(path.read_bytes()[:-50_000])
    with open_database(path) as table, pytest.raises(DatabaseError, match=r"cut off or broken: fetch it again"):
        table.read("10.0.0.1")


def test_a_line_without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(range_lines, "_BLOCK", 1 << 16)
    with (
        open_database(written(tmp_path, "x.tsv.gz", GOOD.encode() + b"x" * (1 << 20))) as table,
        pytest.raises(DatabaseError, match="has a line of more than"),
    ):
        table.read("10.0.0.1")


def test_what_expands_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(range_lines, "_LONGEST_TABLE", 1 << 20)
    monkeypatch.setattr(range_lines, "_BLOCK", 1 << 16)
    with (
        open_database(written(tmp_path, "x.tsv.gz", GOOD.encode() + b"\n" * (1 << 22))) as table,
        pytest.raises(DatabaseError, match="longer than any table"),
    ):
        table.read("10.0.0.1")


def test_too_many_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(range_rows, "_MOST_ROWS", 100)
    with open_database(written(tmp_path, "x.tsv", GOOD)) as table, pytest.raises(DatabaseError, match="more than 100"):
        table.read("10.0.0.1")


@pytest.mark.parametrize("more", [b"garbage", None])
def test_a_packed_table_that_is_broken_from_the_start_is_told_so(tmp_path: Path, more: bytes | None) -> None:
    packed = gzip.compress(IPTOASN.encode())
    (tmp_path / "x.tsv.gz").write_bytes(packed[:-9] if more is None else packed + more)
    with pytest.raises(DatabaseError, match=r"x\.tsv\.gz is cut off or broken: fetch it again"):
        open_database(tmp_path / "x.tsv.gz")


def test_a_path_that_there_cannot_be_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="does not exist"):
        open_databases([tmp_path / "a\0b"])


def test_a_table_of_broken_rows_is_refused_before_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(range_rows, "_MOST_ROWS", 10_000)
    monkeypatch.setattr(range_lines, "_BLOCK", 4096)
    good = "".join(f"192.0.2.{n}\t192.0.2.{n}\t64500\tDE\tNet\n" for n in range(200))
    path = written(tmp_path, "x.tsv", good + "9.9.9.9\t1.1.1.1\t5\tDE\tX\n" * 5000)
    with open_database(path) as database, pytest.raises(DatabaseError, match=r"rows cannot be read") as caught:
        database.read("192.0.2.1")
    broken = int(str(caught.value).split(": ")[1].split()[0].replace(",", ""))
    assert 100 < broken < 400


def test_more_names_than_any_table_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "x.tsv", "".join(f"192.0.2.{n}\t192.0.2.{n}\t64500\tDE\tNet {n}\n" for n in range(200)))
    with open_database(path) as database:
        database.read("192.0.2.1")
    monkeypatch.setattr(range_rows, "_MOST_WORDS", 200 * 64)
    with open_database(path) as database, pytest.raises(DatabaseError, match="more names than any table has"):
        database.read("192.0.2.1")


def test_ranges_that_overlap_by_the_million_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "_MOST_CUT", 100)
    inside = "".join(f"192.0.2.{n}\t192.0.2.255\t64500\tDE\tNet\n" for n in range(200))
    apart = "".join(f"192.0.2.{n}\t192.0.2.{n}\t64500\tDE\tNet\n" for n in range(200))
    overlapping = open_database(written(tmp_path, "x.tsv", inside))
    with overlapping, pytest.raises(DatabaseError, match=r"x\.tsv: more than 100 ranges overlap"):
        overlapping.read("192.0.2.1")
    with open_database(written(tmp_path, "y.tsv", apart)) as database:
        assert database.read("192.0.2.1")[0] == Network(64500, "Net")


@pytest.mark.parametrize(
    "build", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x", 5, None, [], "2014-02-30"]
)
def test_a_record_whose_date_is_none_dates_nothing(tmp_path: Path, build: object) -> None:
    path = written(tmp_path, "mine.tsv", IPTOASN)
    record_path_of(path).write_text(json.dumps({"build": build}))
    with open_database(path) as database:
        assert database.build is None


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_blocks_of_any_size_give_the_same_table(tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(range_lines, "_BLOCK", max(size, 64))
    with open_database(written(tmp_path, "x.tsv.gz", "# comment\n" + GOOD)) as table:
        assert [table.read(f"10.0.{i}.9")[0] for i in range(200)] == [Network(64500, f"Net {i}") for i in range(200)]
        assert table.as_dict()["rows"] == 200


def test_a_text_of_no_known_form_is_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"text file of a form that is not known.*iptoasn.*pyasn.*header|names its"):
        open_database(written(tmp_path, "x.txt", "Dear all,\nno ranges here.\n"))
    with pytest.raises(DatabaseError, match=r"compressed with gzip, and holds no table"):
        open_database(written(tmp_path, "x.txt.gz", "Dear all,\nno ranges here.\n"))


def test_a_closed_table_says_so(tmp_path: Path) -> None:
    with open_database(written(tmp_path, "x.tsv", IPTOASN)) as table:
        pass
    with pytest.raises(DatabaseError, match="was closed"):
        table.read("192.0.2.1")


def test_tables_are_found_in_the_data_folder_by_name_or_by_their_record(data: Path, tmp_path: Path) -> None:
    data.mkdir()
    names = ["iptoasn.tsv.gz", "routeviews-2014-01.pfx2as.gz", "routeviews6-2014-01.pfx2as.gz", "mine.csv"]
    for name in [*names[:-1], "notes.csv", "notes.txt", ".hidden.csv"]:
        written(data, name, IPTOASN)
    add(None, written(tmp_path, "mine.csv", IPTOASN), built=date(2014, 1, 6))
    record_path_of(data / "notes.csv").write_text(json.dumps({"build": "2014-01-06", "path": "notes.csv"}))
    for name in ("nmap-service-probes", "nmap-service-probes.json"):  # not every data set is an IP database
        written(data, name, "{}")
    (data / "a.mmdb").write_bytes(b"x")
    found = find_databases()
    assert found[0] == data / "a.mmdb"
    assert sorted(path.name for path in found[1:]) == sorted(names)


def test_a_table_is_named_once_whatever_its_date(tmp_path: Path) -> None:
    path = written(tmp_path, "x.tsv", IPTOASN)
    databases, _ = open_databases([path, path.with_name("x.tsv@2014-01-06")])
    assert [database.path for database in databases] == [path]
    assert databases[0].was_named
    databases, _ = open_databases([], found=[path])
    assert not databases[0].was_named


PREFIXES = st.lists(
    st.one_of(
        st.tuples(st.integers(0xC0000200, 0xC00002FF), st.integers(22, 32)).map(
            lambda net: ipaddress.ip_network((net[0], net[1]), strict=False)
        ),
        st.tuples(st.integers(0, 255), st.integers(118, 128)).map(
            lambda net: ipaddress.ip_network((0x20010DB8 << 96 | net[0], net[1]), strict=False)
        ),
    ),
    min_size=1,
    max_size=30,
    unique=True,
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(PREFIXES)
def test_each_address_has_its_longest_prefix(
    tmp_path: Path, prefixes: list[ipaddress.IPv4Network | ipaddress.IPv6Network]
) -> None:
    text = "".join(f"{prefix}\t{number}\n" for number, prefix in enumerate(prefixes, 1))
    with open_database(written(tmp_path, "x.dat", text)) as table:
        addresses = [
            ipaddress.ip_address(base + number)
            for base in (0xC0000200, 0x20010DB8 << 96)
            for number in range(0, 256, 5)
        ]
        ips = pa.array([str(address) for address in addresses])
        answers = table.read_many(ips, pack(ips))
        found = [answers.networks["asn"][at].as_py() if at >= 0 else None for at in answers.network.tolist()]
        for address, number in zip(addresses, found, strict=True):
            holding = [(net.prefixlen, n) for n, net in enumerate(prefixes, 1) if address in net]
            assert number == (max(holding)[1] if holding else None)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300), st.sampled_from([IPTOASN, PYASN, PFX2AS, DBIP_CITY, ""]), st.booleans())
def test_any_bytes_are_a_table_or_an_error_of_our_own(tmp_path: Path, more: bytes, start: str, packed: bool) -> None:
    path = written(tmp_path, "x.gz" if packed else "x", start.encode() * 20 + more)
    with contextlib.suppress(DatabaseError), open_database(path) as table:
        for ip in ("192.0.2.1", "2001:db8::1", "203.0.113.7"):
            table.read(ip)


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text('",a #\r', max_size=14).filter(lambda line: not line.startswith(("#", ";"))), max_size=8))
def test_a_line_is_split_as_the_csv_module_splits_it_or_is_broken(tmp_path: Path, lines: list[str]) -> None:
    layout = Layout("table", "Table", ",", True, 3, 0, {"start": 0, "end": 1, "as_org": 2})
    path = written(tmp_path, "x.csv", "\n".join(lines))
    whole = [line for line in lines if line not in ("", "\r")]
    taken: list[tuple[bytes, ...]] = []
    rows = broken = 0
    for block in range_lines.read_blocks(path, layout):
        taken += zip(*(column.to_pylist() for column in block.columns.values()), strict=True)
        rows, broken = rows + block.rows, broken + block.broken
    assert (rows, len(taken)) == (len(whole), len(whole) - broken)
    plain = [line.removesuffix("\r") for line in whole]
    fields = [row for line in plain if "\r" not in line for row in csv.reader([line])]
    split = [tuple(field.encode() for field in row) for row in fields]
    # Those that are taken stand among all in their order.
    remaining = iter(split)
    assert all(row in remaining for row in taken)


def test_lines_as_they_usually_are_are_none_of_them_broken(tmp_path: Path) -> None:
    rows = [["192.0.2.0", "192.0.2.9", name] for name in ("A", "", 'a "b", c', '"', '""', ",", 'x"y', "ü", "'")]
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    layout = Layout("table", "Table", ",", True, 3, 0, {"start": 0, "end": 1, "as_org": 2})
    (block,) = range_lines.read_blocks(written(tmp_path, "x.csv", text.getvalue()), layout)
    assert [octets.decode() for octets in block.columns["as_org"].to_pylist()] == [row[2] for row in rows]
    assert block.broken == 0


def test_a_table_left_half_read_does_not_disturb_the_end_of_the_interpreter(tmp_path: Path) -> None:
    path = written(tmp_path, "x.tsv.gz", "".join(f"10.{n >> 8}.{n & 255}.0/24\t{n + 1}\n" for n in range(60_000)))
    script = f"""
from pathlib import Path
from attribution.enrich.ip import range_lines, range_layouts
range_lines._BLOCK = 1 << 14
path = Path({str(path)!r})
layout = range_layouts.recognise_layout(range_lines.read_head(path).lines)
kept = [range_lines.read_blocks(path, layout) for _ in range(5)]
print(sum(next(blocks).rows for blocks in kept) > 0)
"""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")
