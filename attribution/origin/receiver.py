"""Who the receiver is: the hosts that write trusted lines, and the networks that lie inside."""

from __future__ import annotations

import ipaddress
import tomllib
from dataclasses import dataclass, field, replace
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from attribution._names import domain_above, host_form, is_under
from attribution._net import Network, Networks, is_loopback
from attribution.errors import UsageError
from attribution.origin.networks import looks_like_network, read_network
from attribution.origin.trust_check import check

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

    from attribution.origin.profiles import Profile

__all__ = ["Receiver", "Receivers", "TrustRule", "by_receiver", "read_trust"]

_TOML_KEYS = {"hosts", "networks"}
_REMEMBERED = 8_192
"""Addresses, and hosts, whose place each receiver remembers: a dump may hold any number of them, and of receivers."""
_LONGEST_HOST = 255
"""Octets of the longest host name (RFC 1035 §2.3.4); nothing longer is remembered."""
_MOST_TOML = 1024 * 1024
"""Bytes of a TOML file that are read: it may come from somebody else."""


@dataclass(frozen=True, slots=True)
class TrustRule:
    """One configured host or network; the first that matches decides, as in SpamAssassin's trusted_networks.

    Attributes:
        excluded: The text began with `!`: what matches is not the receiver's.
        host: A host name or domain; it stands for itself and all names below it.
        network: A network or single address.
        table: Number of its table where a file describes several receivers; None where it holds for all of them.
        remark: What the user should know of how the text was read; empty where it can mean one thing only.
    """

    excluded: bool
    host: str | None = None
    network: Network | None = None
    table: int | None = None
    remark: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> TrustRule:
        """Read a rule such as `example.net`, `!dmz.example.net`, `198.51.100.0/24`, `10/8` or `2001:db8::1`.

        Raises:
            UsageError: The text is neither a network nor a host name.
        """
        body = text.strip()
        excluded = body.startswith("!")
        body = body.removeprefix("!").strip()
        if looks_like_network(body):
            try:
                network, remark = read_network(body)
            except UsageError as error:
                message = f"--trust {text!r} is no network: {error}"
                raise UsageError(message) from error
            return cls(excluded, network=network, remark=remark)
        labels = body.removeprefix("*.").rstrip(".").split(".")
        if not body or not all(label and label.replace("-", "").replace("_", "").isalnum() for label in labels):
            message = f"--trust {text!r} is neither a host, a network nor a TOML file. Write for example mx.example.net"
            raise UsageError(message)
        return cls(excluded, host=host_form(".".join(labels)))

    def __str__(self) -> str:
        """Return the rule as it can be given to `--trust` again."""
        body = self.host or str(self.network).removesuffix("/32" if self._is_ipv4 else "/128")
        return f"!{body}" if self.excluded else body

    @property
    def _is_ipv4(self) -> bool:
        return self.network is not None and self.network.version == 4


