"""Members of zip archives, and what is wrong with the broken ones."""

from __future__ import annotations

import io
import stat
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.corpus.budget import Budget
from attribution.corpus.streams import Buffered, Unreadable, drain, read_exactly
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
    ("field", "value", "detail"),
    [(42, 1, "no zip member at byte"), (42, 99, "beyond the archive"), (23, 0x7F, "beyond the archive")],
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


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param(6, 99, id="a version of the format that does not exist"),
        pytest.param(46, 0xFF, id="a name that is not the UTF-8 it is said to be"),
        pytest.param(49, 0xFF, id="a field longer than its entry"),
    ],
)
def test_a_broken_entry_costs_only_itself(field: int, value: int) -> None:
    item = zipfile.ZipInfo("ü")
    item.extra = b"\x99\x99\x02\x00ab"
    data = bytearray(archive((item, TEXT), ("b", TEXT)))
    data[data.index(b"PK\x01\x02") + (field if field < 49 else 50)] = value
    reader = ZipReader(Buffered(bytes(data)))
    first, second = reader
    assert first.refusal() is None
    with pytest.raises(Unreadable, match="a broken entry in the directory") as caught:
        content(reader, first)
    assert caught.value.layer is first
    assert content(reader, second) == TEXT


def test_a_member_with_two_names_is_read_under_that_of_the_directory() -> None:
    data = bytearray(archive(("name", TEXT)))
    data[30:34] = b"else"
    assert contents(bytes(data)) == [(b"name", TEXT)]


def test_members_that_lie_on_one_another_are_told() -> None:
    data = archive(("a", TEXT), method=zipfile.ZIP_STORED)
    begin, end = data.index(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    entry, tail = data[begin:end], bytearray(data[end:])
    tail[12:16] = (3 * len(entry)).to_bytes(4, "little")
    reader = ZipReader(Buffered(data[:begin] + 3 * entry + bytes(tail)))
    first, second, third = reader
    assert content(reader, first) == TEXT
    for member in (second, third):
        with pytest.raises(Unreadable, match="overlaps others") as caught:
            content(reader, member)
        assert caught.value.layer is member


def test_an_entry_cannot_pass_for_the_end_of_the_archive() -> None:
    record = (
        b"PK\x06\x06"
        + (44).to_bytes(8, "little")
        + bytes(20)
        + b"\xff" * 8
        + (1 << 40).to_bytes(8, "little")
        + bytes(8)
    )
    item = zipfile.ZipInfo("a")
    item.comment = record + b"PK\x06\x07" + bytes(12) + (1).to_bytes(4, "little")
    item.compress_type = zipfile.ZIP_STORED
    reader = ZipReader(Buffered(archive((item, TEXT), ("b", TEXT))))
    first, second = reader
    with pytest.raises(Unreadable, match="a broken entry"):
        content(reader, first)
    assert content(reader, second) == TEXT


class Counting(Buffered):
    """Keeps how much was read at once."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.sizes: list[int] = []

    def pread(self, size: int, offset: int) -> bytes:
        self.sizes.append(size)
        return super().pread(size, offset)


def test_bzip2_is_fed_less_than_a_block_at_once() -> None:
    name = "n" * 200
    file = Counting(archive((name, bytes(1_000_000)), method=zipfile.ZIP_BZIP2))
    reader = ZipReader(file)
    (member,) = reader
    file.sizes.clear()
    limits = Limits()
    stream = reader.open(member, limits, Budget(limits))
    file.sizes.clear()
    assert read_exactly(stream, 1 << 21) == bytes(1_000_000)
    assert max(file.sizes) <= 32


def test_deflate_is_expanded_piece_by_piece() -> None:
    reader = ZipReader(Buffered(archive(("a", bytes(5_000_000)))))
    (member,) = reader
    limits = Limits()
    stream = reader.open(member, limits, Budget(limits))
    tracemalloc.start()
    drain(stream)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 500_000


def test_the_directory_is_never_whole_in_memory() -> None:
    file = Counting(archive(*((f"{number:0100d}", b"") for number in range(10_000))))
    tracemalloc.start()
    assert sum(1 for _ in ZipReader(file)) == 10_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


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
