"""The verdict on one message: handover and origin, each with grade, rule, reason and byte span."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution._net import is_public, parse_ip
from attribution.models import Verdict
from attribution.origin.claims import follow
from attribution.origin.findings import note_findings
from attribution.origin.profiles import profile_of
from attribution.origin.statements import client_statements, originating_address
from attribution.origin.walk import find_boundary, receiver_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attribution.models import HeaderBlock, Hop
    from attribution.origin.claims import Break
    from attribution.origin.profiles import Profile
    from attribution.origin.receiver import Receivers
    from attribution.origin.statements import Statement
    from attribution.origin.walk import Boundary

__all__ = ["decide"]


def decide(block: HeaderBlock, hops: Sequence[Hop], receivers: Receivers) -> Verdict:
    """Decide where a message entered the receiver's mail system and how far the chain supports an earlier origin.

    Args:
        block: The header; other fields than Received corroborate or contradict.
        hops: Its Received fields, newest first. `trusted`, `trust_rule`, `trust_reason` and `findings` are set.
        receivers: Who the receiver is, configured or learnt.

    Returns:
        The verdict. It is never stronger than the line that carries it: what stands below the trust boundary
        is `corroborated` at best, and `none` is said where nothing can be.
    """
    receiver = receiver_of(hops, receivers)
    boundary = find_boundary(hops, receiver)
    verdict = Verdict()
    statements = _hand_over(verdict, block, boundary)
    below = hops[0 if boundary.hop is None else boundary.hop.hop + 1 :]
    # A provider's customers write to one another: there, the provider's networks tell forged lines from true ones.
    own_name = receiver.wrote if boundary.peer and not receiver.profiles else _nobody
    broken = _origin(verdict, block, boundary, below, own_name)
    for hop in below:
        if broken is not None and hop.hop >= broken.hop.hop:
            hop.trust_rule, hop.trust_reason = broken.rule, broken.reason
        elif not hop.trust_rule:
            hop.trust_rule, hop.trust_reason = "below-boundary", "stands below the trust boundary: a claim"
    for hop in below:
        if hop.by is not None and own_name(hop.by):
            hop.findings.append("receiver-name-below-boundary")
    note_findings(verdict, hops, boundary, receiver, broken, statements)
    dated = [hop.date for hop in hops if hop.trusted and hop.date is not None]
    verdict.received_at = dated[-1] if dated else None
    return verdict


def _hand_over(verdict: Verdict, block: HeaderBlock, boundary: Boundary) -> list[Statement]:
    """Fill in the handover; return what fields above the boundary state of the client's address."""
    hop = boundary.hop
    statements = [] if hop is None else client_statements(block.fields[: hop.field])
    named = {item.ip for item in statements}
    verdict.client_ip = named.pop() if len(named) == 1 else None
    verdict.client_fields = sorted({item.field for item in statements})
    if hop is None or not boundary.peer or hop.ip is None:
        verdict.handover_rule, verdict.handover_reason = boundary.rule, boundary.reason
        return statements
    agreeing = sorted({item.field for item in statements if item.ip == hop.ip})
    verdict.handover_ip, verdict.handover_hop, verdict.handover_span = hop.ip, hop.hop, hop.ip_span
    verdict.helo, verdict.rdns = hop.helo, hop.rdns
    verdict.handover_rule = boundary.rule
    reason = f"{hop.by or 'the receiver'} recorded in hop {hop.hop} that {hop.ip} connected to it"
    if hop.auth:
        reason += f", authenticated as one of the receiver's own users ({hop.auth})"
    if not is_public(hop.ip):
        reason += ", an address inside the receiver's own network"
    if not boundary.doubt:
        verdict.handover_grade = "vouched"
    elif agreeing:
        verdict.handover_grade = "corroborated"
    else:
        verdict.handover_grade = "claimed"
    if agreeing:
        reason += f"; {' and '.join(agreeing)} above it {'say' if len(agreeing) > 1 else 'says'} the same"
    if boundary.doubt:
        reason += f"; but {boundary.doubt}"
    verdict.handover_reason = reason
    return statements


def _nobody(_host: str) -> bool:
    return False


