"""The end of a run: what concerns all messages at once, and the final tables in their place."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from attribution import campaigns, enrich
from attribution._files import replacing
from attribution.case import Case
from attribution.pipeline.addresses import gather_addresses
from attribution.pipeline.parts import each_part, part_path, parts_of, read_parts, write_part
from attribution.pipeline.provider_lines import HOP_COLUMNS, MESSAGE_COLUMNS, add_finding, find_elsewhere
from attribution.tables import ADDRESSES, CAMPAIGNS, EVIDENCE, HOPS, MESSAGES, PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from attribution.enrich import Database

__all__ = ["finish"]

PART_ROWS = 50_000
"""Rows from which a final part is closed; small batches are put together up to here."""

_DESCRIBED = ["message", "sha256", "date", "received_at", "subject", "handover_ip", "origin_ip"]


def finish(
    out: Path,
    staging: Path,
    databases: list[Database],
    record: dict[str, Any],
    timings: dict[str, float],
    step: Callable[[str], None],
) -> None:
    """Look up addresses, find campaigns, write the final tables, the run record and the report.

    It can be done again from the start at any moment until `run.json`, the last file, is in its place.

    Args:
        out: The case folder.
        staging: Holds the parts of all batches.
        databases: Asked in this order.
        record: What `run.json` is to hold, but for the end of the run; completed here.
        timings: Seconds by step; added to.
        step: Called with the name of each step.
    """
    for left in out.glob(".*.tmp"):  # of a run that was killed as it wrote its last files
        left.unlink()
    clock = time.monotonic()
    step("addresses")
    messages = read_parts(staging, "messages", _DESCRIBED)
    tally = enrich.Tally()
    addresses = _enrich(gather_addresses(messages), databases, tally)
    record["lookups"] = _plain(tally)
    in_messages, in_hops = _find_elsewhere(staging, databases)
    timings["addresses"] = round(time.monotonic() - clock, 3)

    clock = time.monotonic()
    step("campaigns")
    traits = read_parts(staging, "traits", campaigns.TRAITS.names)
    clustering = campaigns.find(traits)
    # Both tables come out of the same batches, so that their rows stand in the same order.
    shown = messages.append_column("subject_template", traits["subject_template"])
    described, evidence = campaigns.describe(clustering, shown, addresses)
    timings["campaigns"] = round(time.monotonic() - clock, 3)

    clock = time.monotonic()
    step("writing")
    noted = _with_findings(each_part(staging, "messages"), MESSAGES, in_messages)
    _write(out, "messages", MESSAGES, _with_campaign(noted, clustering.labels))
    _write(out, "hops", HOPS, _with_findings(each_part(staging, "hops"), HOPS, in_hops))
    _write(out, "problems", PROBLEMS, each_part(staging, "problems"))
    _write(out, "addresses", ADDRESSES, iter([addresses]))
    _write(out, "campaigns", CAMPAIGNS, iter([described]))
    _write(out, "evidence", EVIDENCE, iter([evidence]))
    timings["writing"] = round(time.monotonic() - clock, 3)
    record["timings"] = timings
    record["finished"] = datetime.now(UTC).isoformat()
    Case(out, record).write_report()
    with replacing(out / "run.json") as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    shutil.rmtree(staging)


def _enrich(addresses: pa.Table, databases: list[Database], tally: enrich.Tally) -> pa.Table:
    """Add what the databases know; columns that no step fills yet are null."""
    known = enrich.look_up(addresses, databases, tally)
    columns = [
        known[field.name].cast(field.type) if field.name in known.column_names else pa.nulls(len(known), field.type)
        for field in ADDRESSES
    ]
    return pa.table(columns, schema=ADDRESSES)


def _plain(tally: enrich.Tally) -> dict[str, Any]:
    """Return what the look-ups counted as values that JSON holds."""
    values = {item.name: getattr(tally, item.name) for item in fields(tally)}
    return {name: value if isinstance(value, int) else dict(sorted(value.items())) for name, value in values.items()}


def _find_elsewhere(staging: Path, databases: list[Database]) -> tuple[dict[int, pa.Array], dict[int, pa.Array]]:
    """Return the rows of messages and of hops, by part, on which the rule fires that needs the databases."""
    in_messages: dict[int, pa.Array] = {}
    in_hops: dict[int, pa.Array] = {}
    if not databases:
        return in_messages, in_hops
    both = zip(each_part(staging, "messages", MESSAGE_COLUMNS), each_part(staging, "hops", HOP_COLUMNS), strict=True)
    for number, (messages, hops) in enumerate(both):
        lines, rows = find_elsewhere(messages, hops, databases)
        if len(lines):
            in_messages[number], in_hops[number] = rows, lines
    return in_messages, in_hops


def _with_findings(parts: Iterator[pa.Table], schema: pa.Schema, rows: dict[int, pa.Array]) -> Iterator[pa.Table]:
    """Give the parts of a table with the finding added in the rows of each part."""
    place = schema.get_field_index("findings")
    for number, part in enumerate(parts):
        if number in rows:
            part = part.set_column(place, schema.field(place), add_finding(part["findings"], rows[number]))
        yield part


def _with_campaign(parts: Iterator[pa.Table], labels: pa.Array) -> Iterator[pa.Table]:
    """Give the parts of the messages table with their campaigns, which stand in the same order in `labels`."""
    start = 0
    place = MESSAGES.get_field_index("campaign")
    for part in parts:
        column = labels.slice(start, len(part))
        start += len(part)
        yield part.set_column(place, MESSAGES.field(place), column)


def _write(out: Path, table: str, schema: pa.Schema, tables: Iterator[pa.Table]) -> None:
    """Write a final table in parts of a good size; what an earlier attempt left is replaced."""
    shutil.rmtree(out / table, ignore_errors=True)
    waiting: list[pa.Table] = []
    number = 0
    for piece in tables:
        waiting.append(piece)
        if sum(map(len, waiting)) >= PART_ROWS:
            write_part(part_path(out, table, number), pa.concat_tables(waiting).combine_chunks())
            waiting, number = [], number + 1
    if waiting or not parts_of(out, table):
        rest = pa.concat_tables(waiting).combine_chunks() if waiting else schema.empty_table()
        write_part(part_path(out, table, number), rest)
