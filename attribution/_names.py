"""Host names compared and reduced to the organisation they belong to; a leaf that every stage may use."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import tldextract

from attribution._net import is_public, parse_ip

if TYPE_CHECKING:
    from collections.abc import Container

__all__ = ["domain_above", "has_public_suffix", "is_inner_name", "is_under", "registrable_domain", "same_organisation"]

# The snapshot of the public suffix list that comes with the library: no network, no cache folder.
_EXTRACT = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


_LONGEST = 255
"""Octets of the longest host name (RFC 1035 §2.3.4); nothing longer is kept in the cache."""


def registrable_domain(host: str) -> str | None:
    """Return the domain that somebody registered, in lower case, or None where the name holds none.

    Follows the public suffix list with its private section left out, so that `a.example.co.uk` gives
    `example.co.uk`. A name under a suffix that is not on the list (`host.corp`, `mx.mail.test`) gives its
    last two labels: inner networks use such names, and they still tell one organisation from another.
    Bare names and addresses give None.

    Args:
        host: A host name, of any case, with or without a final dot.
    """
    return _registrable_domain(host) if len(host) <= _LONGEST else None


@lru_cache(maxsize=65_536)
def _registrable_domain(host: str) -> str | None:
    name = host.rstrip(".").lower()
    if len(name) > 253 or "." not in name or ":" in name or name.rpartition(".")[2].isdigit():
        return None
    parts = _EXTRACT(name)
    if parts.suffix:
        return f"{parts.domain}.{parts.suffix}" if parts.domain else None
    return ".".join(name.split(".")[-2:])


def has_public_suffix(host: str) -> bool:
    """Say whether a name ends in a suffix of the public list, so that somebody can have registered it."""
    return _has_public_suffix(host) if len(host) <= _LONGEST else False


@lru_cache(maxsize=65_536)
def _has_public_suffix(host: str) -> bool:
    return bool(_EXTRACT(host.rstrip(".").lower()).suffix)


def is_under(host: str, domain: str) -> bool:
    """Say whether a host name is a domain or lies below it; both without regard to case."""
    name, suffix = host.rstrip(".").lower(), domain.rstrip(".").lower()
    return name == suffix or name.endswith("." + suffix)


def domain_above(host: str, domains: Container[str]) -> str | None:
    """Return the first of some domains that a host name is or lies below, the longest first; None where there is none.

    Args:
        host: A host name, of any case. A longer one than DNS allows lies below nothing.
        domains: In lower case, without final dots.
    """
    name = host.rstrip(".").lower() if len(host) <= _LONGEST else ""
    while name:
        if name in domains:
            return name
        name = name.partition(".")[2]
    return None


def same_organisation(one: str | None, other: str | None) -> bool:
    """Say whether two host names are the same or share their registrable domain."""
    if not one or not other:
        return False
    if one.rstrip(".").lower() == other.rstrip(".").lower():
        return True
    domain = registrable_domain(one)
    return domain is not None and domain == registrable_domain(other)


def is_inner_name(name: str | None) -> bool:
    """Say whether a host name says nothing of its organisation: none, a bare name, an inner address."""
    if name is None:
        return True
    ip = parse_ip(name.strip("[]"))
    if ip is not None:
        return not is_public(ip)
    return registrable_domain(name) is None or name.lower().endswith((".local", ".localdomain", ".lan", ".internal"))
