"""The parts of a TOML text with the line of each, for what its parser does not say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Token", "tokens"]

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
    | (?P<blank>[ \t]++)
    | (?P<sign>[][{}=,.])
    | (?P<word>[A-Za-z0-9_+:-]++)
    """,
    re.VERBOSE,
)


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
    line, place = 1, 0
    # One thing behind the other, and nothing passed over: to look for what is well formed behind each of many quotes
    # that nothing closes takes a time that grows with the square of the length.
    while (match := _TOKEN.match(text, place)) is not None:
        kind, found, place = str(match.lastgroup), match[0], match.end()
        if kind not in {"comment", "blank"}:
            yield Token(kind, found, line)
        line += 1 if kind == "line" else found.count("\n") if kind == "text" else 0
