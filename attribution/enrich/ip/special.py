"""Addresses for special use, which belong to no network that a database could name."""

from __future__ import annotations

import ipaddress
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from attribution.enrich.ip.intervals import Intervals
from attribution.enrich.ip.packed import Packed, pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["SpecialUse", "blocks", "find_special", "special_use", "special_uses"]

_LONGEST = 45
"""Characters of the longest canonical address; nothing longer is kept in the cache."""


@dataclass(frozen=True, slots=True)
class SpecialUse:
    """What a block of addresses is kept for.

    Attributes:
        prefix: The block.
        use: In a word: `private`, `loopback`, `shared` (carrier-grade NAT), `documentation`, `6to4` ...
        cites: The documents that say so.
        says: What it is for, in plain words.
        is_global: Whether hosts anywhere may be reached at such an address, or stand behind it.
    """

    prefix: str
    use: str
    cites: str
    says: str
    is_global: bool


@cache
def blocks() -> tuple[SpecialUse, ...]:
    """Return all blocks, in the order of the data file."""
    table = tomllib.loads((files("attribution.enrich.ip") / "special.toml").read_text("utf-8"))
    return tuple(
        SpecialUse(entry["prefix"], entry["use"], entry["cites"], entry["says"], entry.get("global", False))
        for entry in table["block"]
    )


def special_use(ip: str) -> SpecialUse | None:
    """Return what an address is kept for, None where it is one of the common ones.

    Args:
        ip: An address in canonical form.
    """
    return _special_use(ip) if len(ip) <= _LONGEST else None


@lru_cache(maxsize=65_536)
def _special_use(ip: str) -> SpecialUse | None:
    place = int(find_special(pack([ip]))[0])
    return None if place < 0 else blocks()[place]


def special_uses(ips: Sequence[str | None] | pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """Return in a word what each address is kept for; null where it is a common one, or none.

    Args:
        ips: Addresses in canonical form.
    """
    found = find_special(pack(ips))
    indices, words = _words()
    return pa.DictionaryArray.from_arrays(pa.array(indices[found], mask=found < 0), words)


def find_special(addresses: Packed) -> NDArray[np.int32]:
    """Return the place in `blocks` of the narrowest block that holds each address, -1 where none does.

    Args:
        addresses: As `pack` returns them.
    """
    return _intervals().find(addresses)


@cache
def _intervals() -> Intervals:
    return Intervals.of_networks(ipaddress.ip_network(block.prefix) for block in blocks())


@cache
def _words() -> tuple[NDArray[np.int32], pa.Array]:
    """Return the number of each block's word, and the words."""
    words = list(dict.fromkeys(block.use for block in blocks()))
    return np.array([words.index(block.use) for block in blocks()], np.int32), pa.array(words, pa.string())
