"""The Received fields of a message in their order, each read as one hop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.headers.queue_ids import plausible, read_queue_id
from attribution.headers.received import parse_received
from attribution.models import Hop

if TYPE_CHECKING:
    from attribution.limits import Limits
    from attribution.models import Field, HeaderBlock

__all__ = ["hops"]


def hops(block: HeaderBlock, limits: Limits) -> list[Hop]:
    """Return one hop for each Received field, newest (top) first.

    Only fields of that very name count: `X-Received` and the like are no trace information (RFC 5321 §4.4).

    Args:
        block: The header of the message.
        limits: Fields beyond `received_fields` keep their text and span, and the status `unknown`.
    """
    received = [(index, item) for index, item in enumerate(block.fields) if item.key == "received"]
    return [
        _with_id_date(parse_received(item, index, hop)) if hop < limits.received_fields else _unread(item, index, hop)
        for hop, (index, item) in enumerate(received)
    ]


def _with_id_date(hop: Hop) -> Hop:
    if hop.queue_id is not None:
        clock = read_queue_id(hop.dialect, hop.queue_id, about=hop.date)
        hop.id_date = None if clock is None else clock.utc
        hop.id_plausible = plausible(hop.dialect, clock)
    return hop


def _unread(item: Field, index: int, hop: int) -> Hop:
    written = item.name.ljust(item.value_start - 1 - item.start)
    return Hop(
        hop=hop,
        status="unknown",
        field=index,
        span_start=item.start,
        span_end=item.end,
        raw=f"{written}:{item.value}",
    )
