"""Bursts: the stretches in which mail came well above its own rate, found as change points of that rate.

No bins and no fixed pause: the gaps between messages are cut where their rate changes. Gaps of a steady stream (a
Poisson process) are exponential, and their logarithm has the variance pi²/6 at every rate, so that one penalty serves
all. `ruptures` finds the cuts (PELT: Killick, Fearnhead and Eckley 2012). They are then weighed by the exact likelihood
of exponential gaps, because the logarithm makes too much of a few very short ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ruptures import KernelCPD
from scipy.special import polygamma

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BURST_FACTOR", "BURST_MESSAGES", "FEWEST_MESSAGES", "SHORT_HOURS", "Bursts", "bursts"]

FEWEST_MESSAGES = 10
"""Fewer messages have no rate that could change."""

BURST_FACTOR = 2.0
"""A burst is at least so many times as fast as the whole. So bursts fill half of the time at most, and the swing
between day and night alone, whose peak is 1.5 times the mean where the day has three times the night, is none."""

BURST_MESSAGES = 5
"""A burst has at least so many messages: 500 messages in 45 bursts are eleven each, and some have fewer."""

BURST_SHARE = 0.001
"""And at least this share of all messages: what is less is no event in a stream of its size."""

SHORT_HOURS = 12.0
"""What came as a whole within half a day came at twice the rate of a day at least: it is one burst."""

_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_DAY_SECONDS = 86_400.0

_MOST_GAPS = 2_000
"""A longer stream is cut at every k-th message: the search grows with the square of the gaps."""

_PENALTY = 0.5
"""A first cut must gain so many times log(gaps), in variances. The Bayesian information criterion for one place and
one rate would ask for twice log(gaps): there are too many cuts, and the exact test of the next step takes out those
that are not borne out. A higher penalty would miss single long pauses."""

_FALSE_STREAMS = 0.005
_FALSE_BURSTS = 0.1
"""The best burst is believed where it would come by chance in one of two hundred steady streams; the others, once the
stream is known not to be steady, where one of ten would."""

_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Bursts:
    """The bursts of one stream of mail; times in microseconds, UTC, as they were given.

    Attributes:
        starts: Time of the first message of each burst, in order.
        ends: Time of its last message.
        messages: How many messages it has.
        per_day: Bursts a day, over the days from the first to the last message of the stream, one day at least.
        changes: Times of the first message after each change of the rate that chance does not explain, within bursts
            and between them.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    messages: NDArray[np.int64]
    per_day: float
    changes: NDArray[np.int64]


def bursts(times: NDArray[np.int64]) -> Bursts:
    """Find the bursts of a stream of mail.

    A burst is a stretch at twice the stream's own rate or more, with five messages or more and a thousandth of them
    all, that chance does not explain (`_FALSE_STREAMS`). Two stretches with a pause between that is shorter than the
    longer of them are one, if together they are still fast. A burst of more than half a day is looked into again by
    its own rate: a few late messages do not make one burst of a fortnight with three a day. A stream that came as a
    whole within half a day and has no bursts inside is one burst. A steady stream of more than that has none, and
    neither has one of fewer than ten messages.

    Measured: a burst is found in less than six of a thousand steady streams of 20 to 100,000 messages. Of 45 bursts,
    three a day, on a steady background of 10 to 30 %, in a mean of twenty runs 35 are found among 500 messages, 43
    among 1,000, 45 among 2,000 to 100,000. Where the day has three times the mail of the night, one stream in six at
    most has one to three small bursts. Mail that comes in office hours alone gives a burst for each day, and one
    message delivered to many mailboxes at once is a burst too.

    Args:
        times: When each message came: microseconds, UTC, sorted. The clock is taken to show seconds, or minutes
            where all times are full minutes: messages of one second are spread evenly over it.

    Raises:
        ValueError: If the times are not sorted.
    """
    if len(times) > 1 and bool(np.any(times[1:] < times[:-1])):
        raise ValueError("times must be sorted")
    if len(times) < FEWEST_MESSAGES:
        none = np.zeros(0, dtype=np.int64)
        return Bursts(none, none, none, 0.0, none)
    clock = _spread(times)
    cuts = _cuts(clock)
    first, last = _search(clock, cuts, _DEPTH)
    if not len(first) and clock[-1] - clock[0] <= SHORT_HOURS * 3_600:
        first, last = np.array([0]), np.array([len(times) - 1])
    days = max(1.0, (int(times[-1]) - int(times[0])) / _SECOND / _DAY_SECONDS)
    return Bursts(
        starts=times[first],
        ends=times[last],
        messages=last - first + 1,
        per_day=len(first) / days,
        changes=times[_pruned(clock, cuts, _FALSE_STREAMS)[1:-1]],
    )


