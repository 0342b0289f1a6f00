"""`attribution analyze`: the main job."""

from __future__ import annotations

from pathlib import Path

import click

from attribution.cli import options
from attribution.cli.exits import Exit
from attribution.cli.program import InterruptedRun

__all__ = ["analyze"]


@click.command(short_help="Analyse mail and write a case folder.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(allow_dash=True, readable=False))
@options.option(
    "--out",
    required=True,
    metavar="CASE",
    type=click.Path(path_type=Path),
    help="The case folder to write; it must be new or empty.",
)
@options.trust
@options.mmdb
@options.banners
@options.access
@options.device_rules
@options.max_gap
@options.window
@options.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Worker processes.  [default: one for each core]"
)
@options.option("--resume", is_flag=True, help="Go on with a run of the same input that was stopped.")
@options.headers_only
@options.as_json
@options.strict
def analyze(
    paths: tuple[str, ...],
    out: Path,
    trust: tuple[str, ...],
    mmdb: tuple[Path, ...],
    banners: tuple[Path, ...],
    access: tuple[Path, ...],
    device_rules: tuple[Path, ...],
    max_gap: int | None,
    window: int | None,
    workers: int | None,
    resume: bool,
    headers_only: bool,
    json: bool,
    strict: bool,
) -> int:
    """Analyse mail and write a case folder: tables, run record and report.

    PATH is a file or folder of any kind of mail, told by its content: mbox, Maildir, single messages, archives
    (tar, zip) and compressed files (gzip, bzip2, xz) of those; - is standard input.

    \b
    Examples:
      attribution analyze dump.mbox --out case
      attribution analyze mail/ more.tar.xz --out case --trust mx.example.net --trust 192.0.2.0/24
      attribution analyze dump.mbox --out case --banners shodan.json.gz --mmdb GeoLite2-City.mmdb
      zcat dump.gz | attribution analyze - --out case --json | jq .networks
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution import pipeline
    from attribution.cli.console import result_console
    from attribution.cli.progress import live_progress
    from attribution.cli.streams import write_json
    from attribution.cli.summary_view import show_summary

    try:
        with live_progress() as live:
            case = pipeline.analyze(
                paths,
                out=out,
                trust=trust,
                mmdb=mmdb,
                banners=banners,
                access=access,
                device_rules=device_rules,
                max_gap=pipeline.MAX_GAP_DAYS if max_gap is None else max_gap,
                window=pipeline.WINDOW_DAYS if window is None else window,
                workers=workers,
                resume=resume,
                headers_only=headers_only,
                progress=live.update,
                notice=live.notice,
            )
    except KeyboardInterrupt as stop:
        message = "interrupted: what is done is kept; to go on, give the same command with --resume"
        raise InterruptedRun(message) from stop
    summary = case.summary()
    if json:
        write_json(summary.as_dict())
    else:
        show_summary(result_console(), summary)
    return Exit.PROBLEMS if strict and summary.flawed else Exit.DONE
