"""What the user configured, compared with itself: entries that contradict one another, and some that change nothing."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from attribution._names import registrable_domain
from attribution.errors import UsageError
from attribution.origin.profiles import profile_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attribution._net import Network
    from attribution.origin.receiver import TrustRule

__all__ = ["check", "deciders", "remarks"]

_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1"))
_MOST_REMARKS = 10
"""Remarks on one receiver's entries that are shown."""


def check(rules: Sequence[TrustRule]) -> None:
    """Refuse entries that can never do what they say.

    Args:
        rules: In their order; the first that matches decides.

    Raises:
        UsageError: An entry says the opposite of an earlier one that covers it, leaves out the machine itself, or
            holds all addresses there are. The message names the entries and says what to write.
    """
    for rule, earlier in zip(rules, deciders(rules), strict=True):
        if rule.excluded and _is_loopback(rule):
            message = f"--trust {str(rule)!r}: a server's own loopback cannot be left out; take this entry away"
            raise UsageError(message)
        if rule.network is not None and not rule.excluded and rule.network.prefixlen == 0:
            message = (
                f"--trust {str(rule)!r} holds all addresses: nobody would be outside. Name your own networks alone"
            )
            raise UsageError(message)
        if earlier is None or earlier.excluded == rule.excluded:
            continue
        if (rule.host, rule.network) == (earlier.host, earlier.network):
            message = f"--trust says both {str(earlier)!r} and {str(rule)!r}: take one of the two away"
        elif rule.excluded:
            message = (
                f"--trust {str(rule)!r} comes too late: {str(earlier)!r} stands before it and decides already. "
                f"Put {str(rule)!r} first"
            )
        else:
            message = (
                f"--trust {str(rule)!r} is named as the receiver's, and {str(earlier)!r} before it leaves all of it "
                f"out. Put {str(rule)!r} first if it is the receiver's, else take it away"
            )
        raise UsageError(message)


def remarks(rules: Sequence[TrustRule]) -> list[str]:
    """Return a sentence for each entry that was read in one of two ways or that changes nothing."""
    said = []
    named = [rule.host for rule in rules if rule.host is not None and not rule.excluded]
    kin = {_kin(host) for host in named}
    for rule, earlier in zip(rules, deciders(rules), strict=True):
        if rule.remark:
            said.append(f"--trust {rule.remark}")
        if earlier is not None:
            said.append(f"--trust {str(rule)!r} changes nothing: {str(earlier)!r} before it says so already")
        elif _is_loopback(rule):
            said.append(f"--trust {str(rule)!r} changes nothing: a server's own loopback is inside anyway")
        elif rule.excluded and rule.host is not None and named and _kin(rule.host) not in kin:
            said.append(f"--trust {str(rule)!r} leaves out what no other entry names: is it spelt right?")
    if len(said) > _MOST_REMARKS:
        said[_MOST_REMARKS:] = [f"--trust: {len(said) - _MOST_REMARKS:,} more remarks of this kind"]
    return said


def deciders(rules: Sequence[TrustRule]) -> Iterator[TrustRule | None]:
    """Yield for each rule the earlier one that decides for all that it matches, or None.

    Looks up what lies above each entry instead of comparing all pairs: a file may have thousands.
    """
    first: dict[object, int] = {}
    lengths: dict[int, set[int]] = {4: set(), 6: set()}
    for place, rule in enumerate(rules):
        above = _domains(rule.host) if rule.host is not None else _supernets(rule.network, lengths)
        found = min((first[key] for key in above if key in first), default=None)
        yield None if found is None else rules[found]
        if rule.network is not None:
            lengths[rule.network.version].add(rule.network.prefixlen)
        first.setdefault(rule.host or rule.network, place)


def _domains(host: str) -> list[object]:
    """Return a host name and all domains above it."""
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


def _supernets(network: Network | None, lengths: dict[int, set[int]]) -> list[object]:
    """Return a network and those that hold it, of the lengths that occur."""
    if network is None:
        return []
    return [network.supernet(new_prefix=n) for n in lengths[network.version] if n <= network.prefixlen]


def _is_loopback(rule: TrustRule) -> bool:
    if rule.host is not None:
        return rule.host in {"localhost", "localhost.localdomain"}
    network = rule.network
    return network is not None and any(
        network.version == own.version and network.prefixlen >= own.prefixlen and network.network_address in own
        for own in _LOOPBACK
    )


def _kin(host: str) -> object:
    """Return what ties a host to others of its organisation: its provider, else its registrable domain."""
    return profile_of(host) or registrable_domain(host) or host
