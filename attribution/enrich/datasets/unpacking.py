"""What was fetched, unpacked into a folder: bounded, with its checksums verified, and never by the archive's paths."""

from __future__ import annotations

import gzip
import re
import shutil
import tarfile
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from attribution._text import escape_control
from attribution.errors import InstallError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attribution.enrich.datasets.catalogue import DataSet

__all__ = ["GZIP", "ZIP", "head_of", "unpack"]

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
_PAGE = re.compile(rb"\s*<", re.ASCII)
_PIECE = 1 << 20
_MOST_MEMBERS = 20_000
_BROKEN = (gzip.BadGzipFile, tarfile.TarError, zlib.error, EOFError, ValueError, OverflowError, RecursionError)


class _Source(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class _Bounded:
    """A stream that ends with an error once more comes out of it than the data set may have."""

    def __init__(self, source: _Source, largest: int) -> None:
        self._source = source
        self._left = largest
        self._largest = largest

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most `size`."""
        piece = self._source.read(min(size, _PIECE) if size >= 0 else _PIECE)
        self._left -= len(piece)
        if self._left < 0:
            raise InstallError(
                f"It unpacks to more than {self._largest:,} bytes: that is not the data set. Nothing was installed."
            )
        return piece

    def drain(self) -> None:
        """Read to the end, so that the checksum that stands there is verified (RFC 1952)."""
        while self.read(_PIECE):
            pass


_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_LARGEST_HEADER = 1 << 13
_LARGEST_HEADERS = 1 << 21


class _Member(tarfile.TarInfo):
    """A member of an archive whose headers cost no more than any have to.

    Extended headers are held in memory, and older versions of Python take time for each that grows with the square of
    its size (CVE-2024-6232). The map of a sparse file is held as well, and may be as large as the archive.

    Attributes:
        left: Octets of extended headers that may still come; kept by a subclass for each archive.
    """

    left = _LARGEST_HEADERS

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Member:
        """Return the member of a header block.

        Args:
            buf: As in tarfile.
            encoding: As in tarfile.
            errors: As in tarfile.
        """
        member = super().frombuf(buf, encoding, errors)
        if member.type in _HEADERS:
            cls.left -= member.size
            if not 0 <= member.size <= _LARGEST_HEADER or cls.left < 0:
                raise InstallError("The archive has a header that no archive has to have: it is not taken.")
        if member.type == tarfile.GNUTYPE_SPARSE:
            raise _not_plain(member)
        return member

    def _proc_gnusparse_10(self, next: tarfile.TarInfo, *_: object) -> None:  # noqa: A002 (as in tarfile, which calls it)
        raise _not_plain(next)


def _not_plain(member: tarfile.TarInfo) -> InstallError:
    return InstallError(f"In the archive {escape_control(member.name)} is no plain file: it is not taken.")


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file, which tell what it is."""
    with path.open("rb") as handle:
        return handle.read(256)


def unpack(item: DataSet, source: Path, to: Path) -> tuple[list[Path], datetime | None]:
    """Bring what was fetched into the form in which the library reads it.

    What comes unpacked already, as from another address, is taken as well.

    Args:
        item: The data set; `recog` makes `to` a folder, every other kind a file.
        source: What was fetched; not a wheel.
        to: The file or folder to write. Licence texts are written beside the file, or into the folder.

    Returns:
        The licence texts, and the date that the packing itself tells, UTC, None where it tells none.

    Raises:
        InstallError: It is broken, too large, or not the data set.
    """
    head = head_of(source)
    if not head.startswith(GZIP):
        return _take_plain(item, source, to, head)
    try:
        if item.packing == "tar":
            return _untar(item, source, to)
        return [], _gunzip(item, source, to)
    except _BROKEN as error:
        raise InstallError(f"{_shown(source)} is cut off, or broken: fetch it again.") from error


def _take_plain(item: DataSet, source: Path, to: Path, head: bytes) -> tuple[list[Path], datetime | None]:
    if not head:
        raise InstallError(f"{_shown(source)} is empty: fetch it again.")
    if _PAGE.match(head):
        raise InstallError(f"{_shown(source)} is a web page, not the data set: it may say why, in a browser.")
    if item.kind == "recog":
        raise InstallError(
            f"{_shown(source)} is no archive (.tar.gz). Fingerprints that are unpacked already: "
            "attribution data add recog FOLDER."
        )
    with source.open("rb") as plain:
        bounded = _Bounded(plain, item.largest)
        if item.packing == "kept":
            with to.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
                shutil.copyfileobj(bounded, packed, _PIECE)
        else:
            with to.open("wb") as target:
                shutil.copyfileobj(bounded, target, _PIECE)
    return [], None


def _gunzip(item: DataSet, source: Path, to: Path) -> datetime | None:
    with gzip.open(source, "rb") as packed:
        bounded = _Bounded(packed, item.largest)
        if item.packing == "kept":
            bounded.drain()
            shutil.copyfile(source, to)
        else:
            with to.open("wb") as target:
                shutil.copyfileobj(bounded, target, _PIECE)
        return _time(packed.mtime or 0)


def _untar(item: DataSet, source: Path, to: Path) -> tuple[list[Path], datetime | None]:
    folder = item.kind == "recog"
    if folder:
        to.mkdir()
    licences: list[Path] = []
    times: list[float] = []
    seen: set[Path] = set()
    with gzip.open(source, "rb") as packed:
        bounded = _Bounded(packed, item.largest)
        members = type("_MemberOfThis", (_Member,), {})
        with tarfile.open(fileobj=bounded, mode="r|", errorlevel=2, tarinfo=members) as archive:  # type: ignore[call-overload]  # all that it needs of a stream is `read`
            for member, is_licence in _wanted(item, archive):
                # Only the last part of a name is used, and only where the whole of it is as it should be.
                name = member.name.rpartition("/")[2]
                beside = to.with_name(f"{to.stem}.{name}")
                target = to / name if folder else beside if is_licence else to
                if target in seen:
                    raise InstallError(f"{_shown(source)} holds {escape_control(name)} twice: fetch it again.")
                seen.add(target)
                content = archive.extractfile(member)
                if content is not None:
                    with target.open("wb") as out:
                        shutil.copyfileobj(content, out, _PIECE)
                if is_licence:
                    licences.append(target)
                else:
                    times.append(member.mtime)
        bounded.drain()
    if not times:
        raise InstallError(f"{_shown(source)} holds nothing that is called like the data set: is it another one?")
    return sorted(licences), _time(max(times)) if folder else None


def _wanted(item: DataSet, archive: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, bool]]:
    for number, member in enumerate(archive):
        archive.members.clear()  # type: ignore[attr-defined]  # known to all, though not documented; it would hold them all
        if number >= _MOST_MEMBERS:
            raise InstallError(f"It has more than {_MOST_MEMBERS:,} members: that is not the data set.")
        if any(part in {"", ".", ".."} for part in member.name.split("/")):
            continue
        is_data = re.fullmatch(item.member, member.name, re.ASCII) is not None
        is_licence = re.fullmatch(item.licence_member or r"(?!)", member.name, re.ASCII) is not None
        if not (is_data or is_licence):
            continue
        # A sparse member may claim any size, and would be filled up with zeros that no bound has counted.
        if not member.isreg() or member.issparse():
            raise _not_plain(member)
        yield member, is_licence


def _time(seconds: float) -> datetime | None:
    if seconds <= 0:
        return None  # none was written
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _shown(path: Path) -> str:
    return escape_control(path.name.removeprefix(".").removesuffix(".part"))
