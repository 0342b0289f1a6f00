"""Banners in Parquet, read batch by batch, of which only the rows of wanted addresses become Python objects."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from attribution._text import decode, escape_control, shorten
from attribution.enrich.banners import values
from attribution.enrich.banners.columns import column_places, row_banner
from attribution.enrich.banners.observations import LONGEST_TEXT, Found
from attribution.enrich.banners.tally import Fault

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from attribution.enrich.banners.tally import Tally
    from attribution.limits import Limits

__all__ = ["parquet_records"]

_ROWS = 4_096
_BATCH = 32 * 1024 * 1024
"""Bytes that the longest texts of a batch may take together."""
_BUFFER = 256 * 1024
_LONGEST_VALUE = 8 * LONGEST_TEXT
"""Bytes of a value that are taken over: more than are kept, so that a cut shows."""


def parquet_records(
    file: IO[bytes], wanted: Container[str] | None, limits: Limits, tally: Tally, *, timed: bool
) -> Iterator[Found | Fault]:
    """Yield the rows of wanted addresses.

    Args:
        file: The table, at its start.
        wanted: Addresses of which rows are read; None for all.
        limits: For what a column may expand to.
        tally: Counts the rows that are passed over.
        timed: As in `column_places`.
    """
    try:
        table = pq.ParquetFile(file, buffer_size=_BUFFER)
        names = table.schema_arrow.names
        places = column_places(names, timed=timed)
        if isinstance(places, Fault):
            yield places
            return
        fault = _bomb(table, limits)
        if fault is not None:
            yield fault
            return
        columns = [names[place] for place in places.values()]
        before = 0
        for group in range(table.num_row_groups):
            size = _rows_at_once(file, group, columns)
            for batch in table.iter_batches(size, row_groups=[group], columns=columns, use_threads=False):
                yield from _rows({name: batch.column(names[at]) for name, at in places.items()}, before, wanted, tally)
                before += batch.num_rows
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        reason = shorten(escape_control(" ".join(str(error).split())), 160)
        yield Fault("malformed", f"a Parquet table that cannot be read: {reason}", None, fatal=True)


def _bomb(table: pq.ParquetFile, limits: Limits) -> Fault | None:
    for group in range(table.metadata.num_row_groups):
        for column in range(table.metadata.num_columns):
            chunk = table.metadata.row_group(group).column(column)
            most = max(limits.ratio_floor_bytes, chunk.total_compressed_size * limits.expansion_ratio)
            if chunk.total_uncompressed_size > most:
                detail = f"a Parquet table of which one column expands to {chunk.total_uncompressed_size:,} bytes"
                return Fault("too-large", detail, None, fatal=True)
    return None


def _rows_at_once(file: IO[bytes], group: int, columns: list[str]) -> int:
    """Return how many rows fit in memory: all of them may share one large text that the file holds once."""
    peek = pq.ParquetFile(file, read_dictionary=columns, buffer_size=_BUFFER)
    longest = 1
    for batch in peek.iter_batches(1, row_groups=[group], columns=columns, use_threads=False):
        for column in batch.columns:
            if isinstance(column, pa.DictionaryArray) and _is_text(column.dictionary.type):
                longest = max(longest, pc.max(pc.binary_length(column.dictionary)).as_py() or 0)
        break
    return max(1, min(_ROWS, _BATCH // longest))


def _is_text(kind: pa.DataType) -> bool:
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind) for test in tests)


def _rows(
    columns: dict[str, pa.Array], before: int, wanted: Container[str] | None, tally: Tally
) -> Iterator[Found | Fault]:
    addresses = columns["ip"]
    if wanted is None:
        rows = list(range(len(addresses)))
    else:
        distinct = addresses.unique()
        kept = [_is_wanted(_python(value), wanted) for value in distinct]
        encoded = distinct.dictionary_decode() if isinstance(distinct, pa.DictionaryArray) else distinct
        plain = addresses.dictionary_decode() if isinstance(addresses, pa.DictionaryArray) else addresses
        mask = pc.is_in(plain, value_set=encoded.filter(pa.array(kept, pa.bool_())))
        rows = pc.indices_nonzero(mask).to_pylist()
        tally.elsewhere += len(plain) - len(rows)
    for row in rows:
        told = {name: _python(column[row]) for name, column in columns.items()}
        yield Found(None, told["ip"], (row_banner(told),), f" (row {before + row:,})")


def _is_wanted(value: object, wanted: Container[str]) -> bool:
    ip = values.address(value)
    return ip is None or ip in wanted  # what is no address is no reason to pass over a row in silence


def _python(scalar: pa.Scalar) -> object:
    """Return a value; times as seconds since 1970, bytes and texts as a text of bounded length."""
    if isinstance(scalar, pa.DictionaryScalar):
        scalar = scalar.value
    if not scalar.is_valid:
        return None
    if isinstance(scalar, pa.StringScalar | pa.LargeStringScalar | pa.BinaryScalar | pa.LargeBinaryScalar):
        view = memoryview(scalar.as_buffer())
        if len(view) <= _LONGEST_VALUE:
            return decode(bytes(view))
        return bytes(view[:_LONGEST_VALUE]).decode("utf-8", "replace")
    if pa.types.is_temporal(scalar.type):
        try:
            return float(scalar.cast(pa.timestamp("us")).cast(pa.int64()).as_py()) / 1e6
        except (pa.ArrowException, ValueError):
            return "a time out of range"
    value: object = scalar.as_py()
    return value
