"""The page of a case: one file that opens anywhere, asks nothing of the network and runs no script."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup, escape

from attribution._text import escape_control
from attribution.report import words
from attribution.report.campaigns import per_day, reason
from attribution.report.shown import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from attribution.report.campaign_details import CampaignDetails
    from attribution.report.summary import Summary

__all__ = ["DETAILED", "render_html"]

DETAILED = 50
"""Campaigns that the page shows with their reasons."""

_SUBJECT_CHARS = 240


def render_html(
    summary: Summary,
    findings: Mapping[str, str] | None = None,
    access: Mapping[str, str] | None = None,
    campaigns: Sequence[CampaignDetails] = (),
) -> str:
    """Return the page of a summary, complete and the same each time for the same summary.

    The page holds no script, no link and no reference to anything outside itself, and its Content Security
    Policy (W3C CSP Level 3) allows nothing but its one style sheet. Text from mail stands in text nodes only,
    never in an attribute, escaped for HTML and for the eye.

    Args:
        summary: The figures, as `summarise` returns them.
        findings: What each finding, and each reason that limits a device, means, by its id, in a sentence; one that is
            missing is shown by id alone.
        access: What each access type means, likewise.
        campaigns: The largest campaigns, each with its reasons; without them, those of the summary are shown.
    """
    environment = _environment()
    style = environment.get_template("report.css").render()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template("report.html").render(
        summary=summary,
        style_hash=f"sha256-{digest}",
        case_name=_case_name(summary.case),
        grades=words.GRADES,
        statuses=words.STATUSES,
        findings=findings or {},
        tables=words.TABLES,
        device_grades=words.DEVICE_GRADES,
        access=access or {},
        verdicts=words.VERDICTS,
        campaigns=campaigns,
        lead_kinds=words.LEADS,
        actions=words.ACTIONS,
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("attribution.report"),
        autoescape=True,
        finalize=_finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"count": _count, "credit": _credit, "day": _day, "ratio": _ratio, "share": _share}
    environment.filters |= {"minute": _minute, "per_day": per_day, "reason": reason, "subject": _subject}
    return environment


def _finalize(value: object) -> object:
    """Make every text that a template prints fit to show, so that no template can forget to.

    Markup is what a macro of the template returns: its own texts went through here already.
    """
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _case_name(case: str | None) -> str:
    """Return the folder's own name: the path above it is nobody's business once the page is published."""
    return PurePath(case).name if case else ""


def _count(number: int) -> str:
    return f"{number:,}"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"


def _subject(text: str) -> str:
    return shown(text, _SUBJECT_CHARS)


def _day(time: datetime) -> str:
    return f"{time:%Y-%m-%d}"


def _credit(text: str) -> Markup:
    """Leave the address in a credit line whole: its maker asks for it, and it is no text from mail."""
    return escape(escape_control(text))
