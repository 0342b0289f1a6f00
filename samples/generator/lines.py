"""One writer for each family of Received lines, as the servers of that family print them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .model import Peer, fold, mail_date

if TYPE_CHECKING:
    from .dice import Dice

__all__ = [
    "amavis",
    "exchange",
    "exim",
    "fetchmail",
    "google",
    "literal",
    "lmtp",
    "mapi",
    "postfix",
    "postfix_local",
    "qmail",
    "qmail_network",
    "sendmail",
    "sendmail_local",
    "smtpsvc",
    "squirrelmail",
    "webmail",
    "webmail_login",
]

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE60 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
_MS_TLS = "(version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384)"


def literal(ip: str) -> str:
    """Return an address as SMTP writes it between brackets (RFC 5321 §4.1.3)."""
    return f"IPv6:{ip}" if ":" in ip else ip


def postfix(
    peer: Peer,
    by: str,
    when: datetime,
    dice: Dice,
    *,
    recipient: str = "",
    protocol: str = "ESMTP",
    user: str = "",
    zone: tuple[int, str] = (0, "UTC"),
) -> str:
    """Return what Postfix writes for a message that came by SMTP.

    Args:
        peer: The host that connected.
        by: The host that writes.
        when: Its clock, UTC.
        dice: Choices for the queue id.
        recipient: The `for` clause, left out when empty.
        protocol: The `with` clause; an S for TLS brings the comment about TLS.
        user: Name that the peer logged in with, empty for none.
        zone: The host's offset from UTC in hours, and that zone's name.
    """
    parts = [f"from {peer.helo} ({peer.rdns or 'unknown'} [{literal(peer.ip)}])"]
    if protocol in {"ESMTPS", "ESMTPSA"}:
        parts.append("(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)")
        parts.append(" key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)")
        parts.append("(No client certificate requested)")
    if user:
        parts.append(f"(Authenticated sender: {user})")
    target = f"\n\tfor <{recipient}>" if recipient else ""
    parts.append(f"by {by} (Postfix) with {protocol} id {_hex_id(dice)}{target}; {mail_date(when, *zone)}")
    return "\n\t".join(parts)


def postfix_local(by: str, uid: int, when: datetime, dice: Dice, zone: tuple[int, str] = (0, "UTC")) -> str:
    """Return what Postfix writes for a message that a program on the host itself handed in."""
    return f"by {by} (Postfix, from userid {uid})\n\tid {_hex_id(dice)}; {mail_date(when, *zone)}"


def amavis(host: str, when: datetime, dice: Dice, recipient: str, zone: tuple[int, str]) -> str:
    """Return what the Amavis content filter writes between two passes through Postfix."""
    return (
        f"from {host} ([127.0.0.1])\n by localhost ({host} [127.0.0.1]) (amavis, port 10024) with ESMTP\n"
        f" id {dice.mixed(12)} for <{recipient}>;\n {mail_date(when, *zone)}"
    )


def lmtp(client: Peer, by: str, when: datetime, dice: Dice, sender: str, recipient: str, offset: int) -> str:
    """Return what Dovecot's LMTP server writes when it takes a message for a mailbox."""
    return (
        f"from {client.helo} ([{client.ip}])\n\tby {by} with LMTP\n\tid {dice.mixed(20)}AA{dice.mixed(4)}\n"
        f"\t(envelope-from <{sender}>)\n\tfor <{recipient}>; {mail_date(when, offset)}"
    )


