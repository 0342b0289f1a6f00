"""The verdict on one message: handover and origin, each with grade, rule, reason and byte span."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.models import Verdict
from attribution.origin.earliest import fill_origin
from attribution.origin.findings import note_findings
from attribution.origin.handover import hand_over
from attribution.origin.own_dates import received_at
from attribution.origin.scene import nobody, read_scene
from attribution.origin.walk import find_boundary, receiver_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.models import HeaderBlock, Hop
    from attribution.origin.receiver import Receivers

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
    statements = hand_over(verdict, block, hops, boundary, receiver)
    below = hops[0 if boundary.hop is None else boundary.hop.hop + 1 :]
    # A provider's customers write to one another: there, the provider's networks tell forged lines from true ones.
    own_name = receiver.wrote if boundary.peer and not receiver.profiles else nobody
    scene = read_scene(block, boundary, below, own_name, receivers.skews)
    fill_origin(verdict, scene, boundary, receiver)
    broken = scene.broken
    for hop in below:
        if broken is not None and hop.hop >= broken.hop.hop:
            hop.trust_rule, hop.trust_reason = broken.rule, broken.reason
        elif not hop.trust_rule:
            hop.trust_rule, hop.trust_reason = "below-boundary", "stands below the trust boundary: a claim"
    held = {hop.hop for hop in scene.chain}
    for hop in below:
        if hop.by is not None and hop.hop not in held and own_name(hop.by):
            hop.findings.append("receiver-name-below-boundary")
    note_findings(verdict, hops, boundary, receiver, broken, statements, block)
    if scene.stated.disagree:
        verdict.findings.append("originating-fields-disagree")
    verdict.received_at = received_at(hops)
    return verdict
