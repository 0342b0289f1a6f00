"""Mail servers of organisations: which software one runs, and the Received lines that it writes (RFC 5321 §4.4)."""

from __future__ import annotations

from bisect import bisect
from functools import cache, lru_cache
from itertools import accumulate
from string import Formatter
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from attribution.simulate.clauses import FORMS
from attribution.simulate.clocks import clock_error, zone_at
from attribution.simulate.dates import (
    digits_date,
    exim_id,
    mail_date,
    padded_date,
    postfix_date,
    postfix_id,
    postfix_long_id,
    sendmail_hour_id,
    sendmail_id,
)
from attribution.simulate.dice import Shape
from attribution.simulate.model import Peer
from attribution.simulate.texts import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attribution.simulate.clocks import Zone
    from attribution.simulate.dice import Dice

__all__ = ["KINDS", "Hop", "Software", "Way", "choose", "software_of"]

KINDS = ("office", "provider", "list", "web", "page", "service", "filter")
"""What organisations run servers for, as the tables of servers.toml are called."""
_LOCAL = Peer("localhost", "localhost", "127.0.0.1")


class Way(NamedTuple):
    """Who had a hand in one message.

    Attributes:
        hosts: By the names that servers.toml has for them: `server`, `inside`, `pc` and so on.
        facts: What stands for other words in braces: `from`, `to`, `home` and so on.
        zone: Their place in the time zone database.
        account: What the sender logs in with.
        steady: Whether somebody looks after the clocks, so that they are off by a second or two at most.
    """

    hosts: Mapping[str, Peer]
    facts: Mapping[str, str]
    zone: str
    account: str
    steady: bool = False


class _Moment(NamedTuple):
    """When and by whom a line is written: the time that the host's clock shows, and what else it needs."""

    way: Way
    host: Peer
    time: int
    zone: Zone
    dice: Dice


def _zone_in_comment(moment: _Moment) -> str:
    date = mail_date(moment.time, moment.zone.minutes)
    return f"{date} ({moment.zone.name})" if moment.zone.name else date


def _postfix_date(moment: _Moment) -> str:
    """Return a date of Postfix, which names the zone where it has a name."""
    zone = moment.zone
    return postfix_date(moment.time, *zone) if zone.name else mail_date(moment.time, zone.minutes)


_WORDS: dict[str, Callable[[_Moment], str]] = {
    "by": lambda moment: moment.host.helo,
    "by_ip": lambda moment: moment.host.ip,
    # Dates: as Sendmail and most servers write them, with two digits for the day, with the name of the zone, those of
    # Postfix, of qmail, of Raptor, and without the day of the week.
    "date": lambda moment: mail_date(moment.time, moment.zone.minutes),
    "padded": lambda moment: padded_date(moment.time, moment.zone.minutes),
    "named": _zone_in_comment,
    "postfix_date": _postfix_date,
    "utc": lambda moment: f"{mail_date(moment.time, 0)[5:-5]}-0000",
    "ut": lambda moment: mail_date(moment.time, 0)[5:-6],
    "short": lambda moment: padded_date(moment.time, moment.zone.minutes)[5:],
    "stamp": lambda moment: digits_date(moment.time + 60 * moment.zone.minutes),
    "stamp_utc": lambda moment: digits_date(moment.time),
    # Queue ids of which others can tell when they were made.
    "postfix": lambda moment: postfix_id(moment.dice.getrandbits(40)),
    "postfix_long": lambda moment: postfix_long_id(moment.time, moment.dice.getrandbits(40)),
    "exim": lambda moment: exim_id(moment.time, moment.dice.getrandbits(44)),
    "exim3": lambda moment: exim_id(moment.time, moment.dice.getrandbits(44), short=True),
    "sendmail": lambda moment: sendmail_id(moment.time, moment.dice.getrandbits(44)),
    "sendmail_short": lambda moment: sendmail_id(moment.time, moment.dice.getrandbits(44), short=True),
    "sendmail_hour": lambda moment: sendmail_hour_id(
        moment.time + 60 * moment.zone.minutes, moment.dice.getrandbits(20)
    ),
    "turned": lambda moment: f"{moment.time:08X}"[::-1],
}
"""What stands for the words in braces, beside addresses of hosts (`mailbox_ip`) and the facts of a way."""


class Hop(NamedTuple):
    """One line that a server writes; servers.toml tells what the parts are.

    Attributes:
        at, of: Names of hosts; `of` is empty in a line without a peer.
        dialect: Which one the project's reader must see in it.
        took: Seconds since the line before it.
        parts: Fixed text with gaps.
        makers: Of the text in the gaps, with their places.
    """

    at: str
    of: str
    dialect: str
    took: int
    parts: list[str]
    makers: tuple[tuple[int, Callable[[_Moment], str]], ...]


