"""The start of the process: Ctrl-C while the commands are loaded is one line and its code."""

from __future__ import annotations

import subprocess
import sys

import pytest

from attribution.cli import commands, main
from attribution.cli.exits import Exit

START = """\
import os, signal, sys

class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Stop())
sys.argv = ["attribution", "--version"]
{closed}
from attribution.cli.main import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no process sends itself Ctrl-C there")
@pytest.mark.parametrize(
    "module", ["attribution.cli.commands", "click", "attribution.cli.program", "attribution.cli.why"]
)
@pytest.mark.parametrize(("closed", "said"), [("", "interrupted\n"), ("sys.stderr = None", "")])
def test_ctrl_c_while_the_commands_are_loaded_is_one_line(module: str, closed: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START.format(module=module, closed=closed)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (Exit.INTERRUPTED, "", said)


def test_the_command_group_has_its_name_here_too() -> None:
    assert main.attribution is commands.attribution
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = main.nothing


def test_the_commands_are_not_loaded_before_the_process_answers() -> None:
    loaded = "import sys, attribution.cli.main; print('click' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "False\n"
    )
