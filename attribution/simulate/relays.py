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
    from attribution.simulate.dice import Dice

__all__ = ["exchange", "exim", "internet_mail_service", "postfix", "postfix_local", "sendmail", "zone_name"]

_NAMES = {60: "CET", 0: "GMT", -300: "EST", -360: "CST", -480: "PST", 120: "EET", 240: "MSK", 330: "IST", 540: "JST"}


def zone_name(minutes: int) -> str:
    """Return the usual name of a zone in winter, `UTC` where none is known here.

    Args:
        minutes: How far it lies east of UTC.
    """
    return _NAMES.get(minutes, "UTC")


def postfix(
    client: str,
    by: str,
    time: int,
    zone: int,
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
        time: Seconds since 1970.
        zone: Minutes east of UTC.
        dice: Throws the queue id.
        protocol: Its word for it.
        recipient: Whom the mail is for; empty for several.
        note: A line in between, with its blanks and its line feed.
        bits: Of the queue id, instead of a throw.
    """
    name = zone_name(zone)
    date = postfix_date(time, zone, name) if name != "UTC" else mail_date(time, zone)
    id_line = f"\tby {by} (Postfix) with {protocol} id {postfix_id(dice.getrandbits(40) if bits is None else bits)}"
    rest = f"\n\tfor <{recipient}>; {date}\n" if recipient else f";\n\t{date}\n"
    return f"Received: from {client}\n{note}{id_line}{rest}"


def postfix_local(by: str, uid: int, time: int, zone: int, dice: Dice) -> str:
    """Return the line that Postfix writes for mail of a program on the server itself; arguments as of `postfix`."""
    date = postfix_date(time, zone, zone_name(zone))
    return f"Received: by {by} (Postfix, from userid {uid})\n\tid {postfix_id(dice.getrandbits(40))}; {date}\n"


def exim(client: str, by: str, sender: str, recipient: str, time: int, zone: int, dice: Dice, era: str) -> str:
    """Return a line of Exim for mail of its own users; arguments as of `postfix`, the envelope's sender, the era."""
    if era == "2002":
        # Exim 3 knew no authentication in its lines, and had shorter ids.
        number = exim_id(time, dice.getrandbits(44), short=True)
        return (
            f"Received: from {client}\n\tby {by} with smtp (Exim 3.35 #1)\n\tid {number}\n"
            f"\tfor {recipient}; {padded_date(time, zone)}\n"
        )
    return (
        f"Received: from {client}\n\tby {by} with esmtpa (Exim 4.80)\n\t(envelope-from <{sender}>)\n"
        f"\tid {exim_id(time, dice.getrandbits(44))}\n\tfor {recipient}; {padded_date(time, zone)}\n"
    )


def sendmail(client: str, by: str, recipient: str, time: int, zone: int, dice: Dice, era: str) -> str:
    """Return a line of Sendmail for mail of its own users; arguments as of `postfix`, and the era."""
    number = sendmail_id(time, dice.getrandbits(44), short=era == "2002")
    if era == "2002":
        return (
            f"Received: from {client}\n\tby {by} (8.11.6/8.11.6) with ESMTP id {number}\n"
            f"\tfor <{recipient}>; {mail_date(time, zone)}\n"
        )
    return (
        f"Received: from {client}\n\t(authenticated bits=0)\n\tby {by} (8.14.4/8.14.4) with ESMTP id {number}\n"
        f"\tfor <{recipient}>; {mail_date(time, zone)}\n"
    )


def exchange(client: str, by: str, time: int, zone: int) -> str:
    """Return a line of Exchange 2010 for mail of its own mailboxes; arguments as of `postfix`."""
    return f"Received: from {client} by\n {by} ([10.1.0.5]) with mapi id\n 14.03.0158.001; {mail_date(time, zone)}\n"


def internet_mail_service(by: str, time: int, zone: int, dice: Dice) -> str:
    """Return a line of Exchange 5.5 for mail of its own mailboxes; arguments as of `postfix`."""
    return (
        f"Received: by {by} with Internet Mail Service (5.5.2653.19)\n\tid <{dice.signs('A', 8)}>; "
        f"{mail_date(time, zone)}\n"
    )
