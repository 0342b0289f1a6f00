"""An mbox divided: what is a message, where it lies, and that cutting the input changes nothing."""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.corpus.mbox import Entry, MboxSplitter, find_divider, head_bytes
from attribution.corpus.postmark import WINDOW, from_line_length
from attribution.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable

MARK = b"From a@example.com Thu Jan  1 00:00:00 1970\n"
SMALL = Limits(message_bytes=6_000, header_bytes=100)


def split(chunks: Iterable[bytes], limits: Limits | None = None) -> tuple[list[Entry], int]:
    splitter = MboxSplitter(limits or Limits())
    entries: list[Entry] = []
    for chunk in chunks:
        entries += splitter.feed(chunk)
    entries += splitter.finish()
    return entries, splitter.rejected


def contents(data: bytes) -> list[bytes]:
    return [entry.data for entry in split([data])[0]]


def by_lines(data: bytes) -> list[tuple[int, bytes]]:
    """Divide an mbox by its definition, line by line."""
    lines = data.split(b"\n")
    lines = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    found: list[tuple[int, int]] = []
    position, after_empty = 0, True
    for line in lines:
        length = from_line_length(data[position : position + WINDOW]) if after_empty else None
        if length is not None:
            found.append((position, position + length))
        after_empty = line in (b"\n", b"\r\n")
        position += len(line)
    result = []
    for (_, begin), (end, _) in zip(found, [*found[1:], (len(data), 0)], strict=True):
        body = data[begin:end]
        for closing in (b"\r\n", b"\n"):
            if body == closing or body.endswith(b"\n" + closing):
                body = body[: -len(closing)]
                break
        result.append((begin, body))
    return result


FRAGMENTS = st.sampled_from(
    [
        MARK,
        MARK.replace(b"\n", b"\r\n"),
        b"From nobody at all\n",
        b"From ",
        b">From x\n",
        b"\nFrom ",
        b"\n",
        b"\r\n",
        b"\r",
        b"\n\n",
        b"Subject: x\n",
        b"Content-Length: 99999\n",
        b"text",
        b"\0\xff",
        b"x" * 5_000 + b"\n",
        b"word\n" * 1_000,
    ]
)
MAILBOXES = st.lists(FRAGMENTS, max_size=24).map(lambda parts: MARK + b"".join(parts))
CUTS = st.lists(st.integers(0, 20_000), max_size=8)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(at for at in cuts if at < len(data))})
    return [data[start:end] for start, end in itertools.pairwise(edges)]


@given(MAILBOXES, CUTS)
def test_cutting_the_input_changes_nothing(data: bytes, cuts: list[int]) -> None:
    for limits in (Limits(), SMALL):
        assert split(cut(data, cuts), limits) == split([data], limits)
    assert split(data[at : at + 1] for at in range(min(len(data), 300))) == split([data[:300]])


@given(MAILBOXES)
def test_the_messages_are_those_of_the_definition(data: bytes) -> None:
    entries, _ = split([data])
    assert [(entry.offset, entry.data) for entry in entries] == by_lines(data)


@given(MAILBOXES)
def test_every_byte_is_framing_or_belongs_to_one_message(data: bytes) -> None:
    entries, _ = split([data])
    position = 0
    for entry in entries:
        framing = data[position : entry.offset]
        assert framing.lstrip(b"\r\n").startswith(b"From ")
        assert framing.count(b"\n") <= 2
        assert data[entry.offset : entry.offset + entry.length] == entry.data
        position = entry.offset + entry.length
    assert data[position:] in (b"", b"\n", b"\r\n")


@given(MAILBOXES, CUTS)
def test_a_message_beyond_the_limit_keeps_its_head_length_and_hash(data: bytes, cuts: list[int]) -> None:
    whole, _ = split([data])
    short, _ = split(cut(data, cuts), SMALL)
    for full, entry in zip(whole, short, strict=True):
        assert (entry.offset, entry.length) == (full.offset, full.length)
        if full.length <= SMALL.message_bytes:
            assert (entry.data, entry.sha256) == (full.data, None)
        else:
            assert entry.data == full.data[: head_bytes(SMALL)]
            assert entry.sha256 == hashlib.sha256(full.data).hexdigest()


