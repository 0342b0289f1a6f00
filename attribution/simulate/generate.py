"""The messages of a world, one after the other."""

from __future__ import annotations

from dataclasses import replace
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from attribution.simulate.dice import Dice
from attribution.simulate.lists import DiscussionList
from attribution.simulate.model import KINDS, Generated, Occasion
from attribution.simulate.newsletters import Newsletter
from attribution.simulate.notes import Notes
from attribution.simulate.plan import make_plan
from attribution.simulate.receiver import Receiver, local_users
from attribution.simulate.senders import BotSender
from attribution.simulate.shops import Shop
from attribution.simulate.spam import Spam
from attribution.simulate.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from attribution.simulate.model import Writer
    from attribution.simulate.plan import Plan

__all__ = ["Simulation", "generate"]

BLOCK = 512
"""Messages that share one run of dice: any block can be written without those before it."""


def generate(messages: int, seed: int, world: World | None = None, **options: Any) -> Iterator[Generated]:  # noqa: ANN401 - World knows their types
    """Give invented mail with the truth about it, in order of arrival.

    The same arguments give the same bytes. Memory holds a plan of some 50 bytes a message and the campaigns that are
    under way, not the messages.

    Args:
        messages: How many.
        seed: What decides.
        world: What the world is like; None for the usual one.
        options: Attributes of `World` that differ.
    """
    return Simulation(messages, seed, replace(world or World(), **options)).run()


class Simulation:
    """A planned world whose messages can be written from anywhere on.

    Args:
        messages, seed, world: As for `generate`.
        plan: Their plan, where it has been made; else it is made here.

    Attributes:
        plan: Who sends what when.
    """

    def __init__(self, messages: int, seed: int, world: World, plan: Plan | None = None) -> None:
        self.plan: Plan = plan or make_plan(messages, seed, world)
        self._seed = seed
        self._world = world
        self._users = local_users(world, seed)
        self._receiver = Receiver(world)
        self._bots = BotSender(seed, world.forging, world.era)
        self._notes = Notes(seed, world)
        self._last = np.zeros(len(self.plan.size), dtype=np.int64)
        self._last[self.plan.label] = np.arange(len(self.plan.label))
        posts = np.flatnonzero(self.plan.kind[self.plan.label] == KINDS.index("list"))
        posts = posts[np.argsort(self.plan.label[posts], kind="stable")]
        self._lists, self._posts = self.plan.label[posts], self.plan.time[posts]
        self._writers: dict[int, Writer] = {}

    def run(self, first: int = 0, last: int | None = None) -> Iterator[Generated]:
        """Give the messages from the block `first` on, before the block `last`.

        Campaigns that have more to come stay open for the next call.
        """
        plan, users, accept = self.plan, self._users, self._receiver.accept
        begin = first * BLOCK
        end = len(plan.time) if last is None else min(last * BLOCK, len(plan.time))
        writers = self._writers
        for label in [label for label in writers if self._last[label] < begin]:
            del writers[label]
        ham = KINDS.index("ham")
        occasion = Occasion()
        for start in range(begin, end, BLOCK):
            stop = min(start + BLOCK, end)
            occasion.dice = Dice(f"{self._seed}:block:{start // BLOCK}")
            ending = self._last[plan.label[start:stop]] == np.arange(start, stop)
            columns = [column[start:stop] for column in (plan.time, plan.label, plan.seq, plan.sender, plan.user)]
            columns += [plan.kind[columns[1]], ending]
            # Lists for the whole block: to take single numbers out of an array is slow.
            for time, label, seq, sender, user, kind, ends, bot in zip(
                *(column.tolist() for column in columns), self._bots_of(columns[3]), strict=True
            ):
                occasion.time, occasion.label, occasion.seq = time, label, seq
                occasion.sender, occasion.user, occasion.bot = sender, users[user], bot
                writer: Writer
                if kind == ham:
                    writer = self._notes
                else:
                    found = writers.get(label)
                    writer = found if found is not None else self._open(label, KINDS[kind])
                    if ends:
                        writers.pop(label, None)
                    elif found is None:
                        writers[label] = writer
                letter = writer.write(occasion)
                data = f"{accept(letter, occasion)}{letter.header}\n".encode() + letter.body
                yield Generated(
                    data, time, label, KINDS[kind], bot[3] if sender >= 0 else None, letter.engine,
                    letter.peer.ip, letter.origin_ip, letter.forged,
                )  # fmt: skip

    def _bots_of(self, senders: NDArray[np.int64]) -> Iterable[tuple[int, int, int, int]]:
        """Give `Occasion.bot` for each of some messages."""
        bots = self.plan.bots
        if not len(bots.ip):
            return repeat((0, 0, 0, 0), len(senders))
        columns = (bots.ip, bots.network, bots.salt, bots.botnet)
        return zip(*(column[senders].tolist() for column in columns), strict=True)

    def _open(self, label: int, kind: str) -> Writer:
        plan = self.plan
        if kind == "newsletter":
            return Newsletter(label, self._seed, self._world, int(plan.start[label]), int(plan.interval[label]))
        if kind == "list":
            first, after = np.searchsorted(self._lists, (label, label + 1)).tolist()
            times = self._posts[first:after]
            return DiscussionList(label, self._seed, int(plan.interval[label]), self._world.era, times)
        if kind == "shop":
            return Shop(label, self._seed)
        botnets = tuple(number for number in plan.botnets[label].tolist() if number >= 0)
        return Spam(label, kind, self._seed, self._world, botnets, self._bots, int(plan.start[label]))
