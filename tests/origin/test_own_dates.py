from __future__ import annotations

from datetime import UTC, datetime

import pytest

from attribution.models import Hop
from attribution.origin.line_faults import is_possible_date
from attribution.origin.own_dates import contradicted_dates, received_at

NEWEST = datetime(2026, 1, 5, 10, tzinfo=UTC)
EARLIER = datetime(2026, 1, 5, 9, tzinfo=UTC)


def chain(*dates: datetime | None, trusted: int | None = None) -> list[Hop]:
    """Return lines of those dates, newest first; all of them trusted, or so many."""
    count = len(dates) if trusted is None else trusted
    return [Hop(number, date=date, trusted=number < count) for number, date in enumerate(dates)]


def test_a_message_was_handed_over_when_the_receivers_oldest_line_was_written() -> None:
    assert received_at(chain(NEWEST, EARLIER)) == EARLIER
    assert received_at(chain(NEWEST, None)) == NEWEST
    assert received_at(chain(NEWEST, EARLIER, trusted=1)) == NEWEST
    assert received_at(chain(None)) is None
    assert received_at([]) is None


@pytest.mark.parametrize(
    "date", [datetime(1901, 1, 5, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 1, 5, tzinfo=UTC)]
)
def test_a_date_that_no_mail_can_have_says_nothing_wherever_it_stands(date: datetime) -> None:
    assert received_at(chain(date)) is None
    assert received_at(chain(NEWEST, date)) == NEWEST
    assert received_at(chain(date, EARLIER)) == EARLIER
    assert not list(contradicted_dates(chain(NEWEST, date, EARLIER)))


def test_a_date_that_a_newer_line_contradicts_is_left_out_and_a_wrong_zone_contradicts_nothing() -> None:
    far, zone = datetime(2026, 1, 9, tzinfo=UTC), datetime(2026, 1, 6, 11, tzinfo=UTC)
    assert received_at(chain(NEWEST, far)) == NEWEST
    assert received_at(chain(NEWEST, far, EARLIER)) == EARLIER
    assert [hop.hop for hop in contradicted_dates(chain(NEWEST, far, EARLIER))] == [1]
    assert received_at(chain(NEWEST, zone)) == zone
    # What is contradicted confirms nothing.
    assert received_at(chain(NEWEST, far, datetime(2026, 1, 8, tzinfo=UTC))) == NEWEST


def test_what_a_stranger_wrote_contradicts_nothing() -> None:
    assert received_at(chain(NEWEST, datetime(1990, 1, 1, tzinfo=UTC), trusted=1)) == NEWEST


def test_mail_has_borne_such_lines_since_august_1982() -> None:
    assert not is_possible_date(datetime(1982, 8, 12, tzinfo=UTC))
    assert is_possible_date(datetime(1982, 8, 13, tzinfo=UTC))
    assert is_possible_date(datetime(2099, 12, 31, tzinfo=UTC))
    assert not is_possible_date(datetime(2100, 1, 1, tzinfo=UTC))
