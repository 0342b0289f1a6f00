"""How many of one for each of another, such as messages for each address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.claims.assumptions import ADDRESS_IS_NO_DEVICE, DUMP, EXACT
from attribution.claims.filters import source_of
from attribution.claims.model import Rating, Rows
from attribution.claims.predicates.common import (
    NOT_SAMPLE,
    UP_TO_ALL,
    counted,
    handovers,
    held,
    number,
    untestable,
    words,
)
from attribution.claims.predicates.count import JOINED, OF_JOINED, count_of, least_of, most_of, query_of

if TYPE_CHECKING:
    from attribution.claims.model import Predicate
    from attribution.claims.view import View

__all__ = ["rate_ratio"]

_PLAIN = frozenset({"messages", "campaigns"})


def rate_ratio(view: View, predicate: Predicate) -> Rating:
    """Rate a ratio of two counts over the same messages."""
    over_addresses = not {predicate.of, predicate.per} <= _PLAIN
    chosen, nothing = counted(view, predicate.where, addresses=over_addresses)
    if nothing is not None:
        return nothing
    above, below = (count_of(view, of, chosen.rows) for of in (predicate.of, predicate.per))
    if not below:
        return untestable(f"The case knows none of the {predicate.per}.", "There is nothing to divide by.")
    found = above / below
    said = f"{above:,} {predicate.of} for {below:,} {predicate.per}: {number(found)} each."
    sql = f"SELECT {query_of(predicate.of)} / {query_of(predicate.per)} {source_of(view, chosen.sql)}"
    rows = (Rows("messages, addresses", words(chosen), sql),)
    assumptions = (DUMP, *((handovers(predicate.where), ADDRESS_IS_NO_DEVICE) if over_addresses else ()))
    unit = f"{predicate.of} for each of the {predicate.per}"
    if view.sample is not None:
        why = "The case is said to be a sample: it shows fewer messages of each, and the ratio does not follow from it."
        return Rating("not testable", found, None, None, unit, "", said, why, rows, assumptions, NOT_SAMPLE)
    # Either count may be larger by what is not known.
    low = least_of(view, predicate.of, chosen) / most_of(view, predicate.per, chosen)
    fewest = least_of(view, predicate.per, chosen)
    high = most_of(view, predicate.of, chosen) / fewest if fewest else None
    how = EXACT if low == high else UP_TO_ALL
    if "campaigns" in {predicate.of, predicate.per}:
        how = JOINED
        said += f" {OF_JOINED}"
    verdict, why = held(predicate, low, high)
    return Rating(verdict, found, low, high, unit, how, said, why, rows, assumptions)
