"""The origin: the earliest address that the chain supports, and how far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution._net import is_public, parse_ip
from attribution.origin.profiles import profile_of, profiles_sending_from
from attribution.origin.remarks import also_said, roles
from attribution.origin.senders import is_inner_step, is_web_page, is_webmail_host, webmail_field
from attribution.origin.statements import script_client

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.models import Hop, Verdict
    from attribution.origin.profiles import Profile
    from attribution.origin.receiver import Receiver
    from attribution.origin.scene import Scene
    from attribution.origin.statements import Statement
    from attribution.origin.walk import Boundary

__all__ = ["fill_origin"]


def fill_origin(verdict: Verdict, scene: Scene, boundary: Boundary, receiver: Receiver) -> None:
    """Fill in the origin: the first that holds of a field's client, the oldest line's peer, and the handover.

    Args:
        verdict: To be filled in; the handover stands in it already.
        scene: What stands below the boundary.
        boundary: Where the trust ends.
        receiver: Whose own addresses are no origin.
    """
    above, deepest, broken = scene.above, scene.deepest, scene.broken
    client = scene.stated.client
    script = None if broken is not None else script_client(scene.fields, scene.keys)
    if client is not None and _explains(scene) and not receiver.is_inside(client.ip):
        _claim_field(verdict, client, "originating-field")
        verdict.origin_reason = (
            f"{_field(client, scene)} names {client.ip} as the machine from which the message was submitted, "
            "and nobody vouches for it"
        )
    elif script is not None and _made_there(scene):
        _claim_field(verdict, script, "script-client")
        verdict.origin_reason = (
            f"{script.field} names {script.ip} as the web client that ran the script which made the message, "
            "and nobody vouches for it"
        )
    elif deepest is not None and above is not None and not scene.blind and deepest.ip != above.ip:
        _claim_deepest(verdict, deepest, above, scene)
    elif scene.blind and deepest is not None:
        verdict.origin_ip, verdict.origin_hop, verdict.origin_span = deepest.ip, deepest.hop, deepest.ip_span
        verdict.origin_grade, verdict.origin_rule = "claimed", "claim-without-handover"
        verdict.origin_reason = f"hop {deepest.hop} names {deepest.ip}, and no trusted line above it leads there"
    elif scene.blind:
        verdict.origin_rule, verdict.origin_reason = boundary.rule, boundary.reason
        return
    else:
        verdict.origin_ip, verdict.origin_hop = verdict.handover_ip, verdict.handover_hop
        verdict.origin_span, verdict.origin_grade = verdict.handover_span, verdict.handover_grade
        verdict.origin_rule = "handover-is-earliest" if broken is None else broken.rule
        verdict.origin_reason = "the handover address is the earliest that the chain supports"
        if verdict.handover_ip is not None and not is_public(verdict.handover_ip):
            verdict.origin_reason += ", an inner address that tells nothing of where the message came from"
        if broken is not None:
            verdict.origin_reason += f": {broken.reason}"
    if broken is not None and broken.reason not in verdict.origin_reason:
        verdict.origin_reason += f"; what is below is not followed: {broken.reason}"
    verdict.origin_reason += roles(scene, verdict.origin_ip) + also_said(verdict, scene, script)


def _claim_deepest(verdict: Verdict, deepest: Hop, above: Hop, scene: Scene) -> None:
    """Take the earliest public address of the claimed chain; corroborated where a known provider wrote all of it."""
    verdict.origin_ip, verdict.origin_hop, verdict.origin_span = deepest.ip, deepest.hop, deepest.ip_span
    role = " as the client of its web page" if is_web_page(deepest) else ""
    reason = f"hop {deepest.hop}, written by {deepest.by or 'an unnamed host'}, names {deepest.ip}{role}"
    lines = [hop for hop in scene.chain if hop.hop <= deepest.hop]
    provider = _wrote_all(above, lines)
    if provider is not None:
        verdict.origin_grade, verdict.origin_rule = "corroborated", "provider-own-lines"
        verdict.origin_reason = f"{reason}; {above.ip} is an address of {provider.name}, whose own lines lead there"
        return
    verdict.origin_grade, verdict.origin_rule = "claimed", "claimed-chain"
    steps = "the line holds" if len(lines) == 1 else f"the {len(lines)} lines down to it hold"
    verdict.origin_reason = f"{reason}; {steps} together with those above, and nobody vouches for it"


_OWN_ENTRANCES = frozenset({"http", "https", "httprest", "mapi", "pop3", "pop3s", "imap", "imaps"})
"""Protocols of a provider's web pages and programs: what comes in there may bring lines of its own along."""


def _wrote_all(above: Hop, lines: Sequence[Hop]) -> Profile | None:
    """Return the known provider whose own writing leads from its network to the last of these lines, or None.

    Its writing ends at the first client from outside that it recorded. A stranger's own server proves nothing
    by its verified name, nor does one that passes on what its customers wrote: it may say what it likes.
    """
    profile = profile_of(lines[0].by or "")
    if profile is None or above.ip is None or not profile.sends_from(above.ip):
        return None
    if not profile.is_complete(above.date) or profile.has_ended(above.date):
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


def _explains(scene: Scene) -> bool:
    """Say whether a webmail field may name an earlier address than the oldest line.

    It may where nothing public stands below the server that took the message in, or where what stands there is the
    server of a web page by its name, or by what the message says of the program that it was written with.
    """
    last = scene.last
    if last is None:
        return False
    if last.ip is None or not is_public(last.ip) or is_inner_step(last):
        return True
    if (
        not scene.chain
        and scene.stated.client is not None
        and any(
            known.name == scene.stated.client.field and known.names == "origin"
            for profile in profiles_sending_from(last.ip)
            for known in profile.client_fields
        )
    ):
        return True
    return not is_web_page(last) and (is_webmail_host(last) or webmail_field(scene.fields) is not None)


def _field(client: Statement, scene: Scene) -> str:
    """Return the name of a field, and whose it is where the server that took the message in is known to write it."""
    last = scene.last
    profile = None if last is None or last.by is None else profile_of(last.by)
    if profile is None or not any(
        known.name == client.field and known.names == "origin" for known in profile.client_fields
    ):
        return client.field
    return f"{client.field}, a field of {profile.name},"


def _made_there(scene: Scene) -> bool:
    """Say whether a script can have handed the message in at the oldest line: locally, or by the first step of all."""
    last = scene.last
    return last is not None and (not scene.chain or last.ip is None or not is_public(last.ip))


def _claim_field(verdict: Verdict, client: Statement, rule: str) -> None:
    verdict.origin_ip, verdict.origin_span = client.ip, (client.start, client.end)
    verdict.origin_grade, verdict.origin_rule = "claimed", rule
