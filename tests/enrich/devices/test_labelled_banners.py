"""Precision and recall of our rules alone on labelled banners that lie beside the checkout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.devices import judged, macro, micro, others, scores, unseen, with_kin

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.devices import Row


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[Row]:
    return judged(shared / "banners/labelled_banners.jsonl")


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


def test_banners_whose_errors_nobody_looked_at_are_named_nearly_as_well(shared: Path) -> None:
    rows = unseen(others(shared / "banners/recog", shared / "banners/labelled_banners.jsonl"))
    score, kin = micro(scores(rows)), micro(scores(with_kin(rows)))
    assert score.precision is not None
    assert score.recall is not None
    assert kin.precision is not None
    assert len(rows) > 300
    assert score.precision >= 0.90
    assert kin.precision >= 0.92
    assert score.recall >= 0.80


def test_no_type_is_forgotten(rows: list[Row]) -> None:
    precision, recall = macro(scores(rows))
    assert precision >= 0.90
    assert recall >= 0.90
