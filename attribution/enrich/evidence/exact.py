"""The chance that neighbours alone give as many senders with a thing, over networks, without a large-sample formula.

Within each network, given how many addresses of both sides show a thing, the number among senders is hypergeometric; of
another odds ratio than 1 it is Fisher's noncentral one. Their sum over networks is the exact conditional test of a
common odds ratio (Gart 1970; Mehta, Patel and Gray 1985). It is needed where many comparisons are made: what is asked
then is whether a chance is one in a hundred thousand, and there a normal interval of few addresses is too narrow.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Tails", "tails"]

_STEPS = 20_000_000
"""Multiplications that an exact sum may take; beyond, there are so many addresses that the sum is as good as normal."""


class Tails(NamedTuple):
    """How likely a count of senders with a thing is.

    Attributes:
        above: Chance of as many or more. `below`: of as many or fewer. Both from 0 to 1.
    """

    above: float
    below: float


def tails(table: NDArray[np.int64], ratio: float) -> Tails:
    """Return how likely the senders with a thing are, if the odds ratio within each network were `ratio`.

    Where the ratio differs between networks, `above` is a bound if it is nowhere above `ratio`, and `below` if it is
    nowhere below.

    Args:
        table: Four rows: senders with and without, neighbours with and without; a column for each network.
        ratio: Odds ratio above 0.

    Returns:
        Both chances; 1 where no network has both sides and both outcomes. They are right to about 1e-14.
    """
    with_, without, other_with, other_without = table
    senders, others, shown = with_ + without, other_with + other_without, with_ + other_with
    told = (senders > 0) & (others > 0) & (shown > 0) & (shown < senders + others)
    if not told.any():
        return Tails(1.0, 1.0)
    senders, others, shown = senders[told], others[told], shown[told]
    least = np.maximum(0, shown - others)
    found = int((with_[told] - least).sum())
    counts, chances, starts = _of_each(senders, others, shown, least, ratio)
    if len(starts) * (found + 1) > _STEPS:
        return _normal(found, counts, chances, starts)
    ends = [*starts[1:].tolist(), len(chances)]
    whole = np.ones(1)
    for start, end in zip(starts.tolist(), ends, strict=True):
        # Nothing beyond what was found is needed: the rest is what is missing from 1.
        whole = np.convolve(whole, chances[start:end])[: found + 1]
    below, fewer = float(whole.sum()), float(whole[:found].sum())
    return Tails(min(max(1 - fewer, 0.0), 1.0), min(below, 1.0))


def _of_each(
    senders: NDArray[np.int64],
    others: NDArray[np.int64],
    shown: NDArray[np.int64],
    least: NDArray[np.int64],
    ratio: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return the possible counts beyond the least, their chances, and where each network's begin."""
    from scipy.special import gammaln

    sizes = np.minimum(senders, shown) - least + 1
    starts = np.cumsum(sizes) - sizes
    of = np.repeat(np.arange(len(sizes)), sizes)
    beyond = np.arange(int(sizes.sum())) - starts[of]
    count = least[of] + beyond

    def ways(whole: NDArray[np.int64], part: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the logarithm of the ways to choose, but for what is the same for all counts of a network."""
        logarithm: NDArray[np.float64] = -gammaln(part + 1) - gammaln(whole - part + 1)
        return logarithm

    logs = ways(senders[of], count) + ways(others[of], shown[of] - count) + count * math.log(ratio)
    weights = np.exp(logs - np.maximum.reduceat(logs, starts)[of])
    return beyond, weights / np.add.reduceat(weights, starts)[of], starts


def _normal(found: int, counts: NDArray[np.int64], chances: NDArray[np.float64], starts: NDArray[np.int64]) -> Tails:
    """Return the same by the normal distribution with the same mean and variance, corrected for whole numbers."""
    from scipy.stats import norm

    means = np.add.reduceat(counts * chances, starts)
    squares = np.add.reduceat(counts * counts * chances, starts)
    mean, spread = float(means.sum()), math.sqrt(max(float((squares - means**2).sum()), 1e-12))
    return Tails(float(norm.sf((found - 0.5 - mean) / spread)), float(norm.cdf((found + 0.5 - mean) / spread)))
