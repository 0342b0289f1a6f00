"""A decision, and what all decisions of a case say together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

__all__ = ["DECISIONS", "MAX_BYTES", "Action", "Decision", "Decisions"]

DECISIONS = "decisions.toml"
"""Name of the file in the case folder."""

MAX_BYTES = 10_000_000
"""Size of the largest file that is read."""

Action = Literal["together", "apart", "name", "undo"]
"""What a decision says of its messages."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision.

    Attributes:
        number: Its place in the file, from 1.
        time: When it was made, in UTC.
        action: What it says.
        reason: Why, in the analyst's words.
        ids: Message keys; for an `undo`, those of what it withdraws.
        name: Of the campaign that holds the first of the messages.
        by: Who made it, as that person said.
        of: Number of the decision that an `undo` withdraws.
        withdrawn_by: Number of the `undo` that withdraws this one; None while it holds.
    """

    number: int
    time: datetime
    action: Action
    reason: str
    ids: tuple[int, ...] = ()
    name: str | None = None
    by: str | None = None
    of: int | None = None
    withdrawn_by: int | None = None

    def __str__(self) -> str:
        return f"decision {self.number} ({self.time:%Y-%m-%d %H:%M:%S} UTC)"

    def as_dict(self) -> dict[str, Any]:
        """Return what `--json` prints of a decision."""
        return {
            "number": self.number,
            "time": self.time.isoformat(),
            "action": self.action,
            "ids": list(self.ids),
            "name": self.name,
            "reason": self.reason,
            "by": self.by,
            "of": self.of,
            "withdrawn_by": self.withdrawn_by,
        }


@dataclass(frozen=True)
class Decisions:
    """All decisions of a case, and what of them holds.

    Attributes:
        entries: In the order of the file, withdrawn ones and withdrawals too.
    """

    entries: tuple[Decision, ...] = ()

    @cached_property
    def together(self) -> tuple[tuple[int, int], ...]:
        """Pairs of messages that must be in one campaign: the first of each decision with each other one of it."""
        return tuple((entry.ids[0], key) for entry in self._holding("together") for key in entry.ids[1:])

    @cached_property
    def together_told(self) -> tuple[tuple[int, int, str], ...]:
        """The pairs of `together`, each with the decision in words: number, time, reason, and who decided."""
        found: list[tuple[int, int, str]] = []
        for entry in self._holding("together"):
            # One text for all pairs of a decision: there may be many, and a reason may be long.
            told = f"{entry}: {entry.reason}{'' if entry.by is None else f' ({entry.by})'}"
            found.extend((entry.ids[0], key, told) for key in entry.ids[1:])
        return tuple(found)

    @cached_property
    def apart(self) -> tuple[tuple[int, int], ...]:
        """Pairs of messages that must not be in one campaign."""
        return tuple((entry.ids[0], entry.ids[1]) for entry in self._holding("apart"))

    @cached_property
    def names(self) -> Mapping[int, str]:
        """Name of the campaign that holds a message, by the key of the message.

        They stand in order of the decisions, so that the last one counts where a campaign holds several.
        """
        found: dict[int, str] = {}
        for entry in self._holding("together", "name"):
            if entry.name is not None:
                found.pop(entry.ids[0], None)
                found[entry.ids[0]] = entry.name
        return found

    def _holding(self, *actions: Action) -> Iterator[Decision]:
        return (entry for entry in self.entries if entry.action in actions and entry.withdrawn_by is None)
