"""Evenly spaced items, and numbers divided so that what one cannot use goes to the others."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.corpus.shares import Spread, is_drawn, share_out


def spread(count: int, total: int) -> tuple[list[int], int]:
    found: Spread[int] = Spread(count)
    for number in range(total):
        found.add(number)
    return found.kept, found.step


def test_of_few_items_all_are_kept_and_of_many_evenly_spaced_ones() -> None:
    assert spread(5, 9) == ([0, 1, 2, 3, 4, 5, 6, 7, 8], 1)
    assert spread(5, 10) == ([0, 2, 4, 6, 8], 2)
    assert spread(5, 40) == ([0, 8, 16, 24, 32], 8)


@given(total=st.integers(1, 500), data=st.data())
def test_as_many_are_drawn_as_are_wanted(total: int, data: st.DataObject) -> None:
    share = data.draw(st.integers(0, total))
    drawn = [number for number in range(total) if is_drawn(number, share, total)]
    assert len(drawn) == share
    gaps = {after - before for before, after in pairwise(drawn)}
    assert not gaps or max(gaps) - min(gaps) <= 1


@pytest.mark.parametrize(
    ("total", "weights", "most", "shares"),
    [
        (10, [1, 1], [100, 100], [5, 5]),
        (10, [9, 1], [100, 100], [9, 1]),
        (10, [9, 1], [3, 100], [3, 7]),
        (10, [9, 1], [3, 2], [3, 2]),
        (10, [9, 1, 1], [0, 100, 100], [0, 5, 5]),
        (3, [1] * 6, [1] * 6, [0, 1, 0, 1, 0, 1]),
        (10, [], [], []),
    ],
)
def test_what_one_cannot_use_goes_to_the_others(
    total: int, weights: list[int], most: list[int], shares: list[int]
) -> None:
    assert share_out(total, weights, most) == shares


@given(
    total=st.integers(0, 5_000), parts=st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 3_000)), max_size=60)
)
def test_shares_add_up_and_none_is_larger_than_what_can_be_used(total: int, parts: list[tuple[int, int]]) -> None:
    weights, most = [weight for weight, _ in parts], [use for _, use in parts]
    shares = share_out(total, weights, most)
    assert sum(shares) == min(total, sum(most))
    assert all(0 <= share <= use for share, use in zip(shares, most, strict=True))
