from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.headers.block import read_block
from attribution.limits import Limits

if TYPE_CHECKING:
    from attribution.models import HeaderBlock

LIMITS = Limits()


def pairs(block: HeaderBlock) -> list[tuple[str, str]]:
    return [(field.name, field.value) for field in block.fields]


def read(data: bytes) -> HeaderBlock:
    return read_block(data, LIMITS)


def test_fields_in_order_with_spans_into_the_message() -> None:
    data = b"Received: from a by b\r\n\tid 1; now\r\nSubject:hi\r\n\r\nbody: no field\r\n"
    block = read(data)
    assert pairs(block) == [("Received", " from a by b\r\n\tid 1; now"), ("Subject", "hi")]
    assert (block.status, block.detail, data[block.end :]) == ("ok", "", b"body: no field\r\n")
    first = block.fields[0]
    assert (first.key, first.start, first.value_start, first.end) == ("received", 0, 9, 33)
    assert data[first.value_start : first.end] == b" from a by b\r\n\tid 1; now"


ENDS = ("\n", "\r\n", "\r")
# A bare CR and a bare LF after it are one line end, not two.
MIXTURES = [(fold, last, empty) for fold in ENDS for last in ENDS for empty in ENDS if last + empty != "\r\n"]


@pytest.mark.parametrize(("fold", "last", "empty"), MIXTURES)
def test_line_ends_of_all_kinds_and_mixed(fold: str, last: str, empty: str) -> None:
    text = f"A: 1{fold}B: 2{fold} x{last}{empty}body"
    block = read(text.encode())
    assert pairs(block) == [("A", " 1"), ("B", f" 2{fold} x")]
    assert text[block.end :] == "body"


def test_line_ends_that_were_converted_twice() -> None:
    data = b"A: 1\r\r\nB: 2\r\r\n x\r\r\n\r\r\nbody"
    block = read(data)
    assert pairs(block) == [("A", " 1"), ("B", " 2\r\r\n x")]
    assert data[block.end :] == b"body"


@pytest.mark.parametrize("data", [b"A: 1\nB: 2", b"A: 1\nB: 2\n", b"A: 1\rB: 2\r", b"A: 1\r\nB: 2\r\n\r\n"])
def test_a_message_may_be_header_only(data: bytes) -> None:
    block = read(data)
    assert pairs(block) == [("A", " 1"), ("B", " 2")]
    assert (block.status, block.end) == ("ok", len(data))


def test_a_line_of_white_space_is_a_fold() -> None:
    block = read(b"Subject: a\r\n \t\r\nX-Next: b\r\n\r\n")
    assert pairs(block) == [("Subject", " a\r\n \t"), ("X-Next", " b")]


@pytest.mark.parametrize(
    "framing",
    [
        b"From user@example.com Mon Jan  6 10:00:00 2014\n",
        b">From user@example.com Mon Jan  6 10:00:00 2014\r\n",
        b"\xef\xbb\xbf",
        b"\r\n\n",
        b"\xef\xbb\xbf\r\nFrom x\n>From y\n",
    ],
)
def test_framing_is_passed_over_and_spans_stay_those_of_the_message(framing: bytes) -> None:
    data = framing + b"Subject: hi\n\nbody"
    block = read(data)
    assert pairs(block) == [("Subject", " hi")]
    assert block.fields[0].start == len(framing)
    assert data[block.end :] == b"body"


def test_a_field_named_from_is_no_framing() -> None:
    assert pairs(read(b"From : user@example.com\n\n")) == [("From", " user@example.com")]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"Subject \t: x", "Subject"),
        (b"Parse: x", "Parse"),
        (b"__class__: x", "__class__"),
        (b"B\xe9ta: x", "B\xe9ta"),
        (b"N" * 300 + b": x", "N" * 300),
        (b"X-Copyright(C): x", "X-Copyright(C)"),
    ],
)
def test_names(line: bytes, name: str) -> None:
    block = read(line + b"\n\n")
    assert pairs(block) == [(name, " x")]
    assert block.fields[0].key == name.lower()


def test_bytes_of_all_values_survive() -> None:
    value = bytes(byte for byte in range(256) if byte not in b"\r\n")
    block = read(b"X-All: " + value + b"\r\n\r\n")
    assert block.fields[0].value.encode("latin-1") == b" " + value


def test_lines_that_are_no_fields_are_skipped_where_the_header_goes_on() -> None:
    data = b"X-A: 1\n>From x Mon Jan  6 10:00:00 2014\nno field here\n: nor here\nSubject: hi\n\nbody"
    block = read(data)
    assert pairs(block) == [("X-A", " 1"), ("Subject", " hi")]
    assert (block.status, block.detail) == ("ok", "3 lines of the header are neither field nor fold")
    assert data[block.end :] == b"body"


def test_a_line_that_is_no_field_never_joins_the_field_above() -> None:
    block = read(b"Received: from a by b; now\nfrom [192.0.2.1] by c\nFrom: u@example.com\n\n")
    assert pairs(block) == [("Received", " from a by b; now"), ("From", " u@example.com")]


