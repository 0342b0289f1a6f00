"""The main command as a process: what it prints where, and the code that it ends with."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attribution import pipeline
from attribution.cli.exits import Exit
from attribution.cli.main import attribution

if TYPE_CHECKING:
    from pathlib import Path
    from typing import NoReturn

    from tests.cli.conftest import Invoke, Run


def test_the_result_goes_to_standard_output_and_the_notices_to_standard_error(run: Run, mail: Path) -> None:
    done = run("analyze", mail, "--out", "case", "--workers", 1, "--trust", "mx.example.net")
    assert done.returncode == Exit.DONE, done.stderr.decode()
    out = done.stdout.decode()
    assert out.startswith("3 messages, 1 handover address,")
    assert "vouched" in out
    assert "logo.png: unsupported" in out
    assert "attribution data install ipinfo-lite" in out
    assert "\x1b" not in out
    assert "mx.example.net" in done.stderr.decode()
    assert (mail.parent / "case" / "run.json").is_file()
    assert (mail.parent / "case" / "report.html").is_file()


def test_json_holds_the_same_and_nothing_else(run: Run, mail: Path) -> None:
    done = run("analyze", mail, "--out", "case", "--workers", 1, "--json")
    summary = json.loads(done.stdout)
    assert (summary["messages"], summary["problems"]) == (3, 1)
    assert summary["problem_statuses"] == {"unsupported": 1}
    assert summary["case"] == "case"
    again = run("report", "case", "--json")
    assert json.loads(again.stdout) == summary


def test_strict_tells_a_run_with_problems_from_one_without(run: Run, mail: Path) -> None:
    assert run("analyze", mail, "--out", "a", "--workers", 1, "--strict").returncode == Exit.PROBLEMS
    assert run("report", "a", "--strict").returncode == Exit.PROBLEMS
    (mail / "logo.png").unlink()
    assert run("analyze", mail, "--out", "b", "--workers", 1, "--strict").returncode == Exit.DONE
    assert run("report", "b", "--strict").returncode == Exit.DONE


def test_mail_on_standard_input(run: Run, one: Path) -> None:
    done = run("analyze", "-", "--out", "case", "--workers", 1, "--json", stdin=one.read_bytes())
    assert json.loads(done.stdout)["messages"] == 1


def test_options_come_from_the_environment_too(run: Run, mail: Path) -> None:
    settings = {"ATTRIBUTION_OUT": "case", "ATTRIBUTION_WORKERS": "1", "ATTRIBUTION_STRICT": "1"}
    done = run("analyze", mail, ATTRIBUTION_TRUST="mx.example.net 192.0.2.0/24", **settings)
    assert done.returncode == Exit.PROBLEMS
    record = json.loads((mail.parent / "case" / "run.json").read_text())
    assert record["arguments"]["trust"] == ["mx.example.net", "192.0.2.0/24"]
    missing = os.pathsep.join(("missing-a.mmdb", "missing-b.mmdb"))
    assert run("analyze", mail, "--out", "b", ATTRIBUTION_MMDB=missing).returncode == Exit.DATABASE


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (["no-such.mbox", "--out", "case"], Exit.USAGE, "no-such.mbox"),
        (["mail", "no-such.mbox", "--out", "case"], Exit.USAGE, "no-such.mbox"),
        (["mail", "--out", "case", "--trust", "300.1.2.3/8"], Exit.USAGE, "--trust"),
        (["mail", "--out", "case", "--trust", "missing.toml"], Exit.USAGE, "missing.toml"),
        (["empty", "--out", "case"], Exit.NO_MAIL, "no mail"),
        (["mail/logo.png", "--out", "case"], Exit.NO_MAIL, "logo.png"),
        (["mail", "--out", "case", "--mmdb", "missing.mmdb"], Exit.DATABASE, "missing.mmdb"),
        (["mail", "--out", "case", "--mmdb", "mail/0.eml"], Exit.DATABASE, "0.eml"),
        (["mail", "--out", "mail"], Exit.CASE, "--out"),
        (["mail", "--out", "mail/0.eml"], Exit.CASE, "--out"),
        (["mail", "--out", "mail/0.eml/case"], Exit.FAILED, "--out"),
    ],
)
def test_what_cannot_be_done_is_one_line_that_names_it(
    arguments: list[str], code: Exit, part: str, invoke: Invoke, mail: Path
) -> None:
    (mail.parent / "empty").mkdir()
    done = invoke("analyze", *arguments, "--workers", 1)
    errors = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert (done.exit_code, len(errors)) == (code, 1), done.stderr
    assert part in errors[0]
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (mail.parent / "case" / "run.json").exists()
    assert sorted(path.name for path in mail.iterdir()) == ["0.eml", "1.eml", "2.eml", "logo.png"]


def test_a_finished_case_is_not_touched(run: Run, mail: Path) -> None:
    run("analyze", mail, "--out", "case", "--workers", 1)
    before = (mail.parent / "case" / "run.json").read_bytes()
    for more in ([], ["--resume"]):
        assert run("analyze", mail, "--out", "case", "--workers", 1, *more).returncode == Exit.CASE
    assert (mail.parent / "case" / "run.json").read_bytes() == before


@pytest.mark.parametrize(
    ("option", "holds", "says"),
    [
        ("--out", (), "nothing was written; to begin again, give the same command"),
        ("--out", (".staging/",), "what is done is kept; to go on, give the same command with --resume"),
        ("--out", ("run.json",), "CASE holds a finished case"),
        # What a run leaves that is stopped as it clears away.
        ("--out", ("run.json", ".staging/"), "CASE holds a finished case"),
        (
            "--append",
            ("run.json",),
            "CASE is as it was, or holds all of the new mail; to be sure, give the same command with --resume",
        ),
        (
            "--append",
            ("run.json", ".appending/"),
            "what is done is kept; to go on, give the same command with --resume",
        ),
    ],
)
def test_ctrl_c_says_what_there_is_and_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: str, holds: tuple[str, ...], says: str
) -> None:
    case = tmp_path / "case"

    def stop(*_: object, **__: object) -> NoReturn:
        for name in holds:
            case.mkdir(exist_ok=True)
            (case / name).mkdir() if name.endswith("/") else (case / name).write_text("{}")
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "analyze", stop)
    monkeypatch.setattr(pipeline, "append_mail", stop)
    result = CliRunner().invoke(attribution, ["analyze", "x", option, str(case)])
    assert result.exit_code == Exit.INTERRUPTED
    assert result.stdout == ""
    assert result.stderr == f"interrupted: {says.replace('CASE', str(case))}\n"


def test_names_with_escape_sequences_reach_no_stream(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "dump"
    folder.mkdir()
    (folder / "a\x1b]0;title\x07\nb.eml").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "ok.eml").write_bytes(b"Subject: \x1b[31m\xe2\x80\xaered\x9b\r\n\r\n")
    for arguments in (
        ("analyze", folder, "--out", "case", "--workers", 1),
        ("trace", folder / "ok.eml"),
        ("trace", folder / "a\x1b]0;title\x07\nb.eml"),
        ("analyze", "a\x1b[2Jb", "--out", "other"),
    ):
        done = run(*arguments)
        for stream in (done.stdout, done.stderr):
            assert all(char.isprintable() or char == "\n" for char in stream.decode())
