"""Who connected: the `from` clause of a Received value, read by the dialect that the line bears the marks of."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from attribution.headers.annotations import is_annotation
from attribution.headers.dialect_table import dialect_table
from attribution.headers.slots import name_state, read_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.headers.clauses import Clauses, Span
    from attribution.headers.dialect_table import Candidate, Dialect
    from attribution.headers.slots import Address, Shape
    from attribution.models import Hop, HopStatus

__all__ = [
    "LONGEST_CLAUSE",
    "is_version",
    "printed_address",
    "product_in",
    "read_clause",
    "read_peer",
    "read_silent_line",
]

LONGEST_CLAUSE = 2_048
"""A longer `from` clause is not read: no server takes a HELO of that length (RFC 5321 §4.5.3.1.4: 512 octets)."""
_PRODUCTS = 6
"""Comments that are looked at: a server writes one or two, and they are part of what is remembered."""
_PRODUCT_LENGTH = 120
"""Characters of a comment that can name a program."""
_LONGEST_TEXT = 255
"""Characters of a clause that marks are looked for in; the table keeps what it looked up."""


def read_peer(value: str, base: int, clauses: Clauses, hop: Hop) -> tuple[Dialect | None, int]:
    """Set what a line says of the peer: status, dialect, HELO, name, address, port, ident, and the server's address.

    Args:
        value: The value of the field.
        base: Offset of the value in the message, for the spans.
        clauses: Its clauses.
        hop: The hop to fill; protocol, via, by, queue id and date text are set already.

    Returns:
        The dialect, where one was found, and the index from which the text is the server's own.
    """
    if clauses.continued:
        return None, clauses.after_by
    span = _peer_clause(value, clauses)
    products = _products(value, clauses)
    if span is None:
        # Text in front of `by` may be a `from` clause that was not recognized, and so name a peer.
        before = value[: max(0, clauses.after_by - len("by"))].strip()
        nothing = not before or (before[0] == "(" and before[-1] == ")" and "[" not in before)
        dialect = read_silent_line(products, hop, is_whole=nothing)
        end = clauses.after_by
    else:
        start, end = span
        if end - start > LONGEST_CLAUSE:
            return None, end
        dialect = read_clause(value[start:end], base + start, products, hop)
    hop.by_ip = None if clauses.by is None else own_address(value, clauses.by, dialect)
    return dialect, end


def read_clause(text: str, offset: int, products: tuple[str, ...], hop: Hop) -> Dialect | None:
    """Set what a `from` clause says of the peer, and the dialect; return the latter, where one was found.

    Args:
        text: The clause, without its keyword and without comments on the session.
        offset: Where it stands in the message, for the spans.
        products: The comments that may name the server's program, without parentheses.
        hop: The hop to fill; protocol, via, by, queue id and date text are set already.
    """
    marked: Dialect | None = None
    for candidate in _candidates(products, hop, text):
        dialect = candidate.dialect
        if dialect.is_fallback and hop.by is None:
            break
        is_usual = len(text) <= _USUAL_LENGTH
        peer = _read_usual_clause(text, candidate.number) if is_usual else _read_clause(text, dialect)
        if peer is not None:
            _set_peer(hop, peer, offset)
            if not dialect.is_fallback or marked is None:
                marked = dialect
            elif hop.status == "no-peer":
                # A server that is known to print addresses would have printed one.
                hop.status = "unknown"
            break
        if marked is None and candidate.by_server:
            marked = dialect
    if marked is not None and hop.status != "unknown":
        hop.dialect = marked.id
    return marked


_USUAL_LENGTH = 255
"""Characters of a `from` clause up to which it is remembered: the same hosts hand over most mail."""


@lru_cache(maxsize=16_384)
def _read_usual_clause(text: str, candidate: int) -> _Peer | None:
    return _read_clause(text, dialect_table().by_number(candidate))


def _set_peer(hop: Hop, peer: _Peer, offset: int) -> None:
    """Set on a hop what its `from` clause says; the clause stands at an offset in the message."""
    hop.status, helo, helo_span, hop.rdns, hop.rdns_state, ip, ip_span, port, ident, sender, auth = peer
    if helo_span is not None:
        hop.helo, hop.helo_span = helo, (helo_span[0] + offset, helo_span[1] + offset)
    if ip_span is not None:
        hop.ip, hop.port, hop.ip_span = ip, port, (ip_span[0] + offset, ip_span[1] + offset)
    if ident is not None:
        hop.ident = ident
    if sender is not None:
        hop.envelope_from = sender
    if auth is not None:
        hop.auth = auth


def read_silent_line(products: tuple[str, ...], hop: Hop, *, is_whole: bool = True) -> Dialect | None:
    """Read a line without a `from` clause: it names no peer, if it is a line of a server at all.

    Args:
        products: The comments that may name the server's program, without parentheses.
        hop: The hop to fill; protocol, via, by, queue id and date text are set already.
        is_whole: Whether nothing in front of `by` is left unread.
    """
    candidates = _candidates(products, hop, "")
    marked = next((each.dialect for each in candidates if not each.dialect.is_fallback), None)
    if (marked is not None and marked.no_peer) or (hop.by is not None and is_whole):
        hop.status = "no-peer"
        hop.dialect = "by-only" if marked is None else marked.id
    return marked


def _candidates(products: tuple[str, ...], hop: Hop, peer: str) -> Iterator[Candidate]:
    """Yield the dialects whose marks a line bears, the most telling first."""
    protocol, via, by = hop.protocol or "", hop.via or "", hop.by or ""
    if len(protocol) + len(via) + len(by) > _LONGEST_TEXT:
        protocol, via, by = protocol[:_LONGEST_TEXT], via[:_LONGEST_TEXT], by[:_LONGEST_TEXT]
    table = dialect_table()
    rest: tuple[str, str, str] | None = None
    for candidate in table.candidates(products, protocol, via):
        if candidate.is_open:
            if rest is None:
                queue_id, date = (hop.queue_id or "")[:_LONGEST_TEXT], (hop.date_text or "")[:_LONGEST_TEXT]
                rest = (" ".join(peer.split()), queue_id, date)
            if not table.bears(candidate, by, rest):
                continue
        yield candidate


def _products(value: str, clauses: Clauses) -> tuple[str, ...]:
    """Return the comments that may name the server's program: not its address, the session or the time zone."""
    spans = clauses.comments if clauses.by is not None else clauses.peer_comments + clauses.comments
    end_of_clauses = clauses.semicolons[-1] if clauses.semicolons else len(value)
    comments = (value[start:end] for start, end in spans[:_PRODUCTS] if start <= end_of_clauses)
    return tuple(product for comment in comments if (product := product_in(comment)) is not None)


