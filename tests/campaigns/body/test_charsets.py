from __future__ import annotations

import pytest

from attribution.campaigns.body.charsets import decode_text


@pytest.mark.parametrize(
    ("text", "codec", "charset"),
    [
        ("Счёт заблокирован", "cp1251", "windows-1251"),
        ("Счёт заблокирован", "koi8_r", "KOI8-R"),
        ("您的账户", "gb18030", "gb2312"),
        ("您的帳戶", "big5", "Big5"),
        ("アカウント", "iso2022_jp", "ISO-2022-JP"),
        ("アカウント", "cp932", "Shift_JIS"),
        ("계정이 정지", "cp949", "ks_c_5601-1987"),
        ("“quoted” — €5", "cp1252", "iso-8859-1"),
        ("Zażółć", "iso8859_2", "latin2"),
        ("naïve", "utf_16", "utf-16"),
        ("naïve", "utf_7", "utf-7"),
    ],
)
def test_a_charset_is_read_as_mail_programs_read_it(text: str, codec: str, charset: str) -> None:
    assert decode_text(text.encode(codec), charset) == text


@pytest.mark.parametrize("charset", [None, "us-ascii", "iso-8859-1", "unknown-8bit", "x-nonsense", "%CHARSET%"])
def test_without_a_charset_text_is_utf_8_where_it_can_be(charset: str | None) -> None:
    assert decode_text("Zażółć".encode(), charset) == "Zażółć"
    assert decode_text(b"caf\xe9", charset) == "café"


@pytest.mark.parametrize(
    "charset",
    [
        "zip",
        "zlib",
        "rot13",
        "idna",
        "punycode",
        "unicode_escape",
        "raw-unicode-escape",
        "hex",
        "undefined",
        "../x",
    ],
)
def test_what_is_no_charset_of_text_is_never_used(charset: str) -> None:
    assert decode_text(b"\\x41 789c caf\xe9", charset) == "\\x41 789c café"


def test_broken_bytes_do_not_raise() -> None:
    for charset in ("utf-8", "utf-16", "utf-32", "iso-2022-kr", "hz", "utf-7", "big5", "cp1250", "shift_jis"):
        assert isinstance(decode_text(bytes(range(256)) * 3 + b"\xd8", charset), str)
