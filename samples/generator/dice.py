"""Repeatable choices that are the same in every version of Python."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Dice"]

Item = TypeVar("Item")

_HEX = "0123456789abcdef"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MIXED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Dice:
    """A stream of choices that depends on its name alone.

    The standard library's generator promises the same stream between versions for `random()` only; a digest
    of name and counter promises it for everything, and a change in one message leaves all others alone.

    Args:
        name: What the choices are for, such as `parcel/17`.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._count = 0

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to `limit` - 1."""
        self._count += 1
        digest = hashlib.blake2b(f"{self._name}#{self._count}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % limit

    def between(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of the items."""
        return items[self.below(len(items))]

    def hex(self, count: int) -> str:
        """Return that many lower-case hexadecimal digits."""
        return self._text(_HEX, count)

    def letters(self, count: int) -> str:
        """Return that many lower-case letters."""
        return self._text(_LETTERS, count)

    def mixed(self, count: int) -> str:
        """Return that many letters and digits."""
        return self._text(_MIXED, count)

    def digits(self, count: int) -> str:
        """Return that many digits, the first of them not 0."""
        return str(self.between(1, 9)) + self._text("0123456789", count - 1)

    def _text(self, alphabet: str, count: int) -> str:
        return "".join(alphabet[self.below(len(alphabet))] for _ in range(count))
