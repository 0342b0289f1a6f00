"""The invented hosts of the corpus; `samples/databases/` knows who owns their addresses and where they lie."""

from __future__ import annotations

import ipaddress

from .dice import Dice
from .model import Peer

__all__ = ["NETWORKS", "address", "bot", "name_of"]

NETWORKS: dict[str, tuple[str, str]] = {
    "br": ("22.17.0.0/16", "{d}.dyn.ribeira-fibra.example"),
    "vn": ("26.40.0.0/15", "dynamic-{d}.songxanh.example"),
    "pl": ("28.96.0.0/14", "{d}.cable.kablowa.example"),
    "pl6": ("2001:db8:2800::/40", "{d}.v6.kablowa.example"),
    "mobile": ("26.128.0.0/12", "{d}.mov.nadie.example"),
    "dark": ("28.5.0.0/16", ""),
    "hosting": ("30.8.0.0/18", "vps-{d}.rackfield.example"),
    "hosting6": ("2001:db8:3000::/40", "vps-{d}.rackfield.example"),
    "esp": ("30.20.4.0/22", "out-{d}.carrier-pigeon.example"),
    "webmail": ("30.32.0.0/17", "mail-{d}.paperboat.example"),
    "business": ("22.80.64.0/20", ""),
    "lists": ("30.60.1.0/24", ""),
    "university": ("22.200.10.0/24", ""),
    "foundation": ("26.210.20.0/24", ""),
    "company": ("28.220.30.0/24", ""),
}
"""Prefix and shape of the reverse DNS names (`{d}`: the address with dashes) of every network that takes part.

The IPv4 blocks belong to the US Department of Defense and send no mail in public; the IPv6 ones are for
documentation (RFC 3849).
"""


def address(network: str, number: int) -> str:
    """Return one address of a network, scattered over it, the same one for the same number.

    Args:
        network: A key of `NETWORKS`.
        number: Which of its hosts.
    """
    net = ipaddress.ip_network(NETWORKS[network][0])
    dice = Dice(f"address/{network}/{number}")
    if isinstance(net, ipaddress.IPv6Network):
        # A household's /64 and a host part as SLAAC privacy extensions make it (RFC 8981).
        part = (dice.below(2**16) << 64) | int(dice.hex(16), 16)
    else:
        part = (dice.below(2 ** (32 - net.prefixlen - 8)) << 8) | dice.between(2, 250)
    return str(net[part])


def name_of(network: str, ip: str) -> str | None:
    """Return the reverse DNS name of an address, None where its network gives none."""
    shape = NETWORKS[network][1]
    dashed = ip.replace(".", "-").replace("::", "-").replace(":", "-")
    return shape.replace("{d}", dashed) if shape else None


def bot(network: str, number: int) -> Peer:
    """Return an infected household computer: it gives its Windows machine name as HELO."""
    ip = address(network, number)
    dice = Dice(f"machine/{ip}")
    return Peer(ip, f"DESKTOP-{dice.mixed(7).upper()}", name_of(network, ip))
