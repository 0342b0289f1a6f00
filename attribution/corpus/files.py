"""Files of the disk, opened so that nothing blocks, nothing is followed and nothing is changed."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from typing import TYPE_CHECKING

from attribution.corpus.streams import Unreadable, drain

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SourceFile", "kind_of_node", "open_file", "reason"]

_SPECIAL = (
    (stat.S_ISLNK, "a symbolic link, which is not followed; give its target as a path of its own"),
    (stat.S_ISFIFO, "a named pipe, which is not read; pipe it to standard input and give `-`"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISBLK, "a block device; read it into an image first"),
)


def reason(error: OSError) -> str:
    """Return what the system says went wrong, without the path."""
    return error.strerror or type(error).__name__


def kind_of_node(mode: int) -> str:
    """Return what a node is that is neither file nor folder, for a person."""
    return next((label for test, label in _SPECIAL if test(mode)), "neither a file nor a folder")


class SourceFile:
    """A regular file that is read once, up to the size that it had at the start.

    Args:
        descriptor: Open for reading; closed by `close`.
        status: Its state when it was opened.
        progress: Called with the number of bytes that were read since the last call; the sum is the size.
        hashed: Compute the SHA-256 on the way.
    """

    def __init__(
        self,
        descriptor: int,
        status: os.stat_result,
        *,
        progress: Callable[[int], None] | None = None,
        hashed: bool = False,
    ) -> None:
        self._descriptor = descriptor
        self._status = status
        self._progress = progress
        self._counted = 0
        self._position = 0
        self._failed = False
        self._hash = hashlib.sha256() if hashed else None

    @property
    def size(self) -> int:
        """Bytes of the file when it was opened."""
        return self._status.st_size

    def read(self, size: int) -> bytes:
        """Return the next bytes; see `streams.Stream`."""
        wanted = min(size, self.size - self._position)
        if wanted <= 0:
            return b""
        try:
            data = os.read(self._descriptor, wanted)
        except OSError as error:
            raise self._failure(error, self._position) from error
        self._position += len(data)
        if self._hash is not None:
            self._hash.update(data)
        self._count(len(data))
        return data

    def pread(self, size: int, offset: int) -> bytes:
        """Return the bytes at an offset; see `streams.RandomAccess`."""
        wanted = min(size, self.size - offset)
        if wanted <= 0 or offset < 0:
            return b""
        try:
            data = os.pread(self._descriptor, wanted, offset)
        except OSError as error:
            raise self._failure(error, offset) from error
        self._count(len(data))
        return data

    def finish(self) -> str | None:
        """Read what was left unread where a hash is wanted, and settle the progress.

        Returns:
            The SHA-256 of the whole file as hex digits, None where none was wanted or the file could not
            be read to its end.

        Raises:
            Unreadable: The rest cannot be read, which was not known before.
        """
        if self._hash is not None and not self._failed:
            drain(self)
        self._count(self.size)
        return None if self._hash is None or self._failed else self._hash.hexdigest()

    def changed(self) -> bool:
        """Say whether the file has another size or time of change than when it was opened."""
        now = os.fstat(self._descriptor)
        return (now.st_size, now.st_mtime_ns) != (self._status.st_size, self._status.st_mtime_ns)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _failure(self, error: OSError, offset: int) -> Unreadable:
        self._failed = True
        return Unreadable(self, "unreadable", f"reading failed at byte {offset:,}: {reason(error)}")

    def _count(self, size: int) -> None:
        fresh = min(size, self.size - self._counted)
        if fresh > 0:
            self._counted += fresh
            if self._progress is not None:
                self._progress(fresh)


def open_file(
    path: bytes, *, follow: bool, progress: Callable[[int], None] | None = None, hashed: bool = False
) -> SourceFile:
    """Open a regular file for reading, without waiting for anything.

    Args:
        path: The file.
        follow: Follow a symbolic link: for a path that was given, not for one that was found.
        progress: See `SourceFile`.
        hashed: See `SourceFile`.

    Raises:
        Unreadable: It cannot be opened, or is no regular file.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | (0 if follow else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP and not follow:
            raise Unreadable(None, "unsupported", kind_of_node(stat.S_IFLNK)) from error
        raise Unreadable(None, "unreadable", f"cannot be opened: {reason(error)}") from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise Unreadable(None, "unsupported", kind_of_node(status.st_mode))
    return SourceFile(descriptor, status, progress=progress, hashed=hashed)
