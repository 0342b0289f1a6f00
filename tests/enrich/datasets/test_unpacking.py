from __future__ import annotations

import gzip
import io
import tarfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attribution.enrich.datasets.catalogue import find
from attribution.enrich.datasets.unpacking import unpack
from attribution.errors import InstallError

if TYPE_CHECKING:
    from pathlib import Path

    from attribution.enrich.datasets import DataSet
    from tests.enrich.datasets.conftest import MakeTar

CITY = find("geolite2-city")
RECOG = find("recog")
DBIP = find("dbip-city-lite")
TABLE = find("iptoasn")
INSIDE = "GeoLite2-City_20240301/"
XML = b"<fingerprints matches='ftp.banner'/>"


def given_as(folder: Path, content: bytes) -> Path:
    path = folder / "given.bin"
    path.write_bytes(content)
    return path


def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info


def test_a_database_and_its_licence_come_out_of_the_tar(tmp_path: Path, make_tar: MakeTar) -> None:
    members = {
        INSIDE + "COPYRIGHT.txt": b"copyright",
        INSIDE + "LICENSE.txt": b"licence",
        INSIDE + "README.txt": b"not taken",
        INSIDE + "GeoLite2-City.mmdb": b"database",
    }
    to = tmp_path / "out" / "GeoLite2-City.mmdb"
    to.parent.mkdir()
    licences, _ = unpack(CITY, given_as(tmp_path, make_tar(members)), to)
    assert to.read_bytes() == b"database"
    assert [path.name for path in licences] == ["GeoLite2-City.COPYRIGHT.txt", "GeoLite2-City.LICENSE.txt"]
    assert [path.read_bytes() for path in licences] == [b"copyright", b"licence"]
    assert len(list(to.parent.iterdir())) == 3


def test_of_recog_the_fingerprints_and_the_licence_are_taken_and_its_date_is_told(
    tmp_path: Path, make_tar: MakeTar
) -> None:
    stamp = int(datetime(2024, 3, 1, tzinfo=UTC).timestamp())
    members = {
        "recog-main/LICENSE": b"licence",
        "recog-main/COPYING": b"copying",
        "recog-main/README.md": b"not taken",
        "recog-main/xml/ftp_banners.xml": XML,
        "recog-main/features/data/x.xml": b"not taken",
        "recog-main/xml/deeper/y.xml": b"not taken",
    }
    licences, built = unpack(RECOG, given_as(tmp_path, make_tar(members, mtime=stamp)), tmp_path / "recog")
    assert sorted(path.name for path in (tmp_path / "recog").iterdir()) == ["COPYING", "LICENSE", "ftp_banners.xml"]
    assert [path.name for path in licences] == ["COPYING", "LICENSE"]
    assert built == datetime(2024, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    ["../GeoLite2-City.mmdb", "/GeoLite2-City.mmdb", "./GeoLite2-City.mmdb", "a/../GeoLite2-City.mmdb", "x/y.mmdb"],
)
def test_a_member_by_another_path_is_not_taken(tmp_path: Path, make_tar: MakeTar, name: str) -> None:
    given = given_as(tmp_path, make_tar({name: b"evil", "a/../../evil.txt": b"evil"}))
    with pytest.raises(InstallError, match="holds nothing that is called like"):
        unpack(CITY, given, tmp_path / "GeoLite2-City.mmdb")
    assert [path.name for path in tmp_path.iterdir()] == ["given.bin"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_a_link_or_device_in_the_place_of_the_file_is_refused(tmp_path: Path, make_tar: MakeTar, kind: bytes) -> None:
    name = INSIDE + "GeoLite2-City.mmdb"
    given = given_as(tmp_path, make_tar({name: link(name, "/etc/passwd", kind)}))
    with pytest.raises(InstallError, match="no plain file"):
        unpack(CITY, given, tmp_path / "GeoLite2-City.mmdb")
    assert [path.name for path in tmp_path.iterdir()] == ["given.bin"]


def test_a_file_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for content in (b"one", b"two"):
            info = tarfile.TarInfo(INSIDE + "GeoLite2-City.mmdb")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    with pytest.raises(InstallError, match="twice"):
        unpack(CITY, given_as(tmp_path, packed.getvalue()), tmp_path / "GeoLite2-City.mmdb")


def test_a_sparse_file_that_claims_any_size_is_refused(tmp_path: Path) -> None:
    # GNU's old form: the header holds a map of pieces, and the size that it would have with its holes (byte 483).
    info = tarfile.TarInfo(INSIDE + "GeoLite2-City.mmdb")
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[156:157] = tarfile.GNUTYPE_SPARSE
    block[386:398] = block[398:410] = b"00000000000\0"
    block[482:495] = b"\0" + b"77777777777\0"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    given = given_as(tmp_path, gzip.compress(bytes(block) + bytes(1024)))
    with pytest.raises(InstallError, match="no plain file"):
        unpack(CITY, given, tmp_path / "GeoLite2-City.mmdb")


def test_a_header_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 30
    given = given_as(tmp_path, gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(4096)))
    with pytest.raises(InstallError, match="header that no archive has to have"):
        unpack(CITY, given, tmp_path / "GeoLite2-City.mmdb")


