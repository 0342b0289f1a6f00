from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from attribution.headers.dialect_table import dialect_table
from attribution.models import Hop
from attribution.origin.habits import fits_mask, is_looked_up, masks_octets

TABLE = tomllib.loads((files("attribution.origin") / "habits.toml").read_text("utf-8"))


@pytest.mark.parametrize("habit", sorted(TABLE))
def test_the_dialects_of_a_habit_are_known_ones(habit: str) -> None:
    known = {dialect.id for dialect in dialect_table().dialects}
    assert set(TABLE[habit]["dialects"]) <= known


@pytest.mark.parametrize("example", TABLE["masks"]["match"], ids=lambda each: each["line"])
def test_a_question_mark_stands_for_an_octet_that_is_not_written(example: dict[str, str]) -> None:
    assert fits_mask(example["line"], example["name"])


def test_the_registrable_domain_alone_may_fit() -> None:
    assert fits_mask("mail.b??cher.example", "relay.xn--bcher-kva.example")
    assert not fits_mask("mail.b??cher.example", "relay.bcher.example")


@pytest.mark.parametrize("example", TABLE["masks"]["differ"], ids=lambda each: each["line"])
def test_it_stands_for_no_octet_that_is_written_and_for_one_alone(example: dict[str, str]) -> None:
    assert not fits_mask(example["line"], example["name"])


def test_a_name_without_one_is_compared_as_others_are_and_a_long_one_is_not_looked_at() -> None:
    assert not fits_mask("mail.example.net", "mail.example.net")
    assert not fits_mask("?" * 300, "ü" * 150)


def test_only_qmails_kin_does_so() -> None:
    assert masks_octets(Hop(0, dialect="qmail"))
    assert not masks_octets(Hop(0, dialect="postfix"))
    assert not masks_octets(Hop(0))


def test_a_name_that_was_looked_up_is_helo_and_name_in_one_and_of_a_state_that_the_line_does_not_tell() -> None:
    assert is_looked_up(Hop(0, dialect="qmail-short", helo="mail.example.net", rdns="Mail.example.net"))
    assert not is_looked_up(Hop(0, dialect="qmail", helo="mail.example.net", rdns="pool-7.example.net"))
    assert not is_looked_up(Hop(0, dialect="qmail-short", helo="unknown", rdns_state="unknown"))
    assert not is_looked_up(Hop(0, dialect="generic", helo="mail.example.net", rdns="mail.example.net"))
