"""Invented mail written to mbox files, and the truth about it as a table."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from attribution.simulate.dates import asctime

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import BinaryIO

    from attribution.simulate.model import Generated

__all__ = ["TRUTH", "mbox_entry", "write_days", "write_mbox"]

TRUTH = pa.schema(
    [
        ("source", pa.string()),
        ("order", pa.int64()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("sha256", pa.string()),
        ("received_at", pa.timestamp("us", tz="UTC")),
        ("campaign", pa.int64()),
        ("kind", pa.string()),
        ("botnet", pa.int32()),
        ("engine", pa.string()),
        ("handover_ip", pa.string()),
        ("origin_ip", pa.string()),
        ("forged", pa.bool_()),
    ]
)
"""The truth, a row a message: the mbox file's name, its place among the file's messages from 0, first byte and length
without the `From ` line and the closing empty line, the hash of these bytes, and the attributes of `Generated`."""

_ROWS = 8192


def write_mbox(path: Path, generated: Iterable[Generated], truth: Path | None = None) -> int:
    """Write an mbox file (mboxrd, RFC 4155 `From ` lines) and the truth beside it, without holding the messages.

    Args:
        path: The file; is replaced.
        generated: The messages.
        truth: The Parquet file with the schema `TRUTH`; None for the path with `.truth.parquet` in place of its ending.

    Returns:
        How many messages were written.
    """
    with _Table(truth or path.with_suffix(".truth.parquet")) as table, path.open("wb") as file:
        box = _Box(path.name, file)
        for message in generated:
            table.add(box.add(message))
        return box.count


def write_days(folder: Path, generated: Iterable[Generated], truth: Path | None = None) -> list[Path]:
    """Write one mbox file for each day of arrival (UTC), named `2013-12-23.mbox` and so on, and one table of truth.

    Args:
        folder: Is made when it is missing.
        generated: The messages in order of arrival.
        truth: The Parquet file; None for `truth.parquet` in the folder.

    Returns:
        The mbox files in order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    day = -1
    box: _Box | None = None
    file: BinaryIO | None = None
    with _Table(truth or folder / "truth.parquet") as table:
        try:
            for message in generated:
                if message.received_at // 86400 != day:
                    if file is not None:
                        file.close()
                    day = message.received_at // 86400
                    paths.append(folder / f"{_iso(day)}.mbox")
                    file = paths[-1].open("wb")
                    box = _Box(paths[-1].name, file)
                if box is not None:
                    table.add(box.add(message))
        finally:
            if file is not None:
                file.close()
    return paths


def _iso(day: int) -> str:
    return str(np.datetime64(day, "D"))


class _Box:
    """One mbox file that grows."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self._name, self._file = name, file
        self._offset = 0
        self.count = 0

    def add(self, message: Generated) -> tuple[Any, ...]:
        """Write a message and return its row."""
        line, data = mbox_entry(message)
        self._file.write(line + data + b"\n")
        offset = self._offset + len(line)
        self._offset = offset + len(data) + 1
        self.count += 1
        digest = hashlib.sha256(data).hexdigest()
        received_at = message.received_at * 1_000_000
        place = (self._name, self.count - 1, offset, len(data), digest, received_at)
        return (*place, *message[2:])


def mbox_entry(message: Generated) -> tuple[bytes, bytes]:
    """Return the `From ` line of a message, and its bytes as they stand below it; an empty line closes the entry."""
    data = message.data
    if b"From " in data:
        data = _quoted(data)
    envelope = data[14 : data.index(b">", 14)] if data.startswith(b"Return-Path: <") else b""
    return b"From %b %b\n" % (envelope or b"MAILER-DAEMON", asctime(message.received_at).encode()), data


def _quoted(data: bytes) -> bytes:
    """Return the message with one more `>` before every line of the form `From ` or `>From `."""
    lines = data.split(b"\n")
    return b"\n".join(b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in lines)


class _Table:
    """Rows of the truth, written some thousand at a time."""

    def __init__(self, path: Path) -> None:
        self._writer = pq.ParquetWriter(path, TRUTH)
        self._rows: list[tuple[Any, ...]] = []

    def __enter__(self) -> _Table:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._writer.close()

    def add(self, row: tuple[Any, ...]) -> None:
        """Add a row."""
        self._rows.append(row)
        if len(self._rows) == _ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            columns = zip(*self._rows, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, TRUTH, strict=True)]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=TRUTH))
            self._rows.clear()
