"""Gates: inner addresses behind which strangers stand, as of a router or a load balancer that hides who connects."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from attribution._names import is_inner_name
from attribution._net import is_public, is_same_wire
from attribution.origin.walk import accept, top_organisation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence, Set

    from attribution.models import Hop
    from attribution.origin.receiver import Receiver

__all__ = ["learn_gates", "learn_top_gates"]

_MESSAGES = 20
"""Messages by way of an inner address below which nothing is learnt of it."""
_SHARE = 0.5
"""Share of them with a line by the receiver beneath: an inner server that passes mail on writes one for nearly all,
and behind a gate there are only forged ones."""
_STRANGERS = 0.1
"""Share of them with a stranger's line right beneath: below a server that writes lines there is hardly ever one."""
_NAMED = 4
"""Gates that a sentence names."""


def learn_gates(receiver: Receiver, chains: Iterable[Sequence[Hop]]) -> tuple[frozenset[str], str]:
    """Find inner addresses by way of which most mail comes without a line of the receiver's beneath.

    In a single message a forged line that bears the receiver's name cannot be told from a true one there; what
    comes the same way in other messages tells whether a server that writes lines stands there at all.

    Args:
        receiver: Whose lines count.
        chains: The hops of its sampled messages, newest first.

    Returns:
        The addresses, and a sentence that says so; an empty one where there are none.
    """
    passed: Counter[str] = Counter()
    written: Counter[str] = Counter()
    strangers: Counter[str] = Counter()
    for chain in chains:
        for ip, own, named in _inner_steps(receiver, chain):
            passed[ip] += 1
            written[ip] += own
            strangers[ip] += named and not own
    open_to_all = {ip for ip, count in strangers.items() if count >= _STRANGERS * passed[ip]}
    return _found(passed, written, open_to_all, "with a line of the receiver's beneath")


def learn_top_gates(chains: Iterable[Sequence[Hop]]) -> tuple[frozenset[str], str]:
    """Find the gates below servers whose lines, the newest of all, bear inner names and tell no organisation.

    There the first full name below would be taken for the receiver's. Behind a gate each message has another,
    its own sender's.

    Args:
        chains: The hops of all sampled messages, newest first.

    Returns:
        As `learn_gates`.
    """
    below: dict[str, Counter[str | None]] = defaultdict(Counter)
    for chain in chains:
        ip = _last_inner_peer(chain)
        if ip is not None:
            below[ip][top_organisation(chain)] += 1
    passed = Counter({ip: count.total() for ip, count in below.items()})
    most = Counter({ip: max((n for name, n in count.items() if name), default=0) for ip, count in below.items()})
    return _found(passed, most, frozenset(), "with one and the same organisation's line beneath")


def _found(passed: Counter[str], fitting: Counter[str], open_to_all: Set[str], how: str) -> tuple[frozenset[str], str]:
    gates = sorted(
        ip for ip, count in passed.items() if count >= _MESSAGES and (fitting[ip] < _SHARE * count or ip in open_to_all)
    )
    if not gates:
        return frozenset(), ""
    shown = ", ".join(gates[:_NAMED])
    count = sum(passed[ip] for ip in gates)
    lines = sum(fitting[ip] for ip in gates)
    return frozenset(gates), (
        f"{count:,} messages come by way of {shown}, {lines:,} of them {how}: "
        "what hides behind such an inner address is doubted"
    )


def _last_inner_peer(chain: Sequence[Hop]) -> str | None:
    """Return the inner peer that leads from newest lines of inner names to the first of a full one, or to none."""
    ip = None
    for hop in chain:
        if not is_inner_name(hop.by) or hop.status == "unknown":
            break
        if hop.ip is not None and is_public(hop.ip):
            return None
        ip = hop.ip
    return None if ip is None or is_same_wire(ip) else ip


def _inner_steps(receiver: Receiver, chain: Sequence[Hop]) -> Iterator[tuple[str, bool, bool]]:
    """Yield the inner peers in the receiver's part of a chain.

    Yields:
        The address, whether the receiver wrote the next line, and whether a host of a full name did.
    """
    for place, hop in enumerate(chain):
        if hop.status == "unknown" or (hop.ip is not None and is_public(hop.ip)):
            return
        below = chain[place + 1] if place + 1 < len(chain) else None
        own = below is not None and accept(hop, below, receiver)[0] == "yes"
        if hop.ip is not None and not is_same_wire(hop.ip):
            yield hop.ip, own, below is not None and not is_inner_name(below.by)
        if not own:
            return
