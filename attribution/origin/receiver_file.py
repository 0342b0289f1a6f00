"""The receiver file: what was taken for the receiver, written so that a person can edit it and give it back."""

from __future__ import annotations

import ipaddress
import json
from typing import TYPE_CHECKING

from attribution._text import escape_control
from attribution.errors import UsageError
from attribution.origin.receiver import TrustRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attribution.origin.receiver import Receiver, Receivers

__all__ = ["receiver_file"]

_HEAD = """\
# Who was taken for the receiver in this run, and why. If something is wrong, edit it and run again with
# --trust receiver.toml. A host stands for itself and all names below it; the first entry that matches
# decides; `!` before an entry says that it is not the receiver's.
"""


def receiver_file(receivers: Receivers) -> str:
    """Return the text of a TOML file that `--trust` reads.

    It names hosts and relays. Networks of known providers are no part of it: whoever names a provider's host
    has them.

    Args:
        receivers: Configured or learnt.
    """
    known = [receivers.configured] if receivers.configured is not None else list(receivers.learnt.values())
    said = "".join(f"#   {escape_control(sentence)}\n" for sentence in receivers.sentences)
    hosts = _list("hosts", (host for receiver in known for host in _hosts(receiver)))
    networks = _list("networks", (net for receiver in known for net in _networks(receiver)))
    return f"{_HEAD}#\n{said}\n{hosts}\n{networks}"


def _hosts(receiver: Receiver) -> Iterable[str]:
    for rule in receiver.rules:
        if rule.host is not None:
            yield f"{'!' if rule.excluded else ''}{rule.host}"
    yield from (host for host in receiver.hosts if _is_valid(host))


def _networks(receiver: Receiver) -> Iterable[str]:
    for rule in receiver.rules:
        if rule.network is not None:
            yield f"{'!' if rule.excluded else ''}{rule.network}"
    # A relay that the user left out, or that a network holds already, would contradict or repeat that entry.
    yield from sorted(ip for ip in receiver.relays if not any(_decides(rule, ip) for rule in receiver.rules))


def _decides(rule: TrustRule, ip: str) -> bool:
    address = ipaddress.ip_address(ip)
    return rule.network is not None and rule.network.version == address.version and address in rule.network


def _is_valid(host: str) -> bool:
    """Say whether a name out of mail is one that `--trust` takes."""
    try:
        return TrustRule.parse(host).host is not None
    except UsageError:
        return False


def _list(name: str, entries: Iterable[str]) -> str:
    lines = "".join(f"  {json.dumps(entry)},\n" for entry in dict.fromkeys(entries))
    return f"{name} = [\n{lines}]\n"
