"""Chains that mislead a reader who believes too much, each on its own or as part of a campaign."""

from __future__ import annotations

from datetime import datetime, timedelta

from . import lines
from .campaigns import invoice_letter, parcel_letter
from .dice import Dice
from .model import Letter, Peer, Sample, Truth, at, mail_date, render
from .net import address, bot, name_of
from .receivers import MX1, PEOPLE, RECEIVERS, company, foundation, reader, university

__all__ = ["boundaries", "fetched", "own_names"]

_SUBJECTS = (
    "Cheap toner while stocks last",
    "Mailbox quota exceeded, act today",
    "Roof repair before the frost",
    "You have been selected: loyalty panel",
    "Crypto signals without risk",
    "Re-activate your streaming account",
    "Window cleaning robot, half price",
    "Pharmacy without waiting room",
    "Your domain name expires tonight",
    "A voice message is waiting in your inbox",
    "Lose weight while you sleep",
    "Solar panels, subsidised until March",
    "Final reminder: tax refund",
    "Learn Portuguese in nine days",
    "Dating near the lighthouse",
    "Investors wanted for a gold mine",
    "Copy watches, Swiss quality",
    "Printer warranty void",
    "Earn from home with stamps",
    "Your photo appeared in a film",
)
"""One for each junk mail on its own."""


def _spam(number: int, receiver: str, sent: datetime, dice: Dice) -> Letter:
    """Return one junk mail that belongs to no campaign: no other has its subject, its order of fields or its ids."""
    _, recipient = dice.pick(PEOPLE[receiver])
    domain = f"{dice.letters(7)}.test"
    sender = f"{dice.letters(5)}@{domain}"
    own = dice.pick(
        (f"{dice.hex(10 + number)}", f"{dice.digits(6 + number)}.{dice.letters(4)}", dice.mixed(12 + number))
    )
    fields = [
        ("Message-ID", f"<{own}@{domain}>"),
        ("Subject", _SUBJECTS[number]),
        ("From", f"{dice.letters(6).title()} <{sender}>"),
        ("To", recipient),
        ("Date", mail_date(sent, dice.between(-6, 8))),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=us-ascii"),
    ]
    for place in range(len(fields) - 1, 0, -1):
        other = dice.below(place + 1)
        fields[place], fields[other] = fields[other], fields[place]
    body = f"Only {dice.between(2, 9)} left. {dice.letters(9)} {dice.letters(6)}\n"
    return Letter(fields, body, sender, recipient, sent)


def own_names() -> list[Sample]:
    """Return mail of bots that give the receiver's own name, and forge its line below the true one."""
    samples = []
    hosts = {
        "company": ("mx.example.com", "edge.example.com"),
        "university": ("mx1.example.net", "mx2.example.net"),
        "foundation": ("DB5PEPF000A1B2C.mail.protection.outlook.com", "AM0PR05MB1187.eurprd05.prod.outlook.com"),
        "reader": ("mx.google.com", "mail-wm1-f52.google.com"),
    }
    for number in range(12):
        dice = Dice(f"own-name/{number}")
        receiver = ("company", "university", "reader", "company", "foundation", "university")[number % 6]
        box = "reported" if number in {3, 9} else receiver
        sent = at(5 + number, 2 + number, dice.below(60), dice.below(60))
        outer, inner = hosts[receiver]
        ip = address(("br", "vn", "mobile")[number % 3], 800 + number)
        false = Peer(address("hosting", 950 + number), "smtp.gateway.test", "smtp.gateway.test")
        letter = parcel_letter(number, receiver, sent, dice) if number < 4 else _spam(number - 4, receiver, sent, dice)
        letter.below = [_own_line(receiver, false, outer if number % 2 else inner, sent, letter.recipient, dice)]
        peer = Peer(ip, outer, None)
        when = sent + timedelta(seconds=dice.between(1, 4))
        truth = Truth(
            "own-name",
            receiver,
            ip,
            "vouched",
            campaign="parcel" if number < 4 else "",
            note="HELO is the receiver's own name, and the line below claims to be the receiver's",
        )
        samples.append(Sample(box, when, RECEIVERS[receiver](letter, peer, when, dice, "fail"), truth, letter.sender))
    return samples


def _own_line(receiver: str, peer: Peer, by: str, sent: datetime, recipient: str, dice: Dice) -> str:
    """Return a line in the receiver's own manner that the bot wrote."""
    if receiver == "company":
        return lines.postfix(peer, by, sent, dice, recipient=recipient, zone=(-5, "EST"))
    if receiver == "university":
        return lines.exim(peer, by, sent, dice, sender="", recipient=recipient, protocol="esmtp", offset=1)
    if receiver == "foundation":
        return lines.exchange((peer.helo, peer.ip), (by, "10.167.8.8"), sent, frontend=True)
    return lines.google(peer, sent, dice, recipient)


