"""What was done to a case after its first run: mail that was added, and what an analyst decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.decisions import Decision, Decisions

__all__ = ["AppendedLine", "DecisionLine", "DecisionsLine", "read_appended", "read_decisions_line"]


@dataclass(frozen=True, slots=True)
class AppendedLine:
    """One addition of mail: when (UTC), how many messages, and how many were passed over as the case had them."""

    time: datetime | None
    messages: int
    passed_over: int


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision: its number in the log, when it was made (UTC), what it says, why, and who made it."""

    number: int
    time: datetime
    action: str
    reason: str
    name: str | None
    by: str | None


@dataclass(frozen=True, slots=True)
class DecisionsLine:
    """The decisions of an analyst.

    Attributes:
        number: Entries of the log. `holding`: decisions that hold: no withdrawals, and not withdrawn.
        waiting: Entries that are younger than the tables.
        last: The one that stands last.
    """

    number: int
    holding: int
    waiting: int
    last: DecisionLine


def read_appended(run: Mapping[str, Any]) -> tuple[AppendedLine, ...]:
    """Return the additions that a run record names, in their order.

    Args:
        run: The run record.
    """
    entries = run.get("appended")
    return tuple(
        AppendedLine(_time(entry.get("time")), int(entry.get("messages") or 0), int(entry.get("passed_over") or 0))
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict)
    )


def read_decisions_line(decisions: Decisions | None, run: Mapping[str, Any]) -> DecisionsLine | None:
    """Return what the log of decisions holds; None where there is none.

    Args:
        decisions: The log.
        run: The run record, which says how old the tables are.
    """
    if decisions is None or not decisions.entries:
        return None
    entries = decisions.entries
    times = [_time(run.get("finished")), _time(run.get("regrouped")), *(each.time for each in read_appended(run))]
    written = max((time for time in times if time is not None), default=None)
    return DecisionsLine(
        number=len(entries),
        holding=sum(entry.action != "undo" and entry.withdrawn_by is None for entry in entries),
        waiting=0 if written is None else sum(entry.time > written for entry in entries),
        last=_line(entries[-1]),
    )


def _line(entry: Decision) -> DecisionLine:
    return DecisionLine(entry.number, entry.time, entry.action, entry.reason, entry.name, entry.by)


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
