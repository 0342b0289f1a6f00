"""`attribution simulate` as a user meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from click.testing import CliRunner

from attribution.cli import simulate as module
from attribution.cli.exits import Exit
from attribution.cli.program import InterruptedRun
from attribution.cli.simulate import simulate
from attribution.simulate import FORMATS, PRESETS, VARIANTS

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_it_writes_a_folder_and_says_what_is_in_it(tmp_path: Path) -> None:
    done = CliRunner().invoke(simulate, ["--messages", "300", "--out", str(tmp_path / "sim"), "--workers", "1"])
    assert done.exit_code == 0, done.output
    assert "300 invented messages" in done.stdout
    assert str(tmp_path / "sim" / "dump.mbox") in done.stdout
    assert "Nothing in it is real" in done.stdout
    assert (tmp_path / "sim" / "simulation.json").is_file()


def test_json_is_what_the_folder_says_of_itself(tmp_path: Path) -> None:
    arguments = ["--preset", "office-dump", "--messages", "200", "--seed", "7", "--format", "tar.gz", "--json"]
    done = CliRunner().invoke(simulate, [*arguments, "--workers", "1", "--out", str(tmp_path / "sim")])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told == json.loads((tmp_path / "sim" / "simulation.json").read_text("utf-8"))
    assert (told["preset"], told["seed"], told["mail"]) == ("office-dump", 7, "mail.tar.gz")


def test_the_choices_are_those_of_the_library() -> None:
    assert tuple(PRESETS) == module._PRESETS
    assert FORMATS == module._FORMATS
    assert VARIANTS == module._VARIANTS


def test_the_help_has_examples_and_every_preset() -> None:
    text = CliRunner().invoke(simulate, ["--help"]).stdout
    assert "attribution simulate --messages 20000 --seed 1 --out sim" in text
    assert all(f"{name} " in text for name in PRESETS)


def test_without_a_folder_it_says_what_is_missing() -> None:
    done = CliRunner().invoke(simulate, ["--messages", "10"])
    assert done.exit_code == Exit.USAGE
    assert "--out" in done.stderr


def test_loading_the_command_does_not_load_the_generator() -> None:
    code = "import sys, attribution.cli.simulate; print('attribution.simulate' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "False"


def test_ctrl_c_says_what_is_left_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("attribution.simulate.simulate", stop)
    done = CliRunner().invoke(simulate, ["--messages", "10", "--out", str(tmp_path / "sim")])
    assert isinstance(done.exception, InterruptedRun)
    assert "nothing of it was kept" in str(done.exception)
    assert "give the same command again" in str(done.exception)
