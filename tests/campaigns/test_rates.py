from __future__ import annotations

import numpy as np
import pytest

from attribution.campaigns.families import FIELDS, KEYS, SLOTS, WITHOUT_TIME, circumstances
from attribution.campaigns.rates import (
    concentration_bits,
    corroborated,
    expected_matches,
    field_bits,
    joint_bits,
    needed_bits,
)

CONTENT = {"subject", "text", "payload", "attachment", "contact", "stream"}


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
    held = corroborated(np.array([39.0, 40.0]), np.array([39.0, 40.0]), 20.0, np.array([10**6, 2]))
    assert held.tolist() == [pytest.approx(17.0, abs=0.001), 40.0]


def test_two_who_share_a_phrase_need_more_from_elsewhere_than_many() -> None:
    held = corroborated(np.full(3, 39.0), np.full(3, 39.0), 20.0, np.array([2, 3, 5]))
    assert held.tolist() == [13.0, 15.0, 16.0]


def test_a_long_text_needs_little_from_elsewhere() -> None:
    held = corroborated(np.full(2, 30.0), np.array([30.0, 20.0]), 20.0, np.array([5, 5]), text=True)
    assert held.tolist() == [18.0, 16.0]


def test_a_time_window_weighs_little_where_a_stream_never_stops() -> None:
    bits = concentration_bits(np.array([5.0, 5.0, 2.0]), np.array([4, 4, 1]), np.array([4, 16, 64]))
    assert bits.tolist() == [5.0, 3.0, 0.0]


def test_expected_matches_meet_epsilon_where_the_weight_is_what_is_needed() -> None:
    need = needed_bits(750_000, 0.01)
    assert expected_matches(750_000, np.array([need]))[0] == pytest.approx(0.01)


def test_each_combination_holds_content_and_no_family_twice() -> None:
    for key in KEYS:
        assert any(FIELDS[code].family in CONTENT for code in key)
        assert key in {("V",), ("C",), ("A",)} or len(key) >= 2
        assert [code in SLOTS for code in key[1:]] == [False] * (len(key) - 1)
        families = [FIELDS[code].family for code in key]
        assert len(set(families)) == len(families)


def test_time_divides_combinations_that_stand_without_it() -> None:
    for key, number in WITHOUT_TIME.items():
        assert set(KEYS[number]) == set(key) - {"D"}
        assert "D" not in circumstances(key)
