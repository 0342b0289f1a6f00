"""What a worker does with one batch: messages in, one Parquet part of each table out."""

from __future__ import annotations

import gc
import hashlib
from collections import Counter
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from attribution import campaigns, headers, origin
from attribution.models import MessageRecord, Problem, RawMessage, Verdict
from attribution.pipeline.parts import part_path, write_part
from attribution.tables import HOPS, MESSAGES, PROBLEMS, message_key
from attribution.workers import Lost, limit_memory, within

if TYPE_CHECKING:
    from attribution.limits import Limits
    from attribution.models import HeaderBlock, Hop, Status
    from attribution.origin import Receivers

__all__ = ["BatchCounts", "Reading", "process_batch", "read_message", "record_of", "set_up_worker", "traits_of"]

_COLUMNS = {item.name for item in fields(MessageRecord)}
_FROM_FIELDS = [item.name for item in fields(headers.MessageFields) if item.name in _COLUMNS]
_FROM_VERDICT = [item.name for item in fields(Verdict) if item.name in _COLUMNS]

_FIELD_VALUES = attrgetter(*_FROM_FIELDS)
_VERDICT_VALUES = attrgetter(*_FROM_VERDICT)
_MESSAGE_VALUES = attrgetter(*MESSAGES.names)
_HOP_VALUES = attrgetter(*HOPS.names[1:])
_PROBLEM_VALUES = attrgetter(*PROBLEMS.names)

_NO_VALUE = (pa.ArrowException, ValueError, TypeError, OverflowError)
"""What Arrow raises for a value that a column cannot hold, a lone surrogate for one."""


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """What became of one batch.

    Attributes:
        messages: Rows in the messages table. `problems`: rows in the problems table.
        statuses: Messages by status.
    """

    messages: int
    problems: int
    statuses: dict[str, int]


@dataclass(slots=True)
class Reading:
    """Everything that the stages say of one message."""

    block: HeaderBlock
    hops: list[Hop]
    fields: headers.MessageFields
    verdict: Verdict


@dataclass(slots=True)
class _Setup:
    limits: Limits
    receivers: Receivers
    staging: Path
    headers_only: bool


_setup: _Setup | None = None


def set_up_worker(limits: Limits, receivers: Receivers, staging: str, headers_only: bool = False) -> None:
    """Keep what all batches of a run share, and bound the memory of this process."""
    global _setup
    limit_memory(limits.worker_bytes)
    _setup = _Setup(limits, receivers, Path(staging), headers_only)
    # Modules and tables stay until the process ends: the garbage collector need not look at them for every batch.
    gc.freeze()


def read_message(data: bytes, limits: Limits, receivers: Receivers) -> Reading:
    """Take one message through the stages that look at a message alone."""
    block = headers.read_block(data, limits)
    hops = headers.hops(block, limits)
    verdict = origin.decide(block, hops, receivers)
    return Reading(block, hops, headers.message_fields(block), verdict)


def record_of(raw: RawMessage, reading: Reading) -> MessageRecord:
    """Return the row of the messages table for a message that was read."""
    handover_start, handover_end = reading.verdict.handover_span or (None, None)
    origin_start, origin_end = reading.verdict.origin_span or (None, None)
    return MessageRecord(
        message=message_key(raw.source, raw.member, raw.offset),
        sha256=raw.sha256 or hashlib.sha256(raw.data).hexdigest(),
        source=raw.source,
        member=raw.member,
        offset=raw.offset,
        length=raw.length,
        status=raw.status if raw.status != "ok" else reading.block.status,
        detail=reading.block.detail or None,
        hop_count=len(reading.hops),
        handover_start=handover_start,
        handover_end=handover_end,
        origin_start=origin_start,
        origin_end=origin_end,
        **dict(zip(_FROM_FIELDS, _FIELD_VALUES(reading.fields), strict=True)),
        **dict(zip(_FROM_VERDICT, _VERDICT_VALUES(reading.verdict), strict=True)),
    )


