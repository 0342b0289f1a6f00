"""How many hosts there are, from addresses that are seen again before they are given to somebody else.

Lincoln and Petersen's estimate: of two samples of a population, the share of the second that was in the first as well
is that of the first in the whole. Here a sample is what was seen in one hour and the mark is the address, which is
lost in time. Of two hours that lie `d` apart, the share of the pairs of sightings that have the address in common is
S(d)/N, with N hosts and S(d) the chance that an address is kept so long, however many are at work in each of the
hours. As `d` goes to nothing, S goes to one; a Poisson regression on the distance gives the level there.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import pdtrc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["METHOD", "Recapture", "recapture"]

METHOD = (
    "Recapture of addresses between hours, by access type and network: the share of pairs of sightings that have the"
    " address in common, fitted over their distance in time by a Poisson regression and read at distance nothing"
    " (Lincoln and Petersen's estimate, with addresses as marks that are lost)"
)
"""The method in a sentence, for reports."""

_SECOND = 1_000_000
_SLOW, _FAST = 3600, 600
"""Seconds of the windows of the estimate: all messages of an address in one are one sighting. The shorter ones are
for networks whose addresses change within hours."""
_MOST_LAGS = 168
_LAG_STEPS = (4, 6, 12, 24, 48, 72, _MOST_LAGS)
_ENOUGH = 100
"""Addresses seen again with which the estimate stays at short distances, at which fewer of them have changed."""
_FEWEST = 10
_OWN_STRATUM = 100
_MOST_STRATA = 50
_NO_NUMBER = 1e15
_STEEP = 0.3
"""Loss of addresses from one window to the next, as a logarithm, above which shorter windows are tried, and from one
day to the next, below which what is seen again on other days says more."""
_DAYS = 3
_LOST_IN_A_DAY = 1.3
"""The same from one day to the next, above which what is seen again on other days says nothing."""
_CLEARLY, _NO_CHANCE = 1.3, 0.001
_APART = 3
"""Times that the two ways may differ, beyond which there is no estimate."""


class Recapture(NamedTuple):
    """An estimate, or None with the reason.

    Attributes:
        hosts: That were seen at least once.
        low: Lower end of what both ways leave possible, each with its 95 % range by chance. `high`: the upper one.
        reason: Why there is no estimate.
    """

    hosts: int | None
    low: int | None
    high: int | None
    reason: str | None


def recapture(mark: NDArray[np.int64], time: NDArray[np.int64], stratum: NDArray[np.int64]) -> Recapture:
    """Return how many hosts were seen, by what is seen of their addresses again within hours and on other days.

    Where the two speak of numbers too far apart, addresses change within hours, or each host is at work at hours of
    its own. These look alike, and there is no estimate then. Hosts of one stratum are taken to be there for the whole
    time and all as likely to be seen; where they are not, there were more of them (Chao, "Estimating the Population
    Size for Capture-Recapture Data with Unequal Catchability", 1987).

    Args:
        mark: Of each message: number of its address.
        time: Its time, microseconds since 1970.
        stratum: Number of the population that it is from, within which addresses change at one pace.
    """
    order = np.lexsort((time, mark))
    mark, time, stratum = mark[order], time[order], stratum[order]
    hour = time // (_SLOW * _SECOND)
    first = np.ones(len(mark), np.bool_)
    first[1:] = (mark[1:] != mark[:-1]) | (hour[1:] != hour[:-1])
    again = _seen_again(mark[first], hour[first])
    if again.sum() < _FEWEST:
        reason = (
            f"only {int(again.sum()):,} times was an address seen again an hour to a week later, too few to tell hosts"
            " that change their address from hosts that are new"
        )
        return Recapture(None, None, None, reason)
    parts = [_population(mark[part], time[part]) for part in _parts(stratum, stratum[first][again])]
    near, far = (_together(part[at] for part in parts) for at in (0, 1))
    most = min(far.hosts, float(np.count_nonzero(np.diff(mark)) + 1))
    if most > _APART * near.hosts:
        reason = (
            f"addresses seen again within hours speak for {round(near.hosts):,} hosts, those seen again on other days"
            f" for {round(most):,}: either addresses change within hours, or each host is at work at hours of its own"
        )
        return Recapture(None, None, None, reason)
    chosen = sum(day.hosts if day.is_slow else _between(hour, day) for hour, day in parts)
    ends = min(near.end(-1), far.end(-1), chosen), max(near.end(1), far.end(1), chosen)
    hosts, low, high = (round(min(one, _NO_NUMBER)) for one in (chosen, *ends))
    return Recapture(hosts, low, high, None)


def _seen_again(mark: NDArray[np.int64], hour: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return for each sighting whether it is followed by another one of the same address at a distance of use."""
    found = np.zeros(len(mark), np.bool_)
    # The next sighting may lie in the very next hour, which is left out; the one after it does not.
    for step in (1, 2):
        lag = hour[step:] - hour[:-step]
        found[: len(lag)] |= (mark[step:] == mark[:-step]) & (lag > 1) & (lag <= _MOST_LAGS)
    return found


def _parts(stratum: NDArray[np.int64], again: NDArray[np.int64]) -> list[NDArray[np.bool_]]:
    """Return the rows of each population: strata in which addresses are often seen again, and the rest as one.

    Args:
        stratum: Of the rows.
        again: Of the sightings that are followed by another one.
    """
    counts = np.bincount(again, minlength=int(stratum.max()) + 1)
    own = np.argsort(-counts, kind="stable")[:_MOST_STRATA]
    own = own[counts[own] >= _OWN_STRATUM]
    rest = ~np.isin(stratum, own)
    if rest.any() and counts.sum() - counts[own].sum() < _FEWEST:
        # The rest tells nothing by itself.
        return [np.ones(len(stratum), np.bool_)]
    return [*(stratum == number for number in own), *([rest] if rest.any() else [])]


class _Hosts(NamedTuple):
    """Hosts that were seen, the variance of their number, and whether their addresses last for days."""

    hosts: float
    variance: float
    is_slow: bool

    def end(self, sign: int) -> float:
        """Return the lower (-1) or upper (1) end of the 95 % range by chance."""
        return self.hosts * float(np.exp(sign * min(50.0, 1.96 * self.variance**0.5 / self.hosts)))


def _between(one: _Hosts, other: _Hosts) -> float:
    """Return the mean of two numbers on a scale of ratios, each with the weight that its error allows it."""
    weights = [1 / (0.1**2 + each.variance / each.hosts**2) for each in (one, other)]
    return float(np.exp(np.average(np.log([one.hosts, other.hosts]), weights=weights)))


def _together(parts: Iterable[_Hosts]) -> _Hosts:
    listed = list(parts)
    return _Hosts(sum(part.hosts for part in listed), sum(part.variance for part in listed), is_slow=False)


def _population(mark: NDArray[np.int64], time: NDArray[np.int64]) -> tuple[_Hosts, _Hosts]:
    """Return the hosts of one population by what is seen again within hours, and on other days.

    Args:
        mark: The addresses, in order.
        time: Microseconds, in order for each address.
    """
    slow = _sightings(mark, time // (_SLOW * _SECOND), _MOST_LAGS)
    reach = next((lag for lag in _LAG_STEPS if slow.again[2 : lag + 1].sum() >= _ENOUGH), _MOST_LAGS)
    # Windows beside each other are left out: one burst may lie in both.
    near = _fit(slow, np.arange(_MOST_LAGS + 1), slice(2, reach + 1))
    beside = _is_more(slow.again[1], slow.chances[1] * np.exp(near.level + near.slope))
    if beside or near.slope < -_STEEP:
        # Where a burst lay in two windows, few addresses are seen again later in the hour; where addresses are lost
        # fast, many are.
        fast = _sightings(mark, time // (_FAST * _SECOND), _LAG_STEPS[0])
        again, chances = fast.again[2:].sum(), fast.chances[2:].sum()
        if again >= _FEWEST and _is_more(again, chances * np.exp(near.level)):
            slow, near = slow._replace(size=fast.size), _fit(fast, np.arange(_LAG_STEPS[0] + 1), slice(2, None))
    hour = _seen_of(slow, near)
    # Whole days, each around a distance of so many times 24 hours, level out that hosts are at work at some hours only.
    days = _Sightings(slow.size, *(_by_day(column) for column in (slow.again, slow.chances)))
    far = _fit(days, np.arange(len(days.again)), slice(1, None))
    if days.again.sum() < _FEWEST or far.slope < -_LOST_IN_A_DAY:
        return hour, hour
    return hour, _seen_of(slow, far)._replace(is_slow=far.slope > -_STEEP)


def _is_more(found: float, expected: float) -> bool:
    """Say whether there are clearly more than expected, and so many more that it is no chance."""
    return bool(found > _CLEARLY * expected and pdtrc(found - 1, expected) < _NO_CHANCE)


def _by_day(hours: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([0.0, *(hours[24 * day - 12 : 24 * day + 12].sum() for day in range(1, _DAYS + 1))])


class _Sightings(NamedTuple):
    """Addresses by window: how many in each, and by distance those seen again and all pairs of sightings."""

    size: NDArray[np.int64]
    again: NDArray[np.float64]
    chances: NDArray[np.float64]


def _sightings(mark: NDArray[np.int64], window: NDArray[np.int64], most: int) -> _Sightings:
    new = np.ones(len(mark), np.bool_)
    new[1:] = (mark[1:] != mark[:-1]) | (window[1:] != window[:-1])
    mark, window = mark[new], window[new]
    again = _by_lag(mark, window, np.ones(len(mark)), most)
    windows, count = np.unique(window, return_counts=True)
    chances = _by_lag(np.zeros(len(windows), np.int64), windows, count.astype(np.float64), most)
    return _Sightings(count, again, chances)


def _by_lag(
    key: NDArray[np.int64], window: NDArray[np.int64], weight: NDArray[np.float64], most: int
) -> NDArray[np.float64]:
    """Return by distance in windows the sum of the products of the weights of all pairs of rows with one key.

    Args:
        key: In order.
        window: In order for each key, without repeats: so no pair within the longest distance has more rows between.
        weight: Of the rows.
        most: The longest distance.
    """
    found = np.zeros(most + 1)
    for step in range(1, min(most, len(key) - 1) + 1):
        lag = window[step:] - window[:-step]
        near = (key[step:] == key[:-step]) & (lag <= most)
        if not near.any():
            break
        found += np.bincount(lag[near], weights=(weight[step:] * weight[:-step])[near], minlength=most + 1)
    return found


class _Fit(NamedTuple):
    """The logarithm of the share of addresses in common at distance nothing, its change by distance, its error."""

    level: float
    slope: float
    error: float


def _fit(seen: _Sightings, distance: NDArray[np.int64], used: slice) -> _Fit:
    # This takes about a second to load, and few runs come here.
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    lag, again, chances = (column[used] for column in (distance, seen.again, seen.chances))
    lag, again, chances = (column[chances > 0] for column in (lag, again, chances))
    if not again.sum():
        # Nothing is seen again: as if half an address were.
        return _Fit(float(np.log(0.5 / max(1.0, chances.sum()))), 0.0, 1.0)
    flat = float(np.log(again.sum() / chances.sum()))
    if len(lag) >= 3 and np.count_nonzero(again) >= 2:
        design = np.column_stack([np.ones(len(lag)), lag])
        with warnings.catch_warnings():
            # A fit that does not converge is told by its values.
            warnings.simplefilter("ignore")
            fitted = GLM(again, design, family=Poisson(), offset=np.log(chances)).fit(start_params=[flat, 0.0])
        level, slope = (float(one) for one in fitted.params)
        # Addresses are lost with time and never come to be kept better.
        if np.isfinite([level, slope]).all() and slope <= 0:
            spread = max(1.0, float(fitted.pearson_chi2) / max(1, len(lag) - 2)) ** 0.5
            return _Fit(level, slope, float(fitted.bse[0]) * spread)
    return _Fit(flat, 0.0, float(again.sum() ** -0.5))


def _seen_of(seen: _Sightings, fit: _Fit) -> _Hosts:
    """Return the hosts that were seen at least once, of those that there are by the fit."""
    hosts = float(np.exp(min(-fit.level, 34.0)))
    unseen = np.log1p(-np.minimum(seen.size / hosts, 1 - 1e-12)).sum()
    hosts *= float(-np.expm1(unseen))
    return _Hosts(hosts, (hosts * fit.error) ** 2, is_slow=False)
