"""The command `attribution`: its commands, version and help."""

from __future__ import annotations

import click

from attribution._version import __version__
from attribution.cli.analyze import analyze
from attribution.cli.check import check
from attribution.cli.claims import claims
from attribution.cli.data import data
from attribution.cli.decide import cut, pin
from attribution.cli.dialects import dialects
from attribution.cli.enrich import enrich
from attribution.cli.exits import MEANINGS
from attribution.cli.program import Program
from attribution.cli.regroup import regroup
from attribution.cli.report import report
from attribution.cli.score import score
from attribution.cli.simulate import simulate
from attribution.cli.trace import trace
from attribution.cli.why import why

__all__ = ["attribution"]

_EPILOG = "\b\nExit codes:\n" + "\n".join(f"  {code:>3}  {text}" for code, text in MEANINGS.items())


@click.group(
    cls=Program,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "--version", prog_name="attribution")
def attribution() -> None:
    """Say where each message of a mail dump came from, with the evidence.

    \b
    Examples:
      attribution analyze dump.mbox --out case
      attribution trace suspicious.eml
      attribution data install ipinfo-lite

    Results go to standard output, progress and notices to standard error. The input is only read; nothing but
    `data install` uses the network. Every option can be set by an environment variable, named in the help of
    its command.
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)


for command in (analyze, enrich, regroup, pin, cut, why, trace, report, check, claims, score, simulate, dialects, data):
    attribution.add_command(command)
