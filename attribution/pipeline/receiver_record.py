"""What a run record keeps of the receiver, and the receiver that a finished case was read with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from attribution import origin

if TYPE_CHECKING:
    from attribution.case import Case
    from attribution.origin import Receiver, Receivers

__all__ = ["describe", "receivers_of"]


def describe(receivers: Receivers) -> dict[str, Any]:
    """Return what `run.json` keeps of who was taken for the receiver."""
    learnt = list({id(receiver): receiver for receiver in receivers.learnt.values()}.values())
    known = learnt if receivers.configured is None else [receivers.configured]
    return {
        "how": "configured" if any(receiver.rules for receiver in known) else "learnt from the mail",
        "sentences": list(receivers.sentences),
        "receivers": [
            {
                "name": receiver.name,
                "hosts": list(receiver.hosts) or [rule.host for rule in receiver.rules if rule.host is not None],
                "servers": sorted(receiver.servers),
                "relays": sorted(receiver.relays),
                "suspects": sorted(receiver.suspects),
                "gates": sorted(receiver.gates),
                "profiles": [profile.id for profile in receiver.profiles],
            }
            for receiver in known
        ],
        "gates": sorted(receivers.gates),
        "clocks": {host: skew.total_seconds() for host, skew in sorted(receivers.skews.items())},
    }


def receivers_of(case: Case) -> Receivers:
    """Return the receivers that a case was made with, so that one message more is read as its mail was.

    Hosts and networks are those of its `receiver.toml`; what a person gives no names for (relays that nothing confirms,
    gates, clocks that are off) is that of the record of the first run.

    Args:
        case: A finished case. One of an older version has no gates and clocks on record.

    Raises:
        UsageError: The receiver file cannot be read.
    """
    path = case.path / "receiver.toml"
    rules = origin.read_trust([str(path)]) if path.is_file() else []
    known = origin.learn_receivers([], rules) if rules else origin.Receivers()
    record = case.run.get("receiver") or {}
    entries = [entry for entry in record.get("receivers") or () if isinstance(entry, dict)]
    by_host = {entry["hosts"][0]: entry for entry in reversed(entries) if entry.get("hosts")}
    configured = None if known.configured is None else _completed(known.configured, entries[0] if entries else {})
    # A receiver may stand for several domains.
    completed = {
        id(receiver): _completed(receiver, by_host.get(_first_host(receiver), {})) for receiver in known.learnt.values()
    }
    return replace(
        known,
        configured=configured,
        learnt={domain: completed[id(receiver)] for domain, receiver in known.learnt.items()},
        gates=frozenset(record.get("gates") or ()),
        skews={host: timedelta(seconds=ahead) for host, ahead in (record.get("clocks") or {}).items()},
    )


def _first_host(receiver: Receiver) -> str | None:
    return next((rule.host for rule in receiver.rules if rule.host is not None and not rule.excluded), None)


def _completed(receiver: Receiver, entry: dict[str, Any]) -> Receiver:
    """Return a receiver with what its file does not hold, unless the file decides it by now."""
    decided = {ip for ip in entry.get("suspects") or () if receiver.is_inside(ip) or receiver.leaves_out(ip)}
    return replace(
        receiver,
        suspects=frozenset(entry.get("suspects") or ()) - decided,
        gates=frozenset(entry.get("gates") or ()),
    )
