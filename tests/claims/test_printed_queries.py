"""The queries behind claims, as they are printed: whole, and to be run as they stand."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from attribution.claims import check_claims
from attribution.cli.claims_view import show_claims
from tests.claims.made_case import claims_of, made_case

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("folder", ["www.example.org", "it's [1]*"])
def test_a_query_is_printed_whole_and_as_it_is(tmp_path: Path, folder: str) -> None:
    keys = [10**17 + number for number in range(400)]
    case = made_case(
        tmp_path / folder,
        {"198.51.100.1": 1},
        messages={"198.51.100.1": {"campaign": keys[0]}},
        campaigns=[{"campaign": key} for key in keys],
    )
    claims = claims_of('kind = "count", of = "messages", op = "at-least", value = 1')
    checked = check_claims(case, claims, campaigns=keys)
    ((_, rating),) = checked.ratings
    out = io.StringIO()
    show_claims(Console(file=out, width=80), checked, queries=True)
    assert len(rating.rows[0].sql) > 4_000
    assert any(line.endswith(f" {rating.rows[0].sql}") for line in out.getvalue().splitlines())
