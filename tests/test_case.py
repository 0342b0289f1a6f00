"""A case opened: its summary and its page, whatever version wrote the tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution.case import Case, open_case
from attribution.decisions import DECISIONS, decide
from attribution.errors import CaseError
from attribution.tables import TABLES
from tests.campaigns.made_campaigns import campaigns, evidence, leads, links

if TYPE_CHECKING:
    from pathlib import Path

OLD = {
    "messages": ["message", "sha256", "status", "handover_ip", "handover_grade", "origin_grade", "findings"],
    "campaigns": ["campaign", "messages", "addresses", "first_seen", "last_seen", "subject_template", "cohesion"],
    "evidence": ["campaign", "trait", "value", "messages", "background", "weight"],
}
"""Columns that the first version wrote of some tables."""


def write(folder: Path, tables: dict[str, pa.Table], run: dict[str, Any] | None = None) -> Case:
    folder.mkdir(exist_ok=True)
    (folder / "run.json").write_text(json.dumps(run or {}))
    for name, table in tables.items():
        (folder / name).mkdir()
        pq.write_table(table, folder / name / "part-00000.parquet")
    return open_case(folder)


def rows(name: str, *known: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist([dict.fromkeys(TABLES[name].names) | row for row in known], TABLES[name])


MESSAGE = {"status": "ok", "handover_grade": "vouched", "origin_grade": "none", "findings": []}
MADE = {"campaigns": campaigns(), "evidence": evidence(), "links": links(), "leads": leads()}


def test_the_page_gives_the_reasons_of_campaigns(tmp_path: Path) -> None:
    page = write(tmp_path / "parcels", MADE).write_report().read_text("utf-8")
    largest = campaigns().sort_by([("messages", "descending")])["campaign"][0].as_py()
    assert f"attribution why CASE {largest}" in page
    assert page.count("<details>") == campaigns().num_rows
    for part in ("4,112 messages", "Weakest link", "Evidence that most messages carry", "What may belong with it"):
        assert part in page
    assert str(tmp_path) not in page


def test_the_summary_counts_groups_and_leads(tmp_path: Path) -> None:
    found = write(tmp_path / "case", MADE).summary()
    assert found.campaign_count == campaigns().num_rows
    assert sum(found.leads.values()) == leads().num_rows
    assert found.decisions is None


def test_fifty_of_many_campaigns_are_on_the_page(tmp_path: Path) -> None:
    many = rows("campaigns", *({"campaign": key, "messages": 2 + key % 90} for key in range(60)))
    page = write(tmp_path / "case", {"campaigns": many}).write_report().read_text("utf-8")
    assert page.count("<details>") == 50
    assert "60 campaigns with 1,890 messages in all; the largest 50 are shown" in page


def test_a_case_of_the_first_version_has_a_summary_and_a_page(tmp_path: Path) -> None:
    day = datetime(2024, 1, 5, tzinfo=UTC)
    known = {
        "messages": rows("messages", MESSAGE | {"message": 1, "sha256": "a"}, MESSAGE | {"message": 2, "sha256": "b"}),
        "campaigns": rows(
            "campaigns",
            {"campaign": 1, "messages": 2, "addresses": 1, "first_seen": day, "last_seen": day}
            | {"subject_template": "your parcel <#>", "cohesion": 1.0},
        ),
        "evidence": rows(
            "evidence",
            {"campaign": 1, "trait": "subject template", "value": "your parcel <#>", "messages": 2}
            | {"background": 0.001, "weight": 30.0},
        ),
    }
    case = write(tmp_path / "case", {name: table.select(OLD[name]) for name, table in known.items()})
    (line,) = case.summary().campaigns
    assert (line.messages, line.template, line.confidence, line.per_address) == (2, "your parcel <#>", None, ())
    page = case.write_report().read_text("utf-8")
    assert "your parcel &lt;#&gt;" in page
    assert "2 messages: same subject; 0.001 unrelated matches expected" in page


def test_a_case_without_any_table_has_a_summary_and_a_page(tmp_path: Path) -> None:
    case = write(tmp_path / "case", {})
    assert (case.summary().messages, case.summary().campaigns) == (0, ())
    assert "No message was read." in case.write_report().read_text("utf-8")


def test_decisions_are_counted_and_a_broken_log_hides_nothing_else(tmp_path: Path) -> None:
    case = write(tmp_path / "case", MADE)
    decide(case.path / DECISIONS, "apart", [100, 200], "two shops that use one mailer")
    found = case.summary()
    assert found.decisions is not None
    assert found.decisions.last.reason == "two shops that use one mailer"
    (case.path / DECISIONS).write_text("[[decision]]\nwhat = 5\n")
    found = case.summary()
    assert (found.decisions, found.decisions_lost) == (None, True)
    assert found.campaign_count == campaigns().num_rows
    assert "decisions.toml cannot be used" in case.write_report().read_text("utf-8")


def test_a_damaged_part_is_told_of(tmp_path: Path) -> None:
    case = write(tmp_path / "case", MADE)
    (case.path / "campaigns" / "part-00000.parquet").write_bytes(b"PAR1")
    with pytest.raises(CaseError, match="a part cannot be read"):
        case.summary()
