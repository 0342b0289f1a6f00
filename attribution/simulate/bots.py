"""Bots and the botnets that they belong to: addresses, networks, and how many messages each sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attribution.simulate.networks import HOUSEHOLDS, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.simulate.world import World

__all__ = ["Bots", "make_bots"]


@dataclass(frozen=True, slots=True)
class Bots:
    """All bots, those of one botnet side by side.

    Attributes:
        ip: Address as a number. A bot that two botnets share is in the list twice, with the same address.
        network: Index into `networks.HOUSEHOLDS`.
        salt: 62 random bits of the machine, the same for the same machine.
        botnet: Which one it belongs to.
    """

    ip: NDArray[np.int64]
    network: NDArray[np.int64]
    salt: NDArray[np.int64]
    botnet: NDArray[np.int64]


def make_bots(
    botnet: NDArray[np.int64], count: int, world: World, rng: np.random.Generator
) -> tuple[Bots, NDArray[np.int64]]:
    """Return the bots, and which of them sends each message.

    A bot is awake for a part of the period only: its messages lie near one another in the order of its botnet.

    Args:
        botnet: Which botnet sends each message, in order of time.
        count: How many botnets there are.
        world: What it is like.
        rng: What decides.
    """
    chosen = np.zeros(len(botnet), dtype=np.int64)
    parts: list[Bots] = []
    quotas: list[NDArray[np.int64]] = []
    first = 0
    pairs = {2 * pair + 1: 2 * pair for pair in range(world.sharing_pairs) if 2 * pair + 1 < count}
    for number in range(count):
        mine = np.flatnonzero(botnet == number)
        quota = _quotas(len(mine), world, rng)
        size = len(quota)
        # Every botnet has its own mix of countries.
        weight = rng.dirichlet(np.full(len(HOUSEHOLDS), 0.5))
        network = rng.choice(len(HOUSEHOLDS), size, p=weight)
        ip = spread(HOUSEHOLDS, network, rng)
        salt = rng.integers(0, 1 << 62, size)
        if number in pairs:
            other = parts[pairs[number]]
            half = max(world.most_per_bot // 2, 1)
            able = np.flatnonzero(quotas[pairs[number]] <= half)
            shared = min(round(size * world.shared_bots), len(able))
            take = rng.choice(able, shared, replace=False)
            put = rng.choice(size, shared, replace=False)
            ip[put], network[put], salt[put] = other.ip[take], other.network[take], other.salt[take]
            lost = int(np.maximum(quota[put] - half, 0).sum())
            quota[put] = np.minimum(quota[put], half)
            if lost:
                more = _quotas(lost, world, rng)
                fresh = rng.choice(len(HOUSEHOLDS), len(more), p=weight)
                quota = np.concatenate((quota, more))
                network = np.concatenate((network, fresh))
                ip = np.concatenate((ip, spread(HOUSEHOLDS, fresh, rng)))
                salt = np.concatenate((salt, rng.integers(0, 1 << 62, len(more))))
                size = len(quota)
        slots = np.repeat(np.arange(size), quota)
        awake = rng.random(size)[slots] + rng.normal(0, 0.04, len(slots))
        slots = np.sort(rng.permutation(len(slots))[: len(mine)]) if len(slots) > len(mine) else np.arange(len(slots))
        turn = np.repeat(np.arange(size), quota)[slots]
        chosen[mine] = first + turn[np.argsort(awake[slots], kind="stable")]
        parts.append(Bots(ip, network, salt, np.full(size, number, dtype=np.int64)))
        quotas.append(quota)
        first += size
    bots = Bots(
        np.concatenate([part.ip for part in parts]),
        np.concatenate([part.network for part in parts]),
        np.concatenate([part.salt for part in parts]),
        np.concatenate([part.botnet for part in parts]),
    )
    if world.distinct and len(bots.ip):
        bots = _settle(bots, np.bincount(chosen, minlength=len(bots.ip)), world, rng)
    return bots, chosen


def _settle(bots: Bots, sent: NDArray[np.int64], world: World, rng: np.random.Generator) -> Bots:
    """Return the bots with an address for each machine, but for homes that have two and machines that had two.

    Args:
        bots: All bots.
        sent: Messages of each.
        world: `joined`, `renewed` and `most_per_bot` hold.
        rng: What decides.
    """
    ip, network, salt = bots.ip.copy(), bots.network, bots.salt.copy()
    _, first, machine = np.unique(salt, return_index=True, return_inverse=True)
    # A machine that two botnets share has one address.
    own = ip[first]
    while True:
        order = np.argsort(own, kind="stable")
        again = order[1:][own[order][1:] == own[order][:-1]]
        # The first /24 of a network is its provider's, whose servers send for customers.
        again = np.union1d(again, np.flatnonzero(own & 0x3FF00 == 0))
        if not len(again):
            break
        own[again] = spread(HOUSEHOLDS, network[first[again]], rng)
    ip = own[machine]
    pairs = round(len(ip) * world.joined / 2), round(len(ip) * world.renewed / 2)
    sole = np.flatnonzero(np.bincount(machine)[machine] == 1)
    # Neighbours in this order are of one botnet and one network, and light enough for one address.
    sole = rng.permutation(sole)
    sole = sole[np.lexsort((network[sole], bots.botnet[sole]))]
    one, other = sole[: len(sole) // 2 * 2 : 2], sole[1::2]
    fit = (bots.botnet[one] == bots.botnet[other]) & (network[one] == network[other])
    light = fit & (sent[one] + sent[other] <= world.most_per_bot)
    homes = rng.permutation(np.flatnonzero(light))[: pairs[0]]
    ip[other[homes]] = ip[one[homes]]
    fit[homes] = False
    moved = rng.permutation(np.flatnonzero(fit))[: pairs[1]]
    salt[other[moved]] = salt[one[moved]]
    return Bots(ip, network, salt, bots.botnet)


def _quotas(messages: int, world: World, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return how many messages each bot may send, at least as many as there are in all."""
    drawn: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
    total = 0
    while total < messages:
        more = int((messages - total) / world.mails_per_bot) + 1
        quota = np.minimum(rng.geometric(min(1 / (world.mails_per_bot * 1.15), 1.0), more), world.most_per_bot)
        drawn.append(quota)
        total += int(quota.sum())
    return np.concatenate(drawn)
