"""Which share of messages or addresses is of a sort, such as from addresses whose banner shows a thing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution.claims.assumptions import (
    BANNER_IS_OF_ADDRESS,
    CLUSTERED,
    COVERAGE,
    DUMP,
    GIVE_SCAN,
    NAT,
    NOT_COUNTED,
)
from attribution.claims.filters import choose, source_of
from attribution.claims.intervals import effective_size, wilson
from attribution.claims.model import Filter, Rating, Rows
from attribution.claims.predicates.common import (
    GIVE_DATABASE,
    NAME_RECEIVER,
    counted,
    distinct,
    handovers,
    held,
    lacking,
    words,
)

if TYPE_CHECKING:
    from attribution.claims.filters import Chosen
    from attribution.claims.model import Predicate
    from attribution.claims.view import View

__all__ = ["Measured", "measure_share", "rate_share"]


class Measured(NamedTuple):
    """A share with its interval.

    Attributes:
        share: From 0 to 1: of all, so that what is not known counts as others.
        low: Lower end. `high`: upper end, as if silent addresses were like those that answered, and all else that is
            not known fitted.
        part: How many there are. `whole`: among how many. `unknown`: of how many nobody knows.
        said: All that in a sentence.
        rows: What it rests on.
        assumptions: What it supposes.
    """

    share: float
    low: float
    high: float
    part: int
    whole: int
    unknown: int
    said: str
    rows: tuple[Rows, ...]
    assumptions: tuple[str, ...]


def rate_share(view: View, predicate: Predicate) -> Rating:
    """Rate a share by the interval of Wilson, widened by what the case does not know."""
    found = measure_share(view, predicate.of, predicate.where, predicate.having)
    if isinstance(found, Rating):
        return found
    verdict, why = held(predicate, found.low, found.high, "share")
    step = None
    if verdict == "not testable" and found.unknown:
        having = predicate.having
        step = GIVE_SCAN if having.device else GIVE_DATABASE
        step = step if having.device or having.country or having.access else NAME_RECEIVER
    return Rating(
        *(verdict, found.share, found.low, found.high, "share", "95 % interval of Wilson, with what is not known"),
        *(found.said, why, found.rows, found.assumptions, step),
    )


def measure_share(view: View, of: str, where: Filter, having: Filter) -> Measured | Rating:
    """Return a share, or the rating where it cannot be measured.

    Args:
        view: The case.
        of: `messages` or `addresses`.
        where: What it is a share of. `having`: what it is the share of.
        having: See `where`.
    """
    about_addresses = of == "addresses" or bool(having.device or having.country or having.access or having.not_access)
    whole, nothing = counted(view, where, addresses=about_addresses)
    part = choose(view, having, addresses=about_addresses, alone=False)
    nothing = nothing or (lacking(part, 1) if part.lacking else None)
    if nothing is not None:
        return nothing
    hit, sure, unknown = (whole.rows & rows for rows in (part.rows, part.sure, part.unknown))
    if of == "messages":
        counts = int(hit.sum()), int(whole.rows.sum()), int(unknown.sum())
        least = int(sure.sum())
    else:
        # An address of which some messages fit is one that fits.
        others = np.setdiff1d(view.address[unknown], view.address[hit])
        counts = distinct(view.address, hit), distinct(view.address, whole.rows), len(others)
        least = distinct(view.address, sure)
    # Silent addresses are taken for like those that answered. Of a country, a line or a time there is no reason for
    # that: addresses without a name are of other lines than those with one.
    alike = replace(having, device=None) == Filter()
    share, low, high = _interval(view, of, whole, unknown, *counts, least=least, alike=alike)
    lines, total, unsure = counts
    said = f"{lines:,} of {total:,} {of} ({100 * share:.1f} %) are {words(part)}."
    if unsure:
        among = total - unsure
        said += f" Of {unsure:,} it is not known"
        said += f"; among the {among:,} others it is {100 * lines / among:.1f} %." if among and alike else "."
    if of == "messages" and having.device:
        said += _of_addresses(view, whole, part)
    assumptions = [DUMP, *([handovers(where)] if about_addresses else []), *([CLUSTERED] if of == "messages" else [])]
    assumptions += [BANNER_IS_OF_ADDRESS, NAT] if having.device else []
    assumptions += [COVERAGE] if having.device and alike else []
    assumptions += [NOT_COUNTED] if whole.unknown.any() else []
    count = "count(*)" if of == "messages" else "count(DISTINCT m.handover_ip)"
    sql = f"SELECT {count} FILTER (WHERE {part.sql or 'true'}), {count} {source_of(view, whole.sql)}"
    rows = (Rows("messages, addresses", f"{words(part)}; among: {words(whole)}", sql),)
    return Measured(share, low, high, *counts, said, rows, tuple(assumptions))


def _interval(
    view: View,
    of: str,
    whole: Chosen,
    unknown: np.ndarray[tuple[int], np.dtype[np.bool_]],
    part: int,
    total: int,
    unsure: int,
    *,
    least: int,
    alike: bool,
) -> tuple[float, float, float]:
    """Return the share of all, the lower end of its interval, and the upper end.

    That is of the share among what is known, where what is not known is like it; else as if all of it fitted.
    """
    known = total - unsure
    of_all, most = part / total, (part / known if known else 1.0) if alike else (part + unsure) / total
    sizes: list[float] = [total, known if alike else total]
    if of == "messages":
        there = whole.rows & (view.address >= 0)
        apart = ~unknown if alike else np.True_
        sizes = [effective_size(np.bincount(view.address[rows])) for rows in (there, there & apart)]
        # Messages without an address are each for themselves.
        sizes = [size + float((whole.rows & (view.address < 0)).sum()) for size in sizes]
    return of_all, wilson(least / total, sizes[0])[0], wilson(most, sizes[1])[1]


def _of_addresses(view: View, whole: Chosen, part: Chosen) -> str:
    shown, addresses = distinct(view.address, whole.rows & part.rows), distinct(view.address, whole.rows)
    return f" By addresses it is {shown:,} of {addresses:,} ({100 * shown / addresses:.1f} %)."
