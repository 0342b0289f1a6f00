"""Ctrl-C ends `attribution` at once and quietly, whatever it is doing: loading modules, starting workers, writing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import click
import psutil
import pytest
from click.testing import CliRunner

from attribution.cli.exits import Exit
from attribution.cli.program import Program

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals to a group of processes")

# A module as Cython makes them: at one place of its start, whatever is raised is dropped.
SWALLOWS = """
import os, signal, time
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.1)
except BaseException:
    pass
"""


def simulate(out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "attribution", "simulate", "--messages", "20000", "--workers", "2"]
    return subprocess.Popen(
        [*command, "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def workers_of(pid: int) -> list[int]:
    """Return the processes of loky that a process has started, also those that are still loading."""
    try:
        children = psutil.Process(pid).children()
        return [child.pid for child in children if any("popen_loky" in part for part in child.cmdline())]
    except psutil.Error:
        return []


def test_ctrl_c_as_the_workers_start_leaves_an_empty_folder_and_one_line(tmp_path: Path) -> None:
    out = tmp_path / "sim"
    process = simulate(out)
    end = time.monotonic() + 60
    while not workers_of(process.pid) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    # By now they are loading their modules.
    time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    told, said = process.communicate(timeout=60)
    assert (process.returncode, told) == (Exit.INTERRUPTED, "")
    assert said == f"interrupted: nothing of it was kept in {out}; to have it, give the same command again\n"
    assert list(out.iterdir()) == []


def test_a_module_that_swallows_what_is_raised_as_it_loads_does_not_swallow_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "swallows_at_its_start.py").write_text(SWALLOWS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "swallows_at_its_start", raising=False)
    went_on = []

    @click.group(cls=Program)
    def program() -> None:
        pass

    @program.command()
    def load() -> None:
        __import__("swallows_at_its_start")
        time.sleep(10)
        went_on.append(True)

    begin = time.monotonic()
    done = CliRunner().invoke(program, ["load"])
    assert done.exit_code == Exit.INTERRUPTED
    assert done.stderr.split() == ["interrupted"]
    assert not went_on
    assert time.monotonic() - begin < 5


def test_ctrl_c_is_answered_as_before_once_the_command_is_done() -> None:
    before = signal.getsignal(signal.SIGINT)

    @click.group(cls=Program)
    def program() -> None:
        pass

    @program.command()
    def act() -> None:
        assert signal.getsignal(signal.SIGINT) is not before

    assert CliRunner().invoke(program, ["act"]).exit_code == Exit.DONE
    assert signal.getsignal(signal.SIGINT) is before
