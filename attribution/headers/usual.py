"""Received lines in the usual order of their clauses, read by one pattern.

Most lines name their clauses in the same order, and no word in them can be taken for a keyword. One pattern finds what
the scanner would find in them, in a fraction of the time; whatever else occurs is left to the scanner.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attribution.headers.annotations import is_annotation
from attribution.headers.clauses import clause_text, clause_word
from attribution.headers.dates import AROUND_DATE, instant, set_date
from attribution.headers.peer import (
    LONGEST_CLAUSE,
    is_version,
    printed_address,
    product_in,
    read_clause,
    read_silent_line,
)
from attribution.headers.session import set_known_session, set_session
from attribution.headers.slots import read_address
from attribution.headers.tokens import KEYWORD
from attribution.models import Hop

if TYPE_CHECKING:
    from attribution.headers.clauses import Span

__all__ = ["read_usual"]

_BLANK = r"[ \t\r\n]"
_WORD = rf"(?!{KEYWORD}[\s(<\[:])[^\s()<>;\"\[\],]++"
_COMMENT = r"\([^()<>\"]*+(?:(?:\([^()<>\"]*+\)|<[^<>()\"]*+>)[^()<>\"]*+)*+\)"
_USUAL = re.compile(
    rf"""
    # The `from` clause with up to two comments, or all of it in parentheses.
    {_BLANK}*+(?:
        \(from(?P<inner>{_BLANK}++{_WORD})\){_BLANK}*+
        |from(?P<peer>{_BLANK}++(?:(?:{_WORD}|\[[^\s()<>;"\[\],]*+\]){_BLANK}*+){{1,4}}+
            (?:(?P<c1>{_COMMENT}){_BLANK}*+)?+(?:(?P<c2>{_COMMENT}){_BLANK}*+)?+(?<=[ \t\r\n)\]]))
    )?+
    # The other clauses, each with a comment.
    (?P<keyword>by){_BLANK}++(?!uid\s|way\s)(?P<by>{_WORD}){_BLANK}*+(?:(?P<c3>{_COMMENT}){_BLANK}*+)?+
    (?:with(?P<with>(?:{_BLANK}++{_WORD}){{1,5}}+{_BLANK}*+)(?:(?<=\s)(?P<c4>{_COMMENT}){_BLANK}*+)?+)?+
    (?:id(?P<id>{_BLANK}++(?:<[^<>"]*+>|{_WORD}){_BLANK}*+)(?:(?<=\s)(?P<c5>{_COMMENT}){_BLANK}*+)?+)?+
    (?:via(?P<via>(?:{_BLANK}++{_WORD}){{1,3}}+{_BLANK}*+))?+
    (?:for(?P<for>{_BLANK}++(?:<[^<>"]*+>|{_WORD}){_BLANK}*+)(?:(?<=\s)(?P<c6>{_COMMENT}){_BLANK}*+)?+)?+
    # The date, with up to two comments.
    (?P<end>;){_BLANK}*+(?:[A-Za-z]{{3}},{_BLANK}*+)?+(?P<day>[0-9]{{1,2}}){_BLANK}++(?P<month>{_WORD}){_BLANK}++
    (?P<year>[0-9]{{4}}){_BLANK}++(?P<clock>[0-9:]++){_BLANK}++(?P<zone>[+-][0-9]{{4}}|GMT){_BLANK}*+
    (?:(?P<c7>{_COMMENT}){_BLANK}*+)?+(?:(?P<c8>{_COMMENT}){_BLANK}*+)?+
    """,
    re.VERBOSE | re.ASCII,
)


def read_usual(value: str, base: int) -> Hop | None:
    """Return a line in the usual order as a hop, or None where the scanner has to read it.

    Args:
        value: The value of the field, one character for each byte.
        base: Offset of the value in the message, for the spans.
    """
    found = _USUAL.fullmatch(value)
    if found is None:
        return None
    # The spans of all groups in the order of the pattern; of what is not in the line they begin at -1.
    _, inner, peer, c1, c2, keyword, by, c3, with_, c4, id_, c5, via, for_, c6, _, *_, c7, c8 = found.regs
    start, end = peer if inner[0] < 0 else inner
    if end - start > LONGEST_CLAUSE:
        return None
    hop = Hop(0)
    hop.by, hop.by_span = value[by[0] : by[1]], (base + by[0], base + by[1])
    own = read_address(hop.by)
    printed = printed_address(value, by[1]) if own is None and c3[0] >= 0 else None
    comments = [value[first:last] for first, last in (c3, c4, c5, c6) if first >= 0]
    # A comment that holds the server's address alone names no program; nearly every such address is another one.
    is_address = printed is not None and (comments[0].endswith("])") or " " not in comments[0])
    named = comments[1:] if is_address else comments
    products = tuple([product for comment in named if (product := product_in(comment)) is not None])
    if with_[0] >= 0:
        hop.protocol = clause_text(value, with_)
    if id_[0] >= 0:
        hop.queue_id = _word(value, id_)
    if via[0] >= 0:
        hop.via = clause_text(value, via)
    if for_[0] >= 0:
        hop.recipient = _word(value, for_)
    _set_date(found, c7, c8, hop)
    if start < 0:
        session = keyword[1]
        dialect = read_silent_line(products, hop)
    else:
        session = _without_annotations(value, end, c1, c2)
        dialect = read_clause(value[start:session], base + start, products, hop)
    if printed is not None and not is_version(printed.ip, dialect):
        own = printed
    hop.by_ip = None if own is None else own.ip
    first_comment = (comments[0] if comments else value[slice(*c7)]).strip("()") or None
    unseen = c7[1] - c7[0] > _ZONE_COMMENT or c8[0] >= 0 or session not in (end, keyword[1])
    if not unseen and (dialect is None or dialect.auth_in_comments):
        # The comments and the words behind `with`, of which there are few, say all that is said of the session.
        protocol = "" if with_[0] < 0 else f"with {value[with_[0] : with_[1]]}"
        set_known_session(hop, " ".join([*named, protocol]), first_comment, dialect)
    else:
        set_session(hop, value[session:], first_comment, dialect)
    return hop


_ZONE_COMMENT = 8
"""Characters of the longest comment behind the date that can be but the name of a time zone."""


def _word(value: str, span: Span) -> str | None:
    """Return what `clause_word` returns of a clause that is one word or stands in angle brackets."""
    text = value[span[0] : span[1]].strip(" \t\r\n")
    if text[0] == "<":
        text = text[1:-1]
    elif text[0] == ":":
        return clause_word(value, span)
    return text.strip(" \t\r\n,;") or None


def _without_annotations(value: str, end: int, first: Span, second: Span) -> int:
    """Return where the `from` clause ends without the comments at its end that speak of the session."""
    for start, stop in (second, first):
        if start >= 0:
            if not is_annotation(value, start, stop):
                break
            end = start
    return end


def _set_date(found: re.Match[str], first: Span, second: Span, hop: Hop) -> None:
    """Set the date from its parts, which the pattern found; the comments behind it may speak of something else."""
    value = found.string
    day, month, year, clock, zone = found.group("day", "month", "year", "clock", "zone")
    end = len(value)
    if first[1] - first[0] > _ZONE_COMMENT and is_annotation(value, *first):
        end = first[0]
    elif second[0] >= 0 and is_annotation(value, *second):
        end = second[0]
    text = value[found.end("end") : end]
    date = instant(day, month, year, clock, zone) if len(clock) == 8 and zone != "GMT" else None
    if date is None:
        set_date(hop, text)
    else:
        hop.date, hop.date_text = date, text.strip(AROUND_DATE)
