"""Who connected: the `from` clause of a Received value, read by the dialect that the line bears the marks of."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from attribution.headers.annotations import is_annotation
from attribution.headers.dialect_table import Dialect, dialect_table
from attribution.headers.slots import name_state, read_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.headers.clauses import Clauses, Span
    from attribution.headers.slots import Address, Shape
    from attribution.models import Hop

__all__ = ["read_peer"]

_LONGEST = 2_048
"""A longer `from` clause is not read: no server takes a HELO of that length (RFC 5321 §4.5.3.1.4: 512 octets)."""
_PRODUCTS = 6
_PRODUCT_LENGTH = 120
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
    if span is None:
        dialect = _read_silent_line(value, clauses, hop)
        return dialect, clauses.after_by
    if span[1] - span[0] > _LONGEST:
        return None, span[1]
    marked: Dialect | None = None
    for dialect, by_server in _candidates(value, clauses, hop, span):
        if dialect.is_fallback and hop.by is None:
            break
        if _read_shapes(value, base, span, dialect, hop):
            if not dialect.is_fallback or marked is None:
                marked = dialect
            elif hop.status == "no-peer":
                # A server that is known to print addresses would have printed one.
                hop.status = "unknown"
            break
        if marked is None and by_server:
            marked = dialect
    if marked is not None and hop.status != "unknown":
        hop.dialect = marked.id
    hop.by_ip = _by_ip(value, clauses, marked)
    return marked, span[1]


def _read_silent_line(value: str, clauses: Clauses, hop: Hop) -> Dialect | None:
    """Read a line without a `from` clause: it names no peer, if it is a line of a server at all."""
    candidates = _candidates(value, clauses, hop, (0, 0))
    marked = next((dialect for dialect, _ in candidates if not dialect.is_fallback), None)
    # Text in front of `by` may be a `from` clause that was not recognized, and so name a peer.
    before = value[: max(0, clauses.after_by - len("by"))].strip()
    nothing = not before or (before[0] == "(" and before[-1] == ")" and "[" not in before)
    if (marked is not None and marked.no_peer) or (hop.by is not None and nothing):
        hop.status = "no-peer"
        hop.dialect = "by-only" if marked is None else marked.id
    hop.by_ip = _by_ip(value, clauses, marked)
    return marked


def _candidates(value: str, clauses: Clauses, hop: Hop, peer: Span) -> Iterator[tuple[Dialect, bool]]:
    """Yield the dialects whose marks a line bears, the most telling first.

    Yields:
        A dialect, and whether it was known by something that the peer cannot write.
    """
    protocol, via, by = hop.protocol or "", hop.via or "", hop.by or ""
    if len(protocol) + len(via) + len(by) > _LONGEST_TEXT:
        protocol, via, by = protocol[:_LONGEST_TEXT], via[:_LONGEST_TEXT], by[:_LONGEST_TEXT]
    rest: tuple[str, str, str] | None = None
    for candidate in dialect_table().candidates(_products(value, clauses), protocol, via, by):
        if candidate.open_marks:
            if rest is None:
                queue_id, date = (hop.queue_id or "")[:_LONGEST_TEXT], (hop.date_text or "")[:_LONGEST_TEXT]
                rest = (queue_id, date, " ".join(value[slice(*peer)].split()))
            if not candidate.borne_by(*rest):
                continue
        yield candidate.dialect, candidate.by_server


def _products(value: str, clauses: Clauses) -> tuple[str, ...]:
    """Return the comments that may name the server's program: not its address, the session or the time zone."""
    spans = clauses.comments if clauses.by is not None else clauses.peer_comments + clauses.comments
    end_of_clauses = clauses.semicolons[-1] if clauses.semicolons else len(value)
    found = []
    for start, end in spans[:_PRODUCTS]:
        if start > end_of_clauses:
            break
        product = (_product if end - start <= _PRODUCT_LENGTH else _judge_product)(value[start:end])
        if product is not None:
            found.append(product)
    return tuple(found)


def _judge_product(comment: str) -> str | None:
    """Return the text of a comment if it may name a program."""
    text = " ".join(comment[1:-1][:_PRODUCT_LENGTH].split())
    is_other = read_address(text.strip("[]")) is not None or is_annotation(comment, 0, len(comment))
    return None if is_other else text


