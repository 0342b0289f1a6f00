"""Invented firms: their people, their programs, their mail server, and what stands below their letters."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from attribution.simulate import names
from attribution.simulate.dice import Dice, mix
from attribution.simulate.engines import programs_of
from attribution.simulate.mime import CHARSETS
from attribution.simulate.networks import OFFICES, address_text
from attribution.simulate.offices import office_of
from attribution.simulate.texts import texts

if TYPE_CHECKING:
    from attribution.simulate.engines import Engine, Programs
    from attribution.simulate.mime import Coding
    from attribution.simulate.offices import Office

__all__ = ["Firm", "Person", "firm_of"]


class Person(NamedTuple):
    """Somebody at a firm.

    Attributes:
        first, last, address: Who it is.
        engine, coding: How their mail is written.
        closing, signature: What stands at the end of it.
        salt: Random bits for all that is the same in every mail.
    """

    first: str
    last: str
    address: str
    engine: Engine
    coding: Coding
    closing: str
    signature: str
    salt: int


class Firm(NamedTuple):
    """A firm that writes to the receiver.

    Attributes:
        home: Its domain.
        office: Its mail servers.
        zone: Its place in the time zone database.
        disclaimer: What stands below every letter; often nothing.
        people: Who works there.
        language: `en` or `de`, in which they write.
    """

    home: str
    office: Office
    zone: str
    disclaimer: str
    people: tuple[Person, ...]
    language: str


_COUNTRY = {"de": 0, "uk": 1, "fr": 3, "nl": 4, "it": 5, "es": 6, "pl": 7}
"""Where a firm with the domain of a country has its line: index into `OFFICES`."""


@lru_cache(maxsize=1024)
def firm_of(seed: int, number: int, era: str) -> Firm:
    """Return one of the firms of a world.

    Args:
        seed: Of the world.
        number: Which one.
        era: As `World.era`.
    """
    programs = programs_of(era)
    dice = Dice(f"{seed}:firm:{number}")
    name = names.company(mix(seed ^ number << 20))
    home = names.domain(mix(seed * 15485863 + number), home=True)
    network = OFFICES[_COUNTRY.get(home.rpartition(".")[2], dice.below(len(OFFICES)))]
    office = office_of(dice, home, network.zone, address_text(network.base + (number % 1024 << 8) + 5), era)
    boss, other = (f"{dice.pick(names.FIRST)} {dice.pick(names.LAST)}" for _ in range(2))
    plan = texts("people")["firm"]
    disclaimers = [text for text in plan["disclaimers"] if era == "2013" or "environment" not in text]
    disclaimer = dice.pick(disclaimers).format(
        name=name,
        town=dice.pick(texts("news")["lists"]["town"]),
        number=dice.digits(6),
        boss=boss,
        other=other,
        vat=f"DE{dice.digits(9)}",
    )
    usual = _usual_program(office.software.engine, programs, dice)
    language = "de" if network.country == "DE" else "en"
    people = []
    for place in range(2 + dice.below(12)):
        first, last = dice.pick(names.FIRST), dice.pick(names.LAST)
        local = names.plain(f"{first}.{last}") if place % 5 else f"{names.plain(first)[0]}{names.plain(last)}"
        engine = usual if dice.random() < 0.85 else dice.pick(programs.clients)
        # One number for the whole firm, of those that are kept free for plays and books.
        signature = (
            f"{first} {last}\n{dice.pick(plan['titles'])}\n{name}\n"
            f"Tel. +44 20 7946 {number % 1000:04} ext. {place + 10}\nwww.{home}"
        )
        closing = dice.pick(texts("people")["ham" if language == "en" else "ham_de"]["close"])
        coding = dice.pick(CHARSETS["de"])
        people.append(Person(first, last, f"{local}@{home}", engine, coding, closing, signature, dice.getrandbits(60)))
    return Firm(home, office, network.zone, disclaimer, tuple(people), language)


def _usual_program(wanted: str, programs: Programs, dice: Dice) -> Engine:
    """Return what most people at a firm write with: what its mail server asks for, or any."""
    if wanted in programs.servers:
        return programs.servers[wanted]
    named = [engine for engine in programs.clients if wanted and engine.name.startswith(wanted)]
    return named[0] if named else dice.pick(programs.clients)
