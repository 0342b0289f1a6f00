from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.headers.dates import parse_date, parse_date_parts


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]  # parts are year to microsecond


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # RFC 5322 §3.3
        ("Mon, 6 Jan 2014 10:00:00 +0100", utc(2014, 1, 6, 9)),
        (" Mon,  6 Jan 2014\r\n\t10:00:00 -0530 (IST)", utc(2014, 1, 6, 15, 30)),
        ("6 Jan 2014 10:00:00 -0000", utc(2014, 1, 6, 10)),
        ("Mon, 06 Jan 2014 10:00 +0000", utc(2014, 1, 6, 10)),
        ("Mon,06 Jan 2014 10:00:00+0100", utc(2014, 1, 6, 9)),
        ("Mon 06 jan 2014 10:00:00 +0100", utc(2014, 1, 6, 9)),
        ("6 Jan 2014 23:30:00 -0100", utc(2014, 1, 7, 0, 30)),
        # RFC 5322 §4.3, the obsolete forms
        ("Mon, 6 Jan 14 10:00:00 EST", utc(2014, 1, 6, 15)),
        ("6 Jan 99 10:00:00 GMT", utc(1999, 1, 6, 10)),
        ("6 Jan 114 10:00:00 UT", utc(2014, 1, 6, 10)),
        ("Mon, 6 (day) Jan (a (nested \\) one)) 2014 10 : 00 : 00 (x) +0100", utc(2014, 1, 6, 9)),
        ("Mon, 6 Jan 2014 10:00:00 CEST", utc(2014, 1, 6, 8)),
        ("Mon, 6 Jan 2014 10:00:00 JST", utc(2014, 1, 6, 1)),
        ("Mon, 6 Jan 2014 10:00:00 Eastern Standard Time", utc(2014, 1, 6, 15)),
        # What follows the zone is not looked at
        ("Mon, 6 Jan 2014 10:00:00 -0800 (PST) (envelope-from user@example.com)", utc(2014, 1, 6, 18)),
        ("Mon, 6 Jan 2014 10:00:00 +0000-62495-238", utc(2014, 1, 6, 10)),
        ("Mon, 6 Jan 2014 10:00:00 +0100 for <user@example.com>", utc(2014, 1, 6, 9)),
        # Zones in other shapes
        ("Mon, 6 Jan 2014 10:00:00 -08:00", utc(2014, 1, 6, 18)),
        ("Mon, 6 Jan 2014 10:00:00 -800", utc(2014, 1, 6, 18)),
        ("Mon, 6 Jan 2014 10:00:00 GMT+2", utc(2014, 1, 6, 8)),
        ("Mon, 6 Jan 2014 10:00:00 UTC-03:30", utc(2014, 1, 6, 13, 30)),
        # asctime
        ("Sun Nov 13 14:50:12 2005 +0100", utc(2005, 11, 13, 13, 50, 12)),
        ("Sun Nov 13 14:50:12 PST 2005", utc(2005, 11, 13, 22, 50, 12)),
        ("Sun Nov  6 14:50:12 2005 -0500", utc(2005, 11, 6, 19, 50, 12)),
        # Month first, AM and PM
        ("Jan, 06 2014 9:25:17 PM +0400", utc(2014, 1, 6, 17, 25, 17)),
        ("January 6, 2014 at 12:05 AM GMT", utc(2014, 1, 6, 0, 5)),
        ("Jan 6, 2014 12:05 p.m. GMT", utc(2014, 1, 6, 12, 5)),
        ("6-Jan-2014 10:00:00 +0000", utc(2014, 1, 6, 10)),
        # Year first: RFC 3339, Go
        ("2014-01-06T10:00:00Z", utc(2014, 1, 6, 10)),
        ("2014-01-06T10:00:00.123456789+05:30", utc(2014, 1, 6, 4, 30, 0, 123456)),
        ("2014-01-06 10:00:00.1 +0000 UTC m=+12.3", utc(2014, 1, 6, 10, 0, 0, 100000)),
        # A leap second is shown as the second that follows
        ("Sat, 31 Dec 2016 23:59:60 +0000", utc(2017, 1, 1)),
        ("Sat, 31 Dec 2016 18:59:60 EST", utc(2017, 1, 1)),
    ],
)
def test_reads(text: str, expected: datetime) -> None:
    assert parse_date(text) == expected
    assert parse_date_parts(text) == (expected, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sun Nov 13 14:50:12 2005", utc(2005, 11, 13, 14, 50, 12)),
        ("Mon, 6 Jan 2014 10:00:00", utc(2014, 1, 6, 10)),
        ("Mon, 6 Jan 2014 10:00:00 IST", utc(2014, 1, 6, 10)),
        ("Mon, 6 Jan 2014 10:00:00 A", utc(2014, 1, 6, 10)),
        ("Mon, 6 Jan 2014 10:00:00 EST5EDT", utc(2014, 1, 6, 10)),
        ("Mon, 6 Jan 2014 10:00:00 0530", utc(2014, 1, 6, 10)),
        ("2014/01/06 10:00", utc(2014, 1, 6, 10)),
    ],
)
def test_without_a_known_zone_utc_is_assumed_and_said(text: str, expected: datetime) -> None:
    assert parse_date(text) == expected
    assert parse_date_parts(text) == (expected, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Not supplied",
        "Mon, 30 Feb 2014 10:00:00 +0000",
        "Mon, 31 Apr 2014 10:00 GMT",
        "Mon, 6 Jan 2014 24:00:00 +0000",
        "Mon, 6 Jan 2014 10:60:00 +0000",
        "Mon, 6 Jan 2014 10:00:61 +0000",
        "Mon, 6 Jan 2014 10:00:60 +0000",
        "Mon, 6 Jan 2014 10:00:60 GMT",
        "Mon, 6 Foo 2014 10:00:00 +0000",
        "Mon, 0 Jan 2014 10:00:00 +0000",
        "6 Jan 0102 10:00:00 +0000",
        "6 Jan 1899 10:00:00 GMT",
        "6 Jan 20140 10:00:00 +0000",
        "Fri, 31 Dec 9999 23:59:59 -0500",
        "Mon, 6 Jan 2014 10:00:00 +9959",
        "Mon, 6 Jan 2014 10:00:00 +2400",
        "Mon, 6 Jan 2014 10:00:00 -0160",
        "Mon, 6 Jan 2014 10:00:00 +05300",
        "Mon, 6 Jan 2014 14:00 AM GMT",
        "Mon, 6 Jan 2014",
        "2014-01-06",
        "2014-13-06 10:00:00",
        "11-04-2023",
        "22/08/2002 10:04:10",
        # A garbled PM would move the time by half a day
        "Mon, Jan 6, 2014 at 7:54=E2=80=AFPM",
    ],
)
def test_impossible_or_undecidable_dates_are_none(text: str) -> None:
    assert parse_date(text) is None
    assert parse_date_parts(text) is None


