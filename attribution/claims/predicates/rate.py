"""Messages a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.claims.assumptions import CLOCK, DUMP
from attribution.claims.filters import source_of
from attribution.claims.model import Rating, Rows
from attribution.claims.predicates.common import NOT_SAMPLE, counted, held, number, timed_too_few, words
from attribution.claims.view import DAY_US

if TYPE_CHECKING:
    from attribution.claims.model import Predicate
    from attribution.claims.view import View

__all__ = ["rate_rate"]

_LISTED_DAYS = 100_000
"""Days beyond which a single wrong clock makes the period: then no day is counted for itself."""


def rate_rate(view: View, predicate: Predicate) -> Rating:
    """Rate messages a day: the mean over the days from the first to the last, both counted (UTC)."""
    chosen, nothing = counted(view, predicate.where, addresses=False)
    if nothing is not None:
        return nothing
    times = view.time[chosen.rows & view.timed]
    nothing = timed_too_few(view, chosen)
    if nothing is not None:
        return nothing
    days = times // DAY_US
    length = int(days.max() - days.min()) + 1
    mean = len(times) / length
    said = f"{len(times):,} messages on {length:,} days: {number(mean)} a day."
    low = high = mean
    if length <= _LISTED_DAYS:
        daily = np.bincount((days - days.min()).astype(np.int64), minlength=length)
        low, high = float(daily.min()), float(daily.max())
        said += f" The least was {number(low)}, the most {number(high)}."
    sql = (
        "SELECT date_trunc('day', m.received_at AT TIME ZONE 'UTC') AS day, count(*) AS messages "
        f"{source_of(view, chosen.sql, 'm.received_at IS NOT NULL')} GROUP BY ALL ORDER BY day"
    )
    rows = (Rows("messages", words(chosen), sql),)
    assumptions = (CLOCK, DUMP)
    how = "mean; from the day with least to the day with most"
    if view.sample is not None:
        said += f" In all that would be about {number(round(mean / view.sample))} a day."
        why = "The case is said to be a sample: an absolute number cannot be read off it."
        estimate = round(mean / view.sample)
        return Rating(
            "not testable", estimate, None, None, "messages a day", "", said, why, rows, assumptions, NOT_SAMPLE
        )
    others = int((chosen.rows & ~view.timed).sum() + chosen.unknown.sum())
    most = (len(times) + others) / length
    if others:
        said += f" Of {others:,} more it is not known whether they are of these days; with them it is {number(most)}."
    least = int((chosen.sure & view.timed).sum()) / length
    verdict, why = held(predicate, least, most)
    return Rating(verdict, mean, low, high, "messages a day", how, said, why, rows, assumptions)
