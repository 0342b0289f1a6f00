"""`attribution enrich`: what is known of a case's addresses, looked up again."""

from __future__ import annotations

from pathlib import Path

import click

from attribution.cli import options
from attribution.cli.exits import Exit
from attribution.cli.program import InterruptedRun

__all__ = ["enrich"]


@click.command(short_help="Look up the addresses of a case again, with other data.")
@click.argument("case", metavar="CASE", type=click.Path(path_type=Path))
@options.mmdb
@options.banners
@options.access
@options.device_rules
@options.max_gap
@options.window
@options.as_json
@options.strict
def enrich(
    case: Path,
    mmdb: tuple[Path, ...],
    banners: tuple[Path, ...],
    access: tuple[Path, ...],
    device_rules: tuple[Path, ...],
    max_gap: int | None,
    window: int | None,
    json: bool,
    strict: bool,
) -> int:
    """Look up the addresses of a finished case again: networks, places, access, banners, devices.

    The mail is not read again. What is not named is as in the last run: its databases and scan files are read where
    they lie. What is named takes the place of what was: to add a scan, name the earlier ones too. The result is what
    analyze gives with the same options.

    \b
    Examples:
      attribution enrich case --banners shodan-2014-01.json.gz --banners more-scans/
      attribution enrich case --banners scans/ --mmdb GeoLite2-City.mmdb --mmdb ipasn.dat.gz@2014-05-13
      attribution enrich case --window 7 --json | jq .devices.said
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution import pipeline
    from attribution.cli.console import result_console
    from attribution.cli.progress import live_progress
    from attribution.cli.streams import write_json
    from attribution.cli.summary_view import show_summary

    try:
        with live_progress() as live:
            done = pipeline.enrich_case(
                case,
                mmdb=mmdb or None,
                banners=banners or None,
                access=access or None,
                device_rules=device_rules or None,
                max_gap=max_gap,
                window=window,
                progress=live.update,
                notice=live.notice,
            )
    except KeyboardInterrupt as stop:
        message = "interrupted: to go on, give the same command again; until then the case is as it was, or says so"
        raise InterruptedRun(message) from stop
    summary = done.summary()
    if json:
        write_json(summary.as_dict())
    else:
        show_summary(result_console(), summary)
    return Exit.PROBLEMS if strict and summary.flawed else Exit.DONE
