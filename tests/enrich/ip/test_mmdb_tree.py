from __future__ import annotations

import io
import ipaddress
from typing import TYPE_CHECKING, Any

import maxminddb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attribution.enrich.ip.base import one_by_one
from attribution.enrich.ip.databases import open_database
from attribution.enrich.ip.mmdb_tree import RECORD_SIZES, SearchTree
from attribution.enrich.ip.packed import pack
from attribution.errors import DatabaseError
from tests.enrich.ip.test_databases_hostile import HOSTILE, half_and_half, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attribution.enrich.ip.base import Answers

    MakeDatabase = Callable[..., Path]


def with_record_size(data: bytes, size: int) -> bytes:
    """Return a database whose records have 24 bits with records of another size."""
    start = data.rindex(b"\xab\xcd\xefMaxMind.com")
    key = text("record_size")
    at = data.index(key, start) + len(key)
    assert data[at : at + 2] == b"\xa1\x18"
    nodes = maxminddb.open_database(io.BytesIO(data), maxminddb.MODE_FD).metadata().node_count
    packed = bytearray()
    for node in range(nodes):
        left, right = (int.from_bytes(data[node * 6 + side : node * 6 + side + 3], "big") for side in (0, 3))
        if size == 28:
            packed += (left & 0xFFFFFF).to_bytes(3, "big") + bytes([left >> 24 << 4 | right >> 24])
            packed += (right & 0xFFFFFF).to_bytes(3, "big")
        else:
            packed += left.to_bytes(size // 8, "big") + right.to_bytes(size // 8, "big")
    return bytes(packed) + data[nodes * 6 : at + 1] + bytes([size]) + data[at + 2 :]


def facts(answers: Answers) -> list[tuple[Any, Any, bool]]:
    """Return network, place and brokenness of each address."""
    networks, places = answers.networks.to_pylist(), answers.places.to_pylist()
    return [
        (networks[network] if network >= 0 else None, places[place] if place >= 0 else None, broken)
        for network, place, broken in zip(
            answers.network.tolist(), answers.place.tolist(), answers.broken.tolist(), strict=True
        )
    ]


def assert_same_as_one_by_one(path: Path, ips: list[str]) -> None:
    column = pa.array(ips)
    with open_database(path) as database:
        many = facts(database.read_many(column, pack(column)))
        assert many == facts(one_by_one(database, column, pack(column)))
        # Asked again, it answers from what it remembers.
        assert facts(database.read_many(column, pack(column))) == many


NETWORKS = st.one_of(
    st.tuples(st.integers(1 << 24, (224 << 24) - 1), st.integers(4, 32)).map(
        lambda net: ipaddress.ip_network((net[0], net[1]), strict=False)
    ),
    st.tuples(st.integers(1 << 125, (1 << 126) - 1), st.integers(4, 128)).map(
        lambda net: ipaddress.ip_network((net[0], net[1]), strict=False)
    ),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(NETWORKS, min_size=1, max_size=12, unique=True),
    st.lists(st.ip_addresses(), max_size=20),
    st.sampled_from(RECORD_SIZES),
    st.sampled_from([4, 6]),
)
def test_many_addresses_are_answered_as_each_is_alone(
    make_mmdb: MakeDatabase,
    networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network],
    more: list[ipaddress.IPv4Address | ipaddress.IPv6Address],
    size: int,
    version: int,
) -> None:
    own = [network for network in networks if network.version <= version] or [ipaddress.ip_network("192.0.2.0/24")]
    records = {str(net): {"asn": 64500 + n, "as_name": f"Net {n}", "country_code": "DE"} for n, net in enumerate(own)}
    path = make_mmdb("x.mmdb", "flat", records, version=version)
    data = path.read_bytes()
    path.unlink()  # a new file, for the old one may be mapped still
    path.write_bytes(with_record_size(data, size))
    edges = [end for net in networks for end in (net[0], net[-1])]
    assert_same_as_one_by_one(path, [str(address) for address in [*edges, *more]])


