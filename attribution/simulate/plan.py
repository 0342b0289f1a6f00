"""Who sends what when: the whole of a simulated world as a few arrays, before a single message is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attribution.simulate.bots import Bots, make_bots
from attribution.simulate.model import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.simulate.world import World

__all__ = ["Plan", "make_plan"]

_DAY = 86400


@dataclass(frozen=True, slots=True)
class Plan:
    """The messages in order of arrival, and the campaigns that they belong to.

    Attributes:
        time: Arrival of each message in seconds since 1970, never falling.
        label: Its campaign.
        seq: Its number in the campaign.
        sender: The bot that sends it; -1 for none.
        user: Index of the local user who gets it.
        kind: Of each campaign, an index into `KINDS`.
        size: Messages of each campaign.
        start: When each campaign begins: its first message, of a newsletter its first issue.
        interval: Seconds from one issue of a newsletter to the next; for a list the copies of each post; else 0.
        botnets: The one or two botnets of each campaign, -1 for none; shape (campaigns, 2).
        bots: All bots.
    """

    time: NDArray[np.int64]
    label: NDArray[np.int64]
    seq: NDArray[np.int64]
    sender: NDArray[np.int64]
    user: NDArray[np.int64]
    kind: NDArray[np.int64]
    size: NDArray[np.int64]
    start: NDArray[np.int64]
    interval: NDArray[np.int64]
    botnets: NDArray[np.int64]
    bots: Bots


def make_plan(messages: int, seed: int, world: World) -> Plan:
    """Return the plan of a world.

    Args:
        messages: How many there are.
        seed: The same one gives the same plan.
        world: What it is like.
    """
    rng = np.random.default_rng([seed, messages])
    kind, size = _campaigns(messages, world, rng)
    begin = int(world.start.timestamp())
    end = begin + world.days * _DAY
    label = np.repeat(np.arange(len(size)), size)
    of_kind = kind[label]
    time, start, interval = _times(kind, size, label, begin, end, world, rng)

    order = np.lexsort((np.arange(messages), time))
    time, label, of_kind = time[order], label[order], of_kind[order]
    seq = _ranks(label)
    user = _users(messages, world, rng)
    _share_posts(label, seq, user, kind, interval, world)

    count = world.botnets or int(rng.integers(10, 30))
    botnets = _assign_botnets(kind, count, world, rng)
    from_bots = np.flatnonzero(of_kind == KINDS.index("bot"))
    own = botnets[label[from_bots]]
    first_share = rng.uniform(0.3, 0.7, len(size))[label[from_bots]]
    second = (own[:, 1] >= 0) & (rng.random(len(from_bots)) > first_share)
    botnet = np.where(second, own[:, 1], own[:, 0])
    bots, chosen = make_bots(botnet, count, world, rng)
    sender = np.full(messages, -1, dtype=np.int64)
    sender[from_bots] = chosen
    return Plan(time, label, seq, sender, user, kind, size, start, interval, botnets, bots)


def _campaigns(messages: int, world: World, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return kind and size of every campaign; one-off ham is a campaign of one message each."""
    kinds: list[NDArray[np.int64]] = []
    sizes: list[NDArray[np.int64]] = []
    left = messages
    shares = (
        ("bot", world.bot, world.smallest, world.tail, world.largest),
        ("phish", world.phish, 3, 1.1, 0.2),
        ("scam", world.scam, 2, 1.1, 0.1),
        ("newsletter", world.newsletter, 3, 1.0, 0.06),
        ("list", world.discussion, 4, 0.9, 0.3),
        ("shop", world.shop, 2, 1.2, 0.1),
    )
    for name, share, smallest, tail, largest in shares:
        target = min(round(messages * share), left)
        drawn = _pareto(target, smallest, tail, max(smallest, int(target * largest)), rng)
        kinds.append(np.full(len(drawn), KINDS.index(name), dtype=np.int64))
        sizes.append(drawn)
        left -= target
    kinds.append(np.full(left, KINDS.index("ham"), dtype=np.int64))
    sizes.append(np.ones(left, dtype=np.int64))
    return np.concatenate(kinds), np.concatenate(sizes)


