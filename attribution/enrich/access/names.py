"""What a host name tells of the line or server behind it.

What is read depends on the words of a name and on whether a number stands beside them, never on the numbers
themselves. So names that differ in their numbers alone are read once.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.enrich.access.tables import Guess, owners, parts_pattern, words, zones

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from attribution.enrich.access.tables import Words, Zone

__all__ = ["Reading", "read_name", "read_names"]

_LONGEST = 255
"""Octets of the longest host name (RFC 1035 §2.3.4)."""


class Reading(NamedTuple):
    """What a name tells.

    Attributes:
        plain: By its words alone.
        beside: Where its address stands in it as well.
    """

    plain: Guess | None
    beside: Guess | None


_NOTHING = Reading(None, None)

# The same text serves Python's `re` and Arrow's RE2.
_HEX_TEXT = r"\b([a-z]?)(?:[0-9a-f]{16,32}|[0-9a-f]{12}|[0-9a-f]{8})\b"
_PARTS_TEXT = (
    r"^(?:(?P<own>.*?)\.)??(?P<domain>[^.]+\.(?:ac|ad|co|com|ed|edu|gen|go|gob|gov|gouv|gr|gub|ind|lg|mil|ne|net|nom|or|org"
    r"|sch|web)\.[a-z]{2}|[^.]+\.[a-z][a-z0-9-]{1,62})\.?$"
)
_DASHED_TEXT = r"[0-9]+(?:-[0-9]+)+"
_HEX = re.compile(_HEX_TEXT, re.ASCII)
# RE2 is linear by itself; `re` must be kept from trying each digit of a long number.
_DASHED = re.compile(r"(?<![0-9])[0-9]++(?:-[0-9]++)++", re.ASCII)
_PARTS = re.compile(_PARTS_TEXT, re.ASCII)
_PIECE = re.compile(r"[^.\-_]+")
_RUN = re.compile(r"[a-z]{4,}")
_LETTERS = re.compile(r"[^.\-_0-9][^.\-_]*")
_DIGIT = re.compile(r"[0-9]")
_DIGITS = "0123456789"


def read_name(name: str) -> Reading:
    """Return what one host name tells.

    Args:
        name: Of any case, with or without a final dot.
    """
    return _read_name(name) if len(name) <= _LONGEST else _NOTHING


@lru_cache(maxsize=65_536)
def _read_name(name: str) -> Reading:
    parts = _PARTS.match(_DASHED.sub("0", _HEX.sub(r"\g<1>0", name.lower())))
    return _NOTHING if parts is None else _read(parts["own"] or "", parts["domain"])


def read_names(names: pa.Array) -> tuple[list[Reading], NDArray[np.int32]]:
    """Return what host names tell: the distinct readings, and which of them is each name's.

    Args:
        names: Text, of any case; null tells nothing.
    """
    short = pc.if_else(pc.less_equal(pc.binary_length(names), _LONGEST), names, None)
    masked = pc.replace_substring_regex(pc.utf8_lower(short), _HEX_TEXT, r"\10")
    masked = pc.replace_substring_regex(masked, _DASHED_TEXT, "0")
    parts = pc.extract_regex(masked, _PARTS_TEXT)
    own = pc.replace_substring_regex(pc.struct_field(parts, "own"), "[0-9]+", "0")
    domains = pc.struct_field(parts, "domain").dictionary_encode()
    # Where the domain is no provider's, all that is left of it is who may own it.
    known, listed = _zones_by_domain(), domains.dictionary.to_pylist()
    kept = pa.array([domain if domain in known else _owner_domain(domain) for domain in listed], pa.string())
    kept = kept.take(domains.indices) if len(kept) else pa.nulls(len(names), pa.string())
    whole = pc.binary_join_element_wise(pc.fill_null(own, ""), kept, " ").dictionary_encode()
    readings: dict[Reading, int] = {_NOTHING: 0}
    places = []
    for text in whole.dictionary.to_pylist():
        own_text, _, domain = text.partition(" ")
        places.append(readings.setdefault(_read(own_text, domain), len(readings)))
    # A name that is none is null, and reads as nothing.
    indices = pc.fill_null(whole.indices, len(places)).to_numpy(zero_copy_only=False)
    return list(readings), np.array([*places, 0], np.int32)[indices]


def _read(own: str, domain: str) -> Reading:
    """Return what a name tells, from what stands before the registered domain and that domain."""
    zone = _zone(own, domain)
    if zone is not None:
        return Reading(zone, zone)
    owner = _owner(domain)
    if owner is not None:
        return Reading(owner, owner)
    return _read_words(own)


@cache
def _zones_by_domain() -> dict[str, tuple[tuple[str, tuple[Zone, ...]], ...]]:
    """Return for each registered domain the providers' domains at or below it, the longest first, and their rules."""
    found: dict[str, dict[str, list[Zone]]] = {}
    for zone in zones():
        for under in zone.under:
            parts = _PARTS.match(under)
            if parts is not None:
                found.setdefault(parts["domain"], {}).setdefault(under, []).append(zone)
    return {
        domain: tuple((under, tuple(rules)) for under, rules in sorted(here.items(), key=lambda item: -len(item[0])))
        for domain, here in found.items()
    }


def _zone(own: str, domain: str) -> Guess | None:
    here = _zones_by_domain().get(domain)
    if here is None:
        return None
    name = f"{own}.{domain}" if own else domain
    for under, rules in here:
        if name == under or name.endswith("." + under):
            before = name[: -len(under)].rstrip(".")
            tokens = _tokens(before)
            for zone in rules:
                if _fits(zone, before, tokens):
                    return Guess(zone.access, "strong", zone.id, under)
    return None


