"""Write `docs/reference/commands.md` from the commands themselves; a test compares the two."""

from __future__ import annotations

import inspect
import textwrap
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
            title, _, lines = paragraph.removeprefix("\b\n").partition("\n")
            if title == "Examples:":
                yield f"```sh\n{textwrap.dedent(lines)}\n```\n"
            else:
                yield f"{title.removesuffix(':')}:\n\n```text\n{textwrap.dedent(lines)}\n```\n"
        else:
            yield " ".join(paragraph.split()) + "\n"
    rows = list(_rows(command))
    if rows:
        yield "| option | environment | meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _rows(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.envvar is not None:
            name = f"{parameter.opts[0]}{_value(parameter)}".replace("|", "\\|")
            default = f" [default: {parameter.default}]" if parameter.show_default else ""
            meaning = ((parameter.help or "").replace("  [", " [") + default).replace("|", "\\|")
            need = " Required." if parameter.required else ""
            yield f"| `{name}` | `{parameter.envvar}` | {meaning}{need} |"


def _value(option: click.Option) -> str:
    """Return what stands behind the name of an option on the command line."""
    if option.is_flag:
        return ""
    if isinstance(option.type, click.Choice):
        return " " + "|".join(option.type.choices)
    return f" {option.metavar or 'FILE'}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
