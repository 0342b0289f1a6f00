from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.campaigns.families import FIELDS
from attribution.campaigns.wording import (
    by_chance,
    chance,
    counted,
    family_words,
    field_words,
    fields_of,
    meaning,
    percent,
    remaining,
    same,
)


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (0.003, "0.003 unrelated matches expected"),
        (0.0031, "0.003 unrelated matches expected"),
        (0.000012, "0.00001 unrelated matches expected"),
        (0.1, "0.1 unrelated matches expected"),
        (0.25, "0.25 unrelated matches expected"),
        (1.0, "1 unrelated match expected"),
        (12.4, "12 unrelated matches expected"),
        (12_345.6, "12,346 unrelated matches expected"),
        (0.0000009, "fewer than 1 chance in a million of even one unrelated match"),
        (0.0, "fewer than 1 chance in a million of even one unrelated match"),
        (None, "how many unrelated matches to expect is not known"),
        (math.nan, "how many unrelated matches to expect is not known"),
        (math.inf, "how many unrelated matches to expect is not known"),
        (-1.0, "how many unrelated matches to expect is not known"),
    ],
)
def test_an_expected_number_is_written_without_an_exponent(expected: float | None, words: str) -> None:
    assert chance(expected) == words


def test_the_crowd_is_messages_in_the_first_round_and_groups_of_them_later() -> None:
    assert chance(0.003, 750_000, 1).endswith("expected among 750,000 messages")
    assert chance(0.003, 750_000, None).endswith("expected among 750,000 messages")
    assert chance(0.003, 91_250, 2).endswith("expected among 91,250 groups of messages")
    assert chance(1e-9, 91_250, 2).endswith("one unrelated match among 91,250 groups of messages")


def test_a_chance_in_fewer_words() -> None:
    assert by_chance(0.008) == "0.008 expected by chance"
    assert by_chance(1e-8) == "fewer than 1 chance in a million of even one such match"
    assert by_chance(None) == chance(None)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_number_makes_it_fail_or_shows_an_exponent(expected: float) -> None:
    assert "e-" not in chance(expected).split()[0]
    assert "e+" not in chance(expected).split()[0]


def test_a_trait_is_read_back_into_its_fields() -> None:
    assert fields_of("subject template + time window") == ("subject template", "time window")
    assert fields_of(None) == fields_of("") == ()
    assert same(("subject template", "engine", "time window")) == "same subject, same engine and same 6-hour window"
    assert same(("From domain",)) == "same From domain"
    assert same(()) == "evidence that is not in the table"


def test_every_field_and_family_has_words_that_can_be_shown() -> None:
    for known in FIELDS.values():
        assert fields_of(known.words) == (known.words,)
        assert field_words(known.words)
        assert family_words(known.family).startswith("the ")
        assert meaning(known.words) != ""
    assert field_words("odd\x1b[2J") == "odd\\x1b[2J"
    assert family_words("odd\x1b[2J") == "the odd\\x1b[2J"


def test_numbers_have_separators_and_the_right_form_of_the_noun() -> None:
    assert counted(1, "message") == "1 message"
    assert counted(4_112, "message") == "4,112 messages"
    assert counted(2, "address", "addresses") == "2 addresses"


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0 %"),
        (0.0001, "less than 1 %"),
        (0.12, "12 %"),
        (0.9, "90 %"),
        (0.999, "more than 99 %"),
        (1.0, "100 %"),
    ],
)
def test_only_all_is_a_hundred_per_cent(share: float, words: str) -> None:
    assert percent(share) == words


def test_what_remains_is_told_for_each_family() -> None:
    families = [("subject", 0.96), ("engine", 0.12), ("time", 1.0), ("payload", 0.5)]
    assert remaining(families) == (
        "Without the subject 96 % stay together; without the engine it falls apart: the largest piece is 12 %; "
        "without the time it stays whole; without the links in the body 50 % stay together."
    )
    assert remaining([]) == ""
