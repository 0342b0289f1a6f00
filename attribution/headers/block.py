"""The header block of a message: cut off, split into fields, every byte still traceable (RFC 5322 §2.2)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from attribution.models import Field, HeaderBlock

if TYPE_CHECKING:
    from attribution.limits import Limits

__all__ = ["read_block"]


def read_block(data: bytes, limits: Limits) -> HeaderBlock:
    """Split the header of a message into its fields, with their byte spans.

    The header ends at the first empty line. A line ends with LF, CRLF or a bare CR, also mixed; CR CR LF is
    one line end where a field or a fold follows, because line ends that were converted twice look so. A line
    of white space is a fold (RFC 5322 §4.2), not an empty line.

    Framing is passed over: a UTF-8 byte order mark, empty lines before the first field, and the `From ` or
    `>From ` line of an mbox.

    A line that is neither field nor fold belongs to no field, least of all to the one above it, which may be
    the receiver's own while the line is the sender's. The header goes on if a well-known field follows before
    the empty line; else it ends there, because then the empty line is what is missing.

    Args:
        data: The message's bytes from the first one on. The body is not looked at.
        limits: `header_bytes`, `header_fields` (lines that are no fields count, too) and `field_bytes`.

    Returns:
        The block; `malformed` when no field was found or the text is UTF-16, `partial` when a limit cut it.
        Lines that are no fields leave the status as it is, and are counted in `detail`. A name is a run of
        printable or 8-bit characters without a colon; white space before the colon (RFC 5322 §4.5) is no
        part of it. A value that was cut ends where it was cut, and so does its span.
    """
    if _is_utf16(data):
        return HeaderBlock([], 0, "malformed", "UTF-16 text, which is no form of mail (RFC 5322 §2.1)")
    framing = _FRAMING.match(data)
    start = framing.end() if framing else 0
    stop, end, has_bare_cr = _find_end(data, start, start + limits.header_bytes)
    cuts = []
    if stop > start + limits.header_bytes:
        stop = start + limits.header_bytes
        cuts.append(f"header cut at {limits.header_bytes} bytes")
    text = data[start:stop].decode("latin-1")
    lines = (_LINE_END if has_bare_cr else _LINE_FEED).split(text, limits.header_fields)
    if len(lines) > limits.header_fields and lines.pop():
        cuts.append(f"header cut after {limits.header_fields} fields")
    fields, strays, cut_values = _read_fields(lines, start, limits.field_bytes)
    if cut_values:
        cuts.append(f"{cut_values} values cut at {limits.field_bytes} bytes")
    if framing and framing["blank"] and fields and not _is_well_known(fields[0].key):
        fields, strays, end = [], [], start
    kept, end, note = _without_strays(fields, strays, end)
    if not kept:
        return HeaderBlock([], start, "malformed", "no header field at the start of the message")
    return HeaderBlock(kept, end, "partial" if cuts else "ok", "; ".join([*cuts, note] if note else cuts))


_FRAMING = re.compile(
    rb"(?:\xef\xbb\xbf)?+(?:(?P<blank>[\r\n]++)(?!>?From )|[\r\n]*+)"
    rb"(?:>?From (?![ \t]{0,80}:)[^\r\n]*+(?>\r{0,2}\n|\r|\Z))*+"
)

# Text for a bytes pattern and, because all text here is Latin-1, for a str pattern as well.
_NAME = r"[!-9;-~\x80-\xff]"
# The last character of a line end that no fold follows; without bare CRs that is easy to find.
_LINE_FEED = re.compile(r"\n(?![ \t])")
_LINE_END = re.compile(r"(?:\n|\r(?!\r?\n))(?![ \t])")
_USUAL_EMPTY_LINE = re.compile(rb"\n\r?\n")
_BARE_CR = re.compile(rb"\r(?!\n|\Z)")
_EMPTY_LINE = re.compile(
    rb"\r\r\n\r\r\n"
    rb"|(?!\r\r\n(?:[ \t]|%b{1,100}[ \t]{0,20}:))(?>\r\n|\n|\r)(?>\r\n|\n|\r)" % _NAME.encode("ascii")
)


def _is_utf16(data: bytes) -> bool:
    head = data[:64]
    half = len(head) // 2
    return head[:2] in (b"\xff\xfe", b"\xfe\xff") or (
        half >= 4 and max(head[::2].count(0), head[1::2].count(0)) >= 0.9 * half and head.count(0) < 1.5 * half
    )


def _find_end(data: bytes, start: int, window: int) -> tuple[int, int, bool]:
    """Return where the last line of the header ends, where the body starts, and whether a bare CR is in it.

    Bare CRs need a slower search; it goes from `start`, the first line, up to `window`.
    """
    if data.startswith((b"\r", b"\n"), start):
        return start, start, False
    found = _USUAL_EMPTY_LINE.search(data, start)
    stop, end = found.span() if found else (len(data), len(data))
    if _BARE_CR.search(data, start, min(stop + 1, window)) is None:
        return stop, end, False
    empty = _EMPTY_LINE.search(data, start, min(end, window))
    return (empty.start(), empty.end(), True) if empty else (stop, end, True)


def _read_fields(lines: list[str], offset: int, field_bytes: int) -> tuple[list[Field], list[tuple[int, int]], int]:
    """Return the fields, each line that is none (fields above it, offset), and how many values were cut.

    Each line holds its folds and is without the last character of its line end; the first starts at `offset`.
    """
    fields: list[Field] = []
    strays: list[tuple[int, int]] = []
    cuts = 0
    for line in lines:
        written, colon, value = line.partition(":")
        name, key = _usual_name(written) if len(written) <= _LONGEST_USUAL else _name(written)
        if colon and key:
            value = value.rstrip("\r")
            if len(value) > field_bytes:
                value = value[:field_bytes]
                cuts += 1
            value_start = offset + len(written) + 1
            fields.append(Field(key, name, value, offset, value_start, value_start + len(value)))
        elif line.rstrip("\r"):
            strays.append((len(fields), offset))
        offset += len(line) + 1
    return fields, strays, cuts


_LONGEST_USUAL = 64
"""Characters of a field name up to which it is remembered."""
_IS_NAME = re.compile(rf"{_NAME}++[ \t]*+")


def _name(text: str) -> tuple[str, str]:
    """Return a field name as written and in lower case; empty when the text before a colon is no name."""
    if not _IS_NAME.fullmatch(text):
        return "", ""
    name = text.rstrip(" \t")
    return name, name.lower()


# Mail has few names, and long ones are kept out, so that hostile mail cannot make the cache large.
_usual_name = lru_cache(maxsize=4096)(_name)

_WELL_KNOWN = frozenset(
    {
        *("bcc", "cc", "date", "delivered-to", "envelope-to", "errors-to", "from", "in-reply-to", "lines"),
        *("message-id", "organization", "precedence", "received", "references", "reply-to", "return-path"),
        *("sender", "status", "subject", "thread-index", "thread-topic", "to", "user-agent"),
    }
)
# Content fields are left out on purpose: they also stand at the top of each part of a body.
_WELL_KNOWN_STARTS = ("arc-", "authentication-", "dkim-", "domainkey-", "list-", "received-", "resent-", "x-")


def _is_well_known(key: str) -> bool:
    return key in _WELL_KNOWN or key.startswith(_WELL_KNOWN_STARTS)


def _without_strays(fields: list[Field], strays: list[tuple[int, int]], end: int) -> tuple[list[Field], int, str]:
    """Return the fields up to where the header ends, that end, and what to say of lines that are no fields."""
    if not strays:
        return fields, end, ""
    last = max((index for index, field in enumerate(fields) if _is_well_known(field.key)), default=-1)
    inside = 0
    for above, at in strays:
        if above > last:
            return fields[:above], at, "no empty line between header and body"
        inside += 1
    return fields, end, f"{inside} lines of the header are neither field nor fold"
