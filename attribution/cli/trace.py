"""`attribution trace`: one message, hop by hop."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from click.core import ParameterSource

from attribution.cli import options

__all__ = ["trace"]


@click.command(short_help="Show the way of one message, hop by hop.")
@click.argument("file", metavar="FILE|-", type=click.Path(allow_dash=True, readable=False))
@options.option(
    "--case",
    metavar="CASE",
    type=click.Path(path_type=Path),
    help="A finished case that the message is from: its receiver is taken, as it was learnt from all mail or named, "
    "its IP databases and its lists of access types.",
)
@options.trust
@options.mmdb
@options.headers_only
@options.as_json
def trace(
    file: str, case: Path | None, trust: tuple[str, ...], mmdb: tuple[Path, ...], headers_only: bool, json: bool
) -> None:
    """Show the way of one message, from the newest line down, and what it holds.

    Each line is shown with whether the receiver wrote it and why; then the address that handed the message
    over and the earliest one that is claimed, each with its grade, reason and place in the message. Of a file
    of many messages the first is taken; - is standard input. One message alone does not show what analyze learnt
    from all of them: with --case both say the same.

    \b
    Examples:
      attribution trace suspicious.eml
      attribution trace suspicious.eml --case case
      attribution trace suspicious.eml --trust mx.example.net --json
      attribution trace - < suspicious.eml
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution import pipeline
    from attribution.cli.console import result_console
    from attribution.cli.streams import say, write_json
    from attribution.cli.trace_view import show_trace
    from attribution.limits import Limits

    limits = Limits()
    stdin = sys.stdin.buffer if file == "-" else None
    message, more = pipeline.first_message(file, limits, stdin)
    if more:
        say(f"{file} holds more than one message: this is the first.")
    if case is not None and trust:
        # What stands on the command line goes before environment variables.
        source = click.get_current_context().get_parameter_source
        if source("trust") is not source("case"):
            case, trust = (case, ()) if source("case") is ParameterSource.COMMANDLINE else (None, trust)
    found = pipeline.trace_message(message, trust, mmdb, headers_only, limits, case)
    if json:
        write_json(found.as_dict())
    else:
        show_trace(result_console(), found)
