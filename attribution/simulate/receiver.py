"""The receiving organisation: its users, its servers, and the lines that they put on top of every message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.simulate.dates import exim_id, padded_date, postfix_date, postfix_id
from attribution.simulate.dice import Dice
from attribution.simulate.model import User
from attribution.simulate.names import FIRST, LAST

if TYPE_CHECKING:
    from attribution.simulate.model import Letter, Occasion
    from attribution.simulate.world import World

__all__ = ["Receiver", "local_users"]

_ZONE, _ZONE_NAME = 60, "CET"
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
        draw = dice.random()
        address = occasion.user.address
        direct = draw < 0.12
        host = self._store if direct else self._exchangers[draw < 0.75]
        out = [f"Return-Path: <{letter.envelope}>\n"]
        if not self._exim:
            # Postfix has the first of them since 2004.
            out.append(f"{f'X-Original-To: {address}' + chr(10) if self._checks else ''}Delivered-To: {address}\n")
        else:
            out.append(f"Envelope-to: {address}\nDelivery-date: {padded_date(time + 2, _ZONE)}\n")
        if not direct:
            out.append(self._inner(host, address, time + 1 + int(draw * 4), dice))
        if letter.verdict and self._checks:
            out.append(f"Authentication-Results: {host}{letter.verdict}\n")
        if letter.spf and self._checks:
            out.append(
                f"Received-SPF: {_SPF_WORDS[letter.spf]} identity=mailfrom;\n"
                f"\tclient-ip={letter.peer.ip}; helo={letter.peer.helo};\n"
                f"\tenvelope-from={letter.envelope}; receiver={address}\n"
            )
        out.append(self._outer(host, letter, address, time, dice))
        return "".join(out)

    def _inner(self, host: str, address: str, time: int, dice: Dice) -> str:
        number = 11 + (host == self._exchangers[1])
        bits = dice.getrandbits(40)
        if self._exim:
            return (
                f"Received: from {host} ([10.20.0.{number}])\n\tby {self._store} with esmtp (Exim 4.80)\n"
                f"\tid {exim_id(time, bits)}\n\tfor {address}; {padded_date(time, _ZONE)}\n"
            )
        return (
            f"Received: from {host} ({host} [10.20.0.{number}])\n"
            f"\tby {self._store} (Postfix) with ESMTP id {postfix_id(bits)}\n"
            f"\tfor <{address}>; {postfix_date(time, _ZONE, _ZONE_NAME)}\n"
        )

    def _outer(self, host: str, letter: Letter, address: str, time: int, dice: Dice) -> str:
        peer = letter.peer
        bits = dice.getrandbits(40)
        secure = letter.secure and self._checks
        if self._exim:
            if peer.helo == peer.rdns:
                who = f"{peer.rdns} ([{peer.ip}])"
            elif peer.rdns:
                who = f"{peer.rdns} ([{peer.ip}] helo={peer.helo})"
            elif peer.helo == f"[{peer.ip}]":
                who = f"[{peer.ip}]"
            else:
                who = f"[{peer.ip}] (helo={peer.helo})"
            protocol = "esmtps (TLS1.0:DHE_RSA_AES_256_CBC_SHA1:256)\n\t(Exim 4.80)" if secure else "esmtp (Exim 4.80)"
            return (
                f"Received: from {who}\n\tby {host} with {protocol}\n\t(envelope-from <{letter.envelope}>)\n"
                f"\tid {exim_id(time, bits)}\n\tfor {address}; {padded_date(time, _ZONE)}\n"
            )
        tls = _TLS if secure else ""
        return (
            f"Received: from {peer.helo} ({peer.rdns or 'unknown'} [{peer.ip}])\n{tls}"
            f"\tby {host} (Postfix) with {'ESMTPS' if secure else 'ESMTP'} id {postfix_id(bits)}\n"
            f"\tfor <{address}>; {postfix_date(time, _ZONE, _ZONE_NAME)}\n"
        )
