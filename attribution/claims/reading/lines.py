"""On which line of a TOML text a key stands: the parser does not say."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, NamedTuple

from attribution.claims.reading.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.claims.reading.tokens import Token

__all__ = ["Lines"]

_Path = tuple[str | int, ...]
_DEEPEST = 6
"""Parts of a path that are kept: no key of a claims file lies deeper."""


class Lines:
    """The lines of a text by path: `("claim", 2, "predicate", "kind")`; members of an array are counted from 0.

    Args:
        text: TOML that the parser took.
    """

    def __init__(self, text: str) -> None:
        self._at: dict[_Path, int] = {}
        self._newest: dict[_Path, int] = {}
        table: _Path = ()
        statement: list[Token] = []
        depth = 0
        for token in tokens(text):
            if token.kind == "sign":
                depth += (token.text in "[{") - (token.text in "]}")
            if token.kind != "line":
                statement.append(token)
            elif depth <= 0 and statement:
                table = self._statement(statement, table)
                statement = []
        if statement:
            self._statement(statement, table)

    def of(self, path: Sequence[str | int]) -> int:
        """Return the line of a key, or of the nearest thing around it whose line is known; 1 where nothing is.

        Args:
            path: Names of tables and keys from the outside in, with the number of the member after an array's name.
        """
        for length in range(len(path), 0, -1):
            if (line := self._at.get(tuple(path[:length]))) is not None:
                return line
        return 1

    def _note(self, path: _Path, line: int) -> None:
        path = path[:_DEEPEST]
        while path and path not in self._at:
            self._at[path] = line
            path = path[:-1]

    def _statement(self, statement: list[Token], table: _Path) -> _Path:
        """Note the keys of a statement, and return the table that the next one belongs to."""
        if statement[0].text != "[":
            self._keys(statement, table)
            return table
        path: _Path = ()
        parts = [_name(token) for token in statement if token.kind != "sign"]
        for place, part in enumerate(parts, 1):
            path = (*path, part)[:_DEEPEST]
            if place == len(parts) and statement[1].text == "[":
                self._note(path, statement[0].line)
                self._newest[path] = self._newest.get(path, -1) + 1
            # A table below an array belongs to its newest member.
            path = (*path, self._newest[path]) if path in self._newest else path
        self._note(path, statement[0].line)
        return path

    def _keys(self, statement: list[Token], table: _Path) -> None:
        """Note the keys of `key = value`, and of the tables and arrays in the value."""
        inside, path, named = [_Inside("table", table)], table, False
        for token in statement:
            here = inside[-1]
            sign = token.text if token.kind == "sign" else ""
            if sign and sign in "[{":
                # What opens is a value: of the key that was read last, or the next member of an array.
                path = path if here.kind == "table" else _below(here.path, here.place)
                self._note(path, token.line)
                inside.append(_Inside("array" if sign == "[" else "table", path))
                named = False
            elif sign and sign in "]}":
                inside.pop()
                named = True
            elif sign == ",":
                inside[-1] = here._replace(place=here.place + 1)
                path, named = here.path, False
            elif sign == "=":
                self._note(path, token.line)
                named = True
            elif not sign and not named and here.kind == "table" and token.kind != "line":
                path = _below(path, _name(token))


class _Inside(NamedTuple):
    """A table or array that a value is in: its path, and which member of it comes next."""

    kind: str
    path: _Path
    place: int = 0


def _below(path: _Path, part: str | int) -> _Path:
    return (*path, part)[:_DEEPEST]


def _name(token: Token) -> str:
    """Return the name that a part of a key has."""
    if token.kind == "text" and "\\" in token.text:
        return str(tomllib.loads(f"name = {token.text}")["name"])
    return token.text[1:-1] if token.kind == "text" else token.text