@pytest.mark.parametrize("text", ["9" * 5000, "(" * 5000, "6 Jan " + "2" * 5000, "Mon, " * 5000, ":" * 5000])
def test_long_garbage_is_none(text: str) -> None:
    assert parse_date(text) is None


def test_white_space_before_the_date_has_no_bound() -> None:
    assert parse_date("\r\n " * 5000 + "6 Jan 2014 10:00:00 +0000") == utc(2014, 1, 6, 10)


MOMENTS = st.datetimes(
    min_value=datetime(1900, 1, 3),  # noqa: DTZ001 (hypothesis takes naive bounds and adds the zone itself)
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
).map(lambda moment: moment.replace(microsecond=0))


@given(MOMENTS)
def test_reads_what_the_standard_library_writes(moment: datetime) -> None:
    text = format_datetime(moment)
    assert parse_date(text) == moment == parsedate_to_datetime(text)
    assert parse_date(text + " (a comment)") == moment


@given(MOMENTS)
def test_all_forms_of_one_moment_agree(moment: datetime) -> None:
    zone = moment.strftime("%z")
    year = f"{moment.year:04}"
    for text in (
        f"{moment:%a %b} {moment.day:2} {moment:%H:%M:%S} {year} {zone}",
        f"{moment:%d-%b}-{year} {moment:%H:%M:%S} {zone}",
        f"{year}-{moment:%m-%dT%H:%M:%S}{zone[:3]}:{zone[3:]}",
        f"{moment:%b}, {moment:%d} {year} {moment:%I:%M:%S %p} {zone}",
    ):
        assert parse_date(text) == moment


@given(st.text(alphabet="0123456789 ,:+-()ADGJMPTZabn./", max_size=60) | st.text(max_size=60))
def test_any_text_gives_none_or_an_aware_utc_time(text: str) -> None:
    found = parse_date(text)
    assert found is None or (found.tzinfo is UTC and found.year >= 1899)
    parts = parse_date_parts(text)
    assert found == (parts.utc if parts else None)
