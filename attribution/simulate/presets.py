"""Worlds that are ready to be simulated, by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attribution.simulate.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PRESETS", "Preset"]


@dataclass(frozen=True, slots=True)
class Preset:
    """A kind of dump.

    Attributes:
        says: What it is like, in a few words.
        world: Returns the world for a number of messages.
    """

    says: str
    world: Callable[[int], World]


def _thingbot(messages: int) -> World:
    return World(
        days=15,
        later=False,
        bot=0.85,
        phish=0,
        scam=0,
        newsletter=0.03,
        discussion=0.02,
        shop=0.02,
        botnets=max(3, min(12, messages // 4000)),
        mails_per_bot=5.0,
        smallest=max(12, min(messages // 1500, 60)),
        burst_hours=(5.5, 12.5, 20.0),
        in_bursts=0.95,
        distinct=True,
        joined=0.06,
        renewed=0.05,
        forging=0.4,
        users=max(200, min(messages // 50, 6000)),
        companies=max(100, min(messages // 100, 1000)),
    )


def _office(messages: int) -> World:
    return World(
        start=datetime(2013, 10, 1, tzinfo=UTC),
        days=92,
        later=False,
        bot=0.09,
        phish=0.02,
        scam=0.02,
        newsletter=0.15,
        discussion=0.09,
        shop=0.05,
        botnets=6,
        distinct=True,
        users=max(25, min(messages // 200, 400)),
        companies=max(60, min(messages // 60, 600)),
    )


def _newsletters(messages: int) -> World:
    return World(
        start=datetime(2013, 11, 4, tzinfo=UTC),
        days=42,
        later=False,
        bot=0.08,
        phish=0.01,
        scam=0.01,
        newsletter=0.72,
        discussion=0.02,
        shop=0.08,
        botnets=5,
        distinct=True,
        esps=14,
        listed=0.8,
        users=max(60, min(messages // 100, 1000)),
    )


def _archive(messages: int) -> World:
    return World(
        start=datetime(2002, 3, 4, tzinfo=UTC),
        days=84,
        later=False,
        bot=0.2,
        phish=0.0,
        scam=0.06,
        newsletter=0.1,
        discussion=0.4,
        shop=0.0,
        botnets=4,
        distinct=True,
        thrice=0.0,
        english=0.85,
        listed=0.0,
        hash_busters=0.6,
        users=max(20, min(messages // 200, 300)),
        companies=120,
        era="2002",
    )


PRESETS: dict[str, Preset] = {
    "thingbot-2014": Preset(
        "the run of 23 December 2013 to 6 January 2014: bursts three times a day, few mails from many addresses",
        _thingbot,
    ),
    "office-dump": Preset("three months of one organisation: mostly people, lists and newsletters, some spam", _office),
    "newsletter-heavy": Preset("six weeks that are mostly newsletters and shops, of many senders", _newsletters),
    "archive-2002": Preset("twelve weeks of 2002: discussion lists, the programs and servers of then", _archive),
}
"""The presets, by the names that `--preset` takes."""
