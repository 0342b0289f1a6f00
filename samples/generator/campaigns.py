"""Three campaigns: a parcel fee swindle, malware in false invoices, and an advance-fee fraud."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

from . import lines
from .dice import Dice
from .model import Letter, Peer, Sample, Truth, at, mail_date
from .net import address, bot, name_of
from .receivers import PEOPLE, RECEIVERS, company, foundation, reader, university

__all__ = ["advance_fee", "forged_hop", "invoice", "invoice_letter", "parcel", "parcel_letter"]

REPORTED = "reported"

_PARCEL_DOMAINS = (
    "parcel-desk.example",
    "swifttrack-mail.example",
    "depot-notice.example",
    "lastmile-alerts.example",
    "bring-it-home.example",
    "doorstep-info.example",
)
_PARCEL_NAMES = ("Parcel Desk", "Delivery Team", "Depot Service", "Tracking")
_FEE_PAGES = ("fee-counter.example", "pay-depot.example", "release-desk.example")
_WORDS = ("amber", "birch", "cobalt", "dune", "ember", "fjord", "gable", "heron", "iris", "juniper", "kelp", "lark")

_BOTS_PARCEL = (
    [bot("br", n) for n in range(16)]
    + [bot("vn", n) for n in range(12)]
    + [bot("pl", n) for n in range(8)]
    + [bot("pl6", n) for n in range(5)]
    + [bot("dark", n) for n in range(4)]
)
_BOTS_INVOICE = (
    [bot("mobile", n) for n in range(14)]
    + [bot("vn", n) for n in range(20, 27)]
    # The two botnets share these households: either two infections behind one router, or one rented twice.
    + [bot("vn", n) for n in range(5)]
    + [bot("pl", n) for n in range(3)]
)

_PARCEL_BOXES = ("company",) * 9 + ("foundation",) * 5 + ("university",) * 5 + ("reader",) * 4 + (REPORTED,) * 4
_INVOICE_BOXES = ("company",) * 9 + ("foundation",) * 5 + ("university",) * 4 + ("reader",) * 2 + (REPORTED,) * 3

_ATTACHMENT = base64.b64encode(b"This stands for malware. It is text and does nothing.\n" * 3).decode()


def _receiver_of(box: str, dice: Dice) -> str:
    """Return whose mail a box holds; the box of reported mail holds everyone's."""
    return dice.pick(("company", "foundation", "university")) if box == REPORTED else box


def parcel_letter(number: int, receiver: str, sent: datetime, dice: Dice) -> Letter:
    """Return one message of the parcel campaign: spun subject, rotating sender, one sending engine."""
    name, recipient = dice.pick(PEOPLE[receiver])
    domain = _PARCEL_DOMAINS[number % len(_PARCEL_DOMAINS)]
    sender = f"{dice.pick(('notice', 'desk', 'service'))}{dice.digits(3)}@{domain}"
    subject = (
        f"{dice.pick(('Parcel', 'Package'))} {dice.digits(9)} {dice.pick(('waiting', 'held', 'stopped'))} at regional "
        f"sorting depot: {dice.pick(('small', 'open'))} customs surcharge unpaid"
    )
    if number % 3 == 0:
        subject += f" [{dice.mixed(8)}]"
    page = _FEE_PAGES[number % len(_FEE_PAGES)]
    padding = " ".join(dice.pick(_WORDS) for _ in range(dice.between(3, 9)))
    fields = [
        ("From", f'"{dice.pick(_PARCEL_NAMES)}" <{sender}>'),
        ("To", recipient),
        ("Subject", subject),
        ("Date", mail_date(sent, dice.pick((-3, 1, 7)))),
        ("Message-ID", f"<{dice.hex(8)}.{dice.hex(8)}@{domain}>"),
        ("X-Mailer", "Microsoft Outlook Express 6.00.2900.5512"),
        ("MIME-Version", "1.0"),
        ("Content-Type", 'text/plain; charset="utf-8"'),
        ("Content-Transfer-Encoding", "8bit"),
    ]
    body = (
        f"Dear {name},\n\n{dice.pick(('your parcel', 'a delivery for you', 'one item'))} could not leave the depot.\n"
        f"{dice.pick(('Settle', 'Pay', 'Clear'))} {dice.between(1, 2)}.{dice.digits(2)} EUR here:\n"
        f"http://{page}/{dice.letters(5)}?p={dice.hex(10)}\n\n{padding}\n"
    )
    return Letter(fields, body, sender, recipient, sent)


