"""Odds ratios over networks, beside figures that were worked out elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from attribution.enrich.evidence.odds import pooled


def table(*networks: tuple[int, int, int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.array(networks, np.int64).T


def test_one_network_gives_the_exact_conditional_ratio() -> None:
    # Fisher's tea tasting, 3 1 / 1 3: R gives 6.408 and, two-sided, 0.2117 to 621.9.
    found = pooled(table((3, 1, 1, 3)))
    assert found.ratio == pytest.approx(6.408, abs=0.001)
    assert found.low == pytest.approx(0.2117, abs=0.001)
    assert found.high == pytest.approx(626, rel=0.01)


def test_several_networks_are_pooled_by_mantel_and_haenszel() -> None:
    # Worked by hand: sum(ad/n) / sum(bc/n) = (10*60/95 + 3*40/56) / (5*20/95 + 9*4/56).
    found = pooled(table((10, 5, 20, 60), (3, 9, 4, 40)))
    assert found.ratio == pytest.approx((600 / 95 + 120 / 56) / (100 / 95 + 36 / 56))
    assert found.low is not None
    assert found.high is not None
    assert found.ratio is not None
    assert found.low < found.ratio < found.high
    assert found.method.startswith("Mantel-Haenszel")


def test_the_base_rates_of_networks_do_not_make_a_difference_by_themselves() -> None:
    # Simpson: senders live where things are common. Within each network the odds are even.
    found = pooled(table((80, 20, 8, 2), (1, 9, 10, 90)))
    assert found.ratio == pytest.approx(1.0)


@pytest.mark.parametrize("cells", [(0, 10, 0, 10), (10, 0, 10, 0)])
def test_where_all_or_none_show_a_device_there_is_no_ratio(cells: tuple[int, int, int, int]) -> None:
    assert pooled(table(cells)).ratio is None
    assert pooled(table(cells, cells)).ratio is None


def test_an_empty_cell_leaves_an_interval_without_an_upper_end() -> None:
    found = pooled(table((10, 0, 10, 10)))
    assert (found.ratio, found.high) == (None, None)
    assert found.low is not None
    assert found.low > 1


def test_large_counts_are_no_matter() -> None:
    found = pooled(table((100_000, 200_000, 300_000, 600_000)))
    assert found.ratio == pytest.approx(1.0)
    assert found.low is not None
    assert found.low > 0.98
