"""A case beside the truth: the rows that both have, and what is missing for a part to be scored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from attribution.score.matching import CASE_COLUMNS, match

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from attribution.score.truth import Truth

__all__ = ["SCORED", "Compared", "Missing"]

SCORED = {
    "messages": (
        "message", "sha256", "source", "member", "offset", "handover_ip", "handover_grade", "origin_ip", "origin_grade",
        "received_at", "findings", "device_type", "campaign",
    ),
    "campaigns": ("campaign", "group"),
    "leads": ("kind", "campaign_a", "campaign_b", "message_a", "message_b"),
    "addresses": ("ip", "asn", "country", "access", "device_type"),
    "controls": ("ip", "device_types"),
}  # fmt: skip
"""Columns of each table of a case that are needed."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A part that is not scored, and why."""

    part: str
    reason: str


class Compared:
    """A case and the truth about it.

    Attributes:
        case, run, truth, things, warnings: As of `score_tables`.
        matching: Which messages are the same; None where the truth has no messages.
        true: The rows of the truth that are matched. `mine`: the same messages of the case, row by row. Both without
            the columns that they were matched by, and without any where nothing matches.
        addresses: Addresses that sent and are in both, as rows of the truth and of the case; None where the truth has
            none.
        missing: Parts that are not scored so far.
    """

    def __init__(
        self,
        case: Mapping[str, pa.Table],
        run: Mapping[str, Any],
        truth: Truth,
        things: Collection[str],
        warnings: Collection[str],
    ) -> None:
        self.case, self.run, self.truth, self.things, self.warnings = case, run, truth, things, warnings
        self.missing: list[Missing] = []
        matching = None if truth.messages is None else match(truth.messages, case["messages"])
        self.matching = matching
        if truth.messages is not None and matching is not None and len(matching.truth):
            # What they were matched by is the larger part of both, and is needed no more.
            self.true = truth.messages.drop_columns([*CASE_COLUMNS, "order"]).take(pa.array(matching.truth))
            self.mine = case["messages"].drop_columns(CASE_COLUMNS).take(pa.array(matching.case))
        else:
            self.true = self.mine = pa.table({})
        self.addresses = self._match_addresses()

    def leave(self, part: str, reason: str) -> None:
        """Note that a part is not scored, and why."""
        self.missing.append(Missing(part, reason))

    def has(self, part: str, *columns: str) -> bool:
        """Say whether matched messages have a value in all of some columns of the truth; if not, note why."""
        if not self.true.num_rows:
            why = "the truth has no table of messages" if self.matching is None else "no message is in both"
            self.leave(part, why)
            return False
        for name in columns:
            if name not in self.truth.message_columns:
                self.leave(part, f"the truth of messages has no column {name}")
                return False
            if not pc.any(pc.is_valid(self.true[name])).as_py():
                self.leave(part, f"the column {name} of the truth is empty for the messages of the case")
                return False
        return True

    def _match_addresses(self) -> tuple[pa.Table, pa.Table] | None:
        """Return the addresses that sent and are in both, as rows of the truth and of the case."""
        truth = self.truth.addresses
        if truth is None:
            return None
        senders = truth.filter(pc.invert(pc.fill_null(truth["neighbour"], fill_value=False)))
        place = pc.index_in(senders["ip"], value_set=self.case["addresses"]["ip"].combine_chunks())
        there = pc.is_valid(place)
        return senders.filter(there), self.case["addresses"].take(place.filter(there))

    def knows(self, part: str, *columns: str) -> bool:
        """Say the same as `has` of addresses."""
        if self.addresses is None:
            self.leave(part, "the truth has no table of addresses")
            return False
        for name in columns:
            if name not in self.truth.address_columns:
                self.leave(part, f"the truth of addresses has no column {name}")
                return False
        if not self.addresses[0].num_rows:
            self.leave(part, "no address is in both")
            return False
        return True

    def record(self, name: str) -> Mapping[str, Any]:
        """Return an entry of the run record, empty where it has none."""
        found = self.run.get(name)
        return found if isinstance(found, dict) else {}

    def scanned(self, part: str) -> bool:
        """Say whether the case has devices and a control group; if not, note it."""
        if self.record("control"):
            return True
        self.leave(part, "the case has no scan data")
        return False

    def nothing(self) -> str:
        """Say why nothing matches, as far as it can be told."""
        case, truth = self.case["messages"], self.truth.messages
        if truth is None:
            return "no address of the truth is in the case: is it the truth about other mail?"
        counts = f"none of the {truth.num_rows:,} messages of the truth is among the {case.num_rows:,} of the case"
        if not case.num_rows or not truth.num_rows:
            return f"{counts}: there is nothing to compare"
        moved = 0 if self.matching is None else self.matching.moved
        # The first message of any mailbox stands at the same offset as that of another: a few are no sign.
        if 2 * moved >= min(case.num_rows, truth.num_rows):
            return (
                f"{counts} by its SHA-256, but {moved:,} stand at the same file and offset: the mail, or its line "
                "ends, was changed after the truth was written; the hash is of the message's bytes, without the From "
                "line of an mbox and without the empty line that ends it there"
            )
        if self.truth.messages is not None and truth["sha256"].null_count == truth.num_rows:
            return f"{counts} by file and offset: compare the columns source and offset with those of the case"
        return (
            f"{counts} by its SHA-256: it is the truth about other mail, or the mail, or its line ends, was changed "
            "after the truth was written, or its hashes are not of the message's bytes "
            "(without the From line of an mbox and without the empty line that ends it there)"
        )
