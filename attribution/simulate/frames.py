"""The containers that mail can be written in: mbox, Maildir, single files, a compressed archive of those.

A container is written in pieces that do not depend on one another, so that several processes can make them.
"""

from __future__ import annotations

import gzip
import tarfile
from typing import TYPE_CHECKING, NamedTuple, Protocol

from attribution.simulate.mbox import mbox_entry

if TYPE_CHECKING:
    from pathlib import Path

    from attribution.simulate.model import Generated

__all__ = ["FORMATS", "Frame", "Place", "begin_mail", "end_of", "frame_of", "name_of_mail"]

FORMATS = ("mbox", "maildir", "eml", "tar.gz")
"""What `--format` takes."""
_NAMES = {"mbox": "dump.mbox", "maildir": "Maildir", "eml": "mail", "tar.gz": "mail.tar.gz"}
_IN_FOLDER = 1000
"""Files that one folder of single messages holds."""


class Place(NamedTuple):
    """Where a message stands: the path in its container, the first byte in the piece, and its bytes as written."""

    member: str | None
    offset: int
    data: bytes


class Frame(Protocol):
    """One piece of a container, which is filled from the start."""

    def add(self, message: Generated, order: int) -> Place:
        """Put a message in, the one with this number in the whole dump, from 0."""

    def close(self) -> bytes:
        """Return the bytes of the piece; none where the messages are files of their own."""


def name_of_mail(kind: str) -> str:
    """Return the name of the container of a format."""
    return _NAMES[kind]


def begin_mail(kind: str, path: Path, messages: int) -> None:
    """Make the folders that a container needs.

    Args:
        kind: One of `FORMATS`.
        path: Of the container.
        messages: How many there will be.
    """
    if kind == "maildir":
        for name in ("cur", "new", "tmp"):
            (path / name).mkdir(parents=True)
    elif kind == "eml":
        for number in range(-(-messages // _IN_FOLDER)):
            (path / f"{number:03}").mkdir(parents=True)


def frame_of(kind: str, path: Path) -> Frame:
    """Return an empty piece of a container.

    Args:
        kind: One of `FORMATS`.
        path: Of the container.
    """
    if kind == "mbox":
        return _Mbox()
    return _Tar() if kind == "tar.gz" else _Files(path, maildir=kind == "maildir")


def end_of(kind: str) -> bytes:
    """Return what closes a container, behind its last piece."""
    return _packed(bytes(2 * tarfile.BLOCKSIZE)) if kind == "tar.gz" else b""


class _Mbox:
    """Entries of an mbox file."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, message: Generated, order: int) -> Place:  # noqa: ARG002 (as the others)
        line, data = mbox_entry(message)
        self._parts += (line, data, b"\n")
        offset = self._size + len(line)
        self._size = offset + len(data) + 1
        return Place(None, offset, data)

    def close(self) -> bytes:
        return b"".join(self._parts)


class _Files:
    """Single messages, in a Maildir or in folders of a thousand; they are written at once."""

    def __init__(self, path: Path, *, maildir: bool) -> None:
        self._path = str(path)
        self._maildir = maildir

    def add(self, message: Generated, order: int) -> Place:
        if self._maildir:
            member = f"cur/{message.received_at}.M{order:07}P1.mail:2,S"
        else:
            member = f"{order // _IN_FOLDER:03}/{order:07}.eml"
        with open(f"{self._path}/{member}", "wb", buffering=0) as file:  # noqa: PTH123 (a path object a message is slow)
            file.write(message.data)
        return Place(member, 0, message.data)

    def close(self) -> bytes:
        return b""


class _Tar:
    """Members of a tar archive (POSIX ustar), each piece compressed by itself: gzip allows that (RFC 1952 §2.2)."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def add(self, message: Generated, order: int) -> Place:
        data = message.data
        info = tarfile.TarInfo(f"mail/{order // _IN_FOLDER:03}/{order:07}.eml")
        info.size, info.mtime = len(data), message.received_at
        self._parts += (info.tobuf(tarfile.USTAR_FORMAT), data, bytes(-len(data) % tarfile.BLOCKSIZE))
        return Place(info.name, 0, data)

    def close(self) -> bytes:
        return _packed(b"".join(self._parts))


def _packed(data: bytes) -> bytes:
    return gzip.compress(data, 6, mtime=0)
