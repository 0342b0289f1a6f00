"""One module for each kind of predicate; all have the same form, and `RATE` names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.claims.predicates.as_neighbours import rate_as_neighbours
from attribution.claims.predicates.bursts import rate_bursts
from attribution.claims.predicates.count import rate_count
from attribution.claims.predicates.exists import rate_exists
from attribution.claims.predicates.maximum import rate_maximum
from attribution.claims.predicates.period import rate_period
from attribution.claims.predicates.rate import rate_rate
from attribution.claims.predicates.ratio import rate_ratio
from attribution.claims.predicates.sent_by import rate_sent_by
from attribution.claims.predicates.share import rate_share
from attribution.claims.predicates.untestable import rate_untestable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attribution.claims.model import Predicate, Rating
    from attribution.claims.view import View

__all__ = ["RATE"]

RATE: Mapping[str, Callable[[View, Predicate], Rating]] = {
    "count": rate_count,
    "share": rate_share,
    "maximum": rate_maximum,
    "bursts": rate_bursts,
    "period": rate_period,
    "ratio": rate_ratio,
    "rate": rate_rate,
    "exists": rate_exists,
    "sent-by": rate_sent_by,
    "as-neighbours": rate_as_neighbours,
    "not-testable": rate_untestable,
}
"""What rates each of `vocabulary.KINDS`."""
