"""Parquet parts: named by number, written whole or not at all, the same bytes for the same rows."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from attribution._files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["add_parts", "each_part", "part_path", "parts_of", "read_parts", "write_part", "write_table"]

_PART_ROWS = 50_000
"""Rows from which a final part is closed; small batches are put together up to here."""


def part_path(folder: Path, table: str, number: int) -> Path:
    """Return the path of one part of a table."""
    return folder / table / f"part-{number:06d}.parquet"


def parts_of(folder: Path, table: str) -> list[Path]:
    """Return the parts of a table in order."""
    return sorted((folder / table).glob("part-*.parquet"))


def write_part(path: Path, table: pa.Table) -> None:
    """Write one part by temporary file and rename; its folder is made when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read_parts(folder: Path, table: str, columns: list[str]) -> pa.Table:
    """Return some columns of all parts of a table, rows in order."""
    paths = parts_of(folder, table)
    if not paths:
        return pa.table({name: pa.nulls(0) for name in columns})
    return pa.concat_tables(pq.read_table(path, columns=columns) for path in paths)


def each_part(folder: Path, table: str, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """Give the parts of a table one after the other, whole or some columns of them."""
    for path in parts_of(folder, table):
        yield pq.read_table(path, columns=columns)


def write_table(out: Path, table: str, schema: pa.Schema, tables: Iterator[pa.Table]) -> None:
    """Write a final table in parts of a good size; what an earlier attempt left is replaced."""
    shutil.rmtree(out / table, ignore_errors=True)
    add_parts(out, table, schema, tables, 0)


def add_parts(out: Path, table: str, schema: pa.Schema, tables: Iterator[pa.Table], number: int) -> None:
    """Write rows in parts of a good size, the first of them under a number; a table has one part at least."""
    waiting: list[pa.Table] = []
    for piece in tables:
        # What was read from a part may name the items of its lists otherwise: the file holds those names.
        waiting.append(piece.cast(schema))
        if sum(map(len, waiting)) >= _PART_ROWS:
            write_part(part_path(out, table, number), pa.concat_tables(waiting).combine_chunks())
            waiting, number = [], number + 1
    if waiting or not parts_of(out, table):
        rest = pa.concat_tables(waiting).combine_chunks() if waiting else schema.empty_table()
        write_part(part_path(out, table, number), rest)
