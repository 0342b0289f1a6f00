"""When a database was built, where its file does not say so in its own metadata."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from attribution._text import escape_control
from attribution.enrich.datasets import record_path_of
from attribution.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Dated", "date_in", "find_date", "split_date"]


class Dated(NamedTuple):
    """When a database was built, and what says so.

    Attributes:
        build: UTC; None where nothing says it.
        by: `given` (by the user), `comment` (in the file), `name` (of the file), `record` (beside the file);
            None where nothing says it.
    """

    build: datetime | None
    by: str | None


_GIVEN = re.compile(r"(.+)@([0-9]{4}-[0-9]{2}-[0-9]{2})", re.DOTALL)

# 2014-05-13, 2014.05, 20140513; and behind a whole date the time, as in 20140106-1200.
_DATE = re.compile(
    r"(?<![0-9])(?P<year>(?:19|20)[0-9]{2})"
    r"(?:(?P<mark>[-._])(?P<month>[01][0-9])(?:(?P=mark)(?P<day>[0-3][0-9]))?|(?P<m>[01][0-9])(?P<d>[0-3][0-9]))"
    r"(?:[-._T](?P<hour>[0-2][0-9]):?(?P<minute>[0-5][0-9]))?(?![0-9])"
)
_CONVERSION = re.compile(r"\bconver", re.IGNORECASE)
_LARGEST_RECORD = 1 << 20


def split_date(named: Path) -> tuple[Path, datetime | None]:
    """Return a path as the user named it, and the build date behind it: `PATH@YYYY-MM-DD`.

    Args:
        named: Where a file of that very name exists, there is no date behind it.

    Returns:
        The path of the file, and the date (UTC) or None.

    Raises:
        DatabaseError: What stands behind the path looks like a date and is none.
    """
    match = _GIVEN.fullmatch(str(named))
    if match is None or _exists(named):
        return named, None
    try:
        return Path(match.group(1)), datetime.strptime(match.group(2), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise DatabaseError(f"{escape_control(str(named))}: there is no such day; write PATH@YYYY-MM-DD.") from error


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long, for one
        return False


def date_in(text: str) -> datetime | None:
    """Return the first date in a text, in UTC; None where there is none.

    Args:
        text: A file name or a comment. A month without a day stands for its first day.
    """
    for match in _DATE.finditer(text):
        month, day = match["month"] or match["m"], match["day"] or match["d"] or "1"
        # What looks like a time behind a month alone is none.
        time = (0, 0) if match["hour"] is None or not (match["day"] or match["d"]) else (match["hour"], match["minute"])
        try:
            return datetime(int(match["year"]), int(month), int(day), int(time[0]), int(time[1]), tzinfo=UTC)
        except ValueError:
            continue
    return None


def find_date(path: Path, comments: Iterable[str] = ()) -> Dated:
    """Return when a table was built, by what its comments, its name, or the record beside it say, in this order.

    Where the name has but a month, a record in that month, as of a data set that was installed, has the day.

    Args:
        path: The file.
        comments: Its comment lines. When a file was converted says nothing of the age of what is in it.
    """
    for comment in comments:
        if not _CONVERSION.search(comment) and (build := date_in(comment)) is not None:
            return Dated(build, "comment")
    named, recorded = date_in(path.name), _recorded(path)
    if named is not None and (recorded is None or recorded.replace(day=1, hour=0, minute=0, second=0) != named):
        return Dated(named, "name")
    return Dated(recorded, None if recorded is None else "record")


def _recorded(path: Path) -> datetime | None:
    record = record_path_of(path)
    try:
        if record == path or record.stat().st_size > _LARGEST_RECORD:
            return None
        build = datetime.fromisoformat(json.loads(record.read_text("utf-8"))["build"])
        return build.replace(tzinfo=UTC) if build.tzinfo is None else build.astimezone(UTC)
    except (OSError, ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None
