"""The lines of a table of address ranges, plain or gzip, in blocks that are parsed one after the other."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import csv

from attribution._text import decode, escape_control
from attribution.enrich.ip.range_layouts import COMMENT
from attribution.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedIOBase
    from pathlib import Path

    from numpy.typing import NDArray

    from attribution.enrich.ip.range_layouts import Layout

__all__ = ["GZIP", "Block", "Head", "read_blocks", "read_head"]

GZIP = b"\x1f\x8b"
"""What a file begins with that is compressed with gzip (RFC 1952)."""

_MMDB = b"\xab\xcd\xefMaxMind.com"
"""What stands before the metadata of an MMDB file, even of one that has nothing else."""
_HEAD = 1 << 16
_HEAD_LINES = 200
_BLOCK = 1 << 23
_LONGEST_TABLE = 1 << 33
"""Octets of the longest table, expanded; the largest known, of cities, have a tenth of it."""
_BOM = b"\xef\xbb\xbf"
_LINE_END, _RETURN, _QUOTE = 10, 13, ord('"')


class Head(NamedTuple):
    """How a file begins, when it is text.

    Attributes:
        comments: Its first comment lines.
        lines: Its first other lines, without empty ones.
    """

    comments: list[str]
    lines: list[str]


class Block(NamedTuple):
    """Some rows of a table.

    Attributes:
        columns: The columns that the layout names, as octets.
        rows: How many rows there were.
        broken: How many of them could not be split into fields, and so are not in the columns.
    """

    columns: dict[str, pa.Array]
    rows: int
    broken: int


def read_head(path: Path) -> Head | None:
    """Return how a file begins; None when it is no text.

    Args:
        path: Plain or compressed with gzip.

    Raises:
        OSError, EOFError, zlib.error: It cannot be read, or is broken from the start.
    """
    with _opened(path) as handle:
        head = handle.read(_HEAD).removeprefix(_BOM)
    if not head or b"\0" in head or _MMDB in head:
        return None
    lines = head.splitlines(keepends=True)
    if len(head) >= _HEAD - len(_BOM):
        lines.pop()  # cut off
    texts = [decode(line).strip("\r\n") for line in lines]
    texts = [text for text in texts if text.strip()][: 2 * _HEAD_LINES]
    comments = [text for text in texts if text[0] in COMMENT]
    return Head(comments, [text for text in texts if text[0] not in COMMENT][:_HEAD_LINES])


def _opened(path: Path) -> BufferedIOBase:
    handle = path.open("rb")
    try:
        start = handle.read(len(GZIP))
        handle.seek(0)
        if start != GZIP:
            return handle
        handle.close()
        return gzip.open(path, "rb")
    except BaseException:
        handle.close()
        raise


def read_blocks(path: Path, layout: Layout) -> Iterator[Block]:
    """Give the rows of a table in order, some at once.

    Args:
        path: Plain or compressed with gzip.
        layout: What its columns are.

    Raises:
        DatabaseError: The file cannot be read to its end, is far too long, or has a line that is.
    """
    # Each block is whole lines, parsed at once and by this thread alone. Arrow's reader of streams is not used: it
    # reads ahead in a thread of its own, and one that is left before the end waits for ever or ends the interpreter
    # (GIL taken at exit; apache/arrow issue 43604).
    names = layout.header
    for lines in _whole_lines(path):
        block, names = _block(lines, layout, names)
        if block.rows:
            yield block


def _whole_lines(path: Path) -> Iterator[bytes]:
    shown = escape_control(str(path))
    total = 0
    left = b""
    try:
        with _opened(path) as handle:
            while data := handle.read(_BLOCK):
                if not total:
                    data = data.removeprefix(_BOM)
                total += len(data)
                if total > _LONGEST_TABLE:
                    raise DatabaseError(f"{shown} is longer than any table of address ranges: name another file.")
                end = data.rfind(b"\n") + 1
                if not end:
                    left += data
                    if len(left) > _BLOCK:
                        raise DatabaseError(f"{shown} has a line of more than {_BLOCK:,} octets: name another file.")
                    continue
                yield left + data[:end]
                left = data[end:]
    except (OSError, EOFError, zlib.error) as error:
        raise DatabaseError(f"{shown} is cut off or broken: fetch it again.") from error
    if left:
        yield left + b"\n"


def _block(lines: bytes, layout: Layout, names: int) -> tuple[Block, int]:
    """Return the rows in some lines, and how many lines that name the columns are still to come."""
    octets = np.frombuffer(lines, np.uint8)
    ends = np.flatnonzero(octets == _LINE_END)
    starts = np.concatenate([[0], ends[:-1] + 1])
    first = octets[starts]
    empty = (starts == ends) | ((first == _RETURN) & (ends - starts == 1))
    kept = ~(empty | np.isin(first, list(COMMENT.encode())))
    if names:
        header = np.flatnonzero(kept)[:names]
        kept[header] = False
        names -= len(header)
    rows = int(np.count_nonzero(kept))
    kept &= _is_whole(octets, starts, ends, layout)
    if not kept.all():
        octets = octets[np.repeat(kept, ends - starts + 1)]
    columns = _parsed(octets, layout) if len(octets) else dict.fromkeys(layout.columns, pa.array([], pa.binary()))
    return Block(columns, rows, rows - int(np.count_nonzero(kept))), names


def _is_whole(
    octets: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64], layout: Layout
) -> NDArray[np.bool_]:
    """Say of each line whether it has as many fields as a row has, and no quote or line end out of place.

    Nothing else is left to be wrong with a line when it is parsed: one error would cost the whole block, a quote that
    nothing closes would swallow the lines that follow, and Arrow's handler of bad rows fails on bytes that are no
    UTF-8.
    """
    line_of = np.repeat(np.arange(len(ends), dtype=np.int32), ends - starts + 1)
    good = np.ones(len(ends), bool)
    returns = np.flatnonzero(octets == _RETURN)
    good[line_of[returns[octets[returns + 1] != _LINE_END]]] = False
    delimiters = octets == ord(layout.delimiter)
    if layout.quoted and _QUOTE in octets:
        quotes = np.flatnonzero(octets == _QUOTE)
        before = np.searchsorted(quotes, starts)  # quotes before each line
        opens = (np.arange(len(quotes)) - before[line_of[quotes]]) % 2 == 0
        left, right = octets[np.maximum(quotes - 1, 0)], octets[quotes + 1]
        begins = (quotes == 0) | np.isin(left, [ord(layout.delimiter), _LINE_END, _QUOTE])
        finishes = np.isin(right, [ord(layout.delimiter), _LINE_END, _RETURN, _QUOTE])
        good[line_of[quotes[~np.where(opens, begins, finishes)]]] = False
        good &= np.bincount(line_of[quotes], minlength=len(ends)) % 2 == 0
        # Where a line is good so far, a delimiter behind an odd number of its quotes is part of a field.
        places = np.flatnonzero(delimiters)
        inside = (np.searchsorted(quotes, places) - before[line_of[places]]) % 2 == 1
        delimiters[places[inside]] = False
    good &= np.bincount(line_of[delimiters], minlength=len(ends)) == layout.width - 1
    return good


def _parsed(octets: NDArray[np.uint8], layout: Layout) -> dict[str, pa.Array]:
    # In memory of Arrow's own, so that no thread of Arrow's ever has to give back an object of Python's.
    buffer = pa.allocate_buffer(len(octets))
    np.frombuffer(buffer, np.uint8)[:] = octets
    names = [str(place) for place in range(layout.width)]
    wanted = list(dict.fromkeys(str(place) for place in layout.columns.values()))
    table = csv.read_csv(
        pa.BufferReader(buffer),
        csv.ReadOptions(use_threads=False, column_names=names, block_size=len(octets) + 1),
        csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char='"' if layout.quoted else False,
        ),
        csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.binary()),
            include_columns=wanted,
            strings_can_be_null=False,
            check_utf8=False,
        ),
    )
    columns = {name: table.column(str(place)) for name, place in layout.columns.items()}
    return {
        name: pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.binary())
        for name, column in columns.items()
    }
