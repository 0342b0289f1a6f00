"""The tables of one small case, with invented mail, and the means to build others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from attribution import tables
from attribution.report import Summary, summarise

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.decisions import Decisions

    Rows = list[dict[str, Any]]
    Summarise = Callable[..., Summary]


def table(schema: pa.Schema, rows: Rows) -> pa.Table:
    blank = dict.fromkeys(schema.names)
    return pa.Table.from_pylist([blank | row for row in rows], schema=schema)


@pytest.fixture(scope="session")
def summary_of() -> Summarise:
    """Give a function that summarises rows; what a row does not name is null."""

    def build(
        messages: Rows = [],  # noqa: B006 (never changed)
        addresses: Rows = [],  # noqa: B006 (never changed)
        campaigns: Rows = [],  # noqa: B006 (never changed)
        problems: Rows = [],  # noqa: B006 (never changed)
        run: dict[str, Any] | None = None,
        leads: Rows = [],  # noqa: B006 (never changed)
        decisions: Decisions | None = None,
    ) -> Summary:
        base = {"status": "ok", "handover_grade": "none", "origin_grade": "none", "findings": []}
        return summarise(
            table(tables.MESSAGES, [base | row for row in messages]),
            table(tables.ADDRESSES, addresses),
            table(tables.CAMPAIGNS, campaigns),
            table(tables.PROBLEMS, problems),
            run or {},
            leads=table(tables.LEADS, leads),
            decisions=decisions,
            per_address=(1, 2, 5, 10, 100),
        )

    return build


def _day(day: int, hour: int = 0) -> datetime:
    return datetime(2024, 1, day, hour, tzinfo=UTC)


@pytest.fixture(scope="session")
def small(summary_of: Summarise) -> Summary:
    """Give the summary of six messages: two networks, one campaign, one copy, one problem."""
    vouched = {"handover_grade": "vouched"}
    claimed = {"handover_grade": "claimed"}
    copy = {"sha256": "a", "handover_ip": "192.0.2.1"}
    return summary_of(
        messages=[
            vouched | copy | {"received_at": _day(3), "findings": ["x.one"]},
            vouched | copy | {"received_at": _day(2)},
            vouched | {"sha256": "b", "handover_ip": "192.0.2.7", "origin_grade": "claimed"},
            vouched | {"sha256": "c", "handover_ip": "198.51.100.9", "findings": ["x.one", "x.two"]},
            claimed | {"sha256": "d", "handover_ip": "203.0.113.4", "received_at": _day(9, 8)},
            {"sha256": "e", "status": "partial"},
        ],
        addresses=[
            {"ip": "198.51.100.9", "asn": 64501, "as_org": "Example Hosting", "country": "NL"},
            {"ip": "192.0.2.1", "asn": 64500, "as_org": "Example Broadband", "country": "DE"},
            {"ip": "192.0.2.7", "asn": 64500, "as_org": "Example Broadband", "country": "DE"},
            {"ip": "203.0.113.4"},
        ],
        campaigns=[
            {
                "campaign": 5,
                "messages": 3,
                "addresses": 2,
                "subject_template": "Your parcel <n> waits",
                "first_seen": _day(2),
                "last_seen": _day(3),
            }
        ],
        problems=[
            {
                "source": "dump",
                "member": "a.eml",
                "offset": 0,
                "status": "malformed",
                "detail": "no header",
            }
        ],
        run={
            "case": "some/where/parcels",
            "version": "0.1.0",
            "started": "2026-01-01T00:00:00+00:00",
            "finished": "2026-01-01T00:00:01.500000+00:00",
            "receiver": {"sentences": ["5 of 6 messages end at *.example.net"]},
            "sources": [{"path": "dump", "files": 1, "bytes": 4096, "sha256": "f" * 64}],
            "databases": [
                {
                    "name": "lite.mmdb",
                    "kind": "ipinfo",
                    "built": "2025-01-08T00:00:00+00:00",
                    "licence": "CC-BY-SA-4.0",
                    "attribution": "Data by Example (https://example.org)",
                }
            ],
        },
    )
