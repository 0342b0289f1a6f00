"""Paths as they are given, and files written so that a reader never sees half of one; a leaf that all may use."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["listed", "replacing", "sha256_of"]


def listed(given: str | Path | Iterable[str | Path]) -> tuple[str, ...]:
    """Return the texts of one path or several: a text that stands alone is no list of letters."""
    return tuple(map(str, [given] if isinstance(given, str | Path) else given))


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it is synced and takes the name, else it is removed.

    Args:
        path: The file to write or replace. Its folder must exist.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hex digits, read in pieces."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