def exim(
    peer: Peer,
    by: str,
    when: datetime,
    dice: Dice,
    *,
    sender: str = "",
    recipient: str = "",
    protocol: str = "esmtps",
    offset: int = 0,
    banner: bool = True,
) -> str:
    """Return what Exim writes for a message that came by SMTP.

    Args:
        peer: The host that connected; without a name in reverse DNS its address comes first.
        by: The host that writes.
        when: Its clock, UTC.
        dice: Choices for port and id.
        sender: Envelope sender.
        recipient: The `for` clause, left out when empty.
        protocol: The `with` clause; an s for TLS brings the cipher.
        offset: Hours that the host's clock is ahead of UTC.
        banner: Print the version; many sites configure it away, and readers then miss who wrote the line.
    """
    port = dice.between(20_000, 60_000)
    if peer.rdns:
        start = f"from {peer.rdns} ([{peer.ip}]:{port} helo={peer.helo})"
        if peer.rdns == peer.helo:
            start = f"from {peer.rdns} ([{peer.ip}]:{port})"
    else:
        start = f"from [{peer.ip}] (port={port} helo={peer.helo})"
    parts = [start]
    tls = " (TLS1.3) tls TLS_AES_256_GCM_SHA384" if protocol in {"esmtps", "esmtpsa"} else ""
    parts.append(f"by {by} with {protocol}{tls}")
    if banner:
        parts.append("(Exim 4.98)")
    parts.append(f"(envelope-from <{sender}>)")
    parts.append(f"id {_exim_id(when, dice)}")
    if recipient:
        parts.append(f"for {recipient}")
    return "\n\t".join(parts) + f";\n\t{mail_date(when, offset)}"


def sendmail(
    peer: Peer,
    by: str,
    when: datetime,
    dice: Dice,
    *,
    recipient: str = "",
    zone: tuple[int, str] = (0, "GMT"),
    forged: bool = False,
) -> str:
    """Return what Sendmail writes for a message that came by SMTP.

    Args:
        peer: The host that connected.
        by: The host that writes.
        when: Its clock, UTC.
        dice: Choices for the queue id.
        recipient: The `for` clause, left out when empty.
        zone: The host's offset from UTC in hours, and that zone's name.
        forged: The peer's name does not lead back to its address.
    """
    doubt = " (may be forged)" if forged else ""
    name = f"{peer.rdns} " if peer.rdns else ""
    target = f"\n\tfor <{recipient}>" if recipient else ""
    return (
        f"from {peer.helo} ({name}[{literal(peer.ip)}]{doubt})\n\tby {by} (8.18.1/8.18.1) with ESMTPS id "
        f"{_sendmail_id(when, dice)}\n\t(version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 "
        f"verify=NO){target}; {mail_date(when, *zone)}"
    )


def sendmail_local(user: str, by: str, when: datetime, dice: Dice, zone: tuple[int, str]) -> str:
    """Return what Sendmail writes for a message that a program on the host itself handed in."""
    return (
        f"(from {user}@localhost)\n\tby {by} (8.18.1/8.18.1/Submit) id {_sendmail_id(when, dice)};\n"
        f"\t{mail_date(when, *zone)}"
    )


def qmail(peer: Peer, by: str, when: datetime, *, ident: str = "", protocol: str = "SMTP") -> str:
    """Return what qmail writes for a message that came by SMTP; its HELO has no brackets, even for a literal."""
    user = f"{ident}@" if ident else ""
    helo = f" (HELO {peer.helo})" if peer.helo != peer.rdns else ""
    stamp = mail_date(when).partition(", ")[2].replace("+0000", "-0000")
    return f"from {peer.rdns or 'unknown'}{helo} ({user}{peer.ip})\n  by {by} with {protocol}; {stamp}"


def qmail_network(when: datetime, dice: Dice) -> str:
    """Return the line that qmail's queue adds, which names no peer."""
    stamp = mail_date(when).partition(", ")[2].replace("+0000", "-0000")
    return f"(qmail {dice.between(1000, 32000)} invoked from network); {stamp}"


def exchange(
    peer: tuple[str, str],
    by: tuple[str, str],
    when: datetime,
    *,
    frontend: bool = False,
    tls: bool = True,
    version: str = "15.20.9520.6",
) -> str:
    """Return what Exchange and Microsoft 365 write for a message that came by SMTP.

    Args:
        peer: Name and address of the host that connected.
        by: Name and address of the host that writes.
        when: Its clock, UTC.
        frontend: The line is that of the front end.
        tls: The connection was encrypted.
        version: Build of the server, which looks like an address and is none.
    """
    cipher = f" {_MS_TLS}" if tls else ""
    via = " via Frontend Transport" if frontend else ""
    return fold(
        f"from {peer[0]} ({peer[1]}) by {by[0]} ({by[1]}) with Microsoft SMTP Server{cipher} id {version}{via}; "
        f"{mail_date(when)}"
    )


