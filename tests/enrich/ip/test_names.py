"""Names of networks that a table of numbers does not have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from attribution.enrich.ip import look_up, open_database
from attribution.enrich.ip.names import with_names

if TYPE_CHECKING:
    from pathlib import Path

    from attribution.enrich.ip import Database

MAIL = datetime(2014, 1, 3, tzinfo=UTC)


@pytest.fixture
def then(tmp_path: Path) -> Path:
    path = tmp_path / "ipasn_20140101.dat"
    path.write_text("33.0.0.0/8\t64500\n34.0.0.0/8\t64501\n35.0.0.0/8\t64502\n")
    return path


@pytest.fixture
def now(tmp_path: Path) -> Path:
    """Give a table of today, in which one network has moved and one is gone."""
    path = tmp_path / "ip2asn-2026-01-01.tsv"
    rows = (
        ("33.0.0.0", "33.255.255.255", "64500", "DE", "Example Broadband"),
        ("34.0.0.0", "34.255.255.255", "64500", "DE", "Example Broadband"),
        ("36.0.0.0", "36.255.255.255", "64502", "FR", "Example Mobile"),
    )
    path.write_text("".join("\t".join(row) + "\n" for row in rows))
    return path


def known(databases: list[Database]) -> list[dict[str, object]]:
    times = pa.array([MAIL] * 4, pa.timestamp("us", tz="UTC"))
    ips = ["33.0.0.1", "34.0.0.1", "35.0.0.1", "36.0.0.1"]
    table = look_up(pa.table({"ip": ips, "first_seen": times, "last_seen": times}), databases)
    found: list[dict[str, object]] = with_names(table, databases).select(["asn", "as_org", "as_gap_days"]).to_pylist()
    return found


def test_a_number_of_the_past_gets_the_name_that_it_has_elsewhere(then: Path, now: Path) -> None:
    with open_database(then) as old, open_database(now) as new:
        rows = known([old, new])
    assert [(row["asn"], row["as_org"]) for row in rows] == [
        (64500, "Example Broadband"),
        (64501, None),  # nobody names that number
        (64502, "Example Mobile"),  # by another address of the table
        (64502, "Example Mobile"),
    ]
    assert rows[0]["as_gap_days"] == 2


def test_names_that_are_there_stay_and_none_are_made_up(then: Path, now: Path) -> None:
    with open_database(now) as new:
        assert [row["as_org"] for row in known([new])] == [
            "Example Broadband",
            "Example Broadband",
            None,
            "Example Mobile",
        ]
    with open_database(then) as old:
        assert [row["as_org"] for row in known([old])] == [None] * 4