def _origin(
    verdict: Verdict, block: HeaderBlock, boundary: Boundary, below: Sequence[Hop], own_name: Callable[[str], bool]
) -> Break | None:
    """Fill in the origin; return where the claims below the boundary stopped to hold together."""
    above = boundary.hop
    blind = above is None or not boundary.peer
    chain, broken = follow(above, below, own_name, blind=blind) if above is not None else _unanchored(below)
    deepest = next((hop for hop in reversed(chain) if _names_a_sender(hop)), None)
    client = None if broken is not None else originating_address(block)
    if client is not None and _explains(client, above, chain):
        _claim_client(verdict, client, deepest or above)
        return broken
    if deepest is not None and above is not None and not blind and deepest.ip != above.ip:
        _claim_deepest(verdict, deepest, above, chain)
        return broken
    if blind:
        if deepest is not None:
            verdict.origin_ip, verdict.origin_hop, verdict.origin_span = deepest.ip, deepest.hop, deepest.ip_span
            verdict.origin_grade, verdict.origin_rule = "claimed", "claim-without-handover"
            verdict.origin_reason = f"hop {deepest.hop} names {deepest.ip}, and no trusted line above it leads there"
        else:
            verdict.origin_rule, verdict.origin_reason = boundary.rule, boundary.reason
        return broken
    verdict.origin_ip, verdict.origin_hop = verdict.handover_ip, verdict.handover_hop
    verdict.origin_span, verdict.origin_grade = verdict.handover_span, verdict.handover_grade
    verdict.origin_rule = "handover-is-earliest" if broken is None else broken.rule
    verdict.origin_reason = "the handover address is the earliest that the chain supports"
    if broken is not None:
        verdict.origin_reason += f": {broken.reason}"
    return broken


def _names_a_sender(hop: Hop) -> bool:
    """Say whether the peer of a hop can be a sender: a public address, and none of the writer's own servers."""
    if hop.ip is None or not is_public(hop.ip):
        return False
    profile = None if hop.by is None else profile_of(hop.by)
    return profile is None or not profile.is_inside(hop.ip)


def _unanchored(below: Sequence[Hop]) -> tuple[list[Hop], Break | None]:
    """Follow a chain whose newest line is not the receiver's."""
    if not below or below[0].status == "unknown":
        return [], None
    chain, broken = follow(below[0], below[1:], _nobody)
    return [below[0], *chain], broken


def _claim_deepest(verdict: Verdict, deepest: Hop, above: Hop, chain: Sequence[Hop]) -> None:
    """Take the earliest public address of the claimed chain; corroborated where a known provider wrote all of it."""
    verdict.origin_ip, verdict.origin_hop, verdict.origin_span = deepest.ip, deepest.hop, deepest.ip_span
    reason = f"hop {deepest.hop}, written by {deepest.by or 'an unnamed host'}, names {deepest.ip}"
    lines = [hop for hop in chain if hop.hop <= deepest.hop]
    provider = _wrote_all(above, lines)
    if provider is not None:
        verdict.origin_grade, verdict.origin_rule = "corroborated", "provider-own-lines"
        verdict.origin_reason = f"{reason}; {above.ip} is an address of {provider.name}, whose own lines lead there"
        return
    verdict.origin_grade, verdict.origin_rule = "claimed", "claimed-chain"
    steps = "the line holds" if len(lines) == 1 else f"the {len(lines)} lines down to it hold"
    verdict.origin_reason = f"{reason}; {steps} together with those above, and nobody vouches for it"


_OWN_ENTRANCES = frozenset({"http", "https", "httprest", "mapi"})
"""Protocols of a provider's web pages and programs: what comes in there may bring lines of its own along."""


def _wrote_all(above: Hop, lines: Sequence[Hop]) -> Profile | None:
    """Return the known provider whose own writing leads from its network to the last of these lines, or None.

    Its writing ends at the first client from outside that it recorded. A stranger's own server proves nothing
    by its verified name, nor does one that passes on what its customers wrote: it may say what it likes.
    """
    profile = profile_of(lines[0].by or "")
    if profile is None or not profile.outbound_complete or above.ip is None or not profile.sends_from(above.ip):
        return None
    for hop in lines:
        if hop.by is None or not (profile.owns(hop.by) or _is_own_address(hop.by)):
            return None
        if (hop.protocol or "").lower() in _OWN_ENTRANCES:
            return None
        if hop is not lines[-1] and hop.ip is not None and is_public(hop.ip) and not profile.is_inside(hop.ip):
            return None
    return profile


def _is_own_address(by: str) -> bool:
    """Say whether a line was written by an address that only a provider's inner machines have (Google's lines)."""
    ip = parse_ip(by.strip("[]"))
    return ip is not None and ":" in ip and not is_public(ip)


def _explains(client: Statement, above: Hop | None, chain: Sequence[Hop]) -> bool:
    """Say whether a webmail field may speak: nothing stands between it and the server that took the message in."""
    last = chain[-1] if chain else above
    if last is None:
        return False
    if last.ip is None or not is_public(last.ip):
        return True
    return client.ip == last.ip


def _claim_client(verdict: Verdict, client: Statement, last: Hop | None) -> None:
    verdict.origin_ip, verdict.origin_span = client.ip, (client.start, client.end)
    verdict.origin_hop = last.hop if last is not None and last.ip == client.ip else None
    verdict.origin_grade, verdict.origin_rule = "claimed", "originating-field"
    if last is not None and last.ip == client.ip and last.trusted:
        # Below the boundary the same hand may have written both, so that they confirm nothing.
        verdict.origin_grade = verdict.handover_grade
    verdict.origin_reason = f"{client.field} names {client.ip} as the client of the server that took the message in"
