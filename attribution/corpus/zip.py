"""zip archives read member by member by the standard library's `zipfile`.

`zipfile` reads the whole directory at once and keeps half a kilobyte for each member, 500 MiB for a million
empty ones. So it is shown the archive once for each entry of the directory, as if that were the only one: what
remains to be done here is to find the directory and to cut it into entries (PKWARE APPNOTE 6.3.10, 4.3.12 to
4.3.16). LZMA members are refused: they name the size of the buffer that `zipfile` takes for them, up to 4 GiB.
"""

from __future__ import annotations

import io
import lzma
import stat
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, NamedTuple, cast

from attribution.corpus.budget import Budget
from attribution.corpus.streams import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.corpus.streams import RandomAccess, Stream
    from attribution.limits import Limits

__all__ = ["ZipMember", "ZipReader"]

_END = b"PK\x05\x06"
_END64 = b"PK\x06\x06"
_LOCATOR64 = b"PK\x06\x07"
_ENTRY = b"PK\x01\x02"
_END_BYTES, _LOCATOR_BYTES, _END64_BYTES, _ENTRY_BYTES, _LOCAL_BYTES = 22, 20, 56, 46, 30
_LONGEST_ENTRY = _ENTRY_BYTES + 3 * 0xFFFF
_PIECE = 4 * _LONGEST_ENTRY
_CONTENT_PIECE = 4096
"""Bytes that are asked for at once: with a wrong checksum `zipfile` keeps back the last of them."""
_BZIP2_INPUT = 32
"""Packed bytes given at once: `zipfile` expands them without a bound, a block of bzip2 to up to 45 MiB."""
_UNIX = (3, 19)  # "version made by" of Unix and macOS: the upper attributes are a file mode
_ENCRYPTED = 0x2041  # flags: encrypted, strongly encrypted, masked header
_UTF8 = 0x800
_METHODS = {9: "deflate64", 14: "LZMA", 93: "zstd", 95: "xz", 98: "PPMd"}
_FAULTS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, EOFError, ValueError, RuntimeError)
"""What `zipfile` raises for broken archives; `RuntimeError` includes what it has not implemented."""


def _le(data: bytes, start: int, size: int) -> int:
    return int.from_bytes(data[start : start + size], "little")


class ZipMember(NamedTuple):
    """One entry of the central directory.

    Attributes:
        name: As stored, made UTF-8 where the archive uses the old code page 437.
        info: What `zipfile` makes of it; None where that fails.
        archive: The archive with this member alone, as `zipfile` reads it; None where that fails.
        source: The same, as `zipfile` sees it.
    """

    name: bytes
    info: zipfile.ZipInfo | None
    archive: zipfile.ZipFile | None
    source: _OneMember

    @property
    def folder(self) -> bool:
        """It is a folder."""
        return self.name.endswith(b"/") or stat.S_ISDIR(self._mode())

    def refusal(self) -> str | None:
        """Return why the content is not read, for a person, or None."""
        info = self.info
        if info is None:
            return None
        mode = self._mode()
        if stat.S_ISLNK(mode):
            return "a symbolic link in a zip archive"
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            return "a device, pipe or socket in a zip archive"
        if info.compress_type == 99 or info.flag_bits & _ENCRYPTED:
            return "an encrypted member of a zip archive"
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
            return f"a zip member packed by {_METHODS.get(info.compress_type, f'method {info.compress_type}')}"
        return None

    def _mode(self) -> int:
        """Return the Unix file mode, 0 when the archive has none."""
        return self.info.external_attr >> 16 if self.info is not None and self.info.create_system in _UNIX else 0


