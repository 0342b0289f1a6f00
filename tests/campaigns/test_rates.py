from __future__ import annotations

import numpy as np
import pytest

from attribution.campaigns.families import FIELDS, KEYS, WITHOUT_TIME, circumstances
from attribution.campaigns.rates import corroborated, expected_matches, field_bits, joint_bits, needed_bits


def bits(code: str, carriers: int, group: int, clusters: int, information: float | None = None) -> float:
    known = None if information is None else np.array([information])
    return float(field_bits(FIELDS[code], np.array([carriers]), np.array([group]), clusters, known)[0])


def test_a_rare_value_weighs_its_rate_outside_the_group() -> None:
    assert bits("T", carriers=106, group=6, clusters=100_005) == pytest.approx(np.log2(100_000 / 100.5), abs=0.01)


def test_the_group_itself_does_not_make_its_value_common() -> None:
    assert bits("T", carriers=5_000, group=5_000, clusters=10_000) == FIELDS["T"].cap


def test_nothing_weighs_more_than_its_cap() -> None:
    assert bits("I", carriers=2, group=2, clusters=10**9) == FIELDS["I"].cap


def test_a_contact_that_nobody_else_gives_weighs_its_cap_in_any_corpus() -> None:
    assert bits("C", carriers=2, group=2, clusters=50) == FIELDS["C"].cap


def test_a_subject_never_weighs_more_than_its_words() -> None:
    assert bits("S", carriers=2, group=2, clusters=10**6, information=6.5) == 6.5


def test_a_long_subject_that_fills_the_corpus_keeps_a_floor() -> None:
    assert bits("S", carriers=900, group=100, clusters=1_000, information=60.0) == 12.0
    assert bits("S", carriers=900, group=100, clusters=1_000, information=20.0) < 1.0


def test_circumstances_together_weigh_what_was_counted_together() -> None:
    alone = [np.array([8.0]), np.array([8.0])]
    common = joint_bits(alone, np.array([102]), np.array([2]), 10_000)
    rare = joint_bits(alone, np.array([2]), np.array([2]), 10**6)
    assert np.sum(common) == pytest.approx(6.64, abs=0.02)
    assert np.sum(rare) == pytest.approx(16.0)


def test_a_stock_phrase_does_not_reach_the_threshold_alone() -> None:
    held = corroborated(np.array([39.0, 40.0]), np.array([39.0, 40.0]), 20.0)
    assert held.tolist() == [17.0, 40.0]


def test_expected_matches_meet_epsilon_where_the_weight_is_what_is_needed() -> None:
    need = needed_bits(750_000, 0.01)
    assert expected_matches(750_000, np.array([need]))[0] == pytest.approx(0.01)


def test_each_combination_holds_content_and_no_family_twice() -> None:
    for key in KEYS:
        assert any(FIELDS[code].family in {"subject", "contact", "stream"} for code in key)
        assert key in {("V",), ("C",)} or len(key) >= 2
        families = [FIELDS[code].family for code in key]
        assert len(set(families)) == len(families)


def test_time_divides_combinations_that_stand_without_it() -> None:
    for key, number in WITHOUT_TIME.items():
        assert set(KEYS[number]) == set(key) - {"D"}
        assert "D" not in circumstances(key)
