"""What the parts of the generator hand to one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from attribution.simulate.dice import Dice

__all__ = ["KINDS", "Generated", "Letter", "Occasion", "Peer", "User", "Writer"]

KINDS = ("bot", "phish", "scam", "newsletter", "list", "shop", "ham")
"""What a message is: sent by bots; by a broken-into web server; typed into a webmail page by a swindler; an issue of a
newsletter; a post of a discussion list; an order confirmed by a shop; mail between people."""


class Generated(NamedTuple):
    """One invented message and the truth about it.

    Attributes:
        data: The message as a mailbox holds it: header, empty line, body; lines end with a line feed.
        received_at: Seconds since 1970, UTC, by the receiver's clock.
        campaign: The label; messages with the same one belong together.
        kind: One of `KINDS`.
        botnet: Which botnet sent it; None for mail that no bot sent.
        engine: The program that wrote the header.
        handover_ip: The address that connected to the receiver.
        origin_ip: The address that it really came from, where that is another one; else the same.
        forged: Whether Received lines below the handover are false.
    """

    data: bytes
    received_at: int
    campaign: int
    kind: str
    botnet: int | None
    engine: str
    handover_ip: str
    origin_ip: str
    forged: bool


class User(NamedTuple):
    """A mailbox of the receiver: its address, the part before the @, and the two names of its owner."""

    address: str
    local: str
    first: str
    last: str


class Peer(NamedTuple):
    """The host that connects to the receiver: what it says, what DNS says (empty: nothing), and its address."""

    helo: str
    rdns: str
    ip: str


class Letter(NamedTuple):
    """A message before the receiver has put its lines on top.

    Attributes:
        peer: Who hands it over.
        envelope: The sender of the envelope; empty for none.
        verdict: What the receiver says of signatures and senders, as the values of `Authentication-Results`.
        spf: The receiver's result of SPF; empty where it does not say.
        secure: Whether TLS was used.
        header: The header fields, each with its line feed.
        body: The body.
        origin_ip, engine, forged: As in `Generated`.
    """

    peer: Peer
    envelope: str
    verdict: str
    spf: str
    secure: bool
    header: str
    body: bytes
    origin_ip: str
    engine: str
    forged: bool


class Occasion:
    """One message that is to be written: when, to whom, from where. One object is used for all of them in turn."""

    __slots__ = ("bot", "dice", "label", "sender", "seq", "time", "user")

    bot: tuple[int, int, int, int]
    """The attributes of the bot in the order of `Bots`; of no meaning where none sends."""

    dice: Dice
    """Decides what is left open."""
    label: int
    seq: int
    """Number of the message in its campaign, in order of time, from 0."""
    sender: int
    """The bot; -1 where none sends."""
    time: int
    """Arrival in seconds since 1970."""
    user: User


class Writer(Protocol):
    """Writes the messages of one campaign."""

    def write(self, occasion: Occasion) -> Letter:
        """Return the message for an occasion."""
