"""tar archives (v7, ustar, pax, GNU) read in one pass by the standard library's `tarfile`.

`tarfile` cannot be left alone with a hostile archive: it takes headers of any declared size into memory, goes
back to where a negative size leads (CVE-2025-8194), and up to Python 3.11.9 and 3.12.5 spends quadratic time
and memory on crafted pax records (CVE-2024-6232). So it sees the archive through a file object that goes
forward only, gives a bounded number of header bytes for one member, and checks pax records first. Content is
not taken from `TarFile.extractfile`, which gives nothing of a piece that the archive's end cuts off.
"""

from __future__ import annotations

import io
import re
import tarfile
from typing import TYPE_CHECKING, Literal, NamedTuple

from attribution._text import escape_control, shorten
from attribution.corpus.places import shown_name
from attribution.corpus.streams import CHUNK, Slice, Unreadable, drain, read_exactly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.corpus.streams import Stream

__all__ = ["TarMember", "TarReader", "is_tar_header"]

_BLOCK = tarfile.BLOCKSIZE
_HEADER_BYTES = 1024 * 1024
"""Bytes of headers (long names, pax records, sparse maps) that one member may have."""
_LARGEST = 1 << 63
_LINK_SHOWN = 256
_PAX = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
_LONG = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_LASTING = ("path", "linkpath", "size", "hdrcharset")
"""Records of a global pax header that say how members are read."""
_RECORD = re.compile(rb"([0-9]{1,20}) ")
_DIGITS = re.compile(rb"[0-9]{32,}")
_NAME_STEPS = 2 * 255**2
_STEPS_PER_BYTE = 32
"""Bound on searches for a number, begun anew at each digit: two names of digits alone, and so many in a header."""
_NODES = {
    tarfile.LNKTYPE: "a hard link",
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.CHRTYPE: "a character device",
    tarfile.BLKTYPE: "a block device",
    tarfile.FIFOTYPE: "a named pipe",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
    b"M": "the rest of a file from another volume",
}
_GNU_DUMP_FOLDER, _GNU_VOLUME_LABEL = b"D", b"V"


