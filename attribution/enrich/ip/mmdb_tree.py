"""The binary search tree of an MMDB file, walked for many addresses at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.enrich.ip.packed import IPV6

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["RECORD_SIZES", "SearchTree"]

RECORD_SIZES = (24, 28, 32)
"""Bits of a record, of which each node of the tree has two."""

_SEPARATOR = 16
"""Octets between the tree and the data."""


class SearchTree:
    """The tree of one file (MaxMind DB file format 2.0, "Binary Search Tree Section").

    The file is mapped, not read, and must not be changed in place meanwhile. No walk takes more steps than an
    address has bits, so that a tree in a circle ends as well.

    Args:
        path: The file.
        nodes, record_size, ip_version: As its metadata say.

    Raises:
        ValueError: The tree that the metadata tells of does not fit into the file.
        OSError: The file cannot be mapped.
    """

    __slots__ = ("_depth", "_nodes", "_octets", "_root4", "_size", "_view")

    def __init__(self, path: Path, nodes: int, record_size: int, ip_version: int) -> None:
        self._nodes = int(nodes)
        self._size = int(record_size)
        if self._size not in RECORD_SIZES or not 0 < self._nodes < 1 << 32:
            raise ValueError("the tree has nodes of no known size, or none")
        length = self._nodes * self._size // 4
        if length + _SEPARATOR > path.stat().st_size:
            raise ValueError("the tree is larger than the file")
        self._octets = np.memmap(path, np.uint8, "r", shape=(length,))
        self._view = self._octets.data
        self._depth = 128 if ip_version == 6 else 32
        # Addresses of version 4 lie below 96 zeros.
        zeros = np.zeros((1, 12), np.uint8)
        self._root4 = int(self._walk(zeros, np.zeros(1, np.int64))[0]) if self._depth == 128 else 0

    @property
    def nothing(self) -> int:
        """Give the value that says that there is no record."""
        return self._nodes

    @property
    def data_start(self) -> int:
        """Give the place in the file where the data begin."""
        return len(self._octets) + _SEPARATOR

    def data_offset(self, end: int) -> int | None:
        """Return where the record is that a walk ends at, from the start of the data; None where there is none.

        Args:
            end: As the walks return it; not `nothing`.
        """
        return end - self._nodes - _SEPARATOR if end >= self._nodes + _SEPARATOR else None

    def find(self, number: int, bits: int) -> tuple[int, int]:
        """Return where the walk of one address ends, and how many of its bits led there.

        Args:
            number: The address.
            bits: 32 or 128.
        """
        if bits > self._depth:
            return self._nodes, 0
        at = self._root4 if bits == 32 else 0
        for step in range(bits):
            if at >= self._nodes:
                return at, step
            at = self._one_child(at, number >> (bits - 1 - step) & 1)
        return at, bits

    def _one_child(self, node: int, bit: int) -> int:
        start, view = node * self._size // 4, self._view
        if self._size == 28:
            high = view[start + 3] & 15 if bit else view[start + 3] >> 4
            return high << 24 | int.from_bytes(view[start + bit * 4 : start + bit * 4 + 3], "big")
        width = self._size // 8
        return int.from_bytes(view[start + bit * width : start + (bit + 1) * width], "big")

    def find4(self, addresses: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Return where the walk of each address ends: the value of a record, or a node where the tree is broken.

        Args:
            addresses: Of version 4.
        """
        octets = np.ascontiguousarray(addresses.astype(">u4")).view(np.uint8).reshape(-1, 4)
        return self._walk(octets, np.full(len(addresses), self._root4, np.int64))

    def find6(self, addresses: NDArray[np.bytes_]) -> NDArray[np.int64]:
        """Return the same for version 6; in a file of version 4 alone no such address has a record.

        Args:
            addresses: As in `Packed`.
        """
        if self._depth == 32:
            return np.full(len(addresses), self._nodes, np.int64)
        octets = np.ascontiguousarray(addresses, IPV6).view(np.uint8).reshape(-1, 16)
        return self._walk(octets, np.zeros(len(addresses), np.int64))

    def _walk(self, octets: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Go down from each node by the bits of each row, the first bit first."""
        under_way = np.flatnonzero(at < self._nodes)
        here = at[under_way]
        for step in range(octets.shape[1] * 8):
            if not len(under_way):
                break
            bit = (octets[under_way, step >> 3] >> (7 - (step & 7))) & 1
            here = self._child(here, bit)
            inner = here < self._nodes
            if not inner.all():
                at[under_way] = here
                under_way, here = under_way[inner], here[inner]
        at[under_way] = here
        return at

    def _child(self, node: NDArray[np.int64], bit: NDArray[Any]) -> NDArray[np.int64]:
        octets = self._octets
        if self._size == 28:
            # Three octets each side, and between them one whose upper half is the left side's highest.
            start = node * 7
            middle = octets[start + 3].astype(np.int64)
            side = start + bit * 4
            low = _number(octets, side, 3)
            return low | np.where(bit == 0, middle >> 4, middle & 15) << 24
        if self._size == 24:
            return _number(octets, node * 6 + bit.astype(np.int64) * 3, 3)
        words: NDArray[np.uint32] = octets.view(">u4")
        found: NDArray[np.int64] = words[node * 2 + bit].astype(np.int64)
        return found


def _number(octets: NDArray[np.uint8], start: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    number = octets[start].astype(np.int64)
    for more in range(1, width):
        number = number << 8 | octets[start + more]
    return number
