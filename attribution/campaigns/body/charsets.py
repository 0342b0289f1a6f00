"""Bytes of a text part as text, whatever the part says of its charset."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["decode_text"]

# Codecs of text that Python has, by their module names. Others turn bytes into bytes (zlib), take quadratic time
# (punycode, idna), or read escapes of a programming language: mail that names them is not read by them.
_CODEC_NAMES = (
    "ascii big5 big5hkscs cp037 cp437 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp864 "
    "cp865 cp866 cp869 cp874 cp932 cp949 cp950 cp1006 cp1125 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 "
    "cp1257 cp1258 euc_jp euc_jis_2004 euc_kr gb18030 hz iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_3 "
    "iso2022_kr iso8859_2 iso8859_3 iso8859_4 iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_9 iso8859_10 "
    "iso8859_11 iso8859_13 iso8859_14 iso8859_15 iso8859_16 johab koi8_r koi8_t koi8_u kz1048 latin_1 "
    "mac_cyrillic mac_greek mac_iceland mac_latin2 mac_roman mac_turkish ptcp154 shift_jis shift_jis_2004 "
    "tis_620 utf_16 utf_16_be utf_16_le utf_32 utf_7 utf_8"
)
_CODECS = frozenset(_CODEC_NAMES.split())

# Names of the field, with what is no letter or digit left out. Where a charset has a superset that programs read
# in its place (WHATWG Encoding Standard), it is that.
_NAMES = {
    **{name.replace("_", ""): name for name in _CODECS},
    **{f"windows{number}": f"cp{number}" for number in range(1250, 1259)},
    **{f"latin{number}": f"iso8859_{part}" for number, part in ((2, 2), (3, 3), (4, 4), (5, 9), (6, 10), (9, 15))},
    **dict.fromkeys(("usascii", "ascii", "iso88591", "latin1", "l1", "ansix341968"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk", "xgbk", "gb231280", "euccn", "csgb2312", "cp936", "windows936"), "gb18030"),
    **dict.fromkeys(("ksc56011987", "ksc5601", "euckr", "windows949"), "cp949"),
    **dict.fromkeys(("shiftjis", "sjis", "xsjis", "windows31j", "mskanji"), "cp932"),
    **dict.fromkeys(("iso88598i", "iso88598e", "visual"), "iso8859_8"),
    **dict.fromkeys(("unicode11utf7", "utf7", "csunicode11utf7"), "utf_7"),
    **dict.fromkeys(("eucjp", "xeucjp"), "euc_jp"),
    **dict.fromkeys(("koi8", "koi8r"), "koi8_r"),
    **dict.fromkeys(("macintosh", "xmacroman"), "mac_roman"),
    **dict.fromkeys(("iso2022jp", "csiso2022jp"), "iso2022_jp"),
    "windows874": "cp874",
    "big5": "big5hkscs",
    "xmaccyrillic": "mac_cyrillic",
    "hzgb2312": "hz",
    "unicode": "utf_16",
}

# In these, bytes of ASCII stand for other characters.
_SHIFTED_NAMES = (
    "utf_7 hz iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_3 iso2022_kr utf_16 utf_16_be utf_16_le utf_32 cp037"
)
_SHIFTED = frozenset(_SHIFTED_NAMES.split())


@lru_cache(maxsize=1_024)
def _codec(charset: str) -> str | None:
    return _NAMES.get("".join(char for char in charset.lower() if char.isalnum()))


def decode_text(data: bytes, charset: str | None) -> str:
    """Return the bytes of a text part as text; what cannot be read comes out as U+FFFD.

    A part without a charset, or with one that is unknown or no charset of text, is UTF-8 where that is valid, else
    Latin-1 as Windows extends it. Time is linear for each codec that is used.

    Args:
        data: The bytes, transfer encoding undone.
        charset: The name that the part gives (RFC 2046 §4.1.2), at most some dozen characters.
    """
    codec = _codec(charset) if charset else None
    if codec not in _SHIFTED and data.isascii():
        return data.decode("ascii")
    codec = codec or "cp1252"
    if codec == "cp1252":
        # Much mail that says nothing, ASCII or Latin-1 is UTF-8; Latin-1 text is next to never valid UTF-8.
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    try:
        return data.decode(codec, "replace")
    except (UnicodeError, LookupError):  # UTF-16 and UTF-32 raise on some bytes whatever the error handler
        return data.decode("latin-1")
