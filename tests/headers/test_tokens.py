from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.headers.tokens import COMMENT, ENCLOSED, SEMICOLON, scan
from attribution.limits import Limits


def seen(value: str) -> list[tuple[str, str]]:
    return [(kind, value[start:end]) for kind, start, end in scan(value)]


def test_a_line_falls_into_keywords_comments_addresses_and_semicolons() -> None:
    assert seen("from a (b [192.0.2.7]) by c (Postfix) with SMTP id 1 for <d@e.example>; Mon") == [
        ("from", "from"),
        (COMMENT, "(b [192.0.2.7])"),
        ("by", "by"),
        (COMMENT, "(Postfix)"),
        ("with", "with"),
        ("id", "id"),
        ("for", "for"),
        (ENCLOSED, "<d@e.example>"),
        (SEMICOLON, ";"),
    ]


@pytest.mark.parametrize(
    "value", ["ruby", "mail.by", "x-by", "by.example", "forward", "id=1", "withheld", "1by", "via@x"]
)
def test_a_keyword_is_a_word_of_its_own(value: str) -> None:
    assert seen(f"a {value} b") == []


@pytest.mark.parametrize(
    ("value", "keyword"),
    [("(x)by h", "by"), ("[192.0.2.7]by h", "by"), ("<a@b>for c", "for"), ("x;by h", "by"), ("st, id 7", "id")],
)
def test_a_bracket_or_comma_in_front_replaces_the_space(value: str, keyword: str) -> None:
    assert keyword in [kind for kind, _ in seen(value)]


@pytest.mark.parametrize("value", ["FROM a", "By a", "wItH a", "ID a"])
def test_keywords_come_in_any_case(value: str) -> None:
    assert seen(value)[0][0] == value.split()[0].lower()


def test_a_keyword_before_a_colon_or_at_the_end_counts() -> None:
    assert [kind for kind, _ in seen("with SMTP id: <7@x> by")] == ["with", "id", ENCLOSED, "by"]


@pytest.mark.parametrize(
    "hidden", ["(by h with x)", "(a (by h) b)", "<by@h.example>", '<"a by b"@c.example>', '"a by b"@c.example']
)
def test_keywords_in_comments_and_addresses_are_none(hidden: str) -> None:
    assert "by" not in [kind for kind, _ in seen(f"from {hidden} x")]


def test_comments_nest() -> None:
    assert seen("(a (b (c)) d)") == [(COMMENT, "(a (b (c)) d)")]


@pytest.mark.parametrize(
    "value", ["x (y (real [192.0.2.7]) by h", "x) (real [192.0.2.7]) by h", "(((( (real [192.0.2.7]) by h"]
)
def test_a_parenthesis_without_a_partner_is_text(value: str) -> None:
    assert seen(value) == [(COMMENT, "(real [192.0.2.7])"), ("by", "by")]


def test_parentheses_in_a_quoted_local_part_do_not_count() -> None:
    assert seen('(envelope-from <"a) by x ("@b.example>) by h') == [
        (COMMENT, '(envelope-from <"a) by x ("@b.example>)'),
        ("by", "by"),
    ]


def test_of_too_many_open_parentheses_the_outermost_are_text() -> None:
    deep = Limits().comment_depth + 5
    comment = "(" * deep + "x" + ")" * deep
    (_, start, end), *rest = scan(comment)
    assert (start, end) == (5, len(comment) - 5)
    assert rest == []


def test_a_value_of_a_thousand_elements_is_not_read() -> None:
    assert scan("(a) " * 999) != []
    assert scan("(a) " * 1_001) == []


PIECES = st.lists(
    st.sampled_from(
        ["(", ")", "<", ">", "[", "]", '"', ";", "@", " ", "\r\n\t", "by", "from", "id", "x", "1.2.3.4", "\x00"]
    )
)


@given(PIECES.map("".join))
def test_tokens_are_in_order_and_do_not_overlap(value: str) -> None:
    tokens = scan(value)
    assert all(0 <= start < end <= len(value) for _, start, end in tokens)
    assert all(first[2] <= second[1] for first, second in pairwise(tokens))
