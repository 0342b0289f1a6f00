"""The findings on one message: what is odd in its lines, as rule ids on the hops and on the message."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import TYPE_CHECKING

from attribution._names import same_organisation
from attribution._net import is_public, parse_ip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.models import Hop, Verdict
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
) -> None:
    """Put the ids of the rules that fired on the hops and, in their order, on the message.

    Args:
        verdict: Of the message; its `findings` are set.
        hops: All of the message, newest first; `findings` are added to.
        boundary: Where the trust ends.
        receiver: Whose lines are trusted.
        broken: Where the claims below the boundary stop to hold together, None when they reach the bottom.
        statements: What fields above the boundary say of the client's address.
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
    for hop in hops:
        _note_helo(hop, boundary, receiver)
        if _has_false_id(hop):
            hop.findings.append("id-clock-disagrees")
        found.extend(hop.findings)
    verdict.findings = list(dict.fromkeys(found))


def _has_false_id(hop: Hop) -> bool:
    """Say whether a line's queue id was made after its date, or more than a day before: one of the two is false."""
    if hop.id_date is None or hop.date is None:
        return False
    return not -_LATER < hop.date - hop.id_date < _EARLIER


_LATER, _EARLIER = timedelta(minutes=2), timedelta(days=1)
"""A message can lie in a queue or a slow connection for hours before its line is dated; its id is never younger."""


def _note_helo(hop: Hop, boundary: Boundary, receiver: Receiver) -> None:
    """Note what is odd in the name that a public peer gave itself."""
    if hop.helo is None or hop.ip is None or not is_public(hop.ip):
        return
    literal = parse_ip(hop.helo.strip("[]?").removeprefix("IPv6:"))
    if literal is not None and literal != hop.ip:
        rule = "helo-is-other-address" if ipaddress.ip_address(literal).is_global else "helo-is-inner-address"
        hop.findings.append(rule)
    if hop is boundary.hop and boundary.peer and literal is None and receiver.wrote(hop.helo):
        known = any(profile.sends_from(hop.ip) for profile in receiver.profiles)
        if not known and not (hop.rdns_state == "verified" and same_organisation(hop.helo, hop.rdns)):
            hop.findings.append("receiver-name-in-helo")
