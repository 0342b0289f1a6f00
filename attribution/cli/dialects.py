"""`attribution dialects`: the table of Received formats, and the lines of a case that it does not know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attribution._text import escape_control
from attribution.cli import options
from attribution.errors import UsageError

if TYPE_CHECKING:
    from attribution.headers.dialect_table import Dialect, Marks

__all__ = ["dialects"]

_GROUPS = 20
_STANZAS = 3
_MARKS = {"product": "product", "protocol": "protocol", "via": "via", "by": "by"}
_MARKS |= {"queue_id": "id", "date": "date", "peer": "from"}


@click.command(short_help="List the formats of Received lines that are known.")
@click.argument("name", metavar="[ID]", required=False)
@options.option(
    "--unknown",
    type=click.Path(path_type=Path),
    metavar="CASE",
    help="Group the lines of this case that no format reads, with entries to fill in.",
)
@options.as_json
def dialects(name: str | None, unknown: Path | None, json: bool) -> None:
    """List the formats of Received lines that are known; with ID show one with its examples.

    \b
    Examples:
      attribution dialects
      attribution dialects exim
      attribution dialects --unknown case
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution.cli.streams import write_json
    from attribution.headers.dialect_table import dialect_table

    if name is not None and unknown is not None:
        message = "give either the ID of a format or --unknown CASE"
        raise UsageError(message)
    if unknown is not None:
        _unknown(unknown, json)
        return
    known = dialect_table().dialects
    if name is not None:
        known = tuple(dialect for dialect in known if dialect.id == name)
        if not known:
            message = f"no format has the id {name!r}; list them with: attribution dialects"
            raise UsageError(message)
    if json:
        found = [_as_dict(dialect, examples=name is not None) for dialect in known]
        write_json(found if name is None else found[0])
        return
    for dialect in known:
        _show(dialect, examples=name is not None)


def _unknown(path: Path, json: bool) -> None:
    import pyarrow.compute as pc

    from attribution.case import open_case
    from attribution.cli.streams import write_json
    from attribution.headers.unknown_lines import group_unknown, stanza

    hops = open_case(path).table("hops", ("status", "raw"))
    lines = hops.filter(pc.equal(hops["status"], "unknown"))["raw"].drop_null()
    groups = group_unknown(line.as_py() for line in lines)
    if json:
        write_json([{**group.as_dict(), "stanza": stanza(group)} for group in groups])
        return
    _print(f"{len(lines):,} of {hops.num_rows:,} lines are in no known format, in {len(groups):,} shapes")
    for group in groups[:_GROUPS]:
        _print(f"{group.lines:,}  {group.share:.1%}  {group.shape}")
        _print(f"    {' '.join(group.example.split())}")
    if len(groups) > _GROUPS:
        _print(f"and {len(groups) - _GROUPS:,} more shapes, all of them with --json")
    for group in groups[:_STANZAS]:
        _print("")
        for line in stanza(group).splitlines():
            _print(line)


def _show(dialect: Dialect, examples: bool) -> None:
    _print(f"{dialect.id}: {dialect.name}, since {dialect.since}, {len(dialect.examples):,} examples")
    for marks in dialect.marks:
        words = [f"{name} {pattern}" for name, pattern in _patterns(marks).items()]
        _print(f"  marked by {'; '.join(words) or 'its shape alone'}")
    _print(f"  source: {dialect.source}")
    if examples:
        for example in dialect.examples:
            _print(f"  matches {example.line}")
            for key, value in example.expected.items():
                _print(f"    {key} = {value}")
        for line in dialect.differ:
            _print(f"  differs {line}")


def _as_dict(dialect: Dialect, examples: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": dialect.id,
        "name": dialect.name,
        "since": dialect.since,
        "source": dialect.source,
        "marks": [_patterns(marks) for marks in dialect.marks],
        "example_count": len(dialect.examples),
    }
    if examples:
        plain["examples"] = [{"line": example.line, **example.expected} for example in dialect.examples]
        plain["differ"] = list(dialect.differ)
    return plain


def _patterns(marks: Marks) -> dict[str, str]:
    found = {name: getattr(marks, slot) for slot, name in _MARKS.items()}
    return {name: pattern.pattern for name, pattern in found.items() if pattern is not None}


def _print(line: str) -> None:
    click.echo(escape_control(line))
