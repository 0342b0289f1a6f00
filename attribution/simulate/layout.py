"""The lines of a spam campaign laid out as plain text and as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.simulate.spintax import Slot, Spin
from attribution.simulate.texts import texts

if TYPE_CHECKING:
    from attribution.simulate.dice import Dice
    from attribution.simulate.spintax import Spun

__all__ = ["html_text", "plain_text"]


def plain_text(lines: list[Spun], dice: Dice, *, buster: bool) -> Spun:
    """Return the lines of a campaign as one plain text; arguments as of `html_text`."""
    gap = dice.pick(("\n", "\n\n", "\n\n"))
    parts: list[str | Spin] = []
    for number, line in enumerate(lines):
        if number:
            parts.append(gap if 0 < number < len(lines) - 2 else "\n\n")
        parts.extend(line)
    parts.append("\n")
    if buster:
        parts.extend(("\n" * (1 + dice.below(12)), Slot("buster"), "\n"))
    return tuple(parts)


def html_text(lines: list[Spun], dice: Dice, *, buster: bool, language: str) -> Spun:
    """Return the lines of a campaign as HTML in one of the usual frames.

    Args:
        lines: Greeting, text, call and close.
        dice: What decides.
        buster: Whether random words of the message end it.
        language: Of the words that a link stands behind.
    """
    plan = texts("spam")
    frame = dice.pick(plan["frame"])
    anchors = Spin(dice.sample(plan["anchors"][language], 1 + dice.below(2)))
    bare = dice.random() < 0.3
    parts: list[str | Spin] = [frame["before"]]
    for line in lines:
        parts.append(frame["start"])
        for part in line:
            if part == "url" and isinstance(part, Slot):
                parts.extend(('<a href="', part, '">', part if bare else anchors, "</a>"))
            else:
                parts.append(part)
        parts.append(frame["stop"])
    if buster:
        hidden = dice.pick(plan["hidden"])
        parts.extend((hidden["start"], Slot("buster"), hidden["stop"]))
    parts.append(frame["after"])
    return tuple(parts)
