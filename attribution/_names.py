"""Host names compared and reduced to the organisation they belong to; a leaf that every stage may use."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import tldextract

from attribution._net import is_public, parse_ip

if TYPE_CHECKING:
    from collections.abc import Container

__all__ = [
    "domain_above",
    "has_public_suffix",
    "host_form",
    "is_inner_name",
    "is_under",
    "registrable_domain",
    "same_host",
    "same_organisation",
    "unicode_form",
]

# The snapshot of the public suffix list that comes with the library: no network, no cache folder.
_EXTRACT = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


_LONGEST = 255
"""Octets of the longest host name (RFC 1035 §2.3.4); nothing longer is kept in the cache."""
_LONGEST_LABEL = 63
"""Octets of the longest label (RFC 1035 §2.3.4); Punycode takes a time that grows with the square of the length."""
_OF_URLS = re.compile(r"[^\w.-]", re.ASCII)


def host_form(name: str) -> str:
    """Return a host name in the form in which names are compared: in A-labels, lower case, without a final dot.

    A label in letters beyond ASCII is written as RFC 5890 §2.3.2.1 says, so that `bücher.example` and
    `xn--bcher-kva.example` are one name. Whether IDNA allows the label is not asked, and ß stays a letter of its own
    (RFC 5891). A name that no DNS takes, by its length or one of a label, keeps its letters.

    Args:
        name: A host name, of any case, or what stands in the place of one.
    """
    if name.isascii():
        return name.rstrip(".").lower()
    return _a_labels(name) if len(name) <= _LONGEST else name.rstrip(".").lower()


@lru_cache(maxsize=4_096)
def _a_labels(name: str) -> str:
    # NFKC writes full-width letters and dots as the plain ones; the ideographic full stop is the dot that it leaves.
    # Some signs stand for capitals (ᴬ), so that letters are made small after it too.
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name.lower()).lower()).replace("\u3002", ".")
    return ".".join(map(_a_label, text.rstrip(".").split(".")))


def _a_label(label: str) -> str:
    if label.isascii() or len(label) > _LONGEST_LABEL:
        return label
    return f"xn--{label.encode('punycode').decode('ascii')}"


def unicode_form(name: str) -> str:
    """Return a host name with its A-labels (RFC 5890 §2.3.2.1) in the letters that they stand for.

    Args:
        name: In the form that `host_form` returns. What is no A-label, or a broken one, is left as it is.
    """
    return ".".join(map(_u_label, name.split("."))) if "xn--" in name and len(name) <= _LONGEST else name


def _u_label(label: str) -> str:
    if not label.startswith("xn--") or len(label) > _LONGEST_LABEL:
        return label
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode") or label
    except UnicodeError:
        return label


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
    name = host_form(host).rpartition("@")[2]
    if len(name) > 253 or "." not in name or ":" in name or parse_ip(_bare(name)) is not None:
        return None
    if name.rpartition(".")[2].isdigit():
        return None
    suffix = _suffix(name)
    if not suffix:
        return ".".join(name.split(".")[-2:])
    own = name[: -len(suffix)].rstrip(".")
    return f"{own.rpartition('.')[2]}.{suffix}" if own else None


def _bare(name: str) -> str:
    """Return a name without what stands around an address literal: brackets, or what qmail writes in their place."""
    return name.strip("[]?")


def _suffix(name: str) -> str:
    """Return the public suffix of a name in the form of comparison, or an empty text."""
    # The library takes a name for a URL: what would end the host there is but an odd character of a name here.
    return _EXTRACT(_OF_URLS.sub("_", name)).suffix


def has_public_suffix(host: str) -> bool:
    """Say whether a name ends in a suffix of the public list, so that somebody can have registered it."""
    return _has_public_suffix(host) if len(host) <= _LONGEST else False


@lru_cache(maxsize=65_536)
def _has_public_suffix(host: str) -> bool:
    return bool(_suffix(host_form(host)))


def is_under(host: str, domain: str) -> bool:
    """Say whether a host name is a domain or lies below it; both without regard to case."""
    name, suffix = host_form(host), host_form(domain)
    return name == suffix or name.endswith("." + suffix)


def domain_above(host: str, domains: Container[str]) -> str | None:
    """Return the first of some domains that a host name is or lies below, the longest first; None where there is none.

    Args:
        host: A host name, of any case. A longer one than DNS allows lies below nothing.
        domains: In the form that `host_form` returns.
    """
    name = host_form(host) if len(host) <= _LONGEST else ""
    while name:
        if name in domains:
            return name
        name = name.partition(".")[2]
    return None


def same_host(one: str | None, other: str | None) -> bool:
    """Say whether two host names are the same, whatever their case, their final dots and the form of their labels."""
    return one is not None and other is not None and host_form(one) == host_form(other)


def same_organisation(one: str | None, other: str | None) -> bool:
    """Say whether two host names are the same or share their registrable domain."""
    if not one or not other:
        return False
    if one == other or same_host(one, other):
        return True
    domain = registrable_domain(one)
    return domain is not None and domain == registrable_domain(other)


def is_inner_name(name: str | None) -> bool:
    """Say whether a host name says nothing of its organisation: none, a bare name, an inner address."""
    if name is None:
        return True
    ip = parse_ip(_bare(name))
    if ip is not None:
        return not is_public(ip)
    return registrable_domain(name) is None or host_form(name).endswith((".local", ".localdomain", ".lan", ".internal"))
