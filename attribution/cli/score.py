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
    from attribution.case import open_case
    from attribution.cli.console import result_console
    from attribution.cli.score_view import show_score
    from attribution.cli.streams import write_json
    from attribution.enrich import devices, evidence
    from attribution.origin.rulebook import rules
    from attribution.score import SCORED, read_truth, score_case

    opened = open_case(case)
    known = read_truth(truth)
    tables = {name: opened.table(name, columns) for name, columns in SCORED.items()}
    things = [name for name in devices.device_types() if evidence.is_thing(name)]
    warnings = [rule.id for rule in rules().values() if rule.kind == "finding" and rule.severity != "info"]
    card = score_case(tables, opened.run, known, things=things, warnings=warnings)
    if json:
        write_json({"case": str(case), "truth": list(known.files), "ignored": list(known.ignored), **card.as_dict()})
    else:
        show_score(result_console(), card, known)
