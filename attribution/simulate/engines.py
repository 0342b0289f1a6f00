"""Programs that write mail: which header fields in which order, which shapes of identifiers, which dates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from attribution.simulate.dates import mail_date, padded_date
from attribution.simulate.dice import Shape
from attribution.simulate.texts import texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.simulate.dice import Dice

__all__ = ["Engine", "Programs", "private_engine", "programs_of"]


@dataclass(frozen=True, slots=True)
class Engine:
    """One program, in the version and with the settings of one sender.

    Attributes:
        name: What the truth calls it.
        fields: Header fields in order, each a pattern for `%` with keys: `id date from to subject type coding reply
            answers references`, and for single programs `index key topic client sender`. A field with one of `reply
            answers references` is left out where a message has no such value.
        message_id: Between the angle brackets.
        boundary: Of multipart bodies.
        type_break: What stands between a content type and its parameters.
        quoted_charset: Whether the charset stands in quotes.
        date: Writes the date.
        zone: Minutes east of UTC, or a place of the time zone database; None for the zone where the sender sits.
        helo: `machine`, `literal` (the address in brackets), `inner` (a private address in brackets), `rdns`,
            `domain` (that of the sender), `word` or `localhost`: what a bot that runs it says.
        named: Whether a recipient's name stands in To.
        bare: Whether an address without a name stands in To without angle brackets.
        preamble: Text before the first part.
    """

    name: str
    fields: tuple[str, ...]
    message_id: Shape
    boundary: Shape
    type_break: str = "; "
    quoted_charset: bool = True
    date: Callable[[int, int], str] = mail_date
    zone: int | str | None = None
    helo: str = "machine"
    named: bool = False
    bare: bool = False
    preamble: str = ""


def _read(entry: dict[str, Any]) -> Engine:
    rest = dict(entry)
    fields, message_id, boundary = tuple(rest.pop("fields")), Shape(rest.pop("message_id")), Shape(rest.pop("boundary"))
    date = padded_date if rest.pop("padded_date", False) else mail_date
    return Engine(fields=fields, message_id=message_id, boundary=boundary, date=date, **rest)


class Programs(NamedTuple):
    """The programs of one time.

    Attributes:
        clients: Those that people use; bots mimic some of them.
        kits: Those that are sold or copied, so that botnets share them.
        webmail: Pages on which mail is typed, by provider.
        servers: Those of servers.
    """

    clients: tuple[Engine, ...]
    kits: tuple[Engine, ...]
    webmail: dict[str, Engine]
    servers: dict[str, Engine]


@cache
def programs_of(era: str) -> Programs:
    """Return the programs of a time.

    Args:
        era: As `World.era`.
    """
    found = texts("engines" if era == "2013" else f"engines_{era}")
    webmail, servers = ({name: _read(one) for name, one in found[kind].items()} for kind in ("webmail", "server"))
    return Programs(tuple(map(_read, found["client"])), tuple(map(_read, found["kit"])), webmail, servers)


_BASIC = (
    "Message-ID: <%(id)s>",
    "Date: %(date)s",
    "From: %(from)s",
    "To: %(to)s",
    "Subject: %(subject)s",
    "MIME-Version: 1.0",
    "Content-Type: %(type)s",
    "Content-Transfer-Encoding: %(coding)s",
    "Reply-To: %(reply)s",
)


def private_engine(dice: Dice, name: str, product: str) -> Engine:
    """Return an engine of its own: random order, random shapes.

    Args:
        dice: What decides.
        name: What the truth calls it.
        product: What it calls itself, where it does.
    """
    fields = list(_BASIC)
    shapes = texts("spam")["private"]
    mailer = dice.pick(shapes["mailers"])
    if mailer:
        fields.append(mailer % (product, dice.below(9) + 1, dice.below(40), dice.below(4000)))
    extras = ("X-Priority: 3", "X-MSMail-Priority: Normal", "Importance: normal", "Content-Language: en")
    fields.extend(extra for extra in extras if dice.random() < 0.25)
    dice.shuffle(fields)
    return Engine(
        name,
        tuple(fields),
        # A few fixed signs make shapes of one pattern differ, as home-made ones do.
        Shape(f"{dice.signs('l', dice.below(3))}{dice.pick(shapes['message_ids'])}"),
        Shape(f"{dice.pick(shapes['boundaries'])}{dice.signs('L', dice.below(2))}"),
        type_break=dice.pick(("; ", ";\n\t", ";\n ", ";")),
        quoted_charset=dice.random() < 0.6,
        date=dice.pick((mail_date, padded_date)),
        zone=dice.pick((None, None, 0, 180, -480, 60)),
        helo=dice.pick(("machine", "literal", "rdns", "domain", "word", "machine", "localhost", "rdns")),
        named=dice.random() < 0.3,
        bare=dice.random() < 0.3,
        preamble=dice.pick(("", "", "This is a multi-part message in MIME format.\n\n")),
    )