def product_in(comment: str) -> str | None:
    """Return the text of a comment behind `by` if it may name a program."""
    return _usual_product(comment) if len(comment) <= _PRODUCT_LENGTH else _product(comment)


def _product(comment: str) -> str | None:
    text = " ".join(comment[1:-1][:_PRODUCT_LENGTH].split())
    is_other = read_address(text.strip("[]")) is not None or is_annotation(comment, 0, len(comment))
    return None if is_other else text


# Most comments are those of a few programs.
_usual_product = lru_cache(maxsize=8_192)(_product)


def _peer_clause(value: str, clauses: Clauses) -> Span | None:
    """Return the `from` clause without the comments at its end that speak of the session."""
    span = clauses.peer
    if span is None:
        span = clauses.texts.get("from")
        if span is None or "@" in value[span[0] : span[1]] or "<" in value[span[0] : span[1]]:
            return None
    start, end = span
    for first, last in reversed(clauses.peer_comments):
        if value[last:end].strip(" \t\r\n,;") or not is_annotation(value, first, last):
            break
        end = first
    return start, end


class _Peer(NamedTuple):
    """What a `from` clause says, as the attributes of `Hop` have it; the spans are indices into the clause."""

    status: HopStatus
    helo: str | None = None
    helo_span: Span | None = None
    rdns: str | None = None
    rdns_state: str | None = None
    ip: str | None = None
    ip_span: Span | None = None
    port: int | None = None
    ident: str | None = None
    envelope_from: str | None = None
    auth: str | None = None