# Most comments are those of a few programs.
_product = lru_cache(maxsize=8_192)(_judge_product)


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


def _read_shapes(value: str, base: int, span: Span, dialect: Dialect, hop: Hop) -> bool:
    """Read the `from` clause by the first shape of the dialect that fits; say whether it was understood."""
    for number, shape in enumerate(dialect.shapes):
        found = shape.pattern.fullmatch(value, *span)
        if found is not None:
            address = read_address(found["ip"])
            if address is None:
                continue
            _fill(found, shape, base, dialect, None if dialect.no_peer else address, hop)
            hop.status = "no-peer" if dialect.no_peer else "parsed"
            if hop.helo is not None and _STRUCTURE.search(hop.helo) and not dialect.no_peer:
                others = dialect.shapes[number + 1 :]
                if any(_finds_another(value, span, other, address) for other in others):
                    _forget(hop)
            return True
    for shape in dialect.silent:
        found = shape.pattern.fullmatch(value, *span)
        if found is not None and (dialect.no_peer or "rdns" not in shape.slots or not _is_literal(found["rdns"])):
            _fill(found, shape, base, dialect, None, hop)
            # Of a literal that stands alone nothing tells whether the server saw it or was told it.
            lone_literal = shape.template == "{helo}" and not dialect.no_peer and _is_literal(hop.helo)
            hop.status = "unknown" if lone_literal else "no-peer"
            return True
    if dialect.no_peer:
        hop.status = "no-peer"
    return dialect.no_peer


_STRUCTURE = re.compile(r"[()]|\]\s*\S|\S\s*\[")


def _finds_another(value: str, span: Span, shape: Shape, address: Address) -> bool:
    """Say whether a shape finds another address: then the HELO holds what looks like a place of the server."""
    found = shape.pattern.fullmatch(value, *span)
    other = None if found is None else read_address(found["ip"])
    return other is not None and other.ip != address.ip


def _forget(hop: Hop) -> None:
    hop.status = "unknown"
    hop.ip = hop.ip_span = hop.port = hop.helo = hop.helo_span = None
    hop.rdns = hop.rdns_state = hop.ident = hop.auth = hop.envelope_from = None


def _fill(found: re.Match[str], shape: Shape, base: int, dialect: Dialect, address: Address | None, hop: Hop) -> None:
    """Set the attributes of the peer from the slots of a shape that fits."""
    if address is not None:
        start = base + found.start("ip")
        hop.ip, hop.port = address.ip, address.port
        hop.ip_span = (start, start + address.length)
    for slot, text in zip(shape.slots, found.groups(), strict=True):
        if not text or slot == "ip":
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
        elif slot == "port" and address is not None and int(text) <= 65_535:
            hop.port = int(text)


def _set_name(text: str, dialect: Dialect, hop: Hop) -> None:
    state = name_state(text)
    if state is not None:
        hop.rdns_state = state
    elif _is_literal(text):
        # Servers that find no name print the address in its place.
        hop.rdns_state = "unknown"
    else:
        hop.rdns = text.removesuffix(".") or None
        hop.rdns_state = "verified" if dialect.verified else None


def _is_literal(text: str | None) -> bool:
    """Say whether a text in the place of a name is an address, or in the brackets of one."""
    return text is not None and (text.startswith("[") or read_address(text.strip("?")) is not None)


_BY_IP = re.compile(
    r"[\]>]?+\s*+[(\[]\s*+(?:[\w.-]+\s)?\[?(?:[iI][pP][vV]6:)?([0-9A-Fa-f:.]++(?:%\w++)?+)(?=[\s)\],])", re.ASCII
)


def _by_ip(value: str, clauses: Clauses, dialect: Dialect | None) -> str | None:
    """Return the address that the writing server prints of itself, or None."""
    if clauses.by is None:
        return None
    start, end = clauses.by
    address = read_address(value[start:end])
    found = _BY_IP.match(value, end) if address is None else None
    if found is not None and not _is_version(found[1], dialect):
        address = read_address(found[1])
    return None if address is None else address.ip


def _is_version(text: str, dialect: Dialect | None) -> bool:
    """Say whether a text is part of the program's name: the version of some has four numbers, as addresses have."""
    marks = () if dialect is None else dialect.marks
    return any(each.product is not None and each.product.search(text) is not None for each in marks)