class TarMember(NamedTuple):
    """One member of an archive.

    Attributes:
        name: As stored; that of a folder ends with one slash.
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
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


class TarReader:
    """The members of an archive, in order; what follows an end mark is read on, as with `cat a.tar b.tar`.

    Args:
        stream: The archive.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._file = _HeaderFile(stream, self)
        self._archive: tarfile.TarFile | None = None

    def __iter__(self) -> Iterator[TarMember]:
        """Give the members.

        Raises:
            Unreadable: A header is broken or the archive ends inside a member, with this object as the layer.
        """
        while (info := self._next()) is not None:
            kind, detail = _kind(info)
            size = info.size if kind == "file" else 0
            content = Slice(self._stream, size, self, "the tar archive ends inside a member")
            if info.type != _GNU_VOLUME_LABEL:
                name = info.name.encode("utf-8", "surrogateescape")
                yield TarMember(name.rstrip(b"/") + b"/" if kind == "folder" else name, kind, detail, content)
            drain(content)
            self._file.pass_over(size)

    def _next(self) -> tarfile.TarInfo | None:
        file = self._file
        file.begin()
        try:
            if self._archive is None:
                self._archive = tarfile.TarFile(fileobj=file, encoding="utf-8", errors="surrogateescape")
            archive = self._archive
            info = archive.next()
        except (tarfile.TarError, OSError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
            raise file.broken() from error
        # A broken header is no error to `tarfile`, it ends the archive.
        if info is None and file.ended:
            return None
        if info is None or not 0 <= info.size < _LARGEST:
            raise file.broken()
        # Neither may grow with the number of members.
        archive.members = []  # type: ignore[attr-defined] # typeshed does not know it
        archive.pax_headers = {key: archive.pax_headers[key] for key in _LASTING if key in archive.pax_headers}
        return info


class _HeaderFile(io.BufferedIOBase):
    """What `tarfile` reads headers from: the archive, forward only, without the zero blocks between members.

    Left to itself `tarfile` either ends at the first zero block or passes over broken headers like those.

    Attributes:
        ended: There is nothing left of the archive.

    Args:
        stream: The archive.
        layer: The archive, for `Unreadable`.
    """

    def __init__(self, stream: Stream, layer: object) -> None:
        super().__init__()
        self.ended = False
        self._stream = stream
        self._layer = layer
        self._position = 0
        self._zeros = 0
        self._at = 0
        self._left = 0
        self._turn: Literal["first", "header", "name", "records", "rest"] = "first"

    def begin(self) -> None:
        """Allow one member's headers to be read."""
        self._left = _HEADER_BYTES
        self._turn = "first"

    def broken(self, detail: str = "") -> Unreadable:
        """Return the error for the header that is being read."""
        detail = detail or f"no valid tar header at byte {self._at:,} of the archive; the rest was not read"
        return Unreadable(self._layer, "malformed", detail)

    def pass_over(self, size: int) -> None:
        """Count content that was read past this object, and skip the padding, which an archive's end may lack."""
        padding = -size % _BLOCK
        read_exactly(self._stream, padding)
        self._position += size + padding

    def tell(self) -> int:
        """Return the position, zero blocks left out."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go forward.

        Raises:
            Unreadable: The archive ends before, or the position lies behind.
        """
        if whence != io.SEEK_SET or offset < self._position:
            raise self.broken()
        while self._position < offset:
            data = self._stream.read(min(CHUNK, offset - self._position))
            if not data:
                raise self.broken("the tar archive ends inside a member")
            self._position += len(data)
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next `size` bytes of a header; none at the end of the archive.

        Raises:
            Unreadable: The archive ends inside the header, or the header is not fit for `tarfile`.
        """
        if size is None or size < 0:
            raise self.broken()
        self._left -= size
        if self._left < 0:
            detail = f"more than {_HEADER_BYTES:,} bytes of tar headers for one member at byte {self._at:,}"
            raise self.broken(f"{detail}; the rest was not read")
        data = self._first_block() if self._turn == "first" and size == _BLOCK else read_exactly(self._stream, size)
        self._position += len(data)
        if len(data) < size and not (self._turn == "first" and size == _BLOCK):
            raise self.broken("the tar archive ends inside a header")
        self._follow(data)
        return data

    def _first_block(self) -> bytes:
        """Return the next block that is not zero; none at the end."""
        while True:
            self._at = self._position + self._zeros
            block = read_exactly(self._stream, _BLOCK)
            if not block or block.strip(b"\0"):
                self.ended = not block
                return block
            self._zeros += len(block)

    def _follow(self, data: bytes) -> None:
        """Keep track of what `tarfile` reads next: the data of an extended header are followed by a header."""
        match self._turn:
            case "records":
                if not _plain_records(data):
                    raise self.broken()
                self._turn = "header"
            case "name":
                self._turn = "header"
            case "first" | "header" if len(data) == _BLOCK:
                kind = data[156:157]
                self._turn = "records" if kind in _PAX else "name" if kind in _LONG else "rest"


def _kind(info: tarfile.TarInfo) -> tuple[Literal["file", "folder", "other"], str]:
    """Return what a member is, and for `other` the words for a person."""
    if info.isdir() or info.type == _GNU_DUMP_FOLDER or (info.type == tarfile.REGTYPE and info.name.endswith("/")):
        return "folder", ""
    if info.type in _NODES or info.issparse() or any(key.startswith("GNU.sparse.") for key in info.pax_headers):
        detail = _NODES.get(info.type, _NODES[tarfile.GNUTYPE_SPARSE]) + " in a tar archive"
        if info.issym() or info.islnk():
            target = shown_name(info.linkname.encode("utf-8", "surrogateescape"))
            detail += f", to {shorten(escape_control(target), _LINK_SHOWN)}"
        return "other", detail
    return ("other" if info.type == _GNU_VOLUME_LABEL else "file"), ""


def _plain_records(data: bytes) -> bool:
    """Say whether pax records `length key=value` fill exactly the bytes that they state, as of Python 3.11.10."""
    if sum(len(run) ** 2 for run in _DIGITS.findall(data)) > _NAME_STEPS + _STEPS_PER_BYTE * len(data):
        return False
    at = 0
    while match := _RECORD.match(data, at):
        end = at + int(match[1])
        if end > len(data) or data.find(b"=", match.end() + 1, end) < 0 or data[end - 1 : end] != b"\n":
            return False
        at = end
    return not data[at:].strip(b"\0")