class Software(NamedTuple):
    """What one organisation runs.

    Attributes:
        name: For people.
        hosts: Names that the outgoing server may have; none for any.
        engine: The program of its own people; empty for whatever they like.
        signer: How it signs where it does; empty for servers that cannot.
        own: The lines of mail from that program, the newest first.
        hops: Those of all other mail.
    """

    name: str
    hosts: tuple[str, ...]
    engine: str
    signer: str
    own: tuple[Hop, ...]
    hops: tuple[Hop, ...]

    def write(self, way: Way, time: int, dice: Dice, *, own: bool = False) -> tuple[str, int]:
        """Return the lines of a message, each with its line feed, and when the first server had it, by a right clock.

        Args:
            way: Whose message it is.
            time: When it left the last of the servers, in seconds since 1970, by a right clock.
            dice: Throws the identifiers.
            own: Whether the server's own program wrote it.
        """
        lines: list[str] = []
        hosts, place = way.hosts, way.zone
        for hop in self.own if own else self.hops:
            host = hosts[hop.at]
            shown = time + _error(host.helo, steady=way.steady)
            moment = _Moment(way, host, shown, zone_at(place, shown), dice)
            parts = hop.parts.copy()
            for number, make in hop.makers:
                parts[number] = make(moment)
            lines += parts
            time -= hop.took
        return "".join(lines), time


def choose(era: str, kind: str, dice: Dice) -> Software:
    """Return what one organisation runs.

    Args:
        era: As `World.era`.
        kind: One of `KINDS`.
        dice: What decides; the same for all its messages.
    """
    found = software_of(era, kind)[1]
    ends = _ends(era, kind)
    return found[bisect(ends, dice.random() * ends[-1])]


@cache
def _ends(era: str, kind: str) -> tuple[float, ...]:
    return tuple(accumulate(software_of(era, kind)[0]))


@lru_cache(maxsize=8192)
def _error(host: str, *, steady: bool) -> int:
    """Return by how many seconds the clock of a host is fast."""
    salt = crc32(host.encode())
    return salt % 4 - 1 if steady else clock_error(salt)


@lru_cache(maxsize=64)
def software_of(era: str, kind: str) -> tuple[tuple[float, ...], tuple[Software, ...]]:
    """Return all software of a kind, each set of versions on its own, with how often it is in use."""
    weights: list[float] = []
    found: list[Software] = []
    for entry in _tables(era).get(kind, []):
        versions = entry.get("versions", [{}])
        for version in versions:
            weights.append(entry["weight"] / len(versions))
            found.append(_read(entry, version))
    return tuple(weights), tuple(found)


def _tables(era: str) -> dict[str, Any]:
    return texts("servers" if era == "2013" else f"servers_{era}")


def _read(entry: Mapping[str, Any], version: Mapping[str, str]) -> Software:
    hops = tuple(_hop(each, version) for each in entry["hops"])
    own = tuple(_hop(each, version) for each in entry["own"]) if "own" in entry else hops
    hosts = (version["host"],) if "host" in version else tuple(entry.get("host", ()))
    return Software(entry["name"], hosts, entry.get("engine", ""), entry.get("signer", ""), own, hops)


def _hop(entry: Mapping[str, Any], version: Mapping[str, str]) -> Hop:
    of = entry.get("of", "")
    above = f"{entry['field']}\n" if "field" in entry else ""
    parts: list[str] = []
    makers: list[tuple[int, Callable[[_Moment], str]]] = []
    for fixed, word, _, _ in Formatter().parse(f"{above}Received: {entry['line']}\n"):
        parts.append(fixed)
        if word is not None and word in version:
            parts.append(version[word])
        elif word is not None:
            makers.append((len(parts), _peer(of, entry["as"]) if word == "peer" else _word(word)))
            parts.append("")
    return Hop(entry["at"], of, entry["is"], entry.get("took", 1), parts, tuple(makers))


def _peer(of: str, form: str) -> Callable[[_Moment], str]:
    write = FORMS[form]
    if of in {"self", "loop"}:
        # The server speaks with itself.
        return lambda moment: write(_LOCAL._replace(helo=moment.host.helo), "", 0)
    if of == "localhost":
        text = write(_LOCAL, "", 0)
        return lambda _moment: text
    return lambda moment: write(moment.way.hosts[of], moment.way.account, 1024 + moment.dice.below(64_000))


@cache
def _word(word: str) -> Callable[[_Moment], str]:
    if word in _WORDS:
        return _WORDS[word]
    if word.startswith("%"):
        make = Shape(word).make
        return lambda moment: make(moment.dice, moment.time, "", "")
    host = word.removesuffix("_ip")
    if host != word:
        return lambda moment: moment.way.hosts[host].ip
    return lambda moment: moment.way.facts[word]
