"""What lies below the trust boundary: lines that anyone may have written, followed as far as they hold together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from attribution._names import is_inner_name, same_organisation
from attribution._net import is_public, parse_ip
from attribution.origin.clock_skew import host_key
from attribution.origin.line_faults import impossible_protocol
from attribution.origin.profiles import profile_of

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
    """Where the claims stop to hold together: the hop that breaks, the rule that says so, and why."""

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
    for hop in below:
        fault = _own(hop, own_name) or _impossible(hop) or (None if blind else _fault(above, hop, skews or {}))
        if fault is not None:
            return chain, fault
        if hop.status == "unknown":
            return chain, Break(hop, "claim-not-understood", f"hop {hop.hop} is not understood")
        chain.append(hop)
        blind = False
        if hop.by is not None:
            # A line that names not even its writer (qmail's "invoked by") ties the next one to nothing.
            above = hop
    return chain, None


def _own(hop: Hop, own_name: Callable[[str], bool]) -> Break | None:
    if hop.by is None or not own_name(hop.by):
        return None
    reason = f"hop {hop.hop} bears the receiver's own name, {hop.by}, below the trust boundary"
    return Break(hop, "receiver-name-below-boundary", reason)


def _impossible(hop: Hop) -> Break | None:
    if not impossible_protocol(hop):
        return None
    reason = f"hop {hop.hop} says `with {hop.protocol}`, which the server that it names never writes"
    return Break(hop, "impossible-protocol", reason)


def _fault(above: Hop, hop: Hop, skews: Mapping[str, timedelta]) -> Break | None:
    """Say why a line does not fit the one above it, or None when it does."""
    if above.date is not None and hop.date is not None and hop.date - above.date > CLOCK_TOLERANCE:
        ahead = hop.date - above.date
        if ahead - _clock_errors(above, hop, skews) > CLOCK_TOLERANCE:
            reason = f"hop {hop.hop} is dated {ahead} after hop {above.hop}, which is newer in the chain"
            return Break(hop, "time-reversed", reason)
    if _is_foreign_provider(above, hop):
        reason = f"hop {hop.hop} names {hop.by} as its writer, but {above.ip} is no server of that provider"
        return Break(hop, "forged-provider-hop", reason)
    if _continues(above, hop):
        return None
    named = above.rdns or above.helo or above.ip or above.by
    reason = f"hop {hop.hop} was written by {hop.by or 'an unnamed host'}, but hop {above.hop} came from {named}"
    return Break(hop, "chain-broken", reason)


def _clock_errors(above: Hop, hop: Hop, skews: Mapping[str, timedelta]) -> timedelta:
    """Return how far the older of two lines may be dated after the newer for reasons that are known."""
    known = _skew(hop, skews) - _skew(above, skews)
    return known if above.zone_stated and hop.zone_stated else known + _ZONE_TOLERANCE


def _skew(hop: Hop, skews: Mapping[str, timedelta]) -> timedelta:
    return timedelta(0) if hop.by is None else skews.get(host_key(hop.by), timedelta(0))


def _is_foreign_provider(above: Hop, hop: Hop) -> bool:
    """Say whether a line bears a large provider's name though the peer above it is not that provider's."""
    profile = None if hop.by is None else profile_of(hop.by)
    if profile is None or above.ip is None or not is_public(above.ip):
        return False
    if profile.sends_from(above.ip):
        return False
    if above.rdns is not None and above.rdns_state == "verified" and not profile.customer_names:
        return not profile.owns(above.rdns)
    return profile.outbound_complete


def _continues(above: Hop, hop: Hop) -> bool:
    """Say whether a line was written by the host that the line above names as its peer.

    Inner names and addresses contradict nothing: senders call their own machines as they like.
    """
    if (above.ip is not None and not is_public(above.ip)) or hop.raw == above.raw:
        return True
    if hop.by is None:
        return hop.status == "no-peer"
    if _left_provider(above, hop.by):
        return False
    if above.ip is not None and above.ip in (hop.by_ip, parse_ip(hop.by.strip("[]"))):
        return True
    if is_inner_name(hop.by) or (above.ip is None and is_inner_name(above.by)):
        return True
    names = [name for name in (above.rdns, above.helo) if name]
    if above.ip is None:
        # Without a peer, all that a line says of where the message was before is its own name.
        names.append(above.by or "")
    if any(same_organisation(hop.by, name) for name in names):
        return True
    profile = profile_of(hop.by)
    return profile is not None and any(profile.owns(name) for name in names)


def _left_provider(above: Hop, by: str) -> bool:
    """Say whether a provider's own line recorded a client from outside, and yet the next line bears its name too.

    The HELO is the client's to choose and so is what it says of its own address: neither leads back inside.
    """
    profile = profile_of(by)
    if profile is None or not profile.outbound or above.by is None or above.ip is None or not profile.owns(above.by):
        return False
    if above.rdns is not None and above.rdns_state == "verified" and profile.owns(above.rdns):
        return False
    return not profile.sends_from(above.ip)
