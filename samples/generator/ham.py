"""Ordinary mail from people outside, each by way of another kind of server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from . import lines
from .dice import Dice
from .model import Letter, Peer, Sample, Truth, at, mail_date
from .net import address, name_of
from .receivers import PEOPLE, RECEIVERS
from .texts import NOTES

__all__ = ["SENDERS", "Correspondent", "notes", "route"]

_CET = (1, "CET")


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A person and the server that sends the person's mail."""

    name: str
    address: str
    server: str
    ip: str
    style: str
    mailer: str


SENDERS: tuple[Correspondent, ...] = (
    Correspondent(
        "Olof Brandt",
        "olof.brandt@figment-freight.example",
        "smtp.figment-freight.example",
        "22.80.64.25",
        "exchange",
        "",
    ),
    Correspondent(
        "Priya Raman",
        "priya@oakmere-clinic.example",
        "mail.oakmere-clinic.example",
        "30.8.1.10",
        "postfix",
        "Apple Mail (2.3776.700.51)",
    ),
    Correspondent(
        "Ines Caldera",
        "ines@tinwhistle-radio.example",
        "mail.tinwhistle-radio.example",
        "30.8.2.20",
        "exim",
        "Mozilla Thunderbird",
    ),
    Correspondent(
        "Rurik Saar",
        "rurik@halcyon-tiles.example",
        "mail.halcyon-tiles.example",
        "30.8.3.30",
        "qmail",
        "Claws Mail 4.2.0",
    ),
    Correspondent("Sunniva Dahl", "sunniva.dahl@paperboat.example", "", "", "webmail", "PaperboatWebService/2.1"),
    Correspondent(
        "Tomas Iriarte",
        "tomas@larkspur-school.example",
        "mail.larkspur-school.example",
        "30.8.4.40",
        "squirrelmail",
        "SquirrelMail/1.4.23",
    ),
    Correspondent(
        "Ursel Quast",
        "quast@quillon-law.example",
        "mail.quillon-law.example",
        "22.80.65.10",
        "smtpsvc",
        "Microsoft Outlook 16.0",
    ),
    Correspondent(
        "Keiko Arata",
        "keiko@moorgate-cycles.example",
        "mail.moorgate-cycles.example",
        "2001:db8:3000:5::25",
        "postfix",
        "K-9 Mail for Android",
    ),
    Correspondent(
        "Lubos Marek",
        "lubos@penrose-museum.example",
        "mail.penrose-museum.example",
        "30.8.6.60",
        "sendmail",
        "Alpine 2.26",
    ),
    Correspondent("Vera Nwosu", "vera.nwosu@paperboat.example", "", "", "login", ""),
)
_BOXES = ("company", "university", "foundation", "reader", "company", "university", "reader", "company", "foundation")


