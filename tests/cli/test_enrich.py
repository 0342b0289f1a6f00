"""`enrich` as a process: what it prints where, and the code that it ends with."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attribution import pipeline
from attribution.cli.exits import Exit
from attribution.cli.main import attribution

if TYPE_CHECKING:
    from pathlib import Path
    from typing import NoReturn

    from tests.cli.conftest import Run


@pytest.fixture
def case(run: Run, one: Path) -> Path:
    """Give a case of one message."""
    run("analyze", one, "--out", "case", "--workers", 1)
    return one.parent / "case"


def test_strict_tells_scan_files_that_could_not_be_read(run: Run, case: Path) -> None:
    (case.parent / "scan.csv").write_text("ip,port,text\n192.0.2.1,80,hello\n", encoding="utf-8")
    done = run("enrich", "case", "--banners", "scan.csv", "--strict")
    assert done.returncode == Exit.PROBLEMS
    assert b"scan.csv: unsupported" in done.stdout
    assert b"--banners PATH@YYYY-MM-DD" in done.stdout
    assert run("enrich", "case", "--banners", "scan.csv@2024-01-05", "--strict").returncode == Exit.DONE


def test_what_is_named_takes_the_place_of_what_was_and_the_rest_stays(run: Run, case: Path) -> None:
    for name in ("a.csv", "b.csv"):
        row = "192.0.2.1,80,hello,2024-01-05T00:00:00Z\n"
        (case.parent / name).write_text(f"ip,port,text,observed_at\n{row}", encoding="utf-8")
    for given in (["--banners", "a.csv"], ["--window", 7], ["--banners", "b.csv"]):
        assert run("enrich", "case", *given, "--json").returncode == Exit.DONE
    arguments = json.loads((case / "run.json").read_text("utf-8"))["arguments"]
    assert (arguments["banners"], arguments["window_days"]) == (["b.csv"], 7)


def test_the_paths_for_jq_in_the_help_lead_somewhere(run: Run, case: Path) -> None:
    (case.parent / "scan.csv").write_text("ip,port,text,observed_at\n", encoding="utf-8")
    printed = json.loads(run("enrich", "case", "--banners", "scan.csv", "--json").stdout)
    help_text = CliRunner().invoke(attribution, ["enrich", "--help"]).stdout
    paths = re.findall(r"jq (\S+)", help_text)
    assert paths
    for path in paths:
        value = printed
        for name in path.strip(".").split("."):
            value = value[name]
        assert value


def test_ctrl_c_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def stop(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "enrich_case", stop)
    result = CliRunner().invoke(attribution, ["enrich", str(tmp_path)])
    assert result.exit_code == Exit.INTERRUPTED
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert "give the same command again" in line
