"""Mailing services: firms that send the newsletters of others."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from attribution.simulate import names
from attribution.simulate.clocks import CALIFORNIA, GERMANY
from attribution.simulate.dates import mail_date
from attribution.simulate.dice import Dice, Shape
from attribution.simulate.engines import Engine
from attribution.simulate.model import Peer
from attribution.simulate.networks import HOSTS
from attribution.simulate.servers import Way, choose
from attribution.simulate.texts import texts

if TYPE_CHECKING:
    from attribution.simulate.servers import Software

__all__ = ["Service", "lines_of", "machine_inside", "orders", "service_of"]


class Service(NamedTuple):
    """A mailing service.

    Attributes:
        name: What it is called.
        home: Its domain, where bounces go.
        tracking: The domain of its links, shared by its customers.
        base: Number of its first outgoing address.
        servers: How many it has.
        footer: Text at the end of every letter.
        engine: Its way of writing headers.
        field: Name of its own header field.
        software: What its servers run.
        inside: The machine behind them that writes the letters.
        signing: Number of its way to sign, see signers.toml.
    """

    name: str
    home: str
    tracking: str
    base: int
    servers: int
    footer: str
    engine: Engine
    field: str
    software: Software
    inside: Peer
    signing: int


def orders(number: int) -> tuple[str, ...]:
    """Return the header fields of a service in its order."""
    found = texts("news")["service"]["orders"]
    return tuple(found[number % len(found)])


@lru_cache(maxsize=64)
def service_of(seed: int, number: int, era: str) -> Service:
    """Return one of the mailing services of a world.

    Args:
        seed: Of the world.
        number: Which one.
        era: As `World.era`.
    """
    dice = Dice(f"{seed}:service:{number}")
    plan = texts("news")["service"]
    name = names.brand(dice.getrandbits(40))
    home = f"{name.lower()}-mail.example"
    engine = Engine(
        f"mailing service {number}",
        orders(dice.below(3)),
        Shape(dice.pick(plan["message_ids"])),
        Shape(dice.pick(plan["boundaries"])),
        type_break=dice.pick(("; ", ";\n\t", ";\n ")),
        date=mail_date,
        zone=dice.pick(("UTC", GERMANY, "America/New_York", CALIFORNIA)),
        bare=dice.random() < 0.4,
    )
    base = HOSTS[number % len(HOSTS)].base + (200 + number << 8)
    tracking = f"{dice.pick(('click', 'track', 'links', 'r'))}.{home}"
    servers = 4 + dice.below(20)
    footer, field = dice.pick(plan["footers"]), dice.pick(plan["fields"])
    software, inside = choose(era, "service", dice), machine_inside(home, dice)
    return Service(name, home, tracking, base, servers, footer, engine, field, software, inside, dice.below(60))


def machine_inside(home: str, dice: Dice) -> Peer:
    """Return a machine that writes mail behind the outgoing servers of a domain."""
    stem, part = dice.pick(("app", "web", "core", "inj", "job")), dice.pick(("int.", "", "lan."))
    name = f"{stem}{1 + dice.below(20):02}.{part}{home}"
    return Peer(name, name, f"10.{dice.below(250)}.{dice.below(20)}.{2 + dice.below(250)}")


def lines_of(
    software: Software, server: Peer, inside: Peer, envelope: str, recipient: str, time: int, zone: str, dice: Dice
) -> tuple[str, int]:
    """Return the lines that a service writes for one letter, and when its server had it, by a right clock.

    Args:
        software: What it runs.
        server: Which hands the letter over.
        inside: The machine behind it.
        envelope: Where bounces go.
        recipient: Who gets the letter.
        time: When it leaves, in seconds since 1970.
        zone: Of the service.
        dice: Throws the identifiers.
    """
    facts = {"to": recipient, "bounces": envelope, "from": envelope}
    return software.write(Way({"server": server, "inside": inside}, facts, zone, "", steady=True), time, dice)
