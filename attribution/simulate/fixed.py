"""Text that is the same for everybody who gets it: an issue, a post, a note."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from attribution.simulate.dates import short_date
from attribution.simulate.spintax import parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.simulate.dice import Dice

__all__ = ["Phrases", "paragraph"]


class Phrases:
    """Makes whole texts in one go, with nothing left open.

    Args:
        lists: Words to take from.
    """

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._lists = lists

    def make(self, line: str, dice: Dice, names: Mapping[str, str], time: int = 0) -> str:
        """Return one line.

        Args:
            line: As written, see `spintax`.
            dice: What decides.
            names: For `[@name]`, and for slots that bear one of the names.
            time: For dates.
        """
        out = []
        for kind, held in parse(line):
            if kind == "text":
                out.append(held)
            elif kind == "{}":
                choice = dice.pick(_choices(held))
                # Most choices are plain words.
                out.append(choice if choice.isalpha() else self.make(choice, dice, names, time))
            elif kind == "[]":
                out.append(dice.pick(self._lists[held]))
            else:
                out.append(_value(held, dice, names, time))
        return "".join(out)


@cache
def _choices(held: str) -> list[str]:
    return held.split("|")


def _value(name: str, dice: Dice, names: Mapping[str, str], time: int) -> str:
    if name in names:
        return names[name]
    if name.startswith("num"):
        return dice.digits(int(name[3:]))
    if name == "digit":
        return str(1 + dice.below(9))
    if name == "percent":
        return str(10 * (1 + dice.below(7)))
    if name == "date":
        return short_date(time + 86400 * (3 + dice.below(20)))
    if name == "code":
        return dice.signs("A", 10)
    if name == "price":
        return f"{5 + dice.below(140)}.{dice.below(100):02}"
    raise KeyError(name)


def paragraph(text: str) -> str:
    """Return the text with a capital at the start."""
    return text[0].upper() + text[1:]
