"""The walk down from the newest hop, through the lines that the receiver wrote, to the trust boundary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attribution._names import host_form, is_inner_name, registrable_domain, same_host, same_organisation
from attribution._net import is_public, is_same_wire
from attribution.origin.profiles import profile_of
from attribution.origin.receiver import Receiver
from attribution.origin.server_names import is_access_line, is_mail_server, pool_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.models import Hop
    from attribution.origin.receiver import Receivers

__all__ = [
    "MAIL_DROP_DIALECTS",
    "Boundary",
    "accept",
    "find_boundary",
    "receiver_for",
    "receiver_of",
    "top_organisation",
]

MAIL_DROP_DIALECTS = frozenset({"fetchmail"})
"""Dialects of programs that fetch mail from a mailbox, getmail and POP connectors among them: the chain starts anew
with the mailbox provider's own lines."""


@dataclass(slots=True)
class Boundary:
    """Where the trust ends.

    Attributes:
        hop: The oldest hop that the receiver wrote; None when not even the newest is its own.
        rule: Id of the rule that ended the walk.
        reason: Why the walk ended there, in one sentence.
        peer: Whether `hop` names the peer that handed the message over.
        doubt: Why the way down to `hop` is not certain; empty where it is.
        sure: The oldest hop above the doubtful step; None where the way is certain. Between it and `hop` whoever
            wrote the doubtful line may have written other fields, too.
    """

    hop: Hop | None
    rule: str
    reason: str
    peer: bool = False
    doubt: str = ""
    sure: Hop | None = None


def top_organisation(hops: Sequence[Hop], gates: frozenset[str] = frozenset()) -> str | None:
    """Return the registrable domain of the newest server that tells its organisation, or None.

    Lines of inner names (`localhost`, `mailstore-3`, `10.0.0.4`) on top are passed by as long as each was
    handed over from inside: by a private peer, or by one that the line does not name.

    Args:
        hops: Of one message, newest first.
        gates: Inner addresses behind which strangers stand, so that no name below them is the receiver's.
    """
    for hop in hops:
        if hop.by is not None and not is_inner_name(hop.by):
            return registrable_domain(hop.by) or host_form(hop.by)
        if hop.status == "unknown" or (hop.ip is not None and (is_public(hop.ip) or hop.ip in gates)):
            return None
    return None


def receiver_of(hops: Sequence[Hop], receivers: Receivers) -> Receiver:
    """Return the receiver of one message: the configured one, one learnt, or the newest line's own organisation."""
    if receivers.configured is not None:
        return receivers.configured
    domain = top_organisation(hops, receivers.gates)
    if domain is None:
        return Receiver(name="the host that wrote the newest line", gates=receivers.gates)
    return receivers.learnt.get(domain) or receiver_for(domain)


def receiver_for(domain: str) -> Receiver:
    """Return the receiver that a registrable domain stands for, with the facts of its profile if there is one."""
    profile = profile_of(domain)
    hosts = (domain,) if profile is None else tuple(dict.fromkeys((*profile.hosts, domain)))
    return Receiver(
        name=domain if profile is None else f"{profile.name} ({domain})",
        hosts=hosts,
        networks=() if profile is None else profile.inside,
        profiles=() if profile is None else (profile,),
    )


def find_boundary(hops: Sequence[Hop], receiver: Receiver) -> Boundary:
    """Walk from the newest hop down and mark each that the receiver wrote.

    Follows the trust model of SpamAssassin's TrustPath in spirit, with one difference: a line that is not
    understood ends the trust, it is never skipped.

    Args:
        hops: Newest first; `trusted`, `trust_rule` and `trust_reason` are set on them.
        receiver: Whose lines are trusted.
    """
    if not hops:
        return Boundary(None, "no-received", "the message has no Received field")
    first = hops[0]
    if receiver.is_named and first.by is not None and not receiver.wrote(first.by) and not _inner_top(hops, receiver):
        reason = _stranger_on_top(first.by, receiver)
        first.trust_rule, first.trust_reason = "not-the-receiver", reason
        return Boundary(None, "not-the-receiver", reason)
    rule, why = "newest-line", "the newest line is written by the server that keeps the mailbox"
    way = Boundary(None, "", "")
    mailbox: str | None = None
    told = first  # The last line that names its writer or its peer: nothing but it ties the next one to the receiver.
    for hop in hops:
        hop.trusted, hop.trust_rule, hop.trust_reason = True, rule, why
        below = hops[hop.hop + 1] if hop.hop + 1 < len(hops) else None
        writer = _next_named(hops, hop.hop + 1)
        if hop.status == "unknown":
            reason = f"hop {hop.hop} is the receiver's but is not understood: nothing below it can be trusted"
            return _end(way, hop, "boundary-not-understood", reason)
        inside, rule, why = _step(way, hop, writer, receiver)
        if not inside:
            return _end(way, hop, rule, why)
        if below is None:
            return _bottom(way, hop)
        if hop.by is not None or hop.status != "no-peer":
            told = hop
        accepted, below_why = accept(told, below, receiver, mailbox)
        if _is_fetch(hop):
            mailbox = below.by
        if accepted == "no":
            if rule == "receiver-network" and below.by is not None and receiver.leaves_out_host(below.by):
                _doubt(way, hop, f"{below_why}, though {hop.ip} is taken for the receiver's")
            return _end(way, hop, "left-inside", below_why)
        if accepted == "doubt":
            _doubt(way, told, below_why)
    message = "the loop ends at the last hop at the latest"
    raise AssertionError(message)


