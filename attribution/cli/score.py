"""`attribution score`: a case against the truth about its mail."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from attribution.cli import options

if TYPE_CHECKING:
    from attribution.score import ScanMatch

__all__ = ["score"]


@click.command(short_help="Measure a case against the truth about its mail.")
@click.argument("case", metavar="CASE", type=click.Path(path_type=Path))
@click.argument("truth", metavar="TRUTH", type=click.Path(path_type=Path))
@options.as_json
def score(case: Path, truth: Path, json: bool) -> None:
    """Measure a case against the truth about its mail: how much of what it says is right.

    TRUTH is a Parquet file, or a folder of them. A table about messages has a column sha256, or source and offset, and
    any of handover_ip, origin_ip, forged, received_at, campaign, kind, botnet, sender_kind, machine. A table about
    addresses has ip, and any of asn, country, access, hosts, device_type, banner, sent_by, neighbour. What is missing
    is not scored, and named. Intervals are of 95 %, after Wilson.

    \b
    Examples:
      attribution simulate --preset thingbot-2014 --messages 50000 --seed 1 --out made
      attribution score case made
      attribution score case truth.parquet --json | jq .campaigns.all.f1
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution.cli.console import result_console
    from attribution.cli.score_view import show_score
    from attribution.cli.streams import say, write_json
    from attribution.pipeline import score_case
    from attribution.score import read_truth

    known = read_truth(truth)
    card = score_case(case, known)
    warning = None if card.scan is None or card.scan.same else _other_scan(case, card.scan)
    if warning is not None:
        say(f"warning: {warning}")
    if json:
        told = {"case": str(case), "truth": list(known.files), "ignored": list(known.ignored), "warning": warning}
        write_json({**told, **card.as_dict()})
    else:
        show_score(result_console(), card, known)


def _other_scan(case: Path, scan: ScanMatch) -> str:
    """Return that a case knows its devices from another scan than that of the truth, and what to do."""
    first, more = scan.others[0], len(scan.others) - 1
    named = first if not more else f"{first} and {more:,} more"
    return (
        f"{case} was enriched with {named}, which the simulation of this truth did not write: figures on devices and "
        "the verdict on who sent may be about another world. For those of this one: attribution enrich "
        f"{shlex.quote(str(case))} --banners {shlex.quote(scan.folder)}"
    )
