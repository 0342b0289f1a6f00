"""The addresses of which banners are kept: those of the case, and the networks that the control group is drawn from."""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attribution._net import Network

__all__ = ["Wanted"]


class Wanted:
    """Addresses and networks made ready for millions of look-ups.

    Args:
        addresses: In canonical form.
        networks: In any order; they may overlap.
    """

    __slots__ = ("_addresses", "_four", "_six")

    def __init__(self, addresses: Iterable[str] = (), networks: Iterable[Network] = ()) -> None:
        self._addresses = frozenset(addresses)
        given = list(networks)
        self._four = _spans(ipaddress.collapse_addresses(net for net in given if net.version == 4))
        self._six = _spans(ipaddress.collapse_addresses(net for net in given if net.version == 6))

    def __contains__(self, ip: object) -> bool:
        """Say whether banners of an address in canonical form are kept."""
        if ip in self._addresses:
            return True
        if not isinstance(ip, str):
            return False
        if ":" in ip:
            return bool(self._six[0]) and _within(int(ipaddress.IPv6Address(ip)), self._six)
        if not self._four[0]:
            return False
        # Each address comes by once or twice among millions: a cache does not help, and `ipaddress` is five times
        # slower than this.
        a, b, c, d = ip.split(".")
        return _within(int(a) << 24 | int(b) << 16 | int(c) << 8 | int(d), self._four)


def _spans(networks: Iterable[Network]) -> tuple[list[int], list[int]]:
    pairs = sorted((int(net.network_address), int(net.broadcast_address)) for net in networks)
    return [first for first, _ in pairs], [last for _, last in pairs]


def _within(number: int, spans: tuple[list[int], list[int]]) -> bool:
    place = bisect_right(spans[0], number) - 1
    return place >= 0 and number <= spans[1][place]