def _fits(zone: Zone, before: str, tokens: frozenset[str]) -> bool:
    if zone.numbered and not _DIGIT.search(before):
        return False
    if (zone.has and not (zone.has & tokens)) or zone.lacks & tokens:
        return False
    return not (zone.guarded and tokens & _server_words())


@cache
def _server_words() -> frozenset[str]:
    return frozenset().union(*(group.tokens for group in words() if group.kind == "server"))


def _owner_domain(domain: str | None) -> str | None:
    """Return the domain where it tells who may own it, else one that tells nothing, to be read once for all."""
    if domain is None:
        return None
    return "example.com" if _owner(domain) is None else domain


def _owner(domain: str) -> Guess | None:
    ends, starts = _owner_marks()
    rest, _, top = domain.rpartition(".")
    second = rest.rpartition(".")[2] if len(top) == 2 else None
    # Nearly all domains are nobody's that is looked for.
    if top not in ends and second not in ends and not domain.startswith(starts):
        return None
    return _kept_for(domain, top, second)


@cache
def _owner_marks() -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the labels at or before the end of a domain that tell of an owner, and the beginnings that do."""
    ends: set[str] = set()
    for owner in owners():
        ends |= owner.top | owner.second | {under.partition(".")[0] for under in owner.under}
        ends |= {under.rpartition(".")[2] for under in owner.under}
    return frozenset(ends), tuple(start for owner in owners() for start in owner.starts)


@lru_cache(maxsize=65_536)
def _kept_for(domain: str, top: str, second: str | None) -> Guess | None:
    labels = domain.split(".")
    endings = (".".join(labels[-2:]), ".".join(labels[-3:]))
    for owner in owners():
        if top in owner.top:
            return Guess(owner.access, "fair", owner.id, top)
        if second in owner.second:
            return Guess(owner.access, "fair", owner.id, endings[0])
        for ending in endings:
            if ending in owner.under:
                return Guess(owner.access, "fair", owner.id, ending)
        if len(labels) == 2 and owner.starts and domain.startswith(owner.starts):
            return Guess(owner.access, "fair", owner.id, domain)
    return None


@lru_cache(maxsize=65_536)
def _tokens(own: str) -> frozenset[str]:
    """Return the words of a name: pieces without the numbers at their ends, and longer runs of letters within."""
    found = set()
    for piece in _PIECE.findall(own):
        word = piece.strip(_DIGITS)
        if word == "g" and piece[-1] == "g" and piece != word:
            found.add("0g")  # `3g`, `4g`; but `g3` is a machine
        elif word.isalpha():
            found.add(word)
        else:
            found.update(_RUN.findall(word))
    return frozenset(found)


class _Hit(NamedTuple):
    rule: str
    word: str


@lru_cache(maxsize=65_536)
def _read_words(own: str) -> Reading:
    hits = _hits(own)
    line, fixed, mobile = hits.get("line"), hits.get("fixed"), hits.get("mobile")
    server, hosting = hits.get("server"), hits.get("hosting")
    if "cgnat" in hits:
        return _alike("cgnat", "fair", hits["cgnat"])
    if "vpn" in hits and server is None:
        return _alike("vpn-proxy", "weak", hits["vpn"])
    if hosting is not None:
        return _NOTHING if line or mobile else _alike("hosting", "fair", hosting)
    if line or mobile:
        # A provider's server for such lines, or a server on one: the name does not say which.
        if server is not None:
            return _NOTHING
        if fixed is not None and line is not None:
            return _alike("business", "fair", fixed)
        access, hit = ("mobile", mobile) if mobile is not None else ("residential", line)
        if hit is not None:
            return Reading(Guess(access, "fair", *hit), Guess(access, "strong", *hit))
    if fixed is not None:
        return _alike("business", "weak", fixed)
    if server is not None:
        # One machine of its owner's; the many with names like `relay07`, `smtp-rt` or `mta.mail` are a service's.
        alone = len(_LETTERS.findall(own)) == 1 and not _DIGIT.search(own)
        return _alike("business", "weak", server) if alone else _NOTHING
    customer = hits.get("customer")
    return Reading(None, Guess("residential", "weak", *(customer or _Hit("name-address", "address"))))


def _alike(access: str, confidence: str, hit: _Hit) -> Reading:
    guess = Guess(access, confidence, *hit)
    return Reading(guess, guess)


def _hits(own: str) -> dict[str, _Hit]:
    """Return for each kind of words the first group that the name has a word of."""
    tokens = _tokens(own)
    numbered = bool(_DIGIT.search(own))
    by_token, by_part = _word_tables()
    found: dict[str, tuple[int, _Hit]] = {}

    def note(groups: Iterable[tuple[int, Words]], word: str) -> None:
        for place, group in groups:
            if (numbered or not group.numbered) and (group.kind not in found or place < found[group.kind][0]):
                found[group.kind] = place, _Hit(group.id, word)

    for token in sorted(tokens):
        groups = by_token.get(token)
        if groups is not None:
            note(groups, token)
        else:
            part = parts_pattern().search(token)
            if part is not None:
                note(by_part[part[0]], part[0])
    return {kind: hit for kind, (_, hit) in found.items()}


@cache
def _word_tables() -> tuple[dict[str, list[tuple[int, Words]]], dict[str, list[tuple[int, Words]]]]:
    by_token: dict[str, list[tuple[int, Words]]] = {}
    by_part: dict[str, list[tuple[int, Words]]] = {}
    for place, group in enumerate(words()):
        for token in group.tokens:
            by_token.setdefault(token, []).append((place, group))
        for part in group.parts:
            by_part.setdefault(part, []).append((place, group))
    return by_token, by_part
