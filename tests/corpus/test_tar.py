"""Members of tar archives of every dialect, and what is wrong with the broken ones."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.corpus.streams import Unreadable, drain, read_exactly
from attribution.corpus.tar import TarReader, is_tar_header

FORMATS = pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])


def info(name: str, size: int = 0, **attributes: object) -> tarfile.TarInfo:
    item = tarfile.TarInfo(name)
    item.size = size
    for key, value in attributes.items():
        setattr(item, key, value)
    return item


def archive(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    handle = io.BytesIO()
    with tarfile.open(fileobj=handle, mode="w", format=form) as writer:
        for item, data in members:
            writer.addfile(item, io.BytesIO(data))
    return handle.getvalue()


def members(data: bytes) -> list[tuple[bytes, str, bytes]]:
    return [(member.name, member.kind, read_exactly(member.content, 1 << 20)) for member in TarReader(io.BytesIO(data))]


def failure(data: bytes) -> tuple[object, Unreadable | None]:
    """Read an archive to its end; return the reader, and the error if there was one."""
    reader = TarReader(io.BytesIO(data))
    try:
        for member in reader:
            drain(member.content)
    except Unreadable as error:
        return reader, error
    return reader, None


def header(name: bytes, size: bytes, kind: bytes = b"0") -> bytes:
    block = bytearray(512)
    block[: len(name)] = name
    block[124 : 124 + len(size)] = size
    block[156:157] = kind
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@FORMATS
def test_files_come_in_order_with_their_bytes(form: int) -> None:
    contents = [b"", b"x", b"y" * 512, b"z" * 1_000]
    data = archive(*((info(f"d/{len(text)}.eml", len(text)), text) for text in contents), form=form)
    assert members(data) == [(b"d/%d.eml" % len(text), "file", text) for text in contents]


@FORMATS
def test_long_names_are_whole(form: int) -> None:
    name = "folder/" * 15 + "n" * 90
    assert members(archive((info(name, 1), b"x"), form=form)) == [(name.encode(), "file", b"x")]


def test_pax_names_may_be_of_any_length_and_script() -> None:
    name = "Entwürfe/" * 100 + "брошюра.eml"
    assert members(archive((info(name, 1), b"x"), (info("next"), b""))) == [
        (name.encode(), "file", b"x"),
        (b"next", "file", b""),
    ]


def test_a_pax_size_counts_before_the_header_s() -> None:
    item = info("big", 5, pax_headers={"size": "5"})
    assert members(archive((item, b"12345"), (info("next", 1), b"x")))[1] == (b"next", "file", b"x")


def test_folders_are_told_apart_and_links_and_devices_hold_nothing() -> None:
    data = archive(
        (info("d", type=tarfile.DIRTYPE), b""),
        (info("soft", type=tarfile.SYMTYPE, linkname="/etc/passwd"), b""),
        (info("hard", type=tarfile.LNKTYPE, linkname="x"), b""),
        (info("pipe", type=tarfile.FIFOTYPE), b""),
        (info("device", type=tarfile.CHRTYPE), b""),
        (info("x", 1), b"x"),
    )
    found = [(member.name, member.kind, member.detail) for member in TarReader(io.BytesIO(data))]
    assert found == [
        (b"d/", "folder", ""),
        (b"soft", "other", "a symbolic link in a tar archive, to /etc/passwd"),
        (b"hard", "other", "a hard link in a tar archive, to x"),
        (b"pipe", "other", "a named pipe in a tar archive"),
        (b"device", "other", "a character device in a tar archive"),
        (b"x", "file", ""),
    ]


def test_an_old_sparse_file_is_passed_over_with_its_map() -> None:
    sparse = bytearray(header(b"sparse", b"00000000003", b"S"))
    sparse[482] = 1
    sparse[148:156] = b" " * 8
    sparse[148:156] = b"%06o\0 " % sum(sparse)
    data = bytes(sparse) + bytes(512) + b"abc".ljust(512, b"\0") + header(b"x", b"00000000001") + b"x"
    assert [(name, kind) for name, kind, _ in members(data.ljust(4_096, b"\0"))] == [
        (b"sparse", "other"),
        (b"x", "file"),
    ]


def test_a_member_that_is_not_read_is_passed_over() -> None:
    data = archive((info("a", 2_000), bytes(2_000)), (info("b", 1), b"x"))
    assert [member.name for member in TarReader(io.BytesIO(data))] == [b"a", b"b"]


def test_an_archive_behind_the_end_of_another_is_read_too() -> None:
    one, two = archive((info("a", 1), b"x")), archive((info("b", 1), b"y"))
    assert [name for name, _, _ in members(one + two)] == [b"a", b"b"]


def test_an_archive_may_lack_its_end_mark() -> None:
    assert members(header(b"x", b"00000000001") + b"x".ljust(512, b"\0")) == [(b"x", "file", b"x")]


def test_sizes_may_be_binary() -> None:
    assert members(header(b"x", b"\x80" + (3).to_bytes(11, "big")) + b"abc") == [(b"x", "file", b"abc")]


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (header(b"x", b"00000002000") + b"short", "ends inside a member"),
        (header(b"x", b"99999999999"), "without a valid size"),
        (header(b"x", b"\xff" * 12), "without a valid size"),
        (header(b"x", b"\x80" + b"\xff" * 11), "without a valid size"),
        (header(b"x", b"7777777777", b"L"), "a tar header of 1,073,741,823 bytes"),
        (header(b"x", b"00000001000", b"x") + b"11 size=-5\n".ljust(512, b"\0") + header(b"x", b"0"), "valid size"),
        (header(b"x", b"00000001000", b"L") + b"cut", "ends inside a header"),
        (archive((info("a", 1), b"x")) + b"garbage", "no tar header at byte 10,240"),
    ],
)
def test_a_broken_archive_says_what_is_wrong(data: bytes, detail: str) -> None:
    reader, error = failure(data)
    assert error is not None
    assert detail in error.detail
    assert error.layer is reader


def test_the_checksum_decides_what_a_header_is() -> None:
    block = bytearray(header(b"x\xe9", b"0"))
    assert is_tar_header(bytes(block))
    block[0] ^= 1
    assert not is_tar_header(bytes(block))
    assert not is_tar_header(bytes(512))
    assert not is_tar_header(b"Subject: x\n" * 60)
    assert not is_tar_header(b"short")


def test_checksums_of_signed_bytes_are_known() -> None:
    block = bytearray(header(b"caf\xe9", b"0"))
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % (sum(block) - 256)
    assert is_tar_header(bytes(block))


@given(st.data())
def test_damage_never_fails_otherwise(data: st.DataObject) -> None:
    whole = bytearray(archive((info("é" * 80, 700), b"x" * 700), (info("b", 3), b"abc")))
    for _ in range(data.draw(st.integers(0, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    reader, error = failure(cut)
    assert error is None or error.layer is reader
