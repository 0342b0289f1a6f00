"""What other fields than Received say of an address: of the client that connected, and of the author's machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from attribution._net import is_public, parse_ip
from attribution.origin.authserv import arc_instance, is_receivers, same_signer, signer_of
from attribution.origin.profiles import fields_that_name, profile_of, profiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attribution.models import Field, Hop
    from attribution.origin.receiver import Receiver

__all__ = ["Originating", "Statement", "client_statements", "originating_addresses", "script_client", "sealed_by"]

_MAX_VALUE = 8_192
"""Characters of a field that are searched; genuine ones are far shorter."""

_IP = r"\[?(?:IPv6:)?([0-9A-Fa-f:.]{3,45})\]?"
_ONLY_ADDRESS = re.compile(rf"^\s*{_IP}\s*$")
_OF_A_FIRST = re.compile(rf"^\s*{_IP}(?=[\s,;(]|$)")
_RESULTS = re.compile(
    rf"\(sender ip is {_IP}\)"
    rf"|\bdesignates? {_IP} as permitted sender\)"
    rf"|\([\w.-]{{1,255}}: {_IP} is neither permitted nor denied"
    rf"|(?:^|[\s;])(?:smtp\.remote-ip|smtp\.client-ip|client-ip|policy\.iprev)= ?{_IP}",
    re.IGNORECASE,
)
_PATTERNS: dict[str, re.Pattern[str]] = {
    "received-spf": re.compile(rf"(?:^|[\s;])client-ip={_IP}", re.IGNORECASE),
    "authentication-results": _RESULTS,
    "arc-authentication-results": _RESULTS,
    "x-sender-ip": _ONLY_ADDRESS,
    "x-forefront-antispam-report": re.compile(rf"(?:^|;)\s*CIP:{_IP};", re.IGNORECASE),
}
_SIGNED = frozenset({"received-spf", "authentication-results", "arc-authentication-results"})
"""Fields that say who wrote them."""
_ORIGINATING = frozenset(
    {
        "x-originating-ip", "x-originatingip", "x-source-ip", "x-client-ip", "x-user-ip", "x-mdremoteip",
        "x-ovh-clientip", "x-webmail-clientip", "x-senderip", "x-http-remote-addr",
    }
)  # fmt: skip
"""Fields in which webmail programs and submission servers of many makers name their client."""
_SCRIPT = re.compile(
    r"\sfor\s{1,5}+([0-9A-Fa-f:.]{3,45}+)(?:\s{0,5}+,\s{0,5}+([0-9A-Fa-f:.]{3,45}+))?(?=\s|$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One address that a field other than Received names.

    Attributes:
        field: Lower-case name of the field.
        ip: The address in canonical form.
        start, end: Its byte span in the message.
        signer: The host that the field says was its writer; None where it names none.
        is_receivers: Whether the receiver signs so; true for fields that nobody signs.
    """

    field: str
    ip: str
    start: int
    end: int
    signer: str | None = None
    is_receivers: bool = True


@dataclass(frozen=True, slots=True)
class Originating:
    """What fields below the boundary say of the author's machine.

    Attributes:
        client: The public address that they name beyond those of the lines; None when there is none, or several.
        repeated: The first of them that names an address which a line below the boundary names too, or the handover's.
        disagree: Whether they name several addresses.
    """

    client: Statement | None = None
    repeated: Statement | None = None
    disagree: bool = False


def client_statements(
    fields: Iterable[Field], boundary: Hop, trusted: Sequence[Hop], receiver: Receiver
) -> list[Statement]:
    """Read the client's address out of fields that a receiver writes (RFC 7208 §9.1, RFC 8601 §2.7, RFC 8617 §4.1.1).

    A field that names two addresses says nothing: the sender's name, which stands in it, may look like a statement.
    One that names another step inside, from one of the receiver's servers to the next, is left out.

    Args:
        fields: Those above the trust boundary; fields below it are claims, and the caller leaves them out.
        boundary: The line that records the client.
        trusted: The receiver's lines.
        receiver: Whose they are.
    """
    found: list[Statement] = []
    steps: set[str | None] | None = None
    for field in fields:
        pattern = _PATTERNS.get(field.key)
        if pattern is None:
            if field.key not in _handover_fields() or not _means_the_client(field.key, boundary, receiver):
                continue
            pattern = _ONLY_ADDRESS
        statement = _read(field, pattern)
        if statement is None:
            continue
        if statement.ip != boundary.ip:
            if steps is None:
                steps = {hop.ip for hop in trusted}
            if statement.ip in steps or not is_public(statement.ip) or receiver.is_inside(statement.ip):
                continue
        if field.key in _SIGNED:
            signer = signer_of(field.key, field.value)
            own = is_receivers(field.key, signer, receiver, trusted)
            statement = Statement(field.key, statement.ip, statement.start, statement.end, signer, own)
        found.append(statement)
    return found


