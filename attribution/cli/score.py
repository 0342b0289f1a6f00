"""`attribution score`: a case against the truth about its mail."""

from __future__ import annotations

from pathlib import Path

import click

from attribution.cli import options

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
    from attribution.cli.streams import write_json
    from attribution.pipeline import score_case
    from attribution.score import read_truth

    known = read_truth(truth)
    card = score_case(case, known)
    if json:
        write_json({"case": str(case), "truth": list(known.files), "ignored": list(known.ignored), **card.as_dict()})
    else:
        show_score(result_console(), card, known)
