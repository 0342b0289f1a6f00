"""The verdict on one message: handover and origin, each with grade, rule, reason and byte span."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attribution._net import is_public, parse_ip
from attribution.models import Verdict
from attribution.origin.claims import follow
from attribution.origin.findings import note_findings
from attribution.origin.profiles import profile_of
from attribution.origin.senders import (
    UNNAMED_LIST_SOFTWARE,
    account_field,
    bulk_mailer,
    is_inner_step,
    is_list_server,
    is_web_page,
    is_webmail_host,
    mailing_list,
    provider_of_address,
    script_field,
    webmail_field,
)
from attribution.origin.statements import (
    Originating,
    client_statements,
    originating_addresses,
    script_client,
    sealed_by,
)
from attribution.origin.walk import find_boundary, receiver_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

    from attribution.models import Field, HeaderBlock, Hop
    from attribution.origin.claims import Break
    from attribution.origin.profiles import Profile
    from attribution.origin.receiver import Receiver, Receivers
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
    statements = _hand_over(verdict, block, hops, boundary, receiver)
    below = hops[0 if boundary.hop is None else boundary.hop.hop + 1 :]
    # A provider's customers write to one another: there, the provider's networks tell forged lines from true ones.
    own_name = receiver.wrote if boundary.peer and not receiver.profiles else _nobody
    scene = _scene(block, boundary, below, own_name, receivers.skews)
    _origin(verdict, scene, boundary, receiver)
    broken = scene.broken
    for hop in below:
        if broken is not None and hop.hop >= broken.hop.hop:
            hop.trust_rule, hop.trust_reason = broken.rule, broken.reason
        elif not hop.trust_rule:
            hop.trust_rule, hop.trust_reason = "below-boundary", "stands below the trust boundary: a claim"
    for hop in below:
        if hop.by is not None and own_name(hop.by):
            hop.findings.append("receiver-name-below-boundary")
    note_findings(verdict, hops, boundary, receiver, broken, statements, block)
    if scene.stated.disagree:
        verdict.findings.append("originating-fields-disagree")
    dated = [hop.date for hop in hops if hop.trusted and hop.date is not None]
    verdict.received_at = dated[-1] if dated else None
    return verdict


# --- the handover -----------------------------------------------------------------------------------------------


def _hand_over(
    verdict: Verdict, block: HeaderBlock, hops: Sequence[Hop], boundary: Boundary, receiver: Receiver
) -> list[Statement]:
    """Fill in the handover; return what the receiver's own fields above the boundary state of the client's address."""
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
    did = "was the client of its web page" if is_public(hop.ip) and is_web_page(hop) else "connected to it"
    reason = f"{hop.by or 'the receiver'} recorded in hop {hop.hop} that {hop.ip} {did}"
    if hop.auth:
        reason += f", authenticated as one of the receiver's own users ({hop.auth})"
    if not is_public(hop.ip):
        reason += ", an address inside the receiver's own network"
    agreeing = sorted({item.field for item in own if item.ip == hop.ip})
    differing = next((item for item in own if item.ip != hop.ip), None)
    if differing is not None and not agreeing:
        verdict.handover_grade = "contradicted"
    elif not boundary.doubt:
        verdict.handover_grade = "vouched"
    elif agreeing and differing is None:
        verdict.handover_grade = "corroborated"
    else:
        verdict.handover_grade = "claimed"
    if agreeing:
        reason += f"; {_joined(agreeing)} above it {'say' if len(agreeing) > 1 else 'says'} the same"
    if differing is not None:
        reason += f"; but {differing.field} above it, the receiver's own too, names {differing.ip}"
    foreign = next((item for item in found if not item.is_receivers), None)
    if foreign is not None:
        signer = foreign.signer or "nobody"
        reason += f"; {foreign.field} above it is left out: it is signed by {signer}, not known to be the receiver's"
    if boundary.doubt:
        reason += f"; but {boundary.doubt}"
    verdict.handover_reason = reason
    return own


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _nobody(_host: str) -> bool:
    return False


# --- the origin -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Scene:
    """What the origin is decided from.

    Attributes:
        above: The boundary line, None without one.
        blind: That line does not name who handed the message over.
        chain: The lines below it that hold together. `broken`: why they end; None when they reach the bottom.
        deepest: The oldest of them that names a possible sender.
        fields: All fields below the boundary line. `keys`: their names.
        stated: The addresses that fields of webmail and submission servers name.
    """

    above: Hop | None
    blind: bool
    chain: list[Hop]
    broken: Break | None
    deepest: Hop | None
    fields: list[Field]
    keys: set[str]
    stated: Originating


def _scene(
    block: HeaderBlock,
    boundary: Boundary,
    below: Sequence[Hop],
    own_name: Callable[[str], bool],
    skews: Mapping[str, timedelta],
) -> _Scene:
    above = boundary.hop
    blind = above is None or not boundary.peer
    if above is None:
        chain, broken = _unanchored(below, skews)
    else:
        chain, broken = follow(above, below, own_name, skews, blind=blind)
    fields = block.fields if above is None else block.fields[above.field + 1 :]
    keys = {field.key for field in fields}
    lines = chain if above is None else [above, *chain]
    return _Scene(
        above=above,
        blind=blind,
        chain=chain,
        broken=broken,
        deepest=next((hop for hop in reversed(chain) if _names_a_sender(hop)), None),
        fields=fields,
        keys=keys,
        stated=Originating() if broken is not None else originating_addresses(fields, keys, lines),
    )


def _origin(verdict: Verdict, scene: _Scene, boundary: Boundary, receiver: Receiver) -> None:
    """Fill in the origin: the first that holds of a field's client, the oldest line's peer, and the handover."""
    above, deepest, broken = scene.above, scene.deepest, scene.broken
    client = scene.stated.client
    script = None if broken is not None else script_client(scene.fields, scene.keys)
    if client is not None and _explains(scene) and not receiver.is_inside(client.ip):
        _claim_field(verdict, client, "originating-field")
        verdict.origin_reason = (
            f"{_field(client, scene)} names {client.ip} as the client of the server that took the message in, "
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
    verdict.origin_reason += _roles(scene, verdict.origin_ip) + _also_said(verdict, scene, script)


def _names_a_sender(hop: Hop) -> bool:
    """Say whether the peer of a hop can be a sender: a public address, and none of the writer's own servers."""
    if hop.ip is None or not is_public(hop.ip) or is_inner_step(hop):
        return False
    profile = None if hop.by is None else profile_of(hop.by)
    return profile is None or not profile.is_inside(hop.ip)


