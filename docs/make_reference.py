"""Write `docs/reference/commands.md` from the commands themselves; a test compares the two."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING

import click

from attribution.cli.main import attribution

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parent / "reference" / "commands.md"

_HEAD = """\
# Commands

Written by `python docs/make_reference.py` from the help of the commands; `attribution COMMAND --help` shows
the same. The codes that they exit with are in [exit-codes.md](exit-codes.md).

Every option can be set by the environment variable beside it: a flag by `1` or `0`, several networks or hosts
by spaces between them, several files by the separator of `PATH`. What is given on the command line goes first.
`NO_COLOR` takes the colours away. `_ATTRIBUTION_COMPLETE=bash_source attribution` prints the completion for a
shell (likewise `zsh_source`, `fish_source`).
"""


def page() -> str:
    """Return the whole page."""
    return _HEAD + "".join("\n" + part for part in _sections(attribution, "attribution"))


def _sections(command: click.Command, name: str) -> Iterator[str]:
    yield f"## {name}\n\n" + "\n".join(_section(command))
    if isinstance(command, click.Group):
        for short, below in command.commands.items():
            yield from _sections(below, f"{name} {short}")


def _section(command: click.Command) -> Iterator[str]:
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if paragraph.startswith("\b\n"):
            lines = [line.strip() for line in paragraph.splitlines()[2:]]
            yield "```sh\n" + "\n".join(lines) + "\n```\n"
        else:
            yield " ".join(paragraph.split()) + "\n"
    rows = list(_rows(command))
    if rows:
        yield "| option | environment | meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _rows(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.envvar is not None:
            value = "" if parameter.is_flag else f" {parameter.metavar or 'FILE'}"
            name = f"{parameter.opts[0]}{value}".replace("|", "\\|")
            meaning = (parameter.help or "").replace("  [", " [").replace("|", "\\|")
            need = " Required." if parameter.required else ""
            yield f"| `{name}` | `{parameter.envvar}` | {meaning}{need} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
