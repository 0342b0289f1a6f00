"""Whether a line was written by the host that the line above it names as its peer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution._names import has_public_suffix, host_form, is_inner_name, same_organisation
from attribution._net import is_loopback, is_public, parse_ip
from attribution.origin.habits import fits_mask, masks_octets
from attribution.origin.profiles import profile_of
from attribution.origin.senders import is_inner_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.models import Hop
    from attribution.origin.profiles import Profile

__all__ = ["continues", "is_foreign_provider", "is_inside_name"]

_OUTSIDE_SUFFIXES = (".test", ".example", ".invalid")
"""Suffixes of RFC 6761 that stand for names of the Internet, in examples and tests."""
_LONGEST = 255
"""Octets of the longest host name (RFC 1035 §2.3.4); nothing longer is looked at or kept in the cache."""


def continues(above: Hop, hop: Hop, older: Hop | None = None, *, tied: bool = False) -> bool:
    """Say whether a line was written by the host that the line above names as its peer.

    Inner names and addresses contradict nothing: senders call their own machines as they like.

    Args:
        above: The newer line.
        hop: The line in question.
        older: The line that `above` was tied to in its turn; None where `above` is the boundary.
        tied: Whether a name or an address must tie the two: that nothing contradicts is not enough.
    """
    by = hop.by
    if hop.raw == above.raw:
        return True
    if above.ip is not None and not is_public(above.ip) and (not tied or same_organisation(above.by, by)):
        return True
    if by is None:
        return hop.status == "no-peer"
    if is_inner_step(above) and same_organisation(above.by, by):
        return True
    if _left_provider(above, by):
        return False
    if above.ip is not None and above.ip in (hop.by_ip, parse_ip(by.strip("[]"))):
        return True
    names = [name for name in (above.rdns, above.helo) if name]
    if above.ip is None:
        # Without a peer, all that a line says of where the message was before is its own name.
        names.append(above.by or "")
    if any(_are_of_one(above, name, hop, by) for name in names):
        return True
    if not tied and _says_nothing(above, by, older):
        return True
    if _is_the_same_machine(above, hop, by, names):
        return True
    profile = profile_of(by)
    if profile is None:
        return False
    if _is_server_of(profile, above, names):
        return True
    # Any large provider's name makes a good HELO.
    return any(profile.owns(name) for name in names if not tied or name != above.helo)


def is_foreign_provider(above: Hop, hop: Hop) -> bool:
    """Say whether a line bears a large provider's name though the peer above it is not that provider's."""
    profile = None if hop.by is None else profile_of(hop.by)
    if profile is None or above.ip is None or not is_public(above.ip):
        return False
    if profile.sends_from(above.ip):
        return False
    if above.rdns is not None and above.rdns_state == "verified" and not profile.customer_names:
        return not profile.owns(above.rdns)
    return profile.is_complete(above.date)


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


def _is_server_of(profile: Profile, above: Hop, names: Sequence[str]) -> bool:
    """Say whether the peer of a line is a provider's server by its address: among themselves they use no names.

    A peer that bears another provider's name is that one's: Google's networks hold those of Postini.
    """
    if above.ip is None or not profile.is_outer(above.ip):
        return False
    return all(profile_of(name) in (None, profile) for name in names)


def _says_nothing(above: Hop, by: str, older: Hop | None) -> bool:
    """Say whether what the upper line tells of its peer, or the writer's name, leaves open who wrote the lower one."""
    if older is not None and older.ip is not None and older.ip == above.ip:
        return True  # A machine that speaks to itself by its public address, as others do by way of loopback.
    return is_inside_name(by) or (above.ip is None and is_inside_name(above.by))


def is_inside_name(name: str | None) -> bool:
    """Say whether a host name says nothing of its organisation: an inner one, or one that no DNS of the world has."""
    return is_inner_name(name) or (name is not None and len(name) <= _LONGEST and _is_made_up(name))


def _is_made_up(name: str) -> bool:
    """Say whether nobody can have registered a name, as its last label is no suffix of the Internet (`.prv`)."""
    lower = host_form(name.strip("[]"))
    return parse_ip(lower) is None and not lower.endswith(_OUTSIDE_SUFFIXES) and not has_public_suffix(lower)


def _is_the_same_machine(above: Hop, hop: Hop, by: str, names: Sequence[str]) -> bool:
    """Say whether the peer of the upper line and the writer of the lower one go by two names of one machine."""
    label = host_form(by).partition(".")[0]
    if any("." not in name and host_form(name) == label for name in names):
        return True
    if above.ip is None and above.helo is None and host_form(above.by or "").partition(".")[0] == label:
        return True  # Nobody came from elsewhere, and the machine has a name in two domains.
    if above.ip is not None and _holds_address(host_form(by), above.ip):
        return True
    if hop.ip is None or not is_loopback(hop.ip):
        return False
    own = [name for name in (hop.helo, hop.rdns) if name and not is_inner_name(name)]
    return any(same_organisation(one, other) for one in own for other in names)


def _are_of_one(above: Hop, name: str, hop: Hop, by: str) -> bool:
    """Say whether a name that the upper line tells and the writer of the lower one are of one organisation.

    A server of qmail's kin does not write all octets of a name; neither does one that writes such a name of its own.
    """
    if same_organisation(by, name):
        return True
    return (masks_octets(above) and fits_mask(name, by)) or (masks_octets(hop) and fits_mask(by, name))


def _holds_address(name: str, ip: str) -> bool:
    """Say whether a host name is made from an IPv4 address, in its order or the other, with dots or with hyphens."""
    octets = ip.split(".")
    for text in (mark.join(order) for order in (octets, octets[::-1]) for mark in ".-"):
        before, found, after = name[:_LONGEST].partition(text)
        if found and not before[-1:].isdigit() and not after[:1].isdigit():
            return True
    return False
