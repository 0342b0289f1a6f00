"""Words of a subject: whether one means something in a language or is a random token (a "hash-buster")."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

__all__ = ["is_random"]

_VOWELS = frozenset("aeiouyæøœıəаеёиоуыэюяіїєўѣαεηιουω")
_VOWEL_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")

# Pairs of letters that next to no European word holds, and a random string of seven letters mostly does.
_RARE_PAIR = re.compile(
    "q[bcdfghjklmnpqrstvwxz]|[bfghjkmpqvwxz]q|x[bdgjkmnrvxz]|[bcfghjkmpqsvwz]x|v[bcfgjpqwx]|w[jqvx]|z[jqx]"
    "|[bcfgmpqvwx]j|j[cghqvwxz]"
)

_LONGEST_WORD = 30
"""Characters; the compounds of German and Finnish stay below."""


@lru_cache(maxsize=65_536)
def is_random(word: str) -> bool:
    """Say whether a word of letters and digits looks made by a random generator.

    Letters and digits that alternate, capitals strewn over a word, no vowels, long runs of consonants and
    pairs of letters that no European language uses tell one. A script whose vowels are not written as letters
    (Arabic, Hebrew, Indic) or that has no letters is judged by digits and capitals alone. What is judged
    wrongly costs a little evidence only: the judgement on a word is always the same.

    Args:
        word: One word, case as written, without punctuation.
    """
    length = len(word)
    if length < 5:
        return False
    if length > _LONGEST_WORD:
        return True
    if _changes(word) >= 2:
        return length >= 6
    if length >= 6 and _rises(word) >= 3:
        return True
    letters = "".join(char for char in word.casefold() if not char.isdigit())
    return len(letters) >= 5 and _written_vowels(letters) and _unspeakable(letters)


def _changes(word: str) -> int:
    """Count the places where letters and digits meet."""
    kinds = [char.isdigit() for char in word]
    return sum(a != b for a, b in pairwise(kinds))


def _rises(word: str) -> int:
    """Count the places where a small letter is followed by a capital one."""
    return sum(a.islower() and b.isupper() for a, b in pairwise(word))


def _written_vowels(letters: str) -> bool:
    if letters.isascii():
        return True
    return all(unicodedata.name(char, "").startswith(_VOWEL_SCRIPTS) for char in letters)


def _unspeakable(letters: str) -> bool:
    if not letters.isascii():
        letters = "".join(char for char in unicodedata.normalize("NFD", letters) if not unicodedata.combining(char))
    vowels = [char in _VOWELS for char in letters]
    share = sum(vowels) / len(letters)
    if share == 0 or (len(letters) >= 10 and not 0.15 <= share <= 0.8):
        return True
    run = longest = 0
    for vowel in vowels:
        run = 0 if vowel else run + 1
        longest = max(longest, run)
    return longest >= 6 or (len(letters) >= 6 and _RARE_PAIR.search(letters) is not None)
