"""The addresses of which banners are kept: those of the case, and a fair sample of their neighbours.

A bulk scan of the whole Internet holds more neighbours than memory does. They are thinned by a hash of the address:
whether one is kept depends on nothing but itself and how many there are, never on the order of the files, and an
address is kept with all its banners or with none. The nearest, in a sender's own /24 or /48, are the last to go: beside
them a home is compared with homes, and farther away with whatever the provider has there.
"""

from __future__ import annotations

import hashlib
import ipaddress
from typing import TYPE_CHECKING

from attribution.enrich.banners import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Neighbours"]

_WIDEST = {4: 16, 6: 32}
"""Length of the prefix around a sender within which an address is a neighbour, by version of the protocol."""
_NEAR = {4: 24, 6: 48}
_SCALE = 1 << 32


class Neighbours:
    """Senders and their neighbours, as a container of addresses in canonical form.

    Args:
        case: All addresses of the case; they are always kept.
        senders: Those of them around which neighbours are looked for.
        most: How many neighbours are kept.
    """

    def __init__(self, case: Iterable[str], senders: Iterable[str], most: int) -> None:
        self.case = frozenset(case)
        around = [ipaddress.ip_address(ip) for ip in senders]
        self._near = _networks(around, _NEAR)
        self._wanted = _networks(around, _WIDEST)
        self._most = most
        self._near_below, self._far_below = _SCALE, _SCALE
        self._kept: set[str] = set()

    def __contains__(self, ip: object) -> bool:
        """Say whether banners of an address are to be kept."""
        if ip in self.case or ip in self._kept:
            return True
        return isinstance(ip, str) and ip in self._wanted and self._stays(ip)

    @property
    def near_share(self) -> float:
        """Tell which share of the neighbours in the senders' own /24 or /48 is kept, from above 0 to 1."""
        return self._near_below / _SCALE

    @property
    def far_share(self) -> float:
        """Tell which share of the other neighbours is kept, from 0 to 1."""
        return self._far_below / _SCALE

    def keep(self, ips: Iterable[str]) -> bool:
        """Take note of neighbours that answered, and say whether some that were kept are so no more.

        Args:
            ips: Addresses that are contained and not of the case.
        """
        self._kept.update(ips)
        thinned = len(self._kept) > self._most
        while len(self._kept) > self._most:
            self.thin()
        return thinned

    def thin(self) -> None:
        """Keep half of the neighbours that are farther away; where none is left, half of the nearest."""
        if self._far_below:
            self._far_below //= 2
        else:
            self._near_below //= 2
        self._kept = {ip for ip in self._kept if self._stays(ip)}

    def _stays(self, ip: str) -> bool:
        # A number that an address alone decides, and that is spread evenly.
        place = int.from_bytes(hashlib.blake2b(ip.encode(), digest_size=4).digest(), "big")
        return place < (self._near_below if ip in self._near else self._far_below)


def _networks(addresses: Iterable[ipaddress.IPv4Address | ipaddress.IPv6Address], lengths: dict[int, int]) -> Wanted:
    networks = {ipaddress.ip_network((address, lengths[address.version]), strict=False) for address in addresses}
    return Wanted((), sorted(networks, key=lambda net: (net.version, net)))
