"""One Received field read into a hop (RFC 5321 §4.4), in every format that the table of dialects knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attribution._text import decode
from attribution.headers.annotations import authenticated_protocol, envelope_sender, is_annotation, tls_session
from attribution.headers.clauses import Clauses, Span, split_clauses
from attribution.headers.dates import parse_date
from attribution.headers.dialects import Dialect, Line, dialect_table
from attribution.headers.slots import name_state, read_address
from attribution.limits import Limits
from attribution.models import Field, Hop

if TYPE_CHECKING:
    from datetime import datetime

    from attribution.headers.slots import Address, Shape

__all__ = ["parse_received", "parse_value"]

_LONGEST = Limits().field_bytes
_BLANK = " \t\r\n"


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
    clauses = split_clauses(value)
    hop = Hop(0)
    texts = clauses.texts
    hop.protocol = _text(value, texts.get("with"))
    hop.via = _text(value, texts.get("via"))
    hop.queue_id, glued_recipient = _queue_id(value, texts.get("id"))
    if clauses.by is not None:
        hop.by = value[slice(*clauses.by)]
        hop.by_span = (base + clauses.by[0], base + clauses.by[1])
    _date(value, clauses, hop)
    hop.recipient = _word(value, texts.get("for")) or glued_recipient
    dialect, session_start = _peer(value, base, clauses, hop)
    _session(value, clauses, session_start, dialect, hop)
    if not value.isascii():
        _decode(hop)
    return hop


def _text(value: str, span: Span | None) -> str | None:
    """Return the words of a clause with one space between them, or None."""
    if span is None:
        return None
    return " ".join(value[span[0] : span[1]].split()).strip(" ,:") or None


_WORD = re.compile(r"[\s:]*+(?:<([^<>]*)>|([^\s<>()]++))", re.ASCII)


def _word(value: str, span: Span | None) -> str | None:
    """Return the first word of a clause, without angle brackets, or None."""
    if span is None:
        return None
    found = _WORD.match(value, *span)
    return None if found is None else (found.group(found.lastindex or 0).strip(" \t\r\n,;") or None)


_GLUED_FOR = re.compile(r"[\s:]*+([^\s<>()]++)(?<=for)\s*+<([^<>]*)>", re.ASCII)


def _queue_id(value: str, span: Span | None) -> tuple[str | None, str | None]:
    """Return the id, and the recipient where the keyword `for` is glued to the id."""
    if span is None:
        return None, None
    glued = _GLUED_FOR.match(value, *span)
    if glued is not None and len(glued.group(1)) > len("for"):
        return glued.group(1)[: -len("for")], glued.group(2)
    return _word(value, span), None


# A weekday, a year-first date, or a day and a month name: a date that no semicolon announces.
_UNANNOUNCED_DATE = re.compile(
    r"(?<=[\s)>])(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?\s|[0-9]{4}-[0-9]{2}-[0-9]{2}[T\s]"
    r"|[0-9]{1,2}\s(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\s[0-9]{2,4}\s)",
    re.ASCII,
)
_SEMICOLONS_TRIED = 4


def _date(value: str, clauses: Clauses, hop: Hop) -> None:
    """Find the date: behind the last semicolon that one follows, else where a date begins in the clauses."""
    for semicolon in clauses.semicolons[: -_SEMICOLONS_TRIED - 1 : -1]:
        end = next((s for s, e in clauses.comments if s > semicolon and is_annotation(value, s, e)), len(value))
        if _set_date(hop, value[semicolon + 1 : end]):
            return
    if clauses.semicolons and hop.by is None:
        return
    begin = _UNANNOUNCED_DATE.search(value, clauses.after_by)
    if begin is not None:
        _set_date(hop, value[begin.start() :])


def _set_date(hop: Hop, text: str) -> bool:
    date: datetime | None = parse_date(text)
    if date is None:
        return False
    hop.date, hop.date_text = date, text.strip(_BLANK + ";")
    return True


def _products(value: str, clauses: Clauses) -> tuple[str, ...]:
    """Return the comments that may name the program of the writing server, without parentheses."""
    spans = clauses.comments if clauses.by is not None else clauses.peer_comments + clauses.comments
    if not spans:
        return ()
    return tuple(
        " ".join(value[start + 1 : end - 1][:_PRODUCT_LENGTH].split())
        for start, end in spans[:_PRODUCTS]
        if not is_annotation(value, start, end)
    )


_LONGEST_PEER = 2_048
"""A longer `from` clause is not read: no server takes a HELO of that length (RFC 5321 §4.5.3.1.4: 512 octets)."""
_PRODUCTS = 6
_PRODUCT_LENGTH = 120


def _peer(value: str, base: int, clauses: Clauses, hop: Hop) -> tuple[Dialect | None, int]:
    """Read the `from` clause; return the dialect, and where the text begins that the server wrote of the session."""
    span = _without_annotations(value, clauses)
    if span is not None and span[1] - span[0] > _LONGEST_PEER:
        return None, span[1]
    line = Line(
        _products(value, clauses),
        hop.protocol or "",
        hop.via or "",
        hop.by or "",
        hop.queue_id or "",
        hop.date_text or "",
        "" if span is None else " ".join(value[slice(*span)].split()),
    )
    marked: Dialect | None = None
    reader: Dialect | None = None
    for dialect, by_server in dialect_table().candidates(line):
        if dialect.is_fallback and hop.by is None:
            break
        if span is None:
            if not dialect.is_fallback:
                marked = dialect
            break
        if _read_shapes(value, base, span, dialect, hop):
            reader = dialect
            if not dialect.is_fallback:
                marked = dialect
            elif hop.status == "parsed":
                hop.dialect = dialect.id
            elif marked is not None or _is_address(hop.helo):
                # A server that prints addresses would have printed one; and of a literal that stands alone nothing
                # tells whether the server saw it or was told it.
                hop.status = "unknown"
            else:
                hop.dialect = dialect.id
            break
        if marked is None and by_server:
            marked = dialect
    if marked is not None and hop.status != "unknown":
        hop.dialect = marked.id
    if span is None and (marked is not None or hop.by is not None):
        hop.status = "no-peer"
        hop.dialect = "by-only" if marked is None else marked.id
    hop.by_ip = _by_ip(value, clauses, marked)
    return marked or reader, clauses.after_by if span is None else span[1]


def _without_annotations(value: str, clauses: Clauses) -> Span | None:
    """Return the `from` clause without the comments at its end that speak of the session."""
    span = clauses.peer
    if span is None:
        span = clauses.texts.get("from")
        if span is None or "@" in value[span[0] : span[1]] or "<" in value[span[0] : span[1]]:
            return None
    start, end = span
    for first, last in reversed(clauses.peer_comments):
        if value[last:end].strip(_BLANK + ",;") or not is_annotation(value, first, last):
            break
        end = first
    return start, end


def _read_shapes(value: str, base: int, span: Span, dialect: Dialect, hop: Hop) -> bool:
    """Read the `from` clause by the first shape of the dialect that fits; say whether one did."""
    if dialect.no_peer:
        for shape in (*dialect.shapes, *dialect.silent):
            found = shape.pattern.fullmatch(value, *span)
            if found is not None:
                _fill(found, shape, base, dialect, None, hop)
                break
        hop.status = "no-peer"
        return True
    for shape in dialect.shapes:
        found = shape.pattern.fullmatch(value, *span)
        if found is not None:
            address = read_address(found["ip"])
            if address is not None:
                _fill(found, shape, base, dialect, address, hop)
                hop.status = "parsed"
                return True
    for shape in dialect.silent:
        found = shape.pattern.fullmatch(value, *span)
        if found is not None:
            _fill(found, shape, base, dialect, None, hop)
            hop.status = "no-peer"
            return True
    return False


def _fill(found: re.Match[str], shape: Shape, base: int, dialect: Dialect, address: Address | None, hop: Hop) -> None:
    """Set the attributes of the peer from the slots of a shape that fits."""
    for slot in shape.slots:
        text = found[slot]
        if not text:
            continue
        if slot in ("helo", "both"):
            hop.helo = text
            start, end = found.span(slot)
            hop.helo_span = (base + start, base + end)
        if slot in ("rdns", "both"):
            _set_name(text, dialect, hop)
        elif slot in ("state", "forged"):
            hop.rdns_state = name_state(text)
        elif slot == "ident":
            hop.ident = text
        elif slot == "sender":
            hop.envelope_from = text
        elif slot == "auth":
            hop.auth = " ".join(text.split())
    if address is not None:
        start = base + found.start("ip")
        hop.ip, hop.port = address.ip, address.port
        hop.ip_span = (start, start + address.length)
        if "port" in found.re.groupindex and found["port"] and int(found["port"]) <= 65_535:
            hop.port = int(found["port"])


def _set_name(text: str, dialect: Dialect, hop: Hop) -> None:
    state = name_state(text)
    if state is not None:
        hop.rdns_state = state
    elif _is_address(text):
        # Servers that find no name print the address in its place.
        hop.rdns_state = "unknown"
    else:
        hop.rdns = text.removesuffix(".") or None
        hop.rdns_state = "verified" if dialect.verified else None


def _is_address(text: str | None) -> bool:
    return text is not None and read_address(text.strip("[]?").removeprefix("IPv6:")) is not None


def _session(value: str, clauses: Clauses, start: int, dialect: Dialect | None, hop: Hop) -> None:
    """Set what the line says of TLS, authentication and the envelope sender."""
    text = ""
    if "TLS" in value or "SSL" in value or "ipher" in value or "nvelope" in value or "encrypt" in value:
        text = " ".join(value[start:].split())
        hop.tls = tls_session(text)
        if hop.envelope_from is None and "nvelope" in text:
            hop.envelope_from = envelope_sender(text)
    if hop.envelope_from is None and "from" in clauses.texts and clauses.by is not None:
        # A `from` clause behind `by`, of which RFC 5321 knows nothing.
        address = _word(value, clauses.texts["from"])
        hop.envelope_from = address if address is not None and "@" in address else None
    if hop.auth is None and dialect is not None and dialect.auth:
        text = text or " ".join(value[start:].split())
        hop.auth = next((found[1] for pattern in dialect.auth if (found := pattern.search(text))), None)
    if hop.auth is None and dialect is not None and dialect.submission and hop.status == "parsed":
        product = value[slice(*clauses.comments[0])].strip("()") if clauses.comments else None
        hop.auth = hop.protocol or hop.via or product
    if hop.auth is None and hop.protocol is not None:
        hop.auth = authenticated_protocol(hop.protocol)


_BY_IP = re.compile(
    r"\]?+\s*+[(\[]\s*+(?:[\w.-]+\s)?\[?(?:[iI][pP][vV]6:)?([0-9A-Fa-f:.]++(?:%\w++)?+)(?=[\s)\],])", re.ASCII
)


def _by_ip(value: str, clauses: Clauses, dialect: Dialect | None) -> str | None:
    """Return the address that the writing server prints of itself, or None."""
    if clauses.by is None:
        return None
    address = read_address(value[slice(*clauses.by)])
    found = _BY_IP.match(value, clauses.by[1]) if address is None else None
    # The version of some products has four numbers as well.
    versions = () if dialect is None else (marks.product for marks in dialect.marks if marks.product is not None)
    if found is not None and not any(version.search(found[1]) for version in versions):
        address = read_address(found[1])
    return None if address is None else address.ip


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
