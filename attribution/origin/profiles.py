"""Facts about large providers: the names and networks of their servers, as data files beside this module.

A file has these keys; only `name` and `hosts` must be there:

- `name`, `hosts`, `outbound_names`: see `Profile`.
- `[[inside]]` and `[[outbound]]`: `networks`, the published `source` they are taken from, and its `date`.
- `[[as_numbers]]`: `numbers` of its autonomous systems, with `source` and `date` likewise; left out where its mail
  leaves from rented networks too.
- `outbound_complete`, `customer_names`, `gateway`: see `Profile`; false where left out.
- `outbound_since`, `outbound_until`: see `Profile`; dates.
- `[[client_fields]]`: fields in which its servers write an address, see `ClientField`.
- `[[examples]]` and `[[counter_examples]]`: mail as its servers write it, and forgeries that use its names, which the
  tests read: `says` what they show, `received` (values, newest first), `fields` (whole lines that stand above them),
  `trust` (as on the command line), and what must come out: `handover` (empty for none), `hop`, `grade` (`vouched` where
  left out), `origin`, `origin_grade`, `findings`, and `client`, the address that each of some fields names.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from attribution._names import domain_above, host_form
from attribution._net import Network, Networks, parse_ip

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["ClientField", "Profile", "fields_that_name", "profile_of", "profiles", "profiles_sending_from"]

Role = Literal["handover", "origin", "relay"]

_ADDRESS = re.compile(r"(?:^|[\s\[(=;])\[?(?:IPv6:)?([0-9A-Fa-f:.]{3,45})(?![0-9A-Za-z.:-])", re.IGNORECASE)
_MAX_VALUE = 8_192
"""Characters of a field that are searched; genuine ones are far shorter."""


@dataclass(frozen=True, slots=True)
class ClientField:
    """A field in which a provider's servers write an address.

    Attributes:
        name: The field's name, in lower case.
        names: Whose address it is: `handover`, the client that connected to the provider; `origin`, the machine
            at which the author sat; `relay`, the provider's own server that sent the message on.
        above: Whether the field stands above the provider's own Received line, so that nobody before the provider
            can have written it. One that stands below it can be anybody's.
        tag: What stands right before the address in a field that holds more; empty for a field of its own.
    """

    name: str
    names: Role
    above: bool
    tag: str = ""

    def address(self, value: str) -> str | None:
        """Return the address in the value of such a field, in canonical form, or None."""
        text = value[:_MAX_VALUE]
        start = text.lower().find(self.tag.lower())
        match = None if start < 0 else _ADDRESS.search(text[start + len(self.tag) :])
        return None if match is None else parse_ip(match.group(1).rstrip("."))


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
        outbound_complete: Whether nothing of the provider's comes from elsewhere, so that a line in its name
            behind another address is forged. A list that grows, or one for another time, proves nothing.
        outbound_since: The day from which `outbound` is complete; None where no older mail is known to have come from
            elsewhere.
        outbound_until: The last day on which `outbound` was the provider's; None where it still is.
        customer_names: Whether its servers may bear names of its customers' domains, as those of bulk mailers do.
        gateway: Whether customers have their mail filtered there before it goes to a mailbox elsewhere.
        client_fields: Fields in which its servers write an address.
        as_numbers: Autonomous systems in which all its servers are; empty where that cannot be said.
    """

    id: str
    name: str
    hosts: tuple[str, ...]
    inside: tuple[Network, ...]
    outbound_names: tuple[str, ...]
    outbound: tuple[Network, ...]
    outbound_complete: bool = False
    customer_names: bool = False
    gateway: bool = False
    client_fields: tuple[ClientField, ...] = ()
    as_numbers: frozenset[int] = frozenset()
    outbound_since: date | None = None
    outbound_until: date | None = None
    _inside: Networks = field(init=False, repr=False, compare=False)
    _outer: Networks = field(init=False, repr=False, compare=False)
    _outbound: Networks = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_inside", Networks(self.inside))
        object.__setattr__(self, "_outer", Networks(self.outbound))
        object.__setattr__(self, "_outbound", Networks((*self.outbound, *self.inside)))

    def owns(self, host: str) -> bool:
        """Say whether a host name lies under the provider's domains."""
        return domain_above(host, self.hosts) is not None

    def is_outbound(self, host: str) -> bool:
        """Say whether customers' mail leaves the provider under that host name."""
        name = host_form(host)
        return any(fnmatchcase(name, pattern) for pattern in self.outbound_names)

    def is_inside(self, ip: str) -> bool:
        """Say whether an address in canonical form belongs to one of the provider's own servers."""
        return ip in self._inside

    def is_outer(self, ip: str) -> bool:
        """Say whether customers' mail leaves the provider from an address in canonical form.

        The networks inside may be a whole company's, with its people's machines.
        """
        return ip in self._outer

    def sends_from(self, ip: str) -> bool:
        """Say whether an address in canonical form is one that the provider's mail comes from."""
        return ip in self._outbound

    def is_complete(self, when: datetime | None) -> bool:
        """Say whether nothing of the provider's came from other networks than `outbound` and `inside` at a time.

        Args:
            when: In UTC; None where the time is not known.
        """
        if self.outbound_since is None:
            return self.outbound_complete
        return self.outbound_complete and when is not None and when.date() >= self.outbound_since

    def has_ended(self, when: datetime | None) -> bool:
        """Say whether `outbound` may have been anybody's at a time, since the service had ended.

        Args:
            when: In UTC; None where the time is not known.
        """
        return self.outbound_until is not None and (when is None or when.date() > self.outbound_until)


