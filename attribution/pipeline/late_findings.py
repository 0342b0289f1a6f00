"""Findings that need what is known of addresses: made when the mail has been read, and anew when that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.pipeline import home_relays, provider_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from attribution.enrich import Database

__all__ = ["HOP_COLUMNS", "MESSAGE_COLUMNS", "add_findings", "find_late", "renew_findings"]

HOP_COLUMNS = list(dict.fromkeys([*provider_lines.HOP_COLUMNS, *home_relays.HOP_COLUMNS]))
"""What must be known of each line."""
MESSAGE_COLUMNS = list(dict.fromkeys([*provider_lines.MESSAGE_COLUMNS, *home_relays.MESSAGE_COLUMNS]))
"""What must be known of each message."""
_RULES = (provider_lines.RULE, home_relays.RULE)


def find_late(
    messages: pa.Table, hops: pa.Table, databases: Sequence[Database], addresses: pa.Table
) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
    """Return by rule the rows of the hops on which it fires, and those of their messages, all in order.

    Args:
        messages: With `MESSAGE_COLUMNS`.
        hops: All lines of these messages, newest first, with `HOP_COLUMNS`.
        databases: In the order in which they are asked.
        addresses: The addresses table, at least `ip` and `access`.
    """
    found = {home_relays.RULE: home_relays.find_home_relays(messages, hops, addresses)}
    if databases:
        found[provider_lines.RULE] = provider_lines.find_elsewhere(messages, hops, databases)
    fired = {rule: found[rule] for rule in _RULES if rule in found and len(found[rule][0])}
    return {rule: lines for rule, (lines, _) in fired.items()}, {rule: rows for rule, (_, rows) in fired.items()}


def add_findings(findings: pa.ChunkedArray, rows: Mapping[str, pa.Array]) -> pa.ChunkedArray:
    """Return a column of findings with rules added in some rows.

    Args:
        findings: Lists of rule ids.
        rows: By rule, distinct rows.
    """
    for rule, places in rows.items():
        if len(places):
            more = [[*found, rule] for found in findings.take(places).to_pylist()]
            findings = _exchanged(findings, places, more)
    return findings


def renew_findings(parts: Iterator[pa.Table], schema: pa.Schema, rows: Mapping[str, pa.Array]) -> Iterator[pa.Table]:
    """Give the parts of a table with the rules in some rows, and in no others, whatever an earlier look said.

    Args:
        parts: In order; a column `findings` holds lists of rule ids.
        schema: Of the table.
        rows: By rule distinct rows, in order, counted over all parts.
    """
    place = schema.get_field_index("findings")
    start = 0
    late = pa.array(_RULES)
    for part in parts:
        column = part["findings"].combine_chunks()
        found = pc.list_parent_indices(column).filter(pc.is_in(pc.list_flatten(column), value_set=late))
        cleaned = part["findings"]
        if len(found):
            found = pc.unique(found)
            less = [[name for name in names if name not in _RULES] for names in column.take(found).to_pylist()]
            cleaned = _exchanged(cleaned, found, less)
        here = {rule: _within(wanted, start, len(part)) for rule, wanted in rows.items()}
        start += len(part)
        yield part.set_column(place, schema.field(place), add_findings(cleaned, here))


def _within(rows: pa.Array, start: int, count: int) -> pa.Array:
    """Return those of some rows that lie in one part, counted from its start."""
    inside = rows.filter(pc.and_(pc.greater_equal(rows, start), pc.less(rows, start + count)))
    return pc.subtract(inside, start)


def _exchanged(column: pa.ChunkedArray, rows: pa.Array, values: list[list[str]]) -> pa.ChunkedArray:
    """Return a column with other values in some distinct rows."""
    places = np.arange(len(column))
    places[rows.to_numpy()] = len(column) + np.arange(len(rows))
    return pa.chunked_array([*column.chunks, pa.array(values, column.type)]).take(pa.array(places))
