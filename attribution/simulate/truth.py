"""The truth about simulated mail as tables: a row a message, a row an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from attribution.simulate.mbox import TRUTH

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SENDER_KINDS", "TRUTH_ADDRESSES", "TRUTH_MESSAGES", "TruthFile"]

SENDER_KINDS = ("thing", "pc", "server", "webmail")
"""What sent a message: a thing, somebody's infected computer, a mail server, a page on which mail is typed."""

TRUTH_MESSAGES = pa.schema(
    [
        TRUTH.field("source"),
        ("member", pa.string()),
        *(field for field in TRUTH if field.name != "source"),
        ("sender_kind", pa.string()),
        ("thing", pa.string()),
        ("machine", pa.int64()),
    ]
)
"""A row a message, in the order of the mail: the columns of `TRUTH`, and

- `member`: the path inside the folder or archive that `source` names; null in an mbox file;
- `sender_kind`: one of `SENDER_KINDS`;
- `thing`: the type of the thing that sent it; null for the others;
- `machine`: a number for the infected machine, the same wherever it sends from; null for mail that no bot sent.
"""

TRUTH_ADDRESSES = pa.schema(
    [
        ("ip", pa.string()),
        ("asn", pa.int64()),
        ("country", pa.string()),
        ("access", pa.string()),
        ("messages", pa.int64()),
        ("bot", pa.bool_()),
        ("hosts", pa.int32()),
        ("device_type", pa.string()),
        ("banner", pa.bool_()),
        ("sent_by", pa.string()),
        ("neighbour", pa.bool_()),
    ]
)
"""A row an address, by rising number: those that handed mail over, and those of the control group.

- `asn`, `country`, `access` (`residential`, `hosting`, `business`): of its network;
- `messages`: how many it handed over;
- `bot`: whether bots did so;
- `hosts`: how many machines behind it sent; 0 for a neighbour;
- `device_type`: what stands there, in the words of the page on device types; null where that is not known to anybody;
- `banner`: whether the scan shows it;
- `sent_by`: `thing`, `pc` or `server`; null for a neighbour;
- `neighbour`: whether it belongs to the control group, and sent nothing.
"""

_ROWS = 65536


class TruthFile:
    """A table that grows by batches and is written in row groups of one size.

    Args:
        path: Of the Parquet file.
        schema: Of the table.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(path, schema)
        self._waiting: list[pa.Table] = []
        self._rows = 0

    def __enter__(self) -> TruthFile:
        """Return the table itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write what waits, and close the file."""
        self._write(self._rows)
        self._writer.close()

    def add(self, table: pa.Table) -> None:
        """Add rows."""
        self._waiting.append(table)
        self._rows += table.num_rows
        self._write(self._rows // _ROWS * _ROWS)

    def _write(self, rows: int) -> None:
        if rows:
            whole = pa.concat_tables(self._waiting)
            self._writer.write_table(whole.slice(0, rows), row_group_size=_ROWS)
            self._waiting = [whole.slice(rows)]
            self._rows -= rows
