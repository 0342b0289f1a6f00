from __future__ import annotations

from attribution.simulate.dice import Dice
from attribution.simulate.spintax import Slot, Spin, Text, settle, slots_of

_NAMES = {"brand": "Lugax"}
_LISTS = {"drug": ["blue pills", "herbal tablets", "joint cream", "sleep tablets"]}
_LINE = "{Save|Get} <percent>% on [drug] at [@brand] {today|until <date>}"


def test_what_is_settled_is_fixed_for_the_campaign() -> None:
    text = settle(_LINE, Dice("1"), _NAMES, _LISTS, openness=0.0)
    assert not any(isinstance(part, Spin) for part in text)
    values = {"percent": "40", "date": "24.12.2013"}
    assert len({Text(text).make(Dice(str(seed)), values) for seed in range(20)}) == 1


def test_what_stays_open_is_thrown_for_each_message() -> None:
    text = settle(_LINE, Dice("1"), _NAMES, _LISTS, openness=1.0)
    values = {"percent": "40", "date": "24.12.2013"}
    found = {Text(text).make(Dice(str(seed)), values) for seed in range(60)}
    assert len(found) == 4
    assert all("40% on" in line and "at Lugax" in line for line in found)
    assert any(line.endswith("until 24.12.2013") for line in found)


def test_slots_are_found_inside_of_choices_too() -> None:
    text = settle(_LINE, Dice("1"), _NAMES, _LISTS, openness=1.0)
    assert slots_of(text) == {"percent", "date"}
    assert slots_of((Slot("url"), "text")) == {"url"}


def test_a_list_can_stay_open() -> None:
    text = settle("for [drug+]", Dice("2"), _NAMES, _LISTS, openness=0.5)
    found = {Text(text).make(Dice(str(seed)), {}) for seed in range(60)}
    assert 2 <= len(found) <= 4
    assert found <= {f"for {drug}" for drug in _LISTS["drug"]}


def test_an_open_choice_takes_each_option_about_as_often() -> None:
    text = Text((Spin(("a", "b", "c")),))
    dice = Dice("1")
    found = "".join(text.make(dice, {}) for _ in range(6000))
    assert all(0.9 < found.count(sign) / 2000 < 1.1 for sign in "abc")
