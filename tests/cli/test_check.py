from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution.cli.exits import Exit
from attribution.tables import MESSAGES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Invoke

ROW = {
    "source": "dump\x1b[2J.mbox",
    "offset": 7,
    "handover_ip": "192.0.2.2",
    "handover_grade": "vouched",
    "handover_reason": "The receiver wrote it.",
    "client_ip": "192.0.2.9",
    "client_fields": ["received-spf"],
}


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Write a case of one message whose fields differ from its handover."""
    folder = tmp_path / "case"
    (folder / "messages").mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    pq.write_table(pa.Table.from_pylist([ROW], MESSAGES), folder / "messages" / "part-00000.parquet")
    return folder


def test_what_differs_is_shown_and_nothing_in_it_acts(case: Path, invoke: Invoke) -> None:
    done = invoke("check", case)
    assert done.exit_code == Exit.DONE
    assert "1 of 1 messages can be compared" in done.stdout
    assert "192.0.2.9  (received-spf)" in done.stdout
    assert "\x1b" not in done.stdout


def test_who_was_taken_for_the_receiver_is_said_as_in_the_summary(case: Path, invoke: Invoke) -> None:
    said = "60 of them pass through 203.0.113.56 (mx2.example.net), which no verified name confirms"
    (case / "run.json").write_text(json.dumps({"receiver": {"sentences": [said]}}))
    assert said in " ".join(invoke("check", case).stdout.split())


def test_as_json(case: Path, invoke: Invoke) -> None:
    found = json.loads(invoke("check", case, "--json").stdout)
    assert (found["comparable"], found["agreeing"], found["differing"]) == (1, 0, 1)
    assert found["fields"] == [{"field": "received-spf", "agreeing": 0, "differing": 1}]


def test_a_case_of_an_older_version_is_one_line_and_its_code(case: Path, invoke: Invoke) -> None:
    part = case / "messages" / "part-00000.parquet"
    pq.write_table(pq.read_table(part).drop_columns(["client_ip", "client_fields"]), part)
    done = invoke("check", case)
    assert (done.exit_code, done.stdout) == (Exit.CASE, "")
    (line,) = done.stderr.splitlines()
    assert "older version" in line
    assert "client_ip, client_fields" in line


def test_what_is_no_case_is_one_line_and_its_code(invoke: Invoke) -> None:
    done = invoke("check", "missing")
    assert (done.exit_code, done.stdout) == (Exit.CASE, "")
