"""Files of somebody else that are no mail: trust lists, databases, finished cases (C.5, 22, 23, 25 and 32)."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from attribution import CaseError, UsageError, enrich, open_case, trace
from attribution.enrich.ip.base import one_by_one
from attribution.tables import TABLES
from tests.hostile.payloads import EVIL, message

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attribution.enrich.ip.base import Answers
    from attribution.enrich.ip.packed import Packed
    from tests.hostile.conftest import Run

TRUST: dict[str, bytes] = {
    "nested": b"hosts = " + b"[" * 100_000,
    "tables in tables": b"[" + b"a." * 50_000 + b"b]\n",
    "large": b'hosts = ["a.example"]\n#' + b"x" * (1 << 20),
    "no text": b"hosts = ['\xff\xfe']",
    "zeros": bytes(10_000),
    "numbers": b"hosts = [1, 2]\n",
    "a host that is none": b'hosts = ["\\u001b[2J"]\n',
    "a network that is none": b'networks = ["0.0.0.0/99"]\n',
    "another key": b'hosts = ["a.example"]\nscript = "x"\n',
}


@pytest.mark.parametrize("content", TRUST.values(), ids=TRUST.keys())
def test_a_trust_list_that_makes_no_sense_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "trust.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="--trust"):
        trace(message(), trust=[str(path)])


def database(path: Path, kind: str, records: dict[str, Any]) -> Path:
    writer = MMDBWriter(
        ip_version=6, ipv4_compatible=True, database_type=kind, languages=["en"], description="invented"
    )
    for prefix, record in records.items():
        writer.insert_network(IPSet([prefix]), record)
    writer.to_db_file(str(path))
    return path


def named(text: str) -> dict[str, Any]:
    return {"autonomous_system_number": 64500, "autonomous_system_organization": text}


def test_names_in_a_database_act_nowhere(run: Run, tmp_path: Path) -> None:
    texts = [text.decode("utf-8", "replace") for text in EVIL if len(text) < 200]
    (tmp_path / "mail").mkdir()
    records = {}
    for number, text in enumerate(texts):
        ip = f"203.0.113.{number}"
        records[f"{ip}/32"] = named(text)
        (tmp_path / "mail" / f"{number}.eml").write_bytes(message(ip=ip.encode()))
    database(tmp_path / "\x1b[2J<b>.mmdb", "GeoLite2-ASN", records)
    done = run("analyze", "mail", "--out", "case", "--workers", 1, "--mmdb", "\x1b[2J<b>.mmdb")
    assert done.returncode == 0, done.stderr.decode()
    case = open_case(tmp_path / "case")
    found = dict(case.addresses[["ip", "as_org"]].to_numpy().tolist())
    assert found == {f"203.0.113.{number}": text for number, text in enumerate(texts)}
    page = (tmp_path / "case" / "report.html").read_text("utf-8")
    for shown in (done.stdout.decode(), done.stderr.decode(), page):
        assert all(char.isprintable() or char == "\n" for char in shown)
        assert "http://evil" not in shown
    assert not any(tag in page for tag in ("<script", "<img", "<svg o", "<iframe", "<b>"))


def test_a_database_of_another_kind_fills_only_what_it_knows(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(message())
    city = {"city": {"names": {"en": "Musterhausen"}}, "country": {"iso_code": "DE"}}
    database(tmp_path / "asn.mmdb", "GeoLite2-City", {"203.0.113.0/24": city})
    found = json.loads(run("trace", "a.eml", "--json", "--mmdb", "asn.mmdb").stdout)["facts"]["203.0.113.9"]
    assert (found["asn"], found["country"]) == (None, "DE")


@pytest.mark.parametrize("size", [0, 1, 100, 1_000, -1, -100])
def test_a_database_that_is_cut_or_noise_has_its_exit_code(size: int, run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(message())
    whole = database(tmp_path / "a.mmdb", "GeoLite2-ASN", {"203.0.113.0/24": named("x")}).read_bytes()
    (tmp_path / "a.mmdb").write_bytes(whole[:size])
    done = run("trace", "a.eml", "--mmdb", "a.mmdb")
    (line,) = done.stderr.decode().splitlines()
    assert (done.returncode, done.stdout) == (5, b"")
    assert line.startswith("error: a.mmdb ")


SPECIAL = [
    *("10.1.2.3", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.1.1", "100.64.0.1", "255.255.255.255"),
    *(str(ipaddress.IPv4Address(0)), str(ipaddress.IPv4Address(7))),
    *("224.0.0.1", "240.0.0.1", "198.18.0.1", "192.0.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1"),
    *("64:ff9b::808:808", "2001:0:4136:e378::1", "2002:808:808::1", "::ffff:8.8.8.8"),
    *("2002:a00:1::1", "not an address", "203.0.113.256", ""),
]


class Listening:
    """A database that knows everything and remembers what it was asked."""

    label = "listening"
    build = None
    provides = ("asn",)

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, ip: str) -> tuple[None, None]:
        self.asked.append(ip)
        return None, None

    def read_many(self, ips: pa.Array, addresses: Packed) -> Answers:
        return one_by_one(cast("enrich.Database", self), ips, addresses)


def test_addresses_of_no_host_on_the_internet_are_never_looked_up() -> None:
    asked = Listening()
    ips = [*SPECIAL, "8.8.8.8", "2001:4860:4860::8888"]
    times = pa.nulls(len(ips), pa.timestamp("us", tz="UTC"))
    table = pa.table({"ip": pa.array(ips), "first_seen": times, "last_seen": times})
    tally = enrich.Tally()
    enrich.look_up(table, [asked], tally)  # type: ignore[list-item]  # as much of a database as is asked for
    assert asked.asked == ["8.8.8.8", "2001:4860:4860::8888"]
    assert tally.special == len(SPECIAL)
    assert all(ipaddress.ip_address(ip).is_global for ip in asked.asked)


def damaged_tables() -> dict[str, Callable[[Path], object]]:
    def other_columns(path: Path) -> None:
        pq.write_table(pa.table({"x": [1]}), path)

    def other_types(path: Path) -> None:
        table = pq.read_table(path)
        column = table.schema.get_field_index("findings")
        pq.write_table(table.set_column(column, "findings", pa.array(["x"] * len(table))), path)

    return {
        "empty": lambda path: path.write_bytes(b""),
        "cut": lambda path: path.write_bytes(path.read_bytes()[:-100]),
        "noise": lambda path: path.write_bytes(b"PAR1" + bytes(1_000) + b"PAR1"),
        "other columns": other_columns,
        "other types": other_types,
    }


@pytest.mark.parametrize("damage", damaged_tables().values(), ids=damaged_tables().keys())
def test_a_table_that_was_changed_is_told(damage: Callable[[Path], object], pit_case: Path, tmp_path: Path) -> None:
    shutil.copytree(pit_case, tmp_path / "case")
    (part,) = (tmp_path / "case" / "messages").iterdir()
    damage(part)
    with pytest.raises(CaseError, match="messages: a part cannot be read"):
        open_case(tmp_path / "case").summary()


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"7", b"[" * 200_000, b"\xff", b'{"a":'], ids=range(7))
def test_a_run_record_that_was_changed_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(CaseError, match=r"run\.json"):
        open_case(tmp_path)


def test_a_run_record_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.json")
    with pytest.raises(CaseError, match="no regular file"):
        open_case(tmp_path)


def test_the_tables_of_a_case_have_the_columns_of_the_contract_however_hostile_the_mail(pit_case: Path) -> None:
    case = open_case(pit_case)
    for name, schema in TABLES.items():
        assert case.table(name).schema.equals(schema), name
    assert case.messages["origin_grade"].isin(["vouched", "claimed", "none", "corroborated"]).all()
