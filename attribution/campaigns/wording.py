"""Evidence in plain words: fields, families, numbers and chances, as an explanation says them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from attribution._text import escape_control, shorten
from attribution.campaigns.families import ANALYST, TIME_BUCKET_HOURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "by_chance",
    "chance",
    "counted",
    "family_words",
    "field_words",
    "fields_of",
    "listed",
    "meaning",
    "percent",
    "remaining",
    "same",
]

_WORDS_CHARS = 80
_MILLIONTH = 1e-6
_RARE = "fewer than 1 chance in a million"
_UNKNOWN = "how many unrelated matches to expect is not known"
_WHOLE = 0.9995
_LARGE_PART = 0.5

_FIELDS = {"subject template": "subject", "time window": f"{TIME_BUCKET_HOURS}-hour window"}
"""Fields whose name in the tables says less to a reader than another one; the others keep their name."""

_FAMILIES = {
    "attachment": "the attachments",
    "contact": "the contacts (Reply-To, phone, wallet)",
    "identity": "the sender's names",
    "infrastructure": "the handover addresses and networks",
    "payload": "the links in the body",
    "stream": "the List-Id",
    "text": "the text of the body",
    "trace": "the HELO and the unverified Received lines",
}
"""Families that are called otherwise than `the` and their own name."""

_MEANINGS = {
    "subject template": "the subject without numbers, the reader's own name and random parts",
    "subject family": "subjects that differ in a word",
    "text": "bodies that are the same, or nearly so",
    "link domain": "a domain that links in the body lead to",
    "link path": "the form of the path of links in the body",
    "attachment": "an attached file, byte for byte",
    "envelope domain": "the domain of the envelope sender, where bounces go",
    "engine": "how the sending program writes a header: the order of its fields and the shapes of its ids; "
    "many senders may use one program",
    "pattern of the unverified Received lines": "lines below the trust boundary, which the sender may have made up",
    "HELO shape": "the form of the name that the sender's host gave itself",
    "handover address": "the address that the receiver's own server saw",
    "handover network": "the /24 or /48 of that address",
    "time window": f"handed over within the same {TIME_BUCKET_HOURS} hours of the receiver's clock",
}
"""What a field is, for those whose name does not say it."""


def fields_of(trait: str | None) -> tuple[str, ...]:
    """Return the fields that the `trait` of an evidence row or lead names; none for None."""
    return tuple(trait.split(" + ")) if trait else ()


def field_words(field: str) -> str:
    """Return what a field of the evidence table is called in a sentence, in the singular.

    Args:
        field: One of the parts of `trait`, such as `subject template`.
    """
    return _FIELDS.get(field, shorten(escape_control(field), _WORDS_CHARS))


def family_words(family: str) -> str:
    """Return what a family of evidence is called behind `without`."""
    return _FAMILIES.get(family, "the " + shorten(escape_control(family), _WORDS_CHARS))


def meaning(field: str) -> str | None:
    """Return what a field of the evidence table is, in a few words; None where its name says it."""
    return _MEANINGS.get(field)


def same(fields: Sequence[str]) -> str:
    """Return what messages have in common, as in `same subject family and same engine`."""
    if tuple(fields) == (ANALYST,):
        return "joined by an analyst"
    return listed([f"same {field_words(field)}" for field in fields]) or "evidence that is not in the table"


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: `a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with what is counted: `1 message`, `4,112 messages`.

    Args:
        number: How many.
        one: Its name in the singular.
        many: In the plural; None for the singular with an s.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def chance(expected: float | None, among: int | None = None, round_number: int | None = 1) -> str:
    """Return in words how many unrelated matches are to be expected, as in `0.003 unrelated matches expected`.

    Below a millionth it is said as a probability, which the expected number bounds from above (Markov's inequality).

    Args:
        expected: The E-value; None when it is not known.
        among: How many clusters were compared; None to leave that out.
        round_number: The round of contraction: in the first one, each cluster is a message.
    """
    several = round_number is not None and round_number > 1
    crowd = ("group of messages", "groups of messages") if several else ("message", "messages")
    where = "" if among is None else f" among {counted(among, *crowd)}"
    number = _number(expected)
    if number is None:
        return _UNKNOWN
    if not number:
        return f"{_RARE} of even one unrelated match{where}"
    return f"{number} unrelated {'match' if number == '1' else 'matches'} expected{where}"


def by_chance(expected: float | None) -> str:
    """Return the same in fewer words, as in `0.003 expected by chance`."""
    number = _number(expected)
    if number is None:
        return _UNKNOWN
    return f"{number} expected by chance" if number else f"{_RARE} of even one such match"


def _number(expected: float | None) -> str | None:
    """Return an expected number as text; empty when it is too small to be read, None when it is not known."""
    if expected is None or not math.isfinite(expected) or expected < 0:
        return None
    return "" if expected < _MILLIONTH else _decimal(expected)


def _decimal(number: float) -> str:
    """Return a number without an exponent: one digit that counts below a tenth, two below a hundred."""
    if number >= 100:
        return f"{number:,.0f}"
    rounded = float(f"{number:.1g}" if number < 0.1 else f"{number:.2g}")
    return np.format_float_positional(rounded, trim="-")


def percent(share: float) -> str:
    """Return a share in whole per cent, in which only all is 100 and only nothing is 0."""
    if 0 < share < 0.01:
        return "less than 1 %"
    if 0.99 < share < 1:
        return "more than 99 %"
    return f"{100 * share:.0f} %"


def remaining(families: Iterable[tuple[str, float]]) -> str:
    """Return what stays together without each family of evidence, as one sentence; empty where nothing is known.

    Args:
        families: Each family, and the share of the campaign that is its largest piece without it.
    """
    parts = [_without(family_words(family), share) for family, share in families]
    sentence = "; ".join(parts)
    return sentence[:1].upper() + sentence[1:] + "." if sentence else ""


def _without(family: str, share: float) -> str:
    if share >= _WHOLE:
        return f"without {family} it stays whole"
    if share >= _LARGE_PART:
        return f"without {family} {percent(share)} stay together"
    return f"without {family} it falls apart: the largest piece is {percent(share)}"
