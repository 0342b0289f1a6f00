"""Networks as people write them: `10/8`, `192.0.2.`, `198.51.100.0/255.255.255.0`, `2001:db8::/32`."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from attribution.errors import UsageError

if TYPE_CHECKING:
    from attribution._net import Network

__all__ = ["looks_like_network", "read_network"]

_SHORT = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,2})\.?(/.*)")
_OPEN = re.compile(r"(?:\d{1,3}\.){1,3}")
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")


def looks_like_network(text: str) -> bool:
    """Say whether a text was meant as an address or network, so that a mistake in it can be named."""
    return "/" in text or ":" in text or text.replace(".", "").isdigit()


def read_network(text: str) -> tuple[Network, str]:
    """Read a network or single address, also in the short forms of SpamAssassin and Postfix.

    Octets that are left out are zero: `10/8` is 10.0.0.0/8, and `192.0.2.` with its final dot is 192.0.2.0/24.
    IPv4-mapped networks are given as IPv4, as peers are.

    Args:
        text: Without `!` and blanks.

    Returns:
        The network, and a sentence where the text can have meant something else; else an empty one.

    Raises:
        UsageError: The text is none; the message says why.
    """
    full = _in_full(text)
    try:
        if "%" in full:
            message = "a zone (`%`) holds on one machine alone"
            raise ValueError(message)
        network = ipaddress.ip_network(full, strict=False)
        written = ipaddress.ip_address(full.partition("/")[0])
    except ValueError as error:
        message = f"{error}. Write for example 198.51.100.0/24"
        raise UsageError(message) from error
    remark = ""
    if written != network.network_address:
        remark = f"{text} is taken for the whole network {network}; write {written} if that one address is meant"
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        network = ipaddress.IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network, remark


def _in_full(text: str) -> str:
    """Write a short form in full; what is none is given as it is."""
    if _OPEN.fullmatch(text):
        octets = text.rstrip(".").split(".")
        return ".".join(octets + ["0"] * (4 - len(octets))) + f"/{8 * len(octets)}"
    short = _SHORT.fullmatch(text)
    if short is None:
        return text
    octets = short[1].split(".")
    return ".".join(octets + ["0"] * (4 - len(octets))) + short[2]
