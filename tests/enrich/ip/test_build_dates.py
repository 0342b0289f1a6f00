from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.enrich.datasets import record_path_of
from attribution.enrich.ip.build_dates import Dated, date_in, find_date, split_date
from attribution.errors import DatabaseError


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("ipasn_20140513.dat.gz", (2014, 5, 13)),
        ("dbip-country-lite-2014-05.csv.gz", (2014, 5, 1)),
        ("ip2asn-2014-05-13.tsv", (2014, 5, 13)),
        ("routeviews-rv2-20140106-1200.pfx2as.gz", (2014, 1, 6, 12, 0)),
        ("; Original file : rib.20140513.0600.bz2", (2014, 5, 13, 6, 0)),
        ("routeviews6-2014-01.pfx2as.gz", (2014, 1, 1)),
        ("built 2014-05-13T06:30:00Z", (2014, 5, 13, 6, 30)),
        ("2014.05.13", (2014, 5, 13)),
        ("20141301-20140513", (2014, 5, 13)),
        ("20140230", None),
        ("ip2asn-v4.tsv.gz", None),
        ("; CIDRs         : 512490", None),
        ("120140513", None),
        ("2014", None),
        ("201405", None),
        ("18990101", None),
        ("", None),
    ],
)
def test_a_date_is_found_in_a_text(text: str, date: tuple[int, ...] | None) -> None:
    assert date_in(text) == (None if date is None else datetime(*date, tzinfo=UTC))  # type: ignore[arg-type, misc]  # (year, month, day and more)


@given(st.text("0123456789-._T:", max_size=40))
def test_any_text_has_a_date_or_none(text: str) -> None:
    date = date_in(text)
    assert date is None or date.tzinfo is UTC


def test_comments_come_before_the_name_and_the_name_before_the_record(tmp_path: Path) -> None:
    path = tmp_path / "ipasn_20140513.dat"
    record_path_of(path).write_text(json.dumps({"build": "2012-01-01T00:00:00+00:00"}))
    assert find_date(path, ["; Original file : rib.20140101.0000.bz2"]) == Dated(
        datetime(2014, 1, 1, tzinfo=UTC), "comment"
    )
    assert find_date(path, ["; no date"]) == Dated(datetime(2014, 5, 13, tzinfo=UTC), "name")
    undated = tmp_path / "ipasn.dat"
    assert find_date(undated) == Dated(None, None)
    record_path_of(undated).write_text(json.dumps({"build": "2012-01-01T02:00:00+02:00"}))
    assert find_date(undated) == Dated(datetime(2012, 1, 1, tzinfo=UTC), "record")


def test_a_name_that_has_but_a_month_gives_way_to_a_record_in_it(tmp_path: Path) -> None:
    path = tmp_path / "routeviews-2014-01.pfx2as.gz"
    month = datetime(2014, 1, 1, tzinfo=UTC)
    for build, expected in (
        (datetime(2014, 1, 14, 12, tzinfo=UTC), Dated(datetime(2014, 1, 14, 12, tzinfo=UTC), "record")),
        (datetime(2014, 2, 1, tzinfo=UTC), Dated(month, "name")),
    ):
        record_path_of(path).write_text(json.dumps({"build": build.isoformat()}))
        assert find_date(path) == expected


def test_when_a_file_was_converted_says_nothing_of_its_age(tmp_path: Path) -> None:
    assert find_date(tmp_path / "x.dat", ["; Converted on  : 2016-03-04"]) == Dated(None, None)


@pytest.mark.parametrize("record", ["", "{", "[]", "{}", '{"build": null}', '{"build": 7}', '{"build": "May"}', "\xff"])
def test_a_broken_record_says_nothing(tmp_path: Path, record: str) -> None:
    record_path_of(tmp_path / "x.dat").write_text(record, "latin-1")
    assert find_date(tmp_path / "x.dat") == Dated(None, None)


def test_the_user_gives_a_date_behind_the_path(tmp_path: Path) -> None:
    named = tmp_path / "x.tsv@2014-01-06"
    assert split_date(named) == (tmp_path / "x.tsv", datetime(2014, 1, 6, tzinfo=UTC))
    named.touch()
    assert split_date(named) == (named, None)


@pytest.mark.parametrize("named", ["x.tsv", "x@2014", "@2014-01-06", "x@2014-01-06.tsv", "x.tsv@20140106"])
def test_any_other_path_is_as_it_is_named(named: str) -> None:
    assert split_date(Path(named)) == (Path(named), None)


def test_a_day_that_there_is_not_is_told() -> None:
    with pytest.raises(DatabaseError, match=r"no such day; write PATH@YYYY-MM-DD"):
        split_date(Path("x.tsv@2014-02-30"))


def test_a_path_that_is_far_too_long_is_told_like_any_other() -> None:
    assert split_date(Path("x" * 5000 + "@2014-01-06"))[0] == Path("x" * 5000)