def _read_clause(text: str, dialect: Dialect) -> _Peer | None:
    """Read a `from` clause by the first shape of the dialect that fits; None when it is not understood."""
    for number, shape in enumerate(dialect.shapes):
        found = shape.pattern.fullmatch(text)
        if found is not None:
            address = read_address(found["ip"])
            if address is None:
                continue
            if dialect.no_peer:
                return _fill(found, shape, dialect, None, "no-peer")
            peer = _fill(found, shape, dialect, address, "parsed")
            if peer.helo is not None and _STRUCTURE.search(peer.helo) is not None:
                others = dialect.shapes[number + 1 :]
                if any(_finds_another(text, other, address) for other in others):
                    return _NOT_UNDERSTOOD
            return peer
    for shape in dialect.silent:
        found = shape.pattern.fullmatch(text)
        if found is not None and (dialect.no_peer or "rdns" not in shape.slots or not _is_literal(found["rdns"])):
            # Of a literal that stands alone nothing tells whether the server saw it or was told it.
            lone_literal = shape.template == "{helo}" and not dialect.no_peer and _is_literal(found["helo"])
            return _fill(found, shape, dialect, None, "unknown" if lone_literal else "no-peer")
    return _Peer("no-peer") if dialect.no_peer else None


_NOT_UNDERSTOOD = _Peer("unknown")
_STRUCTURE = re.compile(r"[()]|\]\s*\S|\S\s*\[")


def _finds_another(text: str, shape: Shape, address: Address) -> bool:
    """Say whether a shape finds another address: then the HELO holds what looks like a place of the server."""
    found = shape.pattern.fullmatch(text)
    other = None if found is None else read_address(found["ip"])
    return other is not None and other.ip != address.ip


def _fill(found: re.Match[str], shape: Shape, dialect: Dialect, address: Address | None, status: HopStatus) -> _Peer:
    """Return what the slots of a shape that fits say of the peer."""
    ip: str | None = None
    ip_span: Span | None = None
    port: int | None = None
    helo: str | None = None
    helo_span: Span | None = None
    rdns: str | None = None
    state: str | None = None
    ident: str | None = None
    sender: str | None = None
    auth: str | None = None
    if address is not None:
        start = found.start("ip")
        ip, port, ip_span = address.ip, address.port, (start, start + address.length)
    for slot, text in zip(shape.slots, found.groups(), strict=True):
        if not text or slot == "ip":
            continue
        if slot in ("helo", "both"):
            helo, helo_span = text, found.span(slot)
        if slot in ("rdns", "both"):
            rdns, state = _name(text, dialect)
        elif slot in ("state", "forged"):
            state = name_state(text)
        elif slot == "ident":
            ident = text
        elif slot == "sender":
            sender = text
        elif slot == "auth":
            auth = " ".join(text.split())
        elif slot == "port" and address is not None and int(text) <= 65_535:
            port = int(text)
    return _Peer(status, helo, helo_span, rdns, state, ip, ip_span, port, ident, sender, auth)


def _name(text: str, dialect: Dialect) -> tuple[str | None, str | None]:
    """Return the name and its state from the text in the place of a name."""
    state = name_state(text)
    if state is not None:
        return None, state
    if _is_literal(text):
        # Servers that find no name print the address in its place.
        return None, "unknown"
    return text.removesuffix(".") or None, "verified" if dialect.verified else None


def _is_literal(text: str | None) -> bool:
    """Say whether a text in the place of a name is an address, or in the brackets of one."""
    return text is not None and (text.startswith("[") or read_address(text.strip("?")) is not None)


_BY_IP = re.compile(
    r"[\]>]?+\s*+[(\[]\s*+(?:[\w.-]++\s++(?=\[))?\[?(?:[iI][pP][vV]6:)?([0-9A-Fa-f:.]++(?:%\w++)?+)(?=[\s)\],])",
    re.ASCII,
)


def own_address(value: str, by: Span, dialect: Dialect | None) -> str | None:
    """Return the address that the writing server prints of itself, or None.

    Args:
        value: The value of the field.
        by: Where the host behind `by` stands in it.
        dialect: The dialect of the line, where one was found.
    """
    address = read_address(value[slice(*by)])
    if address is None:
        address = printed_address(value, by[1])
        if address is not None and is_version(address.ip, dialect):
            return None
    return None if address is None else address.ip


def printed_address(value: str, end: int) -> Address | None:
    """Return the address in the comment right behind the host that `by` names, or None.

    Args:
        value: The value of the field.
        end: Index behind the host.
    """
    found = _BY_IP.match(value, end)
    return None if found is None else read_address(found[1])


def is_version(text: str, dialect: Dialect | None) -> bool:
    """Say whether a text is part of the program's name: the version of some has four numbers, as addresses have."""
    marks = () if dialect is None else dialect.marks
    return any(each.product is not None and each.product.search(text) is not None for each in marks)