def test_an_archive_of_very_many_members_is_refused(tmp_path: Path, make_tar: MakeTar) -> None:
    given = given_as(tmp_path, make_tar({f"a/{number}": b"" for number in range(20_001)}))
    with pytest.raises(InstallError, match="more than 20,000 members"):
        unpack(CITY, given, tmp_path / "GeoLite2-City.mmdb")


@pytest.mark.parametrize("item", [replace(DBIP, largest=100_000), replace(TABLE, largest=100_000)])
def test_a_gzip_bomb_is_refused(tmp_path: Path, item: DataSet) -> None:
    given = given_as(tmp_path, gzip.compress(bytes(10_000_000)))
    assert given.stat().st_size < 100_000
    with pytest.raises(InstallError, match="unpacks to more than 100,000 bytes"):
        unpack(item, given, tmp_path / "out")
    assert not (tmp_path / "out").exists() or (tmp_path / "out").stat().st_size <= 100_000


def test_a_tar_bomb_is_refused(tmp_path: Path, make_tar: MakeTar) -> None:
    given = given_as(tmp_path, make_tar({INSIDE + "GeoLite2-City.mmdb": bytes(10_000_000)}))
    with pytest.raises(InstallError, match="unpacks to more than 100,000 bytes"):
        unpack(replace(CITY, largest=100_000), given, tmp_path / "GeoLite2-City.mmdb")


