"""First and last day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution.claims.assumptions import CLOCK, DUMP, EXACT
from attribution.claims.filters import source_of
from attribution.claims.model import Rating, Rows
from attribution.claims.predicates.common import UP_TO_ALL, counted, of_campaigns, timed_too_few, untestable, words
from attribution.claims.view import DAY_US

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from attribution.claims.filters import Chosen
    from attribution.claims.model import ClaimVerdict, Predicate
    from attribution.claims.view import View

__all__ = ["rate_period"]

_OUTSIDE = 0.01
"""Share of messages outside of the period that is put down to clocks, time zones and stray mail."""
_SLACK = 1
"""Days at either end within which the mail must begin and end: days of publications are of an unknown time zone."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rate_period(view: View, predicate: Predicate) -> Rating:
    """Rate a period: the mail must cover it, and lie within it."""
    chosen, nothing = counted(view, predicate.where, addresses=False)
    if nothing is not None:
        return nothing
    times = view.time[chosen.rows & view.timed]
    nothing = timed_too_few(view, chosen)
    if nothing is not None or predicate.first is None or predicate.last is None:
        return nothing or untestable("The claim names no period.", "There is nothing that could be compared.")
    first_day, last_day = _day(predicate.first), _day(predicate.last)
    begin, end = first_day - _SLACK, last_day + _SLACK
    days = times // DAY_US
    inside = (days >= begin) & (days <= end)
    outside = 1 - inside.sum() / len(times)
    least, most, span, widest = _with_others(view, chosen, times, (begin, end))
    lowest, highest = int(times.min()), int(times.max())
    said = (
        f"{len(times):,} messages from {_text(lowest)} to {_text(highest)} UTC; {100 * outside:.1f} % of them outside "
        f"of {predicate.first} to {predicate.last}, taken with a day more on either side."
    )
    timed = source_of(view, chosen.sql, "m.received_at IS NOT NULL")
    sql = f"SELECT min(m.received_at), max(m.received_at), count(*) {timed}"
    rows = (Rows("messages", words(chosen), sql),)
    within = days[inside]
    covers = len(within) > 0 and int(within.min()) <= first_day + _SLACK and int(within.max()) >= last_day - _SLACK
    step: str | None = None
    verdict: ClaimVerdict
    if least <= _OUTSIDE < most:
        verdict = "not testable"
        why = "Mail of which nobody knows whether it counts decides whether more lies outside than clocks explain."
    elif outside > _OUTSIDE:
        verdict, why = "contradicted", "More of the mail lies outside of the period than clocks explain."
        if not of_campaigns(view, predicate):
            why += " It may be other mail: restrict the check to the campaigns that the claim is about."
            step = "attribution claims CASE FILE --only KEY"
    elif covers:
        verdict, why = "supported", "The mail lies within the period and reaches from its first day to its last."
    else:
        verdict, why = (
            "not testable",
            "The mail lies within the period and does not cover it: what is before and after is not there.",
        )
        step = "Analyse mail of the whole period."
    how = EXACT if widest == span else UP_TO_ALL
    return Rating(verdict, span, span, widest, "days", how, said, why, rows, (CLOCK, DUMP), step)


class _Others(NamedTuple):
    """What the messages change of which it is not known whether they belong to a claim.

    Attributes:
        least: Share of the mail outside of the period, at least. `most`: at most.
        span: Days from first to last without them. `widest`: with all of them.
    """

    least: float
    most: float
    span: float
    widest: float


def _with_others(view: View, chosen: Chosen, times: NDArray[np.int64], period: tuple[int, int]) -> _Others:
    unknown = view.time[chosen.unknown & view.timed]
    known_out, other_out = (
        int(((of // DAY_US < period[0]) | (of // DAY_US > period[1])).sum()) for of in (times, unknown)
    )
    every = np.concatenate([times, unknown])
    return _Others(
        known_out / (len(every) - other_out),
        (known_out + other_out) / (len(times) + other_out),
        *(float((int(of.max()) - int(of.min())) / DAY_US) for of in (times, every)),
    )


def _day(day: date) -> int:
    return day.toordinal() - _EPOCH.toordinal()


def _text(micro: int) -> str:
    try:
        return f"{_EPOCH + timedelta(microseconds=int(np.int64(micro))):%Y-%m-%d %H:%M}"
    except OverflowError:
        return "a time out of reach"
