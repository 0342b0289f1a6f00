"""Dates and queue identifiers as mail servers and mailers write them, quick enough for every message."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

__all__ = [
    "asctime",
    "digits_date",
    "exim_id",
    "iso_date",
    "mail_date",
    "padded_date",
    "postfix_date",
    "postfix_id",
    "postfix_long_id",
    "sendmail_hour_id",
    "sendmail_id",
    "short_date",
]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(maxsize=4096)
def _day(day: int) -> tuple[str, str, str, datetime]:
    date = datetime.fromtimestamp(day * 86400, UTC)
    week, month = _DAYS[date.weekday()], _MONTHS[date.month - 1]
    return (
        f"{week}, {date.day:02} {month} {date.year} ",
        f"{week}, {date.day} {month} {date.year} ",
        f"{week}, {date.day:2} {month} {date.year} ",
        date,
    )


@lru_cache(maxsize=256)
def _zone(minutes: int) -> str:
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f" {sign}{hours:02}{rest:02}"


_TWO = tuple(f"{number:02}" for number in range(60))
# 86,400 texts of eight characters: built once, they save three divisions and a format for every date.
_CLOCK = tuple(
    [start + second for start in [f"{hour}:{minute}:" for hour in _TWO[:24] for minute in _TWO] for second in _TWO]
)


def padded_date(time: int, minutes: int) -> str:
    """Return an RFC 5322 date whose day always has two digits, as Exim and most mailers write it.

    Args:
        time: Seconds since 1970, UTC.
        minutes: How far the zone lies east of UTC.
    """
    day, second = divmod(time + 60 * minutes, 86400)
    return _day(day)[0] + _CLOCK[second] + _zone(minutes)


def mail_date(time: int, minutes: int) -> str:
    """Return an RFC 5322 date without padding, as Sendmail and Exchange write it; arguments as of `padded_date`."""
    day, second = divmod(time + 60 * minutes, 86400)
    return _day(day)[1] + _CLOCK[second] + _zone(minutes)


# Messages come in order of time, and many in one second: what their receiver writes is often the same as just before.
@lru_cache(maxsize=256)
def postfix_date(time: int, minutes: int, zone: str) -> str:
    """Return a date as Postfix writes it: the day padded with a blank, the zone's name in a comment."""
    day, second = divmod(time + 60 * minutes, 86400)
    return f"{_day(day)[2]}{_CLOCK[second]}{_zone(minutes)} ({zone})"


@lru_cache(maxsize=256)
def asctime(time: int) -> str:
    """Return the date of an mbox `From ` line, in UTC."""
    day, second = divmod(time, 86400)
    date = _day(day)[3]
    return f"{_DAYS[date.weekday()]} {_MONTHS[date.month - 1]} {date.day:2} {_CLOCK[second]} {date.year}"


def digits_date(time: int) -> str:
    """Return the time as `20131223101530`, in UTC."""
    day, second = divmod(time, 86400)
    date = _day(day)[3]
    return f"{date.year}{date.month:02}{date.day:02}{_CLOCK[second].replace(':', '')}"


def iso_date(time: int) -> str:
    """Return the time as `2013-12-23T10:15:30`, in UTC."""
    day, second = divmod(time, 86400)
    return f"{_iso_day(day)}T{_CLOCK[second]}"


@lru_cache(maxsize=4096)
def _iso_day(day: int) -> str:
    return _day(day)[3].isoformat()[:10]


def short_date(time: int) -> str:
    """Return the day as `23.12.2013`."""
    return _short_day(time // 86400)


@lru_cache(maxsize=4096)
def _short_day(day: int) -> str:
    date = _day(day)[3]
    return f"{date.day:02}.{date.month:02}.{date.year}"


def postfix_id(bits: int) -> str:
    """Return a short queue id of Postfix: microseconds and the file's number, in hexadecimal."""
    return f"{(bits % 1_000_000) << 20 | (bits >> 20) & 0xFFFFF | 0x10000:010X}"


_SAFE = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"


def postfix_long_id(time: int, bits: int) -> str:
    """Return a long queue id of Postfix 2.9 and later: time and microseconds in base 52, a `z`, the file in base 51.

    Args:
        time: Seconds since 1970.
        bits: Random bits.
    """
    seconds, part, file = _digits(time, 52, 6), _digits(bits % 1_000_000, 52, 4), _digits((bits >> 20) & 0xFFFFF, 51, 4)
    return f"{seconds}{part}z{file}"


def _digits(number: int, base: int, length: int) -> str:
    signs = ""
    for _ in range(length):
        number, rest = divmod(number, base)
        signs = _SAFE[rest] + signs
    return signs


_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def exim_id(time: int, bits: int, *, short: bool = False) -> str:
    """Return a message id of Exim 4: time, process and fraction in base 62; `short` as in Exim 3."""
    if short:
        return f"{_base62(time, 6)}-{_base62(1000 + bits % 29000, 6)}-00"
    return f"{_base62(time, 6)}-{_base62(1000 + bits % 29000, 6)}-{_base62((bits >> 16) % 2000, 2)}"


def _base62(number: int, length: int) -> str:
    signs = ""
    for _ in range(length):
        number, rest = divmod(number, 62)
        signs = _BASE62[rest] + signs
    return signs


_SIXTY = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"


def sendmail_id(time: int, bits: int, *, short: bool = False) -> str:
    """Return a queue id of Sendmail 8.13 and later: the time in base 60, a counter and the process.

    Args:
        time: Seconds since 1970, UTC.
        bits: Random bits.
        short: As Sendmail 8.10 to 8.12 write it, with one sign for the counter and five digits for the process.
    """
    day, second = divmod(time, 86400)
    date = _day(day)[3]
    parts = ((date.year - 1900) % 60, date.month - 1, date.day, second // 3600, second // 60 % 60, second % 60)
    if short:
        signs = "".join(_SIXTY[part] for part in (*parts, bits % 60))
        return f"{signs}{1000 + (bits >> 16) % 31000:05}"
    counter = (bits % 60, (bits >> 8) % 60)
    return "".join(_SIXTY[part] for part in (*parts, *counter)) + f"{1000 + (bits >> 16) % 31000:06}"


def sendmail_hour_id(local: int, bits: int) -> str:
    """Return a queue id of Sendmail before 8.10: the hour as a letter, two letters that count up, the process.

    Args:
        local: Seconds since 1970, plus what the server's zone is east of UTC.
        bits: Random bits.
    """
    return f"{chr(65 + local % 86400 // 3600)}AA{1000 + bits % 31000:05}"