class ZipReader:
    """The members of an archive in the order of its directory.

    Args:
        file: The archive. Bytes before its first member, as in a self-extracting one, are allowed.
    """

    def __init__(self, file: RandomAccess) -> None:
        self._file = file
        self._shift = 0
        self._directory = 0
        self._packed = 0

    def __iter__(self) -> Iterator[ZipMember]:
        """Give the members.

        Raises:
            Unreadable: The directory is missing or broken, with this object as the layer.
        """
        position, size = self._find_directory()
        self._directory = position
        end = position + size
        piece, base, at = b"", position, position
        while at < end:
            if len(piece) - (at - base) < _LONGEST_ENTRY:
                base, piece = at, self._file.pread(min(_PIECE, end - at), at)
            start = at - base
            length = _ENTRY_BYTES + sum(_le(piece, start + field, 2) for field in (28, 30, 32))
            entry = piece[start : start + length]
            if not entry.startswith(_ENTRY) or len(entry) < length:
                raise self._broken(f"broken zip directory at byte {at:,}; the rest was not read")
            yield self._member(entry)
            at += length

    def open(self, member: ZipMember, limits: Limits, outer: Budget) -> Stream:
        """Return the content of a member as a stream that checks size and CRC at its end.

        Raises:
            Unreadable: The member is not where the directory says, with the member as the layer.
        """
        info, archive = member.info, member.archive
        if info is None or archive is None:
            raise Unreadable(member, "malformed", "a broken entry in the directory of a zip archive")
        if info.header_offset + _LOCAL_BYTES + info.compress_size > self._directory:
            raise Unreadable(member, "malformed", "a zip member that reaches beyond the archive")
        if self._packed + info.compress_size > self._directory:
            raise Unreadable(member, "malformed", "a zip member that overlaps others: together they exceed the archive")
        self._packed += info.compress_size
        try:
            # `zipfile` refuses a member whose two names differ; here its content counts, under the directory's name.
            info.orig_filename = self._local_name(info)
            content = cast("zipfile.ZipExtFile", archive.open(info))
        except _FAULTS as error:
            detail = f"no zip member at byte {info.header_offset:,}, where the directory has one"
            raise Unreadable(member, "malformed", detail) from error
        budget = None if info.compress_type == zipfile.ZIP_STORED else Budget(limits, outer)
        member.source.begin(budget, _BZIP2_INPUT if info.compress_type == zipfile.ZIP_BZIP2 else _LONGEST_ENTRY)
        return _Content(content, member, budget, info.file_size)

    def _local_name(self, info: zipfile.ZipInfo) -> str:
        """Return the name that a member's own header gives it."""
        header = self._file.pread(_LOCAL_BYTES, info.header_offset)
        name = self._file.pread(_le(header, 26, 2), info.header_offset + _LOCAL_BYTES)
        return name.decode("utf-8" if _le(header, 6, 2) & _UTF8 else "cp437")

    def _member(self, entry: bytes) -> ZipMember:
        """Return an entry of the directory as `zipfile` reads it."""
        source = _OneMember(self._file, self._directory, entry)
        try:
            archive = zipfile.ZipFile(source)
            (info,) = archive.infolist()
        except _FAULTS:
            return ZipMember(entry[_ENTRY_BYTES:][: _le(entry, 28, 2)], None, None, source)
        # The directory was said to stand at 0, and `zipfile` has moved everything to where it found it.
        info.header_offset += self._shift - self._directory
        return ZipMember(_name(info), info, archive, source)

    def _find_directory(self) -> tuple[int, int]:
        """Return offset and size of the central directory, by the last end record that fits one."""
        file = self._file
        tail_at = max(0, file.size - _END_BYTES - 0xFFFF)
        tail = file.pread(file.size - tail_at, tail_at)
        found = len(tail) - _END_BYTES + 1
        while (found := tail.rfind(_END, 0, max(0, found) + len(_END) - 1)) >= 0:
            record = tail[found : found + _END_BYTES]
            end_at, size, offset = self._directory_numbers(record, tail_at + found)
            self._shift = end_at - size - offset
            position = offset + self._shift
            if self._shift >= 0 and (size == 0 or file.pread(len(_ENTRY), position) == _ENTRY):
                return position, size
        raise self._broken("no zip directory: the archive is cut off or broken")

    def _directory_numbers(self, record: bytes, at: int) -> tuple[int, int, int]:
        """Return where the directory ends, its size, and its offset as stated."""
        size, offset = _le(record, 12, 4), _le(record, 16, 4)
        locator_at = at - _LOCATOR_BYTES
        locator = self._file.pread(_LOCATOR_BYTES, locator_at)
        if locator.startswith(_LOCATOR64):
            # Bytes in front of the archive move the zip64 record from where it is said to be.
            for at64 in (_le(locator, 8, 8), locator_at - _END64_BYTES):
                record64 = self._file.pread(_END64_BYTES, at64)
                if len(record64) == _END64_BYTES and record64.startswith(_END64):
                    return at64, _le(record64, 40, 8), _le(record64, 48, 8)
        return at, size, offset

    def _broken(self, detail: str) -> Unreadable:
        return Unreadable(self, "malformed", detail)


