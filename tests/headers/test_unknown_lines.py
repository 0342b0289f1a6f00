from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.headers.dialect_table import read_dialects
from attribution.headers.unknown_lines import group_unknown, mask, stanza

LINE = "from pc7.example.net <<192.0.2.7>> by mx.example.org (Odd 4.2) id a1b2c3d4; Mon, 6 Jan 2014 10:00:00 +0000"


@pytest.mark.parametrize(
    "other",
    [
        LINE.replace("192.0.2.7", "198.51.100.23"),
        LINE.replace("pc7.example.net", "mail.example.com"),
        LINE.replace("a1b2c3d4", "zz99"),
        LINE.replace("6 Jan 2014 10:00:00", "5 Feb 2015 11:22:33"),
        LINE.replace("4.2", "5.7"),
    ],
)
def test_lines_that_differ_in_values_only_have_one_shape(other: str) -> None:
    assert mask(other) == mask(LINE)


def test_the_largest_group_goes_first() -> None:
    groups = group_unknown(["something else", LINE, LINE.replace("192.0.2.7", "192.0.2.8")])
    assert [(group.lines, round(group.share, 2)) for group in groups] == [(2, 0.67), (1, 0.33)]
    assert groups[0].example == LINE


def test_the_name_of_the_field_is_no_part_of_the_line() -> None:
    assert group_unknown([f"Received: {LINE}"]) == group_unknown([LINE])


def test_a_stanza_that_is_filled_in_loads_and_matches_its_example() -> None:
    text = stanza(group_unknown([LINE])[0])
    text = text.replace("FILL IN: a pattern of the host behind by", r"\.example\.org$")
    text = text.replace("FILL IN: the from clause, such as {helo} ({rdns} [{ip}])", "{helo} <<{ip}>>")
    (dialect,) = read_dialects(text.replace('ip = "FILL IN"', 'ip = "192.0.2.7"'), "test")
    found = dialect.shapes[0].pattern.fullmatch("pc7.example.net <<192.0.2.7>>")
    assert found is not None
    assert found["ip"] == dialect.examples[0].expected["ip"]
    assert dialect.examples[0].line == LINE


@given(st.text(st.characters(exclude_categories=["Cs"])).filter(lambda line: "received" not in line.lower()))
def test_any_line_gives_a_shape_and_a_stanza_that_loads(line: str) -> None:
    (group,) = group_unknown([line])
    text = stanza(group).replace("{helo} ({rdns} [{ip}])", "").replace("FILL IN: the from clause, such as ", "{ip}")
    (dialect,) = read_dialects(text, "test")
    assert dialect.examples[0].line == " ".join(line.split())
