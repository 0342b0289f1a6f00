"""The reference page names every word of the vocabulary."""

from __future__ import annotations

from pathlib import Path

import pytest

from attribution.claims.vocabulary import FILTER_KEYS, KINDS, OPERATORS, QUANTITIES

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
