"""Who the receiver is, learnt from a sample of the dump: mail ends where its mailbox is."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from attribution._names import is_inner_name, registrable_domain
from attribution._net import is_public
from attribution.origin.clock_skew import ClockSample
from attribution.origin.configured import configured, learn_relays_and_gates
from attribution.origin.gates import learn_top_gates
from attribution.origin.polls import learn_polls
from attribution.origin.profiles import profile_of
from attribution.origin.receiver import Receiver, Receivers
from attribution.origin.walk import receiver_for, top_organisation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attribution.models import Hop
    from attribution.origin.receiver import TrustRule

__all__ = ["describe_receiver", "learn_receivers"]

_ALIAS_SHARE = 0.8
"""Share of an organisation's mail that must come from servers of another domain by way of an inner address."""
_ALIAS_MESSAGES = 3
"""Messages that must come through an inner address from servers of another domain before it is the same receiver."""
_NAMED_IN_SENTENCES = 5
"""Receivers that have sentences of their own."""


def learn_receivers(chains: Iterable[Sequence[Hop]], rules: Sequence[TrustRule] = ()) -> Receivers:
    """Learn from a sample who the receivers are; what the user configured goes before all that is learnt.

    Six things are learnt: the organisations at whose servers the chains end; other domains whose servers
    stand behind an inner address of theirs; relays with public addresses through which (nearly) all their
    mail passes; mailbox servers that they fetch mail from; gates, inner addresses behind which strangers stand;
    and servers whose clocks are constantly off. None of it is learnt from one message alone but the first, and
    each is said in a sentence.

    Args:
        chains: The hops of each sampled message, newest first.
        rules: What `--trust` said.
    """
    by_domain: dict[str | None, list[Sequence[Hop]]] = defaultdict(list)
    clocks = ClockSample()
    sample = list(chains)
    everyones = all(rule.table is None for rule in rules)
    gates, gates_said = (frozenset[str](), "") if rules and everyones else learn_top_gates(sample)
    for chain in sample:
        by_domain[top_organisation(chain, gates)].append(chain)
        clocks.add(chain)
    receivers = configured(rules, by_domain) if rules else _found(by_domain, len(sample))
    skews, said = clocks.skews()
    sentences = (*receivers.sentences, *([gates_said] if gates_said else []), *said)
    return replace(receivers, skews=skews, gates=gates, sentences=sentences)


def _found(by_domain: dict[str | None, list[Sequence[Hop]]], total: int) -> Receivers:
    """Take the organisations at whose servers the chains end for the receivers."""
    unnamed = len(by_domain.pop(None, []))
    grouped = _group_by_provider(by_domain)
    learnt: dict[str, Receiver] = {}
    sentences: list[str] = []
    for domain, found in sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0])):
        receiver, learnt_here = _learn(domain, found)
        learnt[domain] = receiver
        if len(sentences) < _NAMED_IN_SENTENCES:
            sentences.append(f"{len(found):,} of {total:,} messages end at *.{domain}: taken for the receiver")
            sentences.extend(learnt_here)
    polling, polls_said = learn_polls(learnt, grouped)
    learnt.update(polling)
    sentences.extend(polls_said)
    others = len(grouped) - _NAMED_IN_SENTENCES
    if others > 0:
        rest = sum(sorted((len(found) for found in grouped.values()), reverse=True)[_NAMED_IN_SENTENCES:])
        sentences.append(f"{rest:,} messages end at {others:,} other domains, each taken for its own receiver")
    if unnamed:
        sentences.append(f"{unnamed:,} of {total:,} messages name no receiving domain in their newest lines")
    for domain in [name for name in by_domain if name is not None and name not in learnt]:
        profile = profile_of(domain)
        learnt[domain] = next(r for r in learnt.values() if profile in r.profiles)
    return Receivers(learnt=learnt, sentences=tuple(sentences))


def _group_by_provider(by_domain: dict[str | None, list[Sequence[Hop]]]) -> dict[str, list[Sequence[Hop]]]:
    """Put domains of one known provider together under the most frequent of them."""
    leaders: dict[str, str] = {}
    grouped: dict[str, list[Sequence[Hop]]] = {}
    named = [(domain, chains) for domain, chains in by_domain.items() if domain is not None]
    for domain, chains in sorted(named, key=lambda item: (-len(item[1]), item[0])):
        profile = profile_of(domain)
        leader = domain if profile is None else leaders.setdefault(profile.id, domain)
        grouped.setdefault(leader, []).extend(chains)
    return grouped


def _learn(domain: str, chains: Sequence[Sequence[Hop]]) -> tuple[Receiver, list[str]]:
    """Learn the aliases, relays and gates of one organisation."""
    sentences = []
    receiver = receiver_for(domain)
    aliases = _aliases(receiver, chains)
    if aliases:
        receiver = replace(receiver, hosts=(*receiver.hosts, *aliases))
        named = ", ".join(f"*.{alias}" for alias in aliases)
        sentences.append(f"*.{domain} gets its mail from {named} inside: taken for the same receiver")
    receiver, said = learn_relays_and_gates(receiver, chains, chains)
    return receiver, [*sentences, *said]


def _aliases(receiver: Receiver, chains: Sequence[Sequence[Hop]]) -> list[str]:
    """Find other domains whose lines stand right below an inner peer of (nearly) all the receiver's mail.

    Behind an inner address may also be a gate that every stranger's mail passes, and then what stands below is the
    strangers' own; hence the high share.
    """
    seen: Counter[str] = Counter()
    for chain in chains:
        found = _below_inner_peer(receiver, chain)
        domain = None if found is None else registrable_domain(found)
        if found is not None and domain is not None and not receiver.wrote(found) and profile_of(found) is None:
            seen[domain] += 1
    needed = max(_ALIAS_MESSAGES, _ALIAS_SHARE * len(chains))
    return sorted(domain for domain, count in seen.items() if count >= needed)


def _below_inner_peer(receiver: Receiver, chain: Sequence[Hop]) -> str | None:
    """Return the first host that tells its organisation below an inner peer in the receiver's part of a chain."""
    for hop, below in pairwise(chain):
        own = hop.by is None or is_inner_name(hop.by) or receiver.wrote(hop.by)
        if not own or hop.ip is None or is_public(hop.ip):
            return None
        if below.by is not None and not is_inner_name(below.by):
            return below.by
    return None


def describe_receiver(hops: Sequence[Hop]) -> tuple[str, ...]:
    """Say what is taken for the receiver of a single message, which no other mail can confirm."""
    domain = top_organisation(hops)
    if domain is None:
        return ("The newest line names no organisation; the server that wrote it is taken for the receiver's",)
    return (f"{receiver_for(domain).name} is taken for the receiver: its server wrote the newest line",)