def _doubt(way: Boundary, hop: Hop, why: str) -> None:
    """Note the first step of the way that is not certain."""
    if not way.doubt:
        way.doubt, way.sure = why, hop


def _end(way: Boundary, hop: Hop, rule: str, reason: str) -> Boundary:
    """Close the walk at a hop."""
    way.hop, way.rule, way.reason, way.peer = hop, rule, reason, hop.status == "parsed"
    return way


def _is_fetch(hop: Hop) -> bool:
    """Say whether a line says that its message was fetched from a mailbox, and not handed over."""
    if hop.dialect in MAIL_DROP_DIALECTS:
        return True
    # Google's own lines look alike whatever they tell of; this one stands above what Gmail fetched elsewhere.
    return hop.dialect == "google" and hop.status == "no-peer" and hop.protocol == "POP3"


def _stranger_on_top(by: str, receiver: Receiver) -> str:
    if receiver.leaves_out_host(by):
        return f"hop 0 was written by {by}, which --trust leaves out"
    return (
        f"hop 0 was written by {by}, which is not under {receiver.name}; "
        f"if that server is the receiver's, say --trust {registrable_domain(by) or by}"
    )


def _next_named(hops: Sequence[Hop], start: int) -> Hop | None:
    """Return the first hop from there on that names its writer; lines that name nobody stand between."""
    return next((hop for hop in hops[start:] if hop.by is not None or hop.status != "no-peer"), None)


def _inner_top(hops: Sequence[Hop], receiver: Receiver) -> bool:
    """Say whether inner names alone stand on top, and the first line that tells its organisation is the receiver's."""
    for hop in hops:
        if hop.by is None or is_inner_name(hop.by):
            if hop.status == "unknown" or (hop.ip is not None and is_public(hop.ip)):
                return False
            continue
        return receiver.wrote(hop.by)
    return False


def _bottom(way: Boundary, hop: Hop) -> Boundary:
    """Close the walk at the oldest line of all, whose peer is inside."""
    if hop.status == "no-peer" or (hop.ip is not None and is_same_wire(hop.ip)):
        what = "names no peer" if hop.ip is None else f"was handed in from {hop.ip}, the same machine"
        reason = f"hop {hop.hop}, the oldest, {what}: the message was made inside the receiver's system"
        _end(way, hop, "made-inside", reason).peer = False
        return way
    reason = f"hop {hop.hop} is the oldest line and its peer lies inside the receiver's networks"
    return _end(way, hop, "peer-inside", reason)


def _step(way: Boundary, hop: Hop, writer: Hop | None, receiver: Receiver) -> tuple[bool, str, str]:
    """Say what `_link` says of the peer of a hop, suspected relays included, and note where that is not certain."""
    inside, rule, why = _link(hop, writer, receiver)
    if not inside and hop.ip in receiver.suspects and writer is not None and receiver.wrote(writer.by or ""):
        _doubt(way, hop, f"{hop.ip} is taken for the receiver's own only because nearly all mail comes that way")
        return True, "receiver-network", f"handed over from {hop.ip}, as nearly all mail is"
    if rule == "verified-name" and not _is_known_server(hop.rdns or "", receiver):
        _doubt(way, hop, f"{hop.rdns} has a name as any machine of the receiver has, a guest's or a customer's too")
    return inside, rule, why


