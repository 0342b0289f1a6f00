from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.campaigns.slots import SLOT_TEMPLATES, subject_slots


def test_a_word_that_changes_is_a_slot_with_its_most_frequent_words() -> None:
    words = {"golden": 9, "cheapest": 7, "luxury": 5, "swiss": 3, "fine": 1}
    found = subject_slots([f"discreet {word} bargains await <#>" for word in words], list(words.values()))
    assert found == "discreet {golden|cheapest|luxury|swiss|…} bargains await <#>"


def test_one_template_has_no_slots() -> None:
    assert subject_slots(["you have <#> new messages"], [7]) == "you have <#> new messages"


def test_no_template_gives_none() -> None:
    assert subject_slots([], []) is None


def test_neighbouring_words_that_change_are_slots_of_their_own() -> None:
    made = list(product(["hot", "new", "big"], ["pills", "meds"], ["for"], ["you", "men"], ["today", "now"]))
    counts = [len(made) - n for n in range(len(made))]
    found = subject_slots([" ".join(words) for words in made], counts)
    # Also those are variants that share one word with the most frequent one, but no word that the others do not have.
    assert found == "{hot|new|big} {pills|meds} for {you|men} {today|now}"


def test_a_word_that_may_be_missing_leaves_an_empty_variant() -> None:
    found = subject_slots(["your invoice <#>", "your invoice is overdue <#>"], [10, 4])
    assert found == "your invoice {|is overdue} <#>"


def test_slots_may_stand_at_both_ends() -> None:
    found = subject_slots(["fax from scanner", "new fax from scanner today"], [2, 1])
    assert found == "{|new} fax from scanner {|today}"


def test_variants_may_have_several_words() -> None:
    found = subject_slots(["order shipped track it now", "order on its way track it now"], [3, 2])
    assert found == "order {shipped|on its way} track it now"


def test_one_odd_subject_does_not_make_slots_of_all() -> None:
    found = subject_slots(["one two three four", "one two three", "two three four five"], [1_000, 1, 1])
    assert found is not None
    assert found.startswith("one two three four")


@pytest.mark.parametrize(
    ("others", "note"),
    [(["hello there"], "(+1 other subject)"), (["hello there", "meet singles", "good day"], "(+3 other subjects)")],
)
def test_unrelated_subjects_are_counted(others: list[str], note: str) -> None:
    found = subject_slots(["your invoice <#> is due", *others], [9] + [1] * len(others))
    assert found == f"your invoice <#> is due {note}"


def test_only_the_most_frequent_templates_are_looked_at() -> None:
    many = [f"odd{n} word{n} here{n}" for n in range(3 * SLOT_TEMPLATES)]
    assert subject_slots(["pay now", *many], [9] + [1] * len(many)) == "pay now (+49 or more other subjects)"


def test_any_script_is_aligned() -> None:
    assert subject_slots(["ваш счет <#> оплачен", "ваш заказ <#> оплачен"], [2, 1]) == "ваш {счет|заказ} <#> оплачен"
    assert subject_slots(["您 的 包 裹 已 到", "您 的 订 单 已 到"], [2, 1]) == "您 的 {包|订} {裹|单} 已 到"


def test_of_equally_frequent_words_the_first_in_order_of_text_comes_first() -> None:
    templates = ["pay zebra now please", "pay apple now please"]
    expected = "pay {apple|zebra} now please"
    assert subject_slots(templates, [1, 1]) == subject_slots(templates[::-1], [1, 1]) == expected


def test_mail_cannot_steer_a_terminal() -> None:
    found = subject_slots(["evil \x1b[31m offer one", "evil \x1b[31m offer \u202etwo"], [2, 1])
    assert found == r"evil \x1b[31m offer {one|\u202etwo}"


@given(st.lists(st.tuples(st.text(max_size=80), st.integers(1, 50)), max_size=12, unique_by=lambda pair: pair[0]))
def test_any_templates_give_one_printable_text_of_limited_length(pairs: list[tuple[str, int]]) -> None:
    found = subject_slots([text for text, _ in pairs], [count for _, count in pairs])
    assert (found is None) == (not pairs)
    if found is not None:
        assert found.isprintable()
        assert len(found) <= 550


@given(st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=8), min_size=1, max_size=12))
def test_the_order_of_templates_makes_no_difference(templates: list[list[str]]) -> None:
    distinct = sorted({" ".join(words) for words in templates})
    counts = [1 + len(text) % 3 for text in distinct]
    assert subject_slots(distinct, counts) == subject_slots(distinct[::-1], counts[::-1])
