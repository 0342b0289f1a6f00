"""Relays of the receiver that have public addresses: servers of its own through which (nearly) all its mail comes."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from attribution._names import host_form, is_inner_name, same_organisation
from attribution._net import is_public, network_key
from attribution.origin.server_names import is_access_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.models import Hop
    from attribution.origin.receiver import Receiver

    Step: TypeAlias = tuple[Hop, Sequence[Hop]]
    """The line that records a public peer, and all below it, the first of which bears a name of the receiver's."""

__all__ = ["learn_relays"]

_SHARE = 0.95
"""Share of an organisation's mail that must pass its relays before they are taken for its own."""
_MESSAGES = 20
"""Messages of an organisation below which nothing is learnt of relays."""
_NAMED = 4
"""Relays that a sentence names."""

_MOST_SUSPECTS = 4
"""Addresses beyond which they are no longer one receiver's few relays."""
_DAYS = 3
"""Days, by the receiver's own clock, on which mail must come by way of a relay that no verified name confirms."""
_NETWORKS = 10
"""Networks of strangers from which it must have got its mail."""
_MOST_OF_ONE = 0.5
"""Share of that mail that may come from one of them: more would be a sender, not a relay."""
_DELAY = timedelta(days=5)
"""How long a relay keeps mail that it cannot hand on."""
_CLOCKS = timedelta(minutes=15)
"""How far two clocks that are right may differ."""
_STALE_ID = timedelta(days=1)
"""How much older than its line's date an id may be, which is made when a slow connection begins."""


def learn_relays(receiver: Receiver, chains: Sequence[Sequence[Hop]]) -> tuple[Receiver, list[str]]:
    """Learn the receiver's relays from the steps that (nearly) all its mail takes.

    A relay by its verified name is believed. One that only calls itself by a name of the receiver's is suspected at
    best: a sender who wrote most of a dump could do the same, and make up what comes below. It takes more to be
    suspected: days, strangers from many networks behind it, and lines as one and the same server writes them.

    Args:
        receiver: Whose mail it is. Of known providers, nothing is learnt.
        chains: Its sampled chains, newest hop first.

    Returns:
        The receiver with its relays and suspects, and the sentences that let the user confirm or object.
    """
    if receiver.profiles or len(chains) < _MESSAGES:
        return receiver, []
    steps = [step for chain in chains if (step := _first_step(receiver, chain)) is not None]
    by_name = [step for step in steps if _is_verified(step)]
    if len(by_name) >= _SHARE * len(chains):
        relays = _frequent(by_name, len(chains))
        shown = ", ".join(sorted(relays)[:_NAMED])
        said = f"{len(by_name):,} of them pass through {shown}: taken for the receiver's own relays"
        return replace(receiver, relays=receiver.relays | relays), [said]
    return _suspect(receiver, steps, len(chains))


def _first_step(receiver: Receiver, chain: Sequence[Hop]) -> Step | None:
    """Return the first step to a public peer if the line below bears a name of the receiver's."""
    for place, (hop, below) in enumerate(pairwise(chain)):
        if hop.ip is None or not is_public(hop.ip):
            continue
        if below.by is None or not receiver.wrote(below.by):
            return None
        return hop, chain[place + 1 :]
    return None


def _is_verified(step: Step) -> bool:
    # The HELO name is the peer's own word: it would let a stranger who sent the whole dump pass for a relay.
    hop, below = step
    if hop.rdns_state != "verified" or hop.rdns is None or is_access_line(hop.rdns, hop.ip or ""):
        return False
    return same_organisation(below[0].by, hop.rdns)


def _frequent(steps: Sequence[Step], messages: int) -> frozenset[str]:
    through = Counter(hop.ip for hop, _ in steps if hop.ip is not None)
    return frozenset(ip for ip, count in through.items() if count >= max(2, messages // 100))


# --- relays that no verified name confirms ----------------------------------------------------------------------


def _suspect(receiver: Receiver, steps: Sequence[Step], messages: int) -> tuple[Receiver, list[str]]:
    """Find the few addresses that all mail passes and that give themselves names of the receiver's."""
    named = [step for step in steps if _calls_itself_so(receiver, step)]
    usual = _frequent(named, messages)
    passed = [step for step in named if step[0].ip in usual]
    if not usual or len(usual) > _MOST_SUSPECTS or len(passed) < _SHARE * messages:
        return receiver, []
    shown = ", ".join(f"{ip} ({_name_of(ip, passed)})" for ip in sorted(usual))
    entries = (*map(str, receiver.rules), *receiver.hosts, *sorted(usual))
    confirm = " ".join(f"--trust {shlex.quote(entry)}" for entry in entries)
    said = f"{len(passed):,} of them pass through {shown}, which no verified name confirms to be the receiver's own: "
    if all(_is_like_a_relay([step for step in passed if step[0].ip == ip]) for ip in usual):
        said += "followed, but what it hands on is claimed at best"
        receiver = replace(receiver, suspects=usual)
    else:
        said += "taken for the outside"
    return receiver, [f"{said}. If that is the receiver's own, say {confirm}"]


def _calls_itself_so(receiver: Receiver, step: Step) -> bool:
    """Say whether a peer's name for itself is one of the receiver's, and its address bears no name of another's."""
    hop, below = step
    if hop.ip is None or receiver.leaves_out(hop.ip) or receiver.is_inside(hop.ip):
        return False
    if hop.rdns_state == "verified" and not same_organisation(hop.rdns, below[0].by):
        return False
    name = hop.helo or hop.rdns or ""
    return same_organisation(name, below[0].by) or _is_bare(name, below[0].by)


def _is_bare(name: str, by: str | None) -> bool:
    """Say whether a name is the first label alone of the host that wrote the next line."""
    return "." not in name and by is not None and host_form(name) == host_form(by).partition(".")[0]


def _name_of(ip: str, steps: Sequence[Step]) -> str:
    names = Counter(host_form(hop.helo or hop.rdns or "") for hop, _ in steps if hop.ip == ip)
    return min(names, key=lambda name: (-names[name], name))


def _is_like_a_relay(steps: Sequence[Step]) -> bool:
    """Say whether what stands below one peer is what a relay writes that gets its mail from many strangers."""
    days = {hop.date.date() for hop, _ in steps if hop.date is not None}
    strangers = Counter(network_key(ip) for _, below in steps if (ip := _stranger(below)) is not None)
    dialects = Counter(below[0].dialect for _, below in steps)
    most = strangers.most_common(1)
    return (
        len(days) >= _DAYS
        and len(strangers) >= _NETWORKS
        and strangers.total() >= _SHARE * len(steps)
        and most[0][1] <= _MOST_OF_ONE * strangers.total()
        and max(dialects.values()) >= _SHARE * len(steps)
        and sum(_agrees(hop, below[0]) for hop, below in steps) >= _SHARE * len(steps)
    )


def _stranger(below: Sequence[Hop]) -> str | None:
    """Return the first public peer of the lines that bear one organisation's name, inner ones among them."""
    for hop in below:
        if hop.status == "unknown" or not (is_inner_name(hop.by) or same_organisation(hop.by, below[0].by)):
            return None
        if hop.ip is not None and is_public(hop.ip):
            return hop.ip
    return None


def _agrees(hop: Hop, below: Hop) -> bool:
    """Say whether a line can be true by what it says of time: to the line above it, and to its own id."""
    if below.status != "parsed" or below.id_plausible is False or hop.date is None or below.date is None:
        return False
    if not -_CLOCKS <= hop.date - below.date <= _DELAY:
        return False
    return below.id_date is None or -_CLOCKS <= below.date - below.id_date <= _STALE_ID
