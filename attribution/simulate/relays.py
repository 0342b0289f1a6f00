"""Received lines as the mail servers of senders write them, one function for each family of servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.simulate.dates import (
    exim_id,
    mail_date,
    padded_date,
    postfix_date,
    postfix_id,
    sendmail_id,
)

if TYPE_CHECKING:
    from attribution.simulate.clocks import Zone
    from attribution.simulate.dice import Dice

__all__ = [
    "exchange", "exchange_smtp", "exim", "internet_mail_connector", "internet_mail_service", "postfix", "postfix_local",
    "sendmail",
]  # fmt: skip


def _postfix_date(time: int, zone: Zone) -> str:
    """Return a date of Postfix, which names the zone where it has a name."""
    return postfix_date(time, zone.minutes, zone.name) if zone.name else mail_date(time, zone.minutes)


def postfix(
    client: str,
    by: str,
    time: int,
    zone: Zone,
    dice: Dice,
    *,
    protocol: str = "ESMTP",
    recipient: str = "",
    note: str = "",
    bits: int | None = None,
) -> str:
    """Return a line of Postfix.

    Args:
        client: What stands after `from`.
        by: The server.
        time: Seconds since 1970, by its clock.
        zone: What its clock shows.
        dice: Throws the queue id.
        protocol: Its word for it.
        recipient: Whom the mail is for; empty for several.
        note: A line in between, with its blanks and its line feed.
        bits: Of the queue id, instead of a throw.
    """
    date = _postfix_date(time, zone)
    id_line = f"\tby {by} (Postfix) with {protocol} id {postfix_id(dice.getrandbits(40) if bits is None else bits)}"
    rest = f"\n\tfor <{recipient}>; {date}\n" if recipient else f";\n\t{date}\n"
    return f"Received: from {client}\n{note}{id_line}{rest}"


def postfix_local(by: str, uid: int, time: int, zone: Zone, dice: Dice) -> str:
    """Return the line that Postfix writes for mail of a program on the server itself; arguments as of `postfix`."""
    date = _postfix_date(time, zone)
    return f"Received: by {by} (Postfix, from userid {uid})\n\tid {postfix_id(dice.getrandbits(40))}; {date}\n"


def exim(client: str, by: str, sender: str, recipient: str, time: int, zone: Zone, dice: Dice, era: str) -> str:
    """Return a line of Exim for mail of its own users; arguments as of `postfix`, the envelope's sender, the era."""
    if era == "2002":
        # Exim 3 knew no authentication in its lines, and had shorter ids.
        number = exim_id(time, dice.getrandbits(44), short=True)
        return (
            f"Received: from {client}\n\tby {by} with smtp (Exim 3.35 #1)\n\tid {number}\n"
            f"\tfor {recipient}; {padded_date(time, zone.minutes)}\n"
        )
    return (
        f"Received: from {client}\n\tby {by} with esmtpa (Exim 4.80)\n\t(envelope-from <{sender}>)\n"
        f"\tid {exim_id(time, dice.getrandbits(44))}\n\tfor {recipient}; {padded_date(time, zone.minutes)}\n"
    )


def sendmail(client: str, by: str, recipient: str, time: int, zone: Zone, dice: Dice, era: str) -> str:
    """Return a line of Sendmail for mail of its own users; arguments as of `postfix`, and the era."""
    number = sendmail_id(time, dice.getrandbits(44), short=era == "2002")
    if era == "2002":
        return (
            f"Received: from {client}\n\tby {by} (8.11.6/8.11.6) with ESMTP id {number}\n"
            f"\tfor <{recipient}>; {mail_date(time, zone.minutes)}\n"
        )
    return (
        f"Received: from {client}\n\t(authenticated bits=0)\n\tby {by} (8.14.4/8.14.4) with ESMTP id {number}\n"
        f"\tfor <{recipient}>; {mail_date(time, zone.minutes)}\n"
    )


def exchange(client: str, by: str, time: int, zone: Zone) -> str:
    """Return a line of Exchange 2010 for mail of its own mailboxes; arguments as of `postfix`."""
    date = mail_date(time, zone.minutes)
    return f"Received: from {client} by\n {by} ([10.1.0.5]) with mapi id\n 14.03.0158.001; {date}\n"


def exchange_smtp(client: str, by: str, time: int, zone: Zone) -> str:
    """Return a line of Exchange 2010 for mail that a program hands over by SMTP; arguments as of `postfix`."""
    return (
        f"Received: from {client} by {by}\n (10.1.0.5) with Microsoft SMTP Server id 14.3.158.1;\n "
        f"{mail_date(time, zone.minutes)}\n"
    )


def internet_mail_connector(client: str, by: str, time: int, zone: Zone, dice: Dice) -> str:
    """Return a line of Exchange 5.5 for mail that a program hands over by SMTP; arguments as of `postfix`."""
    return (
        f"Received: from {client} by {by} with SMTP (Microsoft Exchange Internet Mail Service Version 5.5.2653.13)\n"
        f"\tid {dice.signs('A', 8)}; {mail_date(time, zone.minutes)}\n"
    )


def internet_mail_service(by: str, time: int, zone: Zone, dice: Dice) -> str:
    """Return a line of Exchange 5.5 for mail of its own mailboxes; arguments as of `postfix`."""
    return (
        f"Received: by {by} with Internet Mail Service (5.5.2653.19)\n\tid <{dice.signs('A', 8)}>; "
        f"{mail_date(time, zone.minutes)}\n"
    )