def test_addresses_that_share_a_record_share_a_row(lite: Path) -> None:
    column = pa.array([f"198.51.100.{n}" for n in range(256)])
    with open_database(lite) as database:
        answers = database.read_many(column, pack(column))
    assert (len(answers.networks), len(answers.places)) == (1, 1)
    assert set(answers.network.tolist()) == {0}


def test_each_record_is_read_once(lite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    column = pa.array([f"198.51.100.{n}" for n in range(256)] + ["2001:db8::1", "9.9.9.9"])
    read: list[str] = []

    def noted(ip: str, end: int) -> tuple[None, None]:  # noqa: ARG001 (as it is called)
        read.append(ip)
        return None, None

    with open_database(lite) as database:
        monkeypatch.setattr(database, "_read", noted)
        database.read_many(column, pack(column))
        database.read_many(column, pack(column))
    assert read == ["198.51.100.0", "2001:db8::1"]


def test_what_is_remembered_is_bounded(make_mmdb: MakeDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attribution.enrich.ip.mmdb._REMEMBERED", 10)
    records = {f"198.51.{n}.0/24": {"asn": 64500 + n} for n in range(64)}
    path = make_mmdb("x.mmdb", "flat", records)
    for step in (1, 7):
        column = pa.array([f"198.51.{n}.1" for n in range(0, 64, step)])
        with open_database(path) as database:
            for _ in range(2):
                answers = database.read_many(column, pack(column))
                assert answers.networks["asn"].to_pylist() == [64500 + n for n in range(0, 64, step)]


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_broken_record_is_told_for_each_of_its_addresses(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hostile.mmdb"
    path.write_bytes(content)
    column = pa.array(["8.8.8.8", "203.0.113.1", "9.9.9.9", "203.0.113.2", "2001:db8::1"])
    with open_database(path) as database:
        answers = database.read_many(column, pack(column))
    assert answers.broken.tolist() == [True, False, True, False, False]
    assert [answers.places["country"][at].as_py() for at in answers.place[[1, 3]]] == ["DE", "DE"]


def test_a_walk_in_a_circle_ends_where_the_address_does(tmp_path: Path) -> None:
    data = text("x")
    good = len(data)
    data += b"\xe1" + text("country") + b"\xe1" + text("iso_code") + text("DE")
    content = bytearray(half_and_half(data, good))
    content[0:4] = bytes(4)  # below 128.0.0.0 the tree leads to itself
    path = tmp_path / "circle.mmdb"
    path.write_bytes(bytes(content))
    assert_same_as_one_by_one(path, ["8.8.8.8", "203.0.113.1", "127.255.255.255", "0.0.0.1"])


def test_a_tree_that_is_larger_than_the_file_is_refused(lite: Path) -> None:
    with maxminddb.open_database(lite) as reader:
        metadata = reader.metadata()
    nodes, size = metadata.node_count, metadata.record_size
    SearchTree(lite, nodes, size, 6)
    for wrong in ((1 << 20, size), (0, size), (1 << 32, size), (nodes, 26)):
        with pytest.raises(ValueError, match="the tree"):
            SearchTree(lite, *wrong, 6)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=20))
def test_damaged_bytes_are_answered_as_one_by_one(city: Path, tmp_path: Path, changes: list[tuple[int, int]]) -> None:
    data = bytearray(city.read_bytes())
    for where, value in changes:
        data[where % len(data)] = value
    path = tmp_path / "damaged.mmdb"
    path.unlink(missing_ok=True)  # a new file, for the old one may be mapped still
    path.write_bytes(data)
    ips = ["198.51.100.7", "203.0.113.7", "192.0.2.7", "2001:db8::7", "2001:db9::7"]
    try:
        assert_same_as_one_by_one(path, ips)
    except DatabaseError as error:
        assert "damaged.mmdb" in str(error)  # noqa: PT017 (what it refuses to open is no matter here)


def test_the_walk_of_no_addresses_ends_nowhere(city: Path) -> None:
    with open_database(city) as database:
        answers = database.read_many(pa.array([], pa.string()), pack([]))
    assert (len(answers.network), len(answers.networks), len(answers.places)) == (0, 0, 0)
    assert np.array_equal(answers.broken, np.empty(0, bool))
