"""Members of zip archives, and what is wrong with the broken ones."""

from __future__ import annotations

import io
import stat
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.corpus.budget import Budget
from attribution.corpus.streams import Buffered, Unreadable, read_exactly
from attribution.corpus.zip import ZipReader
from attribution.limits import Limits

if TYPE_CHECKING:
    from attribution.corpus.zip import ZipMember

TEXT = b"Subject: x\n\n" + b"a line of text\n" * 500


def archive(
    *members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b""
) -> bytes:
    handle = io.BytesIO()
    with zipfile.ZipFile(handle, "w", method) as writer:
        for name, data in members:
            writer.writestr(name, data, None if isinstance(name, str) else name.compress_type)
        writer.comment = comment
    return handle.getvalue()


def content(reader: ZipReader, member: ZipMember, limits: Limits | None = None) -> bytes:
    limits = limits or Limits()
    return read_exactly(reader.open(member, limits, Budget(limits)), 1 << 20)


def contents(data: bytes) -> list[tuple[bytes, bytes]]:
    reader = ZipReader(Buffered(data))
    return [(member.name, content(reader, member)) for member in reader]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_members_come_in_order_with_their_bytes(method: int) -> None:
    expected = [("a.eml", TEXT), ("d/b.eml", b""), ("c", b"x")]
    data = archive(*expected, method=method)
    assert contents(data) == [(name.encode(), text) for name, text in expected]


def test_a_comment_and_leading_bytes_are_allowed() -> None:
    data = b"#!/bin/sh\n" * 9 + archive(("a", TEXT), comment=b"PK\x05\x06 looks like an end")
    assert contents(data) == [(b"a", TEXT)]


def test_zip64_numbers_are_read() -> None:
    handle = io.BytesIO()
    with (
        zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED) as writer,
        writer.open("a", "w", force_zip64=True) as member,
    ):
        member.write(TEXT)
    assert contents(handle.getvalue()) == [(b"a", TEXT)]


def test_a_directory_may_stand_in_a_zip64_record() -> None:
    data = archive(("a", TEXT), method=zipfile.ZIP_STORED)
    end = data.rindex(b"PK\x05\x06")
    size, offset = data[end + 12 : end + 16], data[end + 16 : end + 20]
    record = b"PK\x06\x06" + (44).to_bytes(8, "little") + bytes(28) + size + bytes(4) + offset + bytes(4)
    locator = b"PK\x06\x07" + bytes(4) + end.to_bytes(8, "little") + (1).to_bytes(4, "little")
    tail = b"PK\x05\x06" + bytes(4) + b"\xff" * 12 + bytes(2)
    assert contents(data[:end] + record + locator + tail) == [(b"a", TEXT)]
    assert contents(b"moved" + data[:end] + record + locator + tail) == [(b"a", TEXT)]
    with pytest.raises(Unreadable, match="no zip directory"):
        contents(data[:end] + b"PK\x07\x07" + record[4:] + locator + tail)


def test_names_are_utf8_or_code_page_437() -> None:
    data = archive(("Entwürfe", b""), ("plain", b""))
    assert [name.decode() for name, _ in contents(data)] == ["Entwürfe", "plain"]
    assert contents(data.replace(b"plain", b"pl\x84in"))[1][0].decode() == "pläin"


def refusals(data: bytes) -> list[str | None]:
    return [member.refusal() for member in ZipReader(Buffered(data))]


def test_links_devices_encryption_and_unknown_methods_are_refused() -> None:
    items = []
    for mode in (stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o600, stat.S_IFREG | 0o600):
        item = zipfile.ZipInfo(f"m{mode}")
        item.create_system, item.external_attr = 3, mode << 16
        items.append((item, b"/etc/passwd"))
    assert refusals(archive(*items)) == [
        "a symbolic link in a zip archive",
        "a device, pipe or socket in a zip archive",
        None,
    ]
    data = bytearray(archive(("a", TEXT)))
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    assert refusals(bytes(data)) == ["an encrypted member of a zip archive"]
    assert refusals(archive(("a", TEXT), method=zipfile.ZIP_LZMA)) == ["a zip member packed by LZMA"]
    data[at + 8] &= 0xFE
    data[at + 10] = 77
    assert refusals(bytes(data)) == ["a zip member packed by method 77"]


def test_folders_are_told_apart() -> None:
    assert [member.folder for member in ZipReader(Buffered(archive(("d/", b""), ("d/a", b""))))] == [True, False]


def test_a_wrong_checksum_is_found_at_the_end() -> None:
    data = bytearray(archive(("a", TEXT), ("b", TEXT), method=zipfile.ZIP_STORED))
    data[60] ^= 1
    reader = ZipReader(Buffered(bytes(data)))
    first, second = reader
    with pytest.raises(Unreadable, match="wrong checksum") as caught:
        content(reader, first)
    assert caught.value.layer is first
    assert content(reader, second) == TEXT


def test_a_size_that_lies_is_found() -> None:
    data = bytearray(archive(("a", TEXT)))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24] ^= 1
    reader = ZipReader(Buffered(bytes(data)))
    with pytest.raises(Unreadable, match="where the directory says"):
        content(reader, next(iter(reader)))


@pytest.mark.parametrize(
    ("field", "value", "detail"), [(42, 99, "no zip member at byte"), (23, 0x7F, "beyond the archive")]
)
def test_a_directory_that_lies_about_a_member_costs_only_that_member(field: int, value: int, detail: str) -> None:
    data = bytearray(archive(("a", TEXT), ("b", TEXT)))
    data[data.index(b"PK\x01\x02") + field] = value
    reader = ZipReader(Buffered(bytes(data)))
    first, second = reader
    with pytest.raises(Unreadable, match=detail) as caught:
        content(reader, first)
    assert caught.value.layer is first
    assert content(reader, second) == TEXT


def test_a_member_that_expands_too_far_costs_only_that_member() -> None:
    limits = Limits(ratio_floor_bytes=100_000, expansion_ratio=50)
    reader = ZipReader(Buffered(archive(("a", bytes(1_000_000)), ("b", TEXT))))
    first, second = reader
    with pytest.raises(Unreadable, match="archive bomb") as caught:
        content(reader, first, limits)
    assert (caught.value.layer, caught.value.status) == (first, "too-large")
    assert content(reader, second, limits) == TEXT


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_an_archive_without_its_end_has_no_directory(cut: int) -> None:
    with pytest.raises(Unreadable, match="no zip directory"):
        contents(archive(("a", TEXT))[:-cut])


def test_a_broken_directory_keeps_what_came_before() -> None:
    data = bytearray(archive(("a", TEXT), ("b", TEXT)))
    data[data.rindex(b"PK\x01\x02")] = 0
    found: list[bytes] = []
    reader = ZipReader(Buffered(bytes(data)))
    with pytest.raises(Unreadable, match="broken zip directory") as caught:
        found.extend(member.name for member in reader)
    assert found == [b"a"]
    assert caught.value.layer is reader


@given(st.data())
def test_damage_never_fails_otherwise(data: st.DataObject) -> None:
    whole = bytearray(archive(("a", TEXT), ("b", b"xyz"), comment=b"comment"))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[data.draw(st.integers(0, 3)) : data.draw(st.integers(len(whole) // 2, len(whole)))])
    reader = ZipReader(Buffered(cut))
    seen: list[object] = [reader]
    blamed: object = reader
    try:
        for member in reader:
            if member.refusal() is None:
                seen.append(member)
                content(reader, member)
    except Unreadable as error:
        blamed = error.layer
    assert any(blamed is layer for layer in seen)