def forged_hop(number: int, peer: Peer, sent: datetime, dice: Dice) -> tuple[str, str]:
    """Return a Received value that a bot made up, and what is wrong with it.

    Args:
        number: Which of the kinds.
        peer: The bot.
        sent: When it sends, UTC.
        dice: Choices.
    """
    false = address("hosting", 900 + number)
    host = f"mail-ej1-f{dice.between(40, 70)}.google.com"
    kinds = (
        (lines.google(Peer(false, host, host), sent, dice, "someone@lantern.example"), "a hop of Google made up"),
        (
            f"from [{false}] by n{dice.between(2, 60)}.bullet.paperboat.example with NNFMP; {mail_date(sent)}",
            "a protocol that only one provider's own hosts speak",
        ),
        (
            (
                f"from unknown (HELO smtp{dice.between(1, 9)}.relay.test) ({mail_date(sent, -4)})\n"
                f"  by mta{dice.between(1, 9)}.relay.test with SMTP; {mail_date(sent, -4)}"
            ),
            "a date in the place of the address",
        ),
        (
            "from %RND_HOST% ([%RND_IP%]) by {RELAY_NAME} with SMTP id %HEX(8)%; %DATE%",
            "a template that was not filled in",
        ),
        (
            lines.postfix(
                Peer(false, "gateway.relay.test", "gateway.relay.test"),
                peer.helo,
                sent + timedelta(hours=30),
                dice,
            ),
            "a clock 30 hours ahead of the hop above",
        ),
        (
            lines.exchange(
                (f"VI1PR08MB{dice.digits(4)}.eurprd08.prod.outlook.com", f"2603:10a6:800:{dice.hex(3)}::1"),
                (f"DB7PR08MB{dice.digits(4)}.eurprd08.prod.outlook.com", f"2603:10a6:5:{dice.hex(2)}::14"),
                sent,
            ),
            "a hop of Microsoft made up",
        ),
    )
    return kinds[number % len(kinds)]


