"""Lists of networks, AS numbers and names that a user gives, which go before everything the program knows."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, NamedTuple

from attribution._names import domain_above
from attribution._text import decode, escape_control, shorten
from attribution.enrich.access.tables import ACCESS_TYPES, Guess
from attribution.enrich.ip.intervals import Intervals
from attribution.enrich.ip.packed import pack
from attribution.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from attribution.enrich.ip.packed import Packed

__all__ = ["AccessList", "read_access_list"]

_LARGEST = 64 * 1024 * 1024
"""Octets of the largest list."""
_NUMBER = re.compile(r"AS([0-9]{1,10})", re.IGNORECASE)
_HOST = re.compile(
    r"(?:\*?\.)?((?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.){1,10}[a-z][a-z0-9-]{0,62})\.?", re.IGNORECASE
)


class _Entry(NamedTuple):
    access: str
    text: str


class AccessList:
    """One list, ready for look-ups.

    Args:
        name: What it is called in reasons.
        networks, numbers, hosts: Its entries, each with its access type.
        confidence: How far its word is carried: a user's own list is `certain`, one that the program makes is less.
    """

    def __init__(
        self,
        name: str,
        networks: list[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, str]],
        numbers: dict[int, str],
        hosts: dict[str, str],
        *,
        confidence: str = "certain",
    ) -> None:
        self.name = name
        self._confidence = confidence
        self.entries = len(networks) + len(numbers) + len(hosts)
        self._networks = [_Entry(access, str(network)) for network, access in networks]
        self._intervals = Intervals.of_networks(network for network, _ in networks)
        self._numbers = numbers
        self._hosts = hosts

    def find(self, ip: str, rdns: str | None = None, asn: int | None = None) -> Guess | None:
        """Return what the list says of an address: by its network, else by its name, else by its AS number.

        Args:
            ip: An address in canonical form.
            rdns: Its name in DNS, never its HELO.
            asn: The number of the network that announces it.
        """
        return self.entry(int(self.places(pack([ip]))[0]), rdns, asn)

    def places(self, addresses: Packed) -> NDArray[np.int32]:
        """Return for each address the entry that is its narrowest network, -1 where there is none."""
        return self._intervals.find(addresses)

    def entry(self, place: int, rdns: str | None, asn: int | None) -> Guess | None:
        """Return what the list says, from a place out of `places`."""
        if place >= 0:
            return self._guess(*self._networks[place])
        host = None if rdns is None or not self._hosts else domain_above(rdns, self._hosts)
        if host is not None:
            return self._guess(self._hosts[host], host)
        if asn is not None and asn in self._numbers:
            return self._guess(self._numbers[asn], f"AS{asn}")
        return None

    def _guess(self, access: str, matched: str) -> Guess:
        return Guess(access, self._confidence, f"list:{self.name}", matched)


def read_access_list(path: Path, access: str | None = None) -> AccessList:
    """Read a list: on each line an access type and a network, address, AS number or name.

        vpn-proxy    203.0.113.0/24
        hosting      AS64500
        residential  *.dyn.example.net   # and all names below

    What follows `#` or `;` is a remark. A name stands for itself and all names below it. Where entries hold the
    same, the later line counts.

    Args:
        path: A text file.
        access: The access type of all entries, where the lines hold the entries alone, as published lists do.

    Raises:
        UsageError: The file cannot be read, or a line of it; the message says which and what to write.
    """
    shown = escape_control(str(path))
    if access is not None and access not in ACCESS_TYPES:
        raise UsageError(f"{access!r} is no access type: use one of {', '.join(ACCESS_TYPES)}.")
    try:
        with path.open("rb") as handle:
            data = handle.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"The access list {shown} cannot be read: {reason}.") from error
    if len(data) > _LARGEST:
        raise UsageError(f"The access list {shown} is larger than 64 MiB: split it, or give networks, not addresses.")
    networks: dict[ipaddress.IPv4Network | ipaddress.IPv6Network, str] = {}
    numbers: dict[int, str] = {}
    hosts: dict[str, str] = {}
    for number, line in enumerate(decode(data).lstrip("\ufeff").splitlines(), 1):
        fields = re.split("[#;]", line, maxsplit=1)[0].split()
        if not fields:
            continue
        where = f"The access list {shown}, line {number}"
        its_access, entry = _fields(fields, access, where)
        network = _network(entry)
        if network is not None:
            networks[network] = its_access
        elif (match := _NUMBER.fullmatch(entry)) and 0 < int(match[1]) < 1 << 32:
            numbers[int(match[1])] = its_access
        elif match := _HOST.fullmatch(entry):
            hosts[match[1].lower()] = its_access
        else:
            raise UsageError(
                f"{where}: {_quoted(entry)} is no network, address, AS number or host name. Write 203.0.113.0/24, "
                "AS64500 or dyn.example.net."
            )
    return AccessList(escape_control(path.name), list(networks.items()), numbers, hosts)


def _fields(fields: list[str], access: str | None, where: str) -> tuple[str, str]:
    if access is not None:
        if len(fields) != 1:
            raise UsageError(
                f"{where}: one entry is expected, as the access type is given; not {_quoted(' '.join(fields))}."
            )
        return access, fields[0]
    if len(fields) != 2:
        raise UsageError(f"{where}: write an access type and one entry, as in `hosting AS64500`.")
    if fields[0] not in ACCESS_TYPES:
        raise UsageError(f"{where}: {_quoted(fields[0])} is no access type: use one of {', '.join(ACCESS_TYPES)}.")
    return fields[0], fields[1]


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        # A network whose address has bits of a host set is taken for the network, as routers do.
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None


def _quoted(text: str) -> str:
    return repr(shorten(escape_control(text), 60))
