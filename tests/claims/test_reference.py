"""The reference page names every word of the vocabulary, and every key of the JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attribution.claims import check_claims
from attribution.claims.vocabulary import FILTER_KEYS, KINDS, OPERATORS, QUANTITIES
from tests.claims.made_case import claims_of, made_case

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "claims.md").read_text("utf-8")


@pytest.mark.parametrize("word", [*KINDS, *OPERATORS, *FILTER_KEYS, *QUANTITIES])
def test_a_word_is_on_the_page(word: str) -> None:
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_a_row_with_all_its_keys(kind: str) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{kind}` |"))
    keys = row.split("|")[2]
    for key in (*KINDS[kind].needs, *KINDS[kind].may):
        assert f"`{key}" in keys
    for word in (*KINDS[kind].of, *KINDS[kind].per):
        assert word in row


def test_all_that_is_given_of_a_claim_is_on_the_page(tmp_path: Path) -> None:
    case = made_case(tmp_path / "case", {"198.51.100.1": 2})
    predicate = 'kind = "count", of = "messages", op = '
    about, least = check_claims(
        case, claims_of(predicate + '"about", value = 2', predicate + '"at-least", value = 2')
    ).as_dict()["claims"]
    section = PAGE.partition("\n## --json\n")[2]
    for key in (*about, *about["predicate"]):
        assert f"`{key}`" in section
    assert (about["predicate"]["op"], about["predicate"]["value"], about["tolerance"]) == ("about", 2, 0.2)
    assert (least["predicate"]["op"], least["tolerance"]) == ("at-least", None)
    assert json.dumps(about, allow_nan=False)


def test_that_a_device_is_one_type_is_on_the_page() -> None:
    assert "`device` takes one [type](device-types.md) (or `thing`)" in PAGE
