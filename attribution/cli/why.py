"""`attribution why`: what holds a campaign together, and how a message hangs on it."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import click

from attribution.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow.compute as pc

    from attribution.campaigns.why import MessageWhy
    from attribution.case import Case

__all__ = ["why"]

_KEY_DIGITS = 19
_LONGEST_KEY = 2**63
_SHORTEST_DIGEST = 8
_DIGEST = 64
_LISTED = 5
_SUBJECT_CHARS = 60
_ID_CHARS = 120
_PLACE = ("message", "campaign", "source", "member", "offset", "subject", "from_address", "received_at")


@click.command(short_help="Say why messages are one campaign.")
@click.argument("case", metavar="CASE", type=click.Path(path_type=Path))
@click.argument("this", metavar="ID")
@click.argument("other", metavar="[OTHER]", required=False)
@options.option("--message", is_flag=True, help="ID is a message, also where its key is that of a campaign.")
@options.option("--campaign", is_flag=True, help="Explain the campaign, also where ID is a message in it.")
@options.option(
    "--limit",
    type=click.IntRange(min=1),
    default=8,
    show_default=True,
    metavar="N",
    help="Reasons shown at most; --json has all.",
)
@options.as_json
def why(case: Path, this: str, other: str | None, message: bool, campaign: bool, limit: int, json: bool) -> None:
    """Say why messages are one campaign: what they share, and how many unrelated ones would share it by chance.

    Of a campaign: its evidence, its weakest link, what remains without one kind of evidence, and what else may
    belong to it. Of a message: the shortest way over shared evidence to the core of its campaign, or to OTHER.

    ID is the first of these that fits: the key of a campaign or message (which are columns of the tables; a campaign
    has the key of one of its messages, and then the campaign is meant), a Message-ID, eight or more hex digits of a
    SHA-256, the source of a message or its path in the source.

    \b
    Examples:
      attribution why case 1482950136412085391
      attribution why case '<20240105.4711@mail.example.org>'
      attribution why case mail/suspicious.eml --campaign
      attribution why case 3fa94c01 77b0e2d9 --json
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution.case import open_case
    from attribution.cli.console import result_console
    from attribution.cli.streams import write_json
    from attribution.cli.why_view import show_campaign, show_message
    from attribution.errors import UsageError

    if message and campaign:
        raise UsageError("--message and --campaign exclude each other: give one of them.")
    if campaign and other is not None:
        raise UsageError("--campaign takes one ID: leave OTHER out to explain the campaign of ID.")
    opened = open_case(case)
    asked = "message" if message or other is not None else "campaign" if campaign else None
    kind, key = _find(opened, this, asked)
    if kind == "campaign":
        from attribution.campaign import Campaign

        answer = Campaign(opened, key).why(limit=None if json else limit)
        if json:
            write_json({"kind": kind, **answer.as_dict()})
        else:
            show_campaign(result_console(), answer)
        return
    found = _explain(opened, key, None if other is None else _find(opened, other, "message")[1])
    places = _places(opened, found)
    if json:
        write_json({"kind": kind, **found.as_dict(), "places": [_plain(place) for place in places.values()]})
    else:
        show_message(result_console(), found, places, limit)


def _explain(case: Case, key: int, other: int | None) -> MessageWhy:
    """Explain a message by the rows of its campaign alone."""
    import pyarrow.compute as pc

    from attribution.campaign import read_rows, without_links
    from attribution.campaigns.why import explain_message

    keys = [key] if other is None else [key, other]
    rows = read_rows(case.path, "messages", ("message", "campaign"), pc.field("message").isin(keys)).to_pylist()
    campaign_of = {row["message"]: row["campaign"] for row in rows}
    theirs = sorted({campaign for campaign in campaign_of.values() if campaign is not None})
    inside = pc.field("campaign").isin(theirs)
    links = read_rows(case.path, "links", where=inside)
    evidence = read_rows(case.path, "evidence", where=inside)
    campaigns = read_rows(case.path, "campaigns", ("campaign", "aliases", "name", "messages"))
    at_a = pc.field("campaign_a").isin(theirs) | pc.field("message_a").isin(keys)
    leads = read_rows(
        case.path, "leads", where=at_a | pc.field("campaign_b").isin(theirs) | pc.field("message_b").isin(keys)
    )
    found = explain_message(key, campaigns, evidence, links, leads, other=other)
    if found.campaign != campaign_of[key]:
        raise without_links(case.path)
    return found


def _places(case: Case, found: MessageWhy) -> dict[int, dict[str, Any]]:
    """Return where the messages of an explanation lie, by key, in the order of the path."""
    import pyarrow.compute as pc

    from attribution.campaign import read_rows

    keys = list(dict.fromkeys([found.message, *found.path[::2], *([] if found.target is None else [found.target])]))
    rows = read_rows(case.path, "messages", _PLACE, pc.field("message").isin(keys)).to_pylist()
    known = {row["message"]: row for row in rows}
    return {key: known[key] for key in keys if key in known}


