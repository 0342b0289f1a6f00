"""Leads in words: what may belong to a campaign or a message and is too weak to be asserted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from attribution.campaigns.wording import chance, counted, fields_of, same

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["End", "LeadWhy", "leads_between", "leads_of"]


@dataclass(frozen=True, slots=True)
class LeadWhy:
    """Something that may belong with it and is too weak to be asserted.

    Attributes:
        lead: Its id. `kind`: `evidence`, `same senders` or `same engine`.
        campaign: The campaign at its other end; None where a message that is in none stands there.
        message: The message at its other end that carries what is shared; None where whole campaigns share it.
        background: Unrelated matches to expect by chance.
        sentence: What it is, in words.
        reason: What the table says of it; it may hold text from mail.
    """

    lead: int
    kind: str
    campaign: int | None
    message: int | None
    background: float | None
    sentence: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class End:
    """An end of leads: a campaign, a message, or a message and its campaign."""

    campaign: int | None = None
    message: int | None = None

    def mask(self, leads: pa.Table, side: str) -> pa.ChunkedArray:
        """Say of each lead whether it has this at one side, `a` or `b`."""
        found = pc.equal(leads[f"campaign_{side}"], -1 if self.campaign is None else self.campaign)
        carries = pc.equal(leads[f"message_{side}"], -1 if self.message is None else self.message)
        # No key is below zero, so that what is None is found nowhere.
        return pc.or_(pc.fill_null(found, False), pc.fill_null(carries, False))


def leads_of(leads: pa.Table, end: End) -> tuple[LeadWhy, ...]:
    """Return the leads that have something at one of their ends, those of fewest chance matches first.

    Args:
        leads: As `tables.LEADS`.
        end: What to look for.
    """
    at_a, at_b = end.mask(leads, "a"), end.mask(leads, "b")
    return _ordered(leads.filter(at_a), leads.filter(pc.and_not(at_b, at_a)))


def leads_between(leads: pa.Table, one: End, other: End) -> tuple[LeadWhy, ...]:
    """Return the leads from one thing to another, those of fewest chance matches first.

    Args:
        leads: As `tables.LEADS`.
        one: The near end.
        other: The far end, which the words are about.
    """
    forth = pc.and_(one.mask(leads, "a"), other.mask(leads, "b"))
    back = pc.and_(one.mask(leads, "b"), other.mask(leads, "a"))
    return _ordered(leads.filter(forth), leads.filter(pc.and_not(back, forth)))


def _ordered(to_b: pa.Table, to_a: pa.Table) -> tuple[LeadWhy, ...]:
    found = [_lead(row, "b") for row in to_b.to_pylist()] + [_lead(row, "a") for row in to_a.to_pylist()]
    return tuple(sorted(found, key=_strength))


def _strength(lead: LeadWhy) -> tuple[float, int]:
    return float("inf") if lead.background is None else lead.background, lead.lead


def _lead(row: dict[str, Any], side: str) -> LeadWhy:
    campaign, message, kind = row[f"campaign_{side}"], row[f"message_{side}"], row["kind"] or "evidence"
    who = f"Campaign {campaign}" if campaign is not None else f"Message {message}, which is in no campaign,"
    expected = chance(row["background"])
    if kind == "same senders":
        shared = "addresses" if row["shared"] is None else counted(row["shared"], "address", "addresses")
        sentence = f"{who} shares {shared} that sent mail; {expected}. Addresses are shared, hired and reassigned."
    elif kind == "same engine":
        sentence = f"{who} was made by the same engine; {expected}. One program may serve many senders."
    else:
        sentence = (
            f"{who} may belong with it: {same(fields_of(row['trait']))}; {expected}. That is not enough to assert it."
        )
    lead = -1 if row["lead"] is None else row["lead"]
    return LeadWhy(lead, kind, campaign, message, row["background"], sentence, row["reason"])
