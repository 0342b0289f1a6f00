"""What is no TOML, and what would cost its parser too much."""

from __future__ import annotations

import pytest

from attribution.claims import parse_claims
from attribution.claims.reading.tokens import tokens
from tests.claims.made_case import ABOUT
from tests.claims.reading.made_file import CLAIM, faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[about", "c.toml:1: no TOML: Expected ']' at the end of a table declaration; write key = value"),
        ('\na = "\\q"', "c.toml:2: no TOML: Unescaped '\\' in a string (column 8)"),
        ("x = 1\nx = 2", "c.toml:2: no TOML: Cannot overwrite a value"),
        ("x = 1\r\ny = = 2\r\nz = 3", "c.toml:2: no TOML: Invalid value (column 5)"),
        ('x = 1\ny = """a\nb\nc', "c.toml:2: no TOML: "),
        ("x = 1\ny = 2014-02-30", "c.toml:2: no TOML: Invalid date or datetime"),
        ("x = 1\na = " + "[" * 5_000, "c.toml:2: more than 50 brackets in brackets"),
        ("x = 1\na = " + "{a = " * 5_000, "c.toml:2: more than 50 brackets in brackets"),
        ("x = 1\na = " + "9" * 5_000, "c.toml:2: a number or key of 5,000 characters: at most 1,000 are read"),
    ],
)
def test_what_is_no_toml_is_said_in_one_line(text: str, fault: str) -> None:
    (found,) = faults(text)
    assert found.startswith(fault)
    assert len(found) < 300


@pytest.mark.parametrize("part", ["a", '"a"', "'a'", '""', '"a.\\"b"'])
def test_a_line_made_to_cost_time_is_refused(part: str) -> None:
    (fault,) = faults("x = 1\n" + part + f" . {part}" * 20_000 + " = 1")
    assert fault == "c.toml:2: far too many full stops for a line of a claims file"


def test_full_stops_in_a_text_cost_nothing() -> None:
    dots = "." * 500
    assert parse_claims("c.toml", f'{ABOUT}notes = """\n{dots}\n{dots}"""\n{CLAIM}# {dots}\n').about.notes


def test_parts_are_told_up_to_the_first_thing_that_is_no_toml() -> None:
    told = [(token.kind, token.text, token.line) for token in tokens('a\t=  "b" # c\nd = \\ e = 1\n')]
    assert told == [
        *(("word", "a", 1), ("sign", "=", 1), ("text", '"b"', 1), ("line", "\n", 1)),
        *(("word", "d", 2), ("sign", "=", 2)),
    ]
