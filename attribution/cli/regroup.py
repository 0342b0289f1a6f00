"""`attribution regroup`: the campaigns of a case, found again."""

from __future__ import annotations

from pathlib import Path

import click

from attribution.cli import options
from attribution.cli.exits import Exit
from attribution.cli.program import InterruptedRun

__all__ = ["regroup"]


@click.command(short_help="Find the campaigns of a case again.")
@click.argument("case", metavar="CASE", type=click.Path(path_type=Path))
@options.background
@options.as_json
def regroup(case: Path, background: Path | None, json: bool) -> int:
    """Find the campaigns of a finished case again, with the decisions in its decisions.toml.

    The mail is not read again. A campaign keeps its key as long as it has most of its messages; the keys of those that
    it takes up become its aliases. It also brings a change to its end that was stopped half-way.

    \b
    Examples:
      attribution regroup case
      attribution regroup case --background quiet-mailbox-case
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution import pipeline
    from attribution.cli.console import result_console
    from attribution.cli.progress import live_progress
    from attribution.cli.streams import write_json
    from attribution.cli.summary_view import show_summary

    try:
        with live_progress() as live:
            done = pipeline.regroup_case(case, background=background, progress=live.update, notice=live.notice)
    except KeyboardInterrupt as stop:
        message = "interrupted: to go on, give the same command again; until then the case is as it was, or says so"
        raise InterruptedRun(message) from stop
    summary = done.summary()
    if json:
        write_json(summary.as_dict())
    else:
        show_summary(result_console(), summary)
    return Exit.DONE