def mapi(host: str, ip: str, when: datetime, *, version: str = "15.20.9520.005") -> str:
    """Return what Exchange writes for a message that one of its own mailboxes sent."""
    return fold(f"from {host} ([{ip}]) by {host} ([{ip}%4]) with mapi id {version}; {mail_date(when)}")


def smtpsvc(peer: Peer, by: str, when: datetime, offset: int = 0) -> str:
    """Return what the SMTP service of Windows writes."""
    return (
        f"from {peer.helo} ([{peer.ip}]) by {by} with Microsoft SMTPSVC(10.0.17763.1697);\n\t {mail_date(when, offset)}"
    )


def google(peer: Peer, when: datetime, dice: Dice, recipient: str) -> str:
    """Return what Google's mail exchanger writes; the id repeats the date, which looks like an address."""
    name = f"{peer.rdns}. " if peer.rdns else ""
    local = when - timedelta(hours=8)
    return (
        f"from {peer.helo} ({name}[{peer.ip}])\n        by mx.google.com with ESMTPS id "
        f"{dice.hex(13)}-{dice.hex(11)}si{dice.digits(7)}ede.{dice.between(10, 400)}.{local:%Y.%m.%d.%H.%M.%S}\n"
        f"        for <{recipient}>\n        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\n"
        f"        {mail_date(when, -8, 'PST')}"
    )


def fetchmail(server: Peer, by: str, user: str, when: datetime, zone: tuple[int, str]) -> str:
    """Return what fetchmail writes: the address is the mail drop that it reads, not a peer."""
    return (
        f"from {server.helo} [{server.ip}]\n\tby {by} with IMAP (fetchmail-6.4.39)\n"
        f"\tfor <{user}@{by}> (single-drop); {mail_date(when, *zone)}"
    )


def webmail(client: str, by: str, when: datetime) -> str:
    """Return what a large webmail service writes for a message typed into its pages."""
    return f"from [{client}] by {by} via HTTP; {mail_date(when, 0, 'GMT')}"


def webmail_login(client: Peer, user: str, by: str, when: datetime) -> str:
    """Return what such a service writes for a message that a mail program handed in."""
    return (
        f"from unknown (HELO {client.helo}) ({user}@{client.ip} with login)\n"
        f"  by {by} with SMTP; {mail_date(when).partition(', ')[2]}"
    )


def squirrelmail(client: str, user: str, by: str, when: datetime, offset: int = 0) -> str:
    """Return what SquirrelMail writes for a message typed into its pages."""
    return (
        f"from {client} (SquirrelMail authenticated user {user})\n        by {by} with HTTP;\n"
        f"        {mail_date(when, offset)}"
    )


def _hex_id(dice: Dice) -> str:
    """Return a short queue id as Postfix makes it: microseconds of the second in five digits, then the file's inode."""
    micros, inode = int(dice.hex(5), 16) % 1_000_000, int(dice.hex(5), 16)
    return f"{micros:05X}{inode if inode > 0xFFFF else inode + 0x10000:X}"


def _exim_id(when: datetime, dice: Dice) -> str:
    """Return a message id as Exim 4.97 and later make it: time, process, fraction, in base 62."""
    seconds = int(when.timestamp())
    stamp = ""
    for _ in range(6):
        seconds, rest = divmod(seconds, 62)
        stamp = _BASE62[rest] + stamp
    return f"{stamp}-0000000{dice.mixed(4)}-{dice.mixed(4)}"


def _sendmail_id(when: datetime, dice: Dice) -> str:
    """Return a queue id as Sendmail 8.12 and later make it: year, month ... second, in UTC and base 60."""
    parts = ((when.year - 1900) % 60, when.month - 1, when.day, when.hour, when.minute, when.second)
    return "".join(_BASE60[part] for part in parts) + dice.mixed(2) + f"{dice.between(1000, 999_999):06d}"
