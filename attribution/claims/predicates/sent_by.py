"""Whether devices sent: by the comparison of senders with neighbours that sent nothing, never by banners alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow.compute as pc

from attribution.claims.assumptions import ALIKE, CHOSEN_PART, EVENLY, FITS, GIVE_SCAN
from attribution.claims.filters import choose, device_words
from attribution.claims.intervals import allowed, verdict_of, wilson
from attribution.claims.model import Filter, Rating
from attribution.claims.predicates.common import asked, number
from attribution.claims.predicates.control import (
    AGAINST,
    chosen_by_outcome,
    control_of,
    control_rows,
    is_part,
    step_for,
)
from attribution.claims.predicates.share import Measured, measure_share

if TYPE_CHECKING:
    from attribution.claims.model import ClaimVerdict, Predicate
    from attribution.claims.view import View

__all__ = ["rate_sent_by"]


def rate_sent_by(view: View, predicate: Predicate) -> Rating:
    """Rate who sent: a share of banners supports it only where senders show more of them than their neighbours do."""
    refused = chosen_by_outcome(predicate)
    if refused is not None:
        return refused
    device = predicate.device
    found = measure_share(view, predicate.of, predicate.where, Filter(device=device))
    if isinstance(found, Rating):
        return found
    control, verdict, sentence, single = control_of(view, predicate)
    rows = (*found.rows, *control_rows(view, predicate, single))
    assumptions = (*found.assumptions, ALIKE, EVENLY, FITS)
    if single is None and is_part(view, predicate):
        assumptions = (*assumptions, CHOSEN_PART)
    beyond = _beyond(found, control, _compared(view, predicate))
    said = f"{found.said} {sentence}{_told(found, beyond, verdict)}"
    rating, why, step = _rated(predicate, found, beyond, verdict, device_words(device))
    if verdict == "more":
        ends = beyond.share, beyond.low, found.high
        interval = "from what senders show beyond their neighbours to all that shows one, 95 % intervals of Wilson"
    elif verdict in AGAINST:
        # Where senders are as their neighbours, that none of them is such a device fits as well as anything.
        ends = beyond.share, 0.0, beyond.high
        interval = "from none to what senders show beyond their neighbours, 95 % intervals of Wilson"
    else:
        ends, interval = (None, 0.0, found.high), "from none to all that shows one"
    return Rating(rating, *ends, "share", interval, said, why, rows, assumptions, step)


class _Beyond(NamedTuple):
    """What senders show beyond what their neighbours show, as a share of all; None where neighbours are not known."""

    share: float | None
    low: float
    high: float


def _compared(view: View, predicate: Predicate) -> float:
    """Return which share of what answered was compared with neighbours: services are not, and show no devices."""
    chosen = choose(view, predicate.where, addresses=True)
    place = view.address[chosen.rows & (view.address >= 0)]
    place = np.unique(place) if predicate.of == "addresses" else place
    compared = pc.is_valid(view.addresses["compared_network"]).to_numpy()[place]
    answered = view.answered[place] | compared
    return float(compared.sum() / answered.sum()) if answered.any() else 0.0


def _beyond(found: Measured, control: dict[str, Any], compared: float) -> _Beyond:
    """Return which share has a device that its neighbours' share does not account for.

    Where a share `f` of the senders are such devices, which all show, and the others show one as often as neighbours
    do, at the rate `b`, then senders show `f + (1 - f) b`. Where nothing answered, nobody is taken for a device. At the
    upper end only those that were compared are taken to show one as neighbours do. At the lower end the devices take no
    part of the rate away from the others: where they send from homes that show few, and the others from homes that
    show many, `s - b` is what holds all the same.
    """
    base, size = control.get("controls_share"), control.get("controls")
    if not isinstance(base, int | float) or not 0 <= base < 1 or not isinstance(size, int | float) or size <= 0:
        return _Beyond(None, 0.0, found.high)
    answered = 1 - found.unknown / found.whole
    least, most = wilson(float(base), float(size))

    def of(shown: float, rate: float, known: float) -> float:
        return max(0.0, (shown - rate * known) / (1 - rate)) if rate < 1 else 0.0

    low = max(0.0, found.low - most * answered)
    return _Beyond(of(found.share, base, answered), low, min(found.high, of(found.high, least, compared)))


def _rated(
    predicate: Predicate, found: Measured, beyond: _Beyond, verdict: str, what: str
) -> tuple[ClaimVerdict, str, str | None]:
    """Return verdict, reason and next step."""
    if verdict in AGAINST:
        often = "as often as" if verdict == "same" else "more rarely than"
        why = f"Senders show {what} {often} neighbours that sent nothing: the data do not show that such devices sent."
        return "contradicted", why, None
    if verdict == "slightly-more":
        why = "Senders show them somewhat more often than their neighbours, by no more than homes differ anyway."
        return "not testable", why, "Look at the networks one by one, and at single devices."
    if verdict != "more":
        why = "The comparison with the neighbours does not decide it, and banners alone do not say who sent."
        return "not testable", why, step_for(found.part)
    clear = f"Senders show {what} clearly more often than their neighbours"
    if predicate.op is None:
        return "supported", f"{clear}: that fits such devices, or what stands behind them, taking part.", None
    fits = verdict_of(beyond.low, found.high, allowed(predicate.op, predicate.value, predicate.value_to))
    low, high = number(beyond.low, "share"), number(found.high, "share")
    span = (
        f"Claimed is {asked(predicate, 'share')}. From {low} (what is beyond the neighbours) to {high} (all that shows"
        " one) may be theirs"
    )
    if fits == "supported":
        return fits, f"{clear}. {span}: that fits.", None
    if fits == "contradicted":
        return fits, f"{clear}. {span}: it is too small, whoever sent.", None
    return fits, f"{clear}. {span}: some of that fits and some does not.", GIVE_SCAN


def _told(found: Measured, beyond: _Beyond, verdict: str) -> str:
    """Say which share is beyond what neighbours show, where that can be said."""
    if verdict != "more" or beyond.share is None or found.unknown == found.whole:
        return ""
    answered = 1 - found.unknown / found.whole
    return (
        f" Beyond what the neighbours show, that is {100 * beyond.share / answered:.0f} % of those that answered, and "
        f"{100 * beyond.share:.1f} % of all."
    )
