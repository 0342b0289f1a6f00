"""Who hands mail over for others, and what wrote it: facts about bulk mailers, lists, web pages and scripts."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from attribution._names import domain_above, same_organisation
from attribution.origin.profiles import fields_that_name, profiles, profiles_sending_from

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from attribution.models import Field, Hop

__all__ = [
    "UNNAMED_LIST_SOFTWARE",
    "account_field",
    "author_fields",
    "bulk_mailer",
    "is_inner_step",
    "is_list_server",
    "is_web_page",
    "is_webmail_host",
    "list_software",
    "mailing_list",
    "provider_of_address",
    "script_field",
    "webmail_field",
]

UNNAMED_LIST_SOFTWARE = "list software"
"""What a list's software is called in the data file where only fields of no one program tell that there is one."""

_MAX_VALUE = 1_024
"""Characters of a field that are searched."""
_LONGEST_HOST = 255
"""Octets of the longest host name (RFC 1035 §2.3.4); nothing longer is kept in the cache."""
_NAME = re.compile(r"[\w.+=-]{1,100}+(?:@[\w.-]{1,100}+)?")
_WEB_PROTOCOL = re.compile(r"http(?:s|u|rest)?\b", re.IGNORECASE)


def bulk_mailer(hop: Hop) -> tuple[str, bool] | None:
    """Return the bulk mailer that the peer of a line is a server of, and whether more says so than its own word.

    Args:
        hop: The line that records the peer.
    """
    rdns = hop.rdns if hop.rdns_state == "verified" else None
    helo = hop.helo if hop.helo is not None and len(hop.helo) <= _LONGEST_HOST else None
    if hop.ip is None or (rdns is not None and len(rdns) > _LONGEST_HOST):
        return None
    return _bulk_mailer(hop.ip, rdns, helo)


@lru_cache(maxsize=65_536)
def _bulk_mailer(ip: str, rdns: str | None, helo: str | None) -> tuple[str, bool] | None:
    by_profile, by_host = _bulk()
    for profile in profiles_sending_from(ip):
        if profile.id in by_profile:
            return by_profile[profile.id], True
    for host, certain in ((rdns, True), (helo, False)):
        domain = None if host is None else domain_above(host, by_host)
        if domain is not None:
            return by_host[domain], certain
    return None


def mailing_list(fields: Sequence[Field], keys: Set[str]) -> tuple[str, str] | None:
    """Return the list that a message came through by its own fields, and the software, or None.

    A List-Id alone makes no list: bulk mailers write one too.

    Args:
        fields: Those of the message that the sender's side may have written.
        keys: Their names in lower case.
    """
    marks = _list_marks()
    if keys.isdisjoint(marks):
        return None
    software = None
    for field in fields:
        found = list_software(field.key, field.value) if field.key in marks else None
        if found is not None and (software is None or software == UNNAMED_LIST_SOFTWARE):
            software = found
    if software is None:
        return None
    for key in ("list-id", "mailing-list", "list-post", "sender"):
        value = next((field.value for field in fields if field.key == key), None)
        name = None if value is None else _list_name(key, value[:_MAX_VALUE])
        if name is not None:
            return name, software
    return None


def list_software(key: str, value: str) -> str | None:
    """Return the list software that wrote a field, or None.

    Args:
        key: Lower-case name of the field.
        value: As it stands in the message.
    """
    marks = _list_marks().get(key)
    if marks is None:
        return None
    text = value[:_MAX_VALUE].strip().lower()
    for name, holds, begins in marks:
        if text and (text.startswith(holds) if begins else holds in text):
            return name
    return None


def _list_name(key: str, value: str) -> str | None:
    """Return the name or address of a list in the value of such a field."""
    if key in ("list-id", "list-post"):
        value = value.rpartition("<")[2].removeprefix("mailto:")
    elif key == "mailing-list":
        value = value.replace("contact", " ", 1).replace("list ", " ", 1)
    match = _NAME.search(value)
    if match is None:
        return None
    local, at, domain = match.group().strip(".").lower().partition("@")
    if at:
        local = local.removeprefix("owner-").removesuffix("-help").removesuffix("-owner").removesuffix("+owners")
    return f"{local}{at}{domain}" or None


def is_list_server(name: str, hop: Hop) -> bool:
    """Say whether the peer of a line is, by its verified name, of the organisation that a list's name belongs to."""
    return hop.rdns_state == "verified" and same_organisation(name.rpartition("@")[2], hop.rdns)


