"""Mail in bulk that is wanted: a newsletter by way of a mailing service, and a discussion list."""

from __future__ import annotations

from datetime import timedelta

from . import lines
from .campaigns import signature
from .dice import Dice
from .model import Letter, Peer, Sample, Truth, at, mail_date
from .net import address, name_of
from .receivers import PEOPLE, RECEIVERS

__all__ = ["LIST_HOST", "discussion", "newsletter"]

LIST_HOST = Peer("30.60.1.10", "lists.listwright.example", "lists.listwright.example")

_ISSUES = (
    (6, "Harbour Books weekly: twelve novels for long evenings"),
    (10, "Harbour Books weekend: signed copies and a reading on Saturday"),
    (13, "Harbour Books weekly: the shelf of small presses"),
    (17, "Harbour Books weekend: maps, atlases and one globe"),
)


def newsletter() -> list[Sample]:
    """Return four issues of a bookshop's newsletter, ten subscribers each, sent by a mailing service."""
    boxes = (
        "company",
        "foundation",
        "university",
        "reader",
        "company",
        "university",
        "foundation",
        "reader",
        "company",
        "university",
    )
    samples = []
    for number in range(40):
        dice = Dice(f"newsletter/{number}")
        day, subject = _ISSUES[number // 10]
        box = boxes[number % 10]
        people = PEOPLE[box]
        name, recipient = people[(number % 10) // 4 % len(people)]
        sent = at(day, 9) + timedelta(seconds=number % 10 * 31 + dice.below(30))
        ip = address("esp", number % 3)
        peer = Peer(ip, name_of("esp", ip) or "", name_of("esp", ip))
        token = dice.mixed(22)
        sender = f"bounce+{dice.hex(6)}.{recipient.replace('@', '=')}@bounces.carrier-pigeon.example"
        fields = [
            ("Date", mail_date(sent)),
            ("From", "Harbour Books <news@harbour-books.example>"),
            ("Reply-To", "shop@harbour-books.example"),
            ("To", f"{name} <{recipient}>"),
            ("Message-ID", f"<{dice.hex(8)}.{dice.hex(12)}@carrier-pigeon.example>"),
            ("Subject", subject),
            ("List-Id", "Harbour Books newsletter <weekly.harbour-books.example>"),
            (
                "List-Unsubscribe",
                f"<https://carrier-pigeon.example/u/{token}>,\n <mailto:leave+{token}@carrier-pigeon.example>",
            ),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("Precedence", "bulk"),
            ("Feedback-ID", f"harbour:issue{number // 10 + 1}:pigeon"),
            ("MIME-Version", "1.0"),
            ("Content-Type", 'text/html; charset="utf-8"'),
        ]
        body = (
            f"<p>Hello {name},</p>\n<p>{subject.partition(': ')[2]}.</p>\n"
            f'<p><a href="https://carrier-pigeon.example/c/{token}">Read on</a></p>\n'
        )
        letter = Letter(fields, body, sender, recipient, sent)
        letter.lead = [signature("harbour-books.example", dice), signature("carrier-pigeon.example", dice)]
        letter.below = [
            (
                f"by queue-{dice.between(1, 9):02d}.carrier-pigeon.example with HTTP id {dice.mixed(20)};\n"
                f"\t{mail_date(sent)}"
            )
        ]
        when = sent + timedelta(seconds=dice.between(2, 90))
        truth = Truth(
            "newsletter", box, ip, "vouched", ip, "vouched", "newsletter", note="from a mailing service, with List-Id"
        )
        samples.append(Sample(box, when, RECEIVERS[box](letter, peer, when, dice, "pass"), truth, sender))
    return samples


_THREADS = (
    (
        "Calendar export drops the last day",
        "The export stops one day early. Does anyone else see this?",
        (
            "I see it too, but only in February.",
            "The end date is exclusive, so add one.",
            "Fixed in the branch, please test.",
        ),
    ),
    (
        "Meeting room for the spring gathering",
        "The library offers us two rooms in April. Which one?",
        ("The large one, we were thirty last year.", "The small one has windows.", "Booked the large one."),
    ),
    (
        "Draft of the style guide, second reading",
        "Section 4 is new. Comments until Friday, please.",
        ("The examples in 4.2 contradict 3.1.", "I would drop the footnotes.", "Thank you, all taken in."),
    ),
    (
        "Mirror in Faussebourg is back",
        "The disk was exchanged last night.",
        ("Checksums agree here.", "Thanks for the quick work!", "Can we get IPv6 on it as well?"),
    ),
    (
        "Proposal: a quieter announcement address",
        "Replies to announcements should go here, not there.",
        ("Agreed.", "Who moderates it?", "Let us vote in the meeting."),
    ),
)
_POSTERS = (
    ("Ines Caldera", "ines@tinwhistle-radio.example", "mail.tinwhistle-radio.example", "30.8.2.20"),
    ("Jonas Ekdahl", "jonas@oakmere-clinic.example", "mail.oakmere-clinic.example", "30.8.1.10"),
    ("Keiko Arata", "keiko@moorgate-cycles.example", "mail.moorgate-cycles.example", "30.8.5.50"),
    ("Lubos Marek", "lubos@penrose-museum.example", "mail.penrose-museum.example", "30.8.6.60"),
)


def discussion() -> list[Sample]:
    """Return twenty posts of a list: the list's host is a relay, the poster's address stands far below it."""
    boxes = ("university", "university", "company", "university", "reader")
    samples = []
    for number in range(20):
        dice = Dice(f"discussion/{number}")
        subject, question, answers = _THREADS[number // 4]
        text = question if number % 4 == 0 else answers[number % 4 - 1]
        name, author, server, server_ip = _POSTERS[(number + number // 4) % 4]
        sent = at(6 + number // 4 * 2 + number % 4 // 2, 8 + number % 4 * 3, dice.below(60), dice.below(60))
        box = boxes[number % 5]
        recipient = PEOPLE[box][0][1]
        client = address("pl", 400 + (number + number // 4) % 4)
        root = f"{Dice(f'thread/{number // 4}').hex(16)}@{_POSTERS[(number // 4 * 5) % 4][2]}"
        own = root if number % 4 == 0 else f"{dice.hex(16)}@{server}"
        bounce = "tools-bounces@lists.listwright.example"
        fields = [
            ("Date", mail_date(sent, 1)),
            ("From", f"{name} <{author}>"),
            ("To", "tools@lists.listwright.example"),
            ("Message-ID", f"<{own}>"),
        ]
        if number % 4:
            fields += [("In-Reply-To", f"<{root}>"), ("References", f"<{root}>")]
        fields += [
            ("Subject", f"{'Re: ' if number % 4 else ''}[Tools] {subject}"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("X-BeenThere", "tools@lists.listwright.example"),
            ("X-Mailman-Version", "3.3.10"),
            ("Precedence", "list"),
            ("List-Id", "Tools of the Listwright Society <tools.lists.listwright.example>"),
            ("List-Post", "<mailto:tools@lists.listwright.example>"),
            ("List-Unsubscribe", "<mailto:tools-leave@lists.listwright.example>"),
        ]
        body = f"{text}\n\n{name.split()[0]}\n_______________________________________________\nTools mailing list\n"
        letter = Letter(fields, body, bounce, recipient, sent)
        letter.lead = [signature("listwright.example", dice)]
        first, second = sent + timedelta(seconds=3), sent + timedelta(seconds=8)
        loopback = Peer("127.0.0.1", "lists.listwright.example", "localhost")
        letter.below = [
            lines.postfix(loopback, LIST_HOST.helo, second + timedelta(seconds=4), dice, zone=(1, "CET")),
            lines.postfix(
                Peer(server_ip, server, server),
                LIST_HOST.helo,
                second,
                dice,
                recipient="tools@lists.listwright.example",
                protocol="ESMTPS",
                zone=(1, "CET"),
            ),
            lines.postfix(
                Peer(client, f"[192.168.1.{dice.between(2, 90)}]", name_of("pl", client)),
                server,
                first,
                dice,
                protocol="ESMTPSA",
                user=author,
                zone=(1, "CET"),
            ),
        ]
        when = second + timedelta(seconds=dice.between(6, 30))
        truth = Truth(
            "list",
            box,
            LIST_HOST.ip,
            "vouched",
            client,
            "claimed",
            "list",
            note="the list's host hands it over; the poster's line stands three hops below",
        )
        samples.append(Sample(box, when, RECEIVERS[box](letter, LIST_HOST, when, dice, "pass"), truth, bounce))
    return samples
