"""The words that a claims file may use; `docs/reference/claims.md` is the same for readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from attribution.claims.model import Operator

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FILTER_KEYS", "GRADES", "KINDS", "LEAST_SAMPLE", "OPERATORS", "QUANTITIES", "THING", "Kind"]

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
        whole: Whether its value counts whole things, and so has no fraction.
        judged: Whether it holds senders against their neighbours, so that `where` may name no device: the senders would
            be chosen by what the neighbours are compared for.
    """

    says: str
    needs: tuple[str, ...]
    may: tuple[str, ...] = ("where",)
    of: tuple[str, ...] = ()
    per: tuple[str, ...] = ()
    operators: tuple[str, ...] = OPERATORS
    share: bool = False
    whole: bool = False
    judged: bool = False


KINDS: Mapping[str, Kind] = {
    "count": Kind("how many there are", ("of", *_NUMBER), of=_COUNTED, whole=True),
    "share": Kind(
        "which share of messages or addresses is of a sort",
        ("of", "with", *_NUMBER),
        of=("messages", "addresses"),
        share=True,
    ),
    "maximum": Kind(
        "the most messages of one address", ("of", "per", *_NUMBER), of=("messages",), per=("address",), whole=True
    ),
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
        judged=True,
    ),
    "as-neighbours": Kind("whether senders show devices no more often than their neighbours", ("device",), judged=True),
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