def notes() -> list[Sample]:
    """Return notes from people outside, and what the same people wrote in answer to an answer."""
    samples = []
    for number, (subject, text, answer) in enumerate(NOTES):
        dice = Dice(f"note/{number}")
        sender = SENDERS[number % len(SENDERS)]
        box = _BOXES[number % len(_BOXES)]
        sent = at(5 + number * 13 // len(NOTES), dice.between(6, 19), dice.below(60), dice.below(60))
        own = f"{dice.hex(12)}.{dice.digits(4)}@{sender.address.partition('@')[2]}"
        conversation = f"conversation-{number + 1:02d}" if answer else ""
        samples.append(_note(sender, box, sent, subject, text, own, (), conversation, dice))
        if answer:
            other = Dice(f"answer/{number}")
            later = sent + timedelta(hours=other.between(2, 30), minutes=other.below(60))
            middle = f"{other.hex(14)}@mail.invalid"
            quoted = f"{answer}\n\n> {text}\n"
            reply = f"{other.hex(12)}.{other.digits(4)}@{sender.address.partition('@')[2]}"
            samples.append(
                _note(sender, box, later, f"Re: {subject}", quoted, reply, (own, middle), conversation, other)
            )
    return samples


def _note(
    sender: Correspondent,
    box: str,
    sent: datetime,
    subject: str,
    text: str,
    own: str,
    parents: tuple[str, ...],
    conversation: str,
    dice: Dice,
) -> Sample:
    """Return one note, by way of the sender's own kind of server."""
    name, recipient = dice.pick(PEOPLE[box])
    fields = [
        ("Date", mail_date(sent, 1)),
        ("From", f"{sender.name} <{sender.address}>"),
        ("To", f"{name} <{recipient}>"),
    ]
    fields += [("Message-ID", f"<{own}>"), ("Subject", subject)]
    if parents:
        fields += [("In-Reply-To", f"<{parents[-1]}>"), ("References", " ".join(f"<{one}>" for one in parents))]
    fields += [("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8")]
    if sender.mailer:
        fields.append(("X-Mailer", sender.mailer))
    if dice.below(2):
        fields[0], fields[1] = fields[1], fields[0]
    body = f"Hello {name.split()[0]},\n\n{text}\n\n{sender.name.split()[0]}\n"
    letter = Letter(fields, body, sender.address, recipient, sent)
    peer, client, note = route(sender, letter, dice)
    when = sent + timedelta(seconds=dice.between(3, 40))
    grade = "claimed" if client else ""
    truth = Truth(f"note-{sender.style}", box, peer.ip, "vouched", client, grade, conversation, note=note)
    return Sample(box, when, RECEIVERS[box](letter, peer, when, dice, "pass"), truth, sender.address)


def route(sender: Correspondent, letter: Letter, dice: Dice) -> tuple[Peer, str, str]:
    """Put the lines of a correspondent's servers below a letter.

    Args:
        sender: Whose servers they are.
        letter: Its `below` is set.
        dice: Choices.

    Returns:
        The server that hands over, the client's public address (empty where no line names one), and a note.
    """
    first = letter.sent + timedelta(seconds=1)
    user = sender.address.partition("@")[0]
    household = address("pl", 500 + SENDERS.index(sender))
    home = Peer(household, f"[192.168.178.{dice.between(2, 99)}]", name_of("pl", household))
    peer = Peer(sender.ip, sender.server, sender.server)
    if sender.style == "exchange":
        host, inner = "EX02.figment.local", f"fe80::{dice.hex(4)}:{dice.hex(4)}:1c2d:7"
        edge = ("EX01.figment.local", "10.4.0.11")
        letter.below = [
            lines.exchange((host, "10.4.0.12"), edge, first, version="15.2.1748.10"),
            lines.mapi(host, inner, letter.sent, version="15.02.1748.010"),
        ]
        return peer, "", "Exchange on site: the lines below name inner addresses only"
    if sender.style == "postfix":
        letter.below = [
            lines.postfix(home, sender.server, first, dice, protocol="ESMTPSA", user=sender.address, zone=_CET)
        ]
    elif sender.style == "exim":
        letter.below = [
            lines.exim(home, sender.server, first, dice, sender=sender.address, protocol="esmtpsa", offset=1)
        ]
    elif sender.style == "qmail":
        letter.below = [
            lines.qmail_network(first, dice),
            lines.qmail(Peer(household, "workshop"), sender.server, first, ident=user, protocol="ESMTPSA"),
        ]
    elif sender.style == "squirrelmail":
        letter.below = [lines.squirrelmail(household, user, sender.server, first, 1)]
    elif sender.style == "smtpsvc":
        letter.below = [lines.smtpsvc(Peer(household, "NOTEBOOK-UQ"), sender.server, first, 1)]
    elif sender.style == "sendmail":
        letter.below = [lines.sendmail(home, sender.server, first, dice, zone=_CET)]
    else:
        front = f"web{dice.between(101, 140)}.paperboat.example"
        ip = address("webmail", dice.below(6))
        peer = Peer(ip, name_of("webmail", ip) or "", name_of("webmail", ip))
        if sender.style == "login":
            letter.below = [lines.webmail_login(Peer(household, "tablet"), user, peer.helo, first)]
        else:
            inner = f"10.4.{dice.between(1, 9)}.{dice.between(2, 250)}"
            letter.below = [
                f"from {front} ([{inner}])\n\tby {peer.helo} with ESMTP id {dice.hex(12)}; {mail_date(first)}",
                lines.webmail(household, front, letter.sent),
            ]
    return peer, household, "the sender's own server names the client's address"
