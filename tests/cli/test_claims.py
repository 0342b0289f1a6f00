from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from attribution.claims import check_claims, parse_claims
from attribution.cli.claims_view import show_claims
from attribution.cli.exits import Exit
from tests.claims.made_case import ABOUT, claims_of, made_case

if TYPE_CHECKING:
    from pathlib import Path

    from attribution import Case
    from tests.cli.conftest import Invoke, Sheet

COUNT = 'kind = "count", of = "messages", op = "at-least", value = '


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return made_case(tmp_path / "case", {"198.51.100.1": 4, "198.51.100.2": 3})


def test_verdicts_come_first_then_what_they_rest_on(case: Case, sheet: Sheet) -> None:
    show_claims(sheet.console, check_claims(case, claims_of(COUNT + "7", COUNT + "8")))
    lines = [" ".join(line.split()) for line in sheet.text.splitlines()]
    wanted = [
        "A report",
        "Verdicts",
        "claim verdict figure interval",
        "c0 supported 7",
        "c1 contradicted 7",
        "c0 supported",
        "claimed so it is",
        "found 7 messages.",
        "so Claimed is at least 7. The figure is 7: that fits.",
        "rows messages: all",
        "What it supposes",
        "Take care",
    ]
    assert [line for line in lines if line in wanted][: len(wanted)]
    places = [lines.index(line) for line in wanted]
    assert places == sorted(places)
    assert "SELECT" not in sheet.text


def test_queries_are_printed_when_asked_for(case: Case, sheet: Sheet) -> None:
    show_claims(sheet.console, check_claims(case, claims_of(COUNT + "7")), queries=True)
    assert "SELECT count(DISTINCT m.message) FROM '" in sheet.text


def test_nothing_of_a_claims_file_acts_on_a_terminal(case: Case, make_sheet: type[Sheet]) -> None:
    evil = "\\u001b[2J \\u202e http://evil.example/"
    text = ABOUT.replace("A report", evil) + f'[[claim]]\nid = "{evil}"\nwording = "{evil}"\nsource = "{evil}"\n'
    text += f'predicate = {{ kind = "not-testable", reason = "{evil}" }}\n'
    for terminal in (False, True):
        sheet = make_sheet(terminal=terminal)
        show_claims(sheet.console, check_claims(case, parse_claims("c.toml", text)))
        assert "\x1b[2J" not in sheet.text
        assert "\u202e" not in sheet.text
        assert "http://evil" not in sheet.text


def test_the_command_prints_and_succeeds_whatever_the_verdicts(case: Case, invoke: Invoke) -> None:
    done = invoke("claims", case.path, "proofpoint-2014")
    assert done.exit_code == Exit.DONE, done.stderr
    assert "15 (days from first to last) × 3 (bursts a day)" in done.stdout
    found = json.loads(invoke("claims", case.path, "proofpoint-2014", "--json", "--sample", "0.5").stdout)
    verdicts = {claim["id"]: claim["verdict"] for claim in found["claims"]}
    assert verdicts["messages"] == verdicts["default-passwords"] == "not testable"
    assert (found["sample"], found["claims"][0]["figure"]) == (0.5, 14)
    assert {relation["verdict"] for relation in found["consistency"]} == {"consistent", "inconsistent"}


def test_all_faults_of_a_file_are_told_each_in_a_line(case: Case, tmp_path: Path, invoke: Invoke) -> None:
    path = tmp_path / "claims.toml"
    path.write_text(ABOUT + '[[claim]]\nid = "a"\nwording = "b"\npredicate = { kind = "x\\u001b[2J" }\n', "utf-8")
    done = invoke("claims", case.path, path)
    assert (done.exit_code, done.stdout) == (Exit.USAGE, "")
    lines = done.stderr.splitlines()
    assert lines[0].endswith('claims.toml:6: claim "a": it has no source: write source = "..."')
    assert 'claims.toml:9: claim "a": unknown kind "x\\x1b[2J"' in lines[1]


def test_a_file_or_campaign_that_is_not_there_is_wrong_usage(case: Case, invoke: Invoke) -> None:
    assert invoke("claims", case.path, "none.toml").exit_code == Exit.USAGE
    assert invoke("claims", case.path, "proofpoint-2014", "--only", "Tax").exit_code == Exit.USAGE
    assert invoke("claims", case.path / "none", "proofpoint-2014").exit_code == Exit.CASE
