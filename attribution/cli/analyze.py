"""`attribution analyze`: the main job."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from attribution.cli import options
from attribution.cli.exits import Exit
from attribution.cli.program import InterruptedRun

__all__ = ["analyze"]

_OF_THE_CASE = frozenset(
    ("trust", "mmdb", "banners", "access", "device_rules", "max_gap", "window", "headers_only", "background")
)


@click.command(short_help="Analyse mail and write a case folder.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(allow_dash=True, readable=False))
@options.option(
    "--out",
    metavar="CASE",
    type=click.Path(path_type=Path),
    help="The folder to write; it must be new or empty.",
)
@options.option(
    "--append",
    metavar="CASE",
    type=click.Path(path_type=Path),
    help="Add the mail to a finished case, with the options that it was made with. Campaigns keep their keys.",
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
@options.background
@options.as_json
@options.strict
def analyze(
    paths: tuple[str, ...],
    out: Path | None,
    append: Path | None,
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
    background: Path | None,
    json: bool,
    strict: bool,
) -> int:
    """Analyse mail and write a case folder: tables, run record and report.

    PATH is a file or folder of any kind of mail, told by its content: mbox, Maildir, single messages (.emlx of
    Apple Mail too), archives (tar, zip) and compressed files (gzip, bzip2, xz) of those; - is standard input.

    \b
    Examples:
      attribution analyze dump.mbox --out case
      attribution analyze mail/ more.tar.xz --out case --trust mx.example.net --trust 192.0.2.0/24
      attribution analyze dump.mbox --out case --banners shodan.json.gz --mmdb GeoLite2-City.mmdb
      attribution analyze mail-of-tuesday.mbox --append case
      zcat dump.gz | attribution analyze - --out case --json | jq .networks
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution import pipeline
    from attribution.cli.console import result_console
    from attribution.cli.progress import live_progress
    from attribution.cli.streams import write_json
    from attribution.cli.summary_view import show_summary

    target, is_append = _target(out, append)
    try:
        with live_progress() as live:
            if is_append:
                case = pipeline.append_mail(
                    target, paths, workers=workers, resume=resume, progress=live.update, notice=live.notice
                )
            else:
                case = pipeline.analyze(
                    paths,
                    out=target,
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
                    background=background,
                    progress=live.update,
                    notice=live.notice,
                )
    except KeyboardInterrupt as stop:
        raise InterruptedRun(f"interrupted: {_kept(target, is_append)}") from stop
    summary = case.summary()
    if json:
        write_json(summary.as_dict())
    else:
        console = result_console()
        show_summary(console, summary, live.said_beside(console))
    # What was named and cannot be read is no trait of the mail: whoever started the job has to know without --strict.
    not_read = any(source["sha256"] is None for source in case.run["sources"][-len(paths) :])
    return Exit.PROBLEMS if not_read or (strict and summary.flawed) else Exit.DONE


def _kept(case: Path, is_append: bool) -> str:
    """Return what of a run that was stopped there is, and how to go on."""
    from attribution.pipeline.analysis import STAGING
    from attribution.pipeline.append import APPENDING

    finished = not is_append and (case / "run.json").exists()
    if not finished and (case / (APPENDING if is_append else STAGING)).is_dir():
        return "what is done is kept; to go on, give the same command with --resume"
    if is_append:
        return f"{case} is as it was, or holds all of the new mail; to be sure, give the same command with --resume"
    return f"{case} holds a finished case" if finished else "nothing was written; to begin again, give the same command"


def _target(out: Path | None, append: Path | None) -> tuple[Path, bool]:
    """Return the case that is meant and whether mail is added to it, after a check of options that exclude one another.

    What stands on the command line goes before environment variables. Those that are meant for new cases give way to
    --append.
    """
    context = click.get_current_context()
    given = {name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    if out is not None and append is not None and len(given & {"out", "append"}) == 1:
        out, append = (out, None) if "out" in given else (None, append)
    if append is not None and out is None:
        others = sorted(given & _OF_THE_CASE)
        if others:
            named = ", ".join("--" + name.replace("_", "-") for name in others)
            message = f"{named}: --append takes the options that the case was made with; see attribution enrich"
            raise click.UsageError(message)
        return append, True
    if out is None or append is not None:
        message = "give --out CASE for a new case, or --append CASE to add mail to one"
        raise click.UsageError(message)
    return out, False
