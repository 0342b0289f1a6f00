"""`attribution claims`: what somebody published, held against a case."""

from __future__ import annotations

from pathlib import Path

import click

from attribution.cli import options
from attribution.cli.exits import Exit

__all__ = ["claims"]


@click.command(short_help="Hold published claims against a case.")
@click.argument("case", metavar="CASE", type=click.Path(path_type=Path))
@click.argument("file", metavar="CLAIMS.toml")
@options.option(
    "--only",
    multiple=True,
    metavar="KEY|NAME",
    help="A campaign that the claims are about, by its key or the name that `pin` gave it; only its mail is counted. "
    "Repeatable.",
)
@options.option(
    "--sample",
    type=float,
    metavar="SHARE",
    help="The case is a sample, and holds this share of the mail that was claimed about (0.1 for a tenth): absolute "
    "numbers are then estimates, and not testable.",
)
@options.option("--queries", is_flag=True, help="Print the SQL behind each figure.")
@options.as_json
def claims(case: Path, file: str, only: tuple[str, ...], sample: float | None, queries: bool, json: bool) -> int:
    """Say for each claim of a file whether the case supports it, contradicts it, or cannot tell.

    Each verdict comes with its figure and interval, the rows behind it, and what it supposes. The claims are held
    against each other too. CLAIMS.toml is a file of yours, or one that comes with the program: proofpoint-2014 or
    symantec-2014, the two readings of one run.

    \b
    Examples:
      attribution claims case proofpoint-2014
      attribution claims case claims.toml --only 25008494628049163
      attribution claims case claims.toml --json | jq '.claims[] | [.id, .verdict]'
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution.case import open_case
    from attribution.claims import ClaimsFileError, check_claims, read_claims
    from attribution.cli.claims_view import show_claims
    from attribution.cli.console import result_console
    from attribution.cli.streams import say, write_json

    try:
        read = read_claims(file)
    except ClaimsFileError as error:
        for problem in error.problems:
            say(f"error: {problem}")
        return Exit.USAGE
    found = check_claims(open_case(case), read, sample=sample, campaigns=only)
    if json:
        write_json(found.as_dict())
    else:
        show_claims(result_console(), found, queries=queries)
    return Exit.DONE