@dataclass(frozen=True, slots=True)
class Receiver:
    """One organisation whose servers write the top of the chains.

    Attributes:
        name: What to call it in a sentence.
        hosts: Domains under which its servers' names lie; empty when only networks are configured, and then
            any host may have written the top line.
        rules: What the user configured, in order; it goes before all else.
        networks: Networks inside it: a peer there is one of its own servers.
        relays: Single addresses learnt from the corpus to be its own servers.
        servers: Single host names, in the form of comparison, learnt to be its own servers'; names below them are not.
        gates: Inner addresses learnt from the corpus to pass strangers' connections on.
        suspects: Single addresses that call themselves its servers, and by way of which nearly all its mail comes;
            nothing confirms that they are. What they hand on is claimed at best.
        profiles: Facts about the known providers that it is, or that the user named.
    """

    name: str
    hosts: tuple[str, ...] = ()
    rules: tuple[TrustRule, ...] = ()
    networks: tuple[Network, ...] = ()
    relays: frozenset[str] = frozenset()
    profiles: tuple[Profile, ...] = ()
    gates: frozenset[str] = frozenset()
    suspects: frozenset[str] = frozenset()
    servers: frozenset[str] = frozenset()
    _hosts: dict[str, bool | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _places: dict[str, bool | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _inside: Networks = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_inside", Networks(self.networks))

    def wrote(self, by: str) -> bool:
        """Say whether a host of that name is the receiver's."""
        return self._host(by) is True

    def leaves_out_host(self, by: str) -> bool:
        """Say whether the user said of a host that it is not the receiver's."""
        return bool(self.rules) and self._host(by) is False

    def is_inside(self, ip: str) -> bool:
        """Say whether an address in canonical form belongs to one of the receiver's own servers."""
        return self._place(ip) is True

    def leaves_out(self, ip: str) -> bool:
        """Say whether the user said of an address in canonical form that it is not the receiver's."""
        return bool(self.rules) and self._place(ip) is False

    def is_configured(self, ip: str) -> bool:
        """Say whether the user named an address in canonical form, or a network that holds it, as the receiver's."""
        address = ipaddress.ip_address(ip)
        networks = (rule for rule in self.rules if rule.network is not None and address in rule.network)
        return next((not rule.excluded for rule in networks), False)

    def _host(self, name: str) -> bool | None:
        """Return whether a host is the receiver's (True), was left out by the user (False), or neither (None)."""
        if name in self._hosts:
            return self._hosts[name]
        found = self._look_up_host(name)
        if len(name) <= _LONGEST_HOST:
            _remember(self._hosts, name, found)
        return found

    def _look_up_host(self, name: str) -> bool | None:
        for rule in self.rules:
            if rule.host is not None and is_under(name, rule.host):
                return not rule.excluded
        if self.servers and host_form(name) in self.servers:
            return True
        return True if domain_above(name, self.hosts) is not None else None

    def _place(self, ip: str) -> bool | None:
        """Return whether an address is inside (True), was left out by the user (False), or neither (None)."""
        if ip in self._places:
            return self._places[ip]
        found = self._look_up(ip)
        _remember(self._places, ip, found)
        return found

    def _look_up(self, ip: str) -> bool | None:
        if is_loopback(ip):
            return True  # As with SpamAssassin: the same machine cannot be left out.
        address = ipaddress.ip_address(ip) if self.rules else None
        for rule in self.rules:
            if address is not None and rule.network is not None and address in rule.network:
                return not rule.excluded
        return True if ip in self.relays or ip in self._inside else None

    def is_outbound(self, host: str) -> bool:
        """Say whether customers' mail leaves one of its providers under that host name."""
        return any(profile.is_outbound(host) for profile in self.profiles)

    @property
    def is_named(self) -> bool:
        """Whether host names say who wrote a line; else only networks are known."""
        return bool(self.hosts) or any(rule.host is not None and not rule.excluded for rule in self.rules)


def _remember(known: dict[str, bool | None], key: str, value: bool | None) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[key] = value


@dataclass(frozen=True, slots=True)
class Receivers:
    """All receivers of a dump, and how they were found.

    Attributes:
        configured: The one that the user described; it then stands for every message.
        learnt: By registrable domain, those that the corpus shows, or that the user described as several.
        sentences: What was taken for the receiver and why, for a person.
        gates: Inner addresses behind which strangers stand, below servers that bear inner names themselves.
        skews: By host name in lower case, how far its clock is ahead, where the corpus shows that it is off.
    """

    configured: Receiver | None = None
    learnt: dict[str, Receiver] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
    gates: frozenset[str] = frozenset()
    skews: dict[str, timedelta] = field(default_factory=dict)


def read_trust(values: Iterable[str]) -> list[TrustRule]:
    """Read the values of `--trust`: hosts, networks, or TOML files with `hosts` and `networks` lists.

    Args:
        values: In the order given. A TOML file stands for its hosts, then its networks; one of several `[[receiver]]`
            tables describes as many receivers.

    Raises:
        UsageError: A value makes no sense, or contradicts an earlier one; the message says which, and for a file
            which key.
    """
    rules: list[TrustRule] = []
    for value in values:
        path = Path(value)
        if path.suffix.lower() == ".toml" or path.is_file():
            rules.extend(_read_file(path, len(rules)))
        else:
            rules.append(TrustRule.parse(value))
    if rules and all(rule.excluded for rule in rules):
        message = "--trust names only exclusions (`!`): name at least one host or network that is the receiver's"
        raise UsageError(message)
    for own in by_receiver(rules):
        check(own)
    return rules


def by_receiver(rules: Sequence[TrustRule]) -> list[list[TrustRule]]:
    """Return the rules of each receiver that they describe, in their order; what stands in no table is everyone's."""
    tables: dict[int | None, list[tuple[int, TrustRule]]] = {}
    for place, rule in enumerate(rules):
        tables.setdefault(rule.table, []).append((place, rule))
    for_all = tables.pop(None, [])
    if not tables:
        return [[rule for _, rule in for_all]]
    by_place = itemgetter(0)
    return [[rule for _, rule in sorted([*for_all, *own], key=by_place)] for own in tables.values()]


def _read_file(path: Path, first: int) -> list[TrustRule]:
    """Read a TOML file whose tables, if it has several, are numbered from `first` on."""
    try:
        with path.open("rb") as handle:
            data = handle.read(_MOST_TOML + 1)
        if len(data) > _MOST_TOML:
            message = f"--trust {path}: larger than {_MOST_TOML:,} bytes, which no list of one's own servers is"
            raise UsageError(message)
        table = tomllib.loads(data.decode("utf-8"))
    except RecursionError as error:
        message = f"--trust {path}: cannot be read as TOML: nested too deeply"
        raise UsageError(message) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"--trust {path}: cannot be read as TOML: {error}"
        raise UsageError(message) from error
    section = table.get("receiver", table)
    if not isinstance(section, list) or not section:
        return _read_section(path, section, None)
    rules = [_read_section(path, each, first + place) for place, each in enumerate(section)]
    for each in rules:
        if not any(rule.host is not None and not rule.excluded for rule in each):
            message = f"--trust {path}: each [[receiver]] must name a host of its own, for that tells which mail is its"
            raise UsageError(message)
    return [rule for each in rules for rule in each]


def _read_section(path: Path, section: object, number: int | None) -> list[TrustRule]:
    if not isinstance(section, dict) or not section or set(section) - _TOML_KEYS:
        message = f'--trust {path}: expected the lists `hosts` and `networks`, e.g. hosts = ["mx.example.net"]'
        raise UsageError(message)
    rules: list[TrustRule] = []
    for key in ("hosts", "networks"):
        entries = section.get(key, [])
        if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
            message = f"--trust {path}: `{key}` must be a list of texts"
            raise UsageError(message)
        for entry in entries:
            rule = TrustRule.parse(entry)
            if (rule.host is None) != (key == "networks"):
                message = f"--trust {path}: {entry!r} does not belong into `{key}`"
                raise UsageError(message)
            rules.append(replace(rule, table=number))
    return rules
