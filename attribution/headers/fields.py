"""What the sender's own fields say of a message, as the columns of the messages table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attribution.headers.dates import parse_date
from attribution.headers.mailboxes import Mailbox, read_mailbox
from attribution.headers.words import decode_words

if TYPE_CHECKING:
    from datetime import datetime

    from attribution.models import HeaderBlock

__all__ = ["MessageFields", "message_fields"]


@dataclass(slots=True)
class MessageFields:
    """What the fields of a message say; None where the field is missing. All of it is the sender's claim.

    Of a field that occurs more than once the topmost counts.

    Attributes:
        header_message_id: The Message-ID field without its angle brackets.
        date: The Date field, in UTC; None as well when it cannot be read.
        subject: The Subject field, decoded; empty for an empty one.
        from_address: The first address of the From field, its domain in lower case, its local part as written.
        from_name: The name or comment beside that address, decoded.
        from_domain: What follows the last `@` of that address; internationalised names stay as written.
        return_path: The address of the Return-Path field, empty for the null path `<>`.
        reply_to: The first address of the Reply-To field.
        mailer: The User-Agent field, or else the X-Mailer field.
    """

    header_message_id: str | None = None
    date: datetime | None = None
    subject: str | None = None
    from_address: str | None = None
    from_name: str | None = None
    from_domain: str | None = None
    return_path: str | None = None
    reply_to: str | None = None
    mailer: str | None = None


_KEYS = frozenset(
    {"message-id", "date", "subject", "from", "return-path", "reply-to", "user-agent", "x-mailer"},
)


def message_fields(block: HeaderBlock) -> MessageFields:
    """Return the columns of the messages table that the header fields fill.

    Args:
        block: The header, as `read_block` returns it.
    """
    first: dict[str, str] = {}
    for item in block.fields:
        if item.key in _KEYS and item.key not in first:
            first[item.key] = item.value
    author = read_mailbox(first["from"]) if "from" in first else _NOBODY
    reply_to = read_mailbox(first["reply-to"]) if "reply-to" in first else _NOBODY
    return_path = read_mailbox(first["return-path"]) if "return-path" in first else _NOBODY
    domain = author.address.rpartition("@")[2] if author.address and "@" in author.address else None
    mailer = decode_words(first.get("user-agent", "")) or decode_words(first.get("x-mailer", ""))
    return MessageFields(
        header_message_id=_read_id(first["message-id"]) if "message-id" in first else None,
        date=parse_date(first["date"]) if "date" in first else None,
        subject=decode_words(first["subject"]) if "subject" in first else None,
        from_address=author.address or None,
        from_name=author.name,
        from_domain=domain or None,
        return_path=return_path.address,
        reply_to=reply_to.address or None,
        mailer=mailer or None,
    )


def _read_id(value: str) -> str | None:
    found = _ID.search(value)
    return decode_words(found[1] if found else value) or None


_ID = re.compile(r"<([^<>]{0,998})>")

_NOBODY = Mailbox(None, None)
