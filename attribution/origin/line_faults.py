"""What one Received line alone gives away: words, addresses, dates and ids that no server writes."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from attribution._names import domain_above, is_inner_name
from attribution._net import is_public

if TYPE_CHECKING:
    from attribution.models import Hop

__all__ = ["impossible_protocol", "is_possible_date", "line_faults"]


def impossible_protocol(hop: Hop) -> bool:
    """Say whether the protocol word of a line is one that the server which it names never writes.

    Args:
        hop: A line below the trust boundary: of its own servers the receiver knows better.
    """
    word = hop.protocol
    if word is None or len(word) > _LONGEST_WORD:
        return False
    kind = _judge_protocol(word, hop.dialect)
    if kind == "local":
        # What was handed in on the machine itself came from no other host.
        return hop.ip is not None and is_public(hop.ip)
    if kind == "owned":
        owners = _data()["protocol"]["owner"][word.upper()]
        return hop.by is not None and not is_inner_name(hop.by) and domain_above(hop.by, owners) is None
    return kind == "never"


def line_faults(hop: Hop) -> list[str]:
    """Return the rules that fire on a line whoever wrote it.

    Args:
        hop: Any line of a message.
    """
    found = []
    ip, raw = hop.ip, hop.raw
    if ip is None:
        if hop.status == "unknown" and _dates().search(raw, 0, _LONGEST) is not None:
            found.append("date-as-address")
    elif not is_public(ip) and _is_reserved(ip):
        found.append("reserved-peer")
    # Hardly a true line has any of these; other placeholders are looked for where a line is not understood anyway.
    if ("%" in raw or "$" in raw or "{" in raw or "#" in raw or hop.status == "unknown") and _placeholders().search(
        raw, 0, _LONGEST
    ) is not None:
        found.append("template-placeholder")
    if hop.date is None:
        fault = _missing_date(hop)
        if fault is not None:
            found.append(fault)
    elif not is_possible_date(hop.date):
        found.append("date-out-of-range")
    return found


def is_possible_date(date: datetime) -> bool:
    """Say whether a mail server whose clock is right can write a date, whenever that is asked.

    Mail has borne such lines since RFC 821 and RFC 822. The clock of the analysis is not asked, so that the same mail
    gives the same answer on any day: only the next century is too late.

    Args:
        date: In UTC.
    """
    return _FIRST_MAIL <= date < _TOO_LATE


_LONGEST = 4_096
"""Characters of a line that are searched; true lines are far shorter."""
_FIRST_MAIL = datetime(1982, 8, 13, tzinfo=UTC)
"""The date of RFC 822; a clock that was never set says 1970, 1980 or 1904."""
_TOO_LATE = datetime(2100, 1, 1, tzinfo=UTC)
"""No program of these years is asked about mail of that time."""
_LONGEST_WORD = 40
"""Characters of a `with` clause that is looked at; the words that are known are far shorter."""


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((files("attribution.origin") / "line_faults.toml").read_text("utf-8"))


# --- protocol words ---------------------------------------------------------------------------------------------


@lru_cache(maxsize=4_096)
def _judge_protocol(word: str, dialect: str | None) -> str | None:
    """Say of a `with` clause: `never` written so, `local`, `owned` by one provider, or None."""
    table = _data()["protocol"]
    upper = word.upper()
    if upper == "LOCAL":
        return "local"
    if upper in table["owner"]:
        return "owned"
    if not word.isascii() or not word.isalnum():
        # Programs that write more than a word put their own name and version there.
        return None
    only = table["only"].get(dialect)
    if only is not None:
        return None if word in only else "never"
    return "never" if upper in _garbled_words() else None


@cache
def _garbled_words() -> frozenset[str]:
    """Return the names of mail protocols with two letters swapped, one doubled, lost or added."""
    table = _data()["protocol"]
    known = {*table["registered"], *table["written"]}
    found = set()
    for stem in table["stems"]:
        forms = {stem[:n] + stem[n + 1] + stem[n] + stem[n + 2 :] for n in range(len(stem) - 1)}
        forms |= {stem[: n + 1] + stem[n:] for n in range(len(stem))}
        found |= {form + ending for form in forms for ending in table["endings"]}
    # Shorter names than this one are too close to others that exist when a letter is lost.
    found |= {"ESMTP"[:n] + "ESMTP"[n + 1 :] for n in range(1, 5)}
    found |= {"ESMTP" + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    return frozenset(found - known)


# --- the peer's address -----------------------------------------------------------------------------------------

_RESERVED = tuple(
    ipaddress.ip_network(net)
    for net in (
        *("0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4"),  # RFC 1122 §3.2.1.3, RFC 5771, RFC 1112 §4
        "ff00::/8",  # RFC 4291 §2.7
    )
)
_UNICAST = ipaddress.IPv6Network("2000::/3")
_INNER = tuple(
    ipaddress.ip_network(net)
    # Loopback and IPv4-compatible (RFC 4291 §2.5), NAT64 (RFC 6052, 8215), discard (RFC 6666), unique local
    # (RFC 4193), link-local (RFC 4291 §2.5.6), and site-local, which old networks still use (RFC 3879).
    for net in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "fc00::/7", "fe80::/10", "fec0::/10")
)


@lru_cache(maxsize=16_384)
def _is_reserved(ip: str) -> bool:
    """Say whether an address is of a range that no host on the Internet has and hardly any inner network uses.

    Private, shared, loopback, link-local and benchmarking ranges are used inside, and 0.0.0.0 stands for an address
    that a program did not know. Which parts of 2000::/3 are given out changes with the years: nothing is said of them.
    """
    address = ipaddress.ip_address(ip)
    if address.is_unspecified:
        return False
    if any(net.version == address.version and address in net for net in _RESERVED):
        return True
    if address.version == 4 or address in _UNICAST:
        return False
    return not any(address in net for net in _INNER if net.version == 6)


# --- texts in the wrong place -----------------------------------------------------------------------------------


@cache
def _dates() -> re.Pattern[str]:
    """Return what finds a date in brackets right before `by`, where the peer's address stands."""
    forms = "|".join(stanza["pattern"] for stanza in _data()["date"])
    return re.compile(rf"[\[(] ?(?:{forms}) ?\]?\)?\s{{1,8}}by\s", re.ASCII)


@cache
def _placeholders() -> re.Pattern[str]:
    return re.compile("|".join(stanza["pattern"] for stanza in _data()["placeholder"]), re.ASCII)


# --- the date ---------------------------------------------------------------------------------------------------

_TIME = re.compile(r"(?<![0-9A-Fa-f:])[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?![0-9:])", re.ASCII)
# Day and month as numbers: the writer meant one time, and nothing tells which.
_AMBIGUOUS = re.compile(r"(?<![0-9])[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}(?![0-9])", re.ASCII)


def _missing_date(hop: Hop) -> str | None:
    """Say what is wrong with a line that gives no date: one that names no time, or none at all."""
    if len(hop.raw) > _LONGEST:
        return None
    _, semicolon, tail = hop.raw.rpartition(";")
    if hop.status == "unknown" and not semicolon:
        return None
    if _TIME.search(tail) is not None:
        return None if _AMBIGUOUS.search(tail) is not None else "date-unreadable"
    return "date-missing" if hop.status == "parsed" else None
