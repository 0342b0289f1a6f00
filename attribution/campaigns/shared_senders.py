"""Campaigns that were sent from the same addresses beyond chance."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_matrix
from scipy.special import gammainc

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "CHANCE",
    "CHURN_DAYS",
    "LEAST_BACKGROUND",
    "LEAST_SHARED",
    "SERVICE_CLUSTERS",
    "Senders",
    "SharedSenders",
    "read_senders",
    "shared_senders",
]

CHANCE = 0.01
"""Expected number of such finds by chance in the whole case, up to which a find is a lead."""

LEAST_BACKGROUND = 1e-300
"""Less than this is not told apart; it keeps the weight finite."""

LEAST_SHARED = 3
"""Networks with a shared address that make a lead; one or two machines are sold, shared and reassigned."""

CHURN_DAYS = 7
"""Days between two uses of an address, up to which it is taken for the same machine.

Dial-up and mobile lines get a new address each day to each few weeks, and an infected machine is seldom cleaned
within a week; longer, and the next customer of the provider has the address.
"""

SERVICE_CLUSTERS = 25
"""Campaigns and single messages on an address, each counted once, beyond which it is a service: relay, webmail."""

_SERVER_MESSAGES = 10 * SERVICE_CLUSTERS
"""Messages in one case beyond which an address is a server: bots send ten or so for a campaign, lest they be listed."""

_WIDE_BLOCKS = 20
"""Address blocks (/16, IPv6 /32) that the wider of two campaigns must come from.

The mail servers of a provider, however many, lie in a few blocks; infected machines lie all over the Internet.
"""

_PARTNERS = 25
"""Other campaigns to which one campaign keeps its strongest leads: beyond, more pairs tell nothing new."""

_CARRIED = ("vouched", "corroborated")
_WEEK = CHURN_DAYS * 86_400_000_000
_PAIRS_AT_ONCE = 100_000


@dataclass(frozen=True, slots=True)
class Senders:
    """Which campaign used which address when, without the addresses of services.

    Attributes:
        campaign: For each message the number of its campaign, -1 for none.
        address: Its address, as a number.
        time: When it was handed over, microseconds UTC.
        texts: For each address its text, in order of text.
        network: For each address the number of its /24 (IPv6 /48). `block`: of its /16 (IPv6 /32).
        clusters: For each address, how many campaigns and single messages it carried.
    """

    campaign: NDArray[np.int64]
    address: NDArray[np.int64]
    time: NDArray[np.int64]
    texts: pa.Array
    network: NDArray[np.int64]
    block: NDArray[np.int64]
    clusters: NDArray[np.int64]

    def spread(self, campaigns: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return for each campaign how many addresses it used, and how many address blocks."""
        mine = self.campaign >= 0
        used = _distinct_values(self.campaign[mine] * len(self.texts) + self.address[mine])
        campaign, address = np.divmod(used, max(1, len(self.texts)))
        pairs = _distinct_values(campaign * len(self.texts) + self.block[address]) // max(1, len(self.texts))
        return np.bincount(campaign, minlength=campaigns), np.bincount(pairs, minlength=campaigns)


