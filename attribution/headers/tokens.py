"""A linear scanner for Received values: comments, angle texts and clause keywords, with their places.

A server writes the clauses of RFC 5321 §4.4, but between them stands text that the sender chose (HELO, ident,
envelope addresses). So a parenthesis without a partner is text like any other, and a keyword inside a comment,
angle brackets or a quoted local part is no keyword.
"""

from __future__ import annotations

import re

from attribution.limits import Limits

__all__ = ["COMMENT", "ENCLOSED", "KEYWORD", "SEMICOLON", "Token", "scan"]

COMMENT = "()"
ENCLOSED = "<>"
SEMICOLON = ";"

Token = tuple[str, int, int]
"""Kind (`COMMENT`, `ENCLOSED`, `SEMICOLON` or a clause keyword in lower case), start, end (brackets included)."""

_DEPTH = Limits().comment_depth

KEYWORD = "(?:[fF][rR][oO][mM]|[bB][yY]|[wW][iI][tT][hH]|[iI][dD]|[fF][oO][rR]|[vV][iI][aA])"
"""Pattern of the keywords that begin a clause, in any case."""

# Every alternative begins with its own character and can only stop, never give back: one pass, linear time.
_TOKEN = re.compile(
    rf"""
      \([^()<>]*+(?:<[^<>()"]*+>[^()<>]*+)*+\)       # a comment without a nested one
    | [()]
    | <[^<>"]*+(?:"[^"]*"[^<>"]*+)*+>                # an address; a quoted local part may hold anything
    | ;
    | "[^"<>]*"(?=@)                                 # a quoted local part outside angle brackets
    | {KEYWORD}(?=[\s(<\[:]|\Z)
    """,
    re.VERBOSE | re.ASCII,
)
_BEFORE_KEYWORD = frozenset(" \t\r\n\f\v)]>;,")


_MOST_ELEMENTS = 1_000
"""A value with more elements is not read: lines of servers have some ten, longer ones are made to cost time."""


def scan(value: str) -> list[Token]:
    """Return the structural elements at the top level of a Received value, in their order, or none if too many.

    Keywords count only between white space or brackets, so `ruby`, `mail.by` or `x-by` hold none, and
    `(...)by` does. Comments nest to the depth of `Limits.comment_depth`: of more open parentheses the
    outermost are taken as text. So are parentheses without a partner.

    Args:
        value: The value of the field, one character for each byte.
    """
    found: list[Token] = []
    opened: list[tuple[int, int]] = []
    for number, match in enumerate(_TOKEN.finditer(value)):
        if number == _MOST_ELEMENTS:
            return []
        start, end = match.span()
        first = value[start]
        if first == "(":
            if end - start > 1:
                found.append((COMMENT, start, end))
                continue
            if len(opened) == _DEPTH - 1:
                del opened[0]
            opened.append((start, len(found)))
        elif first == ")":
            if opened:
                start, inside = opened.pop()
                del found[inside:]
                found.append((COMMENT, start, end))
        elif first == "<":
            found.append((ENCLOSED, start, end))
        elif first == ";":
            found.append((SEMICOLON, start, end))
        elif first != '"' and (start == 0 or value[start - 1] in _BEFORE_KEYWORD):
            found.append((value[start:end].lower(), start, end))
    return found
