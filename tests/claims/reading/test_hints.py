"""What to write in place of what is no TOML."""

from __future__ import annotations

from time import monotonic

import pytest

from tests.claims.made_case import ABOUT
from tests.claims.reading.made_file import CLAIM, faults

LONG_FORM = "write all of { ... } on one line, or as a table of its own: [claim.predicate]"


STRAIGHT = 'write straight quotes: "..."'


@pytest.mark.parametrize(
    ("old", "new", "line", "hint"),
    [
        ("{ kind", "{\n  kind", 11, LONG_FORM),
        ('"count", ', '"count",\n  ', 11, LONG_FORM),
        ('"count", ', '"count", # what\n  ', 11, LONG_FORM),
        ("750_000 }", "750_000\n}", 11, LONG_FORM),
        ("750_000 }", "750_000, }", 11, "leave out the comma before }"),
        ("750_000 }", "750,000 }", 11, "write 750_000"),
        ("750_000 }", "1,750,000, where = {} }", 11, "write 1_750_000"),
        ("value = 750_000 }", "value = [750,000, 800,000] }", 11, "write 750_000"),
        ("op =", "value = 1,000.5, op =", 11, "write 1_000.5"),
        ("750_000", "1.750.000", 11, "write 1_750_000"),
        ("750_000 }", "[1.750.000, 2_000_000] }", 11, "write 1_750_000"),
        ("750_000", "750 000", 11, "write 750_000"),
        ("750_000", "1\u202f750\u202f000", 11, "write 1_750_000"),
        ("750_000", "1'750'000", 11, "write 1_750_000"),
        ("750_000", ".25", 11, "write 0.25"),
        ("750_000", "-.25", 11, "write -0.25"),
        ("published = 2014-01-16", "published = 23.12.2013", 4, "write 2013-12-23"),
        ("published = 2014-01-16", "published = 23-12-2013", 4, "write 2013-12-23"),
        ("published = 2014-01-16", "published = 2013/12/23", 4, "write 2013-12-23"),
        ("published = 2014-01-16", "published = 2013.12.23", 4, "write 2013-12-23"),
        ("published = 2014-01-16", "published = 2014-1-6", 4, "write 2014-01-06"),
        ("published = 2014-01-16", "published = 1/6/2014", 4, "write a day as year-month-day, such as 2014-01-16"),
        ("published = 2014-01-16", "published = 31.02.2014", 4, "write a day as year-month-day, such as 2014-01-16"),
        ("750_000", "1, where = { to = 23.12.2013 }", 11, "write 2013-12-23"),
        ('"page 1"', "\u201cpage 1\u201d", 9, STRAIGHT),
        ('"page 1"', "\u2018page 1\u2019", 9, STRAIGHT),
        ('"page 1"', '"page 1\u201d', 9, STRAIGHT),
        ('"count"', "\u201ecount\u201c", 11, STRAIGHT),
        ('"count"', '"count\u201d', 11, STRAIGHT),
    ],
)
def test_what_to_write_in_place_of_what_is_no_toml(old: str, new: str, line: int, hint: str) -> None:
    assert old in ABOUT + CLAIM
    for ended in ("\n", "\r\n"):
        (fault,) = faults((ABOUT + CLAIM).replace(old, new, 1).replace("\n", ended))
        assert fault.startswith(f"c.toml:{line}: no TOML: ")
        assert fault.endswith(f"; {hint}")


@pytest.mark.parametrize(
    "row",
    [
        'wording = "750,000 on 23.12.2013 \u201cthere\u201d" x',
        "value = [100,200 300]",
        "value = 1.2.3",
        "value = 1,2",
        "value = 12,345,67",
        "value = 12.345.67",
        "value = 12 34",
        "value = 100.200 300.400",
        'value = { wording = "750,000", x }',
        'wording = "it\u2019s", x = .',
    ],
)
def test_what_is_right_beside_a_fault_is_not_blamed(row: str) -> None:
    (fault,) = faults(ABOUT + row)
    assert fault.startswith("c.toml:6: no TOML: ")
    assert fault.endswith("; write key = value, and texts in quotes")


@pytest.mark.parametrize(
    "row",
    [
        *("1" + ",111" * 60_000, "1.1." * 24 + "/1" * 100_000, "[" + "100,200 " * 30_000, "1.111.111 " * 20_000),
        *("1" + " 000" * 60_000 + "1", '\\"' * 120_000),
    ],
)
def test_a_hint_costs_little_time_and_is_short(row: str) -> None:
    began = monotonic()
    (fault,) = faults(f"{ABOUT}value = {row}")
    assert monotonic() - began < 5
    assert len(fault) < 300
