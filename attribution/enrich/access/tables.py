"""The rules for access types as data: domains of providers, words in names, networks; each with examples."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

__all__ = [
    "ACCESS_TYPES",
    "CONFIDENCE",
    "Guess",
    "NetworkRule",
    "Owner",
    "Words",
    "Zone",
    "load",
    "network_rules",
    "owners",
    "words",
    "zones",
]

ACCESS_TYPES = {
    "residential": "a fixed line of a home or a small office",
    "mobile": "a mobile network",
    "cgnat": "an address that a provider shares among many customers",
    "business": "a fixed address of an organisation, or a server in its house",
    "hosting": "a rented server",
    "mail-provider": "a server of a mail service",
    "bulk-mailer": "a server of a service that sends mail for its customers",
    "education": "a university, school or research network",
    "government": "a public authority",
    "cdn": "a server of a content delivery network",
    "vpn-proxy": "the exit of a tunnel or proxy that anybody may use",
    "tor": "an exit of the Tor network",
}
"""The access types, and what each means."""

CONFIDENCE = ("weak", "fair", "strong", "certain")
"""How far an access type is carried, from the least; `certain` is only what the user says."""


class Guess(NamedTuple):
    """What one piece of evidence tells.

    Attributes:
        access: One of `ACCESS_TYPES`; for networks also `isp`, a provider of all kinds of lines.
        confidence: One of `CONFIDENCE`.
        rule: Id of the rule in the data files.
        matched: The word, domain or number that the rule found.
    """

    access: str
    confidence: str
    rule: str
    matched: str


@dataclass(frozen=True, slots=True)
class Zone:
    """Domains of one provider below which names tell one access type; see `zones.toml`."""

    id: str
    access: str
    under: tuple[str, ...]
    asn: frozenset[int]
    has: frozenset[str]
    lacks: frozenset[str]
    numbered: bool
    guarded: bool
    match: tuple[str, ...]
    not_: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Words that tell something wherever they stand in a name; see `words.toml`."""

    id: str
    kind: str
    tokens: frozenset[str]
    parts: tuple[str, ...]
    numbered: bool
    match: tuple[str, ...]
    not_: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """Endings of domains that are kept for one kind of owner; see `words.toml`."""

    id: str
    access: str
    top: frozenset[str]
    second: frozenset[str]
    under: frozenset[str]
    starts: tuple[str, ...]
    match: tuple[str, ...]
    not_: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NetworkRule:
    """Networks of one kind by AS number, or by words in their names; see `networks.toml`."""

    id: str
    access: str
    numbers: frozenset[int]
    words: frozenset[str]
    phrases: tuple[str, ...]
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    lacks: frozenset[str]
    match: tuple[str, ...]
    not_: tuple[str, ...]


@cache
def load(name: str) -> dict[str, list[dict[str, Any]]]:
    """Return a data file of this package."""
    return tomllib.loads((files("attribution.enrich.access") / name).read_text("utf-8"))


@cache
def zones() -> tuple[Zone, ...]:
    """Return the providers' domains, in the order of the data file."""
    return tuple(
        Zone(
            id=entry["id"],
            access=entry["access"],
            under=tuple(entry["under"]),
            asn=frozenset(entry.get("asn", ())),
            has=frozenset(entry.get("has", ())),
            lacks=frozenset(entry.get("lacks", ())),
            numbered=entry.get("numbered", entry["access"] in ("residential", "mobile")),
            # Providers keep their own servers beside their customers' lines.
            guarded=entry["access"] in ("residential", "mobile"),
            match=tuple(entry["match"]),
            not_=tuple(entry.get("not", ())),
        )
        for entry in load("zones.toml")["zone"]
    )


@cache
def words() -> tuple[Words, ...]:
    """Return the groups of words, in the order of the data file."""
    return tuple(
        Words(
            id=entry["id"],
            kind=entry["kind"],
            tokens=frozenset(entry["tokens"]),
            parts=tuple(entry.get("parts", ())),
            numbered=entry.get("numbered", False),
            match=tuple(entry["match"]),
            not_=tuple(entry["not"]),
        )
        for entry in load("words.toml")["words"]
    )


@cache
def owners() -> tuple[Owner, ...]:
    """Return the endings that are kept for an owner, in the order of the data file."""
    return tuple(
        Owner(
            id=entry["id"],
            access=entry["access"],
            top=frozenset(entry["top"]),
            second=frozenset(entry["second"]),
            under=frozenset(entry.get("under", ())),
            starts=tuple(entry.get("starts", ())),
            match=tuple(entry["match"]),
            not_=tuple(entry["not"]),
        )
        for entry in load("words.toml")["owner"]
    )


@cache
def network_rules() -> tuple[NetworkRule, ...]:
    """Return the networks, in the order of the data file."""
    return tuple(
        NetworkRule(
            id=entry["id"],
            access=entry["access"],
            numbers=frozenset(entry.get("numbers", ())),
            words=frozenset(entry.get("words", ())),
            phrases=tuple(entry.get("phrases", ())),
            starts=tuple(entry.get("starts", ())),
            ends=tuple(entry.get("ends", ())),
            lacks=frozenset(entry.get("lacks", ())),
            match=tuple(entry.get("match", ())),
            not_=tuple(entry.get("not", ())),
        )
        for entry in load("networks.toml")["network"]
    )


@cache
def parts_pattern() -> re.Pattern[str]:
    """Return a pattern that finds each part of a word that tells something, the longest first."""
    parts = sorted({part for group in words() for part in group.parts}, key=lambda part: (-len(part), part))
    return re.compile("|".join(map(re.escape, parts)))
