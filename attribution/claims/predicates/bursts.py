"""Bursts: how many a day, and how many messages in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.campaigns import bursts as change_points
from attribution.claims.assumptions import CLOCK, DUMP, NOT_COUNTED, ONE_CAMPAIGN
from attribution.claims.filters import source_of
from attribution.claims.model import Rating, Rows
from attribution.claims.predicates.common import (
    NAME_RECEIVER,
    NOT_SAMPLE,
    counted,
    held,
    number,
    of_campaigns,
    timed_too_few,
    untestable,
    words,
)
from attribution.claims.view import DAY_US

if TYPE_CHECKING:
    from attribution.claims.model import Predicate
    from attribution.claims.view import View

__all__ = ["rate_bursts"]


def rate_bursts(view: View, predicate: Predicate) -> Rating:
    """Rate bursts as the change points of the rate give them; sizes by their median."""
    chosen, nothing = counted(view, predicate.where, addresses=False)
    if nothing is not None:
        return nothing
    nothing = timed_too_few(view, chosen)
    if nothing is not None:
        return nothing
    times = np.sort(view.time[chosen.rows & view.timed])
    if len(times) < change_points.FEWEST_MESSAGES:
        return untestable(
            f"{len(times):,} messages have a time by the receiver's clock.",
            "Fewer than ten messages have no rate that could change.",
            None if view.timed[chosen.rows].all() else NAME_RECEIVER,
        )
    found = change_points.bursts(times)
    number_of, sizes = len(found.starts), np.sort(found.messages)
    days = max(1.0, float(times[-1] - times[0]) / DAY_US)
    said = f"{number_of:,} bursts in {days:.1f} days, {found.per_day:.2f} a day."
    if number_of:
        said += f" Of their sizes the median is {number(float(np.median(sizes)))}, from {sizes[0]:,} to {sizes[-1]:,}."
    sql = f"SELECT m.received_at {source_of(view, chosen.sql, 'm.received_at IS NOT NULL')} ORDER BY 1"
    rows = (Rows("messages", f"{words(chosen)}; the times, given to attribution.campaigns.bursts", sql),)
    assumptions = (
        *(CLOCK, DUMP, *([ONE_CAMPAIGN] if of_campaigns(view, predicate) else [])),
        *([NOT_COUNTED] if chosen.unknown.any() else []),
        "A burst is a stretch at twice the stream's own rate or more, beyond chance; other mail blurs them.",
    )
    if predicate.of == "per-day":
        # The day that a stream ends in may have room for one burst more or less.
        low, high = max(0.0, number_of - 1) / days, (number_of + 1) / days
        verdict, why = held(predicate, found.per_day, found.per_day)
        how = "one burst more or less"
        return Rating(verdict, found.per_day, low, high, "bursts a day", how, said, why, rows, assumptions)
    if not number_of:
        return untestable(said, "Without a burst there is no size.", unit="messages")
    middle = float(np.median(sizes))
    if view.sample is not None:
        said += f" In all that would be about {number(round(middle / view.sample))}."
        why = "The case is said to be a sample: an absolute number cannot be read off it."
        estimate = round(middle / view.sample)
        return Rating("not testable", estimate, None, None, "messages", "", said, why, rows, assumptions, NOT_SAMPLE)
    verdict, why = held(predicate, middle, middle)
    ends = float(np.quantile(sizes, 0.25)), float(np.quantile(sizes, 0.75))
    how = "median; the middle half of all bursts"
    return Rating(verdict, middle, *ends, "messages", how, said, why, rows, assumptions)