def _unanchored(below: Sequence[Hop], skews: Mapping[str, timedelta]) -> tuple[list[Hop], Break | None]:
    """Follow a chain whose newest line is not the receiver's."""
    if not below or below[0].status == "unknown":
        return [], None
    chain, broken = follow(below[0], below[1:], _nobody, skews)
    return [below[0], *chain], broken


def _claim_deepest(verdict: Verdict, deepest: Hop, above: Hop, scene: _Scene) -> None:
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


# --- what fields below the boundary claim -------------------------------------------------------------------------


def _last(scene: _Scene) -> Hop | None:
    return scene.chain[-1] if scene.chain else scene.above


def _explains(scene: _Scene) -> bool:
    """Say whether a webmail field may name an earlier address than the oldest line.

    It may where nothing public stands below the server that took the message in, or where what stands there is the
    server of a web page by its name, or by what the message says of the program that it was written with.
    """
    last = _last(scene)
    if last is None:
        return False
    if last.ip is None or not is_public(last.ip) or is_inner_step(last):
        return True
    return not is_web_page(last) and (is_webmail_host(last) or webmail_field(scene.fields) is not None)


def _field(client: Statement, scene: _Scene) -> str:
    """Return the name of a field, and whose it is where the server that took the message in is known to write it."""
    last = _last(scene)
    profile = None if last is None or last.by is None else profile_of(last.by)
    if profile is None or not any(
        known.name == client.field and known.names == "origin" for known in profile.client_fields
    ):
        return client.field
    return f"{client.field}, a field of {profile.name},"


def _made_there(scene: _Scene) -> bool:
    """Say whether a script can have handed the message in at the oldest line: locally, or by the first step of all."""
    last = _last(scene)
    return last is not None and (not scene.chain or last.ip is None or not is_public(last.ip))


def _claim_field(verdict: Verdict, client: Statement, rule: str) -> None:
    verdict.origin_ip, verdict.origin_span = client.ip, (client.start, client.end)
    verdict.origin_grade, verdict.origin_rule = "claimed", rule


def _roles(scene: _Scene, origin: str | None) -> str:
    """Say for whom the message was handed over, if that is a bulk mailer or a mailing list, or whose the origin is."""
    if scene.above is None:
        return ""
    name, known = (None if scene.blind else bulk_mailer(scene.above)) or ("", False)
    if known:
        stated = scene.deepest is not None and scene.deepest.ip != scene.above.ip
        rest = "" if stated else ", whose customer's address is not stated"
        return f"; the message was handed over by the bulk mailer {name}{rest}"
    found = mailing_list(scene.fields, scene.keys)
    if found is not None:
        called = found[0] if found[1] == UNNAMED_LIST_SOFTWARE else f"{found[0]} ({found[1]})"
        if is_list_server(found[0], scene.above):
            return f"; the message was handed over by the mailing list {called}"
        return f"; by its own fields the message came through the mailing list {called}"
    if name:
        return f"; the peer calls itself a server of the bulk mailer {name}"
    provider = None if origin is None else provider_of_address(origin)
    return "" if provider is None else f"; {origin} is a server of {provider}, which names no earlier client"


def _also_said(verdict: Verdict, scene: _Scene, script: Statement | None) -> str:
    """Say what other fields below the boundary add, which changes neither address nor grade."""
    said = ""
    stated = scene.stated
    if stated.repeated is not None and stated.repeated.ip == verdict.origin_ip:
        said += f"; {stated.repeated.field} names the same address"
    if stated.client is not None and stated.client.ip != verdict.origin_ip:
        said += f"; {stated.client.field} names {stated.client.ip}, to which no line leads"
    if stated.disagree:
        said += "; fields that name the author's machine disagree, and are left out"
    if script is None:
        field = script_field(scene.fields, scene.keys)
        if field is not None:
            said += f"; {field} says that a script on a web host made the message"
    account = account_field(scene.fields, scene.keys)
    if account is not None:
        said += f"; {account} names the account that handed the message in"
    if verdict.origin_hop is not None and scene.deepest is not None and verdict.origin_hop == scene.deepest.hop:
        sealed = sealed_by(scene.fields, scene.keys, scene.deepest)
        if sealed is not None:
            said += f"; ARC set {sealed[1]} of {sealed[0]}, whose seal was not checked, says the same"
    return said
