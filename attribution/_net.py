"""Strict reading and classing of IP addresses; a leaf that every stage may use."""

from __future__ import annotations

import ipaddress
import re
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Network", "Networks", "is_loopback", "is_public", "is_same_wire", "network_key", "parse_ip"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


_LONGEST = 100
"""Characters of the longest address with a zone id; nothing longer is kept in the cache."""

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}", re.ASCII)
# No group is zero and none begins with a zero: where one run of at least two groups is left out, or none, this is
# the canonical form of RFC 5952, which nearly every server prints.
_GROUP = r"[1-9a-f][0-9a-f]{0,3}"
_USUAL_IPV6 = re.compile(
    rf"{_GROUP}(?::{_GROUP}){{7}}|(?=(?:[^:]*:){{2,6}}[^:]*\Z){_GROUP}(?::{_GROUP})*+::{_GROUP}(?::{_GROUP})*+"
)


def parse_ip(text: str) -> str | None:
    """Return the canonical form of an IP address, or None when the text is none.

    Only four plain decimal octets and RFC 4291 text are addresses: no octal, hexadecimal or shortened
    forms, which programs read differently. A zone id (RFC 4007 §11) is dropped; an IPv4-mapped IPv6
    address (RFC 4291 §2.5.5.2) is shown as IPv4.

    Args:
        text: The text of one address, without brackets.
    """
    if _IPV4.fullmatch(text) is not None:
        return text
    # Every other address has a colon, and most texts that are asked about are host names.
    return _parse_ipv6(text) if ":" in text and len(text) <= _LONGEST else None


@lru_cache(maxsize=65_536)
def _parse_ipv6(text: str) -> str | None:
    if _USUAL_IPV6.fullmatch(text) is not None:
        return text
    try:
        address = ipaddress.IPv6Address(text.partition("%")[0])
    except ValueError:
        return None
    return str(address.ipv4_mapped or address)


def is_public(ip: str) -> bool:
    """Say whether an address can belong to a host on the public Internet.

    Follows the IANA special-purpose registries (RFC 6890). Private, loopback, link-local, shared (RFC 6598),
    multicast and reserved ranges are not public, nor is IPv6 outside 2000::/3, of which nothing is assigned to
    networks. Documentation ranges count as public, because examples and samples use them in that role. A 6to4
    address (RFC 3056) is as public as the IPv4 address that it carries; a Teredo address (RFC 4380) is public.

    Args:
        ip: An address in canonical form, as `parse_ip` returns it.
    """
    first, dot, _ = ip.partition(".")
    if dot and ":" not in first:
        return first not in _SPECIAL_FIRST_OCTETS or _is_public_ipv4(ip)
    first = ip.partition(":")[0]
    if first in ("2001", "2002", "64"):
        return _is_public_ipv6(ip)
    return len(first) == 4 and first[0] in "23"


def is_loopback(ip: str) -> bool:
    """Say whether an address in canonical form is one by which a machine speaks to itself (RFC 1122, RFC 4291)."""
    return ip.startswith("127.") or ip == "::1"


def is_same_wire(ip: str) -> bool:
    """Say whether an address in canonical form is that of the machine itself or of its link (RFC 3927, RFC 4291)."""
    return is_loopback(ip) or ip.startswith(("169.254.", "fe8", "fe9", "fea", "feb"))


_NOT_PUBLIC = tuple(
    ipaddress.ip_network(net)
    for net in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4"),
        "2001::/23",
    )
)
_PUBLIC_ALL_THE_SAME = tuple(
    ipaddress.ip_network(net)
    for net in (
        *("192.0.0.9/32", "192.0.0.10/32"),  # RFC 7723, RFC 8155: anycast services
        *("2001::/32", "2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:3::/32", "2001:4:112::/48"),
        *("2001:20::/28", "2001:30::/28"),
    )
)
_SPECIAL_FIRST_OCTETS = frozenset(
    {*("0", "10", "100", "127", "169", "172", "192", "198"), *(str(octet) for octet in range(224, 256))}
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052


@lru_cache(maxsize=65_536)
def _is_public_ipv4(ip: str) -> bool:
    address = ipaddress.IPv4Address(ip)
    if any(net.version == 4 and address in net for net in _PUBLIC_ALL_THE_SAME):
        return True
    return not any(net.version == 4 and address in net for net in _NOT_PUBLIC)


@lru_cache(maxsize=65_536)
def _is_public_ipv6(ip: str) -> bool:
    address = ipaddress.IPv6Address(ip)
    if address.sixtofour is not None:
        return is_public(str(address.sixtofour))
    if address in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)))
    if any(net.version == 6 and address in net for net in _PUBLIC_ALL_THE_SAME):
        return True
    return int(address) >> 125 == 1 and not any(net.version == 6 and address in net for net in _NOT_PUBLIC)


@lru_cache(maxsize=65_536)
def network_key(ip: str) -> str:
    """Return the /24 (IPv4) or /48 (IPv6) that an address lies in, the unit that senders are grouped by.

    Args:
        ip: An address in canonical form.
    """
    address = ipaddress.ip_address(ip)
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


@lru_cache(maxsize=65_536)
def _number(ip: str) -> tuple[bool, int]:
    address = ipaddress.ip_address(ip)
    return address.version == 4, int(address)


class Networks:
    """Networks made ready for addresses to be looked up in, in a time that hardly depends on their number.

    Args:
        networks: In any order; they may overlap.
    """

    __slots__ = ("_ranges",)

    def __init__(self, networks: Iterable[Network]) -> None:
        given = list(networks)
        self._ranges = tuple(_ranges(net for net in given if net.version == version) for version in (6, 4))

    def __contains__(self, ip: str) -> bool:
        """Say whether an address in canonical form lies in one of the networks."""
        is_ipv4, number = _number(ip)
        first, last = self._ranges[is_ipv4]
        place = bisect_right(first, number) - 1
        return place >= 0 and number <= last[place]


def _ranges(networks: Iterable[Network]) -> tuple[list[int], list[int]]:
    """Return the first and the last addresses of networks of one version, without those that lie in another."""
    first: list[int] = []
    last: list[int] = []
    spans = ((int(net.network_address), int(net.broadcast_address)) for net in networks)
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not last or end > last[-1]:
            first.append(start)
            last.append(end)
    return first, last
