"""Repeatable chance: one generator of random numbers for each block of messages and each thing that is made up."""

from __future__ import annotations

import random
import re
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from attribution.simulate.dates import digits_date

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Dice", "Shape", "mix"]

T = TypeVar("T")

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_SIGNS = {
    "a": _LOWER + "0123456789",
    "A": _LOWER.upper() + "0123456789",
    "l": _LOWER,
    "L": _LOWER.upper(),
    "m": _LOWER + _LOWER.upper() + "0123456789",
}


@cache
def _pairs(kind: str) -> tuple[str, ...]:
    """Return every pair of signs: two at a throw take half the time."""
    return tuple(one + other for one in _SIGNS[kind] for other in _SIGNS[kind])


class Dice(random.Random):
    """A random generator with the throws that invented mail needs; a text as seed gives the same throws everywhere."""

    def pick(self, options: Sequence[T]) -> T:
        """Return one of some options, all equally likely."""
        return options[int(self.random() * len(options))]

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to `limit - 1`; quicker than `randrange`."""
        return int(self.random() * limit)

    def hexadecimal(self, length: int) -> str:
        """Return hexadecimal digits in lower case."""
        return f"{self.getrandbits(4 * length):0{length}x}"

    def digits(self, length: int) -> str:
        """Return decimal digits of which the first is not zero."""
        low = 10 ** (length - 1)
        return str(low + int(self.random() * 9 * low))

    def signs(self, kind: str, length: int) -> str:
        """Return letters and digits.

        Args:
            kind: `a` lower case and digits, `A` upper case and digits, `l` and `L` letters alone, `m` mixed.
            length: Number of characters.
        """
        pairs, random = _pairs(kind), self.random
        size = len(pairs)
        return "".join([pairs[int(random() * size)] for _ in range((length + 1) >> 1)])[:length]


def mix(number: int) -> int:
    """Return 64 bits in which every bit of a number has its part (the finaliser of SplitMix64)."""
    number = (number + 0x9E3779B97F4A7C15) & 0xFFFF_FFFF_FFFF_FFFF
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFF_FFFF_FFFF_FFFF
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & 0xFFFF_FFFF_FFFF_FFFF
    return number ^ (number >> 31)


_FIELD = re.compile(r"%([hHdaAlLmtTDui@e])(\d{0,3})")


class Shape:
    """The shape of an identifier: fixed text with fields that are thrown anew for each message.

    Args:
        pattern: `%h8` and `%H8` hexadecimal digits, `%d8` decimal digits, `%a8 %A8 %l8 %L8 %m8` as in
            `Dice.signs`, `%t` the time in seconds, `%T` the same in hexadecimal, `%D` as
            fourteen digits (UTC), `%u` a random (version 4) UUID,
            `%i` a random address, `%@` the domain and `%e` the HELO name that are given.
    """

    __slots__ = ("_parts", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._parts: list[str | Callable[[Dice, int, str, str], str]] = []
        done = 0
        for match in _FIELD.finditer(pattern):
            if match.start() > done:
                self._parts.append(pattern[done : match.start()])
            self._parts.append(_field(match[1], int(match[2] or 8)))
            done = match.end()
        if done < len(pattern):
            self._parts.append(pattern[done:])

    def make(self, dice: Dice, time: int, domain: str, helo: str) -> str:
        """Return one identifier.

        Args:
            dice: What decides.
            time: Seconds since 1970.
            domain: For `%@`.
            helo: For `%e`.
        """
        return "".join([part if part.__class__ is str else part(dice, time, domain, helo) for part in self._parts])  # type: ignore[operator] # mypy does not narrow on __class__


def _field(kind: str, length: int) -> Callable[[Dice, int, str, str], str]:
    bits = 4 * length
    if kind in "hH":
        form = f"0{length}{'x' if kind == 'h' else 'X'}"
        return lambda dice, _t, _d, _h: format(dice.getrandbits(bits), form)
    if kind == "d":
        low = 10 ** (length - 1)
        return lambda dice, _t, _d, _h: str(low + int(dice.random() * 9 * low))
    if kind in _SIGNS:
        return lambda dice, _t, _d, _h: dice.signs(kind, length)
    if kind == "t":
        return lambda _dice, time, _d, _h: str(time)
    if kind == "T":
        return lambda _dice, time, _d, _h: f"{time:X}"
    if kind == "D":
        return lambda _dice, time, _d, _h: digits_date(time)
    if kind == "u":
        return _uuid
    if kind == "i":
        return _any_address
    if kind == "@":
        return lambda _dice, _t, domain, _h: domain
    return lambda _dice, _t, _d, helo: helo


def _uuid(dice: Dice, _time: int, _domain: str, _helo: str) -> str:
    digits = f"{dice.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[int(dice.random() * 4)]}{digits[17:20]}-{digits[20:]}"


def _any_address(dice: Dice, _time: int, _domain: str, _helo: str) -> str:
    # First octets whose whole block is public, quiet and no documentation.
    first = (6, 7, 11, 21, 22, 26, 28, 29, 30, 33, 55)[int(dice.random() * 11)]
    bits = dice.getrandbits(24)
    return f"{first}.{bits >> 16}.{bits >> 8 & 255}.{1 + (bits & 255) % 254}"
