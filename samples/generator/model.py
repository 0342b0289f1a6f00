"""What a message of the corpus is made of, and what is known to be true of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

__all__ = ["Letter", "Peer", "Sample", "Truth", "asctime", "at", "encode", "fold", "mail_date", "render"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Peer:
    """A host that connects to a mail server.

    Attributes:
        ip: Its address.
        helo: What it calls itself.
        rdns: The name that reverse DNS gives for the address; None where there is none.
    """

    ip: str
    helo: str
    rdns: str | None = None


@dataclass(slots=True)
class Letter:
    """A message as its sender wrote it.

    Attributes:
        fields: Header fields, name and value, in the sender's order. Bytes that are no UTF-8 stand as
            surrogates (PEP 383).
        body: Text after the header, lines ending in a line feed.
        sender: Envelope sender, empty for the null sender.
        recipient: Envelope recipient.
        sent: When it was handed to the first server, UTC.
        below: Received values that stand below the receiver's own ones, newest first.
        lead: Other fields that relays put above the sender's, such as a DKIM signature.
    """

    fields: list[tuple[str, str]]
    body: str
    sender: str
    recipient: str
    sent: datetime
    below: list[str] = field(default_factory=list)
    lead: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a message because it was made so; one row of `expected.csv`.

    Attributes:
        kind: Short name of what the message is an example of.
        receiver: `company`, `foundation`, `university` or `reader`; empty where no server wrote a line.
        handover_ip: Address that connected to the receiver; empty where none did or none can be known.
        handover_grade: `vouched` or `none`.
        origin_ip: Earliest address that the chain supports; empty where nothing is expected of a reader.
        origin_grade: `vouched` where it is the handover, else `claimed`; empty with an empty address.
        campaign: Name of the campaign or stream that it belongs to; empty for mail on its own.
        status: As in the messages and problems tables.
        note: What a reader should see, for a person.
    """

    kind: str
    receiver: str = ""
    handover_ip: str = ""
    handover_grade: str = "none"
    origin_ip: str = ""
    origin_grade: str = ""
    campaign: str = ""
    status: str = "ok"
    note: str = ""


@dataclass(slots=True)
class Sample:
    """One item of the corpus: its bytes, where it is kept, when it came, what is true of it.

    Attributes:
        box: Name of the container that it goes to.
        when: When it came, UTC; items are kept in this order.
        data: Its bytes, lines ending in a line feed; the container may turn them into CR LF.
        truth: What is true of it.
        postmark: Envelope sender for an mbox.
        verbatim: The container keeps the line ends as they are.
        suffix: End of the file name where the item gets a file of its own.
    """

    box: str
    when: datetime
    data: bytes
    truth: Truth
    postmark: str = "MAILER-DAEMON"
    verbatim: bool = False
    suffix: str = ".eml"


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Return a moment of January 2026, UTC."""
    return datetime(2026, 1, day, hour, minute, second, tzinfo=UTC)


def mail_date(when: datetime, offset: int = 0, name: str | None = None) -> str:
    """Return a date as mail writes it (RFC 5322 §3.3).

    Args:
        when: The moment, UTC.
        offset: Hours that the writer's clock is ahead of UTC.
        name: The zone's name, shown as a comment; None for no comment.
    """
    local = when.astimezone(timezone(timedelta(hours=offset)))
    sign = "-" if offset < 0 else "+"
    comment = f" ({name})" if name else ""
    return (
        f"{_DAYS[local.weekday()]}, {local.day} {_MONTHS[local.month - 1]} {local.year} "
        f"{local:%H:%M:%S} {sign}{abs(offset):02d}00{comment}"
    )


def asctime(when: datetime, zone: str = "") -> str:
    """Return a date as an mbox postmark writes it, with a zone before the year where one is given."""
    middle = f" {zone}" if zone else ""
    return f"{_DAYS[when.weekday()]} {_MONTHS[when.month - 1]} {when.day:>2} {when:%H:%M:%S}{middle} {when.year}"


def fold(value: str, width: int = 78, indent: str = " ") -> str:
    """Return a field value broken at spaces, as Microsoft's servers do it.

    Args:
        value: The value on one line.
        width: Characters on a line, the indent included.
        indent: What a continued line begins with.
    """
    lines: list[str] = []
    line = ""
    for word in value.split(" "):
        if line and len(line) + 1 + len(word) > width - len(indent):
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    lines.append(line)
    return f"\n{indent}".join(lines)


def encode(text: str) -> bytes:
    """Return text as the bytes of a message; surrogates become the raw bytes that they stand for."""
    return text.encode("utf-8", "surrogateescape")


def render(above: list[tuple[str, str]], letter: Letter, after: list[tuple[str, str]] | None = None) -> bytes:
    """Return a whole message.

    Args:
        above: Fields of the receiver, newest first.
        letter: The message, its relays' lines included.
        after: Fields that the receiver appended to the end of the header.
    """
    received = [("Received", value) for value in letter.below]
    fields = [*above, *received, *letter.lead, *letter.fields, *(after or [])]
    header = "".join(f"{name}: {value}\n" for name, value in fields)
    return encode(f"{header}\n{letter.body}")
