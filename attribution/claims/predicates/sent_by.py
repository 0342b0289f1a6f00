"""Whether devices sent: by the comparison of senders with neighbours that sent nothing, never by banners alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attribution.claims.assumptions import ALIKE, FITS, GIVE_SCAN, WHOLE_CASE_CONTROL
from attribution.claims.filters import device_words
from attribution.claims.intervals import allowed, verdict_of
from attribution.claims.model import Filter, Rating
from attribution.claims.predicates.common import asked, number
from attribution.claims.predicates.control import AGAINST, control_of, control_rows
from attribution.claims.predicates.share import Measured, measure_share

if TYPE_CHECKING:
    from attribution.claims.model import ClaimVerdict, Predicate
    from attribution.claims.view import View

__all__ = ["rate_sent_by"]


def rate_sent_by(view: View, predicate: Predicate) -> Rating:
    """Rate who sent: a share of banners supports it only where senders show more of them than their neighbours do."""
    device = predicate.device
    found = measure_share(view, predicate.of, predicate.where, Filter(device=device))
    if isinstance(found, Rating):
        return found
    control, verdict, sentence, single = control_of(view, predicate)
    rows = (*found.rows, *control_rows(view, single))
    assumptions = (*found.assumptions, ALIKE, FITS)
    if single is None and (view.restricted is not None or predicate.where != Filter()):
        assumptions = (*assumptions, WHOLE_CASE_CONTROL)
    said = f"{found.said} {sentence}{_excess(found, control)}"
    rating, why, step = _rated(predicate, found, verdict, device_words(device))
    ends = found.share, found.low, found.high
    interval = "95 % interval of Wilson for the share that shows one, with what is not known"
    return Rating(rating, *ends, "share", interval, said, why, rows, assumptions, step)


def _rated(predicate: Predicate, found: Measured, verdict: str, what: str) -> tuple[ClaimVerdict, str, str | None]:
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
        return "not testable", why, f"{GIVE_SCAN}, one that lists neighbours too."
    clear = f"Senders show {what} clearly more often than their neighbours"
    if predicate.op is None:
        return "supported", f"{clear}: that fits such devices, or what stands behind them, taking part.", None
    fits = verdict_of(found.low, found.high, allowed(predicate.op, predicate.value, predicate.value_to))
    low, high = number(found.low, "share"), number(found.high, "share")
    span = f"Claimed is {asked(predicate, 'share')}; the share that shows one is {low} to {high}"
    if fits == "supported":
        return fits, f"{clear}. {span}: that fits.", None
    if fits == "contradicted":
        return fits, f"{clear}. {span}: it is too small, whoever sent.", None
    return fits, f"{clear}. {span}: some of that fits and some does not.", GIVE_SCAN


def _excess(found: Measured, control: dict[str, Any]) -> str:
    """Say which share is beyond what neighbours show, where that can be said."""
    base = control.get("controls_share")
    known = found.whole - found.unknown
    if control.get("verdict") != "more" or not isinstance(base, int | float) or not 0 <= base < 1 or not known:
        return ""
    beyond = max(0.0, (found.part / known - base) / (1 - base))
    return f" Beyond what the neighbours show, that is {100 * beyond:.0f} % of those that answered."
