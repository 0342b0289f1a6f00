"""What a worker does with one batch: messages in, one Parquet part of each table out."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from attribution import campaigns, headers, origin
from attribution.models import MessageRecord, Problem, RawMessage
from attribution.pipeline.parts import part_path, write_part
from attribution.tables import HOPS, MESSAGES, PROBLEMS, message_key
from attribution.workers import Lost, limit_memory, within

if TYPE_CHECKING:
    from attribution.limits import Limits
    from attribution.models import HeaderBlock, Hop, Status, Verdict
    from attribution.origin import Receivers

__all__ = ["BatchCounts", "Reading", "process_batch", "read_message", "record_of", "set_up_worker"]

STAGED = {"messages": MESSAGES, "hops": HOPS, "problems": PROBLEMS, "traits": campaigns.TRAITS}
"""The tables that a batch writes, with their columns."""

_HOP_VALUES = attrgetter(*HOPS.names[1:])
_PROBLEM_VALUES = attrgetter(*PROBLEMS.names)


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


_setup: _Setup | None = None


def set_up_worker(limits: Limits, receivers: Receivers, staging: str) -> None:
    """Keep what all batches of a run share, and bound the memory of this process."""
    global _setup
    limit_memory(limits.worker_bytes)
    _setup = _Setup(limits, receivers, Path(staging))


def read_message(data: bytes, limits: Limits, receivers: Receivers) -> Reading:
    """Take one message through the stages that look at a message alone."""
    block = headers.read_block(data, limits)
    hops = headers.hops(block, limits)
    verdict = origin.decide(block, hops, receivers)
    return Reading(block, hops, headers.message_fields(block), verdict)


def record_of(raw: RawMessage, reading: Reading) -> MessageRecord:
    """Return the row of the messages table for a message that was read."""
    verdict, fields = reading.verdict, reading.fields
    handover_start, handover_end = verdict.handover_span or (None, None)
    origin_start, origin_end = verdict.origin_span or (None, None)
    return MessageRecord(
        message=message_key(raw.source, raw.member, raw.offset),
        sha256=raw.sha256 or hashlib.sha256(raw.data).hexdigest(),
        source=raw.source,
        member=raw.member,
        offset=raw.offset,
        length=raw.length,
        status=raw.status if raw.status != "ok" else reading.block.status,
        header_message_id=fields.header_message_id,
        date=fields.date,
        received_at=verdict.received_at,
        subject=fields.subject,
        from_address=fields.from_address,
        from_name=fields.from_name,
        from_domain=fields.from_domain,
        return_path=fields.return_path,
        reply_to=fields.reply_to,
        mailer=fields.mailer,
        hop_count=len(reading.hops),
        handover_ip=verdict.handover_ip,
        handover_grade=verdict.handover_grade,
        handover_rule=verdict.handover_rule,
        handover_reason=verdict.handover_reason,
        handover_hop=verdict.handover_hop,
        handover_start=handover_start,
        handover_end=handover_end,
        helo=verdict.helo,
        rdns=verdict.rdns,
        origin_ip=verdict.origin_ip,
        origin_grade=verdict.origin_grade,
        origin_rule=verdict.origin_rule,
        origin_reason=verdict.origin_reason,
        origin_hop=verdict.origin_hop,
        origin_start=origin_start,
        origin_end=origin_end,
        findings=verdict.findings,
    )


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
    rows = _Rows()
    for entry in lost:
        rows.fail(entry.item, entry.status, "the worker process died on this message")
    for item in items:
        if isinstance(item, Problem):
            rows.problems.append(item)
        else:
            rows.take(item, _setup)
    tables = rows.tables()
    for name, table in tables.items():
        write_part(part_path(_setup.staging, name, number), table)
    return BatchCounts(len(rows.messages), len(rows.problems), dict(Counter(row.status for row in rows.messages)))


def _read(raw: RawMessage, setup: _Setup) -> tuple[MessageRecord, Reading, dict[str, object]]:
    """Read one message and take its traits."""
    reading = read_message(raw.data, setup.limits, setup.receivers)
    record = record_of(raw, reading)
    traits = campaigns.extract(
        reading.block,
        reading.hops,
        reading.verdict,
        subject=record.subject,
        from_address=record.from_address,
        from_domain=record.from_domain,
        reply_to=record.reply_to,
    )
    return record, reading, traits


class _Rows:
    """The rows of one batch, gathered message by message, turned into columns at the end."""

    def __init__(self) -> None:
        self.messages: list[MessageRecord] = []
        self.problems: list[Problem] = []
        self.hops: list[tuple[Any, ...]] = []
        self.traits: list[dict[str, object]] = []

    def take(self, raw: RawMessage, setup: _Setup) -> None:
        """Add the rows of one message, or one problem when it cannot be read."""
        try:
            record, reading, traits = within(setup.limits.message_seconds, lambda: _read(raw, setup))
        except TimeoutError as error:
            self.fail(raw, "timeout", str(error))
        except MemoryError:
            self.fail(raw, "crashed", "the message needs more memory than a worker may take")
        except Exception as error:  # noqa: BLE001 (a defect of ours must cost one message, with a row that says so)
            self.fail(raw, "crashed", f"{type(error).__name__}: {error}")
        else:
            self.messages.append(record)
            self.hops.extend((record.message, *_HOP_VALUES(hop)) for hop in reading.hops)
            self.traits.append({"message": record.message, **traits})

    def fail(self, raw: RawMessage | Problem, status: Status, detail: str) -> None:
        """Add a problem row for a message that gives no other."""
        self.problems.append(Problem(raw.source, raw.member, raw.offset, status, detail))

    def tables(self) -> dict[str, pa.Table]:
        """Return the columns of all rows."""
        values = attrgetter(*MESSAGES.names)
        return {
            "messages": _table(MESSAGES, [values(row) for row in self.messages]),
            "hops": _table(HOPS, self.hops),
            "problems": _table(PROBLEMS, [_PROBLEM_VALUES(row) for row in self.problems]),
            "traits": pa.Table.from_pylist(self.traits, schema=campaigns.TRAITS),
        }


def _table(schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table(
        [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )
