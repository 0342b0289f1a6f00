"""The findings on one message: what is odd in its lines, as rule ids on the hops and on the message."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import TYPE_CHECKING

from attribution._names import registrable_domain, same_organisation
from attribution._net import is_public, parse_ip
from attribution.origin.chain_faults import below_subject, reused_ids
from attribution.origin.continuity import is_inside_name
from attribution.origin.habits import is_looked_up
from attribution.origin.handover import calls_itself_receivers
from attribution.origin.line_faults import impossible_protocol, line_faults
from attribution.origin.own_dates import contradicted_dates
from attribution.origin.profiles import profile_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.models import HeaderBlock, Hop, Verdict
    from attribution.origin.claims import Break
    from attribution.origin.receiver import Receiver
    from attribution.origin.statements import Statement
    from attribution.origin.walk import Boundary

__all__ = ["note_findings"]


def note_findings(
    verdict: Verdict,
    hops: Sequence[Hop],
    boundary: Boundary,
    receiver: Receiver,
    broken: Break | None,
    statements: Sequence[Statement],
    block: HeaderBlock | None = None,
) -> None:
    """Put the ids of the rules that fired on the hops and, in their order, on the message.

    Args:
        verdict: Of the message; its `findings` are set.
        hops: All of the message, newest first; `findings` are added to.
        boundary: Where the trust ends.
        receiver: Whose lines are trusted.
        broken: Where the claims below the boundary cease to hold together, None when they reach the bottom.
        statements: What fields above the boundary say of the client's address.
        block: The header; without it, nothing is said of the order of its fields.
    """
    found: list[str] = []
    if not hops:
        found.append("no-received")
    if boundary.rule == "boundary-not-understood" and boundary.hop is not None:
        boundary.hop.findings.append(boundary.rule)
    if boundary.rule == "not-the-receiver":
        hops[0].findings.append(boundary.rule)
    if verdict.handover_ip is not None and any(item.ip != verdict.handover_ip for item in statements):
        found.append("client-ip-disagrees")
    if broken is not None and broken.rule not in broken.hop.findings:
        broken.hop.findings.append(broken.rule)
    for hop in contradicted_dates(hops):
        hop.findings.append("time-reversed")
    for hop in reused_ids(hops):
        hop.findings.append("id-used-twice")
    for hop in () if block is None else below_subject(block, hops):
        hop.findings.append("below-subject")
    for hop in hops:
        _note_line(hop, boundary, receiver)
        if hop.findings:
            found.extend(hop.findings)
    verdict.findings = list(dict.fromkeys(found))


def _note_line(hop: Hop, boundary: Boundary, receiver: Receiver) -> None:
    """Note what is odd in one line taken by itself."""
    if hop.helo is not None and hop.ip is not None and is_public(hop.ip):
        _note_helo(hop, hop.helo, hop.ip, boundary, receiver)
    if hop.id_date is not None and _has_false_id(hop):
        hop.findings.append("id-clock-disagrees")
    faults = line_faults(hop)
    if faults:
        hop.findings.extend(faults)
    if not hop.trusted:
        if hop.id_plausible is False:
            hop.findings.append("id-not-of-server")
        if "impossible-protocol" not in hop.findings and impossible_protocol(hop):
            hop.findings.append("impossible-protocol")


def _has_false_id(hop: Hop) -> bool:
    """Say whether a line's queue id was made after its date, or more than a day before: one of the two is false."""
    if hop.id_date is None or hop.date is None:
        return False
    slack = timedelta(0) if hop.zone_stated else _ZONE
    return not -_LATER - slack < hop.date - hop.id_date < _EARLIER + slack


_LATER, _EARLIER = timedelta(minutes=2), timedelta(days=1)
"""A message can lie in a queue or a slow connection for hours before its line is dated; its id is never younger."""
_ZONE = timedelta(hours=14)
"""How far a date without a time zone may be off."""


def _note_helo(hop: Hop, helo: str, ip: str, boundary: Boundary, receiver: Receiver) -> None:
    """Note what is odd in the name that a public peer gave itself."""
    literal = parse_ip(helo.strip("[]?").removeprefix("IPv6:"))
    if literal is not None:
        if literal != ip:
            is_global = ipaddress.ip_address(literal).is_global
            hop.findings.append("helo-is-other-address" if is_global else "helo-is-inner-address")
        return
    if hop is not boundary.hop or not boundary.peer:
        return
    if receiver.wrote(helo):
        if calls_itself_receivers(hop, receiver):
            hop.findings.append("receiver-name-looked-up" if is_looked_up(hop) else "receiver-name-in-helo")
    elif hop.rdns_state == "verified" and _is_other_name(helo, hop.rdns):
        hop.findings.append("helo-is-other-name")


def _is_other_name(helo: str, rdns: str | None) -> bool:
    """Say whether the name that the peer gave itself and the verified name of its address are of two organisations."""
    if rdns is None or same_organisation(helo, rdns) or is_inside_name(helo) or is_inside_name(rdns):
        return False
    one, other = registrable_domain(helo), registrable_domain(rdns)
    if one is not None and other is not None and one.partition(".")[0] == other.partition(".")[0]:
        return False  # The same word below another suffix, as companies register it in several countries.
    profile = profile_of(helo)
    return profile is None or not profile.owns(rdns)
