"""Where the receiver fetches its mail: the mailbox servers that its own fetchmail polls are on its side, too."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from attribution._names import host_form, is_inner_name, registrable_domain, same_host
from attribution._net import is_loopback, is_public, parse_ip
from attribution.origin.profiles import profile_of, profiles
from attribution.origin.walk import MAIL_DROP_DIALECTS, find_boundary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from attribution.models import Hop
    from attribution.origin.receiver import Receiver

__all__ = ["learn_polls"]

_MESSAGES = 3
"""Messages that must be fetched from a server before it is taken for the receiver's."""
_DAYS = 2
"""Days, by the fetching program's clock, on which they must be fetched."""
_SHARE = 0.01
"""Share of the receiver's mail that must be fetched there."""
_GIVING_SHARE = 0.25
"""Share of the mail in a mailbox that several receivers reach which must be a receiver's for its polls to be theirs."""
_NAMED = 4
"""Servers, and receivers, that a sentence names."""

# A fetch line has no peer, and so no address among the hop's attributes: the server that was polled is none.
_POLLED_ADDRESS = re.compile(
    r"\bfrom\s{1,9}[^\s()\[\]]{1,255}\s{1,9}"
    r"[(\[]{1,2}(?:[^\s()\[\]]{1,255}\s{1,9}\[)?(?:IPv6:)?([0-9A-Fa-f:.]{3,45})[)\]]"
)
_LONGEST_START = 512
"""Characters of a line in which the address must stand."""


@dataclass(frozen=True, slots=True)
class _Fetch:
    """One message fetched from a mailbox.

    Attributes:
        ip: Public address of the server that was polled; None where an inner one was, as through a tunnel.
        names: What it is called: by the program that polled it, and by itself in the line below.
        writer: The second of these alone.
        day: When that was, by the clock of the program.
    """

    ip: str | None
    names: frozenset[str]
    writer: str | None
    day: date | None


@dataclass(slots=True)
class _Support:
    """How often, on which days and under which names one server was polled."""

    messages: int = 0
    days: set[date] = field(default_factory=set)
    names: Counter[str] = field(default_factory=Counter)

    def add(self, fetch: _Fetch) -> None:
        self.messages += 1
        self.names.update(fetch.names)
        if fetch.day is not None:
            self.days.add(fetch.day)

    def suffices(self, messages: int) -> bool:
        """Say whether the server is the receiver's, whose mail is so many messages."""
        return self.messages >= max(_MESSAGES, _SHARE * messages) and len(self.days) >= _DAYS

    def hosts(self) -> Iterator[str]:
        return (name for name, count in self.names.items() if count >= _MESSAGES)


def learn_polls(
    learnt: Mapping[str, Receiver], grouped: Mapping[str, Sequence[Sequence[Hop]]]
) -> tuple[dict[str, Receiver], list[str]]:
    """Take the mailbox servers that receivers fetch mail from for the receivers' own.

    What the owner forwards from one mailbox to another comes from such a server as a stranger's mail would. Only
    fetch lines that are trusted without any doubt count, so that nobody outside can teach a server of his own.
    Receivers that reach one mailbox by way of an inner address, a tunnel to a machine of their own, have one owner
    and share what is learnt. Known providers are left out: a mailbox there makes nobody the provider.

    Args:
        learnt: The receivers, by registrable domain.
        grouped: The sampled chains of each, newest hop first.

    Returns:
        Those that have more servers and relays than before, and the sentences that say so.
    """
    fetched = {
        domain: list(_fetches(learnt[domain], chains))
        for domain, chains in sorted(grouped.items())
        if not learnt[domain].profiles
    }
    own = {domain: _supported(fetches, len(grouped[domain])) for domain, fetches in fetched.items()}
    known = {domain: [mine] for domain, mine in own.items()}
    for givers, takers in _owners(fetched, grouped):
        for taker in takers:
            known[taker].extend(own[giver] for giver in givers)
    found: dict[str, Receiver] = {}
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for domain, sources in known.items():
        polled = sorted({key for source in sources for key in source})
        if polled:
            names = {host for source in sources for support in source.values() for host in support.hosts()}
            relays = {key for key in polled if parse_ip(key) is not None}
            one = learnt[domain]
            found[domain] = replace(one, servers=one.servers | names, relays=one.relays | relays)
            alike[tuple(polled)].append(one.name)
    everywhere = _supported([fetch for fetches in fetched.values() for fetch in fetches], 0)
    said = [_sentence(called, {key: everywhere[key] for key in polled}) for polled, called in alike.items()]
    return found, said


