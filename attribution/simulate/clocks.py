"""Clocks of the world: zones with their summer time, how wrong a host's clock is, how long mail waits on its way."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attribution.errors import UsageError
from attribution.simulate.dice import mix

__all__ = ["CALIFORNIA", "GERMANY", "Zone", "clock_error", "month_of", "seasons", "wait", "zone_at"]

GERMANY = "Europe/Berlin"
CALIFORNIA = "America/Los_Angeles"


class Zone(NamedTuple):
    """What the clocks of a place show: minutes east of UTC, and what they call that, empty for a zone without name."""

    minutes: int
    name: str


def zone_at(place: str, time: int) -> Zone:
    """Return the zone of a place at a moment.

    Args:
        place: A name of the time zone database.
        time: Seconds since 1970.

    Raises:
        UsageError: This system has no time zone database.
    """
    found = _zone_of_day(place, time // 86400)
    return found if found is not None else _zone_then(place, time)


@lru_cache(maxsize=32_768)
def _zone_of_day(place: str, day: int) -> Zone | None:
    """Return the zone of a place on a day of UTC, None where it changes on that day."""
    first, last = _zone_then(place, day * 86400), _zone_then(place, day * 86400 + 86399)
    return first if first == last else None


@cache
def _rules(place: str) -> ZoneInfo:
    # `ZoneInfo` itself keeps eight of them, and reads the others again and again.
    try:
        return ZoneInfo(place)
    except ZoneInfoNotFoundError as problem:
        message = f"no time zone {place} on this system; install its time zone files, or the Python package tzdata"
        raise UsageError(message) from problem


def _zone_then(place: str, time: int) -> Zone:
    local = datetime.fromtimestamp(time, _rules(place))
    offset, name = local.utcoffset(), local.tzname() or ""
    # A number is what the database has where people have no name of three or four letters.
    return Zone(int(offset.total_seconds()) // 60 if offset is not None else 0, name if name.isalpha() else "")


@lru_cache(maxsize=4096)
def month_of(day: int) -> int:
    """Return the month, from 1 to 12, of a day since 1970."""
    return datetime.fromtimestamp(day * 86400, UTC).month


def seasons(time: int) -> list[str]:
    """Return what mail that wants to sell something calls the weeks after a moment."""
    month = month_of(time // 86400)
    if month in {11, 12}:
        return ["January", "winter", "the new year", "the holidays"]
    return [_MONTHS[month % 12], ("winter", "spring", "summer", "autumn")[month % 12 // 3], "the weekend", "next month"]


_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@lru_cache(maxsize=65_536)
def clock_error(salt: int) -> int:
    """Return by how many seconds the clock of a host is fast, always the same for a host; slow ones are negative.

    Args:
        salt: What tells the host from others.
    """
    x = mix(salt ^ 0xC10C4)
    share, size, sign = x % 1000, (x >> 10) % 100_000, 1 if x >> 40 & 1 else -1
    if share < 600:
        return size % 3 - 1
    if share < 940:
        return sign * (2 + size % 24)
    if share < 990:
        return sign * (60 + size % 1200)
    # Hours: a wrong zone, or a clock that nobody ever set.
    return sign * (3600 * (1 + size % 9) + (size % 1700 if share >= 995 else 0))


def wait(draw: float) -> int:
    """Return how many seconds a message waited in queues beyond the usual ones: mostly none, now and then for hours.

    Args:
        draw: A random number from 0 to 1.
    """
    if draw >= _WAITING:
        return 0
    draw /= _WAITING
    if draw < 0.55:
        # Greylisting: the next try after some minutes.
        return 300 + int(draw / 0.55 * 3300)
    if draw < 0.95:
        return 3600 + int((draw - 0.55) / 0.4 * 39_600)
    return 43_200 + int((draw - 0.95) / 0.05 * 130_000)


_WAITING = 0.03
"""Share of the messages that wait."""
