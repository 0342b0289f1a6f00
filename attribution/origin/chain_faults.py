"""What the lines of one message give away together: an id that two servers share, a line below the subject."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from attribution._names import is_inner_name, same_host, same_organisation
from attribution.origin.profiles import profile_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attribution.models import HeaderBlock, Hop

__all__ = ["below_subject", "reused_ids"]

_SHORTEST_ID = 8
"""Characters below which an id may be a bare counter, the same on two servers by chance."""
_SAME_RUN = timedelta(hours=1)
"""Within this time two lines of one server with one id tell of one message, passed on inside it."""
_MOST_HOPS = 200
"""Lines that are compared with one another; no true message passes so many servers."""


def reused_ids(hops: Sequence[Hop]) -> Iterator[Hop]:
    """Yield the lines below the trust boundary whose queue id stands in a newer line, too.

    A server makes an id for each message that it takes in. The same line twice is no sign of anything, nor is one
    id within one organisation, whose servers may hand it on; Exchange writes its version where others write the id.

    Args:
        hops: All of the message, newest first.
    """
    seen: dict[str, Hop] = {}
    for hop in hops[:_MOST_HOPS]:
        id_ = hop.queue_id
        if id_ is None or len(id_) < _SHORTEST_ID or (hop.dialect or "").startswith("exchange"):
            continue
        newer = seen.setdefault(id_, hop)
        if newer is not hop and not hop.trusted and _is_other_taking(newer, hop):
            yield hop


def _is_other_taking(newer: Hop, hop: Hop) -> bool:
    """Say whether two lines with one id speak of different messages, or of one at different servers."""
    if newer.by is None or hop.by is None:
        return False
    if same_host(newer.by, hop.by):
        return newer.date is not None and hop.date is not None and abs(newer.date - hop.date) > _SAME_RUN
    if is_inner_name(newer.by) or is_inner_name(hop.by) or same_organisation(newer.by, hop.by):
        return False
    profile = profile_of(hop.by)
    return profile is None or not profile.owns(newer.by)


def below_subject(block: HeaderBlock, hops: Sequence[Hop]) -> Iterator[Hop]:
    """Yield the lines below the trust boundary that stand below the Subject field.

    Only that field tells: a From, Date or Message-ID above true lines is what many servers leave that add or rewrite
    one of them.

    Args:
        block: The header.
        hops: Its Received fields, newest first.
    """
    if not hops or hops[-1].trusted:
        return
    last = hops[-1].field
    subject = next((index for index, item in enumerate(block.fields[:last]) if item.key == "subject"), None)
    if subject is not None:
        yield from (hop for hop in hops if hop.field > subject and not hop.trusted)
