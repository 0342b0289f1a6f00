"""Why each of the largest campaigns is one, for the page: what the explanation says, cut to what a page can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from attribution._text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from attribution.report.campaigns import CampaignLine

__all__ = [
    "REASONS",
    "CampaignDetails",
    "LeadsOfCampaign",
    "Why",
    "WhyLead",
    "WhyReason",
    "campaign_details",
    "leads_by",
]

REASONS = 5
"""Rows of evidence that the page shows of a campaign."""

_LEADS = 5
_BURSTS = 12
_VALUE_CHARS = 120
_VALUES_CHARS = 300


class WhyReason(Protocol):
    """One row of evidence in words."""

    @property
    def messages(self) -> int:
        """Messages that carry its values."""

    @property
    def sentence(self) -> str:
        """What they have in common."""

    @property
    def values(self) -> Sequence[str]:
        """The values, as they stand in mail."""


class WhyLead(Protocol):
    """One lead in words."""

    @property
    def sentence(self) -> str:
        """What may belong to the campaign, and why."""


class Why(Protocol):
    """The explanation of a campaign, as `campaigns.why.explain_campaign` makes it."""

    @property
    def sentences(self) -> Sequence[str]:
        """The short answer."""

    @property
    def reasons(self) -> Sequence[WhyReason]:
        """Its evidence."""

    @property
    def all_reasons(self) -> int:
        """Rows of evidence in all."""

    @property
    def bridge_sentence(self) -> str:
        """Its weakest link."""

    @property
    def stability(self) -> str:
        """What stays together without each family of evidence."""

    @property
    def warnings(self) -> Sequence[str]:
        """What to look at before it is relied on."""

    @property
    def leads(self) -> Sequence[WhyLead]:
        """What may belong to it."""


@dataclass(frozen=True, slots=True)
class LeadsOfCampaign:
    """The leads that have a campaign at one end: the strongest of them, as rows of `tables.LEADS`, and how many."""

    strongest: pa.Table
    number: int


@dataclass(frozen=True, slots=True)
class CampaignDetails:
    """What the page shows of one campaign.

    Attributes:
        line: Its figures.
        why: Sentences that say why it is one. `warnings`: what to look at before it is relied on.
        reasons: Rows of evidence: messages, what they have in common, and the values.
        more_reasons: Rows that are not shown.
        bridge: Its weakest link. `stability`: what stays together without each family of evidence.
        bursts: When bursts began, in UTC. `more_bursts`: those that are not shown.
        devices: What the comparison with neighbours says of its senders.
        leads: What may belong to it. `more_leads`: those that are not shown.
    """

    line: CampaignLine
    why: tuple[str, ...]
    warnings: tuple[str, ...]
    reasons: tuple[tuple[int, str, str], ...]
    more_reasons: int
    bridge: str
    stability: str
    bursts: tuple[datetime, ...]
    more_bursts: int
    devices: str | None
    leads: tuple[str, ...]
    more_leads: int


def campaign_details(line: CampaignLine, row: dict[str, Any], why: Why, leads: int) -> CampaignDetails:
    """Return what the page shows of a campaign.

    Args:
        line: Its figures.
        row: Its row of `tables.CAMPAIGNS`.
        why: Its explanation, with its strongest leads.
        leads: How many leads there are.
    """
    starts = tuple(row["burst_starts"] or ())
    shown = starts[:_BURSTS]
    return CampaignDetails(
        line=line,
        why=tuple(why.sentences),
        warnings=tuple(why.warnings),
        reasons=tuple((each.messages, each.sentence, _values(each.values)) for each in why.reasons[:REASONS]),
        more_reasons=max(0, why.all_reasons - REASONS),
        bridge=why.bridge_sentence if why.all_reasons else "",
        stability=why.stability,
        bursts=shown,
        more_bursts=max(0, (line.bursts or 0) - len(shown)) if shown else 0,
        devices=row["device_sentence"],
        leads=tuple(each.sentence for each in why.leads[:_LEADS]),
        more_leads=max(0, leads - _LEADS),
    )


def _values(values: Sequence[str]) -> str:
    return shorten(" + ".join(shorten(value, _VALUE_CHARS) for value in values), _VALUES_CHARS)


def leads_by(campaigns: Sequence[int], leads: pa.Table) -> Iterator[LeadsOfCampaign]:
    """Give for each campaign the leads that have it at one end, no more of them as rows than the page shows.

    Args:
        campaigns: Keys.
        leads: As `tables.LEADS`.
    """
    order = [("background", "ascending"), ("lead", "ascending"), ("message_a", "ascending"), ("message_b", "ascending")]
    wanted = pa.array(campaigns, pa.int64())
    ends = [pc.is_in(leads[name], value_set=wanted) for name in ("campaign_a", "campaign_b")]
    ordered = leads.filter(pc.or_(*ends)).sort_by(order)
    for key in campaigns:
        at_a, at_b = (pc.fill_null(pc.equal(ordered[name], key), False) for name in ("campaign_a", "campaign_b"))
        rows = pc.indices_nonzero(pc.or_(at_a, at_b))
        yield LeadsOfCampaign(ordered.take(rows[:_LEADS]), len(rows))
