"""The network that an address is compared in, from narrow to wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.enrich.ip.packed import pack

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LEVELS", "strata"]

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
