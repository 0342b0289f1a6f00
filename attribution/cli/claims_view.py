"""What a case says of published claims, on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from attribution._text import escape_control
from attribution.claims.wording import figure_of, interval_of, suppositions, within
from attribution.cli.layout import columns, heading, pairs, paragraph, text

if TYPE_CHECKING:
    from rich.console import Console

    from attribution.claims import CheckedClaims, Claim, Rating

__all__ = ["show_claims"]

_STYLES = {
    "supported": "green",
    "contradicted": "red",
    "not testable": "yellow",
    "consistent": "green",
    "inconsistent": "red",
}
_LONG = 4_000
"""Characters of a sentence of ours that are shown."""


def show_claims(console: Console, found: CheckedClaims, *, queries: bool = False) -> None:
    """Print the verdicts as a table, then each with what it rests on, then how the claims fit each other.

    Args:
        console: Where to.
        found: What the case says.
        queries: Print the query behind each figure too.
    """
    about = found.file.about
    console.print(text(about.title, "bold"), soft_wrap=True)
    pairs(
        console,
        [
            ("published", f"{about.published} by {about.who}"),
            ("source", about.source),
            ("notes", about.notes),
            ("case", f"{found.case}, {found.messages:,} messages"),
            ("counted", None if found.campaigns is None else f"campaign {', '.join(map(str, found.campaigns))} alone"),
            ("sample", None if found.sample is None else f"{100 * found.sample:g} % of the mail claimed about"),
        ],
    )
    heading(console, "Verdicts")
    table = columns("claim", "verdict", "figure", "interval", right=("figure", "interval"))
    for claim, rating in found.ratings:
        verdict = Text(rating.verdict, _STYLES[rating.verdict])
        table.add_row("", text(claim.id), verdict, text(figure_of(rating)), text(interval_of(rating)))
    console.print(table)
    _reaches(console, found)
    for claim, rating in found.ratings:
        _claim(console, claim, rating, queries)
    if found.relations:
        heading(console, "Claims against each other")
    for relation in found.relations:
        line = Text(relation.verdict, _STYLES[relation.verdict])
        paragraph(console, line.append_text(text(f"  {relation.arithmetic}")))
        paragraph(console, f"{relation.said} ({', '.join(relation.claims)}: {relation.relation})", "dim", indent=4)
    _assumptions(console, found)
    heading(console, "Take care")
    if not queries:
        paragraph(console, "--queries prints the SQL behind each figure, --json has all of it.", "dim")
    paragraph(console, found.caveat)


def _claim(console: Console, claim: Claim, rating: Rating, queries: bool) -> None:
    console.print()
    title = text(claim.id, "bold").append("  ").append(rating.verdict, _STYLES[rating.verdict])
    console.print(title, soft_wrap=True)
    pairs(
        console,
        [
            ("claimed", claim.wording),
            ("source", claim.source),
            ("found", text(rating.said, width=_LONG)),
            ("so", rating.why),
            ("speaks of", rating.speaks_of),
            ("interval", rating.interval or None),
            ("next step", rating.next_step),
            *(("rows", text(f"{rows.table}: {rows.where}")) for rows in rating.rows),
            *(("query", _query(rows.sql)) for rows in rating.rows if rows.sql and queries),
        ],
    )


def _reaches(console: Console, found: CheckedClaims) -> None:
    """Print beside the verdicts what they do not speak of, so that nobody takes the table for more than it says."""
    for sentence, ids in within(found).items():
        paragraph(console, text(", ".join(ids), "bold").append_text(text(f": {sentence}")))


def _query(sql: str) -> Text:
    """Return a query whole and as it has to be typed; nothing in it acts on a terminal."""
    return Text(escape_control(sql), "dim", overflow="fold")


def _assumptions(console: Console, found: CheckedClaims) -> None:
    """Print each assumption once, with the claims that rest on it."""
    resting = suppositions(found)
    if resting:
        heading(console, "What it supposes")
    for sentence, ids in resting.items():
        paragraph(console, text(sentence).append_text(text(f"  ({', '.join(ids)})", "dim")))
