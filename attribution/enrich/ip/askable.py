"""Which addresses are looked up in databases: those that a host on the public Internet can have."""

from __future__ import annotations

import ipaddress
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution._net import is_public, parse_ip
from attribution.enrich.ip.packed import pack
from attribution.enrich.ip.special import blocks, find_special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.enrich.ip.packed import Packed

__all__ = ["is_askable", "is_canonical"]

_TRANSITION = frozenset({"6to4", "teredo", "nat64"})
"""Databases answer for the IPv4 address in these, which belongs to a gateway's user, not to a network."""

# No group is zero and none begins with a zero; one run of at least two groups is left out, or none.
_GROUP = "[1-9a-f][0-9a-f]{0,3}"
_WHOLE = f"^{_GROUP}(:{_GROUP}){{7}}$"
_SHORT = f"^{_GROUP}(:{_GROUP})*::{_GROUP}(:{_GROUP})*$"
_MOST_COLONS = 6


def is_askable(ips: pa.Array, addresses: Packed, special: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Say of each address whether it is looked up: it is in canonical form, public, and carries no other address.

    Args:
        ips: Text; may hold null.
        addresses: The same as `pack` returns them.
        special: For each the block for special use that it lies in, as `find_special` returns them.
    """
    # Behind the last block stands what lies in none; of IPv6 that is 2000::/3.
    return is_canonical(ips, addresses) & _is_block_asked()[special]


@cache
def _is_block_asked() -> NDArray[np.bool_]:
    networks = [ipaddress.ip_network(block.prefix) for block in blocks()]
    asked = []
    for place, (block, network) in enumerate(zip(blocks(), networks, strict=True)):
        # One address stands for the block; it must be the block's own, and not lie in a narrower one. Where none is,
        # as of IPv4 in IPv6, which is not written so, the block has no address that could be asked for.
        first, last = int(network[0]), int(network[-1])
        behind = {int(net[-1]) + 1 for net in networks if net.version == network.version}
        kind = type(network[0])
        texts = [str(kind(number)) for number in sorted({first, *behind}) if first <= number <= last]
        own = np.flatnonzero(find_special(pack(texts)) == place)
        asked.append(len(own) > 0 and block.use not in _TRANSITION and is_public(texts[own[0]]))
    return np.array([*asked, True], bool)


def is_canonical(ips: pa.Array, addresses: Packed) -> NDArray[np.bool_]:
    """Say of each text whether it is an address as `parse_ip` would write it (RFC 5952 for IPv6).

    Args:
        ips: Text; may hold null.
        addresses: The same as `pack` returns them.
    """
    good = np.zeros(addresses.size, bool)
    good[addresses.rows4] = True
    if not len(addresses.rows6) and not pc.any(pc.match_substring(ips, ":")).as_py():
        return good
    colons = pc.fill_null(pc.count_substring(ips, ":"), 0).to_numpy(zero_copy_only=False)
    good &= colons == 0  # what stands for an address of version 4 is not written as one
    texts = ips.take(pa.array(addresses.rows6))
    short = pc.match_substring_regex(texts, _SHORT).to_numpy(zero_copy_only=False)
    usual = short & (colons[addresses.rows6] <= _MOST_COLONS)
    usual |= pc.match_substring_regex(texts, _WHOLE).to_numpy(zero_copy_only=False)
    good[addresses.rows6[usual]] = True
    for row in addresses.rows6[~usual].tolist():
        text = ips[row].as_py()
        good[row] = parse_ip(text) == text
    return good
