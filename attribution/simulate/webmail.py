"""Providers on whose pages mail is typed: their servers and the lines that these write."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from attribution.simulate.clocks import CALIFORNIA, GERMANY, clock_error, zone_at
from attribution.simulate.dates import mail_date, padded_date
from attribution.simulate.dice import Dice
from attribution.simulate.model import Peer
from attribution.simulate.networks import BACKSTAGE, HOSTS, address_text
from attribution.simulate.servers import Way, choose
from attribution.simulate.signing import Signer

if TYPE_CHECKING:
    from attribution.simulate.servers import Software

__all__ = ["PROVIDER_DOMAINS", "Page", "page_of", "provider_lines"]

PROVIDER_DOMAINS = {"yahoo": "yahoo.com", "hotmail": "hotmail.com", "gmail": "gmail.com"}
"""The large providers, and what their addresses end in. The mailboxes that are made up there belong to nobody."""

# Blocks of the providers' outgoing servers, invented as all addresses are.
_BASES = {name: HOSTS[0].base + (60 + place << 12) for place, name in enumerate(PROVIDER_DOMAINS)}


class Page(NamedTuple):
    """A webmail page that somebody runs: the server below it, what that runs, and where."""

    server: Peer
    software: Software
    zone: str


def page_of(server: Peer, provider: str, era: str, dice: Dice) -> Page:
    """Return a page that anybody can run.

    Args:
        server: Its server.
        provider: `roundcube`, which hands mail over by SMTP, or `squirrel`, which does it by a command.
        era: As `World.era`.
        dice: What decides.
    """
    return Page(server, choose(era, "page" if provider == "roundcube" else "web", dice), GERMANY)


def provider_lines(
    provider: str, own: Page | None, client: str, time: int, dice: Dice, recipient: str, sender: str, era: str
) -> tuple[Peer, str, str, str, str]:
    """Return who hands over, the lines above the mail, what SPF says, who makes the ids, the verdict on signatures.

    Who makes the ids is the machine of the provider whose name stands in the page's line and in the Message-ID.

    Args:
        provider: `yahoo`, `hotmail`, `gmail`, `roundcube` or `squirrel`.
        own: The page, for the last two.
        client: Address of the browser.
        time: When the mail was sent off, in seconds since 1970, by the clock of the server.
        dice: What decides.
        recipient: Its recipient.
        sender: Its sender.
        era: As `World.era`.
    """
    if own is not None:
        peer, above, spf, page = _own(own, provider, client, time, dice, recipient, sender)
    elif era == "2002":
        peer, above, spf, page = (_yahoo_2002 if provider == "yahoo" else _hotmail_2002)(client, time, dice)
    elif provider == "hotmail":
        # Signs nothing.
        peer, above, spf, page = _hotmail(time, dice)
    else:
        signer = _signer(provider)
        if provider == "yahoo":
            return (*_yahoo(client, time, dice, signer), signer.verdict)
        return (*_gmail(time, dice, recipient, signer), signer.verdict)
    return peer, above, spf, page, ""


@cache
def _signer(provider: str) -> Signer:
    return Signer(provider, PROVIDER_DOMAINS[provider], Dice(provider))


def _own(
    page: Page, provider: str, client: str, time: int, dice: Dice, recipient: str, sender: str
) -> tuple[Peer, str, str, str]:
    server, zone = page.server, zone_at(page.zone, time)
    home = server.helo.partition(".")[2]
    facts = {"from": sender, "to": recipient, "user": sender.partition("@")[0], "home": home}
    # The server's clock is that of the page, and right here: whoever calls has put the error in.
    error = clock_error(crc32(server.helo.encode()))
    way = Way({"server": server}, facts, page.zone, sender)
    above, _ = page.software.write(way, time + 1 - error, dice)
    date = mail_date(time, zone.minutes)
    if provider == "roundcube":
        line = f"Received: from [{client}]\n\tby {server.helo}\n\twith HTTP (HTTP/1.1 POST); {date}\n"
    else:
        line = (
            f"Received: from {client}\n        (SquirrelMail authenticated user webmaster)\n"
            f"        by {server.helo} with HTTP;\n        {date}\n"
        )
    return server, above + line, "none", server.helo


def _named(time: int) -> str:
    """Return a date of California with the name of the zone instead of its number."""
    zone = zone_at(CALIFORNIA, time)
    return f"{mail_date(time, zone.minutes)[:-6]} {zone.name}"


def _yahoo(client: str, time: int, dice: Dice, signer: Signer) -> tuple[Peer, str, str, str]:
    number, machine, farm = 1 + dice.below(40), 1 + dice.below(8), dice.pick(("bf1", "ne1", "bf1"))
    host = f"nm{number}-vm{machine}.bullet.mail.{farm}.yahoo.com"
    # It goes through three machines of the farm: the third lies on the one that took it from the page.
    inner, outer = (address_text(BACKSTAGE + 3000 + dice.below(200)) for _ in range(2))
    third, second = f"omp{1001 + dice.below(90)}.mail.{farm}.yahoo.com", f"tm{1 + dice.below(20)}.bullet.mail.{farm}"
    page = f"web{100000 + dice.below(60000)}.mail.{farm}.yahoo.com"
    # One of them is a second or two later than the others now and then.
    dates = [f"{padded_date(time + late, 0)[5:-5]}-0000" for late in (2 + dice.below(2), 2, 1)]
    above = (
        f"Received: from [{outer}] by {host} with NNFMP; {dates[0]}\n"
        f"Received: from [{inner}] by {second}.yahoo.com with NNFMP; {dates[1]}\n"
        f"Received: from [127.0.0.1] by {third} with NNFMP; {dates[2]}\n"
        f"X-Yahoo-Newman-Property: ymail-3\nX-Yahoo-Newman-Id: {dice.digits(6)}.{dice.digits(5)}.bm@{third}\n"
        f"Received: (qmail {10000 + dice.below(80000)} invoked by uid 60001); {dates[2].removeprefix('0')}\n"
        f"{signer.sign(dice, time + 1)}"
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


def _gmail(time: int, dice: Dice, recipient: str, signer: Signer) -> tuple[Peer, str, str, str]:
    letter, number = dice.pick("abegilopqvw"), 40 + dice.below(20)
    second = letter if letter in "oe" else "i" if letter == "w" else "a"
    host = f"mail-{letter}{second}0-f{number}.google.com"
    inner, page = (f"10.{180 + dice.below(20)}.{dice.below(250)}.{1 + dice.below(250)}" for _ in range(2))
    outer, within = (
        f"{dice.signs('l', 1)}{1 + dice.below(30)}{kind}{dice.digits(7)}{dice.signs('l', 3)}" for kind in ("so", "mr")
    )
    zone = zone_at(CALIFORNIA, time)
    later, now = (f"{mail_date(moment, zone.minutes)} ({zone.name})" for moment in (time + 1, time))
    above = (
        f"Received: by {host} with SMTP id {outer}.{dice.below(40)}\n"
        f"        for <{recipient}>; {later}\n"
        f"{signer.sign(dice, time)}"
        f"X-Received: by {inner} with SMTP id {within}.{dice.below(200)}.{time}{dice.below(900) + 100};\n"
        f"        {later}\n"
        f"Received: by {page} with HTTP; {now}\n"
    )
    return Peer(host, host, address_text(_BASES["gmail"] + ord(letter) * 8 + number)), above, "pass", host
