"""The words that a claims file may use; `docs/reference/claims.md` is the same for readers."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, get_args

from attribution.claims.model import Operator

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["FILTER_KEYS", "GRADES", "KINDS", "LEAST_SAMPLE", "OPERATORS", "QUANTITIES", "THING", "Kind", "nearest"]

THING = "thing"
"""In place of a type of device: any type that is a thing, an appliance with a program inside and no computer."""
LEAST_SAMPLE = 1e-9
"""The smallest share that a case may be said to hold of the mail."""
OPERATORS: tuple[Operator, ...] = get_args(Operator)
GRADES = ("vouched", "corroborated", "claimed", "contradicted", "none")
"""Grades of a handover, from the strongest."""
FILTER_KEYS = ("campaign", "name", "from", "to", "device", "country", "access", "not-access", "grade")
_COUNTED = ("messages", "addresses", "hosts", "devices", "campaigns", "networks", "countries")
_COMPARED = ("messages", "addresses", "campaigns", "networks", "countries")
_NUMBER = ("op", "value")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of predicate.

    Attributes:
        says: What it measures.
        needs: Keys that it must have. `may`: keys that it may have beside them.
        of: What may stand in `of`. `per`: what may stand in `per`.
        operators: Operators that it takes.
        share: Whether its value is a share, from 0 to 1.
    """

    says: str
    needs: tuple[str, ...]
    may: tuple[str, ...] = ("where",)
    of: tuple[str, ...] = ()
    per: tuple[str, ...] = ()
    operators: tuple[str, ...] = OPERATORS
    share: bool = False


KINDS: Mapping[str, Kind] = {
    "count": Kind("how many there are", ("of", *_NUMBER), of=_COUNTED),
    "share": Kind(
        "which share of messages or addresses is of a sort",
        ("of", "with", *_NUMBER),
        of=("messages", "addresses"),
        share=True,
    ),
    "maximum": Kind("the most messages of one address", ("of", "per", *_NUMBER), of=("messages",), per=("address",)),
    "bursts": Kind("how many bursts a day, or how many messages in one", ("of", *_NUMBER), of=("per-day", "size")),
    "period": Kind("first and last day", ("first", "last")),
    "ratio": Kind("how many of one for each of another", ("of", "per", *_NUMBER), of=_COMPARED, per=_COMPARED),
    "rate": Kind("messages a day", ("of", "per", *_NUMBER), of=("messages",), per=("day",)),
    "exists": Kind("whether a device of a type answers on an address that sent", ("device",)),
    "sent-by": Kind(
        "whether devices sent, by the comparison with the neighbours",
        ("device",),
        ("of", *_NUMBER, "where"),
        of=("messages", "addresses"),
        operators=("at-least", "more-than"),
        share=True,
    ),
    "as-neighbours": Kind("whether senders show devices no more often than their neighbours", ("device",)),
    "not-testable": Kind("what mail cannot show", ("reason",), ()),
}

QUANTITIES: Mapping[str, str] = {
    "messages": "messages in all",
    "addresses": "addresses that sent",
    "per_day": "messages a day",
    "bursts_per_day": "bursts a day",
    "burst_size": "messages in a burst",
    "days": "days from first to last",
    "max_per_address": "most messages of one address",
}
"""What the figure of a claim may be called, so that claims can be held against each other."""
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