def read_senders(messages: pa.Table, campaign: NDArray[np.int64]) -> Senders:
    """Read who sent what when, and leave out what is no sender of its own but a service.

    Only a handover that is vouched or corroborated and has a time counts. An IPv6 address stands for its /64: that is
    what one customer has (RFC 6177), and hosts change the rest by themselves (RFC 8981). An address that
    carried more than 25 campaigns and single messages, each counted once, is a service that unrelated people use; one
    that carried more than 250 messages is a server.

    Args:
        messages: Columns `handover_ip`, `handover_grade`, `received_at`.
        campaign: For each message the number of its campaign, -1 for none.
    """
    carried = pc.is_in(messages["handover_grade"], value_set=pa.array(_CARRIED))
    known = pc.and_(pc.is_valid(messages["handover_ip"]), pc.is_valid(messages["received_at"]))
    counted = np.asarray(pc.and_(carried, known).to_numpy(), dtype=np.bool_)
    rows = messages.select(["handover_ip", "received_at"]).filter(pa.array(counted))
    campaign = campaign[counted]
    time = rows["received_at"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy()
    address, texts, network, block = _addresses(rows["handover_ip"].combine_chunks())

    member = campaign >= 0
    used = _distinct_values(address[member] * (campaign.max(initial=0) + 1) + campaign[member])
    clusters = np.bincount(used // (campaign.max(initial=0) + 1), minlength=len(texts))
    clusters += np.bincount(address[~member], minlength=len(texts))
    load = np.bincount(address, minlength=len(texts))
    own = ((clusters <= SERVICE_CLUSTERS) & (load <= _SERVER_MESSAGES))[address]
    return Senders(campaign[own], address[own], time[own], texts, network, block, clusters)


def _addresses(ips: pa.Array) -> tuple[NDArray[np.int64], pa.Array, NDArray[np.int64], NDArray[np.int64]]:
    """Return for each row the number of its sender; for each sender its text, network and block."""
    coded = ips.dictionary_encode()
    senders, networks, blocks = _labels(coded.dictionary)
    texts = pc.unique(senders).sort()
    number = pc.index_in(senders, value_set=texts)
    first = pc.index_in(texts, value_set=senders)
    return (
        np.asarray(number.take(coded.indices).to_numpy(), dtype=np.int64),
        texts,
        *(_numbers(label.take(first)) for label in (networks, blocks)),
    )


def _numbers(labels: pa.Array) -> NDArray[np.int64]:
    return np.asarray(labels.dictionary_encode().indices.to_numpy(), dtype=np.int64)


def _labels(ips: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return the names of sender, network and block of addresses in canonical form."""
    network = pc.replace_substring_regex(ips, r"\.[0-9]+$", "")
    block = pc.replace_substring_regex(network, r"\.[0-9]+$", "")
    six = pc.match_substring(ips, ":")
    long = [_ipv6_number(ip) for ip in ips.filter(six).to_pylist()]
    shortened = (pa.array([f"{number >> bits:x}:" for number in long], pa.string()) for bits in (80, 96))
    sender = pa.array([f"{ipaddress.IPv6Address(number >> 64 << 64)}/64" for number in long], pa.string())
    return (
        pc.replace_with_mask(ips, six, sender),
        *(pc.replace_with_mask(old, six, new) for old, new in zip((network, block), shortened, strict=True)),
    )


def _ipv6_number(ip: str) -> int:
    try:
        return int(ipaddress.IPv6Address(ip.partition("%")[0]))
    except ValueError:
        return 0


@dataclass(frozen=True, slots=True)
class SharedSenders:
    """Pairs of campaigns that share senders beyond chance, as columns over pairs in order.

    Attributes:
        left, right: Numbers of the campaigns, the lesser left.
        shared: Addresses that both used within a week. `networks`: in how many networks they lie.
        smaller: How many addresses the campaign of fewer addresses used.
        background: Expected number of such pairs by chance in the whole case (E-value).
        examples: Some of the shared addresses, in order of text.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    shared: NDArray[np.int64]
    networks: NDArray[np.int64]
    smaller: NDArray[np.int64]
    background: NDArray[np.float64]
    examples: list[str]


def shared_senders(senders: Senders, campaigns: int) -> SharedSenders:
    """Find the campaigns that share senders more than unrelated campaigns would.

    Two campaigns share an address when both used it within a week of each other. What chance makes of that is
    counted against the addresses that were at work in the same weeks: a campaign hits each address of another by the
    other's share of that pool. So a small pool, or one in which all mail comes from the same machines, gives no
    lead, and a huge campaign none with those that it swallows by its size. Where the shared addresses are used by
    others than these two as well, the rate is raised by the mean number of those others: what many use, two
    meet in more easily. The tail is Poisson's, which is never below that of the sum of single chances where the
    find is above the mean (Anderson and Samuels 1967), and it is multiplied by the number of pairs of
    campaigns that could have been compared, as the E-value of BLAST is.

    Shared addresses of one /24 (IPv6 /48) count once: neighbours are one customer, one server farm, or one pool of
    dynamic addresses whose customers move through all of it.

    Five servers of a bulk mailer that sends eight newsletters are shared beyond all chance and are no botnet. Neither
    their number nor their load tells them from machines of a small botnet, but their place does: servers are bought by
    the block. So one of the two campaigns has to come from at least 20 blocks of addresses, and what they
    share has to lie in three. A botnet in fewer blocks is not told from a provider by this, and gives no lead.

    Pairs come from shared addresses alone, of which each joins 25 campaigns at most. Each campaign keeps its 25
    strongest pairs, and those that are among the strongest of the other.

    Args:
        senders: As `read_senders` returned it.
        campaigns: How many campaigns there are.
    """
    left, right, pair, address = _meetings(senders, campaigns)
    addresses, blocks = senders.spread(campaigns)
    shared = np.bincount(pair, minlength=len(left))
    networks = _distinct(pair, senders.network[address], len(left))
    common_blocks = _distinct(pair, senders.block[address], len(left))
    wide = (np.maximum(blocks[left], blocks[right]) >= _WIDE_BLOCKS) & (common_blocks >= LEAST_SHARED)
    others = np.bincount(pair, np.maximum(senders.clusters[address] - 2, 0), len(left)) / np.maximum(shared, 1)

    tested = np.flatnonzero(wide & (networks >= LEAST_SHARED))
    expected = _expected(senders, campaigns, left[tested], right[tested]) * np.maximum(others[tested], 1.0)
    able = int((addresses >= LEAST_SHARED).sum())
    background = np.maximum(gammainc(networks[tested], expected) * (able * (able - 1) / 2), LEAST_BACKGROUND)
    found = background <= CHANCE
    tested, background = tested[found], background[found]
    kept = _strongest(left[tested], right[tested], shared[tested], background)
    tested, background = tested[kept], background[kept]
    smaller = np.minimum(addresses[left[tested]], addresses[right[tested]])
    starts = np.searchsorted(pair, tested)
    examples = [
        ", ".join(senders.texts.take(pa.array(address[start : start + min(3, count)])).to_pylist())
        for start, count in zip(starts.tolist(), shared[tested].tolist(), strict=True)
    ]
    return SharedSenders(left[tested], right[tested], shared[tested], networks[tested], smaller, background, examples)


def _meetings(
    senders: Senders, campaigns: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of campaigns that share three addresses or more, and for each the addresses, in order."""
    campaign, address, first, last = _episodes(senders)
    found = [np.zeros(0, np.int64)]
    places = [np.zeros(0, np.int64)]
    # Episodes of one address are neighbours, and there are at most as many as an address may have messages.
    for step in range(1, _SERVER_MESSAGES):
        here = np.flatnonzero(address[step:] == address[:-step])
        if len(here) == 0:
            break
        there = here + step
        gap = np.maximum(first[here], first[there]) - np.minimum(last[here], last[there])
        met = (gap <= _WEEK) & (campaign[here] != campaign[there])
        found.append(campaign[here[met]] * campaigns + campaign[there[met]])
        places.append(address[here[met]])
    pairs, place = np.concatenate(found), np.concatenate(places)
    keys, counts = np.unique(pairs, return_counts=True)
    keys = keys[counts >= LEAST_SHARED]
    number = np.minimum(np.searchsorted(keys, pairs), max(0, len(keys) - 1))
    enough = keys[number] == pairs if len(keys) else np.zeros(len(pairs), np.bool_)
    met_at = _distinct_values(number[enough] * len(senders.texts) + place[enough])
    pair, address = np.divmod(met_at, max(1, len(senders.texts)))
    left, right = np.divmod(keys, max(1, campaigns))
    return left, right, pair, address


def _episodes(senders: Senders) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the uses of addresses by campaigns, in order of address and campaign, split where a week lies between.

    Within an episode no pause is longer than a week, so that two episodes come as near to one another as two of
    their messages do, or nearer than a week.
    """
    mine = np.flatnonzero((senders.campaign >= 0) & (senders.clusters[senders.address] > 1))
    order = mine[np.lexsort((senders.time[mine], senders.campaign[mine], senders.address[mine]))]
    campaign, address, time = senders.campaign[order], senders.address[order], senders.time[order]
    begins = np.ones(len(order), np.bool_)
    begins[1:] = (np.diff(address) != 0) | (np.diff(campaign) != 0) | (np.diff(time) > _WEEK)
    start = np.flatnonzero(begins)
    end = np.append(start[1:], len(order))[: len(start)] - 1
    return campaign[start], address[start], time[start], time[end]


def _distinct_values(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the distinct values in order, by sorting: `numpy.unique` hashes, which takes several times as long."""
    ordered = np.sort(values)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def _distinct(pair: NDArray[np.int64], place: NDArray[np.int64], pairs: int) -> NDArray[np.int64]:
    """Count for each pair the distinct places."""
    width = int(place.max(initial=0)) + 1
    return np.bincount(_distinct_values(pair * width + place) // width, minlength=pairs)


def _expected(
    senders: Senders, campaigns: int, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return for pairs of campaigns how many addresses they would share if each drew from all that were at work.

    For each week: the addresses that one used in it, times the share that the other used of all addresses that
    were seen in that week and its two neighbours.
    """
    if len(left) == 0:
        return np.zeros(0)
    week = senders.time // _WEEK
    week = week - week.min(initial=0) + 1
    weeks = int(week.max(initial=0)) + 2
    count = len(senders.texts)
    seen = _distinct_values(np.concatenate([(week + shift) * count + senders.address for shift in (-1, 0, 1)]))
    pool = np.maximum(np.bincount(seen // count, minlength=weeks), 1)
    mine = senders.campaign >= 0
    cell = senders.campaign[mine] * weeks + week[mine]
    address = senders.address[mine]
    within = _cells(_distinct_values(cell * count + address) // count, campaigns, weeks)
    near = _distinct_values(np.concatenate([(cell + shift) * count + address for shift in (-1, 0, 1)]))
    around = _cells(near // count, campaigns, weeks)
    around.data = around.data / pool[around.indices]
    result = np.zeros(len(left))
    for start in range(0, len(left), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        for one, other in ((left[part], right[part]), (right[part], left[part])):
            hits = np.asarray(within[one].multiply(around[other]).sum(axis=1)).ravel()
            result[part] = np.maximum(result[part], hits)
    return result


def _cells(cells: NDArray[np.int64], campaigns: int, weeks: int) -> csr_matrix:
    """Count equal cells, as a matrix of campaigns and weeks."""
    cell, counts = np.unique(cells, return_counts=True)
    return csr_matrix((counts.astype(np.float64), np.divmod(cell, weeks)), shape=(campaigns, weeks))


def _strongest(
    left: NDArray[np.int64], right: NDArray[np.int64], shared: NDArray[np.int64], background: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the pairs that are among the strongest of one of their campaigns, in order."""
    order = np.lexsort((right, left, -shared, background))
    end = np.concatenate([left[order], right[order]])
    rank = np.tile(np.arange(len(order)), 2)
    by_end = np.lexsort((rank, end))
    ordered = end[by_end]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(ordered) else by_end
    place = np.arange(len(by_end)) - np.repeat(starts, np.diff(np.append(starts, len(by_end))))
    return np.sort(order[_distinct_values(rank[by_end[place < _PARTNERS]])])
