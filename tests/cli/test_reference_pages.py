"""The help, the reference pages and the commands say the same."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from attribution import __version__
from attribution.cli.exits import MEANINGS
from attribution.cli.main import attribution

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[2] / "docs"


def commands(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from commands(below, *path, name)


ALL = dict(commands(attribution))


def help_of(*path: str) -> str:
    result = CliRunner().invoke(attribution, [*path, "--help"], prog_name="attribution")
    assert result.exit_code == 0
    return result.output


def test_the_commands_are_those_of_the_contract() -> None:
    assert {path[0] for path in ALL if path} == {
        "analyze",
        "enrich",
        "regroup",
        "pin",
        "cut",
        "why",
        "trace",
        "report",
        "data",
        "check",
        "claims",
        "score",
        "simulate",
        "dialects",
    }
    assert {path[1] for path in ALL if len(path) == 2} == {"list", "install", "add", "remove"}


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_has_help_with_an_example_of_itself(path: tuple[str, ...]) -> None:
    text = help_of(*path)
    examples = text.partition("Examples:")[2].partition("Options:")[0]
    assert f"attribution {' '.join(path)}".strip() in examples
    assert help_of(*path) == CliRunner().invoke(attribution, [*path, "-h"], prog_name="attribution").output


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_option_has_help_and_an_environment_variable(path: tuple[str, ...]) -> None:
    for parameter in ALL[path].params:
        if isinstance(parameter, click.Option) and parameter.name not in {"version", "help"}:
            assert parameter.help
            assert parameter.envvar == "ATTRIBUTION_" + str(parameter.name).upper()
            assert parameter.opts[0] in help_of(*path)
            assert parameter.envvar in help_of(*path)


def test_an_option_means_the_same_in_every_command() -> None:
    meanings: dict[str, set[str | None]] = {}
    for command in ALL.values():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                meanings.setdefault(parameter.opts[0], set()).add(parameter.help)
    assert {name for name, helps in meanings.items() if len(helps) > 1} == set()


def test_the_help_holds_the_exit_codes() -> None:
    text = help_of()
    for code, meaning in MEANINGS.items():
        assert f"{code:>3}  {meaning}" in text


def test_the_version_is_the_packages() -> None:
    result = CliRunner().invoke(attribution, ["--version"])
    assert result.output == f"attribution, version {__version__}\n"


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    page = runpy.run_path(str(DOCS / "make_reference.py"))["page"]
    assert (DOCS / "reference" / "commands.md").read_text(encoding="utf-8") == page()


def test_the_page_of_exit_codes_lists_each_code_with_its_meaning() -> None:
    text = (DOCS / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\d+) \| ([^|]+) \|", text, flags=re.MULTILINE))
    assert rows == {str(int(code)): meaning for code, meaning in MEANINGS.items()}