def _fetches(receiver: Receiver, chains: Sequence[Sequence[Hop]]) -> Iterator[_Fetch]:
    """Yield the fetches of which the receiver's own lines tell without doubt."""
    for chain in chains:
        if not any(hop.dialect in MAIL_DROP_DIALECTS for hop in chain):
            continue
        walked = [replace(hop) for hop in chain]  # The walk leaves marks, and this is not the last one.
        way = find_boundary(walked, receiver)
        certain = len(walked) if way.sure is None else way.sure.hop + 1
        for place, hop in enumerate(walked[:certain]):
            if not hop.trusted or not _leads_to_fetch(walked, place):
                break
            if hop.dialect in MAIL_DROP_DIALECTS:
                below = walked[place + 1] if place + 1 < certain else None
                fetch = _fetch(hop, below)
                if fetch is not None:
                    yield fetch
                break


def _leads_to_fetch(walked: Sequence[Hop], place: int) -> bool:
    """Say whether a line stands on top, or was certainly handed to the line above it by the host that it names.

    Behind an inner address may be a gate, and then a stranger may have written what bears the receiver's name.
    """
    if not place:
        return True
    above, hop = walked[place - 1], walked[place]
    if above.ip is None:
        # A program of any user writes such lines, too; by LMTP only a server hands on.
        return above.helo is None and (above.protocol or "").upper().startswith("LMTP")
    if is_loopback(above.ip):
        return True
    return same_host(above.rdns, hop.by)


def _fetch(hop: Hop, below: Hop | None) -> _Fetch | None:
    """Read a fetch line and the line below it; None where they tell of no server or of a known provider's."""
    found = _POLLED_ADDRESS.search(hop.raw, 0, _LONGEST_START)
    ip = None if found is None else parse_ip(found[1])
    if ip is None or not is_public(ip):
        ip = None
    elif any(profile.sends_from(ip) for profile in profiles()):
        return None
    writer = None if below is None or not below.trusted or is_inner_name(below.by) else below.by
    called = (hop.rdns or hop.helo, writer)
    names = frozenset(host_form(name) for name in called if name is not None and not is_inner_name(name))
    if (ip is None and writer is None) or any(profile_of(name) is not None for name in names):
        return None
    return _Fetch(ip, names, writer, None if hop.date is None else hop.date.date())


def _supported(fetches: Sequence[_Fetch], messages: int) -> dict[str, _Support]:
    """Return the servers that enough messages speak for, by address, or by name where an inner address was polled."""
    found: dict[str, _Support] = defaultdict(_Support)
    for fetch in fetches:
        found[fetch.ip or host_form(fetch.writer or "")].add(fetch)
    return {key: support for key, support in sorted(found.items()) if support.suffices(messages)}


def _owners(
    fetched: Mapping[str, Sequence[_Fetch]], grouped: Mapping[str, Sequence[Sequence[Hop]]]
) -> list[tuple[list[str], list[str]]]:
    """Find receivers with one owner: those that reach a mailbox by way of an inner address, and that server itself.

    Returns:
        For each mailbox the receivers whose polls are believed, and all that have the same owner. A dump may hold
        whole messages that a stranger made: a receiver of few messages takes and does not give.
    """
    reached: dict[str, Counter[str]] = defaultdict(Counter)
    for domain, fetches in fetched.items():
        inner = _supported([fetch for fetch in fetches if fetch.ip is None], len(grouped[domain]))
        for name, support in inner.items():
            reached[registrable_domain(name) or name][domain] += support.messages
    owners = []
    for behind, count in sorted(reached.items()):
        if behind in fetched:
            count[behind] += len(grouped[behind])
        needed = _GIVING_SHARE * count.total()
        owners.append(([domain for domain in sorted(count) if count[domain] >= needed], sorted(count)))
    return owners


def _sentence(names: Sequence[str], polled: Mapping[str, _Support]) -> str:
    most = sorted(polled.items(), key=lambda item: (-item[1].messages, item[0]))
    shown = ", ".join(
        f"{key} ({', '.join(sorted(support.hosts()))})" if parse_ip(key) is not None else key
        for key, support in most[:_NAMED]
    )
    more = f" and {len(most) - _NAMED:,} more" if len(most) > _NAMED else ""
    others = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    count = sum(support.messages for support in polled.values())
    return (
        f"{count:,} messages were fetched from mailboxes on {shown}{more}: taken for own servers of "
        f"{', '.join(names[:_NAMED])}{others}, also where they hand mail on"
    )
