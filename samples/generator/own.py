"""Mail of the receivers' own people and programs, and mail that a forwarder hands over."""

from __future__ import annotations

from datetime import datetime, timedelta

from . import lines
from .dice import Dice
from .ham import SENDERS, route
from .model import Letter, Peer, Sample, Truth, at, mail_date, render
from .net import address, name_of
from .receivers import PEOPLE, RECEIVERS, company_inside, foundation, reader_inside

__all__ = ["own_mail"]

_EST = (-5, "EST")
_CET = (1, "CET")
_NO_PEER = "made by a program inside: nobody handed it over"


def own_mail() -> list[Sample]:
    """Return all of it."""
    return [*_programs(), *_staff(), *_inside_microsoft(), *_inside_google(), *_scanner(), *_forwarded()]


def _plain(sender: str, recipient: str, subject: str, body: str, sent: datetime, own: str) -> Letter:
    fields = [
        ("Date", mail_date(sent)),
        ("From", sender),
        ("To", recipient),
        ("Message-ID", f"<{own}>"),
        ("Subject", subject),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
    ]
    return Letter(fields, body, sender.rpartition("<")[2].rstrip(">"), recipient, sent)


def _programs() -> list[Sample]:
    """Return reports of programs on the receivers' own hosts: no line names a peer outside."""
    samples = []
    for number in range(5):
        dice = Dice(f"cron/{number}")
        sent = at(6 + number * 2, 3, 15, dice.below(50))
        recipient = "helpdesk@example.com"
        letter = _plain(
            "Backup <backup@app1.example.com>",
            recipient,
            f"Backup of app1 finished, {dice.between(90, 140)} GB",
            "All volumes verified.\n",
            sent,
            f"{dice.hex(10).upper()}@app1.example.com",
        )
        letter.below = [
            lines.postfix(
                Peer("10.20.0.9", "app1.example.com", "app1.example.com"), "mx.example.com", sent, dice, zone=_EST
            ),
            lines.postfix_local("app1.example.com", 34, sent, dice, _EST),
        ]
        data = render(company_inside(letter, sent + timedelta(seconds=3), dice), letter)
        truth = Truth(
            "inside", "company", campaign="series-backup", note="made by a program inside: nobody handed it over"
        )
        samples.append(Sample("company", sent, data, truth, letter.sender))
    for number in range(4):
        dice = Dice(f"registry/{number}")
        sent = at(7 + number * 3, 5, 0, dice.below(50))
        letter = _plain(
            "Charlie Root <root@mail.cs.example.net>",
            "registry@example.net",
            f"Disk quota report for week {2 + number // 2}.{number % 2}",
            "Nobody is above the limit.\n",
            sent,
            f"{dice.hex(12)}@mail.cs.example.net",
        )
        letter.below = [lines.sendmail_local("root", "mail.cs.example.net", sent, dice, _CET)]
        data = render([("Return-Path", f"<{letter.sender}>")], letter)
        truth = Truth(
            "inside", "university", campaign="series-quota", note="made by a program inside: nobody handed it over"
        )
        samples.append(Sample("university", sent, data, truth, letter.sender))
    return samples


def _staff() -> list[Sample]:
    """Return mail of the company's staff from outside: from home, and through the company's own webmail."""
    samples = []
    for number in range(4):
        dice = Dice(f"staff/{number}")
        sent = at(8 + number * 2, 20, dice.below(60), dice.below(60))
        client = address("pl", 600 + number)
        home = Peer(client, f"[192.168.0.{dice.between(2, 200)}]", name_of("pl", client))
        letter = _plain(
            "Bruno Tavares <bruno.tavares@example.com>",
            "carol.whitlock@example.com",
            ("Numbers for the board", "Late tomorrow", "Slides, last version", "Visitors on Friday")[number],
            "Sent from the kitchen table.\n",
            sent,
            f"{dice.hex(16)}@example.com",
        )
        if number % 2:
            kind, note = "own-webmail", "the company's own webmail names the client: the receiver itself says so"
            letter.below = [
                lines.postfix(
                    Peer("127.0.0.1", "webmail.example.com", "localhost"),
                    "mx.example.com",
                    sent + timedelta(seconds=1),
                    dice,
                    protocol="ESMTPA",
                    user="bruno.tavares",
                    zone=_EST,
                ),
                lines.squirrelmail(client, "bruno.tavares", "webmail.example.com", sent, -5),
            ]
        else:
            kind, note = "own-submission", "handed in from home with a password; HELO is a private address"
            letter.below = [
                lines.postfix(
                    home,
                    "mx.example.com",
                    sent + timedelta(seconds=1),
                    dice,
                    recipient=letter.recipient,
                    protocol="ESMTPSA",
                    user="bruno.tavares@example.com",
                    zone=_EST,
                )
            ]
        data = render(company_inside(letter, sent + timedelta(seconds=4), dice), letter)
        truth = Truth(kind, "company", client, "vouched", client, "vouched", note=note)
        samples.append(Sample("company", sent, data, truth, letter.sender))
    return samples


