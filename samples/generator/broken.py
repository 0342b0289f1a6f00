"""Mail that is odd, broken or hostile to whatever shows it, and files that are no mail."""

from __future__ import annotations

from datetime import datetime, timedelta

from .dice import Dice
from .model import Letter, Peer, Sample, Truth, at, mail_date, render
from .net import address, bot, name_of
from .receivers import PEOPLE, RECEIVERS

__all__ = ["dates", "files", "shown"]

_SHOWN: tuple[tuple[str, str, str], ...] = (
    ("Lena Vogt <lena@oakmere-clinic.example>", "Grüße aus der Klinik", "a subject in raw UTF-8"),
    ("Lena Vogt <lena@oakmere-clinic.example>", "Caf\udce9 \udce0 emporter", "a subject in raw Latin-1"),
    (
        "=?UTF-8?B?0J7Qu9GM0LPQsA==?= <olga@tinwhistle-radio.example>",
        "=?koi8-r?B?98/Q0s/TIM8g0sHT0MnTwc7JyQ==?=",
        "Cyrillic in KOI8-R",
    ),
    ("Kenji <kenji@moorgate-cycles.example>", "=?ISO-2022-JP?B?GyRCPCtFPjxWGyhC?=", "Japanese in ISO-2022-JP"),
    (
        "=?utf-8?B?2YbZiNix?= <noor@penrose-museum.example>",
        "=?utf-8?B?2YXYsdit2KjYpyDYqNmD?=",
        "Arabic, written from right to left",
    ),
    ("Wei <wei@figment-freight.example>", "=?gb2312?B?w/fM7LXEu+HS6Q==?= (copy)", "Chinese in GB2312"),
    (
        "Dana <dana@larkspur-school.example>",
        "=?utf-8?Q?=F0=9F=8E=BB_and_=F0=9F=8E=BA_on?=\n =?utf-8?Q?_Friday?=",
        "emoji over two encoded words",
    ),
    ("Theo <theo@quillon-law.example>", "=?no-such-charset?Q?A_charset_that_nobody_knows?=", "an unknown charset"),
    ("Bea <bea@halcyon-tiles.example>", "=?utf-8?B?broken base64 here?=", "an encoded word that is none"),
    (
        "\x1b[31mPay\x1b[0m <red@letters.test>",
        "\x1b[2J\x1b]0;all is well\x07Screen cleared",
        "escape sequences for a terminal",
    ),
    (
        '"invoice\u202efdp.exe" <bidi@letters.test>',
        "Statement \u202etxt.exe\u202c enclosed",
        "an override of the writing direction",
    ),
    (
        "<script>alert(1)</script> <html@letters.test>",
        "<img src=x onerror=alert(1)> <b>bold</b>",
        "HTML that a report must not run",
    ),
    (
        '"=1+1" <sheet@letters.test>',
        '=HYPERLINK("https://letters.test/","open")',
        "a formula that a spreadsheet must not run",
    ),
    ("+1-555-0100 <tel@letters.test>", "@SUM(1+1)*2", "another formula"),
    ("Nul <nul@letters.test>", "before\x00after", "a NUL byte"),
    ("Long <long@letters.test>", "word " * 400, "a subject of two thousand characters"),
)


def _letter(sender: str, recipient: str, subject: str, sent: datetime, dice: Dice, date: str | None) -> Letter:
    address_only = sender.rpartition("<")[2].rstrip(">")
    fields = [("From", sender), ("To", recipient), ("Subject", subject)]
    if date is not None:
        fields.append(("Date", date))
    fields += [("Message-ID", f"<{dice.hex(16)}@{address_only.rpartition('@')[2]}>"), ("MIME-Version", "1.0")]
    return Letter(fields, "A few words.\n", address_only, recipient, sent)


def _deliver(box: str, receiver: str, letter: Letter, kind: str, note: str, dice: Dice, number: int) -> Sample:
    ip = address("hosting", 200 + number)
    peer = Peer(ip, name_of("hosting", ip) or "", name_of("hosting", ip))
    when = letter.sent + timedelta(seconds=3)
    data = RECEIVERS[receiver](letter, peer, when, dice, "none")
    return Sample(box, when, data, Truth(kind, receiver, ip, "vouched", ip, "vouched", note=note), letter.sender)


