"""The parts of a message (RFC 2045, RFC 2046), split by the standard library within caps.

The library's parser reads line by line; what it takes more than linear time for is kept from it: deep nesting, floods
of parts and fields, long parameters. Its message class is replaced by one that keeps the Content fields alone.
"""

from __future__ import annotations

import binascii
import re
from email.message import Message
from email.parser import BytesFeedParser
from email.policy import compat32
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from email.policy import Policy

    from attribution.campaigns.body.limits import BodyLimits

__all__ = ["Part", "split_parts"]

_FIELDS = frozenset(("content-type", "content-transfer-encoding", "content-disposition", "content-id"))
_FIELDS_KEPT = 8

_HEADER_ENDS = (b"\n\n", b"\n\r\n", b"\r\r")
_LINE_END = re.compile(rb"\r\n?|\n")
_FOLD = re.compile(rb"(?:\r?\n(?![ \t])|\r(?![\n \t])|\Z)")
_CHARSET = re.compile(r";\s{0,9}charset\*?0?\*?\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9][\w.:+\-]{0,39})", re.IGNORECASE)
_BOUNDARY = re.compile(r";\s{0,9}boundary\*?0?\*?\s{0,9}=\s{0,9}(?:\"([^\"]{1,200})|([^\s;\"]{1,200}))", re.IGNORECASE)
_NAME = re.compile(r";\s{0,9}(?:file)?name\*?0?\*?\s{0,9}=\s{0,9}[\"']?[^\s;\"']", re.IGNORECASE)
_NO_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))


class _TooManyParts(Exception):  # noqa: N818 (it ends the parsing and never leaves the module)
    pass


class Part(Message):
    """One part of a message: its Content fields and its bytes.

    Attributes:
        level: How many parts it lies in.
        inside: The types of those parts, outermost first, lower case.
        body: Its bytes, transfer encoding not undone; None for a part that holds parts.
    """

    def __init__(self, policy: Policy[Any] = compat32, depth: int = 8, field_chars: int = 2_000) -> None:
        super().__init__(policy)
        self.fields: dict[str, str] = {}
        self.level = 0
        self.inside: tuple[str, ...] = ()
        self.body: bytes | None = None
        self._depth = depth
        self._field_chars = field_chars
        self._type: str | None = None

    def set_raw(self, name: str, value: str) -> None:
        """Take a field from the parser: the first of each Content field is kept, to a length."""
        key = name.lower().rstrip()
        if key in _FIELDS and key not in self.fields:
            self.fields[key] = value[: self._field_chars]

    def get(self, name: str, failobj: Any = None) -> Any:  # noqa: ANN401 (the signature of the library)
        """Return a field that was kept."""
        return self.fields.get(name.lower(), failobj)

    def get_content_type(self) -> str:
        """Return the type in lower case; text/plain for one that is none, and for a container that is not opened."""
        if self._type is None or "content-type" not in self.fields:
            self._type = self._content_type()
        return self._type

    def _content_type(self) -> str:
        value = self.fields.get("content-type")
        kind = self.get_default_type() if value is None else value.partition(";")[0].strip().lower()
        if kind.count("/") != 1:
            return "text/plain"
        if kind.startswith(("multipart/", "message/")) and self.level >= self._depth:
            return "application/octet-stream"
        # The library takes the lines of these apart as headers; nothing in them is evidence.
        if kind in {"message/delivery-status", "message/external-body", "message/partial"}:
            return "application/x-" + kind.partition("/")[2]
        return kind

    def get_boundary(self, failobj: Any = None) -> Any:  # noqa: ANN401 (the signature of the library)
        """Return the boundary of a multipart part."""
        found = _BOUNDARY.search(self.fields.get("content-type", ""))
        return ((found[1] or found[2]).rstrip() or failobj) if found else failobj

    def set_payload(self, payload: Any, charset: Any = None) -> None:  # noqa: ANN401, ARG002 (the same)
        """Take the text from the parser."""
        self.body = str(payload).encode("ascii", "surrogateescape")

    def attach(self, payload: Any) -> None:  # noqa: ANN401 (the same)
        """Take a part within this one from the parser."""
        payload.level = self.level + 1
        payload.inside = (*self.inside, self.get_content_type())

    @property
    def charset(self) -> str | None:
        """The charset parameter."""
        found = _CHARSET.search(self.fields.get("content-type", ""))
        return found[1] if found else None

    @property
    def disposition(self) -> str:
        """The word of the Content-Disposition field (RFC 2183), in lower case; empty when there is none."""
        return self.fields.get("content-disposition", "").partition(";")[0].strip().lower()

    @property
    def has_name(self) -> bool:
        """Whether the part has a file name."""
        return any(_NAME.search(self.fields.get(key, "")) for key in ("content-disposition", "content-type"))

    def decoded(self, most: int) -> bytes:
        """Return the part's bytes with its transfer encoding undone (RFC 2045 §6), as mail programs read it.

        Args:
            most: Bytes that are returned at most.
        """
        encoding = self.fields.get("content-transfer-encoding", "").partition(";")[0].strip().lower()
        # Base64 is four characters for three bytes and a line end; quoted-printable at most three for one, and folds.
        wire = (self.body or b"")[: most * 4 + 1_000]
        if encoding == "base64":
            return _undo_base64(wire)[:most]
        if encoding == "quoted-printable":
            return binascii.a2b_qp(wire)[:most]
        return wire[:most]


