"""Header text made readable: encoded words (RFC 2047) and raw 8-bit text become Unicode, for showing only."""

from __future__ import annotations

import binascii
import re
from encodings.aliases import aliases
from typing import NamedTuple

__all__ = ["decode_words"]


def decode_words(value: str) -> str:
    """Return the text of a field value as a person should read it; the evidence stays in the value.

    Encoded words are decoded wherever they stand, also in quoted text and glued to other text, where RFC 2047 §5
    does not allow them but mailers write them. Neighbours with nothing but white space between them are joined
    (§6.2), and with the same charset even their bytes are, so that a character may be split over two words.
    Raw 8-bit text is read as UTF-8, else as Windows-1252, of which Latin-1 is a part.

    What cannot be read is U+FFFD: bytes that the charset does not have, 8-bit bytes in an unknown charset, control
    characters. Runs of white space, line ends and folds become one space. The result never holds lone surrogates.
    Codecs that are no character sets (`rot13`, `idna`, `unicode_escape`) count as unknown charsets.

    Args:
        value: The value as `models.Field` holds it, one character for each byte. Text that was decoded before
            may be given again.
    """
    if "=?" in value:
        value = "".join(_decode_pieces(_split(value)))
    elif not value.isascii() or _JIS in value:
        value = _decode_raw(value)
    value = " ".join(value.split())
    return value if value.isprintable() else _replace_unreadable(value)


# Starts Japanese text in ISO-2022-JP, which is 7-bit and therefore often sent without encoded words.
_JIS = "\x1b$"


class _Word(NamedTuple):
    charset: str
    data: bytes


_WORD_START = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?")


def _split(value: str) -> list[_Word | str]:
    """Return the encoded words and the text between them, in order; each character is looked at a few times only."""
    pieces: list[_Word | str] = []
    done = 0
    end = -1
    start = _WORD_START.search(value)
    while start is not None:
        following = _WORD_START.search(value, start.end())
        if end < start.end():
            end = value.find("?=", start.end())
        if end < 0:
            break
        if following is None or end <= following.start():
            pieces.append(value[done : start.start()])
            pieces.append(_read_word(start[1], start[2], value[start.end() : end]))
            done = end + 2
            if following is not None and following.start() < done:
                following = _WORD_START.search(value, done)
        start = following
    pieces.append(value[done:])
    return pieces


def _read_word(charset: str, encoding: str, text: str) -> _Word:
    data = text.encode("latin-1", "replace")
    if encoding in "qQ":
        return _Word(_codec(charset), _ESCAPE.sub(_unescape, data.replace(b"_", b" ")))
    digits = _NO_BASE64.sub(b"", data)
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return _Word(_codec(charset), binascii.a2b_base64(digits + b"=" * (-len(digits) % 4)))


_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def _unescape(found: re.Match[bytes]) -> bytes:
    return binascii.unhexlify(found[1])


def _decode_pieces(pieces: list[_Word | str]) -> list[str]:
    texts: list[str] = []
    charset = ""
    run: list[bytes] = []
    for piece in pieces:
        if isinstance(piece, _Word):
            if run and piece.charset != charset:
                texts.append(_decode(charset, b"".join(run)))
                run = []
            charset = piece.charset
            run.append(piece.data)
        elif not run or piece.strip():
            texts.append(_decode(charset, b"".join(run)))
            texts.append(_decode_raw(piece))
            run = []
    texts.append(_decode(charset, b"".join(run)))
    return texts


def _decode(codec: str, data: bytes) -> str:
    if codec == _RAW:
        return _decode_bytes(data)
    return data.decode(codec or "ascii", "replace")


def _decode_raw(text: str) -> str:
    try:
        return _decode_bytes(text.encode("latin-1"))
    except UnicodeEncodeError:
        return text


def _decode_bytes(data: bytes) -> str:
    try:
        return data.decode("iso2022_jp" if _JIS.encode() in data else "utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


_RAW = "raw"

# Names that the standard library does not know or that mail uses for a larger set than they say.
_MORE_NAMES = {
    **dict.fromkeys(("ascii", "us_ascii", "unknown_8bit", "x_unknown", "unknown", "8bit", "binary"), _RAW),
    **dict.fromkeys(("latin_1", "iso8859_1"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk", "x_gbk"), "gb18030"),
    **dict.fromkeys(("shift_jis", "x_sjis", "sjis"), "cp932"),
    **dict.fromkeys(("euc_kr", "ks_c_5601"), "cp949"),
    **dict.fromkeys(("tis_620", "iso8859_11", "windows_874"), "cp874"),
    "big5": "cp950",
    "iso8859_9": "cp1254",
    "iso_8859_8_i": "iso8859_8",
    "x_mac_cyrillic": "mac_cyrillic",
}
# A list of what is allowed, because the codec registry also holds programs (zlib, rot13, unicode_escape), and
# because it remembers each unknown name that it is asked for.
_CODECS = frozenset(
    {
        *("utf_8", "utf_8_sig", "utf_7", "utf_16", "utf_16_be", "utf_16_le", "utf_32"),
        *(f"iso8859_{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
        *(f"cp125{number}" for number in range(9)),
        *("cp437", "cp720", "cp737", "cp775", "cp850", "cp852", "cp855", "cp857", "cp858", "cp860", "cp861", "cp862"),
        *("cp863", "cp864", "cp865", "cp866", "cp869", "cp874", "cp932", "cp949", "cp950", "cp1125"),
        *("koi8_r", "koi8_u", "koi8_t", "kz1048", "ptcp154"),
        *("mac_cyrillic", "mac_greek", "mac_iceland", "mac_latin2", "mac_roman", "mac_turkish"),
        *("gb18030", "hz", "big5hkscs", "euc_jp", "euc_jis_2004", "johab", "iso2022_kr"),
        *("iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_2004", "iso2022_jp_3", "iso2022_jp_ext"),
    }
)


def _codec(charset: str) -> str:
    """Return the codec for the name of a charset, empty for an unknown one."""
    name = charset.lower().replace("-", "_").replace(".", "_")
    name = aliases.get(name, name)
    name = _MORE_NAMES.get(name, name)
    return name if name in _CODECS or name == _RAW or name == "cp1252" else ""


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def _replace_unreadable(text: str) -> str:
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROL.sub("\ufffd", text)
