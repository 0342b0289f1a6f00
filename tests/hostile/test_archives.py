"""Bombs, traversal, lies and damage in containers: nothing is unpacked, each costs only itself (C.5, 13 to 15)."""

from __future__ import annotations

import bz2
import gzip
import io
import itertools
import lzma
import os
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from attribution import open_case
from attribution.limits import Limits
from attribution.models import Problem, RawMessage
from tests.hostile.payloads import message

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.hostile.conftest import Reading, Run

MEGABYTE = 1 << 20
LIMITS = Limits()
MAIL = message()
ZEROS = bytes(MEGABYTE)


def zip_of(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    handle = io.BytesIO()
    with zipfile.ZipFile(handle, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return handle.getvalue()


def tar_of(members: dict[str, bytes]) -> bytes:
    handle = io.BytesIO()
    with tarfile.open(fileobj=handle, mode="w") as archive:
        for name, data in members.items():
            item = tarfile.TarInfo(name)
            item.size = len(data)
            archive.addfile(item, io.BytesIO(data))
    return handle.getvalue()


def gzip_bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(MAIL) + b"".join(packer.compress(ZEROS) for _ in range(100)) + packer.flush()


def bzip2_bomb() -> bytes:
    packer = bz2.BZ2Compressor(9)
    return packer.compress(MAIL) + b"".join(packer.compress(ZEROS) for _ in range(100)) + packer.flush()


def xz_bomb() -> bytes:
    packer = lzma.LZMACompressor(preset=0)
    return packer.compress(MAIL) + b"".join(packer.compress(ZEROS) for _ in range(100)) + packer.flush()


def zip_bomb() -> bytes:
    return zip_of({"a.eml": MAIL + ZEROS * 100})


def nested_bomb() -> bytes:
    data = zip_of({"a.eml": MAIL + ZEROS * 8})
    for _ in range(2):
        data = zip_of({f"{number}.zip": data for number in range(16)})
    return data


BOMBS = [gzip_bomb, bzip2_bomb, xz_bomb, zip_bomb, nested_bomb]


@pytest.mark.parametrize("make", BOMBS)
def test_a_bomb_is_stopped_and_takes_little_memory(make: Callable[[], bytes], reading: Reading) -> None:
    data = make()
    tracemalloc.start()
    found = reading(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert any(item.status == "too-large" for item in found)
    assert peak < 256 * MEGABYTE


def test_members_that_lie_on_one_another_expand_once(reading: Reading) -> None:
    inner = zip_of({"a.eml": MAIL + ZEROS})
    start, end = inner.index(b"PK\x01\x02"), inner.rindex(b"PK\x05\x06")
    entry, tail = inner[start:end], bytearray(inner[end:])
    tail[12:16] = struct.pack("<L", 5_000 * len(entry))
    found = reading(inner[:start] + 5_000 * entry + bytes(tail))
    assert sum(isinstance(item, RawMessage) for item in found) <= 1


@pytest.mark.parametrize("place", ["locator", "record"])
def test_numbers_of_a_zip64_record_that_lie_are_told(place: str, reading: Reading) -> None:
    data = zip_of({"a.eml": MAIL}, zipfile.ZIP_STORED)
    end = data.rindex(b"PK\x05\x06")
    huge = (1 << 62).to_bytes(8, "little")
    record = b"PK\x06\x06" + struct.pack("<Q2H2L", 44, 45, 45, 0, 0) + huge * 4
    at = huge if place == "locator" else end.to_bytes(8, "little")
    locator = b"PK\x06\x07" + bytes(4) + at + b"\1\0\0\0"
    found = reading(data[:end] + record + locator + b"PK\x05\x06" + bytes(4) + b"\xff" * 12 + bytes(2))
    assert [item.status for item in found] == ["malformed"]


@pytest.mark.parametrize("pack", [zip_of, tar_of])
def test_members_without_number_are_read_in_constant_memory(pack: Callable[..., bytes], reading: Reading) -> None:
    data = pack({f"{number:060d}": b"" for number in range(5_000)})
    tracemalloc.start()
    found = reading(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == 5_000
    assert peak < 2_000 * len(found) + len(data)


NAMES = [
    *("../up.eml", "../../../../../../etc/passwd", "/absolute.eml", "//double.eml", "a/../../b.eml", "C:\\x.eml"),
    *("..\\up.eml", "\\\\host\\share\\x.eml", "CON", "NUL.eml", "a:stream.eml", "-", "~/.ssh/authorized_keys"),
    *("x" * 250 + ".eml", "d/" * 120 + "deep.eml", "new\nline.eml", "\x1b[2Jescape.eml", ".", "..", "\u202ex.eml"),
]


def links() -> bytes:
    handle = io.BytesIO()
    with tarfile.open(fileobj=handle, mode="w") as archive:
        for number, (kind, target) in enumerate(
            itertools.product(
                (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE),
                ("/etc/passwd", "..", "link0", "\x1b]0;x\x07"),
            )
        ):
            item = tarfile.TarInfo(f"link{number}")
            item.type, item.linkname = kind, target
            archive.addfile(item)
        inside = tarfile.TarInfo("link0/below.eml")
        inside.size = len(MAIL)
        archive.addfile(inside, io.BytesIO(MAIL))
    return handle.getvalue()


def tree(folder: Path) -> set[bytes]:
    return {os.fsencode(path) for path in folder.rglob("*")}


def test_no_name_in_an_archive_is_ever_written_to(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zip_of(dict.fromkeys(NAMES, MAIL)))
    (tmp_path / "b.tar").write_bytes(tar_of(dict.fromkeys(NAMES, MAIL)))
    (tmp_path / "c.tar").write_bytes(links())
    (tmp_path / "t").mkdir()
    before = tree(tmp_path)
    done = run(
        *("analyze", "a.zip", "b.tar", "c.tar", "--out", "case", "--workers", 1),
        variables={"TMPDIR": str(tmp_path / "t")},
    )
    assert done.returncode == 0, done.stderr.decode()
    fresh = {path for path in tree(tmp_path) - before if not path.startswith(os.fsencode(tmp_path / "case"))}
    assert fresh == set()
    case = open_case(tmp_path / "case")
    assert set(case.messages["member"]) >= {"../up.eml", "/absolute.eml", "C:\\x.eml", "link0/below.eml"}
    assert len(case.messages) + len(case.problems) == 2 * len(NAMES) + 21
    assert set(case.problems["status"]) <= {"unsupported", "malformed"}


def flag(data: bytes, offset: int, value: int) -> bytes:
    changed = bytearray(data)
    changed[changed.rindex(b"PK\x01\x02") + offset] = value
    return bytes(changed)


NOISE = zlib.compress(b"".join(struct.pack(">L", number * 2_654_435_761 % (1 << 32)) for number in range(9_000)))
SOUND = zip_of({"a.eml": MAIL, "b.eml": MAIL})
BROKEN: dict[str, tuple[bytes, str]] = {
    "encrypted": (flag(SOUND, 8, 1), "unsupported"),
    "unknown method": (flag(SOUND, 10, 77), "unsupported"),
    "wrong checksum": (flag(SOUND, 16, SOUND[SOUND.rindex(b"PK\x01\x02") + 16] ^ 1), "malformed"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4" + NOISE, "unsupported"),
    "rar": (b"Rar!\x1a\7\1\0" + NOISE, "unsupported"),
    "zstd": (b"\x28\xb5\x2f\xfd" + NOISE, "unsupported"),
    "Outlook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NOISE, "unsupported"),
    "PST": (b"!BDN" + NOISE, "unsupported"),
    "cut gzip": (gzip.compress(MAIL + NOISE)[:-20], "malformed"),
    "damaged xz": (lzma.compress(MAIL + NOISE)[:600] + bytes(50) + lzma.compress(MAIL + NOISE)[650:], "malformed"),
    "cut zip": (SOUND[:-30], "malformed"),
    "cut tar": (tar_of({"a.eml": MAIL + NOISE})[:9_000], "malformed"),
    "zip by the name of mail": (NOISE, "unsupported"),
}


def test_what_cannot_be_opened_has_a_row_and_the_run_goes_on(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    for name, (data, _) in BROKEN.items():
        (folder / f"{name}.eml").write_bytes(data)
    (folder / "gzip by another name.txt").write_bytes(gzip.compress(MAIL))
    done = run("analyze", "mail", "--out", "case", "--workers", 1)
    assert done.returncode == 0, done.stderr.decode()
    case = open_case(tmp_path / "case")
    found = {member.partition(".eml")[0]: status for member, status in case.problems[["member", "status"]].to_numpy()}
    assert found == {name: status for name, (_, status) in BROKEN.items()}
    assert case.messages["member"].str.contains("gzip by another name").sum() == 1


def test_a_bomb_among_mail_leaves_the_mail_alone(reading: Reading) -> None:
    limits = Limits(ratio_floor_bytes=MEGABYTE, message_bytes=MEGABYTE)
    found = reading(zip_of({"a": MAIL, "bomb": MAIL + ZEROS * 4, "c": MAIL, "d.gz": gzip.compress(MAIL)}), limits)
    assert [item.member for item in found if isinstance(item, RawMessage)] == ["a", "c", "d.gz"]
    assert [item.status for item in found if isinstance(item, Problem)] == ["too-large"]
