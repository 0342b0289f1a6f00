"""The invented world that mail is made from: one record with all that can be chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

__all__ = ["World"]


@dataclass(frozen=True, slots=True)
class World:
    """What mail there is, who sends it and how it arrives. Shares are between 0 and 1.

    Attributes:
        start: First moment of the period.
        days: Length of the period.
        bot, phish, scam, newsletter, discussion, shop: Shares of the messages by kind; the rest is one-off ham.
        botnets: Number of botnets; 0 draws one from 10 to 29.
        mails_per_bot: Mean number of messages of one bot; none sends more than `most_per_bot`.
        most_per_bot: See there; a bot that two botnets share counts in both, at half.
        smallest, tail: Campaign sizes are Pareto distributed from the smallest on, with this exponent.
        largest: Share of the messages of its kind that one campaign may have.
        double: Share of campaigns that two botnets send.
        sharing_pairs: Pairs of botnets that share bots.
        shared_bots: Share of the bots of the second one of a pair that also belong to the first.
        distinct: Whether no two machines have one address by mere chance, so that `most_per_bot` holds for addresses.
        joined: Share of the machines that share their address with another one, both in one home; with `distinct`.
        renewed: Share of the machines that send from two addresses, one after the other; with `distinct`.
        forging: Share of the botnets that write false Received lines.
        generic: Share of bot campaigns whose subjects are generic or come with a kit.
        english: Share of bot campaigns in English.
        thrice: Share of bot campaigns that come in three bursts a day, each at hours of its own.
        burst_hours: Hours of the day (UTC) at which all bot campaigns send at once; none for campaigns that each
            send when they like.
        in_bursts: Share of the messages of bots that come in those bursts.
        hash_busters: Share of bot campaigns that add random words to each message.
        esps: Mailing services that newsletters go through.
        listed: Share of newsletters with List-Id.
        users: Local mailboxes that receive, drawn with a heavy tail.
        companies: Companies that ordinary mail comes from.
        receiver: Domain of the receiving organisation.
        receiver_software: Which server writes the top lines.
        era: Whose programs are in use: those of 2013, or of 2002.
        later: Whether swindles are among the spam that came up after 2013, so that all kinds of evidence occur:
            extortion with a Bitcoin address, bills with a number to call.
    """

    start: datetime = datetime(2013, 12, 23, tzinfo=UTC)
    days: int = 14
    bot: float = 0.56
    phish: float = 0.03
    scam: float = 0.05
    newsletter: float = 0.16
    discussion: float = 0.03
    shop: float = 0.03
    botnets: int = 0
    mails_per_bot: float = 5.0
    most_per_bot: int = 10
    smallest: int = 4
    tail: float = 0.9
    largest: float = 0.08
    double: float = 0.15
    sharing_pairs: int = 2
    shared_bots: float = 0.15
    distinct: bool = False
    joined: float = 0.0
    renewed: float = 0.0
    forging: float = 0.3
    generic: float = 0.2
    english: float = 0.7
    thrice: float = 0.25
    burst_hours: tuple[float, ...] = ()
    in_bursts: float = 0.95
    hash_busters: float = 0.45
    esps: int = 8
    listed: float = 0.7
    users: int = 400
    companies: int = 150
    receiver: str = "tannenhof.example"
    receiver_software: Literal["postfix", "exim"] = "postfix"
    era: Literal["2013", "2002"] = "2013"
    later: bool = True