def _inside_microsoft() -> list[Sample]:
    """Return mail from one mailbox of the tenant to another: Microsoft's own hosts throughout."""
    samples = []
    for number in range(4):
        dice = Dice(f"tenant/{number}")
        sent = at(6 + number * 3, 11, dice.below(60), dice.below(60))
        letter = _plain(
            "Dilys Marsh <dilys.marsh@example.org>",
            "emeka.obigrant@example.org",
            ("Lunch?", "Second signature", "Archive box 12", "Trustees on Monday")[number],
            "Short, as always.\n",
            sent,
            f"AS8PR05MB{dice.digits(4)}{dice.hex(20).upper()}@AS8PR05MB{dice.digits(4)}.eurprd05.prod.outlook.com",
        )
        here = (f"AS8PR05MB{dice.digits(4)}.eurprd05.prod.outlook.com", f"2603:10a6:20b:{dice.hex(3)}::12")
        there = (f"AM9PR05MB{dice.digits(4)}.eurprd05.prod.outlook.com", f"2603:10a6:20b:{dice.hex(3)}::9")
        letter.below = [
            lines.exchange(here, there, sent + timedelta(seconds=1)),
            lines.mapi(here[0], f"fe80::{dice.hex(4)}:{dice.hex(4)}:{dice.hex(4)}:{dice.hex(4)}", sent),
        ]
        truth = Truth("inside", "foundation", note="from one mailbox of the tenant to another: nobody handed it over")
        data = render([], letter, [("X-MS-Exchange-Organization-AuthAs", "Internal")])
        samples.append(Sample("foundation", sent, data, truth, letter.sender))
    return samples


def _inside_google() -> list[Sample]:
    """Return mail that the reader sent: from a phone, and through a program that uses Google's interface."""
    samples = []
    for number in range(4):
        dice = Dice(f"reader-sent/{number}")
        sent = at(7 + number * 3, 18, dice.below(60), dice.below(60))
        client = address("mobile", 700 + number)
        letter = _plain(
            "Mira Vantongeren <mira@lantern.example>",
            "mira@lantern.example",
            ("Note to self: dentist", "Note to self: bulbs", "Note to self: rent", "Note to self: tickets")[number],
            "Do not forget.\n",
            sent,
            f"CA{dice.mixed(20)}@mail.gmail.com",
        )
        if number % 2:
            stamp = mail_date(sent, -8, "PST")
            letter.below = [
                f"from {dice.digits(12)}\n named unknown\n by gmailapi.google.com\n with HTTPREST;\n {stamp}"
            ]
            truth = Truth("inside", "reader", note="made through Google's interface: nobody handed it over")
        else:
            name = name_of("mobile", client)
            local = sent - timedelta(hours=8)
            letter.below = [
                (
                    f"from phone.local ({name}. [{client}])\n        by smtp.gmail.com with ESMTPSA id "
                    f"{dice.hex(12)}sm{dice.digits(7)}ede.{dice.between(1, 90)}.{local:%Y.%m.%d.%H.%M.%S}\n"
                    f"        for <mira@lantern.example>\n        (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256);"
                    f"\n        {mail_date(sent, -8, 'PST')}"
                )
            ]
            truth = Truth(
                "own-submission",
                "reader",
                client,
                "vouched",
                client,
                "vouched",
                note="handed in to Google with a password",
            )
        data = render(reader_inside(letter, sent, dice, "Sent"), letter)
        samples.append(Sample("reader", sent, data, truth, letter.sender))
    return samples


def _scanner() -> list[Sample]:
    """Return scans that a copier in the foundation's house sends to the tenant by SMTP."""
    samples = []
    for number in range(3):
        dice = Dice(f"scanner/{number}")
        sent = at(8 + number * 4, 10, dice.below(60), dice.below(60))
        letter = _plain(
            "Copier <copier@example.org>",
            "office@example.org",
            f"Scan {dice.digits(5)} from the first floor",
            "(the scan was removed)\n",
            sent,
            f"{dice.hex(10)}@copier.example.org",
        )
        peer = Peer("26.210.20.30", "store.example.org", "store.example.org")
        when = sent + timedelta(seconds=2)
        truth = Truth(
            "own-submission",
            "foundation",
            peer.ip,
            "vouched",
            peer.ip,
            "vouched",
            "series-scan",
            note="handed in by the foundation's own house",
        )
        samples.append(Sample("foundation", when, foundation(letter, peer, when, dice, "pass"), truth, letter.sender))
    return samples


def _forwarded() -> list[Sample]:
    """Return mail that an alumni service forwards: it hands over, the first sender stands below it."""
    samples = []
    host = Peer("30.60.1.11", "alumni.listwright.example", "alumni.listwright.example")
    for number in range(6):
        dice = Dice(f"forwarded/{number}")
        sender = SENDERS[(1, 2, 8)[number % 3]]
        box = ("reader", "company")[number % 2]
        sent = at(6 + number * 2, 13, dice.below(60), dice.below(60))
        recipient = PEOPLE[box][0][1]
        letter = _plain(
            f"{sender.name} <{sender.address}>",
            "class-of-09@alumni.listwright.example",
            (
                "Reunion in June",
                "Old photographs",
                "Who has the songbook?",
                "Address list",
                "Thank you all",
                "The dean retires",
            )[number],
            "By way of the old address, which still works.\n",
            sent,
            f"{dice.hex(16)}@{sender.address.partition('@')[2]}",
        )
        _, client, _ = route(sender, letter, dice)
        first = sent + timedelta(seconds=6)
        arrival = lines.postfix(
            Peer(sender.ip, sender.server, sender.server),
            host.helo,
            first,
            dice,
            recipient="class-of-09@alumni.listwright.example",
            protocol="ESMTPS",
            zone=_CET,
        )
        letter.below.insert(0, arrival)
        letter.sender, letter.recipient = (
            f"srs0+{dice.hex(4)}={sender.address.replace('@', '=')}@{host.helo}",
            recipient,
        )
        when = first + timedelta(seconds=dice.between(2, 9))
        truth = Truth(
            "forwarded",
            box,
            host.ip,
            "vouched",
            client,
            "claimed",
            note="a forwarder hands it over; the sender stands below",
        )
        samples.append(Sample(box, when, RECEIVERS[box](letter, host, when, dice, "pass"), truth, letter.sender))
    return samples
