"""Compressed data expanded, and how it fails."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.corpus.budget import Budget
from attribution.corpus.compressed import Expanded
from attribution.corpus.streams import CHUNK, Unreadable, drain
from attribution.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

PACKERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}
KINDS = pytest.mark.parametrize("kind", PACKERS)
TEXT = b"".join(b"%d bottles of beer\n" % number for number in range(60_000))


def failure(stream: Expanded) -> Unreadable | None:
    """Read a stream to its end; return the error if there was one."""
    try:
        drain(stream)
    except Unreadable as error:
        return error
    return None


def expand(data: bytes, kind: str, size: int = 1 << 16) -> tuple[bytes, bool]:
    stream = Expanded(io.BytesIO(data), kind, Budget(Limits()))
    pieces = []
    while piece := stream.read(size):
        assert len(piece) <= size
        pieces.append(piece)
    return b"".join(pieces), stream.surplus


@KINDS
@pytest.mark.parametrize("size", [7_000, 1 << 20])
def test_what_was_packed_comes_out(kind: str, size: int) -> None:
    assert expand(PACKERS[kind](TEXT), kind, size) == (TEXT, False)


@KINDS
def test_members_in_a_row_are_one_stream(kind: str) -> None:
    pack = PACKERS[kind]
    data = b"".join(pack(part) for part in (TEXT, b"", b"a", b"", b"b")) + bytes(512)
    assert expand(data, kind) == (TEXT + b"ab", False)


@KINDS
def test_what_follows_the_end_is_noticed(kind: str) -> None:
    assert expand(PACKERS[kind](b"text") + b"\0\0garbage", kind) == (b"text", True)


@KINDS
def test_data_that_end_too_early_are_an_error_after_what_could_be_read(kind: str) -> None:
    stream = Expanded(io.BytesIO(PACKERS[kind](TEXT)[:-20]), kind, Budget(Limits()))
    assert stream.read(1_000)
    error = failure(stream)
    assert error is not None
    assert (error.layer, error.status) == (stream, "malformed")
    assert error.detail == f"the {kind} data end too early"


@KINDS
def test_a_flipped_bit_is_an_error(kind: str) -> None:
    data = bytearray(PACKERS[kind](TEXT))
    data[len(data) // 2] ^= 0x10
    with pytest.raises(Unreadable) as caught:
        expand(bytes(data), kind)
    assert caught.value.status == "malformed"


@KINDS
@given(st.binary(max_size=200), st.integers(0, 60))
def test_garbage_never_fails_otherwise(kind: str, garbage: bytes, keep: int) -> None:
    stream = Expanded(io.BytesIO(PACKERS[kind](b"text")[:keep] + garbage), kind, Budget(Limits()))
    error = failure(stream)
    assert error is None or error.layer is stream


def test_an_xz_stream_that_asks_for_much_memory_is_too_large() -> None:
    packer = lzma.LZMACompressor(filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 20}])
    data = bytearray(packer.compress(b"text") + packer.flush())
    # The block header: size, flags, filter id, size of its properties, dictionary size; then padding and CRC.
    at = data.index(b"\x21\x01", 12) + 2
    data[at] = 36  # 1 GiB
    data[20:24] = zlib.crc32(data[12:20]).to_bytes(4, "little")
    with pytest.raises(Unreadable, match="ask for more than") as caught:
        expand(bytes(data), "xz")
    assert caught.value.status == "too-large"


def test_what_expands_too_far_is_stopped() -> None:
    limits = Limits(ratio_floor_bytes=1 << 20, expansion_ratio=100)
    budget = Budget(limits)
    stream = Expanded(io.BytesIO(gzip.compress(bytes(10 << 20))), "gzip", budget)
    error = failure(stream)
    assert error is not None
    assert error.layer is budget
    assert budget.expanded <= (1 << 20) + CHUNK
