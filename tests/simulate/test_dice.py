from __future__ import annotations

import re
import uuid

import pytest

from attribution.simulate.dice import Dice, Shape


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("%h8.%H4@%@", r"[0-9a-f]{8}\.[0-9A-F]{4}@home\.example"),
        ("%d9.%d1@%e", r"[1-9][0-9]{8}\.[1-9]@pc"),
        ("=_%A16%L3", r"=_[A-Z0-9]{16}[A-Z]{3}"),
        ("%m20%a2%l5", r"[A-Za-z0-9]{20}[a-z0-9]{2}[a-z]{5}"),
        ("%t/%T/%D", r"1387756800/52B77D00/20131223000000"),
        ("100%", r"100%"),
        ("", r""),
    ],
)
def test_fields_of_a_shape_are_filled_and_the_rest_stays(pattern: str, written: str) -> None:
    shape = Shape(pattern)
    for seed in range(50):
        made = shape.make(Dice(str(seed)), 1387756800, "home.example", "pc")
        assert re.fullmatch(written, made)


def test_every_message_has_an_identifier_of_its_own() -> None:
    shape, dice = Shape("%h8"), Dice("1")
    assert len({shape.make(dice, 0, "", "") for _ in range(1000)}) == 1000


def test_a_uuid_is_a_random_one() -> None:
    shape, dice = Shape("<%u>"), Dice("1")
    for _ in range(20):
        found = uuid.UUID(shape.make(dice, 0, "", "")[1:-1])
        assert (found.version, found.variant) == (4, uuid.RFC_4122)


@pytest.mark.parametrize(("kind", "signs"), [("a", 36), ("A", 36), ("l", 26), ("L", 26), ("m", 62), ("d", 10)])
def test_all_signs_of_a_kind_occur_about_as_often(kind: str, signs: int) -> None:
    text = Dice("1").signs(kind, 100_000)
    counts = [text.count(sign) / len(text) * signs for sign in set(text)]
    assert len(counts) == signs
    assert min(counts) > 0.75
    assert max(counts) < 1.3
