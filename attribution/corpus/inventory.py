"""What was read, as one digest: so that a run can say, and a later one check, which bytes it saw."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from attribution.corpus.files import open_file
from attribution.corpus.folder import walk
from attribution.corpus.places import shown_path
from attribution.corpus.streams import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Fingerprint", "Inventory", "fingerprint"]

_ESCAPED = ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\r", b"\\r"))


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Which bytes a source held.

    Attributes:
        source: The source, as in `RawMessage.source`.
        files: Files that were read.
        unread: Files and other nodes that could not be read, or are no files.
        size: Bytes of the files.
        sha256: Hex digest of the file; of a folder, of the lines that `sha256sum` prints for its files in
            the byte order of their paths. None where a single file could not be read to its end, or a folder could
            not be listed.
    """

    source: str
    files: int
    unread: int
    size: int
    sha256: str | None


class Inventory:
    """Collects what was read of one source; give it to `read` to have the hashes from the one pass.

    Attributes:
        rejected_from_lines: Lines of mboxes that stand after an empty line, begin with `From ` and were
            not taken for the start of a message.
    """

    def __init__(self) -> None:
        self._source = ""
        self._single: str | None = None
        self._lines = hashlib.sha256()
        self._files = 0
        self._unread = 0
        self._size = 0
        self._folder = False
        self._listed = True
        self.rejected_from_lines = 0

    def open(self, source: str, *, folder: bool) -> None:
        """Name the source; called by `read`."""
        self._source, self._folder = source, folder

    def add(self, member: bytes, size: int, digest: str | None) -> None:
        """Note a file, in the order of the walk.

        Args:
            member: Path inside the folder; empty for a source that is a file.
            size: Its bytes.
            digest: Its SHA-256 as hex digits; None when it could not be read.
        """
        if digest is None:
            self._unread += 1
            self._listed &= bool(member)
            return
        self._files += 1
        self._size += size
        self._single = digest
        name = member
        for plain, escaped in _ESCAPED:
            name = name.replace(plain, escaped)
        mark = b"" if name == member else b"\\"
        self._lines.update(mark + digest.encode("ascii") + b"  " + name + b"\n")

    def result(self) -> Fingerprint:
        """Return the fingerprint of all that was noted."""
        digest = (self._lines.hexdigest() if self._listed else None) if self._folder else self._single
        return Fingerprint(self._source, self._files, self._unread, self._size, digest)


def fingerprint(path: str, *, progress: Callable[[int], None] | None = None) -> Fingerprint:
    """Read a file, or all files of a folder, only to hash them.

    `read` with an `Inventory` gives the same while the mail is read; this is for checking a source again.

    Args:
        path: An existing file or folder; not standard input.
        progress: Called with the number of bytes that were read since the last call.
    """
    place = os.fsencode(path)
    folder = Path(path).is_dir()
    inventory = Inventory()
    inventory.open(shown_path(path), folder=folder)
    if not folder:
        inventory.add(b"", *_digest(place, follow=True, progress=progress))
        return inventory.result()
    for node in walk(place):
        if node.status == "ok":
            inventory.add(node.member, *_digest(node.path, follow=False, progress=progress))
        else:
            inventory.add(node.member, 0, None)
    return inventory.result()


def _digest(path: bytes, *, follow: bool, progress: Callable[[int], None] | None) -> tuple[int, str | None]:
    try:
        file = open_file(path, follow=follow, progress=progress, hashed=True)
    except Unreadable:
        return 0, None
    try:
        return file.size, file.finish()
    except Unreadable:
        return file.size, None
    finally:
        file.close()
