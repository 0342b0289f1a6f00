"""The known word that somebody may have meant by an unknown one."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["nearest"]

_LIKE = 0.65
"""How like a word must be to be asked for: `toaster` and `router` are less."""
_SAID: Mapping[str, str] = {
    ">=": "at-least",
    "<=": "at-most",
    ">": "more-than",
    "<": "less-than",
    "fridge": "refrigerator",
    "tv": "smart-tv",
    "television": "smart-tv",
    "webcam": "ip-camera",
    "dvr": "dvr-nvr",
    "nvr": "dvr-nvr",
    "computer": "desktop",
    "pc": "desktop",
    "phone": "mobile",
    "iot": "thing",
}
"""What people write for a word that is not like it."""
_LONGEST_LIKE = 40


def nearest(word: str, known: Collection[str]) -> str:
    """Return the word that somebody may have meant; empty where none is like it.

    Args:
        word: What was written.
        known: The words that there are.
    """
    if len(word) > _LONGEST_LIKE:
        return ""
    word = word.strip().lower()
    said = _SAID.get(word) or _SAID.get(word.removesuffix("s"), "")
    return said if said in known else next(iter(get_close_matches(word, known, 1, _LIKE)), "")
