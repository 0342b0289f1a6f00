"""Ranges of addresses that are asked for many addresses at once; where ranges lie in one another, the narrowest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.enrich.ip.packed import IPV4, IPV6

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from numpy.typing import NDArray

    from attribution.enrich.ip.packed import Packed

__all__ = ["Intervals", "Spans"]

_MOST_CUT = 1 << 21
"""Ranges that are cut where they overlap, one by one and in much memory; a routing table has about a million."""


class Spans:
    """Ranges of one version that do not overlap, in order.

    Args:
        first, last: Both ends of each range, which belong to it.
        values: What each range stands for, a number of 0 or more.

    Raises:
        OverflowError: There are millions, and they overlap.
    """

    __slots__ = ("first", "last", "values")

    def __init__(self, first: NDArray[Any], last: NDArray[Any], values: NDArray[np.int32]) -> None:
        self.first, self.last, self.values = _apart(first, last, values)

    def find(self, addresses: NDArray[Any]) -> NDArray[np.int32]:
        """Return the value of the narrowest range that each address lies in, -1 where there is none."""
        if not len(self.first):
            return np.full(len(addresses), -1, np.int32)
        place = np.searchsorted(self.first, addresses, side="right") - 1
        # Place -1 reads the last range, which the second condition undoes.
        inside = (addresses <= self.last[place]) & (place >= 0)
        return np.where(inside, self.values[place], np.int32(-1)).astype(np.int32, copy=False)


class Intervals:
    """Ranges of both versions.

    Attributes:
        ipv4, ipv6: Those of each version.
    """

    __slots__ = ("ipv4", "ipv6")

    def __init__(self, ipv4: Spans, ipv6: Spans) -> None:
        self.ipv4 = ipv4
        self.ipv6 = ipv6

    @classmethod
    def of_networks(cls, networks: Iterator[Any]) -> Self:
        """Return the ranges of networks of the `ipaddress` module; the value of each is its place in the order."""
        parts: dict[int, list[tuple[Any, int]]] = {4: [], 6: []}
        for value, network in enumerate(networks):
            parts[network.version].append((network, value))

        def spans(version: int) -> Spans:
            kind, here = (IPV4, parts[4]) if version == 4 else (IPV6, parts[6])

            def keys(name: str) -> NDArray[Any]:
                ends = [getattr(network, name) for network, _ in here]
                return np.array([int(end) if version == 4 else end.packed for end in ends], kind)

            values = np.array([value for _, value in here], np.int32)
            return Spans(keys("network_address"), keys("broadcast_address"), values)

        return cls(spans(4), spans(6))

    def find(self, addresses: Packed) -> NDArray[np.int32]:
        """Return the value of the narrowest range for each row, -1 where no range holds it."""
        found = np.full(addresses.size, -1, np.int32)
        found[addresses.rows4] = self.ipv4.find(addresses.ipv4)
        found[addresses.rows6] = self.ipv6.find(addresses.ipv6)
        return found


def _apart(
    first: NDArray[Any], last: NDArray[Any], values: NDArray[np.int32]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.int32]]:
    """Return ranges that say the same as those given, of which none overlaps another."""
    if len(first) and not (first[1:] > first[:-1]).all():
        order = _order(first, last)
        first, last, values = first[order], last[order], values[order]
    if not len(first) or (first[1:] > last[:-1]).all():
        return first, last, values
    if len(first) > _MOST_CUT:
        raise OverflowError(f"more than {_MOST_CUT:,} ranges overlap")
    return _cut(first, last, values)


def _order(first: NDArray[Any], last: NDArray[Any]) -> NDArray[np.int64]:
    # By beginning, the wider first; of two alike the one that was given later comes later, and so counts. A stable
    # sort of the ends from the greatest needs the given order turned round twice.
    by_end = np.argsort(last[::-1], kind="stable")[::-1]
    by_end = len(last) - 1 - by_end
    return by_end[np.argsort(first[by_end], kind="stable")]


def _cut(
    first: NDArray[Any], last: NDArray[Any], values: NDArray[np.int32]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.int32]]:
    """Cut ranges where others lie in them; at each address the one counts that begins last, then the narrowest."""
    is_ipv4 = first.dtype == IPV4
    begins, ends = _numbers(first), _numbers(last)
    out_first: list[int] = []
    out_last: list[int] = []
    out_place: list[int] = []
    open_ends: list[int] = []
    open_places: list[int] = []
    position = 0

    def run_to(limit: int) -> None:
        """Write what the open ranges hold up to before `limit`, and close those that end there."""
        nonlocal position
        while open_ends and position < limit:
            end = open_ends[-1]
            if end >= position:
                stop = min(end, limit - 1)
                if stop >= position:
                    out_first.append(position)
                    out_last.append(stop)
                    out_place.append(open_places[-1])
                    position = stop + 1
            if end < limit:
                open_ends.pop()
                open_places.pop()
        position = max(position, limit)

    for place, begin in enumerate(begins):
        run_to(begin)
        open_ends.append(ends[place])
        open_places.append(place)
    run_to(1 << (32 if is_ipv4 else 128))

    def keys(numbers: list[int]) -> NDArray[Any]:
        if is_ipv4:
            return np.array(numbers, IPV4)
        return np.frombuffer(b"".join(number.to_bytes(16, "big") for number in numbers), IPV6)

    return keys(out_first), keys(out_last), values[np.array(out_place, np.int64)]


def _numbers(keys: NDArray[Any]) -> list[int]:
    if keys.dtype == IPV4:
        numbers: list[int] = keys.tolist()
        return numbers
    octets = np.ascontiguousarray(keys).tobytes()
    return [int.from_bytes(octets[at : at + 16], "big") for at in range(0, len(octets), 16)]
