from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attribution.cli.exits import Exit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Invoke, Run


def test_the_page_is_written_anew_and_is_the_same(run: Run, mail: Path) -> None:
    done = run("analyze", mail, "--out", "case", "--workers", 1)
    page = mail.parent / "case" / "report.html"
    before = page.read_bytes()
    page.unlink()
    again = run("report", "case")
    assert again.returncode == Exit.DONE, again.stderr.decode()
    assert page.read_bytes() == before
    assert again.stdout == done.stdout


@pytest.mark.parametrize("broken", ["missing", "empty", "not-json", "no-record"])
def test_what_is_no_case_is_one_line_and_its_code(broken: str, invoke: Invoke, tmp_path: Path) -> None:
    folder = tmp_path / broken
    if broken != "missing":
        folder.mkdir()
    if broken in {"not-json", "no-record"}:
        (folder / "run.json").write_text("[]" if broken == "no-record" else "{")
    done = invoke("report", broken)
    assert (done.exit_code, done.stdout) == (Exit.CASE, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert broken in line
