"""Standard input as a stream, and kept for access at any offset."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, BinaryIO, cast

import pytest

from attribution.corpus.stdin import Spool, StandardInput
from attribution.corpus.streams import Unreadable, drain, read_exactly

if TYPE_CHECKING:
    from collections.abc import Callable


class Failing:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, _: int) -> bytes:
        raise self._error


def test_it_counts_and_hashes() -> None:
    steps: list[int] = []
    stream = StandardInput(io.BytesIO(b"0123456789"), progress=steps.append, hashed=True)
    assert read_exactly(stream, 4) == b"0123"
    drain(stream)
    assert (sum(steps), stream.size) == (10, 10)
    assert stream.digest() == hashlib.sha256(b"0123456789").hexdigest()


@pytest.mark.parametrize(
    ("make", "detail"),
    [
        (lambda: OSError(5, "Input/output error"), "reading failed at byte 0: Input/output error"),
        (lambda: ValueError("I/O operation on closed file"), "standard input is closed"),
    ],
)
def test_a_failure_is_named(make: Callable[[], Exception], detail: str) -> None:
    stream = StandardInput(cast("BinaryIO", Failing(make())), hashed=True)
    with pytest.raises(Unreadable, match=detail) as caught:
        stream.read(1)
    assert (caught.value.status, stream.digest()) == ("unreadable", None)


def test_a_spool_gives_bytes_at_any_offset() -> None:
    with Spool() as spool:
        spool.fill(io.BytesIO(b"0123456789"), 10)
        assert (spool.size, spool.pread(3, 8), spool.pread(2, 1), spool.pread(1, 99)) == (10, b"89", b"12", b"")


def test_a_spool_takes_no_more_than_it_may() -> None:
    with Spool() as spool, pytest.raises(Unreadable, match="more than 9 bytes") as caught:
        spool.fill(io.BytesIO(b"0123456789"), 9)
    assert caught.value.layer is spool


def test_a_full_disk_is_named() -> None:
    with Spool() as spool, pytest.raises(Unreadable, match="no room to keep the zip archive"):
        spool.fill(Failing(OSError(28, "No space left on device")), 9)
