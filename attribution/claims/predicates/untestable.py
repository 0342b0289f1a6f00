"""What mail cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.claims.predicates.common import untestable

if TYPE_CHECKING:
    from attribution.claims.model import Predicate, Rating
    from attribution.claims.view import View

__all__ = ["rate_untestable"]


def rate_untestable(view: View, predicate: Predicate) -> Rating:  # noqa: ARG001 (as all of them)
    """Rate a claim of which the file itself says that mail does not show it."""
    return untestable("Nothing in the case speaks to this.", predicate.reason)