def test_a_body_that_follows_without_an_empty_line() -> None:
    data = b"Subject: hi\nTo: u@example.com\nDear friend,\nhttp://example.org/: buy\nNote: now\n"
    block = read(data)
    assert [field.name for field in block.fields] == ["Subject", "To"]
    assert (block.status, block.detail) == ("ok", "no empty line between header and body")
    assert data[block.end :].startswith(b"Dear friend")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\n\n",
        b"just some text\nand more: of it\n",
        b"From x\n\nSubject: this is a body\n",
        b"\n\nNote: this is a body\n",
        b"\0" * 1000,
        b" fold of nothing\n\n",
        "Subject: hi\r\n\r\nbody".encode("utf-16"),
        "Subject: hi\r\n\r\nbody".encode("utf-16-le"),
        "Subject: hi\r\n\r\nbody".encode("utf-16-be"),
    ],
)
def test_no_header_at_all_is_malformed(data: bytes) -> None:
    block = read(data)
    assert (block.status, block.fields) == ("malformed", [])
    assert block.detail
    assert 0 <= block.end <= len(data)


def test_the_header_is_cut_at_its_limit_and_the_body_still_found() -> None:
    data = b"X-A: 1\nX-B: " + b"b" * 100 + b"\n\nbody"
    block = read_block(data, Limits(header_bytes=20))
    assert pairs(block) == [("X-A", " 1"), ("X-B", " bbbbbbbb")]
    assert (block.status, block.detail) == ("partial", "header cut at 20 bytes")
    assert data[block.end :] == b"body"


def test_fields_beyond_the_limit_are_not_split_off() -> None:
    block = read_block(b"X-A: 1\n" * 5 + b"\n", Limits(header_fields=3))
    assert len(block.fields) == 3
    assert (block.status, block.detail) == ("partial", "header cut after 3 fields")
    assert read_block(b"X-A: 1\n" * 3 + b"\n", Limits(header_fields=3)).status == "ok"


def test_a_long_value_is_cut_and_its_span_with_it() -> None:
    block = read_block(b"X-A: 123456\nX-B: 1\n\n", Limits(field_bytes=4))
    assert pairs(block) == [("X-A", " 123"), ("X-B", " 1")]
    assert block.fields[0].end == 8
    assert (block.status, block.detail) == ("partial", "1 values cut at 4 bytes")


@pytest.mark.parametrize(
    "data",
    [
        b"A: x" + b"\n " * 500_000,
        b"X-A: 1\n" * 150_000,
        b"X-A: 1\r" * 150_000,
        b"X-A: 1\n" + b"x\n" * 500_000,
        b"X-A: 1" + b"\r\n\r " * 250_000,
        b"X-A: 1" + b"\r\r\nX-A" * 200_000,
        b"\r" * 1_000_000,
        b"From x\n" * 150_000,
        b"A" * 1_000_000,
    ],
)
def test_a_megabyte_of_anything_is_read_within_the_limits(data: bytes) -> None:
    block = read(data)
    assert len(block.fields) <= LIMITS.header_fields
    assert sum(len(field.value) for field in block.fields) <= LIMITS.header_bytes


@given(
    st.lists(
        st.tuples(
            st.text(alphabet=[chr(code) for code in range(33, 127) if chr(code) != ":"], min_size=1, max_size=20),
            st.binary(max_size=30).map(lambda value: value.translate(None, b"\r\n")),
            st.sampled_from([b"\n", b"\r\n", b"\n ", b"\r\n\t"]),
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([b"\n", b"\r\n"]),
)
def test_what_was_put_together_comes_apart_again(fields: list[tuple[str, bytes, bytes]], end: bytes) -> None:
    written = []
    data = b""
    for name, value, fold in fields:
        full = b" " + value + (fold + b"y" if fold[-1:] in b" \t" else b"")
        data += name.encode() + b":" + full + end
        written.append((name, full.decode("latin-1")))
    block = read(data + end + b"body")
    assert pairs(block) == written
    assert block.end == len(data + end)


@given(
    st.lists(
        st.sampled_from([b"Subject", b"X-A", b":", b" ", b"\t", b"\r", b"\n", b"\r\n", b"\0", b"\xe9", b"From "]),
        max_size=40,
    ).map(b"".join)
    | st.binary(max_size=80)
)
def test_any_bytes_give_a_block_whose_spans_hold(data: bytes) -> None:
    block = read(data)
    position = 0
    for field in block.fields:
        assert position <= field.start < field.value_start <= field.end <= block.end <= len(data)
        assert data[field.start :].startswith(field.name.encode("latin-1"))
        assert data[field.value_start - 1 : field.value_start] == b":"
        assert data[field.value_start : field.end] == field.value.encode("latin-1")
        position = field.end
    assert (block.status == "malformed") == (not block.fields)
