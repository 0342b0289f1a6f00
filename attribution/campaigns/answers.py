"""What `why` answers: the evidence of a campaign, what it hangs on, and the way from a message to the others."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attribution.campaigns.why_leads import LeadWhy

__all__ = ["CAVEAT", "Bridge", "CampaignWhy", "MessageWhy", "Reason"]

CAVEAT = (
    "Evidence can be copied: mail that imitates the subject and the program of others is joined to them. A campaign "
    "says that messages are alike beyond chance, not who sent them."
)
"""What no figure of an explanation can say."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One combination of values that joins messages: a row of the evidence table, in words.

    Attributes:
        evidence: Its id.
        sentence: What the messages have in common, and how many unrelated ones would by chance.
        fields: The kinds of its values, as the table names them. `families`: the family of each.
        values: Their values, as they stand in mail: escape them before they are shown. `bits`: the weight of each.
        messages: How many messages of the campaign carry them all.
        links: How many links of the forest are of it.
        background: Unrelated matches to expect by chance (E-value). `weight`: bits of all fields together.
        round: In which round it joined, from 1. `among`: how many clusters were compared then.
    """

    evidence: int
    sentence: str
    fields: tuple[str, ...]
    families: tuple[str, ...]
    values: tuple[str, ...]
    bits: tuple[float, ...]
    messages: int
    links: int
    background: float | None
    weight: float | None
    round: int | None
    among: int | None


@dataclass(frozen=True, slots=True)
class Bridge:
    """The weakest link whose loss would split off a sizeable part.

    Attributes:
        evidence: Id of its evidence.
        messages: How many messages are on its smaller side.
        background: Unrelated matches to expect by chance.
        sentence: The same in words.
        reason: The evidence; None where the table does not have it.
    """

    evidence: int
    messages: int
    background: float | None
    sentence: str
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class CampaignWhy:
    """Why a campaign is one.

    Attributes:
        campaign: Its key. `asked`: the key that was asked for: the same, or that of a campaign it absorbed.
        name: What an analyst called it. `messages`: how many it has.
        sentences: The short answer.
        reasons: Its evidence, that of most messages first, at most as many as were asked for.
        all_reasons: How many there are in all.
        bridge: Its weakest link, and `bridge_sentence` about it; None where no single link holds much.
        families, remains: The share of it that stays together without each family of evidence. `stability`: the same
            in words.
        leads: What may belong to it.
        confidence: Of all its links together, 0 to 1.
        warnings: What to look at before it is relied on.
        caveat: What no figure here can say.
        words: What the fields of its evidence are, for those whose name does not say it.
    """

    campaign: int
    asked: int
    name: str | None
    messages: int
    sentences: tuple[str, ...]
    reasons: tuple[Reason, ...]
    all_reasons: int
    bridge: Bridge | None
    bridge_sentence: str
    families: tuple[str, ...]
    remains: tuple[float, ...]
    stability: str
    leads: tuple[LeadWhy, ...]
    confidence: float | None
    warnings: tuple[str, ...]
    caveat: str = CAVEAT
    words: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as values that JSON can hold."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class MessageWhy:
    """Why a message is in its campaign, or in none.

    Attributes:
        message: Its key. `campaign`: that of its campaign; None when it is in none.
        target: The message to which the path leads. `target_is`: `core`, the message of the campaign with most links,
            or `other`, the one that was asked for.
        sentences: The short answer.
        links: How many links of the forest end at it.
        best: The strongest evidence of those links.
        path: The way to the target with the fewest steps, keys of messages and ids of evidence by turns: two
            messages beside one evidence both carry its values. Empty where there is none.
        path_reasons: The evidence of the path, in its order; what the table does not have is left out.
        weakest: That of it with most unrelated matches to expect.
        leads: What may belong to the message, or join the two.
        caveat: What no figure here can say.
        words: What the fields of the evidence are, for those whose name does not say it.
    """

    message: int
    campaign: int | None
    target: int | None
    target_is: str | None
    sentences: tuple[str, ...]
    links: int
    best: Reason | None
    path: tuple[int, ...]
    path_reasons: tuple[Reason, ...]
    weakest: Reason | None
    leads: tuple[LeadWhy, ...]
    caveat: str = CAVEAT
    words: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as values that JSON can hold."""
        return asdict(self)
