"""Odds ratios over networks, with their 95 % interval, by statsmodels and scipy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Interval", "pooled"]

_EXACT = 20_000
"""Addresses up to which the exact interval is computed; beyond, the one of large samples is as good, and quick."""
_MANY = "Mantel-Haenszel over networks, interval of Robins, Breslow and Greenland"


class Interval(NamedTuple):
    """An odds ratio.

    Attributes:
        ratio: None where it cannot be computed, or has no bound.
        low: Lower end of its 95 % interval. `high`: upper end, None where it has none.
        method: How it was computed.
    """

    ratio: float | None
    low: float | None
    high: float | None
    method: str


def pooled(table: NDArray[np.int64]) -> Interval:
    """Return the odds ratio of senders to neighbours over networks.

    Only networks that have both sides and both outcomes tell anything: one in which all show a device says nothing of
    who sends. Sums over networks are never compared, because what is common differs from one to the other.

    Args:
        table: Four rows: senders with and without, neighbours with and without; a column for each network.
    """
    with_, without, other_with, other_without = table
    both_sides = (with_ + without > 0) & (other_with + other_without > 0)
    told = table[:, both_sides & (with_ + other_with > 0) & (without + other_without > 0)]
    if not told.shape[1]:
        return Interval(None, None, None, "no-difference-to-see")
    return _single(told[:, 0]) if told.shape[1] == 1 else _over_networks(told)


def _over_networks(table: NDArray[np.int64]) -> Interval:
    with_, without, other_with, other_without = table
    sizes = table.sum(axis=0)
    for_, against = (with_ * other_without / sizes).sum(), (without * other_with / sizes).sum()
    if for_ and against:
        return _mantel_haenszel(table)
    # One side of the balance is empty, so that there is no interval. With one address more on that side there is, and
    # its end towards no effect holds all the more.
    found = _mantel_haenszel(_with_one_more(table, (1, 2) if for_ else (0, 3)))
    method = f"{_MANY}, with an address more against the effect"
    return Interval(None, found.low, None, method) if for_ else Interval(0.0, 0.0, found.high, method)


def _with_one_more(table: NDArray[np.int64], rows: tuple[int, int]) -> NDArray[np.int64]:
    """Return the table with as few addresses more as make some network have addresses in both rows."""
    more = table.copy()
    one, other = rows
    if table[other].any():
        more[one, int(np.argmax(table[other]))] += 1
    elif table[one].any():
        more[other, int(np.argmax(table[one]))] += 1
    else:
        more[list(rows), int(np.argmax(table.sum(axis=0)))] += 1
    return more


def _mantel_haenszel(table: NDArray[np.int64]) -> Interval:
    from statsmodels.stats.contingency_tables import StratifiedTable

    with_, without, other_with, other_without = table.astype(np.float64)
    strata = StratifiedTable(np.stack([[with_, without], [other_with, other_without]]))
    low, high = strata.oddsratio_pooled_confint(alpha=0.05)
    ratio = _finite(float(strata.oddsratio_pooled))
    return Interval(ratio, _finite(float(low)), _finite(float(high)), _MANY)


def _single(cells: NDArray[np.int64]) -> Interval:
    from scipy.stats.contingency import odds_ratio

    exact = int(cells.sum()) <= _EXACT or not cells.all()
    found = odds_ratio(cells.reshape(2, 2), kind="conditional" if exact else "sample")
    ends = found.confidence_interval(confidence_level=0.95)
    return Interval(
        _finite(found.statistic),
        _finite(ends.low),
        _finite(ends.high),
        "Fisher's exact conditional ratio" if exact else "sample ratio with the interval of its logarithm",
    )


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