def _undo_base64(wire: bytes) -> bytes:
    digits = wire.translate(None, _NO_BASE64).partition(b"=")[0]
    kept = digits[:-1] if len(digits) % 4 == 1 else digits
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def split_parts(data: bytes, limits: BodyLimits) -> tuple[list[Part], list[str]]:
    """Return the parts that hold no other parts, in order, and what was left out.

    A message without MIME fields is one part of plain text. Time and memory are linear in what the caps leave.

    Args:
        data: The message, at most `limits.message_bytes`.
        limits: The caps in force.
    """
    # Of the three marks the first one; each search ends where the one before found its mark.
    start, end = limits.header_bytes, -1
    for mark in _HEADER_ENDS:
        place = data.find(mark, 0, start + 1)
        if place >= 0:
            start, end = place, place + len(mark)
    if end < 0:
        problem = f"no end of the header within {limits.header_bytes} bytes"
        return [], [problem] if len(data) > limits.header_bytes else []
    top = Part(compat32, limits.depth, limits.field_chars)
    for name, value in _content_fields(data[:start]):
        top.set_raw(name, value)
    kind = top.get_content_type()
    if not kind.startswith(("multipart/", "message/")):
        top.body = data[end:]
        return [top], []
    return _parse(top, data[end:], limits)


def _content_fields(header: bytes) -> list[tuple[str, str]]:
    """Return the Content fields of a message's header; cheaper by far than to have the library read all fields."""
    folded = b"\n" + header.lower().replace(b"\r", b"\n") if b"\n" not in header else b"\n" + header.lower()
    fields: list[tuple[str, str]] = []
    start = folded.find(b"\ncontent-")
    while start >= 0 and len(fields) < _FIELDS_KEPT:
        end = _FOLD.search(header, start)
        stop = end.start() if end else len(header)
        name, _, value = header[start:stop].decode("ascii", "replace").partition(":")
        fields.append((name, value))
        start = folded.find(b"\ncontent-", max(stop, start + 1))
    return fields


def _parse(top: Part, body: bytes, limits: BodyLimits) -> tuple[list[Part], list[str]]:
    problems: list[str] = []
    if body.count(b"\n") + body.count(b"\r") > limits.lines:
        body, cut = _first_lines(body, limits.lines)
        if cut:
            problems.append(f"more than {limits.lines} lines")
    parts: list[Part] = []

    def new_part(policy: Policy[Any] = compat32) -> Part:
        if len(parts) > limits.parts:
            raise _TooManyParts
        parts.append(Part(policy, limits.depth, limits.field_chars))
        return parts[-1]

    head = "".join(f"{name}: {' '.join(value.split())}\n" for name, value in top.fields.items())
    parser: BytesFeedParser[Part] = BytesFeedParser(new_part)
    try:
        parser.feed(head.encode("ascii", "replace") + b"\n" + body)
        parser.close()
    except _TooManyParts:
        problems.append(f"more than {limits.parts} parts")
    except Exception as error:  # noqa: BLE001 (the email package raises many kinds on hostile mail)
        problems.append(f"the parts cannot be told apart: {type(error).__name__}")
    leaves = [part for part in parts if part.body is not None]
    for part in leaves:
        # The last line end before a boundary belongs to the boundary (RFC 2046 §5.1.1).
        if part.level and part.body is not None:
            part.body = part.body[:-2] if part.body.endswith(b"\r\n") else part.body.removesuffix(b"\n")
    if any(part.level >= limits.depth for part in parts):
        problems.append(f"parts nested deeper than {limits.depth}")
    return leaves, problems


def _first_lines(body: bytes, most: int) -> tuple[bytes, bool]:
    for number, found in enumerate(_LINE_END.finditer(body), 1):
        if number == most:
            return body[: found.end()], found.end() < len(body)
    return body, False
