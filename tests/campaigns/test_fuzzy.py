from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.campaigns.fuzzy import template_families


def families(*templates: str) -> list[int]:
    return [int(number) for number in template_families(pa.array(templates)).family]


LONG = "cheapest replica watches delivered tomorrow morning"


def test_templates_that_differ_in_one_token_are_one_family() -> None:
    assert families(
        LONG, LONG + " bargain", LONG.replace("replica", "golden"), "something entirely different here"
    ) == [
        0,
        0,
        0,
        -1,
    ]


def test_short_templates_have_too_little_in_common() -> None:
    assert families("hello invoice", "hello order", "hello") == [-1, -1, -1]


def test_two_different_tokens_are_no_neighbours_but_a_chain_reaches_them() -> None:
    far = LONG.replace("replica", "golden").replace("tomorrow", "tonight")
    assert families(LONG, far) == [-1, -1]
    assert families(LONG, LONG.replace("replica", "golden"), far) == [0, 0, 0]


def test_order_of_tokens_matters() -> None:
    assert families(LONG, " ".join(reversed(LONG.split()))) == [-1, -1]


def test_common_words_carry_little_even_where_the_corpus_is_small() -> None:
    known = template_families(pa.array(["your account payment", "kludgy wombat verandas"]))
    assert known.information[0] < 15 < known.information[1]


def test_a_word_that_many_templates_hold_carries_less() -> None:
    crowd = [f"wombat number {chr(97 + a)}{chr(97 + b)}xyo" for a in range(26) for b in range(26)]
    known = template_families(pa.array([*crowd, "wombat verandas", "kludgy verandas"]))
    assert known.information[-2] < known.information[-1]


def test_a_family_is_worth_what_its_weakest_link_has_in_common() -> None:
    known = template_families(pa.array([LONG, LONG.replace("replica", "golden")]))
    assert known.family_information[0] == known.family_information[1] < known.information[0]


@pytest.mark.parametrize("templates", [[], ["one"], ["a a a a a a"]])
def test_small_inputs(templates: list[str]) -> None:
    known = template_families(pa.array(templates, pa.string()))
    assert len(known.information) == len(known.family) == len(known.family_information) == len(templates)


WORDS = st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"])


@given(st.lists(st.lists(WORDS, min_size=1, max_size=12).map(" ".join), unique=True, max_size=12))
def test_families_do_not_depend_on_the_order_of_templates(templates: list[str]) -> None:
    forward = families(*templates) if templates else []
    backward = families(*templates[::-1])[::-1] if templates else []
    together = {(a, b) for a in range(len(templates)) for b in range(a) if forward[a] == forward[b] >= 0}
    assert together == {(a, b) for a in range(len(templates)) for b in range(a) if backward[a] == backward[b] >= 0}
