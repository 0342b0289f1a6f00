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
from attribution.pipeline.parts import each_part, read_parts, write_table
from attribution.pipeline.provider_lines import HOP_COLUMNS, add_finding, find_elsewhere
from attribution.pipeline.provider_lines import MESSAGE_COLUMNS as TIMED
from attribution.tables import ADDRESSES, CONTROLS, HOPS, MESSAGES, PROBLEMS, TRAITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from attribution.campaigns import Background
    from attribution.enrich import Database
    from attribution.models import Problem
    from attribution.pipeline.enrichment import Enricher

__all__ = ["DESCRIBED", "find_elsewhere_in", "finish", "problem_rows", "with_column", "with_devices", "with_findings"]

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
    enriched = enricher.run(messages, out)
    record |= enriched.record
    in_messages, in_hops = find_elsewhere_in(staging, enricher.databases)
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


def find_elsewhere_in(staging: Path, databases: list[Database]) -> tuple[dict[int, pa.Array], dict[int, pa.Array]]:
    """Return the rows of messages and of hops, by part, on which the rule fires that needs the databases.

    Args:
        staging: Holds the parts of both.
        databases: Open IP databases, in their order.
    """
    in_messages: dict[int, pa.Array] = {}
    in_hops: dict[int, pa.Array] = {}
    if not databases:
        return in_messages, in_hops
    both = zip(each_part(staging, "messages", TIMED), each_part(staging, "hops", HOP_COLUMNS), strict=True)
    for number, (messages, hops) in enumerate(both):
        lines, rows = find_elsewhere(messages, hops, databases)
        if len(lines):
            in_messages[number], in_hops[number] = rows, lines
    return in_messages, in_hops


def with_findings(parts: Iterator[pa.Table], schema: pa.Schema, rows: dict[int, pa.Array]) -> Iterator[pa.Table]:
    """Give the parts of a table with the finding added in the rows of each part.

    Args:
        parts: The parts.
        schema: Of the table.
        rows: By number of the part, the rows.
    """
    place = schema.get_field_index("findings")
    for number, part in enumerate(parts):
        if number in rows:
            part = part.set_column(place, schema.field(place), add_finding(part["findings"], rows[number]))
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
