"""Strict reading and classing of IP addresses; a leaf that every stage may use."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

__all__ = ["is_public", "network_key", "parse_ip"]


_LONGEST = 100
"""Characters of the longest address with a zone id; nothing longer is kept in the cache."""


def parse_ip(text: str) -> str | None:
    """Return the canonical form of an IP address, or None when the text is none.

    Only four plain decimal octets and RFC 4291 text are addresses: no octal, hexadecimal or shortened
    forms, which programs read differently. A zone id (RFC 4007 §11) is dropped; an IPv4-mapped IPv6
    address (RFC 4291 §2.5.5.2) is shown as IPv4.

    Args:
        text: The text of one address, without brackets.
    """
    return _parse_ip(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=65_536)
def _parse_ip(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)


@lru_cache(maxsize=65_536)
def is_public(ip: str) -> bool:
    """Say whether an address can belong to a host on the public Internet.

    Documentation ranges count as public, because examples and samples use them in that role; private,
    loopback, link-local, shared (RFC 6598), multicast and reserved ranges do not. A 6to4 address
    (RFC 3056) is as public as the IPv4 address that it carries.

    Args:
        ip: An address in canonical form, as `parse_ip` returns it.
    """
    address = ipaddress.ip_address(ip)
    if isinstance(address, ipaddress.IPv6Address) and address.sixtofour is not None:
        address = address.sixtofour
    if any(address in net for net in _DOCUMENTATION if net.version == address.version):
        return True
    return address.is_global and not address.is_multicast


_DOCUMENTATION = tuple(
    ipaddress.ip_network(net)
    for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")  # RFC 5737, RFC 3849
)


@lru_cache(maxsize=65_536)
def network_key(ip: str) -> str:
    """Return the /24 (IPv4) or /48 (IPv6) that an address lies in, the unit that senders are grouped by.

    Args:
        ip: An address in canonical form.
    """
    address = ipaddress.ip_address(ip)
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))
