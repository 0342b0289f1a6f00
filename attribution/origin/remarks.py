"""What a person should know beside the origin: through whom the message came, and what other fields say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.origin.senders import (
    UNNAMED_LIST_SOFTWARE,
    account_field,
    bulk_mailer,
    is_list_server,
    mailing_list,
    provider_of_address,
    script_field,
)
from attribution.origin.statements import sealed_by

if TYPE_CHECKING:
    from attribution.models import Hop, Verdict
    from attribution.origin.scene import Scene
    from attribution.origin.statements import Statement

__all__ = ["also_said", "roles"]


def roles(scene: Scene, origin: str | None) -> str:
    """Say for whom the message was handed over, if that is a bulk mailer or a mailing list, or whose the origin is."""
    if scene.above is None:
        return ""
    name, known = (None if scene.blind else bulk_mailer(scene.above)) or ("", False)
    if known:
        stated = scene.deepest is not None and scene.deepest.ip != scene.above.ip
        rest = "" if stated else ", whose customer's address is not stated"
        return f"; the message was handed over by the bulk mailer {name}{rest}"
    said = _through_list(scene, scene.above)
    if name and not said:
        return f"; the peer calls itself a server of the bulk mailer {name}"
    provider = None if origin is None else provider_of_address(origin)
    return said if provider is None else f"{said}; {origin} is a server of {provider}, which names no earlier client"


def _through_list(scene: Scene, above: Hop) -> str:
    """Say through which mailing list the message came, if it did."""
    found = mailing_list(scene.fields, scene.keys)
    if found is None:
        return ""
    called = found[0] if found[1] == UNNAMED_LIST_SOFTWARE else f"{found[0]} ({found[1]})"
    if is_list_server(found[0], above):
        return f"; the message was handed over by the mailing list {called}"
    return f"; by its own fields the message came through the mailing list {called}"


def also_said(verdict: Verdict, scene: Scene, script: Statement | None) -> str:
    """Say what other fields below the boundary add, which changes neither address nor grade."""
    said = ""
    stated = scene.stated
    if stated.repeated is not None and stated.repeated.ip == verdict.origin_ip:
        said += f"; {stated.repeated.field} names the same address"
    if stated.client is not None and stated.client.ip != verdict.origin_ip:
        said += f"; {stated.client.field} names {stated.client.ip}, to which no line leads"
    if stated.disagree:
        said += "; fields that name the author's machine disagree, and are left out"
    if script is None:
        field = script_field(scene.fields, scene.keys)
        if field is not None:
            said += f"; {field} says that a script on a web host made the message"
    account = account_field(scene.fields, scene.keys)
    if account is not None:
        said += f"; {account} names the account that handed the message in"
    if verdict.origin_hop is not None and scene.deepest is not None and verdict.origin_hop == scene.deepest.hop:
        sealed = sealed_by(scene.fields, scene.keys, scene.deepest)
        if sealed is not None:
            said += f"; ARC set {sealed[1]} of {sealed[0]}, whose seal was not checked, says the same"
    return said
