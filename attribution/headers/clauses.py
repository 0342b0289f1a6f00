"""The clauses of a Received value (RFC 5321 §4.4), found from the end: what the writing server put comes last."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from attribution.headers.tokens import COMMENT, ENCLOSED, SEMICOLON, Token, scan

__all__ = ["Clauses", "Span", "clause_text", "clause_word", "split_clauses"]

Span = tuple[int, int]


@dataclass(slots=True)
class Clauses:
    """Where the clauses of one value lie.

    Attributes:
        peer: The `from` clause without its keyword; None when the value has none.
        by: The host behind `by`, without brackets; None when the value has none.
        after_by: Index from which everything was written by the server that names itself in `by`.
        texts: The other clauses (`with`, `id`, `for`, `via`, a later `from`), each up to its first comment.
        peer_comments: Comments of the `from` clause.
        comments: Comments behind `by`, up to the date.
        semicolons: Indices of the semicolons behind `by`.
        continued: A line that begins anew stands behind the date. Servers end with the date; but where the first
            line of a message begins with white space, some let it become a fold of the line that they put above.
    """

    peer: Span | None = None
    by: Span | None = None
    after_by: int = 0
    texts: dict[str, Span] = field(default_factory=dict)
    peer_comments: list[Span] = field(default_factory=list)
    comments: list[Span] = field(default_factory=list)
    semicolons: list[int] = field(default_factory=list)
    continued: bool = False


_HOST = re.compile(r"\s*+(?:\[([^\]\s]++)\]|<([^<>\s]++)>|([^\s()<>;,\[]++))", re.ASCII)
# `by uid 500` of qmail-scanner and `by way of` of resent mail name no host.
_NO_HOST = re.compile(r"\s++(?:uid\s++[0-9]|way\s++of\s)", re.ASCII)
_ONE_WORD = re.compile(r"\s++[^\s()\[\]]++\s*+", re.ASCII)
_IN_PARENTHESES = re.compile(r"\s*+\(\s*+[fF][rR][oO][mM](?=\s)", re.ASCII)


def split_clauses(value: str) -> Clauses:
    """Return the places of the clauses of a Received value.

    The `by` that counts is the last one at the top level that a host can follow: a HELO text may hold
    anything, a whole forged line even, but the server writes its own `by` behind it.

    Args:
        value: The value of the field, one character for each byte.
    """
    tokens = scan(value)
    clauses = Clauses()
    tokens, behind_date = _cut_behind_date(value, tokens)
    clauses.continued = any(kind == "by" for kind, _, _ in behind_date)
    by = _last_by(value, tokens)
    if by is not None:
        host = _HOST.match(value, tokens[by][2])
        if host is not None:
            clauses.by = host.span(host.lastindex or 0)
        clauses.after_by = tokens[by][2]
    behind = _peer(value, tokens, by, clauses)
    if by is not None and clauses.peer is None:
        _others(value, tokens[:by], tokens[by][1], clauses)
    _others(value, tokens[behind:], len(value), clauses)
    return clauses


_DATE_AND_FOLD = re.compile(
    r";[^;()]{0,60}[0-9]:[0-9]{2}[^;()\r\n]{0,16}(?:\([^()\r\n.\[\]]{0,40}\)[ \t]{0,4})?+(?:\r?\n|\r)[ \t]",
    re.ASCII,
)


def _cut_behind_date(value: str, tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    """Divide the elements where a fold follows the first date behind a `by`; comments stay with the first part."""
    written = False
    for kind, start, _ in tokens:
        written = written or kind == "by"
        found = _DATE_AND_FOLD.match(value, start) if kind == SEMICOLON and written else None
        if found is not None:
            end = found.end()
            kept = [token for token in tokens if token[1] < end or token[0] == COMMENT]
            return kept, [token for token in tokens if token[1] >= end and token[0] != COMMENT]
    return tokens, []


def _last_by(value: str, tokens: list[Token]) -> int | None:
    for index in range(len(tokens) - 1, -1, -1):
        kind, _, end = tokens[index]
        if kind == "by" and _NO_HOST.match(value, end) is None:
            return index
    return None


def _peer(value: str, tokens: list[Token], by: int | None, clauses: Clauses) -> int:
    """Find the `from` clause; return the index of the first token behind it and behind `by`."""
    last = len(tokens) if by is None else by
    start = next((index for index in range(last) if tokens[index][0] == "from"), None)
    if start is None:
        if tokens and tokens[0][0] == COMMENT and by is not None:
            inside = _IN_PARENTHESES.match(value)
            if inside is not None and not value[: tokens[0][1]].strip():
                clauses.peer = (inside.end(), tokens[0][2] - 1)
                return by
        return 0 if by is None else by
    if by is None:
        last = next((i for i in range(start + 1, len(tokens)) if tokens[i][0] not in (COMMENT, ENCLOSED)), last)
        end = tokens[last][1] if last < len(tokens) else len(value)
    else:
        end = tokens[by][1]
        kind, before, after = tokens[by - 1]
        # `from H with LMTP by h`: the one word between the clauses belongs to neither of them.
        if by - 1 > start and kind in ("with", "via") and _ONE_WORD.fullmatch(value, after, end):
            clauses.texts[kind] = (after, end)
            end = before
    _others(value, tokens[:start], tokens[start][1], clauses)
    clauses.peer = (tokens[start][2], end)
    clauses.peer_comments = [(s, e) for kind, s, e in tokens[start + 1 : last] if kind == COMMENT]
    return last


def _others(value: str, tokens: list[Token], limit: int, clauses: Clauses) -> None:
    """Note the clauses up to a limit that are neither `from` nor `by`; the first of a kind counts."""
    texts = clauses.texts
    name, begin, end = "", 0, -1
    for kind, start, stop in tokens:
        if kind == COMMENT:
            clauses.comments.append((start, stop))
            if name and end < 0 and not value[begin:start].strip():
                # `with (TLS_AES_128_GCM_SHA256 encrypted) ESMTPSA` of qpsmtpd: the clause begins with a comment.
                begin = stop
            elif end < 0:
                # `SMTPSVC(6.0.3790)`: what is glued to the word belongs to it.
                end = start if value[start - 1 : start] in " \t\r\n" or start == begin else stop
        elif kind != ENCLOSED:
            if name:
                texts.setdefault(name, (begin, start if end < 0 else end))
            if kind == SEMICOLON:
                clauses.semicolons.append(start)
                name = ""
            else:
                name, begin, end = kind, stop, -1
    if name:
        texts.setdefault(name, (begin, limit if end < 0 else end))


def clause_text(value: str, span: Span | None) -> str | None:
    """Return the words of a clause with one space between them, or None."""
    if span is None:
        return None
    return " ".join(value[span[0] : span[1]].split()).strip(" ,:") or None


_WORD = re.compile(r"[\s:]*+(?:<([^<>]*)>|([^\s<>()]++))", re.ASCII)


def clause_word(value: str, span: Span | None) -> str | None:
    """Return the first word of a clause, without angle brackets, or None."""
    if span is None:
        return None
    found = _WORD.match(value, *span)
    return None if found is None else (found.group(found.lastindex or 0).strip(" \t\r\n,;") or None)
