"""The handover: who connected to the receiver, and how far that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution._names import same_organisation
from attribution._net import is_public
from attribution.origin.habits import is_looked_up
from attribution.origin.senders import is_web_page
from attribution.origin.server_names import is_access_line
from attribution.origin.statements import client_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.models import Grade, HeaderBlock, Hop, Verdict
    from attribution.origin.receiver import Receiver
    from attribution.origin.statements import Statement
    from attribution.origin.walk import Boundary

__all__ = ["calls_itself_receivers", "hand_over"]


def hand_over(
    verdict: Verdict, block: HeaderBlock, hops: Sequence[Hop], boundary: Boundary, receiver: Receiver
) -> list[Statement]:
    """Fill in the handover; return what the receiver's own fields above the boundary state of the client's address.

    Args:
        verdict: To be filled in.
        block: The header; the receiver's own fields corroborate or contradict.
        hops: Its Received fields, newest first.
        boundary: Where the trust ends.
        receiver: Whose lines and fields count.
    """
    hop = boundary.hop
    found = []
    if hop is not None:
        # Below a step that is not certain, whoever wrote the doubtful line may have written other fields, too.
        sure = boundary.sure or hop
        found = client_statements(block.fields[: sure.field], hop, hops[: sure.hop + 1], receiver)
    own = [item for item in found if item.is_receivers]
    named = {item.ip for item in own}
    verdict.client_ip = named.pop() if len(named) == 1 else None
    verdict.client_fields = sorted({item.field for item in own})
    if hop is None or not boundary.peer or hop.ip is None:
        verdict.handover_rule, verdict.handover_reason = boundary.rule, boundary.reason
        return own
    verdict.handover_ip, verdict.handover_hop, verdict.handover_span = hop.ip, hop.hop, hop.ip_span
    verdict.helo, verdict.rdns = hop.helo, hop.rdns
    verdict.handover_rule = boundary.rule
    agreeing = sorted({item.field for item in own if item.ip == hop.ip})
    differing = next((item for item in own if item.ip != hop.ip), None)
    foreign = next((item for item in found if not item.is_receivers), None)
    verdict.handover_grade = _grade(boundary, agreeing, differing)
    verdict.handover_reason = _said_by_line(hop, hop.ip) + _said_by_fields(agreeing, differing, foreign)
    if boundary.rule == "peer-outside" and not receiver.leaves_out(hop.ip):
        verdict.handover_reason += _said_by_name(hop, hop.ip, receiver)
    if boundary.doubt:
        verdict.handover_reason += f"; but {boundary.doubt}"
    return own


def calls_itself_receivers(hop: Hop, receiver: Receiver) -> bool:
    """Say whether the peer of a line gave itself a name of the receiver's, and neither name nor address confirms it.

    Args:
        hop: The line.
        receiver: Whose lines are trusted.
    """
    if hop.helo is None or hop.ip is None or not receiver.wrote(hop.helo):
        return False
    if any(profile.sends_from(hop.ip) for profile in receiver.profiles):
        return False
    return not (hop.rdns_state == "verified" and same_organisation(hop.helo, hop.rdns))


def _grade(boundary: Boundary, agreeing: Sequence[str], differing: Statement | None) -> Grade:
    """Return how far the address holds, by the way down to its line and by what the receiver's own fields say."""
    if differing is not None and not agreeing:
        return "contradicted"
    if not boundary.doubt:
        return "vouched"
    return "corroborated" if agreeing and differing is None else "claimed"


def _said_by_line(hop: Hop, ip: str) -> str:
    did = "was the client of its web page" if is_public(ip) and is_web_page(hop) else "connected to it"
    said = f"{hop.by or 'the receiver'} recorded in hop {hop.hop} that {ip} {did}"
    if hop.auth:
        said += f", authenticated as one of the receiver's own users ({hop.auth})"
    if not is_public(ip):
        said += ", an address inside the receiver's own network"
    return said


def _said_by_fields(agreeing: Sequence[str], differing: Statement | None, foreign: Statement | None) -> str:
    """Say which of the receiver's fields confirm or contradict the line, and which is left out for its signer."""
    said = ""
    if agreeing:
        said += f"; {_joined(agreeing)} above it {'say' if len(agreeing) > 1 else 'says'} the same"
    if differing is not None:
        said += f"; but {differing.field} above it, the receiver's own too, names {differing.ip}"
    if foreign is not None:
        signer = foreign.signer or "nobody"
        said += f"; {foreign.field} above it is left out: it is signed by {signer}, not known to be the receiver's"
    return said


def _said_by_name(hop: Hop, ip: str, receiver: Receiver) -> str:
    """Say what a person can do where the peer may be the receiver's own server by a name that nothing confirms."""
    if not is_looked_up(hop) or not calls_itself_receivers(hop, receiver) or is_access_line(hop.rdns or "", ip):
        return ""
    return (
        f"; the DNS calls it {hop.rdns}, a name of the receiver's, which anybody can give to his own address: "
        f"if it is the receiver's server, name {ip} with --trust"
    )


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
