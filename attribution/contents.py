"""What a whole message holds, as mail-parser reads it: addresses, bodies, attachments with hashes, defects.

The only module that uses mail-parser, and only its public names. Nothing here decides an origin, writes an
attachment to disk, or opens one beyond undoing its transfer encoding. Attached messages are cut out of the bytes here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import re
from dataclasses import asdict, dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import TYPE_CHECKING, Any

import mailparser

from attribution._text import shorten
from attribution.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Address", "AttachedMessage", "Attachment", "Body", "Contents", "read_contents"]

# mail-parser logs what it cannot handle, and an unconfigured logger prints; what matters is in `defects`.
logging.getLogger("mailparser").addHandler(logging.NullHandler())

_DEFAULT_LIMITS = Limits()
_MOST_DEFECTS = 100
_LONGEST_DEFECT = 300


@dataclass(slots=True)
class Address:
    """One mailbox of an address field; the name is empty where there is none."""

    name: str
    address: str


@dataclass(slots=True)
class Body:
    """One text of the message.

    Attributes:
        content_type: `text/plain`, `text/html`, or `other` for a text that is neither.
        characters: Its length once decoded.
    """

    content_type: str
    characters: int


@dataclass(slots=True)
class Attachment:
    """One attached file.

    Attributes:
        filename: As the sender named it, decoded, and never to be used as a path; None where there is no name.
        content_type: As the sender declared it.
        size: Number of bytes once the transfer encoding is undone; None when that cannot be done.
        sha256: Hex digest of those bytes; None likewise.
        problem: Why the bytes are missing, or in which way the encoding is damaged; empty when it is sound.
    """

    filename: str | None
    content_type: str
    size: int | None
    sha256: str | None
    problem: str = ""


@dataclass(slots=True)
class AttachedMessage:
    """A whole message within the message (RFC 2046 §5.2.1): forwarded, reported, or sent back by a server.

    Attributes:
        size: Number of its bytes, a transfer encoding undone.
        sha256: Hex digest of those bytes, by which a file that it was saved to can be told.
    """

    size: int
    sha256: str


@dataclass(slots=True)
class Contents:
    """What a message holds, as mail-parser reads it; attached messages as their bytes stand there.

    Attributes:
        addresses: The mailboxes of From, To, Cc, Bcc, Reply-To and Delivered-To by lower-case field name; fields
            without one are left out.
        bodies: The texts, in the order plain, HTML, other.
        attachments: In the order of the message.
        messages: Attached messages, in their order; what one of them holds itself is its own. Their texts are among
            `bodies`.
        defects: What is wrong with the message's form, each once, in the order of finding.
        error: Why nothing could be read; empty when it could.
    """

    addresses: dict[str, list[Address]] = field(default_factory=dict)
    bodies: list[Body] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    messages: list[AttachedMessage] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the same as plain lists and dictionaries that `json` can write."""
        return asdict(self)


def read_contents(data: bytes, limits: Limits = _DEFAULT_LIMITS) -> Contents:
    """Return what a whole message holds; for hostile or broken mail the reason in `error`, never an exception.

    The time that the standard library needs for MIME fields grows faster than their length, so a message is not
    read when its header or all its Content fields together are longer than `limits.header_bytes`, when it is
    longer than `limits.message_bytes`, or when it seems to have more than `limits.mime_parts` parts.

    Args:
        data: The message's bytes.
        limits: The caps in force.
    """
    reason = _reason_not_to_read(data, limits)
    if reason:
        return Contents(error=reason)
    try:
        return _read(mailparser.parse_from_bytes(data), data)
    except Exception as error:  # noqa: BLE001 (mail-parser and the email package raise many kinds on hostile mail)
        return Contents(error=shorten(_clean(f"{type(error).__name__}: {error}"), _LONGEST_DEFECT))


_HEADER_END = re.compile(rb"\r?\n\r?\n|\r\r")
_CONTENT_FIELD = re.compile(rb"^content-[^\n]*+(?:\n[ \t][^\n]*+)*+", re.IGNORECASE | re.MULTILINE)


def _reason_not_to_read(data: bytes, limits: Limits) -> str:
    if len(data) > limits.message_bytes:
        return f"longer than {limits.message_bytes} bytes"
    if len(data) > limits.header_bytes and not _HEADER_END.search(data, 0, limits.header_bytes):
        return f"header longer than {limits.header_bytes} bytes"
    if data.count(b"\n--") > limits.mime_parts:
        return f"more than {limits.mime_parts} lines that may start a part"
    if sum(len(found.group()) for found in _CONTENT_FIELD.finditer(data)) > limits.header_bytes:
        return f"Content fields longer than {limits.header_bytes} bytes together"
    return ""


def _read(parser: mailparser.MailParser, data: bytes) -> Contents:
    addresses = {}
    for role in ("from", "to", "cc", "bcc", "reply-to", "delivered-to"):
        found = [
            Address(_clean(name), _clean(address))
            for name, address in getattr(parser, role.replace("-", "_") + "_")
            if address
        ]
        if found:
            addresses[role] = found
    bodies = [
        Body(content_type, len(text))
        for content_type, texts in (
            ("text/plain", parser.text_plain),
            ("text/html", parser.text_html),
            ("other", parser.text_not_managed),
        )
        for text in texts
    ]
    attachments = [_read_attachment(item, parser, data) for item in parser.attachments]
    return Contents(addresses, bodies, attachments, list(_messages_in(data)), _read_defects(parser))


