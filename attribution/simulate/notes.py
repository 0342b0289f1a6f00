"""Ordinary mail between people: each note on its own, with the servers of a firm or of a provider."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from attribution.simulate import names
from attribution.simulate.access import access_of
from attribution.simulate.clocks import clock_error, month_of, wait, zone_at
from attribution.simulate.dates import mail_date
from attribution.simulate.dice import Dice
from attribution.simulate.engines import programs_of
from attribution.simulate.firms import firm_of
from attribution.simulate.fixed import Phrases, paragraph
from attribution.simulate.mime import CHARSETS, Coding, code_header, coding_for
from attribution.simulate.model import Letter, Peer
from attribution.simulate.networks import HOUSEHOLDS, address_text, name_of
from attribution.simulate.skeleton import Skeleton
from attribution.simulate.texts import texts
from attribution.simulate.webmail import PROVIDER_DOMAINS, provider_lines

if TYPE_CHECKING:
    from attribution.simulate.engines import Engine
    from attribution.simulate.model import Occasion
    from attribution.simulate.world import World

__all__ = ["Notes", "display_name", "plain_coding", "plain_skeleton"]

_FRIENDS = 3000
_THREAD = frozenset(("answers", "references"))


@lru_cache(maxsize=4096)
def plain_skeleton(engine: Engine, coding: Coding, *, answer: bool) -> Skeleton:
    """Return the frame of a plain text message.

    Args:
        engine: Writes the header.
        coding: Of the text.
        answer: Whether it answers another one.
    """
    return Skeleton(engine, "plain", coding, _THREAD if answer else ())


def display_name(name: str, coding: Coding) -> str:
    """Return a name as it stands before an address."""
    return f'"{name}"' if name.isascii() else code_header(name, coding)


_ASCII = Coding("us-ascii", "ascii", "7bit", "Q")
_LATIN = (Coding("iso-8859-1", "latin-1", "8bit", "Q"), Coding("iso-8859-1", "latin-1", "quoted-printable", "Q"))


def plain_coding(text: str, words: str, coding: Coding, engine: Engine, era: str) -> Coding:
    """Return how a program codes a plain text: 7bit where that is enough, and in 2002 hardly anything as UTF-8.

    Args:
        text: The body.
        words: What stands in header words.
        coding: What the sender has set.
        engine: The program.
        era: As `World.era`.
    """
    if era == "2002" and coding.codec == "utf-8":
        coding = _LATIN[coding.transfer == "base64"]
    coding = coding_for(text + words, coding)
    if not text.isascii() or (era == "2013" and "Exchange" in engine.name):
        return coding
    # Programs of the time said us-ascii where that was enough, unless they were told a charset.
    return (
        _ASCII if era == "2002" and coding.transfer == "8bit" and words.isascii() else coding._replace(transfer="7bit")
    )


class Notes:
    """Ordinary mail, each message on its own.

    Args:
        seed: Of the world.
        world: `companies` and `receiver` hold.
    """

    def __init__(self, seed: int, world: World) -> None:
        self._seed = seed
        self._companies = world.companies
        self._receiver = world.receiver
        self._era = world.era
        self._programs = programs_of(world.era)
        self._providers = tuple(name for name in PROVIDER_DOMAINS if name in self._programs.webmail)
        plan = texts("people")
        self._ham: dict[str, dict[str, Any]] = {"en": plan["ham"], "de": plan["ham_de"]}
        lists = {"en": plan["lists"], "de": plan["lists_de"]}
        self._say = {
            festive: {name: Phrases(found if festive else _without_feasts(found)).make for name, found in lists.items()}
            for festive in (True, False)
        }

    def write(self, occasion: Occasion) -> Letter:
        """Return one note."""
        if occasion.dice.random() < 0.6:
            return self._from_firm(occasion)
        return self._from_home(occasion)

    def _text(self, occasion: Occasion, who: str, language: str) -> tuple[str, str, bool]:
        """Return subject and text, and whether it answers one of the recipient's."""
        festive = month_of(occasion.time // 86400) in {11, 12}
        dice, ham, user, phrase = occasion.dice, self._ham[language], occasion.user, self._say[festive][language]
        facts = {"first": user.first, "last": user.last}

        def say(kind: str) -> str:
            return paragraph(phrase(dice.pick(ham[kind]), dice, facts))

        subject = say("generic" if dice.random() < 0.15 else "subjects")
        if subject.startswith("The ") and dice.random() < 0.5:
            subject = paragraph(subject[4:])
        lines = [say("lines") for _ in range(1 + dice.below(4))]
        text = f"{say('open')}\n\n{dice.pick((' ', chr(10), chr(10) * 2)).join(lines)}\n\n{who}\n"
        answer = dice.random() < 0.45
        if answer:
            subject = f"{dice.pick(('Re: ', 'Re: ', 'RE: ', 'AW: '))}{subject}"
            before = mail_date(occasion.time - 3600 - dice.below(200000), 60)[:-15]
            quoted = "".join(f"> {say('lines')}\n" for _ in range(1 + dice.below(3)))
            wrote = f"On {before}, {user.first} {user.last} wrote:"
            if language == "de":
                wrote = f"Am {before} schrieb {user.first} {user.last}:"
            text += f"\n{wrote}\n{quoted}"
        elif dice.random() < 0.08:
            subject = f"Fwd: {subject}"
        return subject, text, answer

    def _thread(self, dice: Dice) -> tuple[str, str]:
        """Return what a message answers, and what it refers to."""
        own = f"{dice.hexadecimal(8).upper()}.{dice.digits(7)}@{self._receiver}"
        older = f"<{dice.hexadecimal(8).upper()}.{dice.digits(7)}@{self._receiver}>\n " if dice.random() < 0.4 else ""
        return own, f"{older}<{own}>"

    def _from_firm(self, occasion: Occasion) -> Letter:
        dice = occasion.dice
        firm = firm_of(self._seed, int(self._companies * dice.random() ** 2), self._era)
        person = dice.pick(firm.people)
        subject, text, answer = self._text(occasion, f"{person.closing}\n\n{person.signature}", firm.language)
        if firm.disclaimer:
            text += f"\n{'_' * 40}\n{firm.disclaimer}\n"
        answers, references = self._thread(dice) if answer else ("", "")
        coding = plain_coding(text, subject + person.first + person.last, person.coding, person.engine, self._era)
        # Before it had to wait.
        leaves = occasion.time - 2 - dice.below(5) - wait(dice.random())
        office, engine = firm.office, person.engine
        own = office.software.engine != "" and engine is self._programs.servers.get(office.software.engine)
        machine = office.hosts["mailbox"].helo if own else names.machine(person.salt)
        inner = office.inner_address(person.salt >> 12)
        client = Peer(f"[{inner}]" if engine.helo == "inner" else machine, "", inner)
        above, early = office.send(client, person.address, occasion.user.address, leaves, dice, own=own)
        header, body = plain_skeleton(person.engine, coding, answer=answer).fill(
            occasion,
            f"{display_name(f'{person.first} {person.last}', coding)} <{person.address}>",
            person.address,
            code_header(subject, coding),
            zone=zone_at(firm.zone, early).minutes,
            helo=machine,
            sent_at=early + clock_error(person.salt),
            answers=answers,
            references=references,
            topic=code_header(subject.partition(": ")[2] or subject, coding),
            plain=text,
        )
        spf = "pass" if len(firm.home) % 2 else "none"
        secure = len(firm.people) % 2 == 0
        origin = office.hosts["server"].ip
        return Letter(
            office.peer, person.address, office.verdict, spf, secure, above + header, body, origin, engine.name, False
        )

    def _from_home(self, occasion: Occasion) -> Letter:
        dice = occasion.dice
        # Some thousand friends and customers, each with a provider, a program and a line at home.
        who = Dice(f"{self._seed}:friend:{int(_FRIENDS * dice.random() ** 2)}")
        first, last, salt = who.pick(names.FIRST), who.pick(names.LAST), who.getrandbits(60)
        network = HOUSEHOLDS[40 + salt % (len(HOUSEHOLDS) - 40)]
        number = network.base + ((salt >> 8) % (network.size >> 8) << 8) + 1 + (salt >> 30) % 254
        client = address_text(number)
        local = names.local_part(first, last, salt >> 10)
        subject, text, answer = self._text(
            occasion, first if salt & 3 else f"{first} {last}", "de" if network.country == "DE" else "en"
        )
        answers, references = self._thread(dice) if answer else ("", "")
        leaves = occasion.time - 2 - dice.below(6) - wait(dice.random())
        own_coding = who.pick(CHARSETS["de"])
        if who.random() < 0.6:
            provider = who.pick(self._providers)
            address, engine = f"{local}@{PROVIDER_DOMAINS[provider]}", self._programs.webmail[provider]
            peer, above, spf, machine, verdict = provider_lines(
                provider, None, client, leaves, dice, occasion.user.address, address, self._era
            )
            # The page writes the date.
            written = leaves
            # Gmail keeps the address of the browser to itself.
            origin = client if provider != "gmail" else peer.ip
        else:
            access = access_of(self._seed, network, self._era)
            address, engine = f"{local}@{access.home}", who.pick(self._programs.clients)
            machine = names.machine(salt)
            inner = f"[192.168.{salt & 1}.{2 + (salt >> 5) % 60}]"
            says = inner if engine.helo == "inner" else machine
            peer, above, early, verdict = access.send(
                Peer(says, name_of(network, number), client), salt, address, occasion, leaves
            )
            written = early + clock_error(salt)
            spf, origin = "none", client
        coding = plain_coding(text, subject + first + last, own_coding, engine, self._era)
        header, body = plain_skeleton(engine, coding, answer=answer).fill(
            occasion,
            f"{display_name(f'{first} {last}', coding)} <{address}>",
            address,
            code_header(subject, coding),
            zone=zone_at(network.zone, written).minutes,
            helo=machine,
            sent_at=written - 1,
            client=client,
            answers=answers,
            references=references,
            plain=text,
        )
        return Letter(peer, address, verdict, spf, spf == "pass", above + header, body, origin, engine.name, False)


def _without_feasts(lists: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the words without those that people use before the turn of the year only."""
    return {
        name: [word for word in found if not any(part in word for part in _FEASTS)] for name, found in lists.items()
    }


_FEASTS = ("Christmas", "Weihnacht", "New Year", "Neujahr", "before the holidays", "November")
