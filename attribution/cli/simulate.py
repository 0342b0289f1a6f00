"""`attribution simulate`: invented mail with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import click

from attribution.cli import options
from attribution.cli.exits import Exit
from attribution.cli.program import InterruptedRun

if TYPE_CHECKING:
    from attribution.simulate import State

__all__ = ["simulate"]

# The names that `attribution.simulate` knows: loading it here would slow down every other command.
_PRESETS = ("thingbot-2014", "office-dump", "newsletter-heavy", "archive-2002")
_FORMATS = ("mbox", "maildir", "eml", "tar.gz")
_VARIANTS = ("things", "nat")


@click.command(short_help="Write invented mail with the truth about it.")
@options.option(
    "--preset", type=click.Choice(_PRESETS), default=_PRESETS[0], show_default=True, help="What it is like."
)
@options.option(
    "--messages",
    type=click.IntRange(min=1, max=10_000_000),
    default=10_000,
    show_default=True,
    metavar="N",
    help="How many messages.",
)
@options.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    metavar="N",
    help="The same one, the same bytes.",
)
@options.option(
    "--out",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder to write; it must be new or empty.",
)
@options.option(
    "--format", type=click.Choice(_FORMATS), default=_FORMATS[0], show_default=True, help="What holds the mail."
)
@options.option(
    "--truth",
    type=click.Choice(_VARIANTS),
    default=_VARIANTS[0],
    show_default=True,
    help="Who sent the mail of the botnets: the things on the senders' addresses, or infected computers behind the "
    "same routers (nat). The mail is the same to the byte; the truth and the scan of the neighbours differ.",
)
@options.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Worker processes.  [default: one for each core]"
)
@options.as_json
def simulate(
    preset: str,
    messages: int,
    seed: int,
    out: Path,
    format: str,  # noqa: A002 (the option's name)
    truth: str,
    workers: int | None,
    json: bool,
) -> int:
    """Write a corpus of invented mail, with all that is needed to measure an analysis of it.

    \b
    The folder gets
      the mail           dump.mbox, Maildir/, mail/ or mail.tar.gz
      truth/             who really sent each message (messages.parquet), what stands at each address
                         (addresses.parquet)
      databases/         IP databases of the invented networks, for --mmdb
      scan/              what a scanner saw of senders and their neighbours, for --banners
      receiver.toml      who the receiver is, for --trust
      simulation.json    what this is, and counts

    \b
    Presets:
      thingbot-2014      the run of 23 December 2013 to 6 January 2014: bursts three times a day, at most
                         ten mails from an address of a bot, things and computers behind the addresses
      office-dump        three months of one organisation: mostly people, lists and newsletters, some spam
      newsletter-heavy   six weeks that are mostly newsletters and shops
      archive-2002       twelve weeks of 2002: discussion lists, the programs and servers of then; no scan

    Everything in it is made up. Addresses lie in networks from which no mail comes on the public Internet.

    \b
    Examples:
      attribution simulate --messages 20000 --seed 1 --out sim
      attribution simulate --messages 20000 --seed 1 --truth nat --out sim-nat
      attribution analyze sim/dump.mbox --out case --trust sim/receiver.toml --mmdb sim/databases/asn.mmdb \\
        --mmdb sim/databases/city.mmdb --banners sim/scan
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution.cli.console import result_console
    from attribution.cli.progress import live_progress
    from attribution.cli.streams import write_json
    from attribution.pipeline import Progress
    from attribution.simulate import simulate as write

    try:
        with live_progress() as live:

            def show(state: State) -> None:
                live.update(Progress(state.stage, state.done, state.total, state.messages))

            told = write(
                preset,
                messages,
                seed,
                out,
                format=format,
                truth=cast("Literal['things', 'nat']", truth),
                workers=workers,
                progress=show,
            )
    except KeyboardInterrupt as stop:
        message = f"interrupted: nothing of it was kept in {out}; to have it, give the same command again"
        raise InterruptedRun(message) from stop
    if json:
        write_json(told)
    else:
        console = result_console()
        for line in _lines(told, out):
            console.print(line, soft_wrap=True)
    return Exit.DONE


def _lines(told: dict[str, Any], out: Path) -> list[str]:
    """Return what was written, in a few lines."""
    counts = told["counts"]
    kinds = ", ".join(f"{name} {count:,}" for name, count in counts["kinds"].items())
    senders = ", ".join(f"{name} {count:,}" for name, count in counts["sender_kinds"].items())
    bots = f"{_of(counts['bot_addresses'], 'address', 'addresses')} of {_of(counts['bot_machines'], 'machine')}"
    size = f"{counts['mail_bytes'] / 2**20:,.1f} MiB"
    scan = f"{_of(counts['scan_lines'], 'banner')} of senders and of {_of(counts['neighbours'], 'neighbour')}"
    return [
        f"{_of(told['messages'], 'invented message')} ({size}) in {out / told['mail']}",
        f"  kinds: {kinds}",
        f"  sent by: {senders}",
        f"  {_of(counts['campaigns_of_bots'], 'campaign')} of {_of(counts['botnets'], 'botnet')}, from {bots}",
        f"  {scan}",
        "Nothing in it is real; NOTICE.txt says so, too.",
    ]


def _of(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
