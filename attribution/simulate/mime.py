"""Texts made into header words and bodies: charsets, encoded words (RFC 2047), transfer encodings (RFC 2045)."""

from __future__ import annotations

import binascii
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

__all__ = ["CHARSETS", "Coding", "base64_lines", "code_body", "code_header", "coding_for", "phrase"]


class Coding(NamedTuple):
    """How text becomes bytes.

    Attributes:
        charset: Name as it stands in the mail.
        codec: Name that Python has for it.
        transfer: `7bit`, `8bit`, `quoted-printable` or `base64`, for bodies.
        word: `B` or `Q`, for header words.
    """

    charset: str
    codec: str
    transfer: str
    word: str


CHARSETS: dict[str, tuple[Coding, ...]] = {
    "en": (
        Coding("us-ascii", "ascii", "7bit", "Q"),
        Coding("iso-8859-1", "latin-1", "7bit", "Q"),
        Coding("iso-8859-1", "latin-1", "quoted-printable", "Q"),
        Coding("windows-1252", "cp1252", "quoted-printable", "Q"),
        Coding("utf-8", "utf-8", "7bit", "B"),
        Coding("UTF-8", "utf-8", "quoted-printable", "Q"),
        Coding("utf-8", "utf-8", "base64", "B"),
    ),
    "de": (
        Coding("iso-8859-1", "latin-1", "quoted-printable", "Q"),
        Coding("iso-8859-1", "latin-1", "8bit", "Q"),
        Coding("windows-1252", "cp1252", "quoted-printable", "Q"),
        Coding("utf-8", "utf-8", "base64", "B"),
        Coding("UTF-8", "utf-8", "quoted-printable", "Q"),
    ),
    "ru": (
        Coding("windows-1251", "cp1251", "base64", "B"),
        Coding("windows-1251", "cp1251", "8bit", "B"),
        Coding("koi8-r", "koi8-r", "base64", "B"),
        Coding("koi8-r", "koi8-r", "quoted-printable", "Q"),
        Coding("utf-8", "utf-8", "base64", "B"),
    ),
    "zh": (
        Coding("gb2312", "gb2312", "base64", "B"),
        Coding("GB2312", "gb2312", "quoted-printable", "B"),
        Coding("utf-8", "utf-8", "base64", "B"),
    ),
    "ja": (
        Coding("iso-2022-jp", "iso2022_jp", "7bit", "B"),
        Coding("ISO-2022-JP", "iso2022_jp", "7bit", "B"),
        Coding("utf-8", "utf-8", "base64", "B"),
    ),
}
CHARSETS["es"] = CHARSETS["de"]
"""The codings that mail in a language has, the likely ones first."""

_UTF8 = Coding("utf-8", "utf-8", "quoted-printable", "B")


def coding_for(text: str, coding: Coding) -> Coding:
    """Return the coding itself, or UTF-8 where it has no bytes for the text."""
    try:
        data = text.encode(coding.codec)
    except UnicodeEncodeError:
        return _UTF8
    return _UTF8 if coding.transfer == "7bit" and not data.isascii() else coding


def code_header(text: str, coding: Coding) -> str:
    """Return text for a header field, as encoded words of at most 75 characters where it is not ASCII.

    Args:
        text: The text, on one line.
        coding: Its charset must have the text; else UTF-8 is taken.
    """
    if text.isascii():
        return text
    try:
        whole = text.encode(coding.codec)
    except UnicodeEncodeError:
        coding = _UTF8
        whole = text.encode()
    room = (75 - 7 - len(coding.charset)) // 4 * 3 if coding.word == "B" else (75 - 7 - len(coding.charset)) // 3
    if len(whole) <= room:
        return _word(whole, coding)
    words = []
    if len(whole) == len(text):
        # A byte a character: it can be cut anywhere.
        return "\n ".join([_word(whole[at : at + room], coding) for at in range(0, len(whole), room)])
    if coding.codec == "utf-8":
        at = 0
        while at < len(whole):
            end = at + room
            while end < len(whole) and whole[end] & 0xC0 == 0x80:
                end -= 1
            words.append(_word(whole[at:end], coding))
            at = end
        return "\n ".join(words)
    piece = b""
    start = 0
    for end in range(1, len(text) + 1):
        longer = text[start:end].encode(coding.codec)
        if len(longer) > room:
            words.append(_word(piece, coding))
            start = end - 1
            longer = text[start:end].encode(coding.codec)
        piece = longer
    words.append(_word(piece, coding))
    return "\n ".join(words)


def _word(data: bytes, coding: Coding) -> str:
    if coding.word == "B":
        return f"=?{coding.charset}?B?{binascii.b2a_base64(data, newline=False).decode('ascii')}?="
    return f"=?{coding.charset}?Q?{''.join(map(_Q.__getitem__, data))}?="


_Q = tuple(
    "_" if byte == 32 else chr(byte) if chr(byte).isalnum() and byte < 128 else f"={byte:02X}" for byte in range(256)
)


def phrase(name: str, coding: Coding, *, quoted: bool = True) -> str:
    """Return a display name for an address field."""
    if not name.isascii():
        return code_header(name, coding)
    return f'"{name}"' if quoted else name


def base64_lines(data: bytes) -> bytes:
    """Return Base64 in lines of 76 characters, each with its line feed."""
    text = binascii.b2a_base64(data, newline=False)
    whole, rest = divmod(len(text), 76)
    lines = (*_whole_lines(whole).unpack_from(text), text[-rest:]) if rest else _whole_lines(whole).unpack_from(text)
    return b"\n".join(lines) + b"\n"


@lru_cache(maxsize=256)
def _whole_lines(count: int) -> Struct:
    """Return what cuts Base64 into so many lines of 76 characters at once."""
    return Struct("76s" * count)


def code_body(text: str, coding: Coding) -> bytes:
    """Return a body or the body of a part; it ends with a line feed.

    Args:
        text: Lines that end with a line feed, none of 998 characters or more.
        coding: Its charset must have the text.
    """
    # All these charsets have ASCII as it is, and Python's own codecs are many times quicker than its tables.
    data = text.encode("ascii" if text.isascii() else coding.codec)
    if coding.transfer == "base64":
        return base64_lines(data.replace(b"\n", b"\r\n"))
    if coding.transfer == "quoted-printable":
        return binascii.b2a_qp(data, istext=True)
    return data
