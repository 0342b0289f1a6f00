"""On which line of a TOML text a key stands: the parser of the standard library does not say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Lines"]

_Path = tuple[str | int, ...]
_PART = r'(?:[A-Za-z0-9_-]{1,100}|"[^"\n]{0,100}"|\'[^\'\n]{0,100}\')'
_KEY = re.compile(rf"[ \t]*({_PART}(?:[ \t]*\.[ \t]*{_PART}){{0,8}})[ \t]*=")
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_PART}(?:[ \t]*\.[ \t]*{_PART}){{0,8}})[ \t]*\]")
_SPLIT = re.compile(_PART)
_QUOTES = ('"""', "'''")


class Lines:
    """The lines of a text by path: `("claim", 2, "predicate", "kind")`; blocks of an array are counted from 0.

    Args:
        text: TOML that the parser took.
    """

    def __init__(self, text: str) -> None:
        self._at: dict[_Path, int] = {}
        counts: dict[str, int] = {}
        table: _Path = ()
        open_quote = ""
        for number, line in enumerate(text.split("\n"), 1):
            if open_quote:
                open_quote = "" if line.count(open_quote) % 2 else open_quote
                continue
            if header := _HEADER.match(line):
                table = _table(header[1], header[2], counts)
                self._note(table, number)
            elif key := _KEY.match(line):
                self._note(table + _parts(key[1]), number)
            open_quote = next((quote for quote in _QUOTES if line.count(quote) % 2), "")

    def of(self, path: Sequence[str | int]) -> int:
        """Return the line of a key, or of the nearest thing around it whose line is known; 1 where nothing is.

        Args:
            path: Names of tables and keys from the outside in, with the number of the block after an array's name.
        """
        for length in range(len(path), 0, -1):
            if (line := self._at.get(tuple(path[:length]))) is not None:
                return line
        return 1

    def _note(self, path: _Path, number: int) -> None:
        for length in range(1, len(path) + 1):
            self._at.setdefault(path[:length], number)


def _parts(text: str) -> _Path:
    return tuple(part.strip("\"'") for part in _SPLIT.findall(text))


def _table(brackets: str, name: str, counts: dict[str, int]) -> _Path:
    """Return the path of a header; a table below an array belongs to its newest block."""
    first, *rest = _parts(name)
    if brackets == "[[" and not rest:
        counts[str(first)] = counts.get(str(first), -1) + 1
    return (first, counts[str(first)], *rest) if str(first) in counts else (first, *rest)