def traits_of(reading: Reading, record: MessageRecord, data: bytes | None = None) -> dict[str, object]:
    """Return the traits by which a message is compared, and note its sending program in its row.

    Args:
        reading: What the stages say of it.
        record: Its row.
        data: Its bytes, where its body is to be read.
    """
    body = None
    if data is not None:
        recipients = campaigns.recipients_of(reading.block, reading.hops)
        body = campaigns.read_body(data, recipients=recipients)
    traits = campaigns.extract(
        reading.block,
        reading.hops,
        reading.verdict,
        subject=record.subject,
        from_address=record.from_address,
        from_domain=record.from_domain,
        reply_to=record.reply_to,
        return_path=record.return_path,
        body=body,
    )
    engine = traits["engine"]
    record.engine = engine if isinstance(engine, str) else None
    return traits


def process_batch(
    number: int, items: list[RawMessage | Problem], lost: list[Lost[RawMessage | Problem]]
) -> BatchCounts:
    """Analyse one batch and write its parts; called in a worker.

    Args:
        number: Number of the batch, from 0; names the parts.
        items: Messages, and problems that the reader met between them, in the order of the input.
        lost: Messages of this batch that a worker did not survive.
    """
    if _setup is None:
        message = "set_up_worker was not called in this process"
        raise RuntimeError(message)
    batch = _Batch()
    for entry in lost:
        batch.fail(entry.item, entry.status, "the worker process died on this message")
    for item in items:
        if isinstance(item, Problem):
            batch.problems.append(item)
        else:
            batch.take(item, _setup)
    tables = batch.tables()
    for name, table in tables.items():
        write_part(part_path(_setup.staging, name, number), table)
    statuses = Counter(tables["messages"]["status"].to_pylist())
    return BatchCounts(len(tables["messages"]), len(tables["problems"]), dict(statuses))


@dataclass(slots=True)
class _Rows:
    """The rows of one message: one of messages, its hops, one of traits."""

    raw: RawMessage
    message: tuple[Any, ...]
    hops: list[tuple[Any, ...]]
    traits: dict[str, object]


class _Batch:
    """The rows of one batch, gathered message by message, turned into columns at the end."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._read: list[_Rows] = []

    def take(self, raw: RawMessage, setup: _Setup) -> None:
        """Add the rows of one message, or one problem when it cannot be read."""
        try:
            self._read.append(within(setup.limits.message_seconds, lambda: _rows(raw, setup)))
        except TimeoutError as error:
            self.fail(raw, "timeout", str(error))
        except MemoryError:
            self.fail(raw, "crashed", "the message needs more memory than a worker may take")
        except Exception as error:  # noqa: BLE001 (a defect of ours must cost one message, with a row that says so)
            self.fail(raw, "crashed", f"{type(error).__name__}: {error}")

    def fail(self, raw: RawMessage | Problem, status: Status, detail: str) -> None:
        """Add a problem row for a message that gives no other."""
        self.problems.append(Problem(raw.source, raw.member, raw.offset, status, detail))

    def tables(self) -> dict[str, pa.Table]:
        """Return the columns of all rows; a message whose values no column can hold becomes a problem."""
        try:
            tables = _columns(self._read)
        except _NO_VALUE:
            self._read = [rows for rows in self._read if self._fits(rows)]
            tables = _columns(self._read)
        return {**tables, "problems": _table(PROBLEMS, [_PROBLEM_VALUES(row) for row in self.problems])}

    def _fits(self, rows: _Rows) -> bool:
        try:
            _columns([rows])
        except _NO_VALUE as error:
            self.fail(rows.raw, "crashed", f"{type(error).__name__}: {error}")
            return False
        return True


def _rows(raw: RawMessage, setup: _Setup) -> _Rows:
    """Read one message and return its rows."""
    reading = read_message(raw.data, setup.limits, setup.receivers)
    record = record_of(raw, reading)
    traits = traits_of(reading, record, None if setup.headers_only else raw.data)
    hops = [(record.message, *_HOP_VALUES(hop)) for hop in reading.hops]
    return _Rows(raw, _MESSAGE_VALUES(record), hops, {"message": record.message, **traits})


def _columns(read: list[_Rows]) -> dict[str, pa.Table]:
    return {
        "messages": _table(MESSAGES, [rows.message for rows in read]),
        "hops": _table(HOPS, [hop for rows in read for hop in rows.hops]),
        "traits": pa.Table.from_pylist([rows.traits for rows in read], schema=campaigns.TRAITS),
    }


def _table(schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table(
        [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )
