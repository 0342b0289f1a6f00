"""The network that an address is compared in, from narrow to wide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.enrich.ip.packed import pack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["LEVELS", "Places", "strata"]

_LENGTHS = {"/24": (24, 48), "/20": (20, 40), "AS in /16": (16, 32), "/16": (16, 32)}
LEVELS = tuple(_LENGTHS)
"""What counts as one network, the narrowest first. The names are those for IPv4; of IPv6 it is the /48, /40 or /32."""


def strata(ips: pa.Array, asn: pa.Array, level: str) -> NDArray[np.int64]:
    """Return a number for the network of each address; two addresses have the same if they are in the same one.

    Args:
        ips: Addresses in canonical form.
        asn: Number of the system that announces each, null where not known; it only counts for `AS in /16`.
        level: One of `LEVELS`.
    """
    four, six = _LENGTHS[level]
    packed = pack(ips)
    codes = np.full(packed.size, -1, np.int64)
    codes[packed.rows4] = packed.ipv4.astype(np.int64) >> (32 - four)
    octets = np.frombuffer(packed.ipv6.tobytes(), np.uint8).reshape(-1, 16)[:, : six // 8]
    if len(octets):
        _, places = np.unique(octets, axis=0, return_inverse=True)
        codes[packed.rows6] = (1 << 32) + places.ravel()
    if level != "AS in /16":
        return codes
    systems = pc.fill_null(asn, 0).to_numpy(zero_copy_only=False).astype(np.int64)
    _, together = np.unique(np.stack([codes, systems], axis=1), axis=0, return_inverse=True)
    numbers: NDArray[np.int64] = together.ravel().astype(np.int64)
    return numbers


@dataclass(frozen=True, slots=True)
class Places:
    """The networks of two groups of addresses, by level.

    Attributes:
        codes: For each level the numbers of the networks of both.
    """

    codes: Mapping[str, tuple[NDArray[np.int64], NDArray[np.int64]]]

    @classmethod
    def of(cls, ips: pa.Array, asn: pa.Array, other_ips: pa.Array, other_asn: pa.Array) -> Places:
        """Return the networks of two groups; arguments as for `strata`."""
        both, systems = pa.concat_arrays([ips, other_ips]), pa.concat_arrays([asn, other_asn])
        found = {level: strata(both, systems, level) for level in LEVELS}
        return cls({level: (codes[: len(ips)], codes[len(ips) :]) for level, codes in found.items()})

    def at(self, level: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers of both groups' networks."""
        return self.codes[level]

    def part(self, chosen: NDArray[np.bool_]) -> Places:
        """Return the same for some addresses of the first group, beside all of the second."""
        return Places({level: (mine[chosen], others) for level, (mine, others) in self.codes.items()})
