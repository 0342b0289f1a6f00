"""Single values of a claims file: texts, numbers, days, words of the vocabulary; what is none of them is a fault."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from attribution._text import shorten
from attribution.claims.reading.faults import Faults
from attribution.claims.reading.likeness import nearest
from attribution.claims.reading.numbers import Written, is_number
from attribution.claims.vocabulary import THING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from attribution.claims.reading.faults import Place

__all__ = ["SHOWN", "Values", "called"]

SHOWN = 60
"""Characters of a text from the file that a fault shows."""
_MOST_ASKED = 500
"""Faults after which no more like words are looked for: that takes time, and few of them are told."""
_MOST_WORDS = 12
"""Words that an error lists."""
_DEVICES = f'"{THING}" or one of the types in docs/reference/device-types.md'
_CHARACTERS = {"reason": 2_000, "notes": 4_000}
_LONGEST = 1_000


@dataclass(slots=True)
class Values(Faults):
    """Takes single values out of tables, and notes what is wrong with them."""

    def unknown(self, at: Place, table: dict[str, Any], known: Collection[str], says: str) -> None:
        """Note keys that there are not.

        Args:
            at: The table.
            table: What it holds.
            known: Its keys.
            says: Which they are, in words.
        """
        for key in table:
            if key not in known:
                self.bad((*at, key), f"{self._not_known('key', key, known)}; {says}")

    def _not_known(self, key: str, word: str, known: Collection[str]) -> str:
        """Return that a word is not known, with the one that may have been meant."""
        meant = nearest(word, known) if len(self.problems) < _MOST_ASKED else ""
        return f'unknown {key} "{shorten(word, SHOWN)}"' + (f' (did you mean "{meant}"?)' if meant else "")

    def text(self, at: Place, table: dict[str, Any], key: str) -> str:
        """Return a text, its spaces made single; empty where it is none."""
        value = table.get(key)
        if key not in table:
            self.bad(at, f'it has no {key}: write {key} = "..."')
        elif not isinstance(value, str):
            self.bad((*at, key), f"{key} must be a text in quotes, not {called(value)}")
        elif not value.strip():
            self.bad((*at, key), f"{key} is empty")
        elif len(value) > _CHARACTERS.get(key, _LONGEST):
            self.bad((*at, key), f"{key} is longer than {_CHARACTERS.get(key, _LONGEST):,} characters")
        else:
            return " ".join(value.split())
        return ""

    def one_of(self, at: Place, table: dict[str, Any], key: str, known: Sequence[str]) -> str:
        """Return a word that is one of those known; empty where it is none of them."""
        value = table.get(key)
        if isinstance(value, str) and value in known:
            return value
        says = self._not_known(key, value, known) if isinstance(value, str) else f"{key} is {called(value)}"
        expected = f"one of {', '.join(known)}" if len(known) <= _MOST_WORDS else _DEVICES
        self.bad((*at, key), f"{says}; expected {expected}")
        return ""

    def some_of(self, at: Place, table: dict[str, Any], key: str, known: Sequence[str]) -> tuple[str, ...]:
        """Return one word or several of those known; those that are not known are noted, and among them."""
        value = table[key]
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not listed or not all(isinstance(one, str) for one in listed):
            self.bad((*at, key), f"{key} must be a text or a list of texts, of {', '.join(known)}")
            return ()
        for one in listed:
            if one not in known:
                self.bad((*at, key), f"{self._not_known(key, one, known)}; expected one of {', '.join(known)}")
        return tuple(dict.fromkeys(listed))

    def number(self, at: Place, table: dict[str, Any], key: str) -> float | None:
        """Return a number; None where it is none."""
        value = table.get(key)
        if isinstance(value, int | float) and is_number(value):
            return float(value)
        self.bad((*at, key), f"{key} must be a number, not {called(value)}")
        return None

    def day(self, at: Place, table: dict[str, Any], key: str) -> date:
        """Return a day; the first of the calendar where it is none."""
        value = table.get(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        says = f"it has no {key}" if value is None else f"{key} must be a day without quotes, not {called(value)}"
        self.bad((*at, key), f"{says}: write {key} = 2014-01-16")
        return date.min


def called(value: object) -> str:
    """Return what a value is, in the words of TOML."""
    names = {
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
        Written: "a number",
        list: "a list",
        dict: "a table",
        datetime: "a time",
        date: "a day",
        time: "a time of day",
        type(None): "nothing",
    }
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} (no figure can be that)"
    if type(value) in {int, Written} and not is_number(value):
        return "a number that is too large"
    return names.get(type(value), "something else")