@cache
def profiles() -> tuple[Profile, ...]:
    """Return all profiles, ordered by id."""
    folder = files("attribution.origin") / "profiles"
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda e: e.name)
    return tuple(_read(entry.name.removesuffix(".toml"), entry.read_text("utf-8")) for entry in entries)


def profile_of(host: str) -> Profile | None:
    """Return the profile of the provider that a host name belongs to, or None."""
    return _profile_of(host) if len(host) <= _LONGEST_HOST else None


_LONGEST_HOST = 255
"""Octets of the longest host name (RFC 1035 §2.3.4); nothing longer is kept in the cache."""


@lru_cache(maxsize=65_536)
def _profile_of(host: str) -> Profile | None:
    domain = domain_above(host, _providers())
    return None if domain is None else _providers()[domain]


@cache
def _providers() -> dict[str, Profile]:
    """Return the profiles by their domains, none of which lies below another's."""
    return {domain: profile for profile in profiles() for domain in profile.hosts}


def profiles_sending_from(ip: str) -> tuple[Profile, ...]:
    """Return the profiles whose mail comes from an address in canonical form, ordered by id."""
    return _profiles_sending_from(ip) if ip in _all_networks() else ()


@lru_cache(maxsize=65_536)
def _profiles_sending_from(ip: str) -> tuple[Profile, ...]:
    return tuple(profile for profile in profiles() if profile.sends_from(ip))


@cache
def _all_networks() -> Networks:
    return Networks(net for profile in profiles() for net in (*profile.outbound, *profile.inside))


@cache
def fields_that_name(role: Role) -> frozenset[str]:
    """Return the fields, in lower case, that hold nothing but an address in that role.

    Fields that stand below the provider's own line are left out for `handover`: the sender may have written them.
    A name to which another provider gives another role is left out too.
    """
    roles: dict[str, set[str]] = {}
    for profile in profiles():
        for each in profile.client_fields:
            known = each.names if not each.tag and (each.above or each.names != "handover") else ""
            roles.setdefault(each.name, set()).add(known)
    return frozenset(name for name, found in roles.items() if found == {role})


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
        outbound_complete=table.get("outbound_complete", False),
        customer_names=table.get("customer_names", False),
        gateway=table.get("gateway", False),
        client_fields=tuple(
            ClientField(field["name"].lower(), field["names"], field["above"], field.get("tag", ""))
            for field in table.get("client_fields", [])
        ),
        as_numbers=frozenset(number for entry in table.get("as_numbers", []) for number in entry["numbers"]),
        outbound_since=table.get("outbound_since"),
        outbound_until=table.get("outbound_until"),
    )
