"""How far data may expand."""

from __future__ import annotations

import pytest

from attribution.corpus.budget import Budget
from attribution.corpus.streams import Unreadable
from attribution.limits import Limits

LIMITS = Limits(expanded_bytes=10_000, expansion_ratio=10, ratio_floor_bytes=1_000)


def test_no_ratio_is_judged_below_the_floor() -> None:
    Budget(LIMITS).give(1_000)


def test_a_ratio_beyond_the_limit_is_a_bomb() -> None:
    budget = Budget(LIMITS)
    budget.take(150)
    budget.give(1_500)
    with pytest.raises(Unreadable, match="more than 10 times its size") as caught:
        budget.give(1)
    assert (caught.value.layer, caught.value.status) == (budget, "too-large")


def test_a_total_beyond_the_limit_is_too_large_at_any_ratio() -> None:
    budget = Budget(LIMITS)
    budget.take(10_000)
    with pytest.raises(Unreadable, match="more than 10,000 bytes"):
        budget.give(10_001)


def test_what_inner_layers_give_counts_for_the_outer_one() -> None:
    outer = Budget(LIMITS)
    outer.take(100)
    for _ in range(10):
        Budget(LIMITS, outer).give(100)
    with pytest.raises(Unreadable) as caught:
        Budget(LIMITS, outer).give(100)
    assert caught.value.layer is outer


def test_the_innermost_that_is_overdrawn_is_to_blame() -> None:
    outer = Budget(LIMITS)
    inner = Budget(LIMITS, outer)
    with pytest.raises(Unreadable) as caught:
        inner.give(5_000)
    assert caught.value.layer is inner
    assert outer.expanded == 5_000
