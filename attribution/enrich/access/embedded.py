"""Addresses that are written into host names, as providers name the lines of their customers."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

__all__ = ["embeds_address"]

_LONGEST = 255
"""Octets of the longest host name (RFC 1035 §2.3.4)."""
_NUMBER = re.compile(r"\d+", re.ASCII)


def embeds_address(name: str, ip: str) -> bool:
    """Say whether a host name is built from its address.

    Three octets are enough, beside each other or of several digits, with or without zeros before them; so are all
    four run together, in decimal or hexadecimal digits. Of an address of version 6 its first three groups are, with
    dashes between them, or its first half.

    Args:
        name: A host name in lower case.
        ip: Its address, in canonical form.
    """
    if len(name) > _LONGEST:
        return False
    if ":" in ip:
        return _embeds_ipv6(name, ip)
    numbers = _NUMBER.findall(name)
    if not numbers:
        return False  # four octets in hexadecimal hardly ever have no decimal digit
    octets = ip.split(".")
    if len(numbers) >= 3:
        plain = [number.lstrip("0") or "0" for number in numbers]
        listed = f" {' '.join(plain)} "
        one, two, three, four = octets
        if (
            f" {two} {three} {four} " in listed
            or f" {four} {three} {two} " in listed
            or f" {one} {two} {three} " in listed
            or f" {three} {two} {one} " in listed
            # Three of more than one digit are no chance, whatever stands between them: `a92.sub124.net78`.
            or len({octet for octet in octets if len(octet) > 1}.intersection(plain)) >= 3
        ):
            return True
    forward, backward = octets, octets[::-1]
    longest = max(map(len, numbers))
    if longest >= 7:
        for order in (forward, backward):
            if "".join(order) in numbers or any("".join(f"{octet:0>3}" for octet in order) in n for n in numbers):
                return True
    digits = [f"{int(octet):02x}" for octet in octets]
    return "".join(digits) in name or "".join(reversed(digits)) in name


def _embeds_ipv6(name: str, ip: str) -> bool:
    start, plain, turned = _ipv6_forms(ip)
    return start in f"-{name}" or plain in name.replace("-", "").replace(".", "").replace("x", "") or turned in name


@lru_cache(maxsize=65_536)
def _ipv6_forms(ip: str) -> tuple[str, str, str]:
    whole = ipaddress.IPv6Address(ip).exploded
    groups = [f"{int(group, 16):x}" for group in whole.split(":")]
    digits = whole.replace(":", "")
    return f"-{'-'.join(groups[:3])}-", digits[:16], ".".join(reversed(digits[:16]))
