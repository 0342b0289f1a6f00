"""What to write in place of what is no TOML: a comma in a number, a day as people write it, curly quotes."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date

from attribution._text import shorten
from attribution.claims.reading.tokens import tokens

__all__ = ["hint"]

_CURLY = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb"
_NEXT_KEY = re.compile(rf"[{_CURLY}]\s*,\s*[\w-]+\s*=\s*\Z")
_UNCLOSED_TEXT = ("Illegal character", "Unterminated string")
_GROUPED = re.compile(r"(?<![\w.,])[0-9]{1,3}(?:,[0-9]{3})++(?:\.[0-9]++)?(?![\w,]*[0-9])")
_PARTED = re.compile(
    r"(?<![\w.,'-])[0-9]{1,3}(?:(?:\.[0-9]{3}){2,}+|(?:'[0-9]{3})++|(?:[ \u00a0\u202f][0-9]{3})++)(?![\w.,']*[0-9])"
)
_PARTS = re.compile(r"[.' \u00a0\u202f]")
_NO_ZERO = re.compile(r"([+-]?)\.([0-9]++)")
_DAY = re.compile(r"(?<![\w./-])([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{1,4})(?!\w)")
_SHOWN = 40
_NEAR = 200
"""Characters before and after a fault in which a number in parts is looked for: each part might begin one."""


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
    for found in _PARTED.finditer(row, max(0, at - _NEAR), at + _NEAR):
        if found.start() <= at < found.end():
            return f"write {shorten(_PARTS.sub('_', found[0]), _SHOWN)}"
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
