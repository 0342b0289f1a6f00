"""How likely a count of senders with a thing is, over networks."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact, nchypergeom_fisher
from statsmodels.stats.contingency_tables import StratifiedTable

from attribution.enrich.evidence import exact
from attribution.enrich.evidence.exact import tails


def table(*networks: tuple[int, int, int, int]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Give senders with and without, neighbours with and without, for each network."""
    return np.array(networks, np.int64).T


def by_counting(networks: list[tuple[int, int, int, int]], ratio: float) -> tuple[float, float]:
    """Add up the chances of all outcomes, one by one."""
    options = []
    for with_, without, other_with, other_without in networks:
        senders, others, shown = with_ + without, other_with + other_without, with_ + other_with
        counts = range(max(0, shown - others), min(senders, shown) + 1)
        weights = [math.comb(senders, count) * math.comb(others, shown - count) * ratio**count for count in counts]
        options.append([(count, weight / sum(weights)) for count, weight in zip(counts, weights, strict=True)])
    found = sum(network[0] for network in networks)
    sums = [(sum(c for c, _ in each), math.prod(w for _, w in each)) for each in itertools.product(*options)]
    return sum(w for c, w in sums if c >= found), sum(w for c, w in sums if c <= found)


def test_in_one_network_it_is_fishers_exact_test() -> None:
    cells = (9, 11, 30, 170)
    found = tails(table(cells), 1.0)
    assert found.above == pytest.approx(fisher_exact([cells[:2], cells[2:]], alternative="greater").pvalue)
    assert found.below == pytest.approx(fisher_exact([cells[:2], cells[2:]], alternative="less").pvalue)


def test_of_another_ratio_it_is_the_noncentral_distribution() -> None:
    expected = nchypergeom_fisher(220, 39, 20, 1.5).sf(8)
    assert tails(table((9, 11, 30, 170)), 1.5).above == pytest.approx(expected)


def test_networks_are_added_up_and_never_mixed() -> None:
    # In each network senders and neighbours are the same; in the sum senders would show far more.
    assert tails(table((80, 20, 8, 2), (1, 9, 100, 900)), 1.0).above > 0.4


def test_networks_in_which_all_or_none_show_a_thing_tell_nothing() -> None:
    told = tails(table((4, 6, 3, 27)), 1.0)
    assert tails(table((4, 6, 3, 27), (0, 50, 0, 100), (7, 0, 9, 0), (5, 5, 0, 0)), 1.0) == told
    assert tails(table((0, 50, 0, 100), (7, 0, 9, 0)), 1.0) == (1.0, 1.0)


def test_few_things_by_chance_are_not_taken_for_a_wonder() -> None:
    # Six of 20 beside two in a hundred: a normal interval of the logarithm calls that a hundred times less likely.
    cells = table((6, 14, 20, 980))
    ratio, error = math.log(6 * 980 / (14 * 20)), math.sqrt(1 / 6 + 1 / 14 + 1 / 20 + 1 / 980)
    by_normal = 0.5 * math.erfc((ratio - math.log(1.5)) / error / math.sqrt(2))
    assert tails(cells, 1.5).above > 50 * by_normal


def test_many_addresses_are_as_the_large_sample_test_says() -> None:
    draw = np.random.default_rng(5)
    rates = draw.uniform(0.05, 0.5, 400)
    with_, others = draw.binomial(10, np.minimum(rates * 1.1, 1)), draw.binomial(40, rates)
    cells = np.stack([with_, 10 - with_, others, 40 - others])
    said = StratifiedTable(np.stack([cells[:2], cells[2:]]).astype(float)).test_null_odds(correction=True)
    found = tails(cells, 1.0)
    assert 2 * min(found) == pytest.approx(said.pvalue, rel=0.05)


def test_beyond_what_can_be_added_up_the_normal_distribution_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(7)
    with_, others = draw.binomial(10, 0.3, 200), draw.binomial(40, 0.3, 200)
    cells = np.stack([with_, 10 - with_, others, 40 - others])
    summed = tails(cells, 1.1)
    monkeypatch.setattr(exact, "_STEPS", 0)
    assert [*tails(cells, 1.1)] == pytest.approx([*summed], rel=0.02)


@given(
    st.lists(st.tuples(*[st.integers(0, 4)] * 4), min_size=1, max_size=4),
    st.sampled_from([0.5, 1.0, 1.5, 4.0]),
)
def test_it_is_what_counting_all_outcomes_gives(networks: list[tuple[int, int, int, int]], ratio: float) -> None:
    assert [*tails(table(*networks), ratio)] == pytest.approx([*by_counting(networks, ratio)], abs=1e-12)
