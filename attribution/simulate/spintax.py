"""Texts in three stages: as written, as one campaign uses them, as one message has them.

As written, `{a|b|c}` leaves a choice, `[product]` takes a word from a list, `[@brand]` takes a name of the campaign and
`<user>` stands for what differs from message to message. A campaign keeps some choices open and settles the others;
what is open is thrown for each message, which spammers call spinning.
"""

from __future__ import annotations

import re
from functools import cache
from operator import getitem
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.simulate.dice import Dice

__all__ = ["Slot", "Spin", "Spun", "Text", "parse", "settle", "slots_of"]


class Slot(str):
    """The name of a value that every message has of its own."""

    __slots__ = ()


class Spin(tuple["str | Spun", ...]):
    """Options of which a message takes one; an option with slots of its own is a text again."""

    __slots__ = ()


Spun = tuple["str | Spin", ...]
"""A text of a campaign: fixed parts, slots and open choices."""

_MARKS = re.compile(r"(\{[^{}]*\}|<[a-z_0-9]+>|\[@?[a-z_]+\+?\])")


@cache
def parse(text: str) -> tuple[tuple[str, str], ...]:
    """Return the parts of a text as written: pairs of a kind (`text {} <> [] [@]`) and what it holds."""
    parts = []
    for piece in _MARKS.split(text):
        if piece[:1] == "{" and piece[-1] == "}":
            parts.append(("{}", piece[1:-1]))
        elif piece[:1] == "<" and piece[-1] == ">":
            parts.append(("<>", piece[1:-1]))
        elif piece[:2] == "[@" and piece[-1] == "]":
            parts.append(("[@]", piece[2:-1]))
        elif piece[:1] == "[" and piece[-1] == "]":
            parts.append(("[]", piece[1:-1]))
        elif piece:
            parts.append(("text", piece))
    return tuple(parts)


def settle(
    text: str, dice: Dice, names: Mapping[str, str], lists: Mapping[str, Sequence[str]], *, openness: float
) -> Spun:
    """Return the text as a campaign uses it.

    Args:
        text: As written.
        dice: What decides.
        names: The campaign's own names, for `[@name]`.
        lists: Words to take from, for `[list]`; `[list+]` keeps several open.
        openness: Share of the choices that stay open.
    """
    parts: list[str | Spin] = []
    for kind, held in parse(text):
        if kind == "text":
            _add(parts, held)
        elif kind == "<>":
            parts.append(Slot(held))
        elif kind == "[@]":
            _add(parts, names[held])
        elif kind == "[]":
            options = lists[held.rstrip("+")]
            if held[-1] == "+" and openness:
                parts.append(Spin(dice.sample(options, min(len(options), 2 + dice.below(3)))))
            else:
                _add(parts, dice.pick(options))
        else:
            choices = held.split("|")
            if dice.random() >= openness:
                chosen = settle(dice.pick(choices), dice, names, lists, openness=openness)
                for part in chosen:
                    _add(parts, part)
            else:
                if len(choices) > 2:
                    choices = dice.sample(choices, 2 + dice.below(len(choices) - 1))
                parts.append(Spin(_option(choice, dice, names, lists, openness) for choice in choices))
    return tuple(parts)


def _option(
    text: str, dice: Dice, names: Mapping[str, str], lists: Mapping[str, Sequence[str]], openness: float
) -> str | Spun:
    made = settle(text, dice, names, lists, openness=openness)
    # Fixed text is told from a text with slots by its class.
    return made if len(made) > 1 or (made and made[0].__class__ is not str) else "".join(map(str, made))


def _add(parts: list[str | Spin], more: str | Spin) -> None:
    """Add a part; two fixed parts in a row become one."""
    last = parts[-1] if parts else None
    if last.__class__ is str and more.__class__ is str:
        parts[-1] = f"{last}{more}"
    elif more:
        parts.append(more)


def slots_of(*texts: Spun) -> frozenset[str]:
    """Return the names of the slots of some texts."""
    found: set[str] = set()
    for text in texts:
        for part in text:
            if isinstance(part, Slot):
                found.add(str(part))
            elif isinstance(part, Spin):
                found |= slots_of(*(option for option in part if isinstance(option, tuple)))
    return frozenset(found)


_DRAWN = 60
"""Options that an open choice is spread over: as often one as the other for up to six options."""
_TO_DRAWN = bytes(byte % _DRAWN for byte in range(256))
_NOTHING = ("",) * _DRAWN


class Text:
    """A text of a campaign that is ready for many messages.

    Between two open parts stands one fixed part, so that a message is a copy of the list with every other place filled.

    Args:
        text: As the campaign uses it.
    """

    __slots__ = ("_deep", "_open", "_parts", "_slots")

    def __init__(self, text: Spun) -> None:
        self._parts = [""]
        self._open: list[tuple[str | Text, ...]] = []
        self._slots: list[tuple[int, str]] = []
        self._deep = False
        for part in text:
            if isinstance(part, Spin):
                options = tuple(Text(option) if isinstance(option, tuple) else option for option in part)
                self._deep |= any(isinstance(option, Text) for option in options)
                self._leave((options * _DRAWN)[:_DRAWN])
            elif isinstance(part, Slot):
                self._slots.append((len(self._parts), str(part)))
                self._leave(_NOTHING)
            else:
                self._parts[-1] += part

    def _leave(self, options: tuple[str | Text, ...]) -> None:
        """Add an open part."""
        self._open.append(options)
        self._parts += ("", "")

    def make(self, dice: Dice, values: Mapping[str, str]) -> str:
        """Return the text as one message has it.

        Args:
            dice: What decides.
            values: For the slots.
        """
        parts: list[Any] = self._parts.copy()
        if self._open:
            # One throw for all choices.
            count = len(self._open)
            drawn = dice.getrandbits(8 * count).to_bytes(count, "little").translate(_TO_DRAWN)
            parts[1::2] = map(getitem, self._open, drawn)
            for place, name in self._slots:
                parts[place] = values[name]
            if self._deep:
                parts = [part if part.__class__ is str else part.make(dice, values) for part in parts]
        return "".join(parts)