def originating_addresses(fields: Iterable[Field], lines: Sequence[Hop]) -> Originating:
    """Read fields in which a webmail or submission server names the machine that it got the message from.

    Nothing vouches for them: where they are genuine they name the author's machine. Inner addresses say nothing, and
    several addresses that no line names cancel one another.

    Args:
        fields: Those below the trust boundary.
        lines: The boundary line and those below it.
    """
    named: dict[str, Statement] = {}
    for field in fields:
        if field.key in _originating_fields():
            statement = _read(field, _OF_A_FIRST)
            if statement is not None and is_public(statement.ip):
                named.setdefault(statement.ip, statement)
    if not named:
        return Originating()
    known = {hop.ip for hop in lines}
    new = [statement for ip, statement in named.items() if ip not in known]
    repeated = next((statement for ip, statement in named.items() if ip in known), None)
    return Originating(new[0] if len(new) == 1 else None, repeated, disagree=len(new) > 1)


def script_client(fields: Iterable[Field]) -> Statement | None:
    """Return the address of the web client that ran a mailing script, as the web host names it in X-PHP-Script.

    Such a field names the script, then `for`, and the client's address once or, with what a proxy said of it, twice;
    two that differ say nothing.
    """
    for field in fields:
        if field.key != "x-php-script":
            continue
        match = _SCRIPT.search(field.value[:_MAX_VALUE])
        ip = None if match is None else parse_ip(match.group(1))
        if match is None or ip is None or not is_public(ip):
            return None
        if match.group(2) is not None and parse_ip(match.group(2)) != ip:
            return None
        return Statement(field.key, ip, field.value_start + match.start(1), field.value_start + match.end(1))
    return None


def sealed_by(fields: Iterable[Field], hop: Hop) -> tuple[str, int] | None:
    """Return the signer and number of the ARC set in which a line's writer says of its peer what the line says.

    The set is not verified, which would take the signer's key from the DNS: it is a claim as the line is, though one
    that a reader with the key can check. Where a field stands in the header says nothing of its age (RFC 8617 §5.1).
    """
    if hop.by is None or hop.ip is None:
        return None
    for field in fields:
        if field.key != "arc-authentication-results":
            continue
        statement = _read(field, _RESULTS)
        if statement is None or statement.ip != hop.ip:
            continue
        signer, instance = signer_of(field.key, field.value), arc_instance(field.value)
        if signer is not None and instance is not None and same_signer(signer, hop.by):
            return signer, instance
    return None


def _read(field: Field, pattern: re.Pattern[str]) -> Statement | None:
    """Return the one address that a pattern finds in a field, outside of comments unless the pattern names these."""
    value = field.value[:_MAX_VALUE]
    found: tuple[str, int, int] | None = None
    for match in pattern.finditer(value):
        group = match.lastindex or 1
        text = match.group(group).rstrip(".")
        ip = parse_ip(text)
        begin = match.start()
        if ip is None or ("=" in match.group() and value.count("(", 0, begin) > value.count(")", 0, begin)):
            continue
        if found is not None and found[0] != ip:
            return None
        found = found or (ip, match.start(group), match.start(group) + len(text))
    if found is None:
        return None
    return Statement(field.key, found[0], field.value_start + found[1], field.value_start + found[2])


@cache
def _originating_fields() -> frozenset[str]:
    return _ORIGINATING | fields_that_name("origin")


@cache
def _handover_fields() -> dict[str, frozenset[str]]:
    """Return, by field, the providers that write the client's address alone into it, above their own line."""
    fields: dict[str, set[str]] = {}
    for profile in profiles():
        for field in profile.client_fields:
            if field.names == "handover" and field.above and not field.tag:
                fields.setdefault(field.name, set()).add(profile.id)
    return {name: frozenset(ids) for name, ids in fields.items()}


def _means_the_client(key: str, boundary: Hop, receiver: Receiver) -> bool:
    """Say whether a field of a provider names the client: any writer's does, or only that of the boundary line's."""
    if key in fields_that_name("handover"):
        return True
    profile = None if boundary.by is None else profile_of(boundary.by)
    known = receiver.profiles if profile is None else (profile,)
    return any(found.id in _handover_fields()[key] for found in known)
