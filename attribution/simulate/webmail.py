"""Providers on whose pages mail is typed: their servers and the lines that these write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.simulate.clocks import CALIFORNIA, GERMANY, zone_at
from attribution.simulate.dates import mail_date
from attribution.simulate.model import Peer
from attribution.simulate.networks import HOSTS, address_text
from attribution.simulate.relays import postfix, postfix_local

if TYPE_CHECKING:
    from attribution.simulate.dice import Dice

__all__ = ["PROVIDER_DOMAINS", "provider_lines"]

PROVIDER_DOMAINS = {"yahoo": "yahoo.com", "hotmail": "hotmail.com", "gmail": "gmail.com"}
"""The large providers, and what their addresses end in. The mailboxes that are made up there belong to nobody."""

# Blocks of the providers' outgoing servers, invented as all addresses are.
_BASES = {name: HOSTS[0].base + (60 + place << 12) for place, name in enumerate(PROVIDER_DOMAINS)}


def provider_lines(
    provider: str, own: Peer, client: str, time: int, dice: Dice, recipient: str, era: str
) -> tuple[Peer, str, str, str]:
    """Return the server that hands over, the lines that it and the page wrote, what SPF says, and who makes the ids.

    The last is the machine of the provider whose name stands in the page's line and in the Message-ID.

    Args:
        provider: `yahoo`, `hotmail`, `gmail`, `roundcube` or `squirrel`.
        own: The server, for the last two, which anybody can run.
        client: Address of the browser.
        time: When the mail was sent off, in seconds since 1970, by the clock of the server.
        dice: What decides.
        recipient: Its recipient.
        era: As `World.era`.
    """
    if era == "2002" and provider in {"yahoo", "hotmail"}:
        return (_yahoo_2002 if provider == "yahoo" else _hotmail_2002)(client, time, dice)
    if provider == "yahoo":
        return _yahoo(client, time, dice)
    if provider == "hotmail":
        return _hotmail(time, dice)
    if provider == "gmail":
        return _gmail(time, dice, recipient)
    zone = zone_at(GERMANY, time)
    if provider == "roundcube":
        above = postfix(f"{own.helo} (localhost [127.0.0.1])", own.helo, time + 1, zone, dice, protocol="ESMTPA")
        date = mail_date(time, zone.minutes)
        page = f"Received: from [{client}]\n\tby {own.helo}\n\twith HTTP (HTTP/1.1 POST); {date}\n"
        return own, above + page, "none", own.helo
    above = postfix_local(own.helo, 48, time + 1, zone, dice)
    page = (
        f"Received: from {client}\n        (SquirrelMail authenticated user webmaster)\n"
        f"        by {own.helo} with HTTP;\n        {mail_date(time, zone.minutes)}\n"
    )
    return own, above + page, "none", own.helo


def _named(time: int) -> str:
    """Return a date of California with the name of the zone instead of its number."""
    zone = zone_at(CALIFORNIA, time)
    return f"{mail_date(time, zone.minutes)[:-6]} {zone.name}"


def _yahoo(client: str, time: int, dice: Dice) -> tuple[Peer, str, str, str]:
    number, machine = 1 + dice.below(40), 1 + dice.below(8)
    host = f"nm{number}-vm{machine}.bullet.mail.bf1.yahoo.com"
    inner = address_text(_BASES["yahoo"] + 3000 + dice.below(200))
    page = f"web{100000 + dice.below(60000)}.mail.bf1.yahoo.com"
    utc = mail_date(time + 1, 0).replace("+0000", "-0000")
    above = (
        f"Received: from [{inner}] by {host} with NNFMP; {utc}\n"
        f"Received: (qmail {10000 + dice.below(80000)} invoked by uid 60001); {utc}\n"
        f"Received: from [{client}] by {page} via HTTP; {_named(time)}\n"
    )
    return Peer(host, host, address_text(_BASES["yahoo"] + number * 64 + machine)), above, "none", page


def _yahoo_2002(client: str, time: int, dice: Dice) -> tuple[Peer, str, str, str]:
    number = 10000 + dice.below(10000)
    host = f"web{number}.mail.yahoo.com"
    page = f"Received: from [{client}] by {host} via HTTP; {_named(time)}\n"
    peer = Peer(host, host, address_text(_BASES["yahoo"] + 256 * (number % 12) + 1 + number % 250))
    return peer, page, "none", host


def _hotmail_2002(client: str, time: int, dice: Dice) -> tuple[Peer, str, str, str]:
    number = 1 + dice.below(250)
    host = f"f{number}.law{1 + number % 15}.hotmail.com"
    date = mail_date(time + 1, zone_at(CALIFORNIA, time).minutes)
    address = address_text(_BASES["hotmail"] + 256 * (number % 15) + number)
    above = (
        f"Received: from mail pickup service by hotmail.com with Microsoft SMTPSVC;\n\t {date}\n"
        f"Received: from {client} by lw{1 + number % 15}fd.law{1 + number % 15}.hotmail.msn.com with HTTP;\n"
        f"\t{mail_date(time, 0)[:-6]} GMT\n"
    )
    return Peer("hotmail.com", host, address), above, "none", str(number)


def _hotmail(time: int, dice: Dice) -> tuple[Peer, str, str, str]:
    number, server = 1 + dice.below(4), 1 + dice.below(30)
    host = f"blu0-omc{number}-s{server}.blu0.hotmail.com"
    page = f"BLU{100 + dice.below(90)}-W{1 + dice.below(60)}"
    inner = f"10.60.{dice.below(250)}.{1 + dice.below(250)}"
    above = (
        f"Received: from {page} ([{inner}]) by {host} with Microsoft SMTPSVC(6.0.3790.4675);\n"
        f"\t {mail_date(time, zone_at(CALIFORNIA, time).minutes)}\n"
    )
    return Peer(host, host, address_text(_BASES["hotmail"] + number * 64 + server)), above, "pass", page


def _gmail(time: int, dice: Dice, recipient: str) -> tuple[Peer, str, str, str]:
    letter, number = dice.pick("abegilopqvw"), 40 + dice.below(20)
    second = letter if letter in "oe" else "i" if letter == "w" else "a"
    host = f"mail-{letter}{second}0-f{number}.google.com"
    inner, page = (f"10.{180 + dice.below(20)}.{dice.below(250)}.{1 + dice.below(250)}" for _ in range(2))
    zone = zone_at(CALIFORNIA, time)
    later, now = (f"{mail_date(moment, zone.minutes)} ({zone.name})" for moment in (time + 1, time))
    above = (
        f"Received: by {host} with SMTP id {dice.signs('a', 13)}.{dice.below(40)}\n"
        f"        for <{recipient}>; {later}\n"
        f"X-Received: by {inner} with SMTP id {dice.signs('a', 14)}.{dice.below(200)}.{time}{dice.below(900) + 100};\n"
        f"        {later}\n"
        f"Received: by {page} with HTTP; {now}\n"
    )
    return Peer(host, host, address_text(_BASES["gmail"] + ord(letter) * 8 + number)), above, "pass", host
