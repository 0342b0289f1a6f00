"""Databases that were damaged or made to do harm: a typed error or an unknown, never a crash (craft C.5, 22)."""

from __future__ import annotations

import contextlib
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attribution.enrich.ip.databases import open_database
from attribution.enrich.ip.schemas import Place
from attribution.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeDatabase = Callable[..., Path]


def text(value: str) -> bytes:
    data = value.encode()
    return bytes([0x40 + len(data)]) + data


def pointer(offset: int) -> bytes:
    return b"\x38" + struct.pack(">I", offset)


def metadata(nodes: int, database_type: str) -> bytes:
    fields = (
        text("node_count") + b"\xc4" + struct.pack(">I", nodes),
        text("record_size") + b"\xa1\x20",
        text("ip_version") + b"\xa1\x04",
        text("database_type") + text(database_type),
        text("binary_format_major_version") + b"\xa1\x02",
        text("binary_format_minor_version") + b"\xa0",
        text("build_epoch") + b"\x04\x02" + struct.pack(">I", 1_700_000_000),
        text("languages") + b"\x00\x04",
        text("description") + b"\xe0",
    )
    return b"\xab\xcd\xefMaxMind.com" + bytes([0xE0 + len(fields)]) + b"".join(fields)


def fan_of_pointers(levels: int = 40, width: int = 16) -> bytes:
    """Return lists of pointers to one list of pointers, and so on: small as a file, huge once it is read."""
    data, below = text("x"), 0
    for _ in range(levels):
        here = len(data)
        data += bytes([width, 0x04]) + pointer(below) * width
        below = here
    return data + b"\xe1" + text("city") + pointer(below)


def test_metadata_with_a_number_as_the_key_of_a_map_are_refused(city: Path, tmp_path: Path) -> None:
    data = city.read_bytes()
    key = text("node_count")
    at = data.rindex(key)
    path = tmp_path / "keys.mmdb"
    path.write_bytes(data[:at] + b"\x68" + b"\x41" * 8 + data[at + len(key) :])
    with pytest.raises(DatabaseError, match="is no MMDB file, or is cut off"):
        open_database(path)


def half_and_half(data: bytes, record: int) -> bytes:
    """Return a database whose addresses below 128.0.0.0 have the record at an offset, the others a good one."""
    good = len(data)
    data += b"\xe1" + text("country") + b"\xe1" + text("iso_code") + text("DE")
    tree = struct.pack(">II", 1 + 16 + record, 1 + 16 + good)
    return tree + bytes(16) + data + metadata(1, "GeoLite2-City")


FAN = fan_of_pointers()
HOSTILE = {
    "fan of pointers": half_and_half(FAN, len(FAN) - len(b"\xe1" + text("city") + pointer(0))),
    "pointer to itself": half_and_half(pointer(0), 0),
    "pointer beyond the file": half_and_half(pointer(2**32 - 1), 0),
    "list as the key of a map": half_and_half(b"\xe1\x03\x04" + text("a") * 3 + text("b"), 0),
    # maxminddb's extension takes what stands there for the place of a text, and ends the interpreter.
    "number as the key of a map": half_and_half(b"\xe1\x68" + bytes(range(8)) + text("b"), 0),
    "pointer to a number as the key of a map": half_and_half(
        b"\x68" + b"\x41" * 8 + b"\xe1" + pointer(0) + text("b"), 9
    ),
    "map as the key of a map": half_and_half(b"\xe1\xe1" + text("a") * 3, 0),
    "key beyond the file": half_and_half(b"\xe1" + pointer(2**32 - 1) + text("b"), 0),
    "map without an end": half_and_half(b"\xff\xff\xff\xff" + text("a") * 4, 0),
    "number of nine octets": half_and_half(b"\xe1" + text("city") + b"\x09\x02" + bytes(9), 0),
    "type that there is not": half_and_half(b"\xe1" + text("city") + b"\x00\x20", 0),
    "maps in maps": half_and_half((b"\xe1" + text("a")) * 40 + text("b"), 0),
    "list that claims to be huge": half_and_half(b"\x1f\x04\xff\xff\xff", 0),
    "text that is no UTF-8": half_and_half(b"\xe1" + text("city") + b"\x42\xff\xfe", 0),
    "names that are a number": half_and_half(b"\xe1" + text("city") + b"\xe1" + text("names") + b"\xa1\x07", 0),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_record_is_broken_and_the_others_are_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hostile.mmdb"
    path.write_bytes(content)
    with open_database(path) as database:
        with pytest.raises(DatabaseError, match="broken"):
            database.read("8.8.8.8")
        assert database.read("203.0.113.1") == (None, Place("DE", None, None, None, None))


def test_a_tree_that_is_all_branches_and_no_records_is_refused(tmp_path: Path) -> None:
    depth = 32
    tree = b"".join(struct.pack(">II", level + 1, level + 1) for level in range(depth))
    path = tmp_path / "tree.mmdb"
    path.write_bytes(tree + bytes(16) + b"\xe0" + metadata(depth, "GeoLite2-City"))
    with pytest.raises(DatabaseError, match="no record"):
        open_database(path)


def test_a_tree_that_runs_in_a_circle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "circle.mmdb"
    path.write_bytes(struct.pack(">II", 0, 0) + bytes(16) + b"\xe0" + metadata(1, "GeoLite2-City"))
    with pytest.raises(DatabaseError, match="no record"):
        open_database(path)


def test_a_file_cut_off_anywhere_is_refused(make_mmdb: MakeDatabase, tmp_path: Path) -> None:
    records = {f"198.51.{i}.0/24": {"country_code": "DE", "city": f"Stadt {i}"} for i in range(256)}
    whole = make_mmdb("whole.mmdb", "flat", records).read_bytes()
    part = tmp_path / "part.mmdb"
    for size in range(1, len(whole), 512):
        part.write_bytes(whole[:size])
        with pytest.raises(DatabaseError):
            open_database(part)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=20))
def test_damaged_bytes_give_errors_of_our_own_or_answers(
    city: Path, tmp_path: Path, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(city.read_bytes())
    for where, value in changes:
        data[where % len(data)] = value
    path = tmp_path / "damaged.mmdb"
    path.unlink(missing_ok=True)  # a new file, for the old one may be mapped still
    path.write_bytes(data)
    with contextlib.suppress(DatabaseError), open_database(path) as database:
        for ip in ("198.51.100.7", "203.0.113.7", "192.0.2.7", "2001:db8::7", "2001:db9::7"):
            with contextlib.suppress(DatabaseError):
                database.read(ip)
