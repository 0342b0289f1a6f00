from __future__ import annotations

import pytest

from attribution.score.shares import Share, share


def test_a_share_has_the_interval_of_wilson() -> None:
    found = share(8, 10)
    assert (found.part, found.of, found.share) == (8, 10, 0.8)
    # Wilson (1927), as Newcombe (1998) computes it.
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_all_and_nothing_are_ends_of_their_intervals() -> None:
    assert share(30, 30).high == 1.0
    assert share(0, 30).low == 0.0
    assert 0.88 < (share(30, 30).low or 0) < 1


def test_a_share_of_nothing_is_none() -> None:
    assert share(0, 0) == Share(0, 0, None, None, None)
