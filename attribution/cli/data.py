"""`attribution data`: data sets that can be installed, and their terms."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attribution._text import escape_control
from attribution.cli import options

if TYPE_CHECKING:
    from attribution.enrich import DataSet, InstalledDataset

__all__ = ["data"]


@click.group()
def data() -> None:
    """List and install data sets, such as IP databases.

    \b
    Examples:
      attribution data list
      attribution data install ipinfo-lite
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)


@data.command("list")
@options.as_json
def list_(json: bool) -> None:
    """List the data sets that there are, and which of them are installed.

    \b
    Examples:
      attribution data list
      attribution data list --json
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution import enrich
    from attribution.cli.streams import write_json

    here = {item.name: item for item in enrich.installed()}
    if json:
        write_json([_as_dict(item, here.get(item.name)) for item in enrich.available()])
        return
    for item in enrich.available():
        _print(f"{item.name}: {item.title}, {item.about}")
        _print(f"  {item.licence} ({item.licence_url})")
        if item.name in here:
            _print(_where(here[item.name]))
        else:
            _print(f"  not installed; get it: attribution data install {item.name}")


@data.command()
@click.argument("name")
@options.option(
    "--wheel",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Take it out of this wheel, fetched by other means, and leave the network alone.",
)
@options.as_json
def install(name: str, wheel: Path | None, json: bool) -> None:
    """Fetch a data set into the user's data folder, where every run finds it.

    This is the one command that uses the network: it has pip download the wheel that holds the data set, from
    the index that pip is set up for, and checks its checksum. An older one is replaced.

    \b
    Examples:
      attribution data install ipinfo-lite
      attribution data install ipinfo-lite --wheel parsedmarc-9.0.0-py3-none-any.whl
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    from attribution import enrich
    from attribution.cli.streams import say, write_json

    done = enrich.install(name, say, wheel=wheel)
    if json:
        write_json(_with_path(done))
        return
    _print(f"{done.title} is installed.")
    _print(_where(done))
    _print(f"  {done.licence} ({done.licence_url})")
    _print(f"  {done.attribution}")


def _where(item: InstalledDataset) -> str:
    build = "build date not stated" if item.build is None else f"built {item.build:%Y-%m-%d}"
    age = item.age_days()
    return f"  {item.path}, {build}" + ("" if age is None else f" ({age:,} days ago)")


def _as_dict(item: DataSet, here: InstalledDataset | None) -> dict[str, Any]:
    return {**asdict(item), "installed": None if here is None else _with_path(here)}


def _with_path(item: InstalledDataset) -> dict[str, Any]:
    return {**item.as_dict(), "path": str(item.path)}


def _print(line: str) -> None:
    click.echo(escape_control(line))
