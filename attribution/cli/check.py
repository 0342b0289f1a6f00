"""`attribution check`: the handover against what the receiver's own fields say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from attribution.cli import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from rich.console import Console

    from attribution.case import Case
    from attribution.report.agreement import Agreement

__all__ = ["check"]


@click.command(short_help="Compare the handover addresses of a case with other fields.")
@click.argument("case", metavar="CASE", type=click.Path(path_type=Path))
@options.as_json
def check(case: Path, json: bool) -> None:
    """Compare the handover addresses of a case with what other fields of the receiver say.

    A receiver may write down the client's address in other fields too, such as Received-SPF. Where they name
    one, it should be the handover. Both can be wrong together, and fields may describe another hop: what
    differs is shown with its place and reason, to be looked at.

    \b
    Examples:
      attribution check case
      attribution check case --json | jq '.differing, .comparable'
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution.case import open_case
    from attribution.cli.console import result_console
    from attribution.cli.streams import write_json
    from attribution.report.agreement import agreement

    opened = open_case(case)
    found = agreement(_messages(opened))
    if json:
        write_json(found.as_dict())
    else:
        _show(result_console(), found, (opened.run.get("receiver") or {}).get("sentences") or ())


def _messages(case: Case) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from attribution.errors import CaseError
    from attribution.report.agreement import COMPARED

    for part in sorted((case.path / "messages").glob("part-*.parquet")):
        try:
            names = pq.read_schema(part).names
        except (OSError, pa.ArrowException):
            break  # Reading the table says what is wrong with it.
        missing = [name for name in COMPARED if name not in names]
        if missing:
            message = (
                f"{case.path}: an older version wrote this case: its messages lack {', '.join(missing)}; "
                "run the analysis again into a new folder"
            )
            raise CaseError(message)
    return case.table("messages", COMPARED)


def _show(console: Console, found: Agreement, receiver: Sequence[str]) -> None:
    from rich.text import Text

    from attribution.cli.layout import columns, heading, pairs, paragraph, share, text

    console.print(Text(f"{found.comparable:,} of {found.messages:,} messages can be compared", "bold"))
    if not found.comparable:
        paragraph(console, "No field of the receiver beside its Received lines names a client's address.")
    pairs(
        console,
        [
            ("agreeing", f"{found.agreeing:,}  {share(found.agreeing, found.comparable)}"),
            ("differing", f"{found.differing:,}  {share(found.differing, found.comparable)}"),
            ("no handover", f"{found.no_handover:,}, though fields name an address"),
            ("no statement", f"{found.no_statement:,}: fields name no address, or several"),
        ],
    )
    if receiver:
        heading(console, "Receiver")
    for sentence in receiver:
        paragraph(console, sentence)
    if found.fields:
        heading(console, "By field")
        table = columns("field", "agreeing", "differing", right=("agreeing", "differing"))
        for item in found.fields:
            table.add_row("", text(item.field), f"{item.agreeing:,}", f"{item.differing:,}")
        console.print(table)
    for example in found.examples:
        place = example.source if example.member is None else f"{example.source}: {example.member}"
        heading(console, "Differs")
        pairs(
            console,
            [
                ("message", f"{place}, byte {example.offset:,}"),
                ("handover", f"{example.handover_ip}  {example.handover_grade}"),
                ("reason", example.handover_reason),
                ("fields say", f"{example.client_ip}  ({', '.join(example.client_fields)})"),
            ],
        )
    if found.differing > len(found.examples):
        paragraph(console, f"and {found.differing - len(found.examples):,} more that differ", "dim")