@given(
    st.lists(
        st.binary(max_size=60).map(lambda text: b"Subject: x\n\n" + text.replace(b"From", b"") + b"\n"), max_size=8
    )
)
def test_messages_written_to_an_mbox_come_back(messages: list[bytes]) -> None:
    assert contents(b"".join(MARK + message + b"\n" for message in messages) or MARK) == (messages or [b""])


def test_a_postmark_divides_only_after_an_empty_line() -> None:
    assert contents(MARK + b"A: 1\n\ntext\n" + MARK + b"more\n") == [b"A: 1\n\ntext\n" + MARK + b"more\n"]
    assert contents(MARK + b"A: 1\n\ntext\n\n" + MARK + b"B: 2\n") == [b"A: 1\n\ntext\n", b"B: 2\n"]


def test_prose_after_an_empty_line_divides_nothing_and_is_counted() -> None:
    body = b"Subject: x\n\nHello,\n\nFrom now on we meet on Monday.\n"
    assert split([MARK + body]) == ([Entry(len(MARK), len(body), body, None)], 1)


def test_a_from_line_without_date_divides_before_a_header() -> None:
    assert contents(MARK + b"A: 1\n\n\nFrom MAILER-DAEMON\nReceived: from a\n\n") == [
        b"A: 1\n\n",
        b"Received: from a\n",
    ]


def test_quoting_is_left_as_it_stands() -> None:
    body = b"Subject: x\n\n>From a\n>>From b\n"
    assert contents(MARK + body + b"\n") == [body]


def test_a_length_in_the_header_is_not_followed() -> None:
    first = b"Subject: x\nContent-Length: 100000\n\nshort\n"
    assert contents(MARK + first + b"\n" + MARK + b"Subject: y\n\n\n") == [first, b"Subject: y\n\n"]


def test_crlf_closes_with_its_whole_line_end() -> None:
    mark = MARK.replace(b"\n", b"\r\n")
    assert contents(mark + b"A: 1\r\n\r\nx\r\n\r\n" + mark + b"B: 2\r\n\r\n\r\n") == [
        b"A: 1\r\n\r\nx\r\n",
        b"B: 2\r\n\r\n",
    ]


def test_a_file_with_bare_carriage_returns_is_one_message() -> None:
    assert contents(MARK.replace(b"\n", b"\r") + b"A: 1\r\rx\r") == [b"A: 1\r\rx\r"]


@pytest.mark.parametrize("data", [MARK, MARK.rstrip(), MARK + b"\n"])
def test_an_entry_may_be_empty(data: bytes) -> None:
    assert contents(data) == [b""]


def test_the_last_message_may_be_cut_off() -> None:
    assert contents(MARK + b"Subject: x\n\nHalf a li") == [b"Subject: x\n\nHalf a li"]


def test_memory_is_bounded_by_the_limit() -> None:
    splitter = MboxSplitter(SMALL)
    list(splitter.feed(MARK))
    for _ in range(200):
        list(splitter.feed(b"x" * 1_000 + b"\n"))
        assert len(splitter._buffer) < SMALL.message_bytes + 2 * WINDOW


def test_find_divider_needs_an_empty_line_and_enough_to_judge() -> None:
    data = b"tail\n" + MARK + b"\n" + MARK + b"Subject: x\n"
    at = len(b"tail\n" + MARK + b"\n")
    assert find_divider(data, ended=True) == at
    assert find_divider(data, ended=False) == -1
    assert find_divider(data.ljust(at + WINDOW, b"x"), ended=False) == at
    assert find_divider(b"nothing here", ended=True) == -1