def boundaries() -> list[Sample]:
    """Return mail whose boundary line no reader knows: from there on nothing is better than a claim."""
    samples = []
    for number in range(8):
        dice = Dice(f"boundary/{number}")
        receiver = ("company", "foundation", "reader", "company")[number % 4]
        box = "reported" if number == 7 else receiver
        sent = at(6 + number, 15, dice.below(60), dice.below(60))
        peer = bot("br", 850 + number)
        host = {"company": "mx.example.com", "foundation": "eop-emea.gateway", "reader": "mx.google.com"}[receiver]
        letter = invoice_letter(receiver, sent, dice) if number < 3 else _spam(number + 5, receiver, sent, dice)
        false = Peer(address("hosting", 970 + number), "relay.shopping.test", "relay.shopping.test")
        letter.below = [lines.postfix(false, host, sent, dice, recipient=letter.recipient)]
        when = sent + timedelta(seconds=2)
        ticket = dice.digits(6)
        strange = f"[[ingress#7]] node->{host} :: peer->{peer.ip} :: ticket->{ticket} :: {mail_date(when)}"
        truth = Truth(
            "unknown-boundary",
            receiver,
            campaign="invoice" if number < 3 else "",
            note="the receiver's outermost line is of an unknown form, and below it stands a forged one",
        )
        if receiver == "company":
            data = company(letter, peer, when, dice, "none", boundary=strange)
        elif receiver == "foundation":
            data = foundation(letter, peer, when, dice, "none", boundary=strange)
        else:
            data = reader(letter, peer, when, dice, "none", boundary=strange, labels="Spam")
        samples.append(Sample(box, when, _without_statements(data), truth, letter.sender))
    return samples


def _without_statements(data: bytes) -> bytes:
    """Drop the fields in which the receiver states the peer's address: here nothing shall help the reader."""
    head, gap, body = data.partition(b"\n\n")
    kept: list[bytes] = []
    keep = True
    for line in head.split(b"\n"):
        if not line.startswith((b" ", b"\t")):
            keep = not line.startswith((b"Received-SPF:", b"Authentication-Results:"))
        if keep:
            kept.append(line)
    return b"\n".join(kept) + gap + body


def fetched() -> list[Sample]:
    """Return mail that fetchmail took from the university's mailbox to a desk, and one odd pair at its exchangers."""
    samples = []
    for number in range(3):
        dice = Dice(f"fetched/{number}")
        sent = at(7 + number * 4, 12, dice.below(60), dice.below(60))
        ip = address("hosting", 40 + number)
        peer = Peer(ip, name_of("hosting", ip) or "", name_of("hosting", ip))
        letter = _spam(number + 13, "university", sent, dice)
        letter.recipient = "farid@example.net"
        inside = university(letter, peer, sent + timedelta(seconds=2), dice, "none")
        desk, later = "desk12.physics.example.net", sent + timedelta(hours=2)
        top = [
            ("Return-Path", f"<{letter.sender}>"),
            (
                "Received",
                lines.postfix(Peer("127.0.0.1", "localhost", "localhost"), desk, later, dice, zone=(1, "CET")),
            ),
            (
                "Received",
                lines.fetchmail(Peer("22.200.10.60", "mail.cs.example.net"), desk, "farid", later, (1, "CET")),
            ),
        ]
        head = render(top, Letter([], "", "", "", sent)).rstrip(b"\n") + b"\n"
        truth = Truth(
            "fetched",
            "university",
            ip,
            "vouched",
            ip,
            "vouched",
            note="fetchmail names the mail drop that it reads; the true chain starts again below it",
        )
        samples.append(Sample("university", later, head + inside, truth, letter.sender))
    for number in range(4):
        # One bot, one false literal, at an exchanger that prints its name and at one that does not.
        dice = Dice(f"literal/{number}")
        sent = at(9 + number, 4, dice.below(60), dice.below(60))
        ip = address("dark", 20 + number)
        peer = Peer(ip, f"[{MX1.ip if number == 3 else address('hosting', 60 + number)}]", None)
        letter = _spam(number + 16, "university", sent, dice)
        truth = Truth(
            "helo-literal",
            "university",
            ip,
            "vouched",
            ip,
            "vouched",
            note="HELO is an address literal, and not the peer's address",
        )
        data = university(letter, peer, sent, dice, "none", banner=number % 2 == 0)
        samples.append(Sample("university", sent, data, truth, letter.sender))
    return samples
