from __future__ import annotations

import re
from pathlib import Path

import pytest

from attribution.enrich.evidence import reasons
from attribution.origin.rulebook import rules
from attribution.tables import TABLES

ROOT = Path(__file__).resolve().parent.parent

DOCS = [*sorted(ROOT.glob("docs/**/*.md")), ROOT / "README.md", ROOT / "samples" / "README.md"]


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_described(table: str) -> None:
    text = (ROOT / "docs" / "reference" / "tables.md").read_text("utf-8")
    section = text.split(f"\n## {table}\n")[1].split("\n## ")[0]
    named = set(re.findall(r"`(\w+\*?)`", section))
    patterns = {name.removesuffix("*") for name in named if name.endswith("*")}
    for column in TABLES[table].names:
        assert column in named or any(column.startswith(pattern) for pattern in patterns), column


def test_the_rules_page_is_the_rule_table() -> None:
    text = (ROOT / "docs" / "reference" / "rules.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", text, re.MULTILINE))
    expected = {
        rule.id: f"{rule.severity} | {rule.says}" if rule.kind == "finding" else rule.says for rule in rules().values()
    }
    assert rows == expected


def test_the_reasons_of_devices_are_those_in_force() -> None:
    text = (ROOT / "docs" / "reference" / "tables.md").read_text("utf-8").split("### Reasons that limit a grade")[1]
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| `[a-z]+` \| (.*) \|$", text.split("\n## ")[0], re.MULTILINE))
    expected = {
        each.id: f"{each.says}{f' Rests on: {each.cites}.' if each.cites else ''}" for each in reasons().values()
    }
    assert rows == expected


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
