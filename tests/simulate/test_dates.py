from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from hypothesis import given
from hypothesis import strategies as st

from attribution.headers.queue_ids import read_queue_id
from attribution.simulate.dates import asctime, exim_id, mail_date, padded_date, postfix_date, sendmail_id


def test_each_server_writes_its_own_form() -> None:
    new_year = 1388658600
    assert padded_date(new_year, 60) == "Thu, 02 Jan 2014 11:30:00 +0100"
    assert mail_date(new_year, -480) == "Thu, 2 Jan 2014 02:30:00 -0800"
    assert postfix_date(new_year, 330, "IST") == "Thu,  2 Jan 2014 16:00:00 +0530 (IST)"
    assert asctime(new_year) == "Thu Jan  2 10:30:00 2014"


@given(st.integers(0, 4_000_000_000), st.sampled_from([-480, -270, 0, 60, 330, 540]))
def test_dates_read_back(time: int, zone: int) -> None:
    assert parsedate_to_datetime(padded_date(time, zone)).timestamp() == time
    assert parsedate_to_datetime(mail_date(time, zone)).timestamp() == time


@given(st.integers(1_000_000_000, 2_000_000_000), st.integers(0, (1 << 44) - 1))
def test_queue_ids_carry_the_time(time: int, bits: int) -> None:
    about = datetime.fromtimestamp(time, UTC)
    for dialect, number in (("exim", exim_id(time, bits)), ("sendmail", sendmail_id(time, bits))):
        clock = read_queue_id(dialect, number, about=about)
        assert clock is not None
        assert clock.utc is not None
        assert abs((clock.utc - about).total_seconds()) < 2, (dialect, number)
