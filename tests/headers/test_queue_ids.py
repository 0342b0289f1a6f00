from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.headers.queue_ids import plausible, read_queue_id

# 1,000,000,000 seconds after the epoch.
BILLION = datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dialect", "queue_id", "grammar", "utc"),
    [
        # 1e9 = 1*62^5 + 5*62^4 + 41*62^3 + 55*62^2 + 42*62 + 16 (62^5 = 916,132,832).
        ("exim", "15ftgG-0001xy-2Z", "exim-old", BILLION),
        # The last group is 1*62 + 1 = 63 microseconds.
        ("exim", "15ftgG-00000000abc-0011", "exim-4.97", BILLION.replace(microsecond=63)),
        # 62^4 - 1 is more than a million: the host's number is in it.
        ("exim", "15ftgG-00000000abc-zzzz", "exim-4.97", BILLION),
        # 1e9 = 16*36^5 + 19*36^4 + 13*36^3 + 16*36^2 + 33*36 + 28.
        ("exim", "GJDGXS-0001XY-2Z", "exim-old-base36", BILLION),
        # 1e9 = 2*52^5 + 32*52^4 + 39*52^3 + 50*52^2 + 25*52 + 12; 1*52 + 1 microseconds.
        ("postfix", "2clyTD0011z3Bc", "postfix-long", BILLION.replace(microsecond=53)),
        # k = 46, counted from 1960: 2006; 4 = May, as January is 0; M = 22; C = 12; 0; J = 19.
        ("sendmail", "k4MC0Jab012345", "sendmail", datetime(2006, 5, 22, 12, 0, 19, tzinfo=UTC)),
        ("sendmail", "k4MC0Ja12345", "sendmail", datetime(2006, 5, 22, 12, 0, 19, tzinfo=UTC)),
        # 0 to 9 are 2020 to 2029.
        ("sendmail", "31FAUYab012345", "sendmail", datetime(2023, 2, 15, 10, 30, 34, tzinfo=UTC)),
        # 3B9ACA00 is 1e9.
        ("sendgrid-internal", "filterdrecv-7d74-q-1-3B9ACA00-2F", "sendgrid", BILLION),
        ("mailgun", "3b9aca000123456789abcdef", "mailgun", BILLION),
        ("intermail", "20010909014640.ABCD123.mx.example.net@example.com", "intermail", BILLION),
        ("zoho", "1000000000250123.123456789", "zoho", BILLION.replace(microsecond=250_000)),
        # 1e9 s are 1e12 ms, E8D4A51000.
        ("kumomta", "00e8d4a510007abc8abc0123456789ab", "uuid-7", BILLION),
        # 1e16 units of 100 ns behind 01B21DD213814000, the epoch: 01D5A4C483424000.
        ("halon", "83424000-a4c4-11d5-8abc-0123456789ab", "uuid-1", BILLION),
    ],
)
def test_an_id_carries_a_time_in_utc(dialect: str, queue_id: str, grammar: str, utc: datetime) -> None:
    clock = read_queue_id(dialect, queue_id, about=None)
    assert clock is not None
    assert (clock.grammar, clock.utc, clock.zone_known) == (grammar, utc, True)


@pytest.mark.parametrize(("about_hour", "hour"), [(16, 16), (17, 17)])
def test_google_writes_pacific_time_and_the_date_of_the_hop_tells_summer_from_winter(
    about_hour: int, hour: int
) -> None:
    about = datetime(2023, 2, 1, about_hour, 46, tzinfo=UTC)
    clock = read_queue_id("google", "a1-b2si3324935abc.10.2023.02.01.09.46.16", about=about)
    assert clock is not None
    assert (clock.utc, clock.zone_known) == (datetime(2023, 2, 1, hour, 46, 16, tzinfo=UTC), False)


@pytest.mark.parametrize(
    ("dialect", "queue_id", "grammar"),
    [
        ("postfix", "0F4241A2B3C", "postfix-short"),
        ("sendmail", "BAA05500", "sendmail-hour"),
        ("google", "c2csp612653abc", "google-untimed"),
        ("exchange", "15.20.1234.5", "exchange-build"),
        ("haraka", "0123ABCD-4567-4ABC-8ABC-0123456789AB.1", "uuid"),
        ("kumomta", "ffffffffffff7abc8abc0123456789ab", "uuid"),  # a year beyond all calendars
        ("critical-path", "3B9ACA0000012345", "critical-path"),
    ],
)
def test_an_id_may_fit_its_server_and_carry_no_time(dialect: str, queue_id: str, grammar: str) -> None:
    clock = read_queue_id(dialect, queue_id, about=BILLION)
    assert clock is not None
    assert (clock.grammar, clock.utc, clock.precision) == (grammar, None, None)


def test_without_a_known_server_only_shapes_that_nobody_else_has_are_read() -> None:
    assert read_queue_id(None, "15ftgG-0001xy-2Z", about=None) is not None
    assert read_queue_id(None, "k4MC0Ja12345", about=None) is None


@pytest.mark.parametrize(
    ("dialect", "queue_id", "expected"),
    [
        ("exim", "15ftgG-0001xy-2Z", True),
        ("exim", "0F4241A2B3C", False),
        ("postfix", "0F423A2B3C", True),
        ("postfix", "F4240A2B3C", False),  # a million microseconds are a second
        ("postfix", "15ftgG-0001xy-2Z", False),
        ("exchange", "BAA05500", False),
        ("sendmail", "k4MC0Ja12345", True),
        ("sendmail", "kDMC0Ja12345", None),  # D would be the fourteenth month; products derived from it differ
        ("qmail", "12345", None),
        (None, "12345", None),
    ],
)
def test_whether_the_named_server_can_have_made_the_id(
    dialect: str | None, queue_id: str, expected: bool | None
) -> None:
    assert plausible(dialect, read_queue_id(dialect, queue_id, about=None)) is expected


@pytest.mark.parametrize(
    ("dialect", "queue_id"),
    [
        ("sendmail", "k1VC0Ja12345"),
        ("google", "a1si2abc.10.2023.02.30.09.46.16"),
        ("intermail", "20010931014640.A1.mx.example.net"),
        ("exim", "15ftgG-0001xy-2Z" * 20),
    ],
)
def test_a_day_that_the_calendar_lacks_and_an_endless_id_are_no_clock(dialect: str, queue_id: str) -> None:
    assert read_queue_id(dialect, queue_id, about=None) is None


@given(
    st.sampled_from(["exim", "postfix", "sendmail", "google", "intermail", "zoho", "mailgun", "halon", None]),
    st.text(max_size=40) | st.from_regex(r"\A[0-9A-Za-z]{6}(-[0-9A-Za-z]{11}-[0-9A-Za-z]{4}|[0-9A-Za-z]{8})\Z"),
    st.none() | st.datetimes(timezones=st.just(UTC)),
)
def test_no_text_raises(dialect: str | None, queue_id: str, about: datetime | None) -> None:
    clock = read_queue_id(dialect, queue_id, about=about)
    assert clock is None or clock.utc is None or clock.utc.tzinfo is UTC
