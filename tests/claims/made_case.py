"""Cases made by hand, a row at a time, so that every figure can be counted with the fingers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from attribution import open_case
from attribution.claims import check_claims, parse_claims
from attribution.tables import ADDRESSES, CAMPAIGNS, CONTROLS, MESSAGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from attribution import Case
    from attribution.claims import ClaimsFile, Rating

__all__ = ["ABOUT", "CONTROL", "HOSTS", "START", "claims_of", "made_case", "rate"]

START = datetime(2013, 12, 23, tzinfo=UTC)
ABOUT = """\
[about]
title = "A report"
source = "https://example.org/report"
published = 2014-01-16
who = "Example, Inc."
"""
HOSTS = {"lower": 2, "upper": 4, "estimate": 3, "assumptions": ["One line, one address."], "said": "2 to 4 hosts."}


def CONTROL(verdict: str, share: float = 0.1) -> dict[str, Any]:  # noqa: N802 (beside the other constants)
    """Return a comparison of the run record with a verdict."""
    things = {
        "what": "things",
        "senders": 100,
        "senders_with": 40,
        "controls": 300,
        "controls_with": 30,
        "controls_share": share,
        "odds_ratio": 3.0,
        "low": 2.0,
        "high": 4.0,
        "verdict": verdict,
    }
    return {"said": f"The comparison says {verdict}.", "things": things, "types": [{**things, "what": "router"}]}


def table(schema: pa.Schema, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)


def made_case(
    folder: Path,
    sent: Mapping[str, int | Sequence[datetime]],
    *,
    addresses: Mapping[str, Mapping[str, Any]] | None = None,
    messages: Mapping[str, Mapping[str, Any]] | None = None,
    campaigns: Sequence[Mapping[str, Any]] = (),
    controls: Sequence[Mapping[str, Any]] = (),
    run: Mapping[str, Any] | None = None,
) -> Case:
    """Write a case and open it.

    Args:
        folder: Is made.
        sent: For each address how many messages it sent, an hour apart, or their times.
        addresses: Further columns of an address. `messages`: of the messages of an address.
        messages: See `addresses`.
        campaigns: Rows of the campaigns table. `controls`: of that of neighbours.
        controls: See `campaigns`.
        run: Of the run record.
    """
    rows: list[dict[str, Any]] = []
    for ip, given in sent.items():
        times = [START + timedelta(hours=hour) for hour in range(given)] if isinstance(given, int) else list(given)
        more = (messages or {}).get(ip, {})
        rows += [
            {"handover_ip": ip, "handover_grade": "vouched", "received_at": time, "status": "ok", **more}
            for time in times
        ]
    numbered = [{"message": number, **row} for number, row in enumerate(rows)]
    known = [{"ip": ip, **(addresses or {}).get(ip, {})} for ip in sent]
    tables = {
        "messages": table(MESSAGES, numbered),
        "addresses": table(ADDRESSES, known),
        "campaigns": table(CAMPAIGNS, campaigns),
        "controls": table(CONTROLS, controls),
    }
    for name, found in tables.items():
        (folder / name).mkdir(parents=True)
        pq.write_table(found, folder / name / "part-00000.parquet")
    (folder / "run.json").write_text(json.dumps({"hosts": HOSTS, **(run or {})}), "utf-8")
    return open_case(folder)


def claims_of(*predicates: str, about: str = ABOUT) -> ClaimsFile:
    """Return a claims file with these predicates, written as inline tables without their braces."""
    blocks = [
        f'[[claim]]\nid = "c{number}"\nwording = "so it is"\nsource = "page 1"\npredicate = {{ {predicate} }}\n'
        for number, predicate in enumerate(predicates)
    ]
    return parse_claims("claims.toml", about + "".join(blocks))


def rate(case: Case, predicate: str, **asked: Any) -> Rating:  # noqa: ANN401 (as check_claims takes them)
    """Return the rating of a single predicate."""
    ((_, rating),) = check_claims(case, claims_of(predicate), **asked).ratings
    return rating
