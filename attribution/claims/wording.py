"""Checked claims in words and as HTML, for people."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from attribution.claims.predicates.common import number
from attribution.report.shown import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.claims.checking import CheckedClaims
    from attribution.claims.model import Rating

__all__ = ["figure_of", "html_of", "interval_of", "suppositions", "within"]

_LONG = 4_000
"""Characters of a sentence of ours that are shown."""


def figure_of(rating: Rating) -> str:
    """Return the figure as a person reads it; nothing where there is none."""
    if rating.figure is None:
        return ""
    return number(rating.figure, rating.unit) + (" days" if rating.unit == "days" else "")


def interval_of(rating: Rating) -> str:
    """Return the interval of a figure as a person reads it; nothing where there is none."""
    if rating.low is None or rating.low == rating.high:
        return ""
    if rating.high is None:
        return f"{number(rating.low, rating.unit)} or more"
    return f"{number(rating.low, rating.unit)} to {number(rating.high, rating.unit)}"


def suppositions(found: CheckedClaims) -> dict[str, list[str]]:
    """Return each assumption once, with the ids of the claims that rest on it."""
    resting: dict[str, list[str]] = {}
    for claim, rating in found.ratings:
        for sentence in rating.assumptions:
            resting.setdefault(sentence, []).append(claim.id)
    return resting


def within(found: CheckedClaims) -> dict[str, list[str]]:
    """Return what verdicts speak of and leave unsaid, each once, with the ids of the claims that it holds for."""
    reaching: dict[str, list[str]] = {}
    for claim, rating in found.ratings:
        if rating.speaks_of is not None:
            reaching.setdefault(f"speaks of {rating.speaks_of}", []).append(claim.id)
    return reaching


def html_of(found: CheckedClaims) -> str:
    """Return what a case says of published claims as HTML in which nothing from a file can act.

    Args:
        found: What the case says.
    """
    about = found.file.about
    counted = "" if found.campaigns is None else f"; campaign {', '.join(map(str, found.campaigns))} alone"
    sample = "" if found.sample is None else f"; {100 * found.sample:g} % of the mail claimed about"
    parts = [
        f"<p><strong>{_text(about.title)}</strong><br>{_text(about.who)}, {about.published}: {_text(about.source)}</p>",
        f"<p>Held against {_text(found.case)}, {found.messages:,} messages{_text(counted)}{_text(sample)}</p>",
    ]
    rows = [
        (
            *(claim.wording, rating.verdict, figure_of(rating), interval_of(rating), rating.speaks_of or ""),
            f"{rating.said} {rating.why}",
        )
        for claim, rating in found.ratings
    ]
    parts.append(_table(("claimed", "verdict", "figure", "interval", "speaks of", "because"), rows))
    if found.relations:
        lines = [(one.arithmetic, one.verdict, one.said) for one in found.relations]
        parts.append(_table(("claims against each other", "verdict", "because"), lines))
    if resting := suppositions(found):
        items = "".join(f"<li>{_text(sentence)} ({_text(', '.join(ids))})</li>" for sentence, ids in resting.items())
        parts.append(f"<p>What it supposes:</p><ul>{items}</ul>")
    parts.append(f"<p>{_text(found.caveat)}</p>")
    return "\n".join(parts)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    top = "".join(f"<th>{name}</th>" for name in head)
    lines = ["<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows]
    return f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _text(text: str) -> str:
    return escape(shown(text, _LONG))
