"""Texts in three stages: as written, as one campaign uses them, as one message has them.

As written, `{a|b|c}` leaves a choice, `[product]` takes a word from a list, `[@brand]` takes a name of the campaign and
`<user>` stands for what differs from message to message. A campaign keeps some choices open and settles the others;
what is open is thrown for each message, which spammers call spinning.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.simulate.dice import Dice

__all__ = ["Slot", "Spin", "Spun", "expand", "parse", "settle", "slots_of"]


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


def expand(text: Spun, dice: Dice, values: Mapping[str, str]) -> str:
    """Return the text as one message has it.

    Args:
        text: As the campaign uses it.
        dice: What decides.
        values: For the slots.
    """
    random = dice.random
    out: list[str] = []
    for part in text:
        kind = part.__class__
        if kind is str:
            out.append(part)  # type: ignore[arg-type] # mypy does not narrow on __class__, here and below
        elif kind is Spin:
            option = part[int(random() * len(part))]
            out.append(option if isinstance(option, str) else expand(option, dice, values))
        else:
            out.append(values[part])  # type: ignore[index] # a Slot
    return "".join(out)
