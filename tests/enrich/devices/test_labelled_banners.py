"""Precision and recall of our rules alone on labelled banners that lie beside the checkout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.devices import held_back, judged, macro, micro, others, scores, unseen, with_kin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.benchmarks.devices import Row


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[Row]:
    return judged(shared / "banners/labelled_banners.jsonl")


@pytest.fixture(scope="module")
def other_rows(shared: Path) -> list[Row]:
    return others(shared / "banners/recog", shared / "banners/labelled_banners.jsonl")


def test_what_is_named_is_nearly_always_right(rows: list[Row]) -> None:
    precision = micro(scores(rows)).precision
    with_home_gateways = micro(scores(with_kin(rows))).precision
    assert precision is not None
    assert with_home_gateways is not None
    assert precision >= 0.97
    assert with_home_gateways >= 0.98


def test_most_devices_are_named(rows: list[Row]) -> None:
    recall = micro(scores(rows)).recall
    assert recall is not None
    assert recall >= 0.93


@pytest.mark.parametrize(
    ("part", "number", "precision", "kin_precision", "recall"),
    [(list, 1_400, 0.955, 0.97, 0.92), (held_back, 450, 0.93, 0.95, 0.90), (unseen, 100, 0.88, 0.90, 0.84)],
)
def test_banners_that_the_rules_were_not_made_from_are_named_nearly_as_well(
    other_rows: list[Row],
    part: Callable[[list[Row]], list[Row]],
    number: int,
    precision: float,
    kin_precision: float,
    recall: float,
) -> None:
    rows = part(other_rows)
    score, kin = micro(scores(rows)), micro(scores(with_kin(rows)))
    assert score.precision is not None
    assert score.recall is not None
    assert kin.precision is not None
    assert len(rows) > number
    assert score.precision >= precision
    assert kin.precision >= kin_precision
    assert score.recall >= recall


def test_no_type_is_forgotten(rows: list[Row]) -> None:
    precision, recall = macro(scores(rows))
    assert precision >= 0.90
    assert recall >= 0.90
