"""Facts about large providers: the names and networks of their servers, as data files beside this module."""

from __future__ import annotations

import ipaddress
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib.resources import files

from attribution._names import is_under

__all__ = ["Profile", "profile_of", "profiles"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Profile:
    """What is publicly known of one provider's servers.

    Attributes:
        id: Name of the data file.
        name: What people call the provider.
        hosts: Domains under which its servers' names lie.
        inside: Networks of its own servers among themselves. No customer's machine has such an address.
        outbound_names: Patterns of the names under which customers' mail leaves the provider. A peer of that
            name is a sender's side, also when the receiver is with the same provider.
        outbound: Networks from which customers' mail leaves.
    """

    id: str
    name: str
    hosts: tuple[str, ...]
    inside: tuple[Network, ...]
    outbound_names: tuple[str, ...]
    outbound: tuple[Network, ...]

    def owns(self, host: str) -> bool:
        """Say whether a host name lies under the provider's domains."""
        return any(is_under(host, domain) for domain in self.hosts)

    def is_outbound(self, host: str) -> bool:
        """Say whether customers' mail leaves the provider under that host name."""
        name = host.rstrip(".").lower()
        return any(fnmatchcase(name, pattern) for pattern in self.outbound_names)

    def is_inside(self, ip: str) -> bool:
        """Say whether an address in canonical form belongs to one of the provider's own servers."""
        return _within(ip, self.inside)

    def sends_from(self, ip: str) -> bool:
        """Say whether an address in canonical form is one that the provider's mail comes from."""
        return _within(ip, self.outbound) or _within(ip, self.inside)


@lru_cache(maxsize=262_144)
def _within(ip: str, networks: tuple[Network, ...]) -> bool:
    address = ipaddress.ip_address(ip)
    return any(net.version == address.version and address in net for net in networks)


@cache
def profiles() -> tuple[Profile, ...]:
    """Return all profiles, ordered by id."""
    folder = files("attribution.origin") / "profiles"
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda e: e.name)
    return tuple(_read(entry.name.removesuffix(".toml"), entry.read_text("utf-8")) for entry in entries)


@cache
def profile_of(host: str) -> Profile | None:
    """Return the profile of the provider that a host name belongs to, or None."""
    for profile in profiles():
        if profile.owns(host):
            return profile
    return None


def _read(name: str, text: str) -> Profile:
    table = tomllib.loads(text)

    def networks(key: str) -> tuple[Network, ...]:
        return tuple(ipaddress.ip_network(net) for entry in table.get(key, []) for net in entry["networks"])

    return Profile(
        id=name,
        name=table["name"],
        hosts=tuple(table["hosts"]),
        inside=networks("inside"),
        outbound_names=tuple(table.get("outbound_names", [])),
        outbound=networks("outbound"),
    )
