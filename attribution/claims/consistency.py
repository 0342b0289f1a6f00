"""Published figures held against each other: no case is needed for that."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from attribution.claims.intervals import allowed
from attribution.claims.model import Relation
from attribution.claims.predicates.common import number
from attribution.claims.vocabulary import QUANTITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from attribution.claims.model import Claim

__all__ = ["ROUND", "check_consistency"]

ROUND = 1.5
"""Times beyond which "more than N" is not said of a figure: who has 2 million mails does not publish 750,000."""


_EACH = 5
"""Figures of one quantity that are each held against all later ones; later ones are not held against each other."""


@dataclass(frozen=True, slots=True)
class _Figure:
    """A published figure: as it was said, and its range; an open end is not within."""

    claim: str
    value: float
    low: float
    high: float
    low_open: bool = False
    high_open: bool = False


class _Sum(NamedTuple):
    """A relation: a sum of some quantities that has to equal another one, or not exceed it.

    Attributes:
        says: In words.
        of: Quantities of the sum, in the order in which `form` takes them. `is_`: the quantity that it has to be.
        form: The sum, from the ends of the figures.
        sign: How the sum is written.
        at_most: Whether the other quantity is a limit.
    """

    says: str
    of: tuple[str, ...]
    is_: str
    form: Callable[[Sequence[float]], float]
    sign: str
    at_most: bool = False


def _mean(values: Sequence[float]) -> float:
    return values[0] / values[1] if values[1] else math.inf if values[0] else 0.0


_RELATIONS = (
    _Sum(
        "bursts a day, times their size, are the messages of a day",
        ("bursts_per_day", "burst_size"),
        "per_day",
        math.prod,
        "×",
    ),
    _Sum(
        "days, times bursts a day, times their size, are all messages",
        *(("days", "bursts_per_day", "burst_size"), "messages", math.prod, "×"),
    ),
    _Sum("days, times messages a day, are all messages", ("days", "per_day"), "messages", math.prod, "×"),
    _Sum(
        "messages for each address are no more than the most of one",
        ("messages", "addresses"),
        "max_per_address",
        _mean,
        "/",
        at_most=True,
    ),
    _Sum("an address that sent has sent a message at least", ("addresses",), "messages", math.prod, "×", at_most=True),
)
"""The relations that are known; each is asked where a file names all of its quantities."""


def check_consistency(claims: Sequence[Claim]) -> tuple[Relation, ...]:
    """Return how the figures of claims fit each other.

    A figure that was said of as "about" is taken with its tolerance, "more than" as up to half as much again, "at
    most" as what it says. Two sums fit where these ranges meet.

    Args:
        claims: Those with a quantity count, and periods, which give the days.
    """
    figures: dict[str, list[_Figure]] = {}
    for name, figure in _figures(claims):
        figures.setdefault(name, []).append(figure)
    found = [
        _same(name, one, other)
        for name, those in figures.items()
        for place, one in enumerate(those[:_EACH])
        for other in those[place + 1 :]
    ]
    first = {name: those[0] for name, those in figures.items()}
    found += [_related(relation, first) for relation in _RELATIONS if {*relation.of, relation.is_} <= first.keys()]
    return tuple(found)


def _figures(claims: Sequence[Claim]) -> Iterator[tuple[str, _Figure]]:
    for claim in claims:
        predicate = claim.predicate
        if predicate.kind == "period" and predicate.first is not None and predicate.last is not None:
            days = float((predicate.last - predicate.first).days + 1)
            yield "days", _Figure(claim.id, days, days, days)
        elif claim.quantity is not None and predicate.op is not None:
            low, high, closed, shut = allowed(predicate.op, predicate.value, predicate.value_to, predicate.tolerance)
            high = predicate.value * ROUND if math.isinf(high) else high
            value = predicate.value if predicate.value_to is None else (predicate.value + predicate.value_to) / 2
            yield claim.quantity, _Figure(claim.id, value, max(0.0, low), high, not closed, not shut)


def _related(relation: _Sum, first: dict[str, _Figure]) -> Relation:
    parts, whole = [first[name] for name in relation.of], first[relation.is_]
    values, lows, highs = ([getattr(part, end) for part in parts] for end in ("value", "low", "high"))
    open_low, open_high = any(part.low_open for part in parts), any(part.high_open for part in parts)
    if relation.form is _mean:
        low, high = _mean([lows[0], highs[1]]), _mean([highs[0], lows[1]])
        open_low = parts[0].low_open or parts[1].high_open
    else:
        low, high = relation.form(lows), relation.form(highs)
    result = relation.form(values)
    sum_ = _Figure("", result, low, high, open_low, open_high)
    fits = _reaches(whole, sum_) and (relation.at_most or _reaches(sum_, whole))
    written = f" {relation.sign} ".join(
        f"{number(part.value)} ({QUANTITIES[name]})" for name, part in zip(relation.of, parts, strict=True)
    )
    equals = f" = {number(result)}" if len(parts) > 1 else ""
    other = f"{'at most ' if relation.at_most else ''}{number(whole.value)} ({QUANTITIES[relation.is_]})"
    span = f"{number(low)} to {number(high)}"
    meant = f"up to {number(whole.high)}" if relation.at_most else f"{number(whole.low)} to {number(whole.high)}"
    said = f"With what words such as about and more than leave open it is {span}, beside {meant}: "
    said += "that fits." if fits else "both cannot be so, if both are of the same mail."
    ids = tuple(dict.fromkeys([*(part.claim for part in parts), whole.claim]))
    return Relation(
        relation.says, ids, "consistent" if fits else "inconsistent", f"{written}{equals}; published: {other}", said
    )


def _reaches(one: _Figure, other: _Figure) -> bool:
    """Say whether the upper end of one figure is at the lower end of the other, or beyond."""
    return one.high > other.low or (one.high == other.low and not one.high_open and not other.low_open)


def _same(name: str, one: _Figure, other: _Figure) -> Relation:
    fits = _reaches(one, other) and _reaches(other, one)
    return Relation(
        relation=f"{QUANTITIES[name]}: said twice",
        claims=(one.claim, other.claim),
        verdict="consistent" if fits else "inconsistent",
        arithmetic=f"{number(one.value)} and {number(other.value)}",
        said="One figure fits the other." if fits else "The two figures are not of the same thing, or one is wrong.",
    )
