"""Streams that are closed, gone or of another encoding: the command ends as it should (C.5, 21)."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from attribution import open_case
from tests.hostile.conftest import command, environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hostile.conftest import Run

SETTINGS = [
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TERM": "dumb"},
    {"PYTHONIOENCODING": "cp1252", "COLUMNS": "1", "LC_ALL": "xx_XX.nonsense", "TZ": "Nowhere/Nothing"},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=range(len(SETTINGS)))
def test_no_locale_and_no_terminal_changes_what_a_run_finds(
    settings: dict[str, str], pit: Path, pit_case: Path, run: Run
) -> None:
    done = run("analyze", pit, "--out", "case", "--workers", 1, "--json", variables=settings)
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    found, plain = json.loads(done.stdout), open_case(pit_case).summary().as_dict()
    for name in ("messages", "problems", "handover_grades", "origin_grades", "findings", "statuses", "first"):
        assert found[name] == plain[name]


@pytest.mark.parametrize(
    "arguments", [("report", "{case}"), ("report", "{case}", "--json"), ("--help",), ("data", "list")]
)
def test_a_reader_that_goes_after_one_line_is_no_failure(
    arguments: tuple[str, ...], pit_case: Path, tmp_path: Path
) -> None:
    given = [item.replace("{case}", str(pit_case)) for item in arguments]
    line = ("sh", "-c", '{ "$@"; echo $? >code; } | head -n 1', "sh", *command(*given))
    environ = environment(tmp_path)
    done = subprocess.run(line, env=environ, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert ((tmp_path / "code").read_text(), done.stderr) == ("0\n", b"")
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("closing", [">&-", "<&- >&- 2>&-"])
def test_a_run_without_streams_writes_its_case(closing: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "a.eml").write_bytes(b"Subject: x\n\nbody\n")
    arguments = ("analyze", "mail", "--out", "case", "--workers", 1)
    done = run(*arguments, before=("sh", "-c", f'exec "$@" {closing}', "sh"))
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert (tmp_path / "case" / "run.json").is_file()


def test_standard_input_may_be_closed_or_noise(run: Run, tmp_path: Path) -> None:
    arguments = ("analyze", "-", "--out", "case", "--workers", 1)
    assert run(*arguments, before=("sh", "-c", 'exec "$@" <&-', "sh")).returncode == 4
    done = run(*arguments, stdin=None, input=bytes(100_000))
    assert done.returncode == 4
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("error: ")
    assert not (tmp_path / "case").exists()
