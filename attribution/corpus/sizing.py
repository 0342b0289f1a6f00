"""How much there is to read, for a progress bar."""

from __future__ import annotations

import os
import stat

from attribution.corpus.folder import walk
from attribution.corpus.reader import stat_given

__all__ = ["size"]


def size(path: str) -> int | None:
    """Return the bytes of the files that `read` will read; its `progress` adds up to them.

    Args:
        path: A file or folder, or `-`.

    Returns:
        The bytes; None for standard input, which does not say.

    Raises:
        InputNotFoundError: The path does not exist.
    """
    if path == "-":
        return None
    status = stat_given(path)
    if isinstance(status, OSError):
        return 0
    if stat.S_ISDIR(status.st_mode):
        return sum(node.size for node in walk(os.fsencode(path)))
    return status.st_size if stat.S_ISREG(status.st_mode) else 0
