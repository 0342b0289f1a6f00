"""What other fields than Received say of an address: of the client that connected, and of the author's machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from attribution._net import is_public, parse_ip
from attribution.origin.authserv import arc_instance, is_receivers, runs_on_site, same_signer, signer_of
from attribution.origin.profiles import fields_that_name, profile_of, profiles
from attribution.origin.senders import author_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence, Set

    from attribution.models import Field, Hop
    from attribution.origin.receiver import Receiver

__all__ = ["Originating", "Statement", "client_statements", "originating_addresses", "script_client", "sealed_by"]

_MAX_VALUE = 8_192
"""Characters of a field that are searched; genuine ones are far shorter."""

_Forms = tuple[tuple[str, re.Pattern[str]], ...]
"""For each form in which a field names an address: what must stand in it in any case, and the pattern of the form.
Both are in lower case, as the values are made before they are searched: that is several times as fast."""

_IP = r"\[?(?:ipv6:)?([0-9a-f:.]{3,45})\]?"
_ONLY_ADDRESS: _Forms = (("", re.compile(rf"^\s{{0,20}}{_IP}\s*$")),)
_OF_A_FIRST: _Forms = (("", re.compile(rf"^\s{{0,20}}{_IP}(?=[\s,;(]|$)")),)
_GAP = r"\s{1,8}"
"""A blank, or where the line was folded."""
_CHECKER = rf"\([\w.-]{{1,255}}+:{_GAP}"
_CLIENT_IP = ("client-ip=", re.compile(rf"(?<![^\s;])client-ip={_IP}"))
_RESULTS: _Forms = (
    ("(sender", re.compile(rf"\(sender{_GAP}ip{_GAP}is{_GAP}{_IP}\)")),
    (
        "permitted",
        re.compile(
            rf"{_CHECKER}domain{_GAP}of{_GAP}(?:transitioning{_GAP})?[^\s()\"]{{1,320}}+{_GAP}(?:does{_GAP}not{_GAP})?"
            rf"(?:designates?|discourages{_GAP}use{_GAP}of){_GAP}{_IP}{_GAP}as{_GAP}permitted{_GAP}sender\)"
        ),
    ),
    ("neither", re.compile(rf"{_CHECKER}{_IP}{_GAP}is{_GAP}neither{_GAP}permitted{_GAP}nor{_GAP}denied")),
    ("-ip=", re.compile(rf"(?<![^\s;])(?:smtp\.remote-ip|smtp\.client-ip|client-ip)=\s?{_IP}")),
    ("policy.iprev=", re.compile(rf"(?<![^\s;])policy\.iprev=\s?{_IP}")),
)
"""How servers write it; the prose is read only where the sender's name in it can hold no words of its own."""
_FORMS: dict[str, _Forms] = {
    "received-spf": (_CLIENT_IP,),
    "authentication-results": _RESULTS,
    "arc-authentication-results": _RESULTS,
    "x-forefront-antispam-report": (("cip:", re.compile(rf"(?:^|;)\s{{0,8}}cip:{_IP};")),),
}
_AUTHOR_FORMS: dict[str, _Forms] = {
    "x-forefront-antispam-report-untrusted": (("cip:", re.compile(r"(?:^|;)\s{0,8}cip:([0-9a-f:.]{3,45});")),),
    "x-ms-exchange-crosstenant-originalattributedtenantconnectingip": (
        ("ip=[", re.compile(r"(?:^|;)\s{0,8}ip=\[([0-9a-f:.]{3,45})\]")),
    ),
}
_QUOTED_WORD = re.compile(r'"[^\s"\\;()]*+"')
_SIGNED = frozenset({"received-spf", "authentication-results", "arc-authentication-results"})
"""Fields that say who wrote them."""
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
        fields: Those that the receiver wrote for certain; the caller leaves out what is below, which is claims.
        boundary: The line that records the client.
        trusted: The receiver's lines, down to the oldest that is certain.
        receiver: Whose they are.
    """
    found: list[Statement] = []
    steps: set[str | None] | None = None
    for field in fields:
        forms = _FORMS.get(field.key)
        if field.key not in _SIGNED:
            writers = _handover_fields().get(field.key)
            if writers is None or not _means_the_client(writers, field.key, trusted, receiver):
                continue
            forms = forms or _ONLY_ADDRESS
        statement = None if forms is None else _read(field, forms)
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


def originating_addresses(fields: Iterable[Field], keys: Set[str], lines: Sequence[Hop]) -> Originating:
    """Read fields in which a webmail or submission server names the machine that it got the message from.

    Nothing vouches for them: where they are genuine they name the author's machine. Inner addresses say nothing, and
    several addresses that no line names cancel one another.

    Args:
        fields: Those below the trust boundary.
        keys: Their names in lower case.
        lines: The boundary line and those below it.
    """
    if keys.isdisjoint(author_fields()):
        return Originating()
    named: dict[str, Statement] = {}
    for field in fields:
        if field.key in author_fields():
            statement = _read(field, _AUTHOR_FORMS.get(field.key, _OF_A_FIRST))
            if statement is not None and is_public(statement.ip):
                named.setdefault(statement.ip, statement)
    if not named:
        return Originating()
    known = {hop.ip for hop in lines}
    new = [statement for ip, statement in named.items() if ip not in known]
    repeated = next((statement for ip, statement in named.items() if ip in known), None)
    return Originating(new[0] if len(new) == 1 else None, repeated, disagree=len(new) > 1)


def script_client(fields: Iterable[Field], keys: Set[str]) -> Statement | None:
    """Return the address of the web client that ran a mailing script, as the web host names it in X-PHP-Script.

    Such a field names the script, then `for`, and the client's address once or, with what a proxy said of it, twice;
    two that differ say nothing.

    Args:
        fields: Those below the trust boundary.
        keys: Their names in lower case.
    """
    if "x-php-script" not in keys:
        return None
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


def sealed_by(fields: Iterable[Field], keys: Set[str], hop: Hop) -> tuple[str, int] | None:
    """Return the signer and number of the ARC set in which a line's writer says of its peer what the line says.

    The set is not verified, which would take the signer's key from the DNS: it is a claim as the line is, though one
    that a reader with the key can check. Where a field stands in the header says nothing of its age (RFC 8617 §5.1).

    Args:
        fields: Those below the trust boundary.
        keys: Their names in lower case.
        hop: The line.
    """
    if hop.by is None or hop.ip is None or "arc-authentication-results" not in keys:
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


def _read(field: Field, forms: _Forms) -> Statement | None:
    """Return the one address that a field names in these forms, outside of comments unless the form is prose."""
    value = field.value[:_MAX_VALUE].lower()
    if '"' in value:
        # What is quoted with blanks in it is the peer's (HELO, sender), and so may all be that stands behind.
        value = _QUOTED_WORD.sub(lambda word: "q" * len(word[0]), value).partition('"')[0]
    found: tuple[str, int, int] | None = None
    for must_hold, pattern in forms:
        if must_hold not in value:
            continue
        for match in pattern.finditer(value):
            text = match.group(1).rstrip(".")
            ip = parse_ip(text)
            begin = match.start()
            if ip is None or ("=" in match.group() and value.count("(", 0, begin) > value.count(")", 0, begin)):
                continue
            if found is not None and found[0] != ip:
                return None
            found = found or (ip, match.start(1), match.start(1) + len(text))
    if found is None:
        return None
    return Statement(field.key, found[0], field.value_start + found[1], field.value_start + found[2])


@cache
def _handover_fields() -> dict[str, frozenset[str]]:
    """Return, by field, the providers that write the client's address into it, above their own line."""
    fields: dict[str, set[str]] = {}
    for profile in profiles():
        for field in profile.client_fields:
            if field.names == "handover" and field.above:
                fields.setdefault(field.name, set()).add(profile.id)
    return {name: frozenset(ids) for name, ids in fields.items()}


def _means_the_client(writers: frozenset[str], key: str, trusted: Sequence[Hop], receiver: Receiver) -> bool:
    """Say whether a field means the client here: one of the providers that write it so is the receiver.

    What a program on the receiver's own site writes is the receiver's by its place, where no other provider gives the
    field another meaning.
    """
    writer = trusted[-1].by
    profile = None if writer is None else profile_of(writer)
    if any(found.id in writers for found in (receiver.profiles if profile is None else (profile,))):
        return True
    return key in fields_that_name("handover") and not writers.isdisjoint(runs_on_site())
