"""Why messages are one campaign, on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from attribution.campaigns.wording import counted, field_words
from attribution.cli.layout import heading, pairs, paragraph, text, utc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from attribution.campaigns.why import CampaignWhy, MessageWhy, Reason
    from attribution.campaigns.why_leads import LeadWhy

__all__ = ["show_campaign", "show_message"]

_VALUE_CHARS = 200
_LEADS = 10
_ALL = "--limit shows more, --json all of them"


def show_campaign(console: Console, why: CampaignWhy) -> None:
    """Print why a campaign is one; its reasons are those that the explanation was made with.

    Args:
        console: Where to.
        why: The explanation.
    """
    title = Text(f"Campaign {why.campaign}", "bold")
    if why.name:
        title.append_text(text(f"  {why.name}", "bold"))
    console.print(title, soft_wrap=True)
    for sentence in why.sentences:
        paragraph(console, sentence)
    if why.reasons:
        heading(console, "Evidence, that of most messages first")
    for reason in why.reasons:
        paragraph(console, f"{counted(reason.messages, 'message')}: {reason.sentence}")
        _values(console, reason)
    _more(console, why.all_reasons - len(why.reasons), "combination", _ALL)
    heading(console, "Weakest link")
    paragraph(console, why.bridge_sentence, "yellow" if why.bridge is not None else "")
    if why.bridge is not None and why.bridge.reason is not None:
        _values(console, why.bridge.reason)
    if why.stability:
        heading(console, "Without one kind of evidence")
        paragraph(console, why.stability)
    _leads(console, why.leads)
    _end(console, why.warnings, why.caveat, why.words)


def show_message(console: Console, why: MessageWhy, places: Mapping[int, Mapping[str, Any]], limit: int) -> None:
    """Print why a message is in its campaign: its strongest evidence, and the way to the core or another message.

    Args:
        console: Where to.
        why: The explanation.
        places: For the messages of it, columns of the messages table.
        limit: Steps of the way that are shown at most.
    """
    _message(console, why.message, places, indent=0)
    for sentence in why.sentences:
        paragraph(console, sentence)
    if why.best is not None:
        heading(console, "Its strongest evidence")
        paragraph(console, f"{counted(why.best.messages, 'message')}: {why.best.sentence}")
        _values(console, why.best)
    if len(why.path) > 1:
        heading(console, "The way to the core" if why.target_is == "core" else "The way to the other message")
        _path(console, why, places, limit)
    elif why.target is not None and why.target != why.message:
        heading(console, "The other message")
        _message(console, why.target, places)
    _leads(console, why.leads)
    _end(console, (), why.caveat, why.words)


def _path(console: Console, why: MessageWhy, places: Mapping[int, Mapping[str, Any]], limit: int) -> None:
    """Print the steps of the way: the first ones, and the last, when there are too many."""
    known = {reason.evidence: reason for reason in why.path_reasons}
    steps = len(why.path) // 2
    _message(console, why.path[0], {})
    for step in range(steps):
        if step >= limit - 1 and step < steps - 1:
            if step == limit - 1:
                _more(console, steps - limit, "step", _ALL)
            continue
        reason = known.get(why.path[2 * step + 1])
        says = "evidence that is not in the table" if reason is None else reason.sentence
        paragraph(console, Text().append("shares with the next: ", "dim").append_text(text(says)), indent=4)
        if reason is not None:
            _values(console, reason, indent=6)
        _message(console, why.path[2 * step + 2], places)


def _message(console: Console, key: int, places: Mapping[int, Mapping[str, Any]], indent: int = 2) -> None:
    console.print(Text(f"{'':{indent}}message {key}", "bold"), soft_wrap=True)
    place = places.get(key)
    if place is None:
        return
    where = place["source"] if place["member"] is None else f"{place['source']}: {place['member']}"
    pairs(
        console,
        [
            ("place", f"{where}, byte {place['offset'] or 0:,}"),
            ("from", place["from_address"]),
            ("subject", place["subject"]),
            ("received", utc(place["received_at"], seconds=True) or None),
        ],
        indent=indent + 2,
    )


def _values(console: Console, reason: Reason, indent: int = 4) -> None:
    """Print the values of a reason, each with its weight."""
    bits = [f"  {weight:.1f} bits" for weight in reason.bits] if len(reason.bits) == len(reason.values) else []
    fields = reason.fields if len(reason.fields) == len(reason.values) else ("",) * len(reason.values)
    lines = []
    for place, (field, value) in enumerate(zip(fields, reason.values, strict=True)):
        line = text(value, width=_VALUE_CHARS).append(bits[place] if bits else "", "dim")
        lines.append((f"{field_words(field)}  ", line))
    pairs(console, lines, indent)


def _leads(console: Console, leads: Sequence[LeadWhy]) -> None:
    if not leads:
        return
    heading(console, "Leads: what may belong together; none of them joins anything")
    for lead in leads[:_LEADS]:
        paragraph(console, lead.sentence)
        if lead.reason:
            paragraph(console, lead.reason, "dim", indent=4)
    _more(console, len(leads) - _LEADS, "lead", "--json has all of them")


def _end(console: Console, warnings: Sequence[str], caveat: str, words: Mapping[str, str]) -> None:
    heading(console, "Take care")
    for warning in warnings:
        paragraph(console, warning, "yellow")
    paragraph(console, caveat)
    if words:
        heading(console, "Words")
    for word, says in words.items():
        paragraph(console, f"{word}: {says}.", "dim")


def _more(console: Console, number: int, one: str, where: str) -> None:
    """Say how many are not shown, and what shows them."""
    if number > 0:
        paragraph(console, f"and {counted(number, f'more {one}')}; {where}", "dim")
