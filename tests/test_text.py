from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attribution._text import decode, escape_control, shorten


def test_what_acts_in_a_terminal_is_shown_instead() -> None:
    assert escape_control("a\x1b[31mred\x07") == "a\\x1b[31mred\\x07"
    assert escape_control("invoice\u202efdp.exe") == "invoice\\u202efdp.exe"
    assert escape_control("two\nlines\u200b") == "two\\nlines\\u200b"
    assert escape_control("Grüße, 你好") == "Grüße, 你好"


@given(st.text())
def test_escaped_text_is_printable(text: str) -> None:
    assert escape_control(text).isprintable()


@given(st.binary())
def test_every_byte_string_has_a_text(data: bytes) -> None:
    text = decode(data)
    assert data in {text.encode("utf-8"), text.encode("latin-1", "replace")}


@given(st.text(), st.integers(1, 50))
def test_a_shortened_text_fits(text: str, width: int) -> None:
    assert len(shorten(text, width)) <= max(width, 1)
    if len(text) <= width:
        assert shorten(text, width) == text
