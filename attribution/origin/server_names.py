"""What the name of a machine tells of it: a mail server, one of a pool, or the line of a customer or guest."""

from __future__ import annotations

import re

from attribution._names import host_form, registrable_domain

__all__ = ["is_access_line", "is_mail_server", "pool_of"]

_LONGEST_HOST = 255
"""Octets of the longest host name (RFC 1035 §2.3.4)."""

_LINE_WORDS = re.compile(
    r"(?:^|[^a-z])(?:[asvx]?dsl|broadband|cable|catv|cpe|customer|dhcp|dial(?:in|up)?|docsis|dorm|dyn(?:amic|ip)?|ftth|"
    r"hsd|modem|pcp|pool|ppp(?:oe|ox)?|resnet|vpn|wifi|wireless|wlan)(?![a-z])"
)
_MAIL_WORDS = re.compile(r"mail|smtp|(?:^|[^a-z])(?:mx|mta)(?![a-z])")
_PASSING_WORDS = re.compile(
    r"relay|list|spam|(?:^|[^a-z])(?:edge|esa|exch|gate|gateway|gw|hub|imap|lmtp|post)(?![a-z])"
)
"""Words for machines that pass things on; a customer's router may be called so too, where its line says what it is."""
_NUMBER = re.compile(r"\d+")
_OCTET = re.compile(r"\d{1,3}")
_IPV6_GROUPS = re.compile(r"(?:[0-9a-f]{1,4}[-.x]){3}")


def pool_of(name: str) -> str:
    """Return a host name with its numbers masked: `mx01.example.net` and `mx02.example.net` are one pool.

    The numbers of its registrable domain stay: two domains that differ by them have two owners.
    """
    own = _own_part(name)
    return _NUMBER.sub("#", own) + host_form(name).removeprefix(own)


def is_access_line(name: str, ip: str) -> bool:
    """Say whether a host name is that of a customer's or guest's line, whose machine may be anybody's.

    Such names are built from the address, or say by what means the line reaches the network.

    Args:
        name: A host name.
        ip: Its address, in canonical form.
    """
    own = _own_part(name)
    return _embeds_address(name, ip) or (bool(_LINE_WORDS.search(own)) and not _MAIL_WORDS.search(own))


def is_mail_server(name: str) -> bool:
    """Say whether a host name tells that mail is what the host is there for; the bare domain does as well."""
    own = _own_part(name)
    return not own or bool(_MAIL_WORDS.search(own) or (_PASSING_WORDS.search(own) and not _LINE_WORDS.search(own)))


def _own_part(name: str) -> str:
    """Return what stands before the registrable domain of a host name."""
    lower = host_form(name)[:_LONGEST_HOST]
    return lower.removesuffix(registrable_domain(lower) or "").rstrip(".")


def _embeds_address(name: str, ip: str) -> bool:
    """Say whether a host name is built from its address, as those of customers' lines are."""
    lower = host_form(name)[:_LONGEST_HOST]
    if ":" in ip:
        return bool(_IPV6_GROUPS.search(lower))
    numbers = _OCTET.findall(lower)
    return sum(1 for octet in ip.split(".") if octet in numbers) >= 3
