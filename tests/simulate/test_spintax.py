from __future__ import annotations

from attribution.simulate.dice import Dice
from attribution.simulate.spintax import Slot, Spin, expand, settle, slots_of

_NAMES = {"brand": "Lugax"}
_LISTS = {"drug": ["blue pills", "herbal tablets", "joint cream", "sleep tablets"]}
_LINE = "{Save|Get} <percent>% on [drug] at [@brand] {today|until <date>}"


def test_what_is_settled_is_fixed_for_the_campaign() -> None:
    text = settle(_LINE, Dice("1"), _NAMES, _LISTS, openness=0.0)
    assert not any(isinstance(part, Spin) for part in text)
    values = {"percent": "40", "date": "24.12.2013"}
    assert len({expand(text, Dice(str(seed)), values) for seed in range(20)}) == 1


def test_what_stays_open_is_thrown_for_each_message() -> None:
    text = settle(_LINE, Dice("1"), _NAMES, _LISTS, openness=1.0)
    values = {"percent": "40", "date": "24.12.2013"}
    found = {expand(text, Dice(str(seed)), values) for seed in range(60)}
    assert len(found) == 4
    assert all("40% on" in line and "at Lugax" in line for line in found)
    assert any(line.endswith("until 24.12.2013") for line in found)


def test_slots_are_found_inside_of_choices_too() -> None:
    text = settle(_LINE, Dice("1"), _NAMES, _LISTS, openness=1.0)
    assert slots_of(text) == {"percent", "date"}
    assert slots_of((Slot("url"), "text")) == {"url"}


def test_a_list_can_stay_open() -> None:
    text = settle("for [drug+]", Dice("2"), _NAMES, _LISTS, openness=0.5)
    found = {expand(text, Dice(str(seed)), {}) for seed in range(60)}
    assert 2 <= len(found) <= 4
    assert found <= {f"for {drug}" for drug in _LISTS["drug"]}
