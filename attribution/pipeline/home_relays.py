"""Lines by which a home connection says that it only passed a message on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.models import Hop, MessageRecord, Verdict

__all__ = ["HOP_COLUMNS", "MESSAGE_COLUMNS", "RULE", "find_home_relays", "note_home_relay"]

RULE = "relay-on-home-line"

HOP_COLUMNS = ["message", "hop"]
"""What must be known of each line."""
MESSAGE_COLUMNS = ["message", "handover_ip", "origin_ip", "origin_rule", "origin_hop"]
"""What must be known of each message."""

_HOMES = ("residential", "mobile")
"""Access types of lines on which a mail server that others use is hardly ever run."""
_CLAIM = "claimed-chain"
"""The rule of the origin that rests on nothing but the lines that were handed over with the message."""


def find_home_relays(messages: pa.Table, hops: pa.Table, addresses: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Return the rows of the hops on which the rule fires, and those of their messages, both in order.

    Args:
        messages: With `MESSAGE_COLUMNS`.
        hops: All lines of these messages, with `HOP_COLUMNS`.
        addresses: What is known of them: `ip` and `access`, null where it is a guess.
    """
    homes = addresses["ip"].filter(pc.is_in(addresses["access"], value_set=pa.array(_HOMES)))
    claims = pc.and_(
        pc.equal(messages["origin_rule"], _CLAIM),
        pc.and_(
            pc.not_equal(messages["handover_ip"], messages["origin_ip"]),
            pc.is_in(messages["handover_ip"], value_set=homes.combine_chunks()),
        ),
    )
    rows = pc.indices_nonzero(pc.fill_null(claims, fill_value=False).combine_chunks()).cast(pa.int64())
    hit = messages.select(["message", "origin_hop"]).take(rows)
    places = pc.index_in(hops["message"], value_set=hit["message"].combine_chunks())
    named = pc.equal(hops["hop"], hit["origin_hop"].combine_chunks().take(places.combine_chunks()))
    lines = pc.indices_nonzero(pc.fill_null(named, fill_value=False).combine_chunks()).cast(pa.int64())
    return lines, rows


def note_home_relay(message: MessageRecord | Verdict, hops: list[Hop], access: Mapping[str, str | None]) -> None:
    """Add the finding to one message and to its line.

    Args:
        message: Its `findings` are added to.
        hops: All its lines, newest first.
        access: Access types of addresses; None where one is not known.
    """
    if message.origin_rule != _CLAIM or message.origin_ip == message.handover_ip or message.handover_ip is None:
        return
    if access.get(message.handover_ip) in _HOMES and message.origin_hop is not None:
        hops[message.origin_hop].findings.append(RULE)
        message.findings.append(RULE)
