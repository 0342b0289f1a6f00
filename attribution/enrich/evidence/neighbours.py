"""The addresses of which banners are kept: those of the case, and a fair sample of their neighbours.

A bulk scan of the whole Internet holds more neighbours than memory does. They are thinned by a hash of the address:
whether one is kept depends on nothing but itself and how many there are, never on the order of the files, and an
address is kept with all its banners or with none.
"""

from __future__ import annotations

import hashlib
import ipaddress
from typing import TYPE_CHECKING

from attribution.enrich.banners import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["WIDEST", "Neighbours"]

WIDEST = {4: 16, 6: 32}
"""Length of the prefix around a sender within which an address is a neighbour, by version of the protocol."""

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
        networks = {
            ipaddress.ip_network((address, WIDEST[address.version]), strict=False)
            for address in map(ipaddress.ip_address, senders)
        }
        self._wanted = Wanted((), sorted(networks, key=lambda net: (net.version, net)))
        self._most = most
        self._threshold = _SCALE
        self._kept: set[str] = set()

    def __contains__(self, ip: object) -> bool:
        """Say whether banners of an address are to be kept."""
        if ip in self.case or ip in self._kept:
            return True
        return isinstance(ip, str) and ip in self._wanted and _place(ip) < self._threshold

    @property
    def share(self) -> float:
        """Tell which share of the neighbours is kept, from above 0 to 1."""
        return self._threshold / _SCALE

    def keep(self, ips: Iterable[str]) -> bool:
        """Take note of neighbours that answered, and say whether some that were kept are so no more.

        Args:
            ips: Addresses that are contained and not of the case.
        """
        self._kept.update(ips)
        thinned = False
        while len(self._kept) > self._most:
            self._threshold //= 2
            self._kept = {ip for ip in self._kept if _place(ip) < self._threshold}
            thinned = True
        return thinned


def _place(ip: str) -> int:
    """Return a number below `_SCALE` that an address alone decides, and that is spread evenly."""
    return int.from_bytes(hashlib.blake2b(ip.encode(), digest_size=4).digest(), "big")
