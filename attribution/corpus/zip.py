"""zip archives read by their central directory, member by member (PKWARE APPNOTE 6.3.10).

The standard library's reader is not used: it holds every member's record in memory at once. Here the
directory is read as it is walked, so a million members cost no more than one.
"""

from __future__ import annotations

import stat
import zlib
from typing import TYPE_CHECKING, NamedTuple

from attribution.corpus.budget import Budget
from attribution.corpus.compressed import Expanded
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
_LOCAL = b"PK\x03\x04"
_END_BYTES, _LOCATOR_BYTES, _END64_BYTES, _ENTRY_BYTES, _LOCAL_BYTES = 22, 20, 56, 46, 30
_LONGEST_ENTRY = _ENTRY_BYTES + 3 * 0xFFFF
_PIECE = 4 * _LONGEST_ENTRY
_FULL32 = 0xFFFFFFFF
_UNIX = (3, 19)  # "version made by" of Unix and macOS: the upper attributes are a file mode
_STORED, _DEFLATE, _BZIP2 = 0, 8, 12
_METHODS = {
    1: "shrink",
    6: "implode",
    9: "deflate64",
    14: "LZMA",
    93: "zstd",
    95: "xz",
    96: "JPEG",
    97: "WavPack",
    98: "PPMd",
    99: "AES encryption",
}


def _le(data: bytes, start: int, size: int) -> int:
    return int.from_bytes(data[start : start + size], "little")


class ZipMember(NamedTuple):
    """One entry of the central directory.

    Attributes:
        name: As stored, made UTF-8 where the archive uses the old code page 437.
        flags, method: Fields of those names.
        crc: CRC-32 of the content.
        packed, size: Bytes in the archive, and of the content.
        start: Offset of the local header.
        mode: Unix file mode, 0 when the archive has none.
    """

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    start: int
    mode: int

    @property
    def folder(self) -> bool:
        """It is a folder."""
        return self.name.endswith(b"/") or stat.S_ISDIR(self.mode)

    def refusal(self) -> str | None:
        """Return why the content is not read, for a person, or None."""
        if self.mode and stat.S_ISLNK(self.mode):
            return "a symbolic link in a zip archive"
        if self.mode and stat.S_IFMT(self.mode) not in (0, stat.S_IFREG):
            return "a device, pipe or socket in a zip archive"
        if self.method == 99 or self.flags & 0x2041:
            return "an encrypted member of a zip archive"
        if self.method not in (_STORED, _DEFLATE, _BZIP2):
            return f"a zip member packed by {_METHODS.get(self.method, f'method {self.method}')}"
        return None


class ZipReader:
    """The members of an archive in the order of its directory.

    Args:
        file: The archive. Bytes before its first member, as in a self-extracting one, are allowed.
    """

    def __init__(self, file: RandomAccess) -> None:
        self._file = file
        self._shift = 0
        self._directory = 0

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
            length = _entry_bytes(piece, at - base)
            record = piece[at - base : at - base + length]
            if not record.startswith(_ENTRY) or len(record) < length:
                raise self._broken(f"broken zip directory at byte {at:,}; the rest was not read")
            yield _entry(record)
            at += length

    def open(self, member: ZipMember, limits: Limits, outer: Budget) -> Stream:
        """Return the content of a member as a stream that checks size and CRC at its end.

        Raises:
            Unreadable: The member is not where the directory says, with the member as the layer.
        """
        start = member.start + self._shift
        local = self._file.pread(_LOCAL_BYTES, start)
        if len(local) < _LOCAL_BYTES or not local.startswith(_LOCAL):
            raise Unreadable(member, "malformed", f"no zip member at byte {start:,}, where the directory has one")
        begin = start + _LOCAL_BYTES + _le(local, 26, 2) + _le(local, 28, 2)
        if begin + member.packed > self._directory:
            raise Unreadable(member, "malformed", "a zip member that reaches beyond the archive")
        packed = _Packed(self._file, begin, member.packed)
        if member.method == _STORED:
            return _Checked(packed, member, ())
        budget = Budget(limits, outer)
        expanded = Expanded(packed, "deflate" if member.method == _DEFLATE else "bzip2 member", budget)
        return _Checked(expanded, member, (expanded, budget))

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


class _Packed:
    """The bytes of one member as they lie in the archive."""

    def __init__(self, file: RandomAccess, start: int, size: int) -> None:
        self._file = file
        self._at = start
        self._end = start + size

    def read(self, size: int) -> bytes:
        data = self._file.pread(min(size, self._end - self._at), self._at)
        self._at += len(data)
        return data


class _Checked:
    """The content of one member, held to the size and CRC that the directory states.

    What goes wrong in one of its inner layers is an error of the member.
    """

    def __init__(self, stream: Stream, member: ZipMember, inner: tuple[object, ...]) -> None:
        self._stream = stream
        self._member = member
        self._inner = inner
        self._size = 0
        self._crc = 0

    def read(self, size: int) -> bytes:
        try:
            data = self._stream.read(size)
        except Unreadable as error:
            if any(error.layer is layer for layer in self._inner):
                error.layer = self._member
            raise
        if data:
            self._size += len(data)
            self._crc = zlib.crc32(data, self._crc)
        elif self._size != self._member.size:
            detail = f"a zip member of {self._size:,} bytes, where the directory says {self._member.size:,}"
            raise Unreadable(self._member, "malformed", detail)
        elif self._crc != self._member.crc:
            raise Unreadable(self._member, "malformed", "a zip member with a wrong checksum (CRC-32)")
        return data


def _entry_bytes(piece: bytes, at: int) -> int:
    return _ENTRY_BYTES + _le(piece, at + 28, 2) + _le(piece, at + 30, 2) + _le(piece, at + 32, 2)


def _entry(record: bytes) -> ZipMember:
    name_end = _ENTRY_BYTES + _le(record, 28, 2)
    flags = _le(record, 8, 2)
    wide = _zip64_numbers(record[name_end : name_end + _le(record, 30, 2)])
    # The zip64 field holds those numbers, in this order, that do not fit into 32 bits.
    size, packed, start = (
        wide.pop(0) if wide and number == _FULL32 else number
        for number in (_le(record, 24, 4), _le(record, 20, 4), _le(record, 42, 4))
    )
    return ZipMember(
        name=_name(record[_ENTRY_BYTES:name_end], flags),
        flags=flags,
        method=_le(record, 10, 2),
        crc=_le(record, 16, 4),
        packed=packed,
        size=size,
        start=start,
        mode=_le(record, 40, 2) if record[5] in _UNIX else 0,
    )


def _zip64_numbers(extra: bytes) -> list[int]:
    """Return the numbers of the zip64 extra field, in their order; none where there is no such field."""
    at = 0
    while at + 4 <= len(extra):
        size = _le(extra, at + 2, 2)
        if _le(extra, at, 2) == 1:
            data = extra[at + 4 : at + 4 + size]
            return [_le(data, start, 8) for start in range(0, len(data) - 7, 8)]
        at += 4 + size
    return []


def _name(name: bytes, flags: int) -> bytes:
    """Return a member's name in UTF-8: flag bit 11 says that it is, else bytes that cannot be are code page 437."""
    if flags & 0x800:
        return name
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp437").encode("utf-8")
    return name