def _link(hop: Hop, writer: Hop | None, receiver: Receiver) -> tuple[bool, str, str]:
    """Say whether the peer of a trusted hop is one of the receiver's own, by which rule, and why."""
    if hop.status == "no-peer":
        if hop.dialect == "masked":
            return False, "peer-without-address", f"somebody took the peer's address out of hop {hop.hop}"
        if _is_fetch(hop):
            return True, "mail-drop", "the line above fetched the message from this server's mailbox"
        if hop.helo is not None and not is_inner_name(hop.helo) and not receiver.wrote(hop.helo):
            # Whoever connected is hidden behind a name of its own choice, and may have written all that follows.
            reason = f"hop {hop.hop} calls its peer {hop.helo} and does not record its address"
            return False, "peer-without-address", reason
        return True, "no-peer", "the line above names no peer, and this one is by the same receiver"
    ip = hop.ip or ""
    if receiver.leaves_out(ip):
        return False, "peer-outside", f"{ip} is left out by --trust, so it is not one of the receiver's own servers"
    if not is_public(ip):
        where = "the same machine" if is_same_wire(ip) else "an address inside the receiver's own network"
        return True, "private-peer", f"handed over from {ip}, {where}"
    outbound = any(receiver.is_outbound(name) for name in (hop.helo, hop.rdns) if name)
    if receiver.is_inside(ip) and (not outbound or receiver.is_configured(ip)):
        return True, "receiver-network", f"handed over from {ip}, one of the receiver's own servers"
    if not outbound and _is_own_server(hop, writer, receiver):
        return True, "verified-name", f"handed over from {hop.rdns}, the receiver's own server by its verified name"
    if not outbound and _is_trusted_gateway(ip, writer, receiver):
        return True, "receiver-network", f"handed over from {ip}, a server of the gateway that is trusted"
    return False, "peer-outside", f"{ip} is not one of the receiver's own servers"


def _is_own_server(hop: Hop, writer: Hop | None, receiver: Receiver) -> bool:
    """Say whether the peer's verified name is the host that wrote the next line, in full or bare, or a twin by number.

    A name below the receiver's domain is not enough: customers' lines have such names too. A twin is as good as the
    host itself, for what protects is the verified name, which nobody gives to a machine but the receiver and the
    owner of the address together: whoever holds that machine can write any of these into the next line.
    """
    if writer is None or writer.by is None or hop.rdns is None or hop.rdns_state != "verified":
        return False
    is_named = pool_of(hop.rdns) == pool_of(writer.by) or _is_bare(writer.by, hop.rdns)
    return is_named and receiver.wrote(hop.rdns) and not is_access_line(hop.rdns, hop.ip or "")


def _is_bare(name: str, full: str) -> bool:
    """Say whether a name is the first label alone of another."""
    return host_form(name) == host_form(full).partition(".")[0]


def _is_trusted_gateway(ip: str, writer: Hop | None, receiver: Receiver) -> bool:
    """Say whether the peer is a filtering service that the user named, and that service wrote the next line.

    Without its name among what is trusted nobody can know that it was the receiver who hired it.
    """
    if not receiver.rules or writer is None or writer.by is None or not receiver.wrote(writer.by):
        return False
    profile = profile_of(writer.by)
    return profile is not None and profile.gateway and profile in receiver.profiles and profile.sends_from(ip)


def _is_known_server(name: str, receiver: Receiver) -> bool:
    """Say whether a host is known to pass mail on: its name tells so, or the user named this very host."""
    return is_mail_server(name) or any(rule.host == host_form(name) for rule in receiver.rules)


def accept(hop: Hop, below: Hop, receiver: Receiver, mailbox: str | None = None) -> tuple[str, str]:
    """Say whether the line below a peer that is inside was written by the receiver: `yes`, `doubt` or `no`.

    Args:
        hop: The trusted line, whose peer is inside.
        below: The line under it.
        receiver: Whose lines are trusted.
        mailbox: The server from whose mailbox the message was fetched higher up, whose lines are trusted too.
    """
    by = below.by
    if by is not None and receiver.leaves_out_host(by):
        return "no", f"hop {below.hop} was written by {by}, which --trust leaves out"
    if _is_fetch(hop):
        return _accept_drop(hop, below, receiver)
    risk = _inner_risk(hop, below, receiver)
    if risk:
        return "doubt", risk
    if by is not None and (receiver.wrote(by) or same_organisation(by, hop.by) or same_organisation(by, mailbox)):
        return "yes", ""
    if by is not None and hop.by is not None and _is_same_provider(by, hop.by, receiver):
        return "yes", ""
    if hop.status == "no-peer" and not is_inner_name(hop.by):
        # Nothing but the name of the writer ties the next line to this one; what names nobody waits for one that does.
        return ("yes", "") if by is None and below.status == "no-peer" else _after_local(hop, below)
    if by is None or (is_inner_name(by) and _fits_inside(hop, below)):
        return "yes", ""
    if not receiver.is_named and not receiver.profiles:
        return "yes", ""
    profile = profile_of(by)
    if hop.status == "no-peer":
        return _after_local(hop, below)
    if profile is not None and profile not in receiver.profiles:
        return "no", f"hop {hop.hop} was handed over inside, and hop {below.hop} was written by {by}, another party"
    # The HELO name says nothing here: behind an inner address may be a gate that strangers' mail passes, too.
    if hop.rdns_state == "verified" and same_organisation(by, hop.rdns):
        return "yes", ""
    return "doubt", (
        f"hop {below.hop} was written by {by}, which is taken for the receiver's only because hop {hop.hop} "
        f"was handed over from the inner address {hop.ip}"
    )


