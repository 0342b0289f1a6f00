"""Mailing services: firms that send the newsletters of others."""

from __future__ import annotations

from binascii import b2a_base64
from functools import lru_cache
from typing import NamedTuple

from attribution.simulate import names
from attribution.simulate.clocks import CALIFORNIA, GERMANY
from attribution.simulate.dates import mail_date
from attribution.simulate.dice import Dice, Shape
from attribution.simulate.engines import Engine
from attribution.simulate.networks import HOSTS
from attribution.simulate.texts import texts

__all__ = ["Service", "orders", "service_of", "signature"]


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
    """

    name: str
    home: str
    tracking: str
    base: int
    servers: int
    footer: str
    engine: Engine
    field: str


def orders(number: int) -> tuple[str, ...]:
    """Return the header fields of a service in its order."""
    found = texts("news")["service"]["orders"]
    return tuple(found[number % len(found)])


@lru_cache(maxsize=64)
def service_of(seed: int, number: int) -> Service:
    """Return one of the mailing services of a world.

    Args:
        seed: Of the world.
        number: Which one.
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
    return Service(name, home, tracking, base, servers, dice.pick(plan["footers"]), engine, dice.pick(plan["fields"]))


def signature(home: str, selector: str, dice: Dice, time: int) -> str:
    """Return a field of DKIM (RFC 6376) that looks like one; nobody could verify it.

    Args:
        home: The domain that signs.
        selector: Of its key.
        dice: Throws the signature.
        time: When it was made.
    """
    body, sign = (b2a_base64(dice.randbytes(size), newline=False).decode("ascii") for size in (32, 128))
    return (
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={home}; s={selector};\n"
        f"\tt={time}; h=From:To:Subject:Date;\n\tbh={body};\n"
        f"\tb={sign[:64]}\n\t {sign[64:128]}\n\t {sign[128:]}\n"
    )
