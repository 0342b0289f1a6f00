"""What a whole message holds, on a terminal: addresses, texts, attachments with hashes, defects."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from attribution.cli.layout import heading, pairs, paragraph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from attribution.contents import Attachment, Contents

__all__ = ["show_contents"]

_ROWS = 20


def show_contents(console: Console, contents: Contents) -> None:
    """Print what a message holds; of long lists the first twenty, for the whole is in the JSON form.

    Args:
        console: Where to.
        contents: As read from the message.
    """
    heading(console, "Contents")
    if contents.error:
        paragraph(console, f"not read: {contents.error}", "yellow")
        return
    pairs(console, list(_addresses(contents)))
    pairs(console, [("text", f"{body.content_type}, {body.characters:,} characters") for body in contents.bodies])
    for message in contents.messages[:_ROWS]:
        heading(console, "Attached message")
        paragraph(
            console,
            f"{message.size:,} bytes, not analysed: nothing above but its texts is about it. Save it to a file and "
            "trace that.",
            "yellow",
        )
        pairs(console, [("sha256", message.sha256)])
    _more(console, len(contents.messages), "attached messages")
    for item in contents.attachments[:_ROWS]:
        heading(console, "Attachment")
        pairs(console, _attachment(item))
    _more(console, len(contents.attachments), "attachments")
    if contents.defects:
        heading(console, "Defects of the message's form")
    for defect in contents.defects[:_ROWS]:
        paragraph(console, defect)
    _more(console, len(contents.defects), "defects")


def _addresses(contents: Contents) -> Iterator[tuple[str, object]]:
    for role, mailboxes in contents.addresses.items():
        for mailbox in islice(mailboxes, _ROWS):
            yield role, f"{mailbox.name} <{mailbox.address}>" if mailbox.name else mailbox.address
        if len(mailboxes) > _ROWS:
            yield role, f"and {len(mailboxes) - _ROWS:,} more"


def _attachment(item: Attachment) -> list[tuple[str, object]]:
    size = "size unknown" if item.size is None else f"{item.size:,} bytes"
    return [
        ("name", item.filename or "(none)"),
        ("type", f"{item.content_type}, {size}"),
        ("sha256", item.sha256),
        ("problem", item.problem or None),
    ]


def _more(console: Console, count: int, what: str) -> None:
    if count > _ROWS:
        paragraph(console, f"and {count - _ROWS:,} more {what}", "dim")