def _after_local(hop: Hop, below: Hop) -> tuple[str, str]:
    """Say of a stranger's line below one that names no peer whether the receiver may have taken it in all the same.

    What a program on the server itself hands in again still bears the line of the server that it came through
    before, under a name of its own. Where a connection was made, nobody knows from where.
    """
    where = f"hop {hop.hop} names no peer, and hop {below.hop} was written by {below.by or 'an unnamed host'}"
    if not _is_local(hop) or below.status == "unknown":
        return "no", where
    return "doubt", f"{where}: a program on the machine handed the message in, and may have written that line, too"


def _inner_risk(hop: Hop, below: Hop, receiver: Receiver) -> str:
    """Say why the line below an inner peer may be somebody else's whatever name it bears; empty where nothing does.

    An inner address is proof of an inner machine, not of one that writes true lines: a user's own program, or a
    gate that passes strangers' connections on, may stand there. A name without an address is proof of nothing.
    """
    if hop.status == "no-peer" and hop.helo is not None and _is_smtp(hop):
        return f"hop {hop.hop} knows its peer by nothing but the name that it gave itself, {hop.helo}"
    if hop.ip is None or is_public(hop.ip) or _is_the_named_host(hop, below):
        return ""
    same_machine = is_same_wire(hop.ip)
    if hop.auth and below.by is not None and not (same_machine and _is_web(below)):
        return f"{hop.ip} authenticated as a user in hop {hop.hop}, whose own program may have written hop {below.hop}"
    if same_machine:
        return ""
    if hop.ip in receiver.gates:
        return f"strangers' mail comes by way of {hop.ip} too, so that anyone may have written hop {below.hop}"
    if hop.by is not None and hop.by == below.by and hop.ip not in (hop.by_ip, below.by_ip):
        return (
            f"hop {below.hop} bears the name of {below.by}, which got it from {hop.ip}, and no line tells how the "
            "message came from the one to the other"
        )
    return ""


def _is_the_named_host(hop: Hop, below: Hop) -> bool:
    """Say whether the receiver's own name server ties the inner peer to the host that the line below names.

    Inside, a machine is often known by its bare name.
    """
    if hop.rdns is None or below.by is None:
        return False
    rdns, by = host_form(hop.rdns), host_form(below.by)
    return rdns == by or _is_bare(rdns, by)


def _is_smtp(hop: Hop) -> bool:
    """Say whether a line tells of a connection that anyone can make; LMTP and the like are spoken inside."""
    word = (hop.protocol or "SMTP").upper()
    return "SMTP" in word and "BSMTP" not in word


def _is_local(hop: Hop) -> bool:
    """Say whether a line without a peer tells of a program on the machine: no protocol, Exim's `local`, a filter."""
    word = (hop.protocol or "").lower()
    return not word or word.startswith("local") or "scan" in word


def _is_web(hop: Hop) -> bool:
    """Say whether a line tells of a browser: webmail gives what its users write to the server beside it."""
    return (hop.protocol or "").upper().startswith("HTTP")


def _fits_inside(hop: Hop, below: Hop) -> bool:
    """Say whether a line that bears an inner name is tied to the one above it by more than the peer's own word.

    Behind a private address may be a gate that passes strangers' mail on: where the receiver's own hosts have full
    names, an inner one is no proof.
    """
    if hop.ip is None or hop.by is None or is_inner_name(hop.by) or is_same_wire(hop.ip):
        return True
    if profile_of(hop.by) is not None:
        return True  # A large provider's own servers stand behind no gate of that kind.
    if hop.ip == below.by_ip or same_host(hop.rdns, below.by):
        return True
    return hop.rdns is not None and hop.rdns_state == "verified" and _is_bare(below.by or "", hop.rdns)


def _is_same_provider(by: str, above: str, receiver: Receiver) -> bool:
    """Say whether two hosts are of one known provider that is the receiver, though only one domain was named."""
    return any(profile.owns(by) and profile.owns(above) for profile in receiver.profiles)


def _accept_drop(hop: Hop, below: Hop, receiver: Receiver) -> tuple[str, str]:
    """Say whether the line below a fetch was written by the mailbox provider that was polled."""
    if below.by is None or is_inner_name(below.by) or receiver.wrote(below.by):
        return "yes", ""
    polled = [name for name in (hop.helo, hop.rdns) if not is_inner_name(name)]
    if not polled or any(same_organisation(below.by, name) for name in polled):
        return "yes", ""
    profile = profile_of(below.by)
    if profile is not None and any(name is not None and profile.owns(name) for name in polled):
        return "yes", ""
    return "doubt", f"hop {below.hop} was written by {below.by}, not by {polled[0]}, where the mail was fetched"