def _read_attachment(item: dict[str, Any], parser: mailparser.MailParser, data: bytes) -> Attachment:
    filename = _clean(item["filename"])
    if _INVENTED_NAME.fullmatch(filename) and not _is_in_message(filename, parser, data):
        filename = ""
    content_type = _clean(item["mail_content_type"])
    if not item["binary"]:
        problem = "an attached message, which mail-parser writes anew: its bytes are not those that were sent"
        return Attachment(filename or None, content_type, None, None, problem)
    payload, problem = _undo_base64(item["payload"])
    if payload is None:
        return Attachment(filename or None, content_type, None, None, problem)
    return Attachment(filename or None, content_type, len(payload), hashlib.sha256(payload).hexdigest(), problem)


# mail-parser makes up a random name where there is none, which would differ from run to run.
_INVENTED_NAME = re.compile(r"[a-z]{10}\.(?:txt|rtf)")


def _is_in_message(filename: str, parser: mailparser.MailParser, data: bytes) -> bool:
    if filename.encode("ascii") in data:
        return True
    return any(filename == _decoded(part.get_filename()) for part in parser.message.walk())


def _decoded(name: str | None) -> str:
    try:
        return str(make_header(decode_header(name or "")))
    except (HeaderParseError, LookupError, UnicodeError):
        return ""


_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")


def _undo_base64(text: str) -> tuple[bytes | None, str]:
    """Return the bytes of base64 text as mail programs read it, and what is wrong with it.

    Other characters are passed over, the first padding ends the data (RFC 2045 §6.8), and missing padding is
    made up.
    """
    wire = b"".join(text.encode("ascii", "replace").split())
    digits = _NO_BASE64.sub(b"", wire).partition(b"=")[0]
    kept = digits[:-1] if len(digits) % 4 == 1 else digits
    payload = base64.b64decode(kept + b"=" * (-len(kept) % 4))
    if wire and not payload:
        return None, "not base64, which it is declared to be"
    sound = wire == kept + b"=" * (-len(kept) % 4)
    return payload, "" if sound else "damaged base64; size and hash are of what mail programs make of it"


_DEEPEST = 10
_TYPE = re.compile(rb"^content-type:((?:[^\n]|\n[ \t])*+)", re.IGNORECASE | re.MULTILINE)
_ENCODING = re.compile(rb"^content-transfer-encoding:[ \t]*+([a-z0-9-]++)", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(rb";\s*+boundary\s*+=\s*+(?:\"([^\"\r\n]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE)
_MESSAGE_TYPES = (b"message/rfc822", b"message/global")


def _messages_in(data: bytes) -> Iterator[AttachedMessage]:
    """Give the messages that are parts of a message (RFC 2046), down to a depth; each span is read once a level."""
    waiting = [(0, len(data), 0)]
    while waiting:
        start, end, depth = waiting.pop()
        head, body = _head_of(data, start, end)
        found = _TYPE.search(head)
        kind = b"" if found is None else found[1].partition(b";")[0].strip().lower()
        if kind in _MESSAGE_TYPES:
            encoding = _ENCODING.search(head)
            held = _decoded_part(data[body:end], b"" if encoding is None else encoding[1].lower())
            yield AttachedMessage(len(held), hashlib.sha256(held).hexdigest())
        elif found is not None and kind.startswith(b"multipart/") and depth < _DEEPEST:
            named = _BOUNDARY.search(found[1])
            if named is not None:
                spans = _parts_of(data, body, end, named[1] or named[2])
                waiting.extend((first, last, depth + 1) for first, last in reversed(spans))


def _head_of(data: bytes, start: int, end: int) -> tuple[bytes, int]:
    """Return the header of an entity and where its body begins; an entity may begin with the empty line."""
    for mark in (b"\r\n", b"\n"):
        if data.startswith(mark, start, end):
            return b"", start + len(mark)
    found = _HEADER_END.search(data, start, end)
    return (data[start:end], end) if found is None else (data[start : found.start()], found.end())


def _parts_of(data: bytes, start: int, end: int, boundary: bytes) -> list[tuple[int, int]]:
    """Return the spans between the lines of a boundary; the line end before one belongs to it (RFC 2046 §5.1.1)."""
    line = re.compile(rb"^--" + re.escape(boundary.rstrip()) + rb"(--)?[ \t]*+(?:\r?\n|\r?\Z)", re.MULTILINE)
    spans: list[tuple[int, int]] = []
    first = None
    for found in line.finditer(data, start, end):
        if first is not None:
            last = found.start()
            last -= 2 if data.endswith(b"\r\n", first, last) else int(data.endswith(b"\n", first, last))
            spans.append((first, last))
        first = None if found[1] else found.end()
        if found[1]:
            return spans
    return spans if first is None else [*spans, (first, end)]


def _decoded_part(body: bytes, encoding: bytes) -> bytes:
    """Undo an encoding that no attached message may have (RFC 2046 §5.2.1) and that some programs give it."""
    if encoding == b"base64":
        return _undo_base64(body.decode("latin-1"))[0] or b""
    return binascii.a2b_qp(body) if encoding == b"quoted-printable" else body


def _read_defects(parser: mailparser.MailParser) -> list[str]:
    defects = dict.fromkeys(
        shorten(_clean(f"{where}: {text}"), _LONGEST_DEFECT)
        for group in parser.defects
        for where, texts in group.items()
        for text in texts
    )
    kept = list(defects)[:_MOST_DEFECTS]
    return [*kept, f"{len(defects) - len(kept)} more"] if len(defects) > len(kept) else kept


def _clean(text: object) -> str:
    """Return text without lone surrogates, which no encoding can write."""
    return str(text).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
