"""What differs from one spam message to the next: numbers, names of the recipient, random words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.simulate.dates import short_date
from attribution.simulate.dice import Shape
from attribution.simulate.names import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.simulate.dice import Dice
    from attribution.simulate.model import Occasion

__all__ = ["VALUES", "dressed_phone", "random_letters", "random_number", "random_words"]


def dressed_phone(number: str, dice: Dice) -> str:
    """Return a telephone number as a writer may put it."""
    form = dice.below(4)
    if number.startswith("+1 ") and form < 2:
        area, office, line = number[3:].split(" ")
        return f"1-{area}-{office}-{line}" if form == 0 else f"({area}) {office}-{line}"
    return number if form < 3 else number.replace(" ", "-")


def random_words(count: int, dice: Dice) -> Callable[[Occasion], str]:
    """Return a maker of so many English words.

    Args:
        count: How many.
        dice: Chooses the list of the campaign: as many words as a byte has values, some twice, so that one throw
            gives all.
    """
    word = dice.sample(WORDS * 2, 256).__getitem__

    def make(occasion: Occasion) -> str:
        return " ".join(map(word, occasion.dice.randbytes(count)))

    return make


def random_letters(count: int) -> Callable[[Occasion], str]:
    """Return a maker of so many words that mean nothing."""
    cuts = [slice(at, at + 4 + (at * 7 + 7 * count) % 4) for at in range(0, 7 * count, 7)]

    def make(occasion: Occasion) -> str:
        text = occasion.dice.signs("l", 7 * count)
        return " ".join([text[cut] for cut in cuts])

    return make


def random_number(occasion: Occasion) -> str:
    """Return six digits."""
    return occasion.dice.digits(6)


def _digits(length: int) -> Callable[[Occasion], str]:
    low = 10 ** (length - 1)
    return lambda occasion: str(low + int(occasion.dice.random() * 9 * low))


_CODE = Shape("%A4-%A4-%A4")
VALUES: dict[str, Callable[[Occasion], str]] = {
    **{f"num{length}": _digits(length) for length in range(2, 10)},
    "digit": lambda occasion: str(2 + occasion.dice.below(8)),
    "age": lambda occasion: str(21 + occasion.dice.below(18)),
    "percent": lambda occasion: str(5 * (4 + occasion.dice.below(15))),
    "money": lambda occasion: f"${occasion.dice.below(900) + 50}.{occasion.dice.below(100):02}",
    "euro": lambda occasion: f"{occasion.dice.below(900) + 50},{occasion.dice.below(100):02} EUR",
    "money_big": lambda occasion: f"${(occasion.dice.below(400) + 15) / 10} million",
    "user": lambda occasion: occasion.user.local,
    "email": lambda occasion: occasion.user.address,
    "first": lambda occasion: occasion.user.first,
    "last": lambda occasion: occasion.user.last,
    "date": lambda occasion: short_date(occasion.time + 86400 * (occasion.dice.below(9) - 3)),
    "code": lambda occasion: _CODE.make(occasion.dice, 0, "", ""),
    "phone_any": lambda occasion: f"{occasion.dice.digits(3)}-555-01{occasion.dice.below(100):02}",
}
"""What each slot of a text is filled with, where the campaign has no say in it."""
