"""What the servers of some dialects do with the names in their lines: octets left out, names looked up."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from attribution._names import host_form, registrable_domain, same_host, unicode_form

if TYPE_CHECKING:
    from attribution.models import Hop

__all__ = ["fits_mask", "is_looked_up", "masks_octets"]

_LONGEST = 255
"""Octets of the longest host name (RFC 1035 §2.3.4); nothing longer is looked at."""


def masks_octets(hop: Hop) -> bool:
    """Say whether the server that wrote a line writes `?` in the place of octets that might do harm."""
    return hop.dialect in _masking()[0]


def fits_mask(masked: str, name: str) -> bool:
    """Say whether a name, or its registrable domain, can be another one with octets that were not written.

    Args:
        masked: The name with a `?` for each such octet.
        name: A full name, in letters of any script or in A-labels.
    """
    if "?" not in masked or len(masked) > _LONGEST or len(name) > _LONGEST:
        return False
    pairs = [(host_form(masked), host_form(name)), (registrable_domain(masked), registrable_domain(name))]
    return any(
        _is_masked_by(form.encode(charset, "ignore"), mask.encode("ascii", "ignore"))
        for mask, full in pairs
        if mask is not None and full is not None
        for form in (full, unicode_form(full))
        for charset in ("utf-8", "latin-1")
    )


def _is_masked_by(octets: bytes, mask: bytes) -> bool:
    unmasked = _masking()[1]
    return len(octets) == len(mask) and all(
        octet not in unmasked if place == ord("?") else octet == place
        for octet, place in zip(octets, mask, strict=True)
    )


def is_looked_up(hop: Hop) -> bool:
    """Say whether the DNS gives the peer's address the name that the peer gave itself, as far as the line tells.

    Such a name is no verified one: the owner of an address gives it any name.
    """
    return hop.rdns_state is None and hop.dialect in _looking_up() and same_host(hop.helo, hop.rdns)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("attribution.origin") / "habits.toml").read_text("utf-8"))


@cache
def _masking() -> tuple[frozenset[str], frozenset[int]]:
    """Return the dialects whose servers mask octets, and the octets that they write."""
    entry = _table()["masks"]
    return frozenset(entry["dialects"]), frozenset(entry["unmasked"].encode("ascii"))


@cache
def _looking_up() -> frozenset[str]:
    return frozenset(_table()["looks_up"]["dialects"])
