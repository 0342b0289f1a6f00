"""What lies below the trust boundary: lines that anyone may have written, followed as far as they hold together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from attribution._names import same_host, same_organisation
from attribution.origin.clock_skew import host_key
from attribution.origin.continuity import continues, is_foreign_provider
from attribution.origin.line_faults import impossible_protocol, is_possible_date
from attribution.origin.own_dates import WRONG_ZONES
from attribution.origin.server_names import is_access_line, is_mail_server

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from attribution.models import Hop

__all__ = ["CLOCK_TOLERANCE", "Break", "follow"]

CLOCK_TOLERANCE = timedelta(minutes=15)
"""How far a line may lie after the newer one above it before its time counts as running backwards."""

_ZONE_TOLERANCE = timedelta(hours=14)
"""How far a date without a time zone may be off."""


@dataclass(slots=True)
class Break:
    """Where the claims cease to hold together: the hop that breaks the chain, the rule that says so, and why."""

    hop: Hop
    rule: str
    reason: str


def follow(
    above: Hop,
    below: Sequence[Hop],
    own_name: Callable[[str], bool],
    skews: Mapping[str, timedelta] | None = None,
    *,
    blind: bool = False,
) -> tuple[list[Hop], Break | None]:
    """Follow the claimed chain down from the boundary while each line fits the one above it.

    Args:
        above: The boundary hop.
        below: The hops under it, newest first.
        own_name: Says of a host name whether no true line below the boundary can bear it: the receiver's own.
        skews: By host, how far its clock is known to be ahead, as `Receivers.skews`.
        blind: The boundary hop names no peer or is not understood, so that the first step has nothing to fit to.

    Returns:
        The hops that hold together, and the break that ended the chain, None when it reaches the bottom.
    """
    chain: list[Hop] = []
    older: Hop | None = None
    anchor: Hop | None = above  # The last line that the receiver wrote, or a host that the receiver itself named.
    for hop in below:
        own = hop.by is not None and own_name(hop.by)
        fault = _name_break(hop) if own and (anchor is None or not _is_own_host(anchor, hop, own_name)) else None
        fault = fault or _protocol_break(hop) or (None if blind else _step_break(above, hop, older, skews or {}))
        if fault is not None:
            return chain, fault
        if hop.status == "unknown":
            return chain, Break(hop, "claim-not-understood", f"hop {hop.hop} is not understood")
        chain.append(hop)
        if hop.by is not None:
            # A line that names not even its writer (qmail's "invoked by") ties the next one to nothing.
            older, above, blind = above, hop, False
        if own or hop.status != "no-peer":
            anchor = hop if own else None
    return chain, None


def _name_break(hop: Hop) -> Break:
    reason = f"hop {hop.hop} bears the receiver's own name, {hop.by}, below the trust boundary"
    return Break(hop, "receiver-name-below-boundary", reason)


def _is_own_host(above: Hop, hop: Hop, own_name: Callable[[str], bool]) -> bool:
    """Say whether the receiver itself recorded its own host, or a forwarder of its, as the writer of a line.

    The name must be that of a server: guests' and customers' machines have names under the same domain.
    """
    rdns, by = above.rdns, hop.by
    if rdns is None or by is None or not own_name(rdns) or is_access_line(rdns, above.ip or ""):
        return False
    if same_host(rdns, by):
        return above.rdns_state in ("verified", None)
    return above.rdns_state == "verified" and same_organisation(rdns, by) and is_mail_server(rdns)


def _protocol_break(hop: Hop) -> Break | None:
    if not impossible_protocol(hop):
        return None
    reason = f"hop {hop.hop} says `with {hop.protocol}`, which the server that it names never writes"
    return Break(hop, "impossible-protocol", reason)


def _step_break(above: Hop, hop: Hop, older: Hop | None, skews: Mapping[str, timedelta]) -> Break | None:
    """Say why a line does not fit the one above it, or None when it does; note where its time runs backwards."""
    ahead = _ahead(above, hop, skews)
    if ahead is not None:
        if "time-reversed" not in hop.findings:
            hop.findings.append("time-reversed")
        if ahead > WRONG_ZONES:
            reason = f"hop {hop.hop} is dated {ahead} after hop {above.hop}, which is newer in the chain"
            return Break(hop, "time-reversed", reason)
    if is_foreign_provider(above, hop):
        reason = f"hop {hop.hop} names {hop.by} as its writer, but {above.ip} is no server of that provider"
        return Break(hop, "forged-provider-hop", reason)
    # What runs backwards must be tied to the line above by a name, or by an address.
    if continues(above, hop, older, tied=ahead is not None):
        return None
    named = above.rdns or above.helo or above.ip or above.by
    reason = f"hop {hop.hop} was written by {hop.by or 'an unnamed host'}, but hop {above.hop} came from {named}"
    return Break(hop, "chain-broken", reason)


def _ahead(above: Hop, hop: Hop, skews: Mapping[str, timedelta]) -> timedelta | None:
    """Return how far the older of two lines is dated after the newer, known errors taken off; None where all is well.

    A clock with the wrong zone is common, and the names tell better whether the lines belong together.
    """
    if above.date is None or hop.date is None or hop.date - above.date <= CLOCK_TOLERANCE:
        return None
    if above.trusted and not is_possible_date(above.date):
        return None  # The receiver's clock was never set: nothing can be compared with it.
    ahead = hop.date - above.date - _skew(hop, skews) + _skew(above, skews)
    unstated = timedelta(0) if above.zone_stated and hop.zone_stated else _ZONE_TOLERANCE
    return ahead if ahead > CLOCK_TOLERANCE + unstated else None


def _skew(hop: Hop, skews: Mapping[str, timedelta]) -> timedelta:
    return timedelta(0) if hop.by is None else skews.get(host_key(hop.by), timedelta(0))