def _pareto(target: int, smallest: int, tail: float, largest: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return sizes with a heavy tail that add up to the target."""
    drawn: list[NDArray[np.int64]] = []
    total = 0
    while total < target:
        # By the inverse of the distribution function, cut off at the largest.
        lost = (smallest / largest) ** tail
        sizes = (smallest * (1 - rng.random(256) * (1 - lost)) ** (-1 / tail)).astype(np.int64)
        drawn.append(sizes)
        total += int(sizes.sum())
    if not drawn:
        return np.zeros(0, dtype=np.int64)
    sizes = np.concatenate(drawn)
    ends = np.cumsum(sizes)
    last = int(np.searchsorted(ends, target))
    sizes = sizes[: last + 1].copy()
    sizes[-1] -= ends[last] - target
    return sizes


def _times(
    kind: NDArray[np.int64],
    size: NDArray[np.int64],
    label: NDArray[np.int64],
    begin: int,
    end: int,
    world: World,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return when each message arrives, when each campaign starts, and its interval."""
    period = end - begin
    campaigns, messages = len(size), len(label)
    is_bot = (kind == KINDS.index("bot")) | (kind == KINDS.index("phish"))
    # Spam: a campaign lives from two hours to the whole period, the larger the longer.
    longest = np.clip(0.15 + 0.15 * np.log10(np.maximum(size, 1)), 0.1, 1.0) * period
    life = np.exp(rng.uniform(np.log(7200), np.log(np.maximum(longest, 7300))))
    start = begin + rng.random(campaigns) * (period - life)
    thrice = is_bot & (rng.random(campaigns) < world.thrice)
    waves = np.where(thrice, np.ceil(life / (_DAY / 3)), 1 + np.floor(rng.gamma(1.2, 1.5, campaigns)))
    gap = np.where(thrice, _DAY / 3, life / waves)
    width = np.minimum(np.exp(rng.normal(np.log(3600), 0.7, campaigns)), gap)
    wave = np.floor(rng.random(messages) * waves[label])
    spam = start[label] + wave * gap[label] + np.minimum(rng.gamma(1.5, 0.35, messages), 1.0) * width[label]
    if world.burst_hours:
        rows = np.flatnonzero(is_bot[label])
        spam[rows] = _in_bursts(spam[rows], begin, world, rng)

    # Newsletters: an issue every one to fourteen days, each gone within the hour.
    interval = np.zeros(campaigns)
    letters = kind == KINDS.index("newsletter")
    interval[letters] = rng.choice([1, 2, 3.5, 7, 14], letters.sum(), p=[0.15, 0.15, 0.2, 0.35, 0.15]) * _DAY
    first = begin + np.minimum(np.maximum(interval, _DAY), period) * rng.random(campaigns)
    issues = np.maximum(np.floor((end - first - 7200) / np.maximum(interval, 1)) + 1, 1)
    issue = np.floor(rng.random(messages) * np.minimum(issues, np.maximum(size, 1))[label])
    letter = first[label] + issue * interval[label] + rng.gamma(2.0, 600, messages)

    # People: by day, less at weekends.
    day = rng.integers(0, world.days, (messages, 2))
    weekend = (begin // _DAY + 3 + day[:, 0]) % 7 >= 5
    chosen = np.where(weekend & (rng.random(messages) < 0.6), day[:, 1], day[:, 0])
    hour = np.clip(rng.normal(12.5, 3.0, messages), 0, 23.99)
    human = begin + chosen * _DAY + hour * 3600 - 3600

    time = np.where(is_bot[label], spam, np.where(letters[label], letter, human))
    lists = kind == KINDS.index("list")
    interval[lists] = rng.integers(1, 6, lists.sum())
    _bunch(time, label, lists, interval)
    time = np.clip(time, begin, end - 1)
    earliest = np.full(campaigns, float(end))
    np.minimum.at(earliest, label, time)
    start = np.where(letters, first, earliest)
    return time.astype(np.int64), start.astype(np.int64), interval.astype(np.int64)


def _in_bursts(time: NDArray[np.float64], begin: int, world: World, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the times moved into bursts that all campaigns share, but for a few, in the same order.

    The bursts are all there and of like size, so that a campaign lives for so many bursts as it has mail for.

    Args:
        time: When each message would arrive in a world without bursts.
        begin: Of the period.
        world: `days`, `burst_hours` and `in_bursts` hold.
        rng: What decides.
    """
    hours = np.array(world.burst_hours) * 3600
    moments = (begin + np.arange(world.days)[:, None] * _DAY + hours[None, :]).ravel()
    share = np.clip(rng.normal(1.0, _UNLIKE, len(moments)), 0.5, 1.6)
    ends = np.cumsum(share) / share.sum() * len(time)
    rank = np.empty(len(time))
    rank[np.argsort(time, kind="stable")] = np.arange(len(time)) + 0.5
    turn = np.searchsorted(ends, rank)
    burst = moments[turn] + np.minimum(rng.gamma(2.0, 900, len(time)), 7200)
    # The others come between the middles of the pauses before and after.
    edges = np.concatenate(([begin], (moments[1:] + moments[:-1]) / 2, [begin + world.days * _DAY]))
    between = np.interp(rank, np.concatenate(([0.0], ends)), edges)
    return np.where(rng.random(len(time)) < world.in_bursts, burst, between)


_UNLIKE = 0.25
"""By what share of their mean the sizes of bursts differ."""


def _bunch(
    time: NDArray[np.float64], label: NDArray[np.int64], lists: NDArray[np.bool_], interval: NDArray[np.float64]
) -> None:
    """Let the copies of each post of a list arrive one second after the other, in place."""
    rows = np.flatnonzero(lists[label])
    rows = rows[np.lexsort((time[rows], label[rows]))]
    rank = _ranks(label[rows]) if len(rows) else rows
    turn = rank % interval[label[rows]].astype(np.int64)
    time[rows] = time[rows[np.arange(len(rows)) - turn]] + turn


def _ranks(label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of each message in its campaign, counted in the given order."""
    order = np.argsort(label, kind="stable")
    counts = np.bincount(label)
    first = np.cumsum(counts) - counts
    ranks = np.empty(len(label), dtype=np.int64)
    ranks[order] = np.arange(len(label)) - np.repeat(first, counts)
    return ranks


def _users(messages: int, world: World, rng: np.random.Generator) -> NDArray[np.int64]:
    weight = 1 / (np.arange(world.users) + 5.0)
    return rng.choice(world.users, messages, p=weight / weight.sum())


def _share_posts(
    label: NDArray[np.int64],
    seq: NDArray[np.int64],
    user: NDArray[np.int64],
    kind: NDArray[np.int64],
    interval: NDArray[np.int64],
    world: World,
) -> None:
    """Give the copies of each post of a list to different users, in place."""
    posts = np.flatnonzero(kind[label] == KINDS.index("list"))
    turn = seq[posts] % np.maximum(interval[label[posts]], 1)
    user[posts] = (label[posts] * 31 + turn * 7) % world.users


def _assign_botnets(kind: NDArray[np.int64], count: int, world: World, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the one or two botnets of each campaign."""
    botnets = np.full((len(kind), 2), -1, dtype=np.int64)
    spam = np.flatnonzero(kind == KINDS.index("bot"))
    weight = 1 / (rng.permutation(count) + 1.5)
    weight /= weight.sum()
    botnets[spam, 0] = rng.choice(count, len(spam), p=weight)
    double = rng.random(len(spam)) < world.double
    second = rng.choice(count, len(spam), p=weight)
    botnets[spam, 1] = np.where(double & (second != botnets[spam, 0]), second, -1)
    return botnets
