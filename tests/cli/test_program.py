"""Whatever happens in a command becomes one line on standard error and one exit code."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from attribution import errors
from attribution.cli.exits import MEANINGS, Exit
from attribution.cli.main import attribution
from attribution.cli.program import InterruptedRun, Program

if TYPE_CHECKING:
    from click.testing import Result


def outcome(problem: BaseException | None = None, code: int | None = None) -> Result:
    @click.group(cls=Program)
    def program() -> None:
        pass

    @program.command()
    def act() -> int | None:
        if problem is not None:
            raise problem
        return code

    return CliRunner().invoke(program, ["act"])


CODES = {
    errors.UsageError: Exit.USAGE,
    errors.InputNotFoundError: Exit.USAGE,
    errors.InputError: Exit.NO_MAIL,
    errors.DatabaseError: Exit.DATABASE,
    errors.InstallError: Exit.DATABASE,
    errors.CaseError: Exit.CASE,
    errors.CaseExistsError: Exit.CASE,
    errors.OutputError: Exit.FAILED,
    errors.AttributionError: Exit.FAILED,
}


@pytest.mark.parametrize("name", errors.__all__)
def test_each_error_has_its_code_and_one_line(name: str) -> None:
    error = getattr(errors, name)
    result = outcome(error("the next step is this"))
    assert result.exit_code == CODES[error]
    assert result.stdout == ""
    assert result.stderr == "error: the next step is this\n"


@pytest.mark.parametrize("code", [None, Exit.DONE, Exit.PROBLEMS])
def test_a_command_returns_its_code(code: int | None) -> None:
    assert outcome(code=code).exit_code == (code or 0)


def test_names_with_escape_sequences_cannot_act_in_an_error() -> None:
    result = outcome(errors.InputNotFoundError("a\x1b[2Jb\nerror: c\u202e.mbox does not exist"))
    assert result.stderr == "error: a\\x1b[2Jb\\nerror: c\\u202e.mbox does not exist\n"


def test_an_unexpected_failure_keeps_its_traceback_without_control_characters() -> None:
    result = outcome(ValueError("\x1b]0;title\x07"))
    assert result.exit_code == Exit.FAILED
    assert "Traceback" in result.stderr
    assert "\\x1b]0;title\\x07" in result.stderr
    assert "please report" in result.stderr.splitlines()[-1]
    assert all(char.isprintable() or char == "\n" for char in result.stderr)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_full_disk_is_one_line(number: int) -> None:
    result = outcome(OSError(number, "No space left on device"))
    assert result.exit_code == Exit.FAILED
    assert result.stderr == "error: the output could not be written: No space left on device\n"


def test_ctrl_c_is_one_line_with_the_way_to_go_on() -> None:
    result = outcome(InterruptedRun("interrupted: go on with --resume"))
    assert (result.exit_code, result.stderr) == (130, "interrupted: go on with --resume\n")
    plain = outcome(KeyboardInterrupt())
    assert (plain.exit_code, plain.stderr.split()) == (130, ["interrupted"])


def test_a_reader_that_has_gone_is_no_failure() -> None:
    result = outcome(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["analyze", "x"], "--out"),
        (["analyze", "--out", "y"], "PATH"),
        (["analyze", "x", "--out", "y", "--workers", "0"], "--workers"),
        (["analyze", "x", "--out", "y", "--wrkers", "2"], "--workers"),
        (["trase", "x"], "trace"),
        (["data", "install"], "NAME"),
    ],
)
def test_wrong_usage_is_one_line_that_names_the_help(arguments: list[str], part: str) -> None:
    result = CliRunner().invoke(attribution, arguments, prog_name="attribution")
    assert result.exit_code == Exit.USAGE
    assert result.stdout == ""
    assert part in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "--help" in result.stderr


def test_no_arguments_show_the_help_and_are_wrong_usage() -> None:
    result = CliRunner().invoke(attribution, [], prog_name="attribution")
    assert result.exit_code == Exit.USAGE
    assert "Commands:" in result.stderr


def test_library_callers_of_click_get_the_exception() -> None:
    with pytest.raises(click.UsageError):
        attribution.main(["analyze"], standalone_mode=False)


def test_every_code_has_a_meaning() -> None:
    assert list(MEANINGS) == list(Exit)
