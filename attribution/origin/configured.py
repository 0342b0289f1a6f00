"""The receiver as `--trust` describes it, one for all mail or several of a file, and what the mail adds to that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from attribution._names import registrable_domain
from attribution.origin.gates import learn_gates
from attribution.origin.polls import learn_polls
from attribution.origin.profiles import profile_of
from attribution.origin.receiver import Receiver, Receivers, by_receiver
from attribution.origin.relays import learn_relays
from attribution.origin.trust_check import remarks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.models import Hop
    from attribution.origin.receiver import TrustRule

__all__ = ["configured", "learn_relays_and_gates"]

_NAMED_IN_SENTENCES = 5
"""Receivers that have sentences of their own."""
_MOST_REMARKS = 10
"""Remarks on all tables of a file that are shown."""


def configured(rules: Sequence[TrustRule], by_domain: Mapping[str | None, Sequence[Sequence[Hop]]]) -> Receivers:
    """Return the receivers that rules describe.

    Args:
        rules: At least one, as `read_trust` returns them.
        by_domain: The sampled chains by the organisation at which they end.
    """
    described = by_receiver(rules)
    if all(rule.table is None for rule in rules):
        return _one(described[0], [chain for found in by_domain.values() for chain in found])
    return _several(described, by_domain)


def _one(rules: Sequence[TrustRule], chains: Sequence[Sequence[Hop]]) -> Receivers:
    """Take what is described for the receiver of every message."""
    receiver = _described(rules)
    sentences = [f"The receiver is what --trust says: {receiver.name}", *remarks(rules)]
    if not _hosts(rules):
        sentences.append("No host is named: whoever wrote the newest line of a message is taken for the receiver")
    elif chains:
        fitting = sum(1 for chain in chains if any(hop.by is not None and receiver.wrote(hop.by) for hop in chain[:3]))
        sentences.append(f"{fitting:,} of {len(chains):,} sampled messages have a line by one of those hosts on top")
        own = [chain for chain in chains if chain and receiver.wrote(chain[0].by or "")]
        polling, said_of_polls = learn_polls({receiver.name: receiver}, {receiver.name: own})
        receiver, said = learn_relays_and_gates(polling.get(receiver.name, receiver), own, chains)
        sentences.extend([*said_of_polls, *said])
    return Receivers(configured=receiver, sentences=tuple(sentences))


def _several(
    described: Sequence[Sequence[TrustRule]], by_domain: Mapping[str | None, Sequence[Sequence[Hop]]]
) -> Receivers:
    """Take each table of a file for the receiver of what ends at its hosts; all other mail goes by its newest line."""
    tables = [(rules, _domains(rules)) for rules in described]
    # A table is known by its first host; the others may be servers that several receivers fetch their mail from.
    place = {domains[0]: number for number, (_, domains) in reversed([*enumerate(tables)])}
    for number, (_, domains) in enumerate(tables):
        for domain in domains:
            place.setdefault(domain, number)
    total = sum(map(len, by_domain.values()))
    named = ", ".join(domains[0] for _, domains in tables[:_NAMED_IN_SENTENCES])
    more = f" and {len(tables) - _NAMED_IN_SENTENCES:,} more" if len(tables) > _NAMED_IN_SENTENCES else ""
    sentences = [f"The receivers are what --trust says: {named}{more}; other mail goes by its own newest line"]
    sentences.extend(list(dict.fromkeys(text for rules, _ in tables for text in remarks(rules)))[:_MOST_REMARKS])
    receivers: list[Receiver] = []
    without: list[str] = []
    for number, (rules, domains) in enumerate(tables):
        chains = [c for domain in domains if place[domain] == number for c in by_domain.get(domain, ())]
        receiver, said = learn_relays_and_gates(_described(rules), chains, chains)
        receivers.append(receiver)
        if not chains:
            without.append(f"*.{domains[0]}")
        elif number - len(without) < _NAMED_IN_SENTENCES:
            sentences.extend([f"{len(chains):,} of {total:,} messages end at *.{domains[0]}", *said])
    if total and without:
        sentences.append(_none_at(without, len(tables)))
    return Receivers(
        learnt={domain: receivers[number] for domain, number in sorted(place.items(), key=lambda item: item[::-1])},
        sentences=tuple(sentences),
    )


def _none_at(domains: Sequence[str], tables: int) -> str:
    """Say at which tables' hosts no mail ends, for such a table may be spelt wrongly or the mail be another's."""
    if len(domains) == tables:
        return "No message ends at any of them"
    more = len(domains) - _NAMED_IN_SENTENCES
    return f"No message ends at {', '.join(domains[:_NAMED_IN_SENTENCES])}{f' and {more:,} more' if more > 0 else ''}"


def _described(rules: Sequence[TrustRule]) -> Receiver:
    """Return the receiver that rules describe, with the facts of the known providers that they name."""
    hosts = _hosts(rules)
    networks = [str(rule) for rule in rules if rule.network is not None and not rule.excluded]
    profiles = tuple(dict.fromkeys(found for found in map(profile_of, hosts) if found is not None))
    return Receiver(
        name=", ".join(hosts + networks),
        rules=tuple(rules),
        networks=tuple(net for profile in profiles for net in profile.inside),
        profiles=profiles,
    )


def _hosts(rules: Sequence[TrustRule]) -> list[str]:
    return [rule.host for rule in rules if rule.host is not None and not rule.excluded]


def _domains(rules: Sequence[TrustRule]) -> list[str]:
    """Return the domains whose mail a table is about, as `top_organisation` names them, its own first.

    A single host that stands behind the first says nothing of where mail ends.
    """
    own = [rule for rule in rules if rule.table is not None]
    first, *others = ((registrable_domain(host) or host, host) for host in _hosts(own))
    return list(dict.fromkeys([first[0], *(domain for domain, host in others if domain == host)]))


def learn_relays_and_gates(
    receiver: Receiver, own: Sequence[Sequence[Hop]], chains: Sequence[Sequence[Hop]]
) -> tuple[Receiver, list[str]]:
    """Return a receiver with its relays, learnt from its own mail, and its gates, learnt from all mail; and sentences.

    Args:
        receiver: Described or learnt.
        own: The sampled chains that end at it, newest hop first.
        chains: All that may show its gates.
    """
    receiver, sentences = learn_relays(receiver, own)
    gates, said = learn_gates(receiver, chains)
    if gates:
        receiver = replace(receiver, gates=gates)
        sentences.append(said)
    return receiver, sentences