@pytest.mark.parametrize("item", [DBIP, TABLE, CITY], ids=lambda item: item.name)
def test_a_file_that_is_cut_off_or_has_one_wrong_bit_is_refused(
    tmp_path: Path, make_tar: MakeTar, item: DataSet
) -> None:
    content = bytes(range(256)) * 200
    whole = make_tar({INSIDE + "GeoLite2-City.mmdb": content}) if item is CITY else gzip.compress(content)
    for broken in (whole[:-1], whole[:-8], whole[: len(whole) // 2], whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:]):
        with pytest.raises(InstallError, match="cut off, or broken"):
            unpack(item, given_as(tmp_path, broken), tmp_path / "out")


def test_what_comes_unpacked_is_taken_as_well(tmp_path: Path) -> None:
    unpack(DBIP, given_as(tmp_path, b"plain"), tmp_path / "a.mmdb")
    assert (tmp_path / "a.mmdb").read_bytes() == b"plain"
    unpack(CITY, given_as(tmp_path, b"plain"), tmp_path / "b.mmdb")
    assert (tmp_path / "b.mmdb").read_bytes() == b"plain"


def test_a_table_stays_packed_or_is_packed(tmp_path: Path) -> None:
    stamp = int(datetime(2024, 3, 1, tzinfo=UTC).timestamp())
    packed = gzip.compress(b"1.0.0.0\t1.0.0.255\t13335\tUS\tX\n", mtime=stamp)
    _, built = unpack(TABLE, given_as(tmp_path, packed), tmp_path / "a.tsv.gz")
    assert (tmp_path / "a.tsv.gz").read_bytes() == packed
    assert built == datetime(2024, 3, 1, tzinfo=UTC)
    unpack(TABLE, given_as(tmp_path, gzip.decompress(packed)), tmp_path / "b.tsv.gz")
    unpack(TABLE, given_as(tmp_path, gzip.decompress(packed)), tmp_path / "c.tsv.gz")
    assert gzip.decompress((tmp_path / "b.tsv.gz").read_bytes()) == gzip.decompress(packed)
    assert (tmp_path / "b.tsv.gz").read_bytes() == (tmp_path / "c.tsv.gz").read_bytes()


@pytest.mark.parametrize(
    ("item", "content", "told"),
    [
        (DBIP, b"", "is empty"),
        (DBIP, b"\n<html>log in</html>", "web page"),
        (RECOG, b"no archive", "no archive.*data add recog FOLDER"),
        (RECOG, gzip.compress(b"no archive" * 100), "cut off, or broken"),
        (CITY, gzip.compress(b""), "cut off, or broken"),
    ],
)
def test_what_is_something_else_is_told(tmp_path: Path, item: DataSet, content: bytes, told: str) -> None:
    with pytest.raises(InstallError, match=told) as caught:
        unpack(item, given_as(tmp_path, content), tmp_path / "out")
    assert str(caught.value).isprintable()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.binary(max_size=600), st.booleans(), st.sampled_from([CITY, DBIP, TABLE]))
def test_no_bytes_do_more_than_be_refused(tmp_path: Path, content: bytes, packed: bool, item: DataSet) -> None:
    given = given_as(tmp_path, gzip.compress(content) if packed else content)
    try:
        unpack(item, given, tmp_path / "out")
    except InstallError:
        return
    assert item is not CITY or not packed or (tmp_path / "out").exists()


# --- archives that are made to cost


def pax(size: int, kind: bytes = tarfile.XHDTYPE, content: bytes = b"") -> bytes:
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_headers_one_behind_the_other_are_refused(tmp_path: Path, kind: bytes) -> None:
    given = given_as(tmp_path, gzip.compress(pax(10, kind, b"10 a=bcde\n") * 3000))
    with pytest.raises(InstallError, match="cut off, or broken"):
        unpack(CITY, given, tmp_path / "GeoLite2-City.mmdb")


def test_headers_that_are_large_together_are_refused(tmp_path: Path) -> None:
    content = b"8000 a=" + b"x" * 7992 + b"\n"
    plain = tarfile.TarInfo("a/b").tobuf()
    given = given_as(tmp_path, gzip.compress((pax(8000, content=content) + plain) * 300))
    with pytest.raises(InstallError, match="header that no archive has to have"):
        unpack(CITY, given, tmp_path / "GeoLite2-City.mmdb")


@pytest.mark.parametrize(("size", "count"), [(1_000_000, 1), (8000, 20)])
def test_headers_that_are_slow_to_read_take_seconds_at_most(tmp_path: Path, size: int, count: int) -> None:
    # At each digit a number may begin, whose end is looked for up to the end of the header (CVE-2024-6232).
    content = b"1" * size
    plain = tarfile.TarInfo("a/b").tobuf()
    given = given_as(tmp_path, gzip.compress((pax(len(content), content=content) + plain) * count))
    started = time.monotonic()
    with pytest.raises(InstallError):
        unpack(CITY, given, tmp_path / "GeoLite2-City.mmdb")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("old", [True, False])
def test_the_map_of_a_sparse_file_is_not_read(tmp_path: Path, old: bool) -> None:
    if old:
        block = bytearray(pax(0, tarfile.GNUTYPE_SPARSE))
        block[482] = 1  # more of the map follows
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
        packed = bytes(block) + (b"00000000001\0" * 42 + b"\1" + bytes(7)) * 20_000
    else:
        records = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"
        packed = pax(len(records), content=records) + pax(0, tarfile.REGTYPE) + b"9000000\n" + b"0\n" * 5_000_000
    started = time.monotonic()
    with pytest.raises(InstallError, match="no plain file"):
        unpack(CITY, given_as(tmp_path, gzip.compress(packed)), tmp_path / "GeoLite2-City.mmdb")
    assert time.monotonic() - started < 0.5


@pytest.mark.parametrize("more", [b"\0" * 100, b"garbage", gzip.compress(b"more")])
def test_what_follows_a_packed_file_is_never_left_unread(tmp_path: Path, more: bytes) -> None:
    # Zeros may follow (RFC 1952 says nothing of them, tapes have them), and a further member; nothing else.
    given = given_as(tmp_path, gzip.compress(b"one ") + more)
    if more == b"garbage":
        with pytest.raises(InstallError, match="cut off, or broken"):
            unpack(DBIP, given, tmp_path / "out")
    else:
        unpack(DBIP, given, tmp_path / "out")
        assert (tmp_path / "out").read_bytes() in {b"one ", b"one more"}
