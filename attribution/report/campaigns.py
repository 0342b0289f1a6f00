"""The largest campaigns of a case, and what may be said of all of them together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from attribution._text import escape_control, shorten
from attribution.report.words import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import pyarrow as pa

__all__ = ["AddressClass", "CampaignLine", "campaign_line", "grouped", "largest", "lead_kinds", "per_day", "reason"]

_FAMILY_CHARS = 40


@dataclass(frozen=True, slots=True)
class AddressClass:
    """One class of a histogram: how many addresses sent from `least` to `most` messages; the last has no `most`."""

    least: int
    most: int | None
    addresses: int

    def __str__(self) -> str:
        if self.most is None:
            return f"over {self.least - 1:,}"
        return f"{self.least:,}" if self.least == self.most else f"{self.least:,}\u2013{self.most:,}"


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """One campaign. What an older version did not write, or is not known, is None or empty.

    Attributes:
        campaign: Its key.
        messages: How many it has. `addresses`: distinct handover addresses.
        template: The most frequent template of its subjects. `slots`: the templates as one, with variable slots.
        first, last: Its period, in UTC.
        name: What an analyst called it.
        networks, countries: How many its addresses are in.
        bursts: Stretches of a higher rate. `bursts_per_day`: over the days from its first to its last message.
        max_per_address: The most messages from one address.
        per_address: How many addresses sent so many messages.
        low_and_slow: Share of its messages from addresses that sent few, and those slowly, 0 to 1.
        families: Families of evidence that hold it, that without which least stays together first.
        remains: For each the share of its messages that stays together without it.
        confidence: One less the unrelated matches to expect, each by how much hangs on it, 0 to 1.
        cohesion: Share of its messages that carry one combination of values.
        device_types: Types of devices on its addresses, the most frequent first.
        device_grade: The grade that most of them reach.
        device_verdict: How often its senders show a thing, beside their neighbours.
        group: Community of campaigns that seem to come from one botnet: the least key in it.
            `group_campaigns`: how many campaigns it has.
    """

    campaign: int
    messages: int
    addresses: int
    template: str | None
    first: datetime | None
    last: datetime | None
    name: str | None = None
    slots: str | None = None
    networks: int | None = None
    countries: int | None = None
    bursts: int | None = None
    bursts_per_day: float | None = None
    max_per_address: int | None = None
    per_address: tuple[AddressClass, ...] = ()
    low_and_slow: float | None = None
    families: tuple[str, ...] = ()
    remains: tuple[float, ...] = ()
    confidence: float | None = None
    cohesion: float | None = None
    device_types: tuple[str, ...] = ()
    device_grade: str | None = None
    device_verdict: str | None = None
    group: int | None = None
    group_campaigns: int | None = None


def largest(campaigns: pa.Table, number: int) -> pa.Table:
    """Return the rows of the campaigns with most messages, of equals the least key first.

    Args:
        campaigns: Columns of `tables.CAMPAIGNS`, among them `campaign` and `messages`.
        number: Rows at most.
    """
    keys = campaigns.select(["campaign", "messages"])
    order = pc.sort_indices(keys, sort_keys=[("messages", "descending"), ("campaign", "ascending")])
    return campaigns.take(order[:number])


def campaign_line(row: dict[str, Any], groups: dict[int, int], bounds: Sequence[int]) -> CampaignLine:
    """Return what is shown of a campaign.

    Args:
        row: Its row of `tables.CAMPAIGNS`.
        groups: Campaigns of each group, as `grouped` returns them.
        bounds: Greatest number of messages of each class of `per_address` but the last.
    """
    held = [
        (share, name)
        for name, share in zip(row["families"] or (), row["remains"] or (), strict=False)
        if name is not None and share is not None
    ]
    held.sort()
    return CampaignLine(
        campaign=row["campaign"],
        messages=row["messages"],
        addresses=row["addresses"] or 0,
        template=row["subject_template"],
        first=row["first_seen"],
        last=row["last_seen"],
        name=row["name"],
        slots=row["subject_slots"],
        networks=row["networks"],
        countries=row["countries"],
        bursts=row["bursts"],
        bursts_per_day=row["bursts_per_day"],
        max_per_address=row["max_per_address"],
        per_address=_classes(row["per_address"], bounds),
        low_and_slow=row["low_and_slow"],
        families=tuple(name for _, name in held),
        remains=tuple(share for share, _ in held),
        confidence=row["confidence"],
        cohesion=row["cohesion"],
        device_types=tuple(row["device_types"] or ()),
        device_grade=row["device_grade"],
        device_verdict=row["device_verdict"],
        group=row["group"],
        group_campaigns=groups.get(row["group"]),
    )


def _classes(counts: Sequence[int] | None, bounds: Sequence[int]) -> tuple[AddressClass, ...]:
    """Return the classes with their bounds; none where the counts are of other classes than those."""
    if counts is None or len(counts) != len(bounds) + 1:
        return ()
    edges = pairwise((0, *bounds))
    classes = [AddressClass(low + 1, high, count) for (low, high), count in zip(edges, counts, strict=False)]
    return (*classes, AddressClass((0, *bounds)[-1] + 1, None, counts[-1]))


def grouped(campaigns: pa.Table) -> dict[int, int]:
    """Return how many campaigns each group has that has several.

    Args:
        campaigns: Column `group` of `tables.CAMPAIGNS`.
    """
    counts = pc.value_counts(campaigns["group"].drop_null()).to_pylist()
    return {row["values"]: row["counts"] for row in counts if row["counts"] > 1}


def lead_kinds(leads: pa.Table) -> dict[str, int]:
    """Return the number of leads of each kind, the most frequent first.

    Args:
        leads: Column `kind` of `tables.LEADS`.
    """
    counts = pc.value_counts(leads["kind"].drop_null()).to_pylist()
    kinds = sorted((-row["counts"], row["values"]) for row in counts)
    return {kind: -count for count, kind in kinds}


def per_day(bursts: float) -> str:
    """Return a number of bursts a day to as many digits as say something."""
    if bursts >= 10:
        return f"{bursts:,.0f}"
    if bursts >= 1:
        return f"{bursts:.1f}"
    return "below 0.01" if 0 < bursts < 0.01 else f"{bursts:.2f}"


def reason(line: CampaignLine, named: int = 3) -> str | None:
    """Return in a few words why it is one campaign: families of evidence, and confidence; None where it is not known.

    Args:
        line: The campaign.
        named: Families that are named where there are more.
    """
    parts = []
    if line.families:
        families = [FAMILIES.get(name, shorten(escape_control(name), _FAMILY_CHARS)) for name in line.families]
        more = len(families) - named
        parts.append(", ".join(families[:named]) + (f" and {more} more" if more > 0 else ""))
    if line.confidence is not None:
        parts.append(f"confidence {min(max(line.confidence, 0.0), 1.0):.3f}")
    return "; ".join(parts) or None
