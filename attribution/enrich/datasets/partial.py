"""What is left of a download: the part, a note of which file it is a part of, and a claim that keeps others away."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from attribution._files import replacing
from attribution.errors import InstallError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

__all__ = [
    "Note",
    "claimed",
    "drop_note",
    "drop_partial",
    "note_of",
    "open_part",
    "partial_bytes",
    "read_note",
    "write_note",
]

_LONGEST_NOTE = 4096


class Note(NamedTuple):
    """Which file a part is of.

    Attributes:
        url_sha256: Digest of its address, which may hold a token that has no business on disk.
        validator: What tells the server which file is meant (RFC 9110 §13.1.5); None where it gave nothing.
        total: Bytes of the whole file, None where the server did not say.
    """

    url_sha256: str
    validator: str | None
    total: int | None


def note_of(part: Path) -> Path:
    """Return where the note of a part lies."""
    return part.with_name(f"{part.name}.json")


def read_note(part: Path) -> Note | None:
    """Return the note beside a part; None where there is none that is whole."""
    try:
        with note_of(part).open("rb") as handle:
            kept = json.loads(handle.read(_LONGEST_NOTE))
        note = Note(kept["url_sha256"], kept["validator"], kept["total"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    is_whole = isinstance(note.validator, str) and note.validator.isprintable()
    return note if is_whole and (note.total is None or type(note.total) is int) else None


def write_note(part: Path, note: Note) -> None:
    """Write the note beside a part."""
    with replacing(note_of(part)) as temporary:
        temporary.write_text(json.dumps(note._asdict()) + "\n", encoding="utf-8")


def drop_note(part: Path) -> None:
    """Remove the note, without which the part is not gone on with."""
    note_of(part).unlink(missing_ok=True)


def partial_bytes(part: Path) -> int:
    """Count the bytes of a file that was not fetched in full."""
    try:
        return part.stat().st_size
    except OSError:
        return 0


def drop_partial(part: Path) -> None:
    """Remove a fetched file and the note beside it."""
    part.unlink(missing_ok=True)
    drop_note(part)


def open_part(part: Path) -> BinaryIO:
    """Open a part to add to it; it is made where it is not there.

    Raises:
        OSError: It cannot be opened, or is a link or a device, which may lead out of the data folder.
    """
    # Without O_NONBLOCK a pipe of that name would have to be waited for.
    number = os.open(part, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, "it is no regular file: remove it", str(part))
    return os.fdopen(number, "ab")


@contextlib.contextmanager
def claimed(part: Path, title: str) -> Iterator[None]:
    """Keep other processes away from a part while it is fetched and used; what is empty in the end is removed.

    Args:
        part: The part; it need not exist.
        title: What it is a part of, as told to people.

    Raises:
        InstallError: Another process has it.
        OSError: It cannot be opened.
    """
    with contextlib.ExitStack() as stack:
        handle = stack.enter_context(open_part(part))
        _lock(handle, title)
        while not _is_at(handle, part):  # the one that had it before has removed it
            handle = stack.enter_context(open_part(part))
            _lock(handle, title)
        try:
            yield
        finally:
            if _is_at(handle, part) and not partial_bytes(part):
                drop_partial(part)


def _lock(handle: BinaryIO, title: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in {errno.EAGAIN, errno.EACCES}:
            return  # a file system without locks; then the digests alone keep two at once from harm
        raise InstallError(f"{title} is being fetched by another process: wait for it.") from error


def _is_at(handle: BinaryIO, part: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle.fileno()), part.lstat())
    except OSError:
        return False
