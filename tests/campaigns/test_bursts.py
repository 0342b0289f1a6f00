from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.campaigns.bursts import BURST_MESSAGES, bursts

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
START = 1_387_756_800 * SECOND  # 23 December 2013


def on_the_clock(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return times as a mail server notes them: whole seconds, in order."""
    return START + np.sort(seconds.astype(np.int64)) * SECOND


def steady(messages: int, seed: int, days: float = 15) -> NDArray[np.int64]:
    """Give a steady stream: a Poisson process."""
    return on_the_clock(np.random.default_rng(seed).random(messages) * days * 86_400)


def three_a_day(messages: int, seed: int, background: float | None = None) -> NDArray[np.int64]:
    """Give 15 days of three bursts a day, of 20 to 60 minutes, uneven in size and time, in a steady background."""
    rng = np.random.default_rng(seed)
    quiet = rng.binomial(messages, rng.uniform(0.1, 0.3) if background is None else background)
    weight = rng.lognormal(0, 0.35, 45)
    size = rng.multinomial(messages - quiet, weight / weight.sum())
    begin = (np.arange(45) * 8 + 2) * 3_600 + rng.normal(0, 2_400, 45)
    length = rng.uniform(1_200, 3_600, 45)
    sent = np.repeat(begin, size) + rng.random(messages - quiet) * np.repeat(length, size)
    return on_the_clock(np.concatenate([sent, rng.random(quiet) * 15 * 86_400]))


@pytest.mark.parametrize("messages", [5_000, 20_000, 100_000])
def test_three_bursts_a_day_are_found(messages: int) -> None:
    for seed in range(4):
        found = bursts(three_a_day(messages, seed))
        assert len(found.starts) == 45
        assert found.per_day == pytest.approx(3.0, abs=0.1)
        lasting = (found.ends - found.starts) / HOUR
        assert lasting.max() < 1.2
        assert 0.65 < found.messages.sum() / messages < 0.95


def test_bursts_of_few_messages_are_found_but_for_the_smallest() -> None:
    counts = [len(bursts(three_a_day(1_000, seed)).starts) for seed in range(10)]
    assert 41 <= np.mean(counts) <= 45
    counts = [len(bursts(three_a_day(500, seed)).starts) for seed in range(10)]
    assert 31 <= np.mean(counts) <= 45
    assert max(counts) <= 45


def test_bursts_without_any_mail_between_them_are_found() -> None:
    for seed in range(4):
        assert len(bursts(three_a_day(10_000, seed, background=0)).starts) == 45


@pytest.mark.parametrize(("messages", "streams"), [(20, 500), (100, 500), (1_000, 200), (20_000, 30)])
def test_a_steady_stream_has_no_bursts_and_no_changes(messages: int, streams: int) -> None:
    found = [bursts(steady(messages, seed)) for seed in range(streams)]
    assert sum(len(one.starts) > 0 for one in found) <= max(1, 0.015 * streams)
    assert sum(len(one.changes) > 0 for one in found) <= max(1, 0.02 * streams)


def test_day_and_night_are_no_bursts() -> None:
    found = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        at = rng.random(40_000) * 15 * 86_400
        kept = at[rng.random(40_000) * 1.5 < 1 + 0.5 * np.sin(2 * np.pi * at / 86_400)]  # by day three times the night
        stream = bursts(on_the_clock(kept))
        found.append(len(stream.starts))
        assert len(stream.changes) >= 25  # they are changes of the rate all the same: two a day
    assert sum(found) <= 2


def test_a_run_within_half_a_day_is_one_burst() -> None:
    one = bursts(steady(200, 1, days=2 / 24))
    assert one.messages.tolist() == [200]
    assert one.per_day == 1.0
    assert len(bursts(steady(200, 1, days=1)).starts) == 0


def test_everything_in_one_second_is_one_burst() -> None:
    times = np.full(5_000, START)
    found = bursts(times)
    assert (found.starts.tolist(), found.ends.tolist(), found.messages.tolist()) == ([START], [START], [5_000])


def test_bursts_begin_and_end_with_their_messages() -> None:
    times = np.sort(np.concatenate([START + day * DAY + np.arange(60) * 60 * SECOND for day in range(10)]))
    found = bursts(times)
    assert found.starts.tolist() == [START + day * DAY for day in range(10)]
    assert found.ends.tolist() == [START + day * DAY + 59 * 60 * SECOND for day in range(10)]
    assert found.messages.tolist() == [60] * 10


def test_the_place_of_a_burst_is_exact_in_a_stream_that_is_thinned() -> None:
    times = np.sort(np.concatenate([START + day * DAY + np.arange(6_000) * SECOND // 5 for day in range(10)]))
    found = bursts(times)
    assert found.starts.tolist() == [START + day * DAY for day in range(10)]
    assert found.messages.tolist() == [6_000] * 10


def test_late_messages_do_not_hide_the_bursts() -> None:
    times = three_a_day(10_000, 3)
    late = times[-1] + np.array([30, 100, 200]) * DAY
    assert len(bursts(np.concatenate([times, late])).starts) == 45
    broken_clock = np.zeros(1, dtype=np.int64)  # 1970
    assert len(bursts(np.concatenate([broken_clock, times])).starts) == 45


def test_a_clock_that_shows_minutes_does() -> None:
    minute = 60 * SECOND
    assert len(bursts(three_a_day(10_000, 5) // minute * minute).starts) == 45
    assert len(bursts(steady(10_000, 5) // minute * minute).starts) == 0


def test_a_short_pause_does_not_divide_a_burst() -> None:
    first, second = np.arange(300) * 6 * SECOND, 40 * 60 * SECOND + np.arange(300) * 6 * SECOND
    sparse = np.arange(-60, 60) * 6 * HOUR + HOUR
    times = START + np.sort(np.concatenate([first, second, sparse]))
    found = bursts(times)
    assert len(found.starts) == 1
    assert 598 <= found.messages[0] <= 602


def test_few_messages_have_no_bursts() -> None:
    assert len(bursts(START + np.arange(9) * SECOND).starts) == 0
    nothing = bursts(np.zeros(0, dtype=np.int64))
    assert (len(nothing.starts), nothing.per_day, len(nothing.changes)) == (0, 0.0, 0)


def test_times_must_be_sorted() -> None:
    with pytest.raises(ValueError, match="sorted"):
        bursts(np.array([2, 1]))


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=60))
def test_any_times_give_bursts_that_do_not_overlap(values: list[int]) -> None:
    times = np.array(sorted(values), dtype=np.int64)
    found = bursts(times)
    assert np.all(found.starts <= found.ends)
    assert np.all(found.ends[:-1] <= found.starts[1:])
    assert np.all(found.messages >= BURST_MESSAGES)
    assert found.messages.sum() <= len(times) + len(found.starts)  # neighbours may share a message
    assert np.all(np.isin(found.starts, times))


@given(st.lists(st.integers(0, 3_000), min_size=10, max_size=200))
def test_crowded_seconds_are_no_trouble(seconds: list[int]) -> None:
    times = np.array(sorted(seconds), dtype=np.int64) * SECOND
    assert len(bursts(times).starts) >= 1