def _spread(times: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return seconds since the first tick of the clock, strictly rising: messages of one tick stand evenly in it."""
    tick = _SECOND if np.any(times % _MINUTE) else _MINUTE
    ticks = times // tick
    first = np.searchsorted(ticks, ticks, side="left")
    last = np.searchsorted(ticks, ticks, side="right")
    within = (np.arange(len(ticks)) - first + 0.5) / (last - first)
    spread: NDArray[np.float64] = ((ticks - ticks[0]) + within) * (tick / _SECOND)
    return spread


def _cuts(clock: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the messages at which the rate changes, with the first and the last one."""
    gaps = len(clock) - 1
    marks = np.linspace(0, gaps, min(gaps, _MOST_GAPS) + 1).astype(np.int64)
    count = np.diff(marks)
    # The sum of `count` exponential gaps is a gamma variate: its logarithm has the variance trigamma(count).
    signal = np.log(np.diff(clock[marks]) / count) / np.sqrt(polygamma(1, count))
    search = KernelCPD(kernel="linear", min_size=1).fit(signal.reshape(-1, 1))
    found = marks[[0, *search.predict(pen=_PENALTY * np.log(len(signal)))]]
    kept = _pruned(clock, found, 1.0)
    return kept if gaps <= _MOST_GAPS else _placed(clock, kept, int(count.max()))


def _likelihood(count: NDArray[np.int64], seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the greatest log-likelihood of so many exponential gaps in so many seconds, but for a constant."""
    per_gap: NDArray[np.float64] = np.log(seconds / count)
    return -per_gap * count


def _pruned(clock: NDArray[np.float64], cuts: NDArray[np.int64], chance: float) -> NDArray[np.int64]:
    """Take out the weakest cut as long as it gains less in log-likelihood than log(gaps / chance).

    With a chance of 1 this is the Bayesian information criterion for one place and one rate.
    """
    least = np.log((len(clock) - 1) / chance)
    while len(cuts) > 2:
        count, seconds = np.diff(cuts), np.diff(clock[cuts])
        apart = _likelihood(count, seconds)
        joined = _likelihood(count[:-1] + count[1:], seconds[:-1] + seconds[1:])
        gain = apart[:-1] + apart[1:] - joined
        weakest = int(np.argmin(gain))
        if gain[weakest] >= least:
            break
        cuts = np.delete(cuts, weakest + 1)
    return cuts


def _placed(clock: NDArray[np.float64], cuts: NDArray[np.int64], reach: int) -> NDArray[np.int64]:
    """Move each cut of a thinned stream to the message, at most `reach` away, where it gains most."""
    cuts = cuts.copy()
    for place in range(1, len(cuts) - 1):
        before, cut, after = cuts[place - 1 : place + 2]
        at = np.arange(max(before + 1, cut - reach), min(after, cut + reach + 1))
        gain = _likelihood(at - before, clock[at] - clock[before]) + _likelihood(after - at, clock[after] - clock[at])
        cuts[place] = at[np.argmax(gain)]
    return cuts


def _search(
    clock: NDArray[np.float64], cuts: NDArray[np.int64], depth: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first and last message of each burst between the first and the last cut."""
    fast = _fast(clock, cuts)
    believed = _believed(clock, cuts, fast, len(clock) - 1)
    result: list[tuple[int, int]] = []
    for first, last in believed:
        inner: list[tuple[int, int]] = []
        if depth and clock[last] - clock[first] > SHORT_HOURS * 3_600:
            own = cuts[(cuts >= first) & (cuts <= last)]
            inner = list(zip(*(side.tolist() for side in _search(clock, own, depth - 1)), strict=True))
        result += inner if len(inner) > 1 else [(first, last)]
    pairs = np.array(result, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _fast(clock: NDArray[np.float64], cuts: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the stretches that are fast against the whole, those with short pauses between joined."""
    count, seconds = np.diff(cuts), np.diff(clock[cuts])
    least = BURST_FACTOR * float(count.sum() / seconds.sum())
    result: list[tuple[int, int]] = []
    for place in np.flatnonzero(count >= least * seconds).tolist():
        first, last = int(cuts[place]), int(cuts[place + 1])
        if result:
            begin, end = result[-1]
            longer = max(clock[last] - clock[first], clock[end] - clock[begin])
            if clock[first] - clock[end] < longer and last - begin >= least * (clock[last] - clock[begin]):
                result[-1] = (begin, last)
                continue
        result.append((first, last))
    return result


def _believed(
    clock: NDArray[np.float64], cuts: NDArray[np.int64], fast: list[tuple[int, int]], gaps: int
) -> list[tuple[int, int]]:
    """Keep the fast stretches that have messages enough and that a steady stream would not show.

    Each is weighed against the slow stretches beside it. That a given stretch gains x in log-likelihood by a rate of
    its own has a chance of at most exp(-x) (Chernoff), and there are as many places as gaps (Bonferroni).
    """
    if not fast:
        return []
    first, last = np.array(fast, dtype=np.int64).T
    left = np.concatenate((cuts[:1], last[:-1]))
    right = np.concatenate((first[1:], cuts[-1:]))
    count, seconds = last - first, clock[last] - clock[first]
    slow_count = first - left + right - last
    slow_seconds = clock[first] - clock[left] + clock[right] - clock[last]
    gain = (
        _likelihood(count, seconds)
        + _likelihood(slow_count, slow_seconds)
        - _likelihood(count + slow_count, seconds + slow_seconds)
    )
    enough = count + 1 >= max(BURST_MESSAGES, BURST_SHARE * len(clock))
    chance = gaps * np.exp(-gain)
    if not np.any(enough & (chance <= _FALSE_STREAMS)):
        return []
    keep = enough & (chance <= _FALSE_BURSTS)
    return [pair for pair, kept in zip(fast, keep.tolist(), strict=True) if kept]
