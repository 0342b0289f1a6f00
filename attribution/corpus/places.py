"""Where an item of the input lies, and file names of any bytes as text that stays distinct."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import PurePath

__all__ = ["Place", "shown_name", "shown_path"]

_ESCAPE = re.compile(r"\\x[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Place:
    """A source and the path inside it.

    Attributes:
        source: The path that was given; `-` for standard input.
        member: The path inside the source, None where the source itself is meant.
    """

    source: str
    member: str | None = None

    def within(self, name: bytes) -> Place:
        """Return the place of a member of the container that lies here."""
        shown = shown_name(name)
        return Place(self.source, shown if self.member is None else f"{self.member}!/{shown}")


def shown_name(name: bytes) -> str:
    r"""Return a file name as valid Unicode, such that different names stay different.

    UTF-8 names come out unchanged. In a name that is no UTF-8 each odd byte becomes `\xhh` and each
    backslash is doubled; the same doubling is done to a name that holds such an escape as plain text.
    """
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        return name.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
    return text.replace("\\", "\\\\") if _ESCAPE.search(text) else text


def shown_path(path: str) -> str:
    """Return a path that was given in normal form and as valid Unicode; see `shown_name`."""
    return shown_name(os.fsencode(PurePath(path)))
