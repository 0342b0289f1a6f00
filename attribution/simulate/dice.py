"""Repeatable chance: one generator of random numbers for each block of messages and each thing that is made up."""

from __future__ import annotations

import random
import re
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar
from zlib import crc32

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
    "h": "0123456789abcdef",
    "H": "0123456789ABCDEF",
    "d": "0123456789",
    "1": "123456789",
    "v": "89ab",
    "P": _LOWER.upper()[:16],
}
# Which sign a random byte stands for: one throw gives a whole word. Where 256 is no multiple of the number of signs,
# some are more frequent, by a fourth at most, which no reader of a few of them can tell.
_SIGN_OF = {kind: bytes(ord(signs[byte % len(signs)]) for byte in range(256)) for kind, signs in _SIGNS.items()}


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
            kind: `a` lower case and digits, `A` upper case and digits, `l` and `L` letters alone, `m` mixed,
                `P` from A to P.
            length: Number of characters.
        """
        return self.randbytes(length).translate(_SIGN_OF[kind]).decode("ascii")


def mix(number: int) -> int:
    """Return 64 bits in which every bit of a number has its part (the finaliser of SplitMix64)."""
    number = (number + 0x9E3779B97F4A7C15) & 0xFFFF_FFFF_FFFF_FFFF
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFF_FFFF_FFFF_FFFF
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & 0xFFFF_FFFF_FFFF_FFFF
    return number ^ (number >> 31)


_FIELD = re.compile(r"%([hHdaAlLmPvtTDyfFni@e])(\d{0,3})")
_UUID = "%h8-%h4-4%h3-%v1%h3-%h12"


class Shape:
    """The shape of an identifier: fixed text with fields that are thrown anew for each message.

    Args:
        pattern: `%h8` and `%H8` hexadecimal digits, `%d8` decimal digits, `%a8 %A8 %l8 %L8 %m8 %P8` as in
            `Dice.signs`, `%t` the time in seconds, `%T` the same in hexadecimal, `%D` as
            fourteen digits (UTC), `%y` as twelve, `%f` and `%F` as Windows keeps it (`01c24a27$149934c0` and
            `01C24A27.149934C0`), `%n` a private address of the host as Outlook writes it (`f264a8c0`), `%u` a
            random (version 4) UUID, `%i` a random address, `%@` the domain and `%e` the HELO name that are given.
            A number has up to three digits, all that stand there: `%h2` before fixed digits is `%h002`.
    """

    __slots__ = ("_makers", "_parts", "_throws", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        # Fixed text, and what stands between: a list that each identifier is a copy of.
        self._parts: list[str] = []
        self._makers: list[tuple[int, Callable[[Dice, int, str, str], str]]] = []
        wanted: dict[str, list[tuple[int, int]]] = {}
        done = 0
        pattern = re.sub(r"%u\d*", _UUID, pattern)
        for match in _FIELD.finditer(pattern):
            self._parts.append(pattern[done : match.start()])
            done = match.end()
            kind, length = match[1], int(match[2] or 8)
            if kind == "d":
                # The first digit is not zero.
                wanted.setdefault("1", []).append((len(self._parts), 1))
                self._parts.append("")
                length -= 1
            if kind in _SIGNS:
                wanted.setdefault(kind, []).append((len(self._parts), length))
            else:
                self._makers.append((len(self._parts), _MAKERS[kind]))
            self._parts.append("")
        self._parts.append(pattern[done:])
        # One throw for all signs of a kind, cut into the fields.
        self._throws: list[tuple[int, bytes, list[tuple[int, slice]]]] = []
        for kind, places in wanted.items():
            ends = list(accumulate(length for _, length in places))
            cuts = [(place, slice(end - length, end)) for (place, length), end in zip(places, ends, strict=True)]
            self._throws.append((ends[-1], _SIGN_OF[kind], cuts))

    def make(self, dice: Dice, time: int, domain: str, helo: str) -> str:
        """Return one identifier.

        Args:
            dice: What decides.
            time: Seconds since 1970.
            domain: For `%@`.
            helo: For `%e`.
        """
        parts = self._parts.copy()
        for length, sign_of, cuts in self._throws:
            signs = dice.getrandbits(8 * length).to_bytes(length, "little").translate(sign_of).decode("ascii")
            for place, cut in cuts:
                parts[place] = signs[cut]
        for place, make in self._makers:
            parts[place] = make(dice, time, domain, helo)
        return "".join(parts)


def _filetime(dice: Dice, time: int) -> tuple[int, int]:
    """Return the halves of a FILETIME: 100 nanoseconds since 1601, of which clocks count whole milliseconds."""
    return divmod((time + 11_644_473_600) * 10_000_000 + int(dice.random() * 1000) * 10_000, 1 << 32)


@lru_cache(maxsize=65_536)
def _private_address(helo: str) -> str:
    """Return an address 192.168.x.y of a host in hexadecimal, the last octet first; always the same for a name."""
    bits = crc32(helo.encode())
    return f"{2 + (bits & 0xFF) % 250:02x}{(bits >> 8 & 0xFF) % 3:02x}a8c0"


def _any_address(dice: Dice, _time: int, _domain: str, _helo: str) -> str:
    # First octets whose whole block is public, quiet and no documentation.
    first = (6, 7, 11, 21, 22, 26, 28, 29, 30, 33, 55)[int(dice.random() * 11)]
    bits = dice.getrandbits(24)
    return f"{first}.{bits >> 16}.{bits >> 8 & 255}.{1 + (bits & 255) % 254}"


_MAKERS: dict[str, Callable[[Dice, int, str, str], str]] = {
    "t": lambda _dice, time, _domain, _helo: str(time),
    "T": lambda _dice, time, _domain, _helo: f"{time:X}",
    "D": lambda _dice, time, _domain, _helo: digits_date(time),
    "y": lambda _dice, time, _domain, _helo: digits_date(time)[2:],
    "f": lambda dice, time, _domain, _helo: "{:08x}${:08x}".format(*_filetime(dice, time)),
    "F": lambda dice, time, _domain, _helo: "{:08X}.{:08X}".format(*_filetime(dice, time)),
    "n": lambda _dice, _time, _domain, helo: _private_address(helo),
    "i": _any_address,
    "@": lambda _dice, _time, domain, _helo: domain,
    "e": lambda _dice, _time, _domain, helo: helo,
}
