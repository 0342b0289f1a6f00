"""`attribution report`: the page and the summary of a case, once more."""

from __future__ import annotations

from pathlib import Path

import click

from attribution.cli import options
from attribution.cli.exits import Exit

__all__ = ["report"]


@click.command(short_help="Write the page of a case and print its summary.")
@click.argument("case", metavar="CASE", type=click.Path(path_type=Path))
@options.as_json
@options.strict
def report(case: Path, json: bool, strict: bool) -> int:
    """Write the page of a case (report.html in its folder) anew and print its summary.

    \b
    Examples:
      attribution report case
      attribution report case --json | jq .handover_grades
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution.case import open_case
    from attribution.cli.console import result_console
    from attribution.cli.streams import write_json
    from attribution.cli.summary_view import show_summary

    opened = open_case(case)
    opened.write_report()
    summary = opened.summary()
    if json:
        write_json(summary.as_dict())
    else:
        show_summary(result_console(), summary)
    return Exit.PROBLEMS if strict and summary.flawed else Exit.DONE
