"""The first address of an address field and the name beside it (RFC 5322 §3.4), read in one linear pass."""

from __future__ import annotations

import re
from typing import NamedTuple

from attribution.headers.words import decode_words

__all__ = ["Mailbox", "read_mailbox"]


class Mailbox(NamedTuple):
    """An address and the name beside it.

    Attributes:
        address: Without angle brackets, comments and route, the domain in lower case, the local part as written.
            Empty for the null address `<>`; None when there is none.
        name: The display name, or else the comment, decoded; None when there is neither.
    """

    address: str | None
    name: str | None


def read_mailbox(value: str) -> Mailbox:
    """Return the first mailbox of an address field.

    What stands in angle brackets is the address, and nothing in the name is, however much it looks like one.
    Without brackets it is the first word with an `@`. The name of a group (RFC 5322 §3.4) is passed over, and so
    is a mailbox without a domain if one with a domain follows. Tolerated are an unquoted comma in a name, a
    missing bracket, and an open quote or comment, whose mark is then ignored; an encoded word (RFC 2047) may
    hold the address only where none stands outside.

    Args:
        value: The value as `models.Field` holds it, one character for each byte.
    """
    plain = _PLAIN.fullmatch(value)
    if plain is not None:
        name = " ".join((plain["quoted"] or plain["words"] or "").split())
        return Mailbox(f"{plain['local']}@{plain['domain'].rstrip('.').lower()}", name or None)
    mailbox, is_open = _read(value)
    if is_open and "@" not in (mailbox.address or ""):
        mailbox, _ = _read(value.translate(_MARKS_TO_SPACES))
    if mailbox.address is None and "=?" in value:
        inner, _ = _read(decode_words(value))
        if inner.address and "@" in inner.address:
            return inner
    return mailbox


# The form of most mailboxes: a name of plain ASCII words or in quotes, with nothing in it to decode or to unquote, then
# an address in brackets. One pattern reads it sooner.
_PLAIN = re.compile(
    r"""
    [ \t\r\n]*+(?:"(?P<quoted>[\w .,'&!@:;()/-]*+)"|(?P<words>(?:[\w.'&!/-]++[ \t\r\n]*+)*+))[ \t\r\n]*+
    <(?P<local>[\w.+=-]++)@(?P<domain>[\w.-]++)>[ \t\r\n]*+
    """,
    re.VERBOSE | re.ASCII,
)
_MARKS_TO_SPACES = str.maketrans('"()', "   ")

# White space is spelt out because in 8-bit text \s would also match the second byte of some letters.
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]++)"
    r"|(?P<word>=\?[^?\s]{1,100}\?[bBqQ]\?[^?]*+\?=)"
    r'|"(?P<quoted>(?:[^"\\]|\\.)*+)"'
    r"|<(?P<angle>[^<>]*+)>?"
    r"|(?P<mark>[(),:;\"])"
    r"|(?P<literal>\[[^\[\] \t\r\n]*+\])"
    r'|(?P<atom>[^ \t\r\n"<>(),:;\[\]]++|.)',
    re.DOTALL,
)
_COMMENT_MARK = re.compile(r"\\.|[()]", re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)


class _Piece(NamedTuple):
    text: str
    written: str
    spaced: bool
    kind: str


def _read(text: str) -> tuple[Mailbox, bool]:
    """Return the first mailbox, and whether a quote or comment in it was left open."""
    pieces: list[_Piece] = []
    comment: str | None = None
    angle: str | None = None
    second_best: Mailbox | None = None
    is_open = spaced = has_at = False
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            break
        position = token.end()
        kind, written = str(token.lastgroup), token.group()
        if kind == "space":
            spaced = True
            continue
        if kind == "angle":
            if angle is None or not _has_domain(angle):
                angle = token["angle"]
        elif written == "(":
            end = _end_of_comment(text, position)
            if end is None:
                is_open = True
                break
            comment = comment or text[position : end - 1]
            position = end
        elif kind == "mark":
            if written == '"':
                is_open = True
                break
            if has_at or (angle is not None and (not angle or _has_domain(angle))):
                break
            if angle is not None:
                second_best = second_best or Mailbox(_clean_address(angle), _name(pieces))
                pieces.clear()
                angle = None
                continue
            if written == "," and pieces:
                pieces.append(_Piece(",", ",", spaced=False, kind="mark"))
            else:
                pieces.clear()
        elif angle is None:
            inner = _QUOTED_PAIR.sub(r"\1", token["quoted"]) if kind == "quoted" else written
            pieces.append(_Piece(inner, written, spaced, kind))
            has_at = has_at or (kind == "atom" and "@" in written)
        spaced = False
    if angle is not None:
        return Mailbox(_clean_address(angle), _name(pieces) or _decoded(comment)), is_open
    bare = _bare(pieces, comment)
    return (second_best or bare) if bare.address is None else bare, is_open


def _has_domain(address: str) -> bool:
    return 0 < address.find("@") < len(address) - 1


def _end_of_comment(text: str, position: int) -> int | None:
    """Return the offset beyond the comment whose opening bracket is just before, or None when it is open."""
    depth = 1
    for found in _COMMENT_MARK.finditer(text, position):
        if found.group() == "(":
            depth += 1
        elif found.group() == ")":
            depth -= 1
        if not depth:
            return found.end()
    return None


def _bare(pieces: list[_Piece], comment: str | None) -> Mailbox:
    """Return the mailbox of a text without angle brackets."""
    at = next((n for n, piece in enumerate(pieces) if piece.kind == "atom" and "@" in piece.written), None)
    if at is None:
        return Mailbox(None, _name(pieces) or _decoded(comment))
    first = last = at
    while first > 0 and _are_one(pieces[first - 1], pieces[first]):
        first -= 1
    while last + 1 < len(pieces) and _are_one(pieces[last], pieces[last + 1]):
        last += 1
    address = "".join(piece.written for piece in pieces[first : last + 1])
    return Mailbox(_clean_address(address.rstrip(">")), _name(pieces[:first]) or _decoded(comment))


def _are_one(before: _Piece, after: _Piece) -> bool:
    """Say whether two pieces belong to one address, which may have spaces at its @ and dots (RFC 5322 §4.4)."""
    if "mark" in (before.kind, after.kind):
        return False
    return (
        not after.spaced
        or before.written.endswith("@")
        or after.written.startswith("@")
        or ("." in (before.written, after.written))
    )


def _name(pieces: list[_Piece]) -> str | None:
    last = max((n for n, piece in enumerate(pieces) if piece.kind != "mark"), default=-1)
    return _decoded("".join(f" {piece.text}" if piece.spaced else piece.text for piece in pieces[: last + 1]))


def _decoded(text: str | None) -> str | None:
    return decode_words(text) or None if text else None


def _clean_address(text: str) -> str:
    address = decode_words(text)
    if address.startswith("@"):
        address = address.rpartition(":")[2].strip()
    elif address[:7].lower() == "mailto:":
        address = address[7:].strip()
    local, at, domain = address.rpartition("@")
    return f"{local.rstrip()}@{domain.strip().rstrip('.').lower()}" if at else address
