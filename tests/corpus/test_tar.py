"""Members of tar archives of every dialect, and what is wrong with the broken ones."""

from __future__ import annotations

import io
import tarfile
import tracemalloc

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
        (header(b"x", b"99999999999"), "no valid tar header at byte 0"),
        (header(b"x", b"\xff" * 12), "no valid tar header at byte 0"),
        (header(b"x", b"\x80" + b"\xff" * 11), "no valid tar header at byte 0"),
        (header(b"x", b"7777777777", b"L"), "more than 1,048,576 bytes of tar headers for one member at byte 0"),
        (header(b"x", (-1_000).to_bytes(12, "big", signed=True), b"L"), "no valid tar header at byte 0"),
        (header(b"x", b"00000001000", b"L") + b"cut", "ends inside a header"),
        (header(b"x", b"00000000000", b"L"), "ends inside a header"),
        (header(b"x", b"00000001000", b"D"), "ends inside a member"),
        (archive((info("a", 1), b"x")) + b"garbage", "no valid tar header at byte 10,240"),
        (archive((info("a", 1), b"x")) + b"garbage" * 100, "no valid tar header at byte 10,240"),
    ],
)
def test_a_broken_archive_says_what_is_wrong(data: bytes, detail: str) -> None:
    reader, error = failure(data)
    assert error is not None
    assert detail in error.detail
    assert error.layer is reader


def pax(records: bytes, kind: bytes = b"x") -> bytes:
    return header(b"pax", b"%011o" % len(records), kind) + records + bytes(-len(records) % 512)


@pytest.mark.parametrize(
    "records",
    [
        pytest.param(b"11 size=-5\n", id="a negative size"),
        pytest.param(b"29 size=99999999999999999999\n", id="a size beyond 63 bits"),
        pytest.param(b"2 " * 30_000 + b"=\n", id="records inside one another, which some Pythons unfold"),
        pytest.param(
            b"50009 a=" + b"1" * 50_000 + b"\n", id="digits in a row, which some Pythons search again and again"
        ),
        pytest.param(b"99 path=x\n", id="a length beyond the header"),
        pytest.param(b"9 path=xy\n", id="a length that ends inside the value"),
        pytest.param(b"11 path xy\n", id="no value"),
        pytest.param(b"path=x\n", id="no length"),
        pytest.param(b"30 GNU.sparse.map=1,2,x,4,5,6\n", id="a sparse map that is none"),
        pytest.param(b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n", id="a sparse map that is missing"),
    ],
)
def test_hostile_pax_records_are_refused(records: bytes) -> None:
    data = pax(records) + header(b"x", b"00000000001") + bytes(1_024)
    reader, error = failure(data)
    assert error is not None
    assert error.detail == "no valid tar header at byte 0 of the archive; the rest was not read"
    assert error.layer is reader


def test_names_may_be_of_digits_alone() -> None:
    name = "1" * 255
    link = info(name, type=tarfile.SYMTYPE, linkname=name)
    assert members(archive((link, b""), (info("x"), b""))) == [(name.encode(), "other", b""), (b"x", "file", b"")]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(header(b"", b"00000000000", b"L") * 5_000, id="long names"),
        pytest.param(pax(b"11 path=xy\n") * 5_000, id="pax headers"),
        pytest.param(pax(b"11 path=xy\n", b"g") * 5_000, id="global pax headers"),
    ],
)
def test_headers_upon_headers_are_refused(headers: bytes) -> None:
    reader, error = failure(headers)
    assert error is not None
    assert error.layer is reader


def test_a_sparse_map_is_read_only_so_far() -> None:
    sparse = bytearray(header(b"sparse", b"00000000003", b"S"))
    sparse[482] = 1
    sparse[148:156] = b" " * 8
    sparse[148:156] = b"%06o\0 " % sum(sparse)
    more = (b"00000000001\0" * 42).ljust(504, b"\0") + b"\x01".ljust(8, b"\0")
    _, error = failure(bytes(sparse) + more * 3_000)
    assert error is not None
    assert error.detail.startswith("more than 1,048,576 bytes of tar headers")


def test_any_number_of_zero_blocks_may_stand_between_archives() -> None:
    one, two = archive((info("a", 1), b"x")), archive((info("b", 1), b"y"))
    assert [name for name, _, _ in members(bytes(512) + one + bytes(5 << 20) + two)] == [b"a", b"b"]
    _, error = failure(one + bytes(1 << 20) + b"garbage")
    assert error is not None
    assert "no valid tar header at byte 1,058,816" in error.detail


def test_global_records_hold_for_what_follows_and_do_not_add_up() -> None:
    comments = b"".join(
        pax(b"%d comment%04d=%s\n" % (1_000 + 15, number, b"x" * 997), b"g") + header(b"m%04d" % number, b"00000000000")
        for number in range(2_000)
    )
    name = pax(b"11 path=xy\n", b"g")
    reader = TarReader(io.BytesIO(comments + name + header(b"a", b"00000000001") + b"1".ljust(512, b"\0")))
    tracemalloc.start()
    found = [member.name for member in reader]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(found), found[-1]) == (2_001, b"xy")
    assert peak < 1_000_000


def test_long_links_are_whole_up_to_what_a_person_reads() -> None:
    item = info("soft", type=tarfile.SYMTYPE, linkname="/t" * 100)
    other = info("soft", type=tarfile.SYMTYPE, linkname="/t" * 1_000)
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        first, second = TarReader(io.BytesIO(archive((item, b""), (other, b""), form=form)))
        assert first.detail == "a symbolic link in a tar archive, to " + "/t" * 100
        assert len(second.detail) < 300


def test_volume_labels_are_no_members_and_unknown_kinds_are_files() -> None:
    data = header(b"label", b"00000000000", b"V") + header(b"x", b"00000000001", b"Z") + b"1".ljust(512, b"\0")
    assert members(data) == [(b"x", "file", b"1")]


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
