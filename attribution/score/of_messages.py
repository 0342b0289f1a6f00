"""The parts of a score that are about messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from attribution.score.campaigns import label_messages, score_groups
from attribution.score.chains import score_addresses, score_forged, score_times
from attribution.score.flags import flags

if TYPE_CHECKING:
    from attribution.score.campaigns import GroupScore, Labelled
    from attribution.score.chains import AddressScore, ForgedScore, TimeScore
    from attribution.score.compared import Compared

__all__ = ["Chains", "Matched", "count_matched", "label", "score_chains", "score_groups_of"]


@dataclass(frozen=True, slots=True)
class Matched:
    """Which messages could be compared.

    Attributes:
        truth: Messages of the truth. `case`: messages of the case.
        matched: Those that are the same.
        duplicates: Those of them that are told apart from others with the same bytes by place or order alone.
        by_place: Those of them found by file and offset, for want of a SHA-256.
        truth_only, case_only: Messages of either side that the other does not have.
    """

    truth: int
    case: int
    matched: int
    duplicates: int
    by_place: int
    truth_only: int
    case_only: int


@dataclass(frozen=True, slots=True)
class Chains:
    """What was read from chains of Received lines; the attributes are those of `Scorecard`."""

    handover: AddressScore | None
    origin: AddressScore | None
    beyond: AddressScore | None
    forged: ForgedScore | None
    received_at: TimeScore | None


def count_matched(both: Compared) -> Matched | None:
    """Count the messages of both sides; None where the truth has none."""
    matching = both.matching
    if matching is None or both.truth.messages is None:
        return None
    pairs, known, mine = len(matching.truth), both.truth.messages.num_rows, both.case["messages"].num_rows
    return Matched(known, mine, pairs, matching.duplicates, matching.by_place, known - pairs, mine - pairs)


def score_chains(both: Compared) -> Chains:
    """Score addresses, grades and times of the matched messages."""
    true, mine = both.true, both.mine
    handover = origin = beyond = forged = times = None
    if both.has("handover", "handover_ip"):
        handover = score_addresses(true["handover_ip"], mine["handover_ip"], mine["handover_grade"])
    if both.has("origin", "origin_ip"):
        three = true["origin_ip"], mine["origin_ip"], mine["origin_grade"]
        origin = score_addresses(*three)
        if handover is not None:
            beyond = score_addresses(*three, among=flags(pc.not_equal(true["origin_ip"], true["handover_ip"])))
        if both.has("forged", "forged"):
            forged = score_forged(true["forged"], *three, mine["findings"], both.warnings)
    else:
        both.leave("forged", "it needs the true origin")
    if both.has("received_at", "received_at"):
        times = score_times(true["received_at"], mine["received_at"])
    return Chains(handover, origin, beyond, forged, times)


def label(both: Compared) -> Labelled | None:
    """Number the labels of the matched messages; None, and noted, where no campaign is known."""
    if not both.has("campaigns", "campaign"):
        both.leave("leads", "they need the true campaigns")
        return None
    return label_messages(both.true, both.mine)


def score_groups_of(both: Compared, labelled: Labelled | None) -> GroupScore | None:
    """Score groups of campaigns; None, and noted, where no botnet is known."""
    if labelled is None:
        both.leave("groups", "they need the true campaigns")
        return None
    return score_groups(labelled, both.case["campaigns"]) if both.has("groups", "botnet") else None
