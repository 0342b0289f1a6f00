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


class Interval(NamedTuple):
    """An odds ratio.

    Attributes:
        ratio: None where it cannot be computed.
        low: Lower end of its 95 % interval. `high`: upper end, None where it has none.
        method: How it was computed.
    """

    ratio: float | None
    low: float | None
    high: float | None
    method: str


def pooled(table: NDArray[np.int64]) -> Interval:
    """Return the odds ratio of senders to neighbours over networks.

    Args:
        table: Four rows: senders with and without, neighbours with and without; a column for each network.
    """
    total = table.sum(axis=1)
    if table.shape[1] > 1:
        found = _mantel_haenszel(table)
        if found is not None:
            return found
    return _single(total)


def _mantel_haenszel(table: NDArray[np.int64]) -> Interval | None:
    """Return the pooled ratio over networks; None where it has no interval, as where nobody shows a device."""
    with_, without, other_with, other_without = table.astype(np.float64)
    sizes = table.sum(axis=0)
    if not (with_ * other_without / sizes).sum() or not (without * other_with / sizes).sum():
        return None
    from statsmodels.stats.contingency_tables import StratifiedTable

    # Networks in which all show a device, or none does, say nothing of the ratio.
    told = ((with_ + other_with) > 0) & ((without + other_without) > 0)
    cells = np.stack([[with_[told], without[told]], [other_with[told], other_without[told]]])
    strata = StratifiedTable(cells)
    low, high = strata.oddsratio_pooled_confint(alpha=0.05)
    ratio = float(strata.oddsratio_pooled)
    if not all(map(math.isfinite, (ratio, low, high))):
        return None
    method = "Mantel-Haenszel over networks, interval of Robins, Breslow and Greenland"
    return Interval(ratio, float(low), float(high), method)


def _single(total: NDArray[np.int64]) -> Interval:
    from scipy.stats.contingency import odds_ratio

    cells = total.reshape(2, 2)
    if not cells.sum(axis=0).all() or not cells.sum(axis=1).all():
        return Interval(None, None, None, "all show such a device, or none does")
    exact = int(total.sum()) <= _EXACT or not total.all()
    found = odds_ratio(cells, kind="conditional" if exact else "sample")
    ends = found.confidence_interval(confidence_level=0.95)
    return Interval(
        _finite(found.statistic),
        _finite(ends.low),
        _finite(ends.high),
        "Fisher's exact conditional ratio" if exact else "sample ratio with the interval of its logarithm",
    )


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
