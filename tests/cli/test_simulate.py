"""`attribution simulate` as a user meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attribution.cli import simulate as module
from attribution.cli.exits import Exit
from attribution.cli.main import attribution
from attribution.simulate import FORMATS, PRESETS, VARIANTS

if TYPE_CHECKING:
    from click.testing import Result


def run(arguments: list[str]) -> Result:
    return CliRunner().invoke(attribution, ["simulate", *arguments])


def test_it_writes_a_folder_and_says_what_is_in_it(tmp_path: Path) -> None:
    done = run(["--messages", "300", "--out", str(tmp_path / "sim"), "--workers", "1"])
    assert done.exit_code == 0, done.output
    assert "300 invented messages" in done.stdout
    assert str(tmp_path / "sim" / "dump.mbox") in done.stdout
    assert "Nothing in it is real" in done.stdout
    assert (tmp_path / "sim" / "simulation.json").is_file()


def test_json_is_what_the_folder_says_of_itself(tmp_path: Path) -> None:
    arguments = ["--preset", "office-dump", "--messages", "200", "--seed", "7", "--format", "tar.gz", "--json"]
    done = run([*arguments, "--workers", "1", "--out", str(tmp_path / "sim")])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told == json.loads((tmp_path / "sim" / "simulation.json").read_text("utf-8"))
    assert (told["preset"], told["seed"], told["mail"]) == ("office-dump", 7, "mail.tar.gz")


def test_the_choices_are_those_of_the_library() -> None:
    assert tuple(PRESETS) == module._PRESETS
    assert FORMATS == module._FORMATS
    assert VARIANTS == module._VARIANTS


def test_the_help_has_examples_and_every_preset() -> None:
    text = run(["--help"]).stdout
    assert "attribution simulate --messages 20000 --seed 1 --out sim" in text
    assert all(f"{name} " in text for name in PRESETS)


def test_without_a_folder_it_says_what_is_missing() -> None:
    done = run(["--messages", "10"])
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
    done = run(["--messages", "10", "--out", str(tmp_path / "sim")])
    assert done.exit_code == Exit.INTERRUPTED
    assert "nothing of it was kept" in done.stderr
    assert "give the same command again" in done.stderr


def refusal(out: Path) -> tuple[int, str]:
    done = run(["--messages", "10", "--workers", "1", "--out", str(out)])
    return done.exit_code, done.stderr


def test_what_is_one_is_told_as_one(tmp_path: Path) -> None:
    done = run(["--messages", "1", "--workers", "1", "--out", str(tmp_path / "sim")])
    assert "1 invented message (" in done.stdout
    assert "1 campaign of 1 botnet, from 1 address of 1 machine\n" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_a_place_where_no_folder_can_be_made_is_named_with_the_next_step() -> None:
    code, said = refusal(Path("/proc/x"))
    assert code == Exit.FAILED
    assert said == (
        "error: /proc/x could not be written: No such file or directory. Nothing of it was kept; choose another --out\n"
    )


@pytest.mark.skipif(os.name != "posix", reason="limits of a process")
def test_a_limit_on_the_size_of_files_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    out = tmp_path / "sim"
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "from attribution.cli.main import main; main()"
    )
    arguments = ["simulate", "--messages", "2000", "--workers", "1", "--out", str(out)]
    done = subprocess.run([sys.executable, "-B", "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == Exit.FAILED
    assert done.stderr == (
        f"error: {out} could not be written: File too large. Nothing of it was kept; raise the limit on the size of "
        "files (ulimit -f), or ask for fewer messages\n"
    )
    assert list(out.iterdir()) == []


def test_a_full_disk_is_told_with_the_folder_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        # The disk of the machine cannot be filled here; /dev/full answers as a full one does.
        with Path("/dev/full").open("wb", buffering=0) as file:
            file.write(b"x")

    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full, which answers as a full disk does")
    monkeypatch.setattr("attribution.simulate.corpus.write_databases", full)
    out = tmp_path / "sim"
    code, said = refusal(out)
    assert code == Exit.FAILED
    assert said == (
        f"error: {out} could not be written: No space left on device. Nothing of it was kept; "
        "make space there, or choose another --out\n"
    )
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("below", [(), ("x",)])
def test_a_file_in_the_place_of_the_folder_is_called_a_file(tmp_path: Path, below: tuple[str, ...]) -> None:
    file = tmp_path / "own.toml"
    file.write_text("hosts = []\n")
    assert refusal(file.joinpath(*below)) == (
        Exit.CASE,
        f"error: {file} is a file, and was not touched; give a new or an empty folder\n",
    )
    assert file.read_text() == "hosts = []\n"


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    code, said = refusal(tmp_path)
    assert code == Exit.CASE
    assert "holds something already, and nothing in it was touched" in said
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
