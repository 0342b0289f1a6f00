"""Evenly spaced items of a sequence, and a number divided so that nobody gets more than there is a use for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Spread", "is_drawn", "share_out"]

Item = TypeVar("Item")


class Spread(Generic[Item]):
    """Keeps evenly spaced items of a sequence of unknown length.

    Attributes:
        kept: All items while there are fewer than twice `count`; else at least `count`, `step` apart.
        step: How many items stand for one that is kept.

    Args:
        count: Items that are wanted.
    """

    def __init__(self, count: int) -> None:
        self._most = 2 * max(1, count)
        self._seen = 0
        self.step = 1
        self.kept: list[Item] = []

    def add(self, item: Item) -> None:
        """Take the next item of the sequence into account."""
        if self._seen % self.step == 0:
            self.kept.append(item)
            if len(self.kept) == self._most:
                self.kept = self.kept[::2]
                self.step *= 2
        self._seen += 1


def is_drawn(number: int, share: int, total: int) -> bool:
    """Say whether an item is one of those that are drawn, evenly spaced, from a known number.

    Args:
        number: Number of the item, from 0.
        share: Items to be drawn; at most `total`.
        total: Items that there are.
    """
    return number * share // total > (number - 1) * share // total


def share_out(total: int, weights: Sequence[int], most: Sequence[int]) -> list[int]:
    """Divide a number by weights; what one cannot use goes to the others.

    Args:
        total: What there is to divide.
        weights: The weight of each, above 0.
        most: What each can use.

    Returns:
        The share of each. They add up to `total`, or to all that can be used where that is less.
    """
    shares = [0] * len(weights)
    rest, weight = total, sum(weights)
    open_to = sorted(range(len(weights)), key=lambda index: (most[index] / weights[index], index))
    for place, index in enumerate(open_to):
        if most[index] * weight > rest * weights[index]:
            open_to = open_to[place:]
            break
        shares[index] = most[index]
        rest -= most[index]
        weight -= weights[index]
    else:
        return shares
    passed = 0
    for index in sorted(open_to):
        # Rounded along the way, so that many small shares come to one here and there and all add up.
        before, passed = passed, passed + weights[index]
        shares[index] = min(most[index], rest * passed // weight - rest * before // weight)
    return shares
