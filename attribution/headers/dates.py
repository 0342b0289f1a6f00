"""Dates of mail header fields as instants in UTC: RFC 5322 §3.3, §4.3, and what programs really write."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from attribution.models import Hop

__all__ = ["AROUND_DATE", "ParsedDate", "instant", "parse_date", "parse_date_parts", "set_date"]


class ParsedDate(NamedTuple):
    """A date as an instant, and whether the text fixes that instant.

    Attributes:
        utc: The instant, aware, in UTC.
        zone_stated: False when the text has no zone, or one whose meaning is not known. The time is then
            taken as UTC, and may be off by as much as 14 hours.
    """

    utc: datetime
    zone_stated: bool


def parse_date(text: str) -> datetime | None:
    """Return the instant that a date text names, as an aware datetime in UTC, or None.

    Read are the forms of RFC 5322 §3.3 and §4.3 (two-digit and three-digit years, comments, zone names),
    asctime, month first, year first (ISO 8601, RFC 3339, Go), with or without seconds and AM/PM.
    Text after the zone is passed over. A weekday is not compared with the date.

    - No zone, or a name that is not in the table of this module: taken as UTC, as RFC 5322 §4.3 says of
      unknown names; `parse_date_parts` tells such dates apart.
    - Impossible is None, never moved to a possible one: 30 February, 24:00, a year before 1900
      (RFC 5322 §3.3) or after 9999, a signed zone of 24 hours or more or with more than 59 minutes,
      second 60 anywhere but in the last minute of a UTC day (it is shown as the second that follows).
    - Day and month as bare numbers with the year last (`11-04-2023`) are None, because their order
      differs between countries; so is a date without a time of day.

    Args:
        text: The value of a date field, folded or not, or the part of a Received field after its last `;`.
    """
    found = _COMMON.match(text)
    if found is None:
        parsed = _parse_uncommon(text)
        return None if parsed is None else parsed.utc
    return _instant_of_common(found)


def parse_date_parts(text: str) -> ParsedDate | None:
    """Return what `parse_date` returns, and whether the text states a zone.

    Args:
        text: As for `parse_date`.
    """
    found = _COMMON.match(text)
    if found is None:
        return _parse_uncommon(text)
    utc = _instant_of_common(found)
    return None if utc is None else ParsedDate(utc, zone_stated=True)


AROUND_DATE = " \t\r\n;"
"""What may stand around the text of a date and is no part of it."""


def set_date(hop: Hop, text: str) -> bool:
    """Set the date of a hop from the text that holds it; say whether it could be read."""
    date = parse_date_parts(text)
    if date is None:
        return False
    hop.date, hop.zone_stated = date
    hop.date_text = text.strip(AROUND_DATE)
    return True


# The form of nearly all mail; kept apart because every hop of every message passes here.
_COMMON = re.compile(
    r"\A\s{0,80}(?:[A-Za-z]{3},\s{0,80})?([0-9]{1,2})\s{1,80}([A-Za-z]{3})\s{1,80}([0-9]{4})"
    r"\s{1,80}([0-9]{2}:[0-9]{2}:[0-9]{2})\s{1,80}([+-][0-9]{4})(?![0-9:])"
)

_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = {name[:length]: 1 + n for n, name in enumerate(_MONTH_NAMES) for length in range(3, len(name) + 1)}
_MONTHS_AS_USUAL = {name[:3].title(): 1 + n for n, name in enumerate(_MONTH_NAMES)}

_DAY_MINUTES = 24 * 60
_OLDEST_YEAR = 1900

# By minutes east of UTC. EST to PDT, GMT and UT are those of RFC 5322 §4.3; the others are names that mean
# one offset in mail, and what Windows programs write out. Names with several meanings (IST: India, Ireland,
# Israel; the military letters, which RFC 822 defined with the wrong sign) are left out on purpose.
_NAMES_OF_ZONES: dict[int, tuple[str, ...]] = {
    -600: ("HST",),
    -540: ("AKST",),
    -480: ("PST", "AKDT", "PACIFIC STANDARD TIME"),
    -420: ("MST", "PDT", "MOUNTAIN STANDARD TIME", "PACIFIC DAYLIGHT TIME"),
    -360: ("CST", "MDT", "CENTRAL STANDARD TIME", "MOUNTAIN DAYLIGHT TIME"),
    -300: ("EST", "CDT", "EASTERN STANDARD TIME", "CENTRAL DAYLIGHT TIME"),
    -240: ("EDT", "EASTERN DAYLIGHT TIME"),
    -210: ("NST",),
    -180: ("ADT", "BRT"),
    -150: ("NDT",),
    -120: ("BRST",),
    0: ("GMT", "UT", "UTC", "Z", "WET", "GREENWICH MEAN TIME", "GREENWICH STANDARD TIME"),
    60: ("CET", "MET", "MEZ", "BST", "WEST"),
    120: ("CEST", "MEST", "MESZ", "EET", "SAST"),
    180: ("EEST", "MSK", "EAT", "TRT"),
    240: ("MSD",),
    300: ("PKT",),
    420: ("ICT", "WIB"),
    480: ("AWST", "HKT", "SGT"),
    540: ("JST", "KST"),
    570: ("ACST",),
    600: ("AEST",),
    630: ("ACDT",),
    660: ("AEDT",),
    720: ("NZST",),
    780: ("NZDT",),
}
_ZONES = {name: timedelta(minutes=minutes) for minutes, names in _NAMES_OF_ZONES.items() for name in names}


def _instant_of_common(found: re.Match[str]) -> datetime | None:
    return instant(*found.groups())


def instant(day: str, month: str, year: str, clock: str, zone: str) -> datetime | None:
    """Return the instant of a date whose parts were found already, or None for an impossible one.

    Args:
        day: One digit or two.
        month: The name, whole or its first letters.
        year: Four digits.
        clock: The time of day as `hh:mm:ss`.
        zone: A sign and four digits.
    """
    number = _MONTHS_AS_USUAL.get(month) or _MONTHS.get(month.lower())
    offset = _OFFSETS.get(zone)
    if number is None or offset is None or year < "1900" or clock[2] != ":" or clock[5] != ":":
        return None
    try:
        hour, minute, second = int(clock[:2]), int(clock[3:5]), int(clock[6:])
        return datetime(int(year), number, int(day), hour, minute, second, tzinfo=UTC) - offset
    except ValueError:
        if clock[6:] != "60":
            return None
        return _leap_second(int(year), number, int(day), int(clock[:2]), int(clock[3:5]), offset)
    except OverflowError:
        return None


_OFFSETS = {
    f"{sign}{minutes // 60:02}{minutes % 60:02}": timedelta(minutes=-minutes if sign == "-" else minutes)
    for sign in "+-"
    for minutes in range(_DAY_MINUTES)
}


def _leap_second(year: int, month: int, day: int, hour: int, minute: int, offset: timedelta) -> datetime | None:
    try:
        utc = datetime(year, month, day, hour, minute, tzinfo=UTC) - offset + timedelta(minutes=1)
    except (ValueError, OverflowError):
        return None
    return utc if utc.hour == utc.minute == 0 else None


# A date has far fewer characters; the bound keeps a long comment from costing anything.
_LONGEST = 512

_TIME = (
    r"(?P<hour>[0-9]{1,2}) ?: ?(?P<minute>[0-9]{2})"
    r"(?: ?: ?(?P<second>[0-9]{1,2})(?:[.,](?P<fraction>[0-9]{1,12}))?)?"
    r"(?![0-9:])(?: ?(?P<half>[AaPp])\.?[Mm]\b\.?)?"
)
_WEEKDAY = r"(?:[A-Za-z]{2,9}[., ] ?,? ?)?"
_MONTH = r"(?P<month>[A-Za-z]{3,9})[.,]?"
_DAY_FIRST = rf"{_WEEKDAY}(?P<day>[0-9]{{1,2}})[ .-] ?{_MONTH}[ -] ?(?P<year>[0-9]{{2,5}}),? {_TIME}(?P<rest>.*)"
_MONTH_FIRST = rf"{_WEEKDAY}{_MONTH} ?(?P<day>[0-9]{{1,2}}),? (?P<year>[0-9]{{2,5}}),? (?:at )?{_TIME}(?P<rest>.*)"
_ASCTIME = (
    rf"{_WEEKDAY}{_MONTH} ?(?P<day>[0-9]{{1,2}}) {_TIME}"
    r"(?P<zone>(?: (?:GMT|UTC)[+-][0-9]{2}:[0-9]{2}| [A-Za-z]{1,5}| [+-][0-9]{4})?)"
    r" (?P<year>[0-9]{4})(?![0-9])(?P<rest>.*)"
)
_YEAR_FIRST = (
    r"(?P<year>[0-9]{4})(?P<dash>[-/])(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})"
    rf"(?:[Tt]| ){_TIME}(?P<rest>.*)"
)
_UNCOMMON = tuple(re.compile(rf"\A{pattern}") for pattern in (_DAY_FIRST, _MONTH_FIRST, _ASCTIME, _YEAR_FIRST))


def _parse_uncommon(text: str) -> ParsedDate | None:
    line = " ".join(_without_comments(text.lstrip()[:_LONGEST]).split()).strip(' ;,"')
    found = next(filter(None, (pattern.match(line) for pattern in _UNCOMMON)), None)
    if found is None:
        return None
    part = found.groupdict()
    name = part["month"]
    month = int(name) if name.isdecimal() else _MONTHS.get(name.lower(), 0)
    year = _full_year(part["year"])
    hour = _hour(int(part["hour"]), part["half"])
    zone = _read_zone(part.get("zone") or part["rest"])
    if year is None or hour is None or zone is None:
        return None
    offset, stated = zone
    day, minute, second = int(part["day"]), int(part["minute"]), int(part["second"] or 0)
    fraction = int((part["fraction"] or "0").ljust(6, "0")[:6])
    try:
        utc = datetime(year, month, day, hour, minute, second, fraction, tzinfo=UTC) - offset
    except ValueError:
        leap = _leap_second(year, month, day, hour, minute, offset) if second == 60 else None
        return None if leap is None else ParsedDate(leap, stated)
    except OverflowError:
        return None
    return ParsedDate(utc, stated)


def _without_comments(text: str) -> str:
    """Return text with every comment (RFC 5322 §3.2.2) replaced by a space; an open one runs to the end."""
    if "(" not in text:
        return text
    kept = []
    depth = 0
    for piece in re.split(r"(\\.|[()])", text):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(0, depth - 1)
            kept.append(" ")
        elif not depth:
            kept.append(piece)
    return "".join(kept)


def _full_year(digits: str) -> int | None:
    """Return the year, two and three digits read as RFC 5322 §4.3 says, or None for an impossible one."""
    year = int(digits)
    if len(digits) == 2:
        year += 2000 if year < 50 else 1900
    elif len(digits) == 3:
        year += 1900
    return year if _OLDEST_YEAR <= year <= 9999 else None


def _hour(hour: int, half: str | None) -> int | None:
    if half is None:
        return hour
    if half in "Aa":
        return hour % 12 if hour <= 12 else None
    return hour % 12 + 12 if hour <= 12 else hour


_NUMERIC_ZONE = re.compile(r"(?:(?:GMT|UTC|UT) ?)?([+-])([0-9]+)(?::([0-9]{2})(?![0-9]))?", re.IGNORECASE)
_NAMED_ZONE = re.compile(r"\A[A-Za-z]{1,12}(?: [A-Za-z]{1,12}){0,2}(?![A-Za-z0-9])")


def _read_zone(rest: str) -> tuple[timedelta, bool] | None:
    """Return the offset of a zone text and whether it states one, or None for an impossible one."""
    zone = rest.strip()
    numeric = _NUMERIC_ZONE.match(zone)
    if numeric is not None:
        offset = _numeric_offset(*numeric.groups())
        return None if offset is None else (offset, True)
    named = _NAMED_ZONE.match(zone)
    if named is not None:
        words = named.group().upper()
        for name in (words, words.partition(" ")[0]):
            if name in _ZONES:
                return _ZONES[name], True
    # Something glued to the time may be a garbled AM or PM, which would change the hour.
    if zone and not rest.startswith(" "):
        return None
    return timedelta(0), False


def _numeric_offset(sign: str, digits: str, minutes: str | None) -> timedelta | None:
    if len(digits) > (4 if minutes is None else 2):
        return None
    if minutes is not None or len(digits) <= 2:
        hours, rest = int(digits), int(minutes or 0)
    else:
        hours, rest = int(digits[:-2]), int(digits[-2:])
    return _OFFSETS.get(f"{sign}{hours:02}{rest:02}")
