"""Who signed a field of authentication results, and whether that is the receiver."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from attribution._names import same_organisation
from attribution.origin.profiles import profile_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.models import Hop
    from attribution.origin.receiver import Receiver

__all__ = ["arc_instance", "is_receivers", "runs_on_site", "same_signer", "signer_of"]

_HEAD = 1_024
"""Characters at the start of a field in which its signer stands."""

_COMMENT = r"(?:\([^()]{0,300}\)\s{0,20}+)?"
_INSTANCE = re.compile(r"\s{0,20}+i\s{0,5}+=\s{0,5}+(\d{1,3})\s{0,5}+;")
_AUTHSERV = re.compile(
    rf'\s{{0,20}}+{_COMMENT}"?([\w.:\[\]-]{{1,255}}+)"?\s{{0,20}}+{_COMMENT}(?:\d{{1,3}}\s{{0,5}}+)?(?:;|$)'
)
_SPF_RECEIVER = re.compile(r"(?:^|[\s;])receiver=([\w.-]{1,255}+)(?=[\s;]|$)", re.IGNORECASE)
_SPF_CHECKER = re.compile(r"\s{0,20}+\w{1,20}+\s{0,20}+\(([\w-]{1,63}+(?:\.[\w-]{1,63}+)++):\s")


def signer_of(key: str, value: str) -> str | None:
    """Return the host that a field says was its writer, in lower case, or None where it names none.

    Args:
        key: `authentication-results`, `arc-authentication-results` or `received-spf`.
        value: As it stands in the message.
    """
    head = value[:_HEAD]
    if key == "received-spf":
        match = _SPF_CHECKER.match(head) or _SPF_RECEIVER.search(head)
        return None if match is None else match.group(1).lower()
    start = 0
    if key == "arc-authentication-results":
        instance = _INSTANCE.match(head)
        if instance is None:
            return None
        start = instance.end()
    match = _AUTHSERV.match(head, start)
    return None if match is None else match.group(1).lower()


def arc_instance(value: str) -> int | None:
    """Return the number of the ARC set that a field belongs to (RFC 8617 §4.2.1), or None."""
    match = _INSTANCE.match(value[:_HEAD])
    return None if match is None else int(match.group(1))


def is_receivers(key: str, signer: str | None, receiver: Receiver, trusted: Sequence[Hop]) -> bool:
    """Say whether the receiver signs like that, so that a field above the boundary can be its own.

    Args:
        key: Lower-case name of the field.
        signer: As `signer_of` returns it.
        receiver: Whose lines are trusted.
        trusted: Those lines.
    """
    if signer is None:
        # Received-SPF need not name its writer; authentication results without a name are one provider's habit.
        return key == "received-spf" or any(profile.id in _unsigned() for profile in receiver.profiles)
    if receiver.wrote(signer):
        return True
    for profile in receiver.profiles:
        if profile.owns(signer) or signer in _ids().get(profile.id, ()):
            return True
    for hop in trusted:
        if hop.by is not None and same_organisation(signer, hop.by):
            return True
        # Many sign with the domain whose mail they keep.
        if hop.recipient is not None and same_organisation(signer, hop.recipient.rpartition("@")[2]):
            return True
    return False


def same_signer(signer: str, host: str) -> bool:
    """Say whether the server of that name signs so: both are of one organisation, or of one known provider.

    Args:
        signer: As `signer_of` returns it.
        host: The name of the server; one longer than DNS allows signs nothing.
    """
    return len(host) <= _LONGEST_HOST and _same_signer(signer, host)


_LONGEST_HOST = 255
"""Octets of the longest host name (RFC 1035 §2.3.4); nothing longer is kept in the cache."""


@lru_cache(maxsize=16_384)
def _same_signer(signer: str, host: str) -> bool:
    if same_organisation(signer, host):
        return True
    owner = _profile_id(host)
    return owner is not None and (owner == _profile_id(signer) or signer in _ids().get(owner, ()))


def _profile_id(host: str) -> str | None:
    profile = profile_of(host)
    return None if profile is None else profile.id


@cache
def runs_on_site() -> frozenset[str]:
    """Return the ids of profiles whose program runs under its user's own host names."""
    return frozenset(_table()["on_site"])


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("attribution.origin") / "authserv.toml").read_text("utf-8"))


@cache
def _ids() -> dict[str, frozenset[str]]:
    return {entry["profile"]: frozenset(entry["ids"]) for entry in _table()["provider"]}


@cache
def _unsigned() -> frozenset[str]:
    return frozenset(entry["profile"] for entry in _table()["provider"] if entry.get("unsigned", False))
