"""Many literal texts looked for in one pass: a tree of their letters, written as one regular expression."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LiteralSearch"]


class LiteralSearch:
    """Finds which of many literals stand in a text.

    Args:
        literals: In lower case; none empty.
    """

    def __init__(self, literals: Iterable[str]) -> None:
        words = sorted(set(literals))
        if "" in words:
            raise ValueError("an empty literal stands in every text")
        self._search = re.compile(_alternation(words)).search if words else None
        # The expression gives the longest literal at a place; shorter ones may begin it, or end it further right.
        known = frozenset(words)
        self._within = {word: frozenset(_beginnings(word) & known) for word in words}

    def found(self, text: str) -> set[str]:
        """Return the literals in a text that is already in lower case."""
        found: set[str] = set()
        if self._search is None:
            return found
        hit = self._search(text)
        while hit is not None:
            found |= self._within[hit[0]]
            hit = self._search(text, hit.start() + 1)
        return found


def _beginnings(word: str) -> set[str]:
    return {word[:end] for end in range(1, len(word) + 1)}


def _alternation(words: list[str]) -> str:
    """Write sorted words as a tree in which each beginning stands once, so that one pass tries them all."""
    below: dict[str, list[str]] = {}
    ends = False
    for word in words:
        if word:
            below.setdefault(word[0], []).append(word[1:])
        else:
            ends = True
    parts = [re.escape(letter) + _alternation(rests) for letter, rests in below.items()]
    if not parts:
        return ""
    if len(parts) == 1 and not ends:
        return parts[0]
    return f"(?:{'|'.join(parts)}){'?' if ends else ''}"
