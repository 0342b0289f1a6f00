"""One Received field read into a hop (RFC 5321 §4.4), in every format that the table of dialects knows."""

from __future__ import annotations

import re

from attribution._text import decode
from attribution.headers.annotations import is_annotation
from attribution.headers.clauses import Clauses, Span, clause_text, clause_word, split_clauses
from attribution.headers.dates import set_date
from attribution.headers.peer import read_peer
from attribution.headers.session import set_session
from attribution.headers.usual import read_usual
from attribution.limits import Limits
from attribution.models import Field, Hop

__all__ = ["parse_received", "parse_value"]

_LONGEST = Limits().field_bytes


def parse_received(field: Field, index: int, hop: int) -> Hop:
    """Return one Received field as a hop; what the field does not say is None.

    Mail can neither make this raise nor cost more than time that grows with the field's length. A field longer
    than `Limits.field_bytes` is read up to there.

    Args:
        field: The field as it stands in the message.
        index: Its index among the fields of the header.
        hop: Its position among the Received fields, 0 the newest.

    Returns:
        The hop with every attribute that the line itself tells; spans are byte offsets in the message.
    """
    found = _read(field.value[:_LONGEST], field.value_start)
    found.hop, found.field = hop, index
    found.span_start, found.span_end = field.start, field.end
    gap = field.value_start - field.start - len(field.name) - 1
    found.raw = f"{field.name}{' ' * gap}:{field.value}"
    return found


def parse_value(value: str) -> Hop:
    """Return the value of one Received field as a hop whose spans are indices into that value.

    Args:
        value: The text behind the colon, one character for each byte (Latin-1), folds kept.
    """
    found = _read(value[:_LONGEST], 0)
    found.span_end, found.raw = len(value), value
    return found


def _read(value: str, base: int) -> Hop:
    hop = read_usual(value, base)
    if hop is None:
        hop = _read_scanned(value, base)
    if not value.isascii():
        _decode(hop)
    return hop


def _read_scanned(value: str, base: int) -> Hop:
    """Read a line of any form, its clauses found by the scanner."""
    clauses = split_clauses(value)
    hop = Hop(0)
    texts = clauses.texts
    hop.protocol = clause_text(value, texts.get("with"))
    hop.via = clause_text(value, texts.get("via"))
    hop.queue_id, glued_recipient = _queue_id(value, texts.get("id"))
    if clauses.by is not None:
        hop.by = value[slice(*clauses.by)]
        hop.by_span = (base + clauses.by[0], base + clauses.by[1])
    _date(value, clauses, hop)
    hop.recipient = clause_word(value, texts.get("for")) or glued_recipient
    dialect, session_start = read_peer(value, base, clauses, hop)
    product = value[slice(*clauses.comments[0])].strip("()") if clauses.comments else None
    set_session(hop, value[session_start:], product, dialect)
    if hop.envelope_from is None and "from" in texts and clauses.by is not None:
        # A `from` clause behind `by`, of which RFC 5321 knows nothing.
        address = clause_word(value, texts["from"])
        hop.envelope_from = address if address is not None and "@" in address else None
    return hop


_GLUED_FOR = re.compile(r"[\s:]*+([^\s<>()]++)(?<=for)\s*+<([^<>]*)>", re.ASCII)


def _queue_id(value: str, span: Span | None) -> tuple[str | None, str | None]:
    """Return the id, and the recipient where the keyword `for` is glued to the id."""
    if span is None:
        return None, None
    glued = _GLUED_FOR.match(value, *span) if value.find("for", *span) >= 0 else None
    if glued is not None and len(glued.group(1)) > len("for"):
        return glued.group(1)[: -len("for")], glued.group(2)
    return clause_word(value, span), None


# A weekday, a year-first date, or a day and a month name: a date that no semicolon announces.
_UNANNOUNCED_DATE = re.compile(
    r"(?<=[\s)>])(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?\s|[0-9]{4}-[0-9]{2}-[0-9]{2}[T\s]"
    r"|[0-9]{1,2}\s(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\s[0-9]{2,4}\s)",
    re.ASCII,
)
_SEMICOLONS_TRIED = 4
"""Semicolons, from the end, behind which a date is looked for; a comment or an address may hold some."""


def _date(value: str, clauses: Clauses, hop: Hop) -> None:
    """Find the date: behind the last semicolon that one follows, else where a date begins in the clauses."""
    for semicolon in clauses.semicolons[: -_SEMICOLONS_TRIED - 1 : -1]:
        end = len(value)
        for first, last in clauses.comments:
            if first > semicolon and is_annotation(value, first, last):
                end = first
                break
        if set_date(hop, value[semicolon + 1 : end]):
            return
    if clauses.semicolons and hop.by is None:
        return
    begin = _UNANNOUNCED_DATE.search(value, clauses.after_by)
    if begin is not None:
        set_date(hop, value[begin.start() :])


_TEXTS = (
    *("helo", "rdns", "ident", "by", "via", "protocol", "queue_id", "recipient", "envelope_from", "auth", "tls"),
    "date_text",
)


def _decode(hop: Hop) -> None:
    """Turn the texts from one character for each byte into what they spell in UTF-8, where they do."""
    for name in _TEXTS:
        text: str | None = getattr(hop, name)
        if text is not None and not text.isascii():
            setattr(hop, name, decode(text.encode("latin-1")))
