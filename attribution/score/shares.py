"""A share of a whole, with the interval within which chance leaves it."""

from __future__ import annotations

from dataclasses import dataclass

from statsmodels.stats.proportion import proportion_confint

__all__ = ["Share", "share"]

_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole.

    The interval takes each of the whole for drawn by itself. Messages of one sender are not, so that it is rather too
    narrow.

    Attributes:
        part, of: Both counts.
        share: Part of the whole, 0 to 1; None where the whole is nothing.
        low, high: Its 95 % interval after Wilson (1927), likewise.
    """

    part: int
    of: int
    share: float | None
    low: float | None
    high: float | None


def share(part: int, of: int) -> Share:
    """Return the share that a part has of a whole."""
    if not of:
        return Share(int(part), 0, None, None, None)
    low, high = proportion_confint(part, of, alpha=_LEVEL, method="wilson")
    # All and nothing are ends of their intervals, which rounding misses by a hair.
    ends = 0.0 if part == 0 else float(low), 1.0 if part == of else float(high)
    return Share(int(part), int(of), part / of, *ends)
