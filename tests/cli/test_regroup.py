"""`regroup` as a command: what it prints where, and the code that it ends with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attribution import open_case, pipeline
from attribution.cli.exits import Exit
from attribution.cli.main import attribution
from attribution.decisions import DECISIONS, decide
from attribution.pipeline import exchange
from tests.pipeline.appended import common, everything, ham, mbox, wave, work_here

if TYPE_CHECKING:
    from pathlib import Path
    from typing import NoReturn

    from tests.cli.conftest import Invoke


@pytest.fixture
def case(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a case with two campaigns."""
    work_here(monkeypatch, tmp_path / "none")
    waves = [*wave("parcel", *range(500, 504), files=False), *wave("invoice", *range(600, 604), files=False)]
    mbox(tmp_path / "dump.mbox", [*ham(*range(30)), *waves])
    assert invoke("analyze", "dump.mbox", "--out", "case", "--workers", 1).exit_code == Exit.DONE
    return tmp_path / "case"


def test_the_summary_goes_to_standard_output_and_what_changed_to_standard_error(invoke: Invoke, case: Path) -> None:
    found = campaigns_after(invoke)
    decide(case / DECISIONS, "together", found, "the same wallet")
    done = invoke("regroup", "case")
    assert done.exit_code == Exit.DONE, done.stderr
    assert done.stdout.startswith("38 messages,")
    assert "taken up" in done.stderr
    assert "taken up" not in done.stdout
    assert len(campaigns_after(invoke)) == 1


def campaigns_after(invoke: Invoke) -> list[int]:
    """Return the keys of the campaigns that the JSON of the command names."""
    done = invoke("regroup", "case", "--json")
    assert done.exit_code == Exit.DONE, done.stderr
    assert json.loads(done.stdout)["messages"] == 38
    return [int(key) for key in open_case("case").campaigns["campaign"]]


def test_json_is_that_of_the_report(invoke: Invoke, case: Path) -> None:
    printed = json.loads(invoke("regroup", "case", "--json").stdout)
    assert json.loads(invoke("report", "case", "--json").stdout) == printed
    assert (case / "report.html").is_file()


def test_other_mail_may_be_named_by_a_setting(
    invoke: Invoke, case: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mbox(tmp_path / "quiet.mbox", [*ham(*range(60, 90)), *common(*range(900, 930))])
    invoke("analyze", "quiet.mbox", "--out", "quiet", "--workers", 1)
    monkeypatch.setenv("ATTRIBUTION_BACKGROUND", "quiet")
    assert len(campaigns_after(invoke)) == 1
    assert json.loads((case / "run.json").read_text("utf-8"))["arguments"]["background"] == str(tmp_path / "quiet")


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (["missing"], Exit.CASE, "is no case"),
        (["dump.mbox"], Exit.CASE, "dump.mbox"),
        (["case", "--background", "missing"], Exit.CASE, "missing"),
        ([], Exit.USAGE, "CASE"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_the_case_is_not_touched(
    arguments: list[str], code: Exit, part: str, invoke: Invoke, case: Path
) -> None:
    before = everything(case)
    done = invoke("regroup", *arguments)
    (line,) = done.stderr.splitlines()
    assert (done.exit_code, done.stdout) == (code, "")
    assert line.startswith("error:")
    assert part in line
    assert everything(case) == before


def test_decisions_that_cannot_be_read_are_named(invoke: Invoke, case: Path) -> None:
    (case / DECISIONS).write_text("[[decision]\n", "utf-8")
    before = everything(case)
    done = invoke("regroup", "case")
    assert done.exit_code == Exit.USAGE
    assert DECISIONS in done.stderr
    assert everything(case) == before


def test_a_case_that_is_being_changed_is_left_alone(invoke: Invoke, case: Path) -> None:
    with exchange.alone(case):
        done = invoke("regroup", "case")
    assert done.exit_code == Exit.CASE
    assert "another command" in done.stderr


def test_ctrl_c_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def stop(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "regroup_case", stop)
    result = CliRunner().invoke(attribution, ["regroup", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (Exit.INTERRUPTED, "")
    (line,) = result.stderr.splitlines()
    assert "give the same command again" in line