def parcel() -> list[Sample]:
    """Return the parcel campaign: waves on six days, three a day, from household computers."""
    waves = [(day, hour) for day in (6, 7, 9, 12, 14, 15) for hour in (7, 13, 19)]
    samples = []
    for number in range(74):
        dice = Dice(f"parcel/{number}")
        day, hour = waves[number % len(waves)]
        sent = at(day, hour) + timedelta(seconds=dice.below(40 * 60))
        peer = _BOTS_PARCEL[(number * 7) % len(_BOTS_PARCEL)]
        box = _PARCEL_BOXES[number % len(_PARCEL_BOXES)]
        receiver = _receiver_of(box, dice)
        letter = parcel_letter(number, receiver, sent, dice)
        kind, note = "bot", ""
        if number % 6 == 2:
            peer = Peer(peer.ip, f"[{lines.literal(address('hosting', 700 + number))}]", peer.rdns)
            kind, note = "helo-literal", "HELO is an address literal, and not the peer's address"
        elif number % 6 == 4:
            false, wrong = forged_hop(number // 6, peer, sent, dice)
            letter.below.append(false)
            kind, note = "forged-chain", f"below the handover: {wrong}"
        samples.append(_from_bot(box, receiver, letter, peer, kind, "parcel", note, number, dice))
    return samples


def invoice_letter(receiver: str, sent: datetime, dice: Dice) -> Letter:
    """Return one message of the invoice campaign: another engine, always the same attachment."""
    name, recipient = dice.pick(PEOPLE[receiver])
    domain = dice.pick(
        ("northquay-billing.example", "ledger-post.example", "accounts-out.example", "remit-now.example")
    )
    sender = f"{dice.pick(('billing', 'ar', 'ledger'))}@{domain}"
    number = dice.digits(6)
    boundary = f"------------{dice.digits(24)}"
    fields = [
        ("Message-ID", f"<{dice.hex(8).upper()}.{dice.digits(7)}@{domain}>"),
        ("Date", mail_date(sent, dice.pick((1, 2, 7)))),
        ("From", f"Northquay Freight Billing <{sender}>"),
        ("User-Agent", "Mozilla/5.0 (Windows; U; Windows NT 6.1; en-US) Thunderbird/3.1.20"),
        ("MIME-Version", "1.0"),
        ("To", f"{name} <{recipient}>"),
        (
            "Subject",
            (
                f"Northquay Freight overdue {dice.pick(('invoice', 'statement'))} {number} "
                f"{dice.pick(('awaiting', 'pending'))} your approval"
            ),
        ),
        ("Content-Type", f'multipart/mixed;\n boundary="{boundary}"'),
    ]
    body = (
        f"--{boundary}\nContent-Type: text/plain; charset=ISO-8859-1\nContent-Transfer-Encoding: 7bit\n\n"
        f"{dice.pick(('Hello', 'Good day', 'Dear customer'))},\n\n"
        f"{dice.pick(('attached is', 'please find', 'we enclose'))} document {number}. "
        f"{dice.pick(('Open it today.', 'It is due now.', 'Approve it by tomorrow.'))}\n\n"
        f'--{boundary}\nContent-Type: application/octet-stream;\n name="document-{number}.dat"\n'
        f'Content-Transfer-Encoding: base64\nContent-Disposition: attachment;\n filename="document-{number}.dat"\n\n'
        f"{_ATTACHMENT}\n--{boundary}--\n"
    )
    return Letter(fields, body, sender, recipient, sent)


def invoice() -> list[Sample]:
    """Return the invoice campaign: three working days, from a botnet that overlaps with the parcel one."""
    samples = []
    for number in range(58):
        dice = Dice(f"invoice/{number}")
        sent = at((8, 13, 16)[number % 3], dice.between(8, 14), dice.below(60), dice.below(60))
        peer = _BOTS_INVOICE[(number * 5) % len(_BOTS_INVOICE)]
        # This engine calls itself what reverse DNS says of its address.
        peer = Peer(peer.ip, peer.rdns or "localhost.localdomain", peer.rdns)
        box = _INVOICE_BOXES[number % len(_INVOICE_BOXES)]
        receiver = _receiver_of(box, dice)
        letter = invoice_letter(receiver, sent, dice)
        kind, note = "bot", ""
        if number % 9 == 5:
            letter.below.append(
                lines.exchange(
                    (f"ex0{dice.between(1, 4)}.northquay-billing.example", "10.1.4.7"),
                    ("edge.northquay-billing.example", "10.1.4.2"),
                    sent,
                    version="15.1.2507.35",
                )
            )
            kind, note = "forged-chain", "below the handover: the false sender's own Exchange made up"
        samples.append(_from_bot(box, receiver, letter, peer, kind, "invoice", note, number, dice))
    return samples


def _from_bot(
    box: str,
    receiver: str,
    letter: Letter,
    peer: Peer,
    kind: str,
    campaign: str,
    note: str,
    number: int,
    dice: Dice,
) -> Sample:
    """Deliver a message that a bot hands in itself."""
    when = letter.sent + timedelta(seconds=dice.between(1, 5))
    spf = ("fail", "softfail", "none")[number % 3]
    if receiver == "company":
        # qmail knows no IPv6, and prints a HELO literal without its brackets.
        by_edge = number % 5 == 3 and ":" not in peer.ip
        if by_edge:
            peer = Peer(peer.ip, peer.helo.strip("[]"), peer.rdns)
        data = company(letter, peer, when, dice, spf, by_edge=by_edge)
    elif receiver == "university":
        by_sendmail = number % 4 == 1
        data = university(
            letter,
            peer,
            when,
            dice,
            spf,
            by_sendmail=by_sendmail,
            forged=by_sendmail and number % 8 == 1,
            banner=number % 4 != 2,
        )
    elif receiver == "foundation":
        data = foundation(letter, peer, when, dice, spf)
    else:
        data = reader(letter, peer, when, dice, spf, labels="Spam,Unread")
    # What stands below a bot is not expected to be followed: only a handover without claims is the origin too.
    origin = ("", "") if letter.below else (peer.ip, "vouched")
    truth = Truth(kind, receiver, peer.ip, "vouched", *origin, campaign, note=note)
    return Sample(box, when, data, truth, letter.sender)


_FEE_SUBJECTS = (
    "Confidential: estate of the late Mr Aldous Penhallow",
    "Your kind assistance is needed, dear friend",
    "Deposit of 8.5 million in your name",
    "Unclaimed funds - final notice from the trustee",
    "Private and urgent business proposal",
    "Re: the transfer we have discussed",
)
_FEE_NAMES = ("Barrister Edwin Holloway", "Mrs Celestine Aduro", "Trustee Office", "Dr Quentin Marlowe")


def advance_fee() -> list[Sample]:
    """Return the advance-fee fraud: one crew at a webmail service, every mail with the same Reply-To."""
    clients = [address("mobile", 300), address("mobile", 301), address("br", 310), address("vn", 311)]
    boxes = ("company", "reader", "university", "foundation", "reader", REPORTED)
    samples = []
    for number in range(36):
        dice = Dice(f"advance-fee/{number}")
        sent = at(5 + (number * 5) % 14, dice.between(0, 23), dice.below(60), dice.below(60))
        box = boxes[number % len(boxes)]
        receiver = _receiver_of(box, dice)
        recipient = dice.pick(PEOPLE[receiver])[1]
        client = clients[number % len(clients)]
        front = f"web{dice.between(101, 140)}.paperboat.example"
        ip = address("webmail", number % 6)
        relay = Peer(ip, name_of("webmail", ip) or "", name_of("webmail", ip))
        user = f"{dice.pick(('e.holloway', 'c.aduro', 'trustee', 'q.marlowe'))}{dice.digits(2)}"
        sender = f"{user}@paperboat.example"
        fields = [
            ("Date", mail_date(sent)),
            ("From", f"{dice.pick(_FEE_NAMES)} <{sender}>"),
            ("Reply-To", "escrow.settlements@paperboat.example"),
            ("Message-ID", f"<{dice.digits(9)}.{dice.digits(7)}.{int(sent.timestamp())}@{front}>"),
            ("Subject", _FEE_SUBJECTS[number % len(_FEE_SUBJECTS)]),
            ("To", "undisclosed-recipients:;"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=UTF-8"),
            ("X-Mailer", "PaperboatWebService/2.1"),
        ]
        body = (
            f"{dice.pick(('Dear friend', 'Greetings', 'Attention please'))},\n\n"
            f"a sum of {dice.between(3, 19)}.{dice.between(1, 9)} million lies unclaimed and you can be its heir.\n"
            f"Write to escrow.settlements@paperboat.example with your {dice.pick(('full name', 'telephone number'))}.\n"
            "A small handling fee is due first.\n"
        )
        letter = Letter(fields, body, sender, recipient, sent, lead=[signature("paperboat.example", dice)])
        letter.below = [
            (
                f"from {front} ([10.4.{dice.between(1, 9)}.{dice.between(2, 250)}])\n\tby {relay.helo} with ESMTP id "
                f"{dice.hex(12)}; {mail_date(sent + timedelta(seconds=1))}"
            ),
            lines.webmail(client, front, sent),
        ]
        when = sent + timedelta(seconds=dice.between(2, 8))
        truth = Truth(
            "webmail",
            receiver,
            relay.ip,
            "vouched",
            client,
            "claimed",
            "advance-fee",
            note="typed into the pages of a webmail service, which names its client",
        )
        samples.append(Sample(box, when, RECEIVERS[receiver](letter, relay, when, dice, "pass"), truth, sender))
    return samples


def signature(domain: str, dice: Dice) -> tuple[str, str]:
    """Return a DKIM signature (RFC 6376) in form only: it signs nothing."""
    return (
        "DKIM-Signature",
        (
            f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s2026;\n\th=from:to:subject:date:message-id;\n"
            f"\tbh={dice.mixed(43)}=;\n\tb={dice.mixed(48)}"
        ),
    )
