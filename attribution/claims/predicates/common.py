"""What the kinds of predicates share: a figure held against the published value, and what cannot be measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.claims.assumptions import CLAIMED_TOO, GIVE_SCAN, KNOWN_HANDOVER
from attribution.claims.filters import choose
from attribution.claims.intervals import allowed, verdict_of
from attribution.claims.model import Rating
from attribution.claims.view import SURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.claims.filters import Chosen
    from attribution.claims.model import ClaimVerdict, Filter, Predicate
    from attribution.claims.view import View

__all__ = [
    "GIVE_DATABASE",
    "NAME_RECEIVER",
    "NOT_SAMPLE",
    "UP_TO_ALL",
    "asked",
    "counted",
    "distinct",
    "handovers",
    "held",
    "lacking",
    "number",
    "of_campaigns",
    "timed_too_few",
    "untestable",
    "words",
]

GIVE_DATABASE = "Give an IP database: attribution enrich CASE --mmdb FILE"
NAME_RECEIVER = "Name the receiver, so that its clock is known: attribution analyze --trust HOST"
UP_TO_ALL = "from what is known to what it would be with all that is not known"
NOT_SAMPLE = "Analyse all of the mail, or a case that is not said to be a sample."


def number(value: float, unit: str = "") -> str:
    """Return a figure as a person reads it: shares in per cent, whole numbers with commas, others with two places."""
    if unit == "share":
        return f"{100 * value:.1f} %"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1_000 else f"{value:,.2f}"


def asked(predicate: Predicate, unit: str = "") -> str:
    """Return what is claimed of a figure: `more than 100,000`."""
    value = number(predicate.value, unit)
    match predicate.op:
        case None:
            return ""
        case "between":
            return f"between {value} and {number(predicate.value_to or 0.0, unit)}"
        case "about":
            return f"about {value} (by {100 * predicate.tolerance:g} % at most)"
        case _:
            return f"{predicate.op.replace('-', ' ')} {value}"


def held(predicate: Predicate, low: float, high: float | None, unit: str = "") -> tuple[ClaimVerdict, str]:
    """Return the verdict on a figure with its interval, and why it follows."""
    if predicate.op is None:
        message = f"{predicate.kind} has no operator"
        raise ValueError(message)
    found = verdict_of(low, high, allowed(predicate.op, predicate.value, predicate.value_to, predicate.tolerance))
    span = (
        number(low, unit)
        if high == low
        else f"{number(low, unit)} {'or more' if high is None else 'to ' + number(high, unit)}"
    )
    claimed = asked(predicate, unit)
    if found == "not testable":
        return found, f"Claimed is {claimed}. The figure may be {span}: some of that fits and some does not."
    return (
        found,
        f"Claimed is {claimed}. The figure is {span}: {'that fits' if found == 'supported' else 'it does not fit'}.",
    )


def untestable(
    said: str, why: str, next_step: str | None = None, *, unit: str = "", figure: float | None = None
) -> Rating:
    """Return the rating of what cannot be measured on this case.

    Args:
        said: What there is.
        why: Why that does not do.
        next_step: What would.
        unit: What the figure would count.
        figure: An estimate, where there is one.
    """
    return Rating("not testable", figure, None, None, unit, "", said, why, next_step=next_step)


def counted(view: View, where: Filter, *, addresses: bool) -> tuple[Chosen, Rating | None]:
    """Return the messages of a filter, and the rating where the case cannot answer for want of them."""
    chosen = choose(view, where, addresses=addresses)
    return chosen, lacking(chosen, int(chosen.rows.sum()))


def lacking(chosen: Chosen, messages: int) -> Rating | None:
    """Return the rating where nothing can be counted; None where something can."""
    if chosen.lacking is not None:
        step = GIVE_SCAN if "scan" in chosen.lacking else None
        step = GIVE_DATABASE if "no country" in chosen.lacking else step
        step = GIVE_DATABASE if "access type" in chosen.lacking else step
        step = NAME_RECEIVER if "clock" in chosen.lacking else step
        step = "Name it: attribution pin CASE MESSAGE --name NAME" if "is called" in chosen.lacking else step
        return untestable(chosen.lacking, "There is nothing that could be counted.", step)
    if messages == 0:
        return untestable(
            f"No message {chosen.words}." if chosen.words else "The case has no message.",
            "Nothing can be said of no message.",
            "Choose other messages, or analyse the mail that the claim speaks of.",
        )
    return None


def timed_too_few(view: View, chosen: Chosen) -> Rating | None:
    """Return the rating where most of the messages have no time; None where most have one."""
    timed, messages = int((chosen.rows & view.timed).sum()), int(chosen.rows.sum())
    if 2 * timed >= messages:
        return None
    found = f"{timed:,} of {messages:,} messages have" if timed else "No message has"
    why = "What senders claim of the time is not used, and the others may be of any time."
    return untestable(f"{found} a time by the receiver's clock.", why, NAME_RECEIVER)


def words(chosen: Chosen, *more: str) -> str:
    """Return which rows were chosen, in words."""
    return ", ".join(part for part in (chosen.words, *more) if part) or "all"


def handovers(where: Filter) -> str:
    """Return which handovers are counted where a claim speaks of addresses, as an assumption."""
    return KNOWN_HANDOVER if where.grade is None or {*where.grade} <= {*SURE} else CLAIMED_TOO


def of_campaigns(view: View, predicate: Predicate) -> bool:
    """Say whether a claim is measured on chosen campaigns alone."""
    where = predicate.where
    return view.restricted is not None or where.campaigns is not None or where.name is not None


def distinct(values: NDArray[np.int64], rows: NDArray[np.bool_] | Sequence[bool]) -> int:
    """Return how many different values there are among some rows."""
    return len(np.unique(values[rows]))