def webmail_field(fields: Sequence[Field]) -> str | None:
    """Return the name of a field that says that a message was written on a web page, or None."""
    entry = _webmail()
    for field in fields:
        if field.key in entry.fields:
            text = field.value[:_MAX_VALUE].lower()
            if any(word in text for word in entry.holds):
                return field.key
    return None


def is_web_page(hop: Hop) -> bool:
    """Say whether the server of a web page wrote a line, so that its peer is somebody's browser."""
    entry = _webmail()
    if hop.dialect in entry.dialects:
        return True
    return hop.protocol is not None and hop.dialect not in entry.inside and bool(_WEB_PROTOCOL.match(hop.protocol))


def is_webmail_host(hop: Hop) -> bool:
    """Say whether the peer of a line has the name of a web page's server."""
    labels = _webmail().labels
    return any(name.lower().partition(".")[0].rstrip("0123456789-") in labels for name in (hop.rdns, hop.helo) if name)


def script_field(fields: Sequence[Field], keys: Set[str]) -> str | None:
    """Return the name of a field that says that a script on a web host made the message, or None.

    Args:
        fields: Those of the message that the sender's side may have written.
        keys: Their names in lower case.
    """
    return _filled(fields, keys, _named("script"))


def account_field(fields: Sequence[Field], keys: Set[str]) -> str | None:
    """Return the name of a field in which a mail host names the account that handed the message in, or None.

    Args:
        fields: Those of the message that the sender's side may have written.
        keys: Their names in lower case.
    """
    return _filled(fields, keys, _named("account"))


def _filled(fields: Sequence[Field], keys: Set[str], names: frozenset[str]) -> str | None:
    if keys.isdisjoint(names):
        return None
    return next((field.key for field in fields if field.key in names and field.value.strip()), None)


def is_inner_step(hop: Hop) -> bool:
    """Say whether a line records a step between servers of one house, by its protocol."""
    return hop.protocol is not None and hop.protocol.upper() in _inner_protocols()


@lru_cache(maxsize=65_536)
def provider_of_address(ip: str) -> str | None:
    """Return the known provider one of whose servers has an address in canonical form, or None."""
    return next((profile.name for profile in profiles_sending_from(ip) if profile.is_outer(ip)), None)


@cache
def _inner_protocols() -> frozenset[str]:
    return frozenset(entry["name"] for entry in _table()["inner_protocol"])


@cache
def _table() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((files("attribution.origin") / "senders.toml").read_text("utf-8"))


@cache
def _bulk() -> tuple[dict[str, str], dict[str, str]]:
    """Return the names of the bulk mailers by the id of their profile, where they have one, and by their domains."""
    known = {profile.id: profile for profile in profiles()}
    by_profile = {entry["profile"]: entry["name"] for entry in _table()["bulk"] if "profile" in entry}
    by_host = {}
    for entry in _table()["bulk"]:
        hosts = known[entry["profile"]].hosts if "profile" in entry else entry["hosts"]
        by_host.update(dict.fromkeys(hosts, entry["name"]))
    return by_profile, by_host


@cache
def _list_marks() -> dict[str, tuple[tuple[str, str, bool], ...]]:
    marks: dict[str, list[tuple[str, str, bool]]] = {}
    for entry in _table()["list"]:
        mark = (entry["name"], entry.get("holds", ""), entry.get("begins", False))
        marks.setdefault(entry["field"].lower(), []).append(mark)
    return {key: tuple(found) for key, found in marks.items()}


@dataclass(frozen=True, slots=True)
class _Webmail:
    fields: frozenset[str]
    holds: tuple[str, ...]
    labels: frozenset[str]
    dialects: frozenset[str]
    inside: frozenset[str]


@cache
def _webmail() -> _Webmail:
    (entry,) = _table()["webmail"]
    return _Webmail(
        fields=frozenset(map(str.lower, entry["fields"])),
        holds=tuple(entry["holds"]),
        labels=frozenset(entry["labels"]),
        dialects=frozenset(entry["dialects"]),
        inside=frozenset(entry["inside"]),
    )


@cache
def author_fields() -> frozenset[str]:
    """Return the fields, in lower case, in which webmail and submission servers name the author's machine."""
    return fields_that_name("origin") | _named("author")


@cache
def _named(kind: str) -> frozenset[str]:
    """Return the fields of one kind in the table, in lower case."""
    return frozenset(entry["field"].lower() for entry in _table()[kind])
