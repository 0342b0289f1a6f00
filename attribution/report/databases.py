"""The IP databases of a run, and how far they lie from the time of the mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["STALE_DAYS", "Database", "read_databases"]

STALE_DAYS = 180
"""Days between a database and the mail beyond which it is old, where the run record does not say."""


@dataclass(frozen=True, slots=True)
class Database:
    """One IP database that the run used.

    Attributes:
        name: File name.
        kind: What the database calls itself; None when the run record does not say.
        built: Build date in UTC; None when the database does not state one.
        gap_days: Whole days between the build and the nearest day of the mail's period: positive when the
            database is newer than all mail, negative when it is older, 0 within the period; None when
            either date is not known.
        warning: A sentence, when the gap is so wide that addresses may have changed hands; else None.
        licence, attribution: The terms, and the credit line that the licence asks for.
    """

    name: str
    kind: str | None = None
    built: datetime | None = None
    gap_days: int | None = None
    warning: str | None = None
    licence: str | None = None
    attribution: str | None = None


def read_databases(
    items: Iterable[Mapping[str, Any]] | None,
    first: datetime | None,
    last: datetime | None,
    max_gap_days: int = STALE_DAYS,
) -> tuple[Database, ...]:
    """Return the databases of a run record, each with its gap to the period of the mail.

    Args:
        items: The entry `databases` of `run.json`; a build date is a datetime or an ISO 8601 text.
        first: Start of the period of the mail, UTC; None when not known.
        last: End of that period.
        max_gap_days: Days beyond which a database is warned of.
    """
    return tuple(_read(item, first, last, max_gap_days) for item in items or ())


def _read(item: Mapping[str, Any], first: datetime | None, last: datetime | None, max_gap_days: int) -> Database:
    name = str(item.get("name") or PurePath(str(item.get("path", ""))).name)
    built = _as_utc(item.get("built"))
    gap = None if built is None or first is None or last is None else _gap(built, first, last)
    return Database(
        name=name,
        kind=item.get("kind"),
        built=built,
        gap_days=gap,
        warning=None if gap is None else _warning(name, gap, max_gap_days),
        licence=item.get("licence"),
        attribution=item.get("attribution"),
    )


def _as_utc(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _gap(built: datetime, first: datetime, last: datetime) -> int:
    if built > last:
        return (built - last).days
    if built < first:
        return -(first - built).days
    return 0


def _warning(name: str, gap: int, max_gap_days: int) -> str | None:
    if abs(gap) <= max_gap_days:
        return None
    age = "newer than the newest mail" if gap > 0 else "older than the oldest mail"
    return (
        f"{name} is {abs(gap):,} days {age}: an address may have belonged to another network or place when "
        f"the mail was sent."
    )
