"""Which `From ` lines divide an mbox."""

from __future__ import annotations

import pytest

from attribution.corpus.postmark import WINDOW, from_line_length, is_postmark

POSTMARKS = [
    b"From a@example.com Thu Jan  1 00:00:00 1970",
    b"From a@example.com  Wed Aug 28 10:48:51 2002",
    b"From a@example.com Thu Jan 1 00:00 1970",
    b"From a@example.com Sat Jan  3 01:05:34 MET 1996",
    b"From a@example.com Sat Jan  3 01:05:34 MET DST 1996",
    b"From a@example.com Sat Jan  3 01:05:34 +0100 1996",
    b"From a@example.com Sat Jan  3 01:05:34 1996 +0100",
    b"From a@example.com Sat Jan  3 01:05:34 GMT+01:00 1996",
    b"From a@example.com Sat Jan  3 01:05:34 96",
    b"From uucp!host!user Sat Jan  3 01:05 EST 1987 remote from host",
    b"From - Tue Mar 05 12:00:00 2019",
    b"From ???@??? Tue Mar 05 12:00:00 2019",
    b"From Tue Mar 05 12:00:00 2019",
    b"From some one at example.com Tue Mar  5 12:00:00 2019",
    b'From "a b"@example.com Tue Mar  5 12:00:00 2019',
    b"From a@example.com Fri, 1 Mar 2019 12:00:00 +0000",
    b"From a@example.com Fri Mar  1 2019 12:00:00",
    b"From a@example.com\tFri Mar  1 12:00:00 2019",
]

PROSE = [
    b"From here on, nothing is a date",
    b"From Monday on we are closed",
    b"From Thu Jan 1 to Fri Jan 2 the office is shut",
    b"From 2:30 on Sat Jan 3 1996",
    b"From a@example.com Xyz Jan  1 00:00:00 1970",
    b"From a@example.com Thu Jan  1 00:00:00 19700",
    b"From " + b"Thu Jan " * 500,
]


@pytest.mark.parametrize("line", POSTMARKS)
def test_forms_of_forty_years_are_postmarks(line: bytes) -> None:
    assert is_postmark(line)
    assert from_line_length(line + b"\r\nanything") == len(line) + 2


@pytest.mark.parametrize("line", PROSE)
def test_prose_is_no_postmark(line: bytes) -> None:
    assert not is_postmark(line)
    assert from_line_length(line + b"\nand it goes on\n") is None


@pytest.mark.parametrize("line", PROSE[:-1])
def test_a_header_below_makes_any_from_line_divide(line: bytes) -> None:
    assert from_line_length(line + b"\nReceived: from a\n") == len(line) + 1


def test_a_quoted_postmark_below_counts_as_header() -> None:
    below = b">From b@example.com Thu Jan  1 00:00:00 1970 remote from c\nReceived: from d\n"
    assert from_line_length(b"From nobody\n" + below) == len(b"From nobody\n")


def test_a_line_without_end_counts_only_at_the_end_of_the_file() -> None:
    assert from_line_length(POSTMARKS[0]) == len(POSTMARKS[0])
    assert from_line_length(POSTMARKS[0].ljust(WINDOW)) is None


def test_other_lines_are_none() -> None:
    assert from_line_length(b">From a@example.com Thu Jan  1 00:00:00 1970\n") is None
    assert from_line_length(b"From: a@example.com\n") is None
