"""Whether devices are as common among senders as among their neighbours: the reading that hosts behind them sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.claims.assumptions import ALIKE, BANNER_IS_OF_ADDRESS, CHOSEN_PART, FITS, GIVE_SCAN, NAT
from attribution.claims.filters import device_words
from attribution.claims.model import Rating
from attribution.claims.predicates.common import counted, untestable
from attribution.claims.predicates.control import (
    AGAINST,
    chosen_by_outcome,
    control_of,
    control_rows,
    is_part,
    step_for,
)

if TYPE_CHECKING:
    from attribution.claims.model import ClaimVerdict, Predicate
    from attribution.claims.view import View

__all__ = ["rate_as_neighbours"]


def rate_as_neighbours(view: View, predicate: Predicate) -> Rating:
    """Rate that senders show devices no more often than neighbours that sent nothing."""
    nothing = chosen_by_outcome(predicate) or counted(view, predicate.where, addresses=True)[1]
    if nothing is not None:
        return nothing
    if not view.scanned:
        said = "The case has no scan file, so no device is known of any address."
        return untestable(
            said, "There is nothing that could be compared.", f"{GIVE_SCAN}, one that lists neighbours too."
        )
    control = control_of(view, predicate)
    what = device_words(predicate.device)
    verdict: ClaimVerdict = "not testable"
    why = "The comparison with the neighbours does not decide it."
    step = step_for(int(view.shows(predicate.device).sum()))
    if control.verdict in AGAINST:
        verdict, step = "supported", None
        why = f"Senders show {what} no more often than neighbours that sent nothing, as where hosts behind them send."
    elif control.verdict == "more":
        verdict, step = "contradicted", None
        why = f"Senders show {what} clearly more often than their neighbours."
    ratio, low, high = (
        value if isinstance(value, int | float) else None
        for value in map((control.record if control.campaign is None else {}).get, ("odds_ratio", "low", "high"))
    )
    assumptions = [BANNER_IS_OF_ADDRESS, NAT, ALIKE, FITS]
    if control.campaign is None and is_part(view, predicate):
        assumptions.append(CHOSEN_PART)
    return Rating(
        *(verdict, ratio, low, high, "odds ratio", "95 % interval of the odds ratio of senders to neighbours"),
        *(control.said, why, control_rows(view, predicate, control.campaign), tuple(assumptions), step),
    )
