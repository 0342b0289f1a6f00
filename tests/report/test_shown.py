from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.report.shown import CELL, defang, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words", "plain words"),
        ("see http://evil.example.com/a.b?c", "see hxxp://evil[.]example[.]com/a.b?c"),
        ("HTTPS://EVIL.EXAMPLE", "HXXPS://EVIL[.]EXAMPLE"),
        ("ftp://files.example.org/x", "fxp://files[.]example[.]org/x"),
        ("at www.example.net now", "at www[.]example[.]net now"),
        ("host mx.example.net", "host mx.example.net"),
        ("http://", "hxxp://"),
    ],
)
def test_links_are_made_harmless(text: str, expected: str) -> None:
    assert defang(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\u202eb", r"a\u202eb"),
        ("a\nb\tc\x07", r"a\nb\tc\x07"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("caf\u0065\u0301", "caf\u0065\u0301"),
        ("e" + "\u0301" * 5, "e" + "\u0301" * 3 + r"\u0301\u0301"),
        ("\udc80", r"\udc80"),
    ],
)
def test_what_does_not_print_is_written_out(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_long_text_ends_in_an_ellipsis() -> None:
    assert shown("x" * 100_000) == "x" * (CELL - 1) + "…"
    assert shown("x" * CELL) == "x" * CELL
    assert shown("abcdef", 4) == "abc…"


@given(st.text(st.characters(), max_size=80))
def test_nothing_that_acts_comes_out(text: str) -> None:
    result = shown(text)
    assert result.isprintable()
    assert len(result) <= CELL
    assert "http://" not in result.lower()
    assert "https://" not in result.lower()
