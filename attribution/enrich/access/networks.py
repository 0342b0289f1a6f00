"""What the network that announces an address tells of its kind."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from attribution.enrich.access.tables import Guess, network_rules

__all__ = ["read_network"]

_LONGEST = 200
"""Characters of a network's name that are read."""
_NAME = re.compile(r"[^\W_]+")


def read_network(asn: int | None, as_org: str | None) -> Guess | None:
    """Return what an AS number, or else the name of its holder, tells; `isp` for providers of all kinds of lines.

    Args:
        asn: AS number.
        as_org: The holder's name, as databases write it.
    """
    return _read_network(asn, None if as_org is None else as_org[:_LONGEST])


@lru_cache(maxsize=65_536)
def _read_network(asn: int | None, as_org: str | None) -> Guess | None:
    rule = None if asn is None else _by_number().get(asn)
    if rule is not None:
        return Guess(rule[0], "strong", rule[1], f"AS{asn}")
    if not as_org:
        return None
    lower = as_org.lower()
    words = set(_NAME.findall(lower))
    for named in network_rules():
        if named.lacks & words:
            continue
        found = sorted(named.words & words) or [phrase for phrase in named.phrases if phrase in lower]
        if not found and (named.starts or named.ends):
            found = sorted(word for word in words if _is_made_with(word, named.starts, named.ends))
        if found:
            return Guess(named.access, "fair", named.id, found[0])
    return None


def _is_made_with(word: str, starts: tuple[str, ...], ends: tuple[str, ...]) -> bool:
    # A hostel is no host.
    if word.startswith(("hostel", "hostal", "hostess", "hostil")):
        return False
    # What is put before or behind must be a word of its own: `ghost` is none either.
    return any(word.endswith(end) and len(word) >= len(end) + 2 for end in ends) or (
        bool(starts) and word.startswith(starts)
    )


@cache
def _by_number() -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    for rule in network_rules():
        for number in sorted(rule.numbers):
            found.setdefault(number, (rule.access, rule.id))
    return found
