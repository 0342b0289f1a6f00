"""What stands behind the addresses of the bots, and of neighbours that sent nothing: the part that no mail shows.

The mail is the same whatever is true here, and so is what senders show to a scanner. What differs is who sent: in a
world of `things` they did, and their neighbours show things less often; in a world of `nat` infected computers did, and
everybody in their networks shows things as often as they do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from attribution.simulate.networks import HOUSEHOLDS
from attribution.simulate.scan import THINGS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.simulate.bots import Bots
    from attribution.simulate.plan import Plan

__all__ = ["Homes", "Variant", "make_homes"]

Variant = Literal["things", "nat"]

_ANSWERING = 0.88
"""Share of the senders' addresses where anything answers; of neighbours only those are made up."""
_SHOWING = (0.46, 0.56)
"""Share of the addresses of a network that show a thing, of those that answer: of senders, and of all in `nat`."""
_BASE = (0.08, 0.15)
"""The same of neighbours in `things`."""
_SENDING = 0.88
"""In `things`, share of the things seen at senders' addresses that sent; at the others a computer behind them did."""
_HIDDEN = 0.1
"""In `things`, share of the silent addresses of senders where a thing sent."""
_FEW = 2000
"""Senders below which there are two neighbours for each, else one."""
_HOMES_FOR_A_REFRIGERATOR = 60_000


@dataclass(frozen=True, slots=True)
class Homes:
    """Addresses of households, by rising number; senders and neighbours in one list.

    Attributes:
        ip: Address as a number, each once.
        network: Index into `networks.HOUSEHOLDS`.
        sends: Whether bots send from there; the others are neighbours.
        messages: How many.
        hosts: How many machines send from there.
        when: About when an address is scanned, in seconds since 1970: near its mail, a neighbour when its sender is.
        answers: Whether anything answers a scanner.
        model: The thing that stands there, an index into `scan.THINGS`; -1 for none.
        thing: Whether it is the thing that sends.
        of_bot: For each bot its place in these lists.
    """

    ip: NDArray[np.int64]
    network: NDArray[np.int64]
    sends: NDArray[np.bool_]
    messages: NDArray[np.int64]
    hosts: NDArray[np.int64]
    when: NDArray[np.int64]
    answers: NDArray[np.bool_]
    model: NDArray[np.int64]
    thing: NDArray[np.bool_]
    of_bot: NDArray[np.int64]


def make_homes(plan: Plan, seed: int, variant: Variant, *, scanned: bool = True) -> Homes:
    """Return what stands behind the addresses of a plan.

    Args:
        plan: Of the mail.
        seed: Of the world.
        variant: `things` or `nat`.
        scanned: Whether there are things in the world and somebody scans it; else nothing answers anywhere.
    """
    bots = plan.bots
    rng = np.random.default_rng([seed, 0x484F4D45])
    showing = rng.uniform(*_SHOWING, len(HOUSEHOLDS))
    base = rng.uniform(*_BASE, len(HOUSEHOLDS))
    ip, first, of_bot = np.unique(bots.ip, return_index=True, return_inverse=True)
    network = bots.network[first]
    size = len(ip)
    sent = of_bot[plan.sender[plan.sender >= 0]]
    messages = np.bincount(sent, minlength=size)
    begin = int(plan.time[0])
    since = np.bincount(sent, weights=plan.time[plan.sender >= 0] - begin, minlength=size)
    when = begin + (since / np.maximum(messages, 1)).astype(np.int64)
    hosts = _hosts(bots, of_bot, plan.sender, size)

    # A bot that never sent is nowhere to be seen.
    answers = (rng.random(size) < _ANSWERING) & scanned & (messages > 0)
    shows = answers & (rng.random(size) < showing[network])
    draw = rng.random(size)
    hidden = ~answers & (draw < _HIDDEN) & scanned
    sending = (shows & (draw < _SENDING)) | hidden
    models = _models(size, rng)
    cold = rng.permutation(np.flatnonzero(shows & sending & (messages > 0)))
    models[cold[: 1 + size // _HOMES_FOR_A_REFRIGERATOR]] = _REFRIGERATOR
    things = variant == "things"
    model = np.where(shows | (hidden & things), models, -1)

    beside, of_whom = _neighbours(ip[answers], ip, 2 if size < _FEW else 1, rng)
    place = network[answers][of_whom]
    rate = base if things else showing
    there = np.where(rng.random(len(beside)) < rate[place], _models(len(beside), rng), -1)
    none, no = np.zeros(len(beside), np.int64), np.zeros(len(beside), np.bool_)

    ips = np.concatenate([ip, beside])
    order = np.argsort(ips, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return Homes(
        ip=ips[order],
        network=np.concatenate([network, place])[order],
        sends=np.concatenate([np.ones(size, np.bool_), no])[order],
        messages=np.concatenate([messages, none])[order],
        hosts=np.concatenate([hosts, none])[order],
        when=np.concatenate([when, when[answers][of_whom]])[order],
        answers=np.concatenate([answers, ~no])[order],
        model=np.concatenate([model, there])[order],
        thing=np.concatenate([sending & things, no])[order],
        of_bot=rank[of_bot] if len(of_bot) else of_bot,
    )


_WEIGHTS = np.array([float(thing.weight) for thing in THINGS])
_REFRIGERATOR = next(place for place, thing in enumerate(THINGS) if thing.type == "refrigerator")


def _models(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return rng.choice(len(THINGS), count, p=_WEIGHTS / _WEIGHTS.sum())


def _hosts(bots: Bots, of_bot: NDArray[np.int64], sender: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return how many machines send from each address, not counting those that never came to it."""
    # By counting and sorting: `np.unique` is many times slower for pairs.
    active = np.flatnonzero(np.bincount(sender[sender >= 0]))
    place, salt = of_bot[active], bots.salt[active]
    order = np.lexsort((salt, place))
    place, salt = place[order], salt[order]
    again = (place[1:] == place[:-1]) & (salt[1:] == salt[:-1])
    return np.bincount(place, minlength=size) - np.bincount(place[1:][again], minlength=size)


def _neighbours(
    around: NDArray[np.int64], taken: NDArray[np.int64], each: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return addresses in the same /24 as others, and of which of them; about as many for each as asked for."""
    of_whom = np.repeat(np.arange(len(around)), each)
    drawn = (around[of_whom] & ~np.int64(255)) + rng.integers(1, 255, len(of_whom))
    _, first = np.unique(drawn, return_index=True)
    first = first[~np.isin(drawn[first], taken)]
    return drawn[first], of_whom[first]