def shown() -> list[Sample]:
    """Return mail whose subject or author's name is hard or dangerous to show."""
    samples = []
    receivers = ("company", "foundation", "university", "reader")
    for number, (sender, subject, note) in enumerate(_SHOWN):
        dice = Dice(f"shown/{number}")
        receiver = receivers[number % 4]
        box = "reported" if number % 8 == 4 else receiver
        sent = at(5 + number * 13 // len(_SHOWN), 16, number, dice.below(60))
        letter = _letter(sender, PEOPLE[receiver][0][1], subject, sent, dice, mail_date(sent))
        samples.append(_deliver(box, receiver, letter, "text", note, dice, number))
    return samples


def dates() -> list[Sample]:
    """Return mail whose Date is missing or absurd, a bounce, and mail that no server ever touched."""
    absurd = (
        (None, "no Date"),
        ("Thu, 01 Jan 1970 00:00:00 +0000", "a Date of 1970"),
        ("Tue, 19 Jan 2038 03:14:08 +0000", "a Date of 2038"),
        ("Thu, 99 Foo 20260 77:88:99 +9999", "a Date that is none"),
        ("yesterday, after lunch", "a Date in words"),
        ("Mon, 12 Jan 26 10:00 EST", "a Date of two-digit year and without seconds"),
    )
    samples = []
    for number, (date, note) in enumerate(absurd):
        dice = Dice(f"dates/{number}")
        receiver = ("company", "university", "reader")[number % 3]
        sent = at(6 + number * 2, 21, dice.below(60), dice.below(60))
        letter = _letter(
            f"Clock <clock{number}@letters.test>",
            PEOPLE[receiver][0][1],
            f"Clock check {'ABCDEF'[number]}",
            sent,
            dice,
            date,
        )
        samples.append(_deliver(receiver, receiver, letter, "date", note, dice, 50 + number))
    samples.append(_bounce())
    dice = Dice("draft")
    sent = at(11, 9)
    draft = _letter(
        "Anna Lindholm <anna.lindholm@example.com>",
        "Carol <carol.whitlock@example.com>",
        "Draft",
        sent,
        dice,
        mail_date(sent),
    )
    truth = Truth("no-received", note="never sent: no Received field at all")
    samples.append(Sample("foundation", sent, render([], draft), truth, draft.sender))
    return samples


def _bounce() -> Sample:
    """Return a bounce that quotes the header of another mail in its body."""
    dice = Dice("bounce")
    sent = at(12, 12, 30)
    letter = _letter(
        "Mail Delivery System <MAILER-DAEMON@mail.halcyon-tiles.example>",
        "accounts@example.com",
        "Undelivered mail returned to sender",
        sent,
        dice,
        mail_date(sent),
    )
    letter.sender = ""
    inner = bot("mobile", 3)
    letter.body = (
        "From the postmaster: this message could not be delivered.\n\n"
        "From here on follows the header of that message.\n\n"
        f"Received: from {inner.helo} ([{inner.ip}]) by mail.halcyon-tiles.example with SMTP;\n  {mail_date(sent)}\n"
        "From: accounts@example.com\nSubject: nothing that we sent\n\n>From line that was quoted once before.\n"
    )
    peer = Peer("30.8.3.30", "mail.halcyon-tiles.example", "mail.halcyon-tiles.example")
    data = RECEIVERS["company"](letter, peer, sent + timedelta(seconds=2), dice, "none")
    truth = Truth(
        "bounce",
        "company",
        peer.ip,
        "vouched",
        peer.ip,
        "vouched",
        note="the Received line in the body is not of this mail",
    )
    return Sample("company", sent, data, truth, "")


def files() -> list[Sample]:
    """Return what lies among mail without being whole mail: an empty file, a cut header, bytes of another kind."""
    dice = Dice("files")
    sent = at(14, 10)
    letter = _letter("Cut <cut@letters.test>", "office@example.org", "Cut off", sent, dice, mail_date(sent))
    whole = RECEIVERS["foundation"](letter, bot("br", 70), sent, dice, "none")
    third = _nth(whole, b"Received:", 2)
    cut = whole[: third + len(b"Received: from DB5PEPF0")]
    return [
        Sample("foundation", at(14, 9), b"", Truth("empty", status="malformed", note="a file of no bytes")),
        Sample(
            "foundation",
            sent,
            cut,
            Truth("cut", "foundation", note="the file ends in the middle of the third Received line"),
        ),
        Sample(
            "foundation",
            at(15, 9),
            b"\x89BIN\r\n\x1a\n" + bytes(dice.below(256) for _ in range(700)),
            Truth("no-mail", status="unsupported", note="bytes of another kind"),
            verbatim=True,
            suffix=".dat",
        ),
        Sample(
            "reported",
            at(15, 10),
            bytes(dice.below(256) for _ in range(900)),
            Truth("no-mail", status="unsupported", note="bytes of another kind"),
            verbatim=True,
            suffix=".bin",
        ),
    ]


def _nth(data: bytes, mark: bytes, number: int) -> int:
    """Return where a mark occurs for the time after `number` others."""
    place = data.index(mark)
    for _ in range(number):
        place = data.index(mark, place + 1)
    return place
