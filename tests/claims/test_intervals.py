"""Intervals of shares, and what follows from an interval and a published value."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from attribution.claims.intervals import allowed, effective_size, verdict_of, wilson


@given(st.integers(1, 10_000), st.integers(0, 10_000))
def test_the_interval_of_wilson_is_that_of_statsmodels(size: int, part: int) -> None:
    part = min(part, size)
    wanted = proportion_confint(part, size, method="wilson")
    assert wilson(part / size, size) == pytest.approx(wanted, abs=1e-9)


def test_of_nothing_any_share_may_be() -> None:
    assert wilson(0.5, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("sizes", "worth"), [([1] * 50, 50), ([10] * 5, 5), ([1000], 1), ([], 0)])
def test_messages_of_one_address_are_worth_one(sizes: list[int], worth: float) -> None:
    assert effective_size(np.array(sizes, np.int64)) == worth


@pytest.mark.parametrize(
    ("op", "value", "interval", "verdict"),
    [
        ("at-least", 10, (10, 10), "supported"),
        ("more-than", 10, (10, 10), "contradicted"),
        ("more-than", 10, (10, 12), "not testable"),
        ("more-than", 10, (11, None), "supported"),
        ("at-most", 10, (10, 10), "supported"),
        ("less-than", 10, (10, 12), "contradicted"),
        ("at-most", 10, (9, None), "not testable"),
        ("at-most", 10, (11, None), "contradicted"),
        ("about", 100, (80, 120), "supported"),
        ("about", 100, (121, 130), "contradicted"),
        ("about", 100, (70, 90), "not testable"),
        ("at-least", 10, (2, 9), "contradicted"),
        ("at-least", 10, (2, None), "not testable"),
    ],
)
def test_a_verdict_needs_the_whole_interval(
    op: str, value: float, interval: tuple[float, float | None], verdict: str
) -> None:
    assert verdict_of(*interval, allowed(op, value)) == verdict  # type: ignore[arg-type]  # a text that is an operator


@given(st.floats(0, 1), st.floats(1, 1e9))
def test_a_share_lies_in_its_interval(share: float, size: float) -> None:
    low, high = wilson(share, size)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
    assert not math.isnan(low + high)
