"""What other fields say of the connecting address: SPF, authentication results, and gateways' own fields."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attribution._net import is_public, parse_ip
from attribution.origin.profiles import fields_that_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attribution.models import Field, HeaderBlock

__all__ = ["Statement", "client_statements", "originating_address"]

_MAX_VALUE = 8_192
"""Characters of a field that are searched; genuine ones are far shorter."""

_IP = r"\[?(?:IPv6:)?([0-9A-Fa-f:.]{3,45})\]?"
_ONLY_ADDRESS = re.compile(rf"^\s*{_IP}\s*$")
_PATTERNS: dict[str, re.Pattern[str]] = {
    "received-spf": re.compile(rf"\bclient-ip={_IP}", re.IGNORECASE),
    "authentication-results": re.compile(
        rf"(?:\bsender ip is|\bsmtp\.remote-ip=|\bclient-ip=|\bpolicy\.iprev=|\bsmtp\.client-ip=) ?{_IP}", re.IGNORECASE
    ),
    "x-sender-ip": _ONLY_ADDRESS,
    "x-forefront-antispam-report": re.compile(rf"(?:^|;)\s*CIP:{_IP};", re.IGNORECASE),
}
_ORIGINATING = ("x-originating-ip", "x-source-ip", "x-client-ip", "x-user-ip", "x-mdremoteip")
_FIRST_ADDRESS = re.compile(_IP)


@dataclass(frozen=True, slots=True)
class Statement:
    """One address that a field other than Received names as the client's.

    Attributes:
        field: Lower-case name of the field.
        ip: The address in canonical form.
        start, end: Its byte span in the message.
    """

    field: str
    ip: str
    start: int
    end: int


def client_statements(fields: Iterable[Field]) -> list[Statement]:
    """Read the connecting address out of fields that a receiver writes (RFC 7208 §9.1, RFC 8601, RFC 8601 §2.7.3).

    Args:
        fields: Those above the trust boundary; fields below it are claims, and the caller leaves them out.
    """
    found = []
    for field in fields:
        pattern = _PATTERNS.get(field.key)
        if pattern is None:
            if field.key not in fields_that_name("handover"):
                continue
            pattern = _ONLY_ADDRESS
        match = pattern.search(field.value[:_MAX_VALUE])
        ip = None if match is None else parse_ip(match.group(1).rstrip("."))
        if match is not None and ip is not None:
            start = field.value_start + match.start(1)
            found.append(Statement(field.key, ip, start, start + len(match.group(1).rstrip("."))))
    return found


def originating_address(block: HeaderBlock) -> Statement | None:
    """Return the public address that a webmail or submission server says it got the message from, or None.

    Such fields name the author's own machine where they are genuine, and nothing vouches for them.
    """
    for field in block.fields:
        if field.key not in _ORIGINATING and field.key not in fields_that_name("origin"):
            continue
        match = _FIRST_ADDRESS.search(field.value[:_MAX_VALUE])
        ip = None if match is None else parse_ip(match.group(1))
        if match is not None and ip is not None and is_public(ip):
            start = field.value_start + match.start(1)
            return Statement(field.key, ip, start, start + len(match.group(1)))
    return None
