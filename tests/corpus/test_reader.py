"""Everything below one path: each item of any kind exactly once, with its place."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import random
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attribution.corpus import Inventory, read
from attribution.errors import InputNotFoundError
from attribution.limits import Limits
from attribution.models import Problem, RawMessage

if TYPE_CHECKING:
    from collections.abc import Callable

MARK = b"From a@example.com Thu Jan  1 00:00:00 1970\n"
ONE = b"Received: from a.example.com\nSubject: one\n\nbody\n"
TWO = b"Subject: two\n\n"
MBOX = MARK + ONE + b"\n" + MARK + TWO + b"\n"
PDF = b"%PDF-1.7\n"


def tar_of(members: dict[str, bytes]) -> bytes:
    handle = io.BytesIO()
    with tarfile.open(fileobj=handle, mode="w") as archive:
        for name, data in members.items():
            item = tarfile.TarInfo(name)
            item.size = len(data)
            archive.addfile(item, io.BytesIO(data))
    return handle.getvalue()


def zip_of(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    handle = io.BytesIO()
    with zipfile.ZipFile(handle, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return handle.getvalue()


def items(path: Path, limits: Limits | None = None) -> list[RawMessage | Problem]:
    return list(read(str(path), limits or Limits()))


def shown(found: list[RawMessage | Problem]) -> list[tuple[str | None, int | None, bytes | str]]:
    return [
        (item.member, item.offset, item.data if isinstance(item, RawMessage) else f"{item.status}: {item.detail}")
        for item in found
    ]


def reading(
    tmp_path: Path, data: bytes, limits: Limits | None = None
) -> list[tuple[str | None, int | None, bytes | str]]:
    path = tmp_path / "given"
    path.write_bytes(data)
    found = items(path, limits)
    assert all(item.source == str(path) for item in found)
    from_stdin = list(read("-", limits or Limits(), stdin=io.BytesIO(data)))
    assert shown(from_stdin) == shown(found)
    assert all(item.source == "-" for item in from_stdin)
    return shown(found)


IN_MBOX = [(None, len(MARK), ONE), (None, len(MARK + ONE + b"\n" + MARK), TWO)]


def test_a_single_message_is_the_whole_file(tmp_path: Path) -> None:
    assert reading(tmp_path, ONE) == [(None, 0, ONE)]
    assert reading(tmp_path, b"\xef\xbb\xbf" + ONE) == [(None, 0, b"\xef\xbb\xbf" + ONE)]


def test_an_mbox_gives_each_message_at_its_offset(tmp_path: Path) -> None:
    assert reading(tmp_path, MBOX) == IN_MBOX
    assert reading(tmp_path, MARK + ONE) == [(None, len(MARK), ONE)]


def test_an_empty_entry_of_an_mbox_is_a_problem(tmp_path: Path) -> None:
    found = reading(tmp_path, MARK + b"\n" + MARK + ONE)
    assert found[0] == (None, len(MARK), "malformed: an mbox entry without content")
    assert found[1][2] == ONE


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compression_changes_neither_member_nor_offset(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    assert reading(tmp_path, pack(MBOX)) == IN_MBOX
    assert reading(tmp_path, gzip.compress(pack(MBOX))) == IN_MBOX


@pytest.mark.parametrize("pack", [tar_of, zip_of, lambda members: lzma.compress(tar_of(members))])
def test_members_of_an_archive_are_named(tmp_path: Path, pack: Callable[[dict[str, bytes]], bytes]) -> None:
    data = pack({"d/x.eml": ONE, "../up.mbox": MBOX, "/abs": b"", "y.gz": gzip.compress(TWO), "doc": PDF})
    assert reading(tmp_path, data) == [
        ("d/x.eml", 0, ONE),
        ("../up.mbox", *IN_MBOX[0][1:]),
        ("../up.mbox", *IN_MBOX[1][1:]),
        ("/abs", None, "malformed: an empty file"),
        ("y.gz", 0, TWO),
        ("doc", None, "unsupported: a PDF document"),
    ]


def test_containers_in_containers_are_divided_by_a_mark(tmp_path: Path) -> None:
    inner = gzip.compress(tar_of({"x.eml": ONE}))
    assert reading(tmp_path, zip_of({"sub/a.tar.gz": inner, "y.eml": TWO})) == [
        ("sub/a.tar.gz!/x.eml", 0, ONE),
        ("y.eml", 0, TWO),
    ]
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub/a.zip").write_bytes(zip_of({"b.zip": zip_of({"x.eml": ONE})}))
    assert shown(items(folder)) == [("sub/a.zip!/b.zip!/x.eml", 0, ONE)]


def test_a_name_that_comes_twice_stays_two_messages(tmp_path: Path) -> None:
    one, two = tar_of({"x": ONE}), tar_of({"x": TWO})
    assert reading(tmp_path, one + two) == [("x", 0, ONE), ("x#2", 0, TWO)]


@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_nests_are_opened_only_so_deep(tmp_path: Path, pack: Callable[[dict[str, bytes]], bytes]) -> None:
    data = ONE
    for _ in range(4):
        data = pack({"n": data})
    (found,) = reading(tmp_path, data)
    assert found == ("n!/n!/n", None, "too-large: nested deeper than 3 containers; not opened")
    data = ONE
    for _ in range(4):
        data = gzip.compress(data)
    assert reading(tmp_path, data) == [(None, None, "too-large: nested deeper than 3 containers; not opened")]


def test_a_folder_gives_its_files_in_order(tmp_path: Path) -> None:
    for name, data in {"b/m": MBOX, "a.eml": ONE, "c.tar": tar_of({"x": TWO}), "d": PDF}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert shown(items(tmp_path)) == [
        ("a.eml", 0, ONE),
        ("b/m", *IN_MBOX[0][1:]),
        ("b/m", *IN_MBOX[1][1:]),
        ("c.tar!/x", 0, TWO),
        ("d", None, "unsupported: a PDF document"),
    ]


def test_a_maildir_gives_its_delivered_mail(tmp_path: Path) -> None:
    for name in ("cur/1:2,S", "new/2", "tmp/3", ".Sent/cur/4", ".Sent/new/", ".Sent/tmp/"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            (tmp_path / name).mkdir()
        else:
            (tmp_path / name).write_bytes(ONE)
    assert [(item.member, item.status) for item in items(tmp_path)] == [
        (".Sent/cur/4", "ok"),
        ("cur/1:2,S", "ok"),
        ("new/2", "ok"),
        ("tmp/3", "unsupported"),
    ]


def test_a_message_beyond_the_limit_is_hashed_and_cut(tmp_path: Path) -> None:
    limits = Limits(message_bytes=100_000, header_bytes=1_000)
    body = ONE + b"x" * 1_000_000 + b"\n"
    for data in (body, MARK + body, gzip.compress(body)):
        path = tmp_path / "big"
        path.write_bytes(data)
        (found,) = items(path, limits)
        assert isinstance(found, RawMessage)
        assert (found.status, found.length) == ("too-large", len(body))
        assert found.sha256 == hashlib.sha256(body).hexdigest()
        assert body.startswith(found.data)
        assert 1_000 < len(found.data) <= 10_000


NOISE = random.Random(1).randbytes(300_000)  # noqa: S311 - repeatable, not secret


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_truncated_stream_keeps_what_came_before(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    data = pack(MBOX + MARK + TWO + b"\n" + NOISE.hex().encode() * 3)[:-1_000]
    found = reading(tmp_path, data)
    assert found[:2] == IN_MBOX
    assert [item[:2] for item in found[2:]] == [(None, len(MBOX + MARK))]
    assert str(found[2][2]).endswith("data end too early")


def test_a_truncated_archive_names_the_member(tmp_path: Path) -> None:
    data = tar_of({"a": ONE, "b": TWO + NOISE})
    found = reading(tmp_path, data[:100_000])
    assert found == [("a", 0, ONE), ("b", None, "malformed: the tar archive ends inside a member")]
    found = reading(tmp_path, gzip.compress(data)[:100_000])
    assert found == [("a", 0, ONE), ("b", None, "malformed: the gzip data end too early")]


def test_a_broken_member_costs_only_itself(tmp_path: Path) -> None:
    broken = gzip.compress(ONE)[:-4]
    for pack in (tar_of, zip_of):
        assert reading(tmp_path, pack({"a": ONE, "b.gz": broken, "c": TWO})) == [
            ("a", 0, ONE),
            ("b.gz", None, "malformed: the gzip data end too early"),
            ("c", 0, TWO),
        ]
    stored = bytearray(zip_of({"a": ONE, "b": TWO}, zipfile.ZIP_STORED))
    stored[stored.index(b"one")] ^= 1
    assert reading(tmp_path, bytes(stored)) == [
        ("a", None, "malformed: a zip member with a wrong checksum (CRC-32)"),
        ("b", 0, TWO),
    ]


def test_bytes_behind_the_end_are_told(tmp_path: Path) -> None:
    found = reading(tmp_path, gzip.compress(ONE) + b"garbage")
    assert found == [
        (None, 0, ONE),
        (None, None, "malformed: bytes follow the end of the gzip data; they were not read"),
    ]


BOMB = Limits(ratio_floor_bytes=1 << 20, message_bytes=1 << 16, header_bytes=1 << 10)


def test_a_bomb_is_stopped_and_what_came_before_stays(tmp_path: Path) -> None:
    zeros = bytes(20 << 20)
    (bomb,) = reading(tmp_path, gzip.compress(ONE + zeros), BOMB)
    assert str(bomb[2]).startswith("too-large: expands to more than 250 times its size")
    found = reading(tmp_path, gzip.compress(tar_of({"a": ONE, "b": TWO + zeros, "c": ONE})), BOMB)
    assert [item[0] for item in found] == ["a", "b"]
    assert str(found[1][2]).startswith("too-large")


def test_a_bomb_in_a_zip_costs_only_itself(tmp_path: Path) -> None:
    found = reading(tmp_path, zip_of({"a": ONE, "b": TWO + bytes(20 << 20), "c": TWO, "noise": ONE + NOISE}), BOMB)
    assert [(member, isinstance(item, bytes)) for member, _, item in found] == [
        ("a", True),
        ("b", False),
        ("c", True),
        ("noise", True),
    ]


def test_many_small_bombs_are_one(tmp_path: Path) -> None:
    found = reading(tmp_path, zip_of({str(number): TWO + bytes(1 << 19) for number in range(100)}), BOMB)
    assert 1 < len(found) < 60
    assert str(found[-1][2]).startswith("too-large: expands")


def test_too_many_members_are_too_large(tmp_path: Path) -> None:
    for pack in (tar_of, zip_of):
        found = reading(tmp_path, pack({"a": ONE, "b": TWO, "c": TWO}), Limits(archive_members=2))
        assert found[2:] == [(None, None, "too-large: more than 2 members; the others were not read")]


def test_a_large_zip_inside_another_container_is_not_unpacked(tmp_path: Path) -> None:
    found = reading(tmp_path, tar_of({"a.zip": zip_of({"x": ONE + NOISE}), "b": TWO}), Limits(message_bytes=100_000))
    assert [item[0] for item in found] == ["a.zip", "b"]
    assert str(found[0][2]).startswith("too-large: a zip archive of more than 100,000 bytes inside another")


def test_links_in_archives_are_told(tmp_path: Path) -> None:
    handle = io.BytesIO()
    with tarfile.open(fileobj=handle, mode="w") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert reading(tmp_path, handle.getvalue()) == [
        ("link", None, "unsupported: a symbolic link in a tar archive, to /etc/passwd")
    ]


def test_special_files_are_told_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        (found,) = items(path)
        assert isinstance(found, Problem)
        assert found.status == "unsupported"


def test_a_path_that_does_not_exist_raises_at_once(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("absent")
    (tmp_path / "file").write_bytes(b"")
    for name in ("absent", "link", "file/below", "nul\0l"):
        with pytest.raises(InputNotFoundError, match="does not exist; give a file or folder"):
            read(str(tmp_path / name), Limits())


def test_a_path_that_cannot_be_looked_at_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (found,) = items(tmp_path / "loop")
    assert isinstance(found, Problem)
    assert (found.status, found.detail) == ("unreadable", "cannot be looked at: Too many levels of symbolic links")


def test_a_file_that_vanishes_or_changes_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(MBOX + (MARK + ONE + b"\n") * 20_000)
    (tmp_path / "b").write_bytes(ONE)
    found = read(str(tmp_path), Limits())
    first = next(found)
    assert isinstance(first, RawMessage)
    with (tmp_path / "a").open("ab") as handle:
        handle.write(MBOX)
    (tmp_path / "b").unlink()
    rest = list(found)
    assert sum(isinstance(item, RawMessage) for item in rest) == 20_001
    assert [(item.member, item.detail) for item in rest if isinstance(item, Problem)] == [
        ("a", "the file changed while it was read"),
        ("b", "cannot be looked at: No such file or directory"),
    ]


def test_a_read_error_costs_only_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(ONE)
    (tmp_path / "b").write_bytes(TWO)
    plain = os.read
    failed: list[int] = []

    def fail_once(descriptor: int, size: int) -> bytes:
        if not failed:
            failed.append(descriptor)
            raise OSError(5, "Input/output error")
        return plain(descriptor, size)

    monkeypatch.setattr("attribution.corpus.files.os.read", fail_once)
    assert shown(items(tmp_path)) == [
        ("a", None, "unreadable: reading failed at byte 0: Input/output error"),
        ("b", 0, TWO),
    ]


def test_inputs_are_left_as_they_were(tmp_path: Path) -> None:
    for name, data in {"a": MBOX, "b.tar.gz": gzip.compress(tar_of({"x": ONE})), "c.zip": zip_of({"x": ONE})}.items():
        (tmp_path / name).write_bytes(data)
        (tmp_path / name).chmod(0o444)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    assert len(items(tmp_path)) == 4
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()} == before


def test_standard_input_has_progress_and_a_fingerprint() -> None:
    steps: list[int] = []
    inventory = Inventory()
    list(read("-", Limits(), stdin=io.BytesIO(MBOX), progress=steps.append, inventory=inventory))
    result = inventory.result()
    assert (result.source, result.files, result.size) == ("-", 1, len(MBOX))
    assert result.sha256 == hashlib.sha256(MBOX).hexdigest()
    assert sum(steps) == len(MBOX)


def test_standard_input_may_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert shown(list(read("-", Limits()))) == [(None, None, "unreadable: standard input is closed")]


def test_lines_that_divided_nothing_are_counted(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(MARK + ONE + b"\nFrom now on\n\nFrom here\n")
    inventory = Inventory()
    list(read(str(tmp_path), Limits(), inventory=inventory))
    assert inventory.rejected_from_lines == 2


def test_no_descriptor_is_left_open_when_reading_stops_early(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}").write_bytes(MBOX)
    before = len(list(Path("/proc/self/fd").iterdir()))
    found = read(str(tmp_path), Limits())
    next(found)
    found.close()  # type: ignore[attr-defined] # a generator has it
    assert len(list(Path("/proc/self/fd").iterdir())) == before


SEEDS = [
    MBOX,
    ONE,
    gzip.compress(MBOX),
    bz2.compress(ONE),
    lzma.compress(tar_of({"a": ONE, "b": MBOX})),
    tar_of({"a": ONE, "z.zip": zip_of({"x": ONE}), "g": gzip.compress(MBOX)}),
    zip_of({"a": ONE, "t": tar_of({"x": TWO}), "g": gzip.compress(ONE)}),
    PDF,
]


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_hostile_bytes_never_raise(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from(SEEDS)) + data.draw(st.sampled_from([b"", *SEEDS])))
    for _ in range(data.draw(st.integers(0, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    found = list(read("-", BOMB, stdin=io.BytesIO(cut)))
    assert found
    keys = [(item.member, item.offset) for item in found if isinstance(item, RawMessage)]
    assert len(set(keys)) == len(keys)
