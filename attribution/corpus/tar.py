"""tar archives read in one pass: v7, ustar (POSIX.1-1988), pax (POSIX.1-2001) and GNU.

The standard library's reader is not used: it takes headers of any declared size into memory, and what it
does on hostile ones depends on the version of Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from attribution._text import escape_control
from attribution.corpus.places import shown_name
from attribution.corpus.streams import Slice, Unreadable, drain, read_exactly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.corpus.streams import Stream

__all__ = ["TarMember", "TarReader", "is_tar_header"]

_BLOCK = 512
_HEADER_BYTES = 1024 * 1024
"""Bytes of an extended header (long names, pax records) that are taken into memory."""
_LARGEST = 1 << 63
_NODES = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a character device",
    b"4": "a block device",
    b"6": "a named pipe",
    b"M": "the rest of a file from another volume",
    b"S": "a sparse file",
}


class TarMember(NamedTuple):
    """One member of an archive.

    Attributes:
        name: As stored.
        kind: `file`; `folder`; `other` for links, devices and what has no plain content.
        detail: For `other`: what it is, for a person.
        content: The bytes, to be read before the next member is asked for; empty unless it is a file.
    """

    name: bytes
    kind: Literal["file", "folder", "other"]
    detail: str
    content: Slice


def is_tar_header(block: bytes) -> bool:
    """Say whether a block of 512 bytes is the header of a tar member: its own checksum decides."""
    if len(block) != _BLOCK or not block[0]:
        return False
    try:
        stored = _number(block[148:156])
    except ValueError:
        return False
    around = block[:148] + b" " * 8 + block[156:]
    total = sum(around)
    if stored == total:
        return True
    # Some old systems summed the bytes as signed ones.
    return stored == total - 256 * sum(byte > 0x7F for byte in around)


class TarReader:
    """The members of an archive, in order; what follows an end mark is read on, as with `cat a.tar b.tar`.

    Args:
        stream: The archive.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._position = 0

    def __iter__(self) -> Iterator[TarMember]:
        """Give the members.

        Raises:
            Unreadable: A header is broken or the archive ends inside a member, with this object as the layer.
        """
        extended: dict[bytes, bytes] = {}
        common: dict[bytes, bytes] = {}
        while block := self._block():
            if not block.strip(b"\0"):
                continue
            if not is_tar_header(block):
                at = self._position - len(block)
                raise self._broken(f"no tar header at byte {at:,} of the archive; the rest was not read")
            kind = block[156:157]
            size = self._size(block[124:136])
            if kind in (b"x", b"g", b"X", b"L", b"K"):
                data = self._header_data(size)
                if kind == b"L":
                    extended[b"path"] = data.rstrip(b"\0")
                elif kind == b"g":
                    common |= _pax_records(data)
                elif kind != b"K":
                    extended |= _pax_records(data)
                continue
            yield from self._member(block, kind, size, common | extended)
            extended = {}

    def _member(self, block: bytes, kind: bytes, size: int, extended: dict[bytes, bytes]) -> Iterator[TarMember]:
        name = extended.get(b"path") or _name(block)
        if b"size" in extended:
            size = self._decimal_size(extended[b"size"])
        if kind == b"S":
            self._skip_sparse_map(block)
        elif kind in (b"1", b"2", b"3", b"4", b"5", b"6"):
            size = 0
        content = Slice(self._stream, size, self, "the tar archive ends inside a member")
        if kind in (b"5", b"D") or (kind in (b"\0", b"0") and name.endswith(b"/")):
            yield TarMember(name, "folder", "", self._nothing())
        elif kind in _NODES or any(key.startswith(b"GNU.sparse.") for key in extended):
            label = _NODES.get(kind, _NODES[b"S"])
            target = escape_control(shown_name(block[157:257].partition(b"\0")[0]))
            detail = f"{label} in a tar archive" + (f", to {target}" if kind in (b"1", b"2") else "")
            yield TarMember(name, "other", detail, self._nothing())
        elif kind != b"V":
            yield TarMember(name, "file", "", content)
        drain(content)
        self._position += size
        self._pad(size)

    def _nothing(self) -> Slice:
        return Slice(self._stream, 0, self, "")

    def _broken(self, detail: str) -> Unreadable:
        return Unreadable(self, "malformed", detail)

    def _block(self) -> bytes:
        block = read_exactly(self._stream, _BLOCK)
        self._position += len(block)
        return block

    def _pad(self, size: int) -> None:
        self._position += len(read_exactly(self._stream, -size % _BLOCK))

    def _header_data(self, size: int) -> bytes:
        if size > _HEADER_BYTES:
            raise self._broken(f"a tar header of {size:,} bytes at byte {self._position:,}; the rest was not read")
        data = read_exactly(self._stream, size)
        if len(data) < size:
            raise self._broken("the tar archive ends inside a header")
        self._position += size
        self._pad(size)
        return data

    def _size(self, digits: bytes) -> int:
        try:
            size = _number(digits)
        except ValueError:
            size = -1
        if not 0 <= size < _LARGEST:
            raise self._broken(f"a tar member without a valid size at byte {self._position:,}; the rest was not read")
        return size

    def _decimal_size(self, digits: bytes) -> int:
        if not digits.isdigit() or len(digits) > 19 or int(digits) >= _LARGEST:
            raise self._broken(f"a tar member without a valid size at byte {self._position:,}; the rest was not read")
        return int(digits)

    def _skip_sparse_map(self, block: bytes) -> None:
        """Pass over the further blocks of an old GNU sparse header."""
        more = block[482:483]
        while more not in (b"", b"\0"):
            more = self._block()[504:505]


def _number(digits: bytes) -> int:
    """Read an octal number, or a binary one as GNU and star write it when it does not fit.

    Raises:
        ValueError: It is neither.
    """
    if digits[0] == 0x80:
        return int.from_bytes(digits[1:], "big")
    text = digits.split(b"\0", 1)[0].strip()
    if not text:
        return 0
    if text.translate(None, b"01234567"):
        raise ValueError("not an octal number")
    return int(text, 8)


def _name(block: bytes) -> bytes:
    name = block[:100].partition(b"\0")[0]
    if block[257:263] == b"ustar\0":
        prefix = block[345:500].partition(b"\0")[0]
        if prefix:
            return prefix + b"/" + name
    return name


def _pax_records(data: bytes) -> dict[bytes, bytes]:
    """Return the records `length key=value` of a pax header; a broken one ends the list."""
    records: dict[bytes, bytes] = {}
    position = 0
    while position < len(data):
        blank = data.find(b" ", position, position + 20)
        digits = data[position:blank] if blank > 0 else b""
        if not digits.isdigit():
            break
        end = position + int(digits)
        if end <= blank or end > len(data):
            break
        key, _, value = data[blank + 1 : end - 1].partition(b"=")
        records[key] = value
        position = end
    return records
