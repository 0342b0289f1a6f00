"""The end of a run: what concerns all messages at once, and the final tables in their place."""

from __future__ import annotations

import json
import shutil
import time
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from attribution._files import replacing
from attribution.case import Case
from attribution.pipeline.enrichment import MESSAGE_COLUMNS
from attribution.pipeline.grouping import NEEDED, group, write_groups
from attribution.pipeline.late_findings import HOP_COLUMNS, add_findings, find_late
from attribution.pipeline.late_findings import MESSAGE_COLUMNS as OF_MESSAGES
from attribution.pipeline.parts import each_part, read_parts, write_table
from attribution.pipeline.peers import HOP_COLUMNS as OF_PEERS
from attribution.tables import ADDRESSES, CONTROLS, HOPS, MESSAGES, PROBLEMS, TRAITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from attribution.campaigns import Background
    from attribution.enrich import Database
    from attribution.models import Problem
    from attribution.pipeline.enrichment import Enricher

__all__ = ["DESCRIBED", "find_late_in", "finish", "problem_rows", "with_column", "with_devices", "with_findings"]

DESCRIBED = list(dict.fromkeys([*NEEDED, *MESSAGE_COLUMNS]))
"""Columns of the messages table that the end of a run needs."""


def finish(
    out: Path,
    staging: Path,
    enricher: Enricher,
    record: dict[str, Any],
    timings: dict[str, float],
    step: Callable[[str], None],
    background: Background | None = None,
) -> None:
    """Look up addresses, find campaigns, write the final tables, the run record and the report.

    It can be done again from the start at any moment until `run.json`, the last file, is in its place.

    Args:
        out: The case folder.
        staging: Holds the parts of all batches.
        enricher: Has what is asked about addresses.
        record: What `run.json` is to hold, but for the end of the run; completed here.
        timings: Seconds by step; added to.
        step: Called with the name of each step.
        background: Rates of other mail, by which campaigns are weighed.
    """
    for left in out.glob(".*.tmp"):  # of a run that was killed as it wrote its last files
        left.unlink()
    clock = time.monotonic()
    messages = read_parts(staging, "messages", DESCRIBED)
    shutil.rmtree(out / "banners", ignore_errors=True)
    enriched = enricher.run(messages, each_part(staging, "hops", OF_PEERS), out)
    record |= enriched.record
    in_messages, in_hops = find_late_in(staging, enricher.databases, enriched.addresses)
    timings["addresses"] = round(time.monotonic() - clock, 3)

    clock = time.monotonic()
    step("campaigns")
    # Both tables come out of the same batches, so that their rows stand in the same order.
    grouped = group(
        read_parts(staging, "traits", TRAITS.names),
        messages,
        enriched.addresses,
        enriched.controls,
        control=record.get("control"),
        background=background,
    )
    record["campaigns"] = grouped.record
    timings["campaigns"] = round(time.monotonic() - clock, 3)

    clock = time.monotonic()
    step("writing")
    noted = with_findings(each_part(staging, "messages"), MESSAGES, in_messages)
    labelled = with_column(noted, "campaign", grouped.labels)
    write_table(out, "messages", MESSAGES, with_devices(labelled, enriched.messages))
    write_table(out, "hops", HOPS, with_findings(each_part(staging, "hops"), HOPS, in_hops))
    write_table(out, "problems", PROBLEMS, chain(each_part(staging, "problems"), problem_rows(enriched.problems)))
    write_table(out, "addresses", ADDRESSES, iter([enriched.addresses]))
    write_table(out, "controls", CONTROLS, iter([enriched.controls]))
    write_table(out, "traits", TRAITS, each_part(staging, "traits"))
    write_groups(out, grouped)
    timings["writing"] = round(time.monotonic() - clock, 3)
    record["timings"] = timings
    record["finished"] = datetime.now(UTC).isoformat()
    Case(out, record).write_report()
    with replacing(out / "run.json") as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    shutil.rmtree(staging)


def find_late_in(
    staging: Path, databases: list[Database], addresses: pa.Table
) -> tuple[dict[int, dict[str, pa.Array]], dict[int, dict[str, pa.Array]]]:
    """Return the rows of messages and of hops, by part and rule, on which the rules fire that ask about addresses.

    Args:
        staging: Holds the parts of both.
        databases: Open IP databases, in their order.
        addresses: The addresses table.
    """
    in_messages: dict[int, dict[str, pa.Array]] = {}
    in_hops: dict[int, dict[str, pa.Array]] = {}
    both = zip(each_part(staging, "messages", OF_MESSAGES), each_part(staging, "hops", HOP_COLUMNS), strict=True)
    for number, (messages, hops) in enumerate(both):
        lines, rows = find_late(messages, hops, databases, addresses)
        if lines:
            in_messages[number], in_hops[number] = rows, lines
    return in_messages, in_hops


def with_findings(
    parts: Iterator[pa.Table], schema: pa.Schema, rows: dict[int, dict[str, pa.Array]]
) -> Iterator[pa.Table]:
    """Give the parts of a table with findings added in the rows of each part.

    Args:
        parts: The parts.
        schema: Of the table.
        rows: By number of the part and rule, the rows.
    """
    place = schema.get_field_index("findings")
    for number, part in enumerate(parts):
        if number in rows:
            part = part.set_column(place, schema.field(place), add_findings(part["findings"], rows[number]))
        yield part


def with_column(parts: Iterator[pa.Table], name: str, column: pa.Array | pa.ChunkedArray) -> Iterator[pa.Table]:
    """Give the parts of the messages table with one column filled, whose rows stand in the same order."""
    start = 0
    place = MESSAGES.get_field_index(name)
    for part in parts:
        piece = column.slice(start, len(part))
        start += len(part)
        yield part.set_column(place, MESSAGES.field(place), piece.cast(MESSAGES.field(place).type))


def with_devices(parts: Iterator[pa.Table], columns: pa.Table | None) -> Iterator[pa.Table]:
    """Give the parts of the messages table with what is known of devices; null where no banners were given."""
    if columns is not None:
        for name in columns.column_names:
            parts = with_column(parts, name, columns[name])
    return parts


def problem_rows(problems: list[Problem]) -> Iterator[pa.Table]:
    """Give rows of the problems table."""
    if problems:
        rows = [{name: getattr(item, name) for name in PROBLEMS.names} for item in problems]
        yield pa.Table.from_pylist(rows, schema=PROBLEMS)
