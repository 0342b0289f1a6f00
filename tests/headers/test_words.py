from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.headers.words import decode_words


def as_value(data: bytes) -> str:
    return data.decode("latin-1")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" plain text", "plain text"),
        ("folded\r\n\t  twice\r\n over", "folded twice over"),
        ("=?utf-8?B?w6TDtsO8?=", "äöü"),
        ("=?UTF-8?q?a_b=C3=A4?=", "a bä"),
        ("=?utf-8*de?Q?=C3=A4?=", "ä"),
        # White space between encoded words is not shown, other white space is
        ("a =?utf-8?q?b?=\r\n =?utf-8?q?c?= d", "a bc d"),
        ("=?iso-8859-1?q?=E4?= =?utf-8?q?=C3=A4?=", "ää"),
        # A character that is split over two words
        ("=?utf-8?Q?=F0=9F=98?= =?UTF-8?Q?=80?=", "😀"),
        ("=?utf-8?B?8J+Y?= =?utf-8?Q?=80?=", "😀"),
        # Where RFC 2047 does not allow them
        ("x=?utf-8?q?y?=z", "xyz"),
        ('"=?utf-8?q?quoted?="', '"quoted"'),
        ("=?utf-8?q?What?_Really?=", "What? Really"),
        ("=?utf-8?q?with space?=", "with space"),
        # Charsets that mean more than they say
        ("=?iso-8859-1?q?=93so=94?=", "“so”"),
        ("=?us-ascii?q?=C3=A4?=", "ä"),
        ("=?gb2312?B?xOO6ww==?=", "你好"),
        ("=?ks_c_5601-1987?B?x9G5zg==?=", "한민"),
        ("=?iso-2022-jp?B?GyRCJDMkcxsoQg==?=", "こん"),
        ("=?unknown-8bit?q?=E4?=", "ä"),
        # Raw text
        (as_value("ä€".encode()), "ä€"),
        (as_value("à la carte".encode()), "à la carte"),
        ("\xe4 \x80", "ä €"),
        ("\x1b$B$3$s\x1b(B", "こん"),
        # Broken words
        ("=?utf-8?b?w6Q?=", "ä"),
        ("=?utf-8?b?w6Q!!x?=", "ä1"),
        ("=?utf-8?q?=C3=ZZ=?=", "�=ZZ="),
        ("=?utf-8?q?never closed", "=?utf-8?q?never closed"),
        ("=?utf-8?q?a =?utf-8?q?b?=", "=?utf-8?q?a b"),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-8?q??=", ""),
        # What is no character set
        ("=?x-none?q?a=E4?=", "a�"),
        ("=?rot13?q?uryyb?=", "uryyb"),
        ("=?unicode_escape?q?=5Cu0041?=", "\\u0041"),
        ("=?idna?q?xn--a=E4?=", "xn--a�"),
        ("=?hex?q?41?=", "41"),
        # What must not come through
        ("a\0b\x1b[31m\x07", "a�b�[31m�"),
        ("=?utf-8?q?=1B[2J=00?=", "�[2J�"),
        ("=?utf-7?q?+2AA-?=", "�"),
        # Text that was decoded before
        ("漢字 =?utf-8?q?x?=", "漢字 x"),
    ],
)
def test_reads(value: str, expected: str) -> None:
    assert decode_words(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "=?utf-8?q?a?= " * 5000,
        "=?a?q?" * 11_000,
        "=?a?q?" * 11_000 + "?=",
        "=?" * 32_000,
        "?=" * 32_000,
        "=?" + "a" * 65_000,
        "=?utf-8?b?" + "A" * 65_000 + "?=",
    ],
)
def test_floods_are_read_in_one_go(value: str) -> None:
    assert len(decode_words(value)) <= len(value)


@given(
    st.lists(
        st.sampled_from(
            ["=?", "?=", "?", "=", "utf-8", "utf-7", "utf-16", "q", "b", "w6Q", "=C3", " ", "\r\n ", "+2AA-", "\xc3"]
        ),
        max_size=30,
    ).map("".join)
    | st.text(max_size=60)
)
def test_any_text_gives_clean_unicode(value: str) -> None:
    shown = decode_words(value)
    shown.encode("utf-8")
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in shown)
    assert "  " not in shown
    assert shown == shown.strip()


@given(st.text(alphabet=st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40))
def test_reads_back_what_was_encoded(text: str) -> None:
    octets = text.encode()
    words = [
        f"=?utf-8?q?{''.join(f'={byte:02X}' for byte in octets[at : at + 20])}?=" for at in range(0, len(octets), 20)
    ]
    assert decode_words("\r\n ".join(words)) == text
