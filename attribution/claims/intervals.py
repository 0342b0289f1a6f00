"""Intervals of shares, and what a published value allows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.claims.model import ClaimVerdict, Operator

__all__ = ["Allowed", "allowed", "effective_size", "verdict_of", "wilson"]

_Z = 1.959963984540054
"""The normal quantile of a 95 % interval."""


class Allowed(NamedTuple):
    """The figures that fit a published value: from `low` to `high`, ends included where closed."""

    low: float
    high: float
    low_closed: bool = True
    high_closed: bool = True


def allowed(op: Operator, value: float, value_to: float | None = None, tolerance: float = 0.2) -> Allowed:
    """Return the figures that fit.

    Args:
        op: The operator.
        value: The published figure. `value_to`: the upper end for `between`.
        value_to: See `value`.
        tolerance: For `about`, as a share of the value.
    """
    match op:
        case "at-least":
            return Allowed(value, math.inf)
        case "more-than":
            return Allowed(value, math.inf, low_closed=False)
        case "at-most":
            return Allowed(-math.inf, value)
        case "less-than":
            return Allowed(-math.inf, value, high_closed=False)
        case "between":
            return Allowed(value, value if value_to is None else value_to)
        case "about":
            return Allowed(value * (1 - tolerance), value * (1 + tolerance))


def verdict_of(low: float, high: float | None, fits: Allowed) -> ClaimVerdict:
    """Return what an interval says: supported where all of it fits, contradicted where none of it does.

    Args:
        low: Lower end. `high`: upper end, None where there is no bound.
        high: See `low`.
        fits: What the claim allows.
    """
    top = math.inf if high is None else high
    above = low > fits.high or (low == fits.high and not fits.high_closed)
    below = top < fits.low or (top == fits.low and not fits.low_closed)
    if above or below:
        return "contradicted"
    low_in = low > fits.low or (low == fits.low and fits.low_closed)
    high_in = top < fits.high or (top == fits.high and (fits.high_closed or math.isinf(top)))
    return "supported" if low_in and high_in else "not testable"


def wilson(share: float, size: float) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson, Journal of the American Statistical Association 22, 1927).

    Args:
        share: From 0 to 1.
        size: How many independent things it was counted over; need not be whole.
    """
    if size <= 0:
        return 0.0, 1.0
    square = _Z * _Z / size
    middle = (share + square / 2) / (1 + square)
    half = _Z / (1 + square) * math.sqrt(share * (1 - share) / size + square / (4 * size))
    low = 0.0 if share <= 0 else max(0.0, middle - half)
    return low, 1.0 if share >= 1 else min(1.0, middle + half)


def effective_size(sizes: NDArray[np.int64]) -> float:
    """Return how many independent things messages in groups are worth (Kish, Survey Sampling, 1965).

    Messages of one address are alike in all that is known of the address. A thousand of one are worth one.

    Args:
        sizes: Messages in each group.
    """
    total = float(sizes.sum())
    return 0.0 if total == 0 else total * total / float(np.square(sizes.astype(np.float64)).sum())
