"""The four mail systems of the corpus: each puts its own lines on top of what it was handed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from . import lines
from .dice import Dice
from .model import Letter, Peer, fold, mail_date, render

__all__ = ["PEOPLE", "RECEIVERS", "Deliver", "company", "foundation", "reader", "university"]

Deliver = Callable[[Letter, Peer, datetime, Dice, str], bytes]
"""Takes the letter, the host that connects, the time (UTC), choices, and the outcome of SPF; gives the message."""

PEOPLE: dict[str, tuple[tuple[str, str], ...]] = {
    "company": (
        ("Anna Lindholm", "anna.lindholm@example.com"),
        ("Bruno Tavares", "bruno.tavares@example.com"),
        ("Carol Whitlock", "carol.whitlock@example.com"),
        ("Accounts", "accounts@example.com"),
        ("Help Desk", "helpdesk@example.com"),
    ),
    "foundation": (
        ("Dilys Marsh", "dilys.marsh@example.org"),
        ("Emeka Obi-Grant", "emeka.obigrant@example.org"),
        ("Grants Office", "grants@example.org"),
        ("Front Desk", "office@example.org"),
    ),
    "university": (
        ("Farid Nazemi", "farid@example.net"),
        ("Greta Holm", "greta.holm@example.net"),
        ("Hanako Mori", "mori@example.net"),
        ("Registry", "registry@example.net"),
    ),
    "reader": (("Mira Vantongeren", "mira@lantern.example"),),
}
"""Mailboxes of each receiver: name and address."""

_EST = (-5, "EST")
_CET = (1, "CET")
_STORE = Peer("10.20.0.5", "mx.example.com")
_LOOPBACK = Peer("127.0.0.1", "localhost", "localhost")
EDGE = Peer("28.220.30.26", "edge.example.com", "edge.example.com")
MX1 = Peer("22.200.10.25", "mx1.example.net", "mx1.example.net")
MX2 = Peer("22.200.10.26", "mx2.example.net", "mx2.example.net")


def _domain(sender: str, peer: Peer) -> str:
    """Return the domain that SPF is asked about (RFC 7208 §2.4)."""
    return sender.rpartition("@")[2] or peer.helo


def company(
    letter: Letter,
    peer: Peer,
    when: datetime,
    dice: Dice,
    spf: str = "pass",
    *,
    boundary: str | None = None,
    by_edge: bool = False,
) -> bytes:
    """Deliver to example.com: Postfix as exchanger, Amavis behind it, Dovecot for the mailboxes.

    Args:
        letter: The message.
        peer: The host that connects.
        when: When it does, UTC.
        dice: Choices.
        spf: Outcome of SPF, as it is printed.
        boundary: Received value that takes the place of the exchanger's own.
        by_edge: The message comes through the old second exchanger, which runs qmail.
    """
    later = when + timedelta(seconds=dice.between(2, 9))
    last = later + timedelta(seconds=1)
    top = company_inside(letter, last, dice)
    if by_edge:
        top.append(("Received", lines.postfix(EDGE, "mx.example.com", later, dice, zone=_EST)))
        top.append(("Received", lines.qmail_network(later, dice)))
        top.append(("Received", boundary or lines.qmail(peer, "edge.example.com", when)))
        return render(top, letter)
    top.append(
        (
            "Received-SPF",
            (
                f"{spf.capitalize()} (mailfrom) identity=mailfrom; client-ip={peer.ip};\n helo={peer.helo}; "
                f"envelope-from={letter.sender or '<>'};\n receiver=mx.example.com"
            ),
        )
    )
    top.append(
        (
            "Authentication-Results",
            (
                f"mx.example.com;\n\tdmarc={_dmarc(letter, peer, spf)} header.from={_from_domain(letter)};\n"
                f"\tspf={spf} smtp.mailfrom={_domain(letter.sender, peer)}"
            ),
        )
    )
    line = lines.postfix(
        peer,
        "mx.example.com",
        when,
        dice,
        recipient=letter.recipient,
        protocol="ESMTPS" if spf == "pass" else "ESMTP",
        zone=_EST,
    )
    top.append(("Received", boundary or line))
    return render(top, letter)


def company_inside(letter: Letter, when: datetime, dice: Dice) -> list[tuple[str, str]]:
    """Return what every message to example.com gets after it is in: mailbox store and content filter."""
    return [
        ("Return-Path", f"<{letter.sender}>"),
        ("Delivered-To", letter.recipient),
        (
            "Received",
            lines.lmtp(_STORE, "store1.example.com", when, dice, letter.sender, letter.recipient, -5),
        ),
        ("Received", lines.postfix(_LOOPBACK, "mx.example.com", when, dice, zone=_EST)),
        ("X-Virus-Scanned", "amavis at example.com"),
        ("Received", lines.amavis("mx.example.com", when, dice, letter.recipient, _EST)),
    ]


def university(
    letter: Letter,
    peer: Peer,
    when: datetime,
    dice: Dice,
    spf: str = "pass",
    *,
    by_sendmail: bool = False,
    forged: bool = False,
    banner: bool = True,
) -> bytes:
    """Deliver to example.net: Exim as first exchanger, Sendmail as second one and on the department's host.

    Args:
        letter: The message.
        peer: The host that connects.
        when: When it does, UTC.
        dice: Choices.
        spf: Outcome of SPF, as it is printed.
        by_sendmail: The message comes through the second exchanger.
        forged: The peer's name does not lead back to its address; Sendmail alone says so.
        banner: Exim prints its name.
    """
    later = when + timedelta(seconds=dice.between(1, 6))
    inner = MX2 if by_sendmail else MX1
    protocol = "esmtps" if spf == "pass" else "esmtp"
    line = (
        lines.sendmail(peer, MX2.helo, when, dice, recipient=letter.recipient, zone=_CET, forged=forged)
        if by_sendmail
        else lines.exim(
            peer,
            MX1.helo,
            when,
            dice,
            sender=letter.sender,
            recipient=letter.recipient,
            protocol=protocol,
            offset=1,
            banner=banner,
        )
    )
    inside = lines.sendmail(inner, "mail.cs.example.net", later, dice, recipient=letter.recipient, zone=_CET)
    top = [
        ("Return-Path", f"<{letter.sender}>"),
        ("Received", inside),
        (
            "Authentication-Results",
            f"{inner.helo};\n\tspf={spf} smtp.mailfrom={_domain(letter.sender, peer)}",
        ),
        ("Received", line),
    ]
    return render(top, letter)


def foundation(
    letter: Letter,
    peer: Peer,
    when: datetime,
    dice: Dice,
    spf: str = "pass",
    *,
    boundary: str | None = None,
) -> bytes:
    """Deliver to example.org, a tenant of Microsoft 365: three hops inside Microsoft, then the front end.

    Args:
        letter: The message.
        peer: The host that connects.
        when: When it does, UTC.
        dice: Choices.
        spf: Outcome of SPF, as it is printed.
        boundary: Received value that takes the place of the front end's own.
    """
    site = dice.hex(3)
    mailbox = (f"AS8PR05MB{dice.digits(4)}.eurprd05.prod.outlook.com", f"2603:10a6:20b:{site}::{dice.hex(1)}")
    outer = (f"DB9PR06CA{dice.digits(4)}.eurprd06.prod.outlook.com", f"2603:10a6:10:{dice.hex(3)}::6")
    front = f"DB5PEPF000{dice.hex(5).upper()}"
    second = when + timedelta(seconds=1)
    third = when + timedelta(seconds=dice.between(2, 4))
    domain = _domain(letter.sender, peer)
    verdict = {
        "pass": f"domain of {domain} designates {peer.ip} as permitted sender",
        "none": f"{domain} does not designate permitted sender hosts",
    }.get(spf, f"domain of {domain} does not designate {peer.ip} as permitted sender")
    signer = re.search(r" d=([a-z.-]+);", dict(letter.lead).get("DKIM-Signature", ""))
    signed = (
        f"dkim=pass (signature was verified) header.d={signer[1]}"
        if signer
        else "dkim=none (message not signed) header.d=none"
    )
    top = [
        (
            "Received",
            fold(
                f"from {mailbox[0]} (::1) by AM0PR05MB{dice.digits(4)}.eurprd05.prod.outlook.com with HTTPS; "
                f"{mail_date(third)}"
            ),
        ),
        ("Received", lines.exchange(outer, mailbox, third)),
        (
            "Received",
            lines.exchange(
                (f"{front}.eurprd03.prod.outlook.com", outer[1].replace("::6", ":cafe::e3")),
                (outer[0].replace("eurprd06.prod.outlook.com", "outlook.office365.com"), outer[1]),
                second,
                frontend=True,
            ),
        ),
        (
            "Authentication-Results",
            fold(
                f"spf={spf} (sender IP is {peer.ip}) smtp.mailfrom={domain}; {signed};"
                f"dmarc={_dmarc(letter, peer, spf)} action=none "
                f"header.from={_from_domain(letter)};"
            ),
        ),
        (
            "Received-SPF",
            fold(
                f"{'SoftFail' if spf == 'softfail' else spf.capitalize()} (protection.outlook.com: {verdict}) "
                f"receiver=protection.outlook.com; client-ip={peer.ip}; helo={peer.helo};"
            ),
        ),
        (
            "Received",
            boundary
            or lines.exchange(
                (peer.helo, peer.ip),
                (f"{front}.mail.protection.outlook.com", f"10.167.{dice.between(8, 240)}.{dice.between(4, 250)}"),
                when,
                frontend=True,
                tls=spf == "pass",
            ),
        ),
    ]
    after = [("Return-Path", letter.sender or "<>"), ("X-MS-Exchange-Organization-AuthAs", "Anonymous")]
    if boundary is None:
        level = 1 if spf == "pass" else 5
        after.append(("X-Forefront-Antispam-Report", f"CIP:{peer.ip};SCL:{level};SRV:;IPV:NLI;H:{peer.helo};"))
        after.append(("X-Sender-IP", peer.ip))
    return render(top, letter, after)


def reader(
    letter: Letter,
    peer: Peer,
    when: datetime,
    dice: Dice,
    spf: str = "pass",
    *,
    boundary: str | None = None,
    labels: str = "Inbox,Unread",
) -> bytes:
    """Deliver to lantern.example, a domain whose mail Google keeps, as an export of the mailbox shows it.

    Args:
        letter: The message.
        peer: The host that connects.
        when: When it does, UTC.
        dice: Choices.
        spf: Outcome of SPF, as it is printed.
        boundary: Received value that takes the place of the exchanger's own.
        labels: Where the mailbox's owner keeps the message.
    """
    domain = _domain(letter.sender, peer)
    permitted = "designates" if spf == "pass" else "does not designate"
    top = [*reader_inside(letter, when, dice, labels)]
    top.append(("Received", boundary or lines.google(peer, when, dice, letter.recipient)))
    comment = f"google.com: domain of {letter.sender or domain} {permitted} {peer.ip} as permitted sender"
    top.append(("Received-SPF", f"{spf} ({comment}) client-ip={peer.ip};"))
    top.append(
        (
            "Authentication-Results",
            (
                f"mx.google.com;\n       spf={spf} ({comment}) smtp.mailfrom={domain};\n"
                f"       dmarc={_dmarc(letter, peer, spf)} (p=NONE sp=NONE dis=NONE) "
                f"header.from={_from_domain(letter)}"
            ),
        )
    )
    return render(top, letter)


def reader_inside(letter: Letter, when: datetime, dice: Dice, labels: str) -> list[tuple[str, str]]:
    """Return what Google writes above its exchanger's line."""
    part = f"2002:a05:{dice.digits(4)}:{dice.hex(3)}:b0:{dice.hex(3)}:{dice.hex(4)}:{dice.hex(4)}"
    stamp = mail_date(when + timedelta(seconds=1), -8, "PST")
    return [
        ("X-GM-THRID", dice.digits(19)),
        ("X-Gmail-Labels", labels),
        ("Delivered-To", letter.recipient),
        (
            "Received",
            f"by {part} with SMTP id {dice.letters(3)}{dice.digits(2)}csp{dice.digits(7)}ejc;\n        {stamp}",
        ),
        (
            "X-Received",
            f"by {part} with SMTP id {dice.hex(22)}mr{dice.digits(7)}ejc.{dice.between(1, 60)};\n        {stamp}",
        ),
        ("Return-Path", f"<{letter.sender}>"),
    ]


def _dmarc(letter: Letter, peer: Peer, spf: str) -> str:
    """Return the outcome of DMARC: the author's domain must be the envelope's or one that signed (RFC 7489 §3.1)."""
    author = _from_domain(letter)
    signed = any(f" d={author};" in value for name, value in letter.lead if name == "DKIM-Signature")
    if spf != "pass":
        return "fail"
    return "pass" if signed or author == _domain(letter.sender, peer) else "none"


def _from_domain(letter: Letter) -> str:
    """Return the domain of the author's address, `none` where there is none that is plain."""
    for name, value in letter.fields:
        if name == "From" and "@" in value:
            domain = value.rpartition("@")[2].strip("> ")
            return domain if domain.isascii() and domain.replace("-", "").replace(".", "").isalnum() else "none"
    return "none"


RECEIVERS: dict[str, Deliver] = {
    "company": company,
    "foundation": foundation,
    "university": university,
    "reader": reader,
}
