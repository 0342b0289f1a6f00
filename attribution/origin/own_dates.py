"""What the receiver's own lines say of time, as far as it can be believed: when the message was handed over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from attribution.origin.line_faults import is_possible_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from attribution.models import Hop

__all__ = ["WRONG_ZONES", "contradicted_dates", "received_at"]

WRONG_ZONES = timedelta(hours=26)
"""How far two true lines may be apart where one clock has the wrong zone: from 12 hours behind UTC to 14 ahead."""


def received_at(hops: Sequence[Hop]) -> datetime | None:
    """Return when the message was handed over, by the receiver's own clock; None where no own line tells.

    The oldest own line that can be believed counts. A date that no mail can have says nothing, nor does one that
    lies after that of a newer own line by more than a wrong time zone explains: the message was in the mailbox then.

    Args:
        hops: All of the message, newest first; `trusted` is set.
    """
    believed = [hop.date for hop, contradicted in _dated(hops) if not contradicted]
    return believed[-1] if believed else None


def contradicted_dates(hops: Sequence[Hop]) -> Iterator[Hop]:
    """Yield the receiver's own lines that are dated after a newer own line by more than a wrong time zone explains.

    Args:
        hops: As for `received_at`.
    """
    return (hop for hop, contradicted in _dated(hops) if contradicted)


def _dated(hops: Sequence[Hop]) -> Iterator[tuple[Hop, bool]]:
    """Yield the own lines of a possible date, and whether a newer one contradicts it."""
    newer: datetime | None = None
    for hop in hops:
        if not hop.trusted or hop.date is None or not is_possible_date(hop.date):
            continue
        contradicted = newer is not None and hop.date - newer > WRONG_ZONES
        yield hop, contradicted
        if not contradicted:
            newer = hop.date
