"""The receiving organisation: its users, its servers, and the lines that they put on top of every message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.simulate.clocks import GERMANY, zone_at
from attribution.simulate.dates import exim_id, padded_date, postfix_date, postfix_id
from attribution.simulate.dice import Dice
from attribution.simulate.model import User
from attribution.simulate.names import FIRST, LAST

if TYPE_CHECKING:
    from attribution.simulate.clocks import Zone
    from attribution.simulate.model import Letter, Occasion
    from attribution.simulate.world import World

__all__ = ["Receiver", "local_users"]

_STORE_SLOW = 2
"""By how many seconds the clock of the server with the mailboxes is behind that of the exchangers."""
_TLS = "\t(using TLSv1 with cipher DHE-RSA-AES256-SHA (256/256 bits))\n\t(No client certificate requested)\n"
_SPF_WORDS = {
    "pass": "Pass (sender SPF authorized)",
    "fail": "Fail (SPF fail - not authorized)",
    "softfail": "Softfail (domain owner discourages use of this host)",
    "neutral": "Neutral (access neither permitted nor denied)",
    "none": "None (no SPF record)",
}


def local_users(world: World, seed: int) -> list[User]:
    """Return the mailboxes of the receiver."""
    dice = Dice(f"{seed}:users")
    first_names = [name for name in FIRST if name.isascii()]
    last_names = [name for name in LAST if name.isascii()]
    users: list[User] = []
    taken: set[str] = set()
    role = ["info", "sales", "office", "support", "jobs", "press", "webmaster", "orders"]
    while len(users) < world.users:
        first, last = dice.pick(first_names), dice.pick(last_names)
        local = f"{first}.{last}".lower()
        if role and dice.random() < 0.05:
            local = role.pop()
        elif local in taken:
            local = f"{first[0]}{last}{dice.below(900) + 10}".lower()
        if local not in taken:
            taken.add(local)
            users.append(User(f"{local}@{world.receiver}", local, first, last))
    return users


class Receiver:
    """Puts the receiver's lines on top.

    Two exchangers take mail and pass it to the store; the store itself takes some, and then writes the only line.

    Args:
        world: `receiver` and `receiver_software` hold.
    """

    def __init__(self, world: World) -> None:
        self._domain = world.receiver
        self._store = f"mail.{world.receiver}"
        self._exchangers = (f"mx1.{world.receiver}", f"mx2.{world.receiver}")
        self._exim = world.receiver_software == "exim"
        # In 2002 hardly anybody had TLS, SPF or DKIM.
        self._checks = world.era == "2013"

    def accept(self, letter: Letter, occasion: Occasion) -> str:
        """Return the lines on top of a message, the newest first."""
        dice, time = occasion.dice, occasion.time
        zone = zone_at(GERMANY, time)
        draw = dice.random()
        host = self._store if draw < 0.12 else self._exchangers[draw < 0.75]
        # When the exchanger passes the message on; the store itself has no such line.
        later = time + 1 + int(draw * 4) - _STORE_SLOW if draw >= 0.12 else 0
        checks = ""
        if self._checks:
            if letter.verdict:
                checks = f"Authentication-Results: {host}{letter.verdict}\n"
            if letter.spf:
                checks += (
                    f"Received-SPF: {_SPF_WORDS[letter.spf]} identity=mailfrom;\n"
                    f"\tclient-ip={letter.peer.ip}; helo={letter.peer.helo};\n"
                    f"\tenvelope-from={letter.envelope}; receiver={occasion.user.address}\n"
                )
        secure = letter.secure and self._checks
        return (self._by_exim if self._exim else self._by_postfix)(
            letter, occasion.user.address, host, time, later, zone, checks, dice, secure=secure
        )

    def _by_postfix(
        self,
        letter: Letter,
        address: str,
        host: str,
        time: int,
        later: int,
        zone: Zone,
        checks: str,
        dice: Dice,
        *,
        secure: bool,
    ) -> str:
        (helo, rdns, ip), envelope = letter.peer, letter.envelope
        # Postfix has the first of them since 2004.
        original = f"X-Original-To: {address}\n" if self._checks else ""
        inner = ""
        if later:
            number = 11 + (host == self._exchangers[1])
            inner = (
                f"Received: from {host} ({host} [10.20.0.{number}])\n"
                f"\tby {self._store} (Postfix) with ESMTP id {postfix_id(dice.getrandbits(40))}\n"
                f"\tfor <{address}>; {postfix_date(later, *zone)}\n"
            )
        return (
            f"Return-Path: <{envelope}>\n{original}Delivered-To: {address}\n{inner}{checks}"
            f"Received: from {helo} ({rdns or 'unknown'} [{ip}])\n{_TLS if secure else ''}"
            f"\tby {host} (Postfix) with {'ESMTPS' if secure else 'ESMTP'} id {postfix_id(dice.getrandbits(40))}\n"
            f"\tfor <{address}>; {postfix_date(time, *zone)}\n"
        )

    def _by_exim(
        self,
        letter: Letter,
        address: str,
        host: str,
        time: int,
        later: int,
        zone: Zone,
        checks: str,
        dice: Dice,
        *,
        secure: bool,
    ) -> str:
        (helo, rdns, ip), envelope = letter.peer, letter.envelope
        inner = ""
        if later:
            number = 11 + (host == self._exchangers[1])
            inner = (
                f"Received: from {host} ([10.20.0.{number}])\n\tby {self._store} with esmtp (Exim 4.80)\n"
                f"\tid {exim_id(later, dice.getrandbits(40))}\n\tfor {address}; {padded_date(later, zone.minutes)}\n"
            )
        if helo == rdns:
            who = f"{rdns} ([{ip}])"
        elif rdns:
            who = f"{rdns} ([{ip}] helo={helo})"
        elif helo == f"[{ip}]":
            who = helo
        else:
            who = f"[{ip}] (helo={helo})"
        protocol = "esmtps (TLS1.0:DHE_RSA_AES_256_CBC_SHA1:256)\n\t(Exim 4.80)" if secure else "esmtp (Exim 4.80)"
        return (
            f"Return-Path: <{envelope}>\nEnvelope-to: {address}\nDelivery-date: {padded_date(time + 2, zone.minutes)}\n"
            f"{inner}{checks}Received: from {who}\n\tby {host} with {protocol}\n\t(envelope-from <{envelope}>)\n"
            f"\tid {exim_id(time, dice.getrandbits(40))}\n\tfor {address}; {padded_date(time, zone.minutes)}\n"
        )
