"""`analyze --append` as a process: what it prints where, and the code that it ends with."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attribution import pipeline
from attribution.cli.exits import Exit
from attribution.cli.main import attribution
from attribution.pipeline.append import APPENDING
from tests.cli.conftest import letter
from tests.hostile.conftest import environment
from tests.pipeline.appended import everything, work_here

if TYPE_CHECKING:
    from pathlib import Path
    from typing import NoReturn

    from click.testing import Result

    from tests.cli.conftest import Invoke, Run


@pytest.fixture
def case(invoke: Invoke, mail: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a case of three messages and a file beside it with one more."""
    work_here(monkeypatch, mail.parent / "none")
    assert invoke("analyze", "mail", "--out", "case", "--workers", 1).exit_code == Exit.DONE
    (mail.parent / "more.eml").write_bytes(letter(4))
    return mail.parent / "case"


def errors(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("error:")]


def test_the_summary_is_that_of_the_whole_case(invoke: Invoke, case: Path) -> None:
    done = invoke("analyze", "more.eml", "--append", "case", "--json")
    assert done.exit_code == Exit.DONE, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["messages"], summary["problems"]) == (4, 1)
    assert json.loads(invoke("report", "case", "--json").stdout) == summary
    assert "4 messages" in (case / "report.html").read_text("utf-8")


def test_strict_tells_of_all_problems_of_the_case(invoke: Invoke, case: Path) -> None:
    done = invoke("analyze", "more.eml", "--append", "case", "--strict")
    assert done.exit_code == Exit.PROBLEMS
    assert done.stdout.startswith("4 messages,")
    assert (case / "run.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (["more.eml", "--append", "case", "--out", "other"], Exit.USAGE, "--append CASE"),
        (["more.eml"], Exit.USAGE, "--append CASE"),
        (["--append", "case"], Exit.USAGE, "PATH"),
        (["more.eml", "--append", "case", "--trust", "mx.example.org"], Exit.USAGE, "--trust"),
        (["more.eml", "--append", "case", "--headers-only"], Exit.USAGE, "--headers-only"),
        (["more.eml", "--append", "case", "--mmdb", "x.mmdb", "--max-gap", "3"], Exit.USAGE, "--max-gap, --mmdb"),
        (["more.eml", "--append", "case", "--banners", "x", "--window", "3"], Exit.USAGE, "--banners, --window"),
        (
            ["more.eml", "--append", "case", "--access", "x", "--device-rules", "y"],
            Exit.USAGE,
            "--access, --device-rules",
        ),
        (["more.eml", "--append", "case", "--background", "x"], Exit.USAGE, "--background"),
        (["missing.eml", "--append", "case"], Exit.USAGE, "missing.eml"),
        (["mail", "--append", "case"], Exit.NO_MAIL, "already"),
        (["mail/logo.png", "--append", "case"], Exit.NO_MAIL, "logo.png"),
        (["more.eml", "--append", "missing"], Exit.CASE, "no case"),
        (["more.eml", "--append", "mail"], Exit.CASE, "no case"),
        (["more.eml", "--append", "more.eml"], Exit.CASE, "more.eml"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_the_case_is_not_touched(
    arguments: list[str], code: Exit, part: str, invoke: Invoke, case: Path
) -> None:
    before = everything(case)
    done = invoke("analyze", *arguments)
    (line,) = errors(done.stderr)
    assert (done.exit_code, done.stdout) == (code, ""), done.stderr
    assert part in line
    assert everything(case) == before
    assert not (case.parent / "other").exists()
    assert not (case.parent / "missing").exists()


SETTINGS = {
    "ATTRIBUTION_TRUST": "mx.example.edu",
    "ATTRIBUTION_MMDB": "missing.mmdb",
    "ATTRIBUTION_BANNERS": "missing.json",
    "ATTRIBUTION_ACCESS": "missing.txt",
    "ATTRIBUTION_DEVICE_RULES": "missing",
    "ATTRIBUTION_MAX_GAP": "3",
    "ATTRIBUTION_WINDOW": "3",
    "ATTRIBUTION_HEADERS_ONLY": "1",
    "ATTRIBUTION_BACKGROUND": "missing",
}


def test_settings_for_new_cases_give_way_to_those_of_the_case(
    invoke: Invoke, case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = json.loads((case / "run.json").read_text("utf-8"))["arguments"]
    for name, value in {**SETTINGS, "ATTRIBUTION_OUT": "other"}.items():
        monkeypatch.setenv(name, value)
    done = invoke("analyze", "more.eml", "--append", "case", "--json")
    assert done.exit_code == Exit.DONE, done.stderr
    assert json.loads(done.stdout)["messages"] == 4
    record = json.loads((case / "run.json").read_text("utf-8"))
    assert record["arguments"] == arguments
    assert not (case.parent / "other").exists()


def test_a_setting_names_the_case_to_append_to_and_gives_way_to_the_command_line(
    invoke: Invoke, case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(case)
    monkeypatch.setenv("ATTRIBUTION_APPEND", "case")
    done = invoke("analyze", "more.eml", "--out", "other", "--trust", "mx.example.net", "--json")
    assert json.loads(done.stdout)["case"] == "other", done.stderr
    assert everything(case) == before
    done = invoke("analyze", "more.eml", "--json")
    assert (json.loads(done.stdout)["case"], json.loads(done.stdout)["messages"]) == ("case", 4)
    monkeypatch.setenv("ATTRIBUTION_OUT", "third")
    done = invoke("analyze", "more.eml")
    assert done.exit_code == Exit.USAGE
    assert not (case.parent / "third").exists()


def test_standard_input_is_added_once_and_other_mail_on_it_is_refused(invoke: Invoke, case: Path) -> None:
    def pipe(data: bytes) -> Result:
        return CliRunner().invoke(attribution, ["analyze", "-", "--append", "case", "--json"], input=data)

    assert json.loads(pipe(letter(5)).stdout)["messages"] == 4
    second = pipe(letter(6))
    (line,) = errors(second.stderr)
    assert (second.exit_code, second.stdout) == (Exit.NO_MAIL, "")
    assert "save it to a file" in line
    (case.parent / "6.eml").write_bytes(letter(6))
    assert json.loads(invoke("analyze", "6.eml", "--append", "case", "--json").stdout)["messages"] == 5


def test_ctrl_c_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def stop(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "append_mail", stop)
    result = CliRunner().invoke(attribution, ["analyze", "x", "--append", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (Exit.INTERRUPTED, "")
    (line,) = result.stderr.splitlines()
    assert "--resume" in line


def test_a_full_disk_is_one_line_and_what_was_done_is_taken_up(run: Run, case: Path) -> None:
    before = everything(case)

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    line = [sys.executable, "-m", "attribution", "analyze", "more.eml", "--append", "case", "--workers", "1"]
    done = subprocess.run(
        line,
        # A compiled module of 100 bytes could be loaded by no later process.
        env=environment(case.parent, PYTHONDONTWRITEBYTECODE="1"),
        cwd=case.parent,
        capture_output=True,
        check=False,
        timeout=120,
        preexec_fn=full,
    )
    (error,) = errors(done.stderr.decode())
    assert (done.returncode, done.stdout) == (Exit.FAILED, b"")
    assert "--resume" in error
    assert {name: data for name, data in everything(case).items() if not name.startswith(APPENDING)} == before
    again = run("analyze", "more.eml", "--append", "case", "--workers", 1, "--resume", "--json")
    assert json.loads(again.stdout)["messages"] == 4, again.stderr
    assert not (case / APPENDING).exists()
