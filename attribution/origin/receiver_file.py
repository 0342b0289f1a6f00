"""The receiver file: what was taken for the receiver, written so that a person can edit it and give it back."""

from __future__ import annotations

import ipaddress
import json
from typing import TYPE_CHECKING

from attribution._text import escape_control
from attribution.errors import UsageError
from attribution.origin.receiver import TrustRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attribution.origin.receiver import Receiver, Receivers

__all__ = ["receiver_file"]

_HEAD = """\
# Who was taken for the receiver in this run, and why. If something is wrong, edit it and run again with
# --trust receiver.toml. A host stands for itself and all names below it; the first entry that matches
# decides; `!` before an entry says that it is not the receiver's.
"""
_SEVERAL = """\
# Each table is one receiver. Mail that ends in the domain of its first host is its; all other mail goes by the
# server that wrote its newest line.
"""


def receiver_file(receivers: Receivers) -> str:
    """Return the text of a TOML file that `--trust` reads.

    It names hosts and relays; a relay that nothing confirms stands there as a comment, for a person to decide.
    Networks of known providers are no part of it: whoever names a provider's host has them.

    Args:
        receivers: Configured or learnt.
    """
    known = [receivers.configured] if receivers.configured is not None else _distinct(receivers.learnt)
    said = "".join(f"#   {escape_control(sentence)}\n" for sentence in receivers.sentences)
    if len(known) < 2 and not any(rule.table is not None for receiver in known for rule in receiver.rules):
        return f"{_HEAD}#\n{said}\n{''.join(map(_table, known)) or _EMPTY}"
    tables = "".join(f"\n[[receiver]]\n{_table(receiver)}" for receiver in known if _hosts(receiver))
    return f"{_HEAD}{_SEVERAL}#\n{said}{tables}"


def _distinct(learnt: Mapping[str, Receiver]) -> list[Receiver]:
    """Return the receivers in their order, each once though it may stand for several domains."""
    return list({id(receiver): receiver for receiver in learnt.values()}.values())


def _table(receiver: Receiver) -> str:
    suspects = "".join(f"  # {json.dumps(ip)}, # perhaps a relay of its own\n" for ip in sorted(receiver.suspects))
    return _list("hosts", _hosts(receiver)) + _list("networks", _networks(receiver), suspects)


def _hosts(receiver: Receiver) -> list[str]:
    rules = [str(rule) for rule in receiver.rules if rule.host is not None]
    servers = (host for host in sorted(receiver.servers) if not receiver.rules or not receiver.leaves_out_host(host))
    return rules + [host for host in (*receiver.hosts, *servers) if _is_valid(host)]


def _networks(receiver: Receiver) -> Iterable[str]:
    yield from (str(rule) for rule in receiver.rules if rule.network is not None)
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


def _list(name: str, entries: Iterable[str], remarks: str = "") -> str:
    lines = "".join(f"  {json.dumps(entry)},\n" for entry in dict.fromkeys(entries))
    return f"{name} = [\n{lines}{remarks}]\n"


_EMPTY = _list("hosts", ()) + _list("networks", ())