def _plain(place: dict[str, Any]) -> dict[str, Any]:
    time = place["received_at"]
    return {**place, "received_at": None if time is None else time.isoformat()}


def _find(case: Case, text: str, asked: str | None) -> tuple[str, int]:
    """Return what is meant, `campaign` or `message`, and its key.

    Args:
        case: The case.
        text: What was written for it.
        asked: Which of the two is asked for; None for whatever the text is.

    Raises:
        UsageError: Nothing in the case fits, or several messages do.
    """
    from attribution.errors import UsageError

    written = text.strip()
    if asked != "message" and (number := _number(written)) is not None and _is_campaign(case, number):
        return "campaign", number
    for condition in _conditions(case, written):
        rows = _matches(case, condition)
        campaigns = {row["campaign"] for row in rows}
        if asked == "campaign" and len(campaigns) == 1 and None not in campaigns:
            return "campaign", campaigns.pop()
        if len(rows) == 1 and asked != "campaign":
            return "message", rows[0]["message"]
        if len(campaigns) == 1 and asked == "campaign":
            who = f"message {rows[0]['message']}" if len(rows) == 1 else f"each of its {len(rows):,} messages"
            message = f"{_short(text)}: {who} is in no campaign; leave --campaign out to see why"
            raise UsageError(message)
        if rows:
            raise UsageError(_ambiguous(text, rows))
    message = (
        f"{case.path} has nothing that fits {_short(text)}: give the key of a message or campaign, a Message-ID, "
        f"{_SHORTEST_DIGEST} or more hex digits of a SHA-256, or a source or path as the messages table has it"
    )
    raise UsageError(message)


def _number(written: str) -> int | None:
    if not (written.isascii() and written.isdigit() and len(written) <= _KEY_DIGITS):
        return None
    number = int(written)
    return number if number < _LONGEST_KEY else None


def _is_campaign(case: Case, number: int) -> bool:
    from attribution.campaign import read_rows
    from attribution.campaigns.why import absorbing

    return absorbing(number, read_rows(case.path, "campaigns", ("campaign", "aliases"))) is not None


def _conditions(case: Case, written: str) -> Iterator[pc.Expression]:
    """Yield what a message may be known by, in the order in which it is tried."""
    import pyarrow.compute as pc

    number = _number(written)
    if number is not None:
        yield pc.field("message") == number
    try:
        written.encode("utf-8")
    except UnicodeEncodeError:  # no table holds it
        return
    if not written:
        return
    source, member = pc.field("source"), pc.field("member")
    in_brackets = written.startswith("<") and written.endswith(">")
    named = pc.field("header_message_id") == (written[1:-1] if in_brackets else written)
    digest = written.lower()
    # Whoever sends mail chooses its Message-ID: one that looks like a digest, or like a path, must not hide the message
    # that is meant.
    if _SHORTEST_DIGEST <= len(digest) <= _DIGEST and set(digest) <= set("0123456789abcdef"):
        named |= pc.starts_with(pc.field("sha256"), digest)
    path = str(PurePath(written))
    whole = (pc.binary_join_element_wise(source, member, ": ") == written) | member.isin([written, path])
    given = source.isin([written, path])
    below = pc.ends_with(member, f"/{path}") | (member.is_null() & pc.ends_with(source, f"/{path}"))
    if not in_brackets and _matches(case, named):
        yield named | whole | given | below
    yield from (named, whole, given, below)


def _matches(case: Case, condition: pc.Expression) -> list[dict[str, Any]]:
    """Return the messages for which a condition holds: key and campaign, and of the first few where they lie."""
    import pyarrow.compute as pc

    from attribution.campaign import read_rows

    found: list[dict[str, Any]] = read_rows(case.path, "messages", ("message", "campaign"), condition).to_pylist()
    if len(found) <= 1:
        return found
    first = pc.field("message").isin([row["message"] for row in found[:_LISTED]])
    known = {row["message"]: row for row in read_rows(case.path, "messages", _PLACE, first).to_pylist()}
    return [known.get(row["message"], row) for row in found]


def _ambiguous(text: str, rows: Sequence[dict[str, Any]]) -> str:
    listed = ", ".join(_candidate(row) for row in rows[:_LISTED])
    more = f", and {len(rows) - _LISTED:,} more" if len(rows) > _LISTED else ""
    return f"{_short(text)} fits {len(rows):,} messages: give the key of one of them: {listed}{more}"


def _candidate(row: dict[str, Any]) -> str:
    from attribution.report.shown import shown

    place = row["source"] if row["member"] is None else f"{row['source']}: {row['member']}"
    subject = "" if row["subject"] is None else f', "{shown(row["subject"], _SUBJECT_CHARS)}"'
    return f"{row['message']} ({shown(str(place), _ID_CHARS)}, byte {row['offset']}{subject})"


def _short(text: str) -> str:
    from attribution.report.shown import shown

    return shown(text, _ID_CHARS)
