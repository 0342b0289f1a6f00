"""On which line of a TOML text a key stands, and what to write in place of a fault: the parser does not say."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from attribution._text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Lines", "Token", "hint", "tokens"]

_Path = tuple[str | int, ...]
_DEEPEST = 6
"""Parts of a path that are kept: no key of a claims file lies deeper."""
_TOKEN = re.compile(
    r"""
      (?P<text>
          \"{3}(?:[^"\\]|\\[\s\S]|"(?!""))*+(?:"{3,5}|\\?\Z)   # a text that goes on to the end was not closed
        | '{3}(?:[^']|'(?!''))*+(?:'{3,5}|\Z)
        | "(?:[^"\\\n]|\\.)*+"
        | '[^'\n]*+'
      )
    | (?P<comment>\#[^\n]*+)
    | (?P<line>\n)
    | (?P<sign>[][{}=,.])
    | (?P<word>[A-Za-z0-9_+:-]++)
    """,
    re.VERBOSE,
)
_CURLY = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb"
_NEXT_KEY = re.compile(rf"[{_CURLY}]\s*,\s*[\w-]+\s*=\s*\Z")
_UNCLOSED_TEXT = ("Illegal character", "Unterminated string")
_GROUPED = re.compile(r"(?<![\w.,])[0-9]{1,3}(?:,[0-9]{3})++(?:\.[0-9]++)?(?![\w,]*[0-9])")
_NO_ZERO = re.compile(r"([+-]?)\.([0-9]++)")
_DAY = re.compile(r"(?<![\w./-])([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{1,4})(?!\w)")
_SHOWN = 40


class Token(NamedTuple):
    """A part of a TOML text.

    Attributes:
        kind: `text`, `line` (its end), `sign` or `word`.
        text: As it stands there, quotes included.
        line: The line that it begins on, from 1.
    """

    kind: str
    text: str
    line: int


def tokens(text: str) -> Iterator[Token]:
    """Take a text apart, comments left out; up to the first thing that is no TOML, as the parser does.

    Args:
        text: Any text, its lines ended by line feeds alone.
    """
    line = 1
    for match in _TOKEN.finditer(text):
        kind, found = str(match.lastgroup), match[0]
        if kind != "comment":
            yield Token(kind, found, line)
        line += 1 if kind == "line" else found.count("\n") if kind == "text" else 0


def hint(text: str, says: str, line: int, column: int | None = None) -> str:
    """Return what to write in place of a fault; empty where that cannot be told.

    Args:
        text: What the parser did not take, its lines ended by line feeds alone.
        says: What the parser says of the fault.
        line: Where it found it, from 1.
        column: See `line`; None for the end of that line.
    """
    rows = text.split("\n")
    row = rows[line - 1]
    at = len(row) if column is None else column - 1
    here = row[at : at + 1]
    unclosed = says.startswith(_UNCLOSED_TEXT)
    # A text that a curly quote should have closed goes on to the quotes of the next one: "a”, key = "
    before = row[:at].rstrip()
    swallowed = before.endswith('"') and _NEXT_KEY.search(before[:-1].rpartition('"')[2][-_SHOWN:])
    if (here and here in _CURLY) or swallowed or (unclosed and any(sign in row for sign in _CURLY)):
        return 'write straight quotes: "..."'
    for day in _DAY.finditer(row):
        if day.start() <= at < day.end() and 4 in {len(day[1]), len(day[4])}:
            return f"write {_day(day)}" if _day(day) else "write a day as year-month-day, such as 2014-01-16"
    if says == "Invalid value" and (number := _NO_ZERO.match(row, at)):
        return f"write {number[1]}0.{shorten(number[2], _SHOWN)}"
    # The parser takes what stands behind the comma in braces for a key, and misses the "=" behind it.
    end = len(before) if says.startswith("Expected '='") else -1
    for found in _GROUPED.finditer(row):
        if found.start() <= at < found.end() or found.end() == end:
            return f"write {shorten(found[0].replace(',', '_'), _SHOWN)}"
    if _in_braces("\n".join([*rows[: line - 1], row[:at]])):
        if here == "}" and before.endswith(","):
            return "leave out the comma before }"
        if here in {"", "#"}:
            return "write all of { ... } on one line, or as a table of its own: [claim.predicate]"
    return ""


def _in_braces(text: str) -> bool:
    """Return whether the innermost bracket that is open where a text ends is a brace."""
    opened: list[str] = []
    for token in tokens(text):
        if token.kind == "sign" and token.text in "[{":
            opened.append(token.text)
        elif token.kind == "sign" and token.text in "]}" and opened:
            opened.pop()
    return opened[-1:] == ["{"]


def _day(found: re.Match[str]) -> str:
    """Return a day as TOML has it; empty where it is none, or may be another (3/4/2014)."""
    first, sign, middle, last = found.groups()
    day = ""
    with suppress(ValueError):
        if len(first) == 4:
            day = date(int(first), int(middle), int(last)).isoformat()
        elif len(last) == 4 and sign != "/":
            day = date(int(last), int(middle), int(first)).isoformat()
    return day


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