class _OneMember(io.BufferedIOBase):
    """An archive up to its directory, followed by one entry of that and an end record.

    Args:
        file: The archive.
        size: Where its directory begins.
        entry: The entry.
    """

    def __init__(self, file: RandomAccess, size: int, entry: bytes) -> None:
        super().__init__()
        self._budget: Budget | None = None
        self._file = file
        self._size = size
        self._tail = entry + struct.pack("<4s4H2LH", _END, 0, 0, 1, 1, len(entry), 0, 0)
        self._most = _LONGEST_ENTRY
        self._position = 0

    def begin(self, budget: Budget | None, most: int) -> None:
        """Have what follows, the content, counted by a budget and given in pieces of so many bytes at most."""
        self._budget = budget
        self._most = most

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a position.

        Raises:
            OSError: It lies before the start.
        """
        offset += (0, self._position, self._size + len(self._tail))[whence]
        if offset < 0:
            raise OSError("a position before the start of the archive")
        self._position = offset
        return offset

    def read(self, size: int | None = -1, /) -> bytes:
        """Return some of the next `size` bytes, none only at the end."""
        if size is None or size < 0:
            size = len(self._tail)
        at = self._position - self._size
        if at >= 0:
            data = self._tail[at : at + size]
        else:
            data = self._file.pread(min(size, self._most, -at), self._position)
            if self._budget is not None:
                self._budget.take(len(data))
        self._position += len(data)
        return data


class _Content:
    """The content of one member, held to the size that the directory states; `zipfile` checks the CRC.

    What goes wrong in it is an error of the member.
    """

    def __init__(self, content: zipfile.ZipExtFile, member: ZipMember, budget: Budget | None, size: int) -> None:
        self._content = content
        self._member = member
        self._budget = budget
        self._stated = size
        self._size = 0

    def read(self, size: int) -> bytes:
        try:
            data = self._content.read1(min(size, _CONTENT_PIECE))
            if data and self._budget is not None:
                self._budget.give(len(data))
        except zipfile.BadZipFile as error:
            raise Unreadable(self._member, "malformed", "a zip member with a wrong checksum (CRC-32)") from error
        except _FAULTS as error:
            detail = f"broken data of a zip member: {str(error) or 'they end too early'}"
            raise Unreadable(self._member, "malformed", detail) from error
        except Unreadable as error:
            if error.layer is self._budget:
                error.layer = self._member
            raise
        self._size += len(data)
        if not data and self._size != self._stated:
            detail = f"a zip member of {self._size:,} bytes, where the directory says {self._stated:,}"
            raise Unreadable(self._member, "malformed", detail)
        return data


def _name(info: zipfile.ZipInfo) -> bytes:
    """Return a name in UTF-8: flag bit 11 says that it is, else bytes that cannot be are code page 437."""
    name = info.orig_filename
    if info.flag_bits & _UTF8:
        return name.encode("utf-8")
    stored = name.encode("cp437")
    try:
        stored.decode("utf-8")
    except UnicodeDecodeError:
        return name.encode("utf-8")
    return stored
