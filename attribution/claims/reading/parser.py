"""A text of TOML as tables; what would cost the parser too much is refused, what it says of a fault is made plain."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from attribution._text import shorten
from attribution.claims.reading.faults import ClaimsFileError
from attribution.claims.reading.hints import hint
from attribution.claims.reading.numbers import Written
from attribution.claims.reading.tokens import tokens

__all__ = ["parse"]

_MOST_DOTS = 100
"""Full stops outside of texts in one line: the parser takes time with the square of the parts of a dotted key."""
_DEEPEST = 50
"""Brackets in brackets: the parser calls itself for each."""
_LONGEST_WORD = 1_000
"""Characters of a number or bare key."""
_WRITE = "write key = value, and texts in quotes"
_PLACE = re.compile(r" \((?:at line (\d+), column (\d+)|at end of document)\)$")


def parse(path: str, text: str) -> dict[str, Any]:
    """Return the tables of a text.

    Args:
        path: Where it is from, for errors.
        text: TOML, its lines ended by line feeds alone.

    Raises:
        ClaimsFileError: It is no TOML, or would cost the parser too much; with the line.
    """
    _check_cost(path, text)
    try:
        return tomllib.loads(text, parse_float=Written)
    except (ValueError, RecursionError) as error:
        says, line = _of_parser(str(error), text)
        raise ClaimsFileError([f"{path}{line}: no TOML: {says}"]) from error


def _check_cost(path: str, text: str) -> None:
    """Refuse what would take the parser long, or further than it can go.

    Raises:
        ClaimsFileError: There is such a thing; with its line.
    """
    depth = dots = 0
    for kind, found, line in tokens(text):
        says = ""
        if kind == "line":
            dots = 0
        elif kind == "word" and len(found) > _LONGEST_WORD:
            says = f"a number or key of {len(found):,} characters: at most {_LONGEST_WORD:,} are read"
        elif kind == "sign":
            dots += found == "."
            depth = max(0, depth + (found in "[{") - (found in "]}"))
            if dots > _MOST_DOTS:
                says = "far too many full stops for a line of a claims file"
            elif depth > _DEEPEST:
                says = f"more than {_DEEPEST} brackets in brackets: a claims file has three at most"
        if says:
            raise ClaimsFileError([f"{path}:{line}: {says}"])


def _of_parser(says: str, text: str) -> tuple[str, str]:
    """Return what the parser says of a fault and what to write, and the line as it stands behind the name of a file."""
    place = _PLACE.search(says)
    if place is None:
        return f"{shorten(says, 200)}; {_WRITE}", ""
    what = shorten(says[: place.start()], 200)
    if place[1] is not None:
        line, column = int(place[1]), int(place[2])
        return f"{what} (column {column}); {hint(text, what, line, column) or _WRITE}", f":{line}"
    # Where the text ends is not where the fault is: of a text without its closing quotes that is where it begins.
    last = [token.line for token in tokens(text) if token.kind != "line"] or [1]
    return f"{what}; {hint(text, what, last[-1]) or _WRITE}", f":{last[-1]}"
