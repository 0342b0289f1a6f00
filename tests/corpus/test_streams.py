"""Heads that can be looked at, and parts that know when they are cut short."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest

from attribution.corpus.files import open_file
from attribution.corpus.places import Place
from attribution.corpus.streams import (
    Buffered,
    Metered,
    Peekable,
    Prefix,
    Slice,
    Unreadable,
    drain,
    read_exactly,
)

if TYPE_CHECKING:
    from pathlib import Path


class Drops:
    """Gives one byte at a time, as a slow pipe does."""

    def __init__(self, data: bytes) -> None:
        self._handle = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self._handle.read(min(size, 1))


def test_a_head_is_looked_at_and_still_read() -> None:
    stream = Peekable(Drops(b"abcdef"))
    assert stream.peek(3) == b"abc"
    assert stream.peek(2) == b"ab"
    assert read_exactly(stream, 4) == b"abcd"
    assert stream.peek(10) == b"ef"
    assert read_exactly(stream, 10) == b"ef"
    assert stream.read(1) == b""


def test_a_prefix_ends_where_it_is_wanted_or_with_the_stream() -> None:
    stream = Drops(b"abcdef")
    assert read_exactly(Prefix(stream, 2), 10) == b"ab"
    assert read_exactly(Prefix(stream, 0), 10) == b""
    assert read_exactly(Prefix(stream, 99), 10) == b"cdef"


def test_of_a_metered_file_only_so_much_is_read(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abcdef")
    file = open_file(os.fsencode(tmp_path / "f"), follow=False)
    metered = Metered(file, 5)
    assert (metered.size, metered.read(3), metered.pread(2, 4), metered.taken) == (6, b"abc", b"ef", 5)
    assert metered.pread(2, 6) == b""
    with pytest.raises(Unreadable) as caught:
        metered.read(1)
    file.close()
    assert (caught.value.status, caught.value.layer) == ("too-large", metered)


def test_a_slice_ends_where_its_container_says() -> None:
    stream = Drops(b"abcdef")
    part = Slice(stream, 2, None, "")
    assert read_exactly(part, 10) == b"ab"
    assert part.read(1) == b""
    assert read_exactly(stream, 10) == b"cdef"


def test_a_slice_cut_short_is_an_error_of_its_layer() -> None:
    layer = object()
    with pytest.raises(Unreadable, match="cut short") as caught:
        drain(Slice(Drops(b"abc"), 5, layer, "cut short"))
    assert caught.value.layer is layer


def test_the_innermost_item_is_named() -> None:
    error = Unreadable(None, "malformed", "broken")
    error.note(Place("a", "inner"), 7)
    error.note(Place("a"))
    assert (error.place, error.offset) == (Place("a", "inner"), 7)


def test_bytes_in_memory_are_read_at_any_offset() -> None:
    data = Buffered(b"abcdef")
    assert (data.size, data.pread(2, 3), data.pread(9, 5), data.pread(1, 9)) == (6, b"de", b"f", b"")
