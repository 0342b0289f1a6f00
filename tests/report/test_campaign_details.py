from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from attribution.report.campaign_details import campaign_details, leads_by
from attribution.report.campaigns import CampaignLine
from attribution.tables import CAMPAIGNS, LEADS


@dataclass(frozen=True)
class Said:
    sentence: str = "same subject"
    messages: int = 3
    values: tuple[str, ...] = ("parcel <#>",)


@dataclass(frozen=True)
class Explained:
    sentences: tuple[str, ...] = ("4 messages: same subject.",)
    reasons: tuple[Said, ...] = (Said(),)
    all_reasons: int = 1
    bridge_sentence: str = "No single link holds a large part of it."
    stability: str = "Without the subject it falls apart."
    warnings: tuple[str, ...] = ()
    leads: tuple[Said, ...] = field(default=())


LINE = CampaignLine(7, 4, 2, "parcel <#>", None, None, bursts=30)


def row(**known: object) -> dict[str, Any]:
    return dict.fromkeys(CAMPAIGNS.names) | {"campaign": 7, "messages": 4} | known


def test_what_the_explanation_says_is_taken_over() -> None:
    found = campaign_details(LINE, row(device_sentence="Of 9 senders none."), Explained(), 0)
    assert found.why == ("4 messages: same subject.",)
    assert found.reasons == ((3, "same subject", "parcel <#>"),)
    assert (found.bridge, found.stability) == (
        "No single link holds a large part of it.",
        "Without the subject it falls apart.",
    )
    assert found.devices == "Of 9 senders none."
    assert (found.more_reasons, found.more_bursts, found.more_leads) == (0, 0, 0)


def test_what_does_not_fit_is_cut_and_counted() -> None:
    day = datetime(2024, 1, 5, tzinfo=UTC)
    starts = [day + timedelta(hours=hour) for hour in range(30)]
    why = Explained(reasons=(Said(values=("x" * 900, "y" * 900)),) * 9, all_reasons=40, leads=(Said(),) * 9)
    found = campaign_details(LINE, row(burst_starts=starts), why, 1_000)
    assert (len(found.reasons), found.more_reasons) == (5, 35)
    assert (found.bursts, found.more_bursts) == (tuple(starts[:12]), 18)
    assert (len(found.leads), found.more_leads) == (5, 995)
    assert len(found.reasons[0][2]) <= 300
    assert "… + y" in found.reasons[0][2]


def test_without_evidence_no_link_is_said_to_be_weakest() -> None:
    found = campaign_details(LINE, row(), Explained(reasons=(), all_reasons=0, stability=""), 0)
    assert (found.reasons, found.bridge, found.stability, found.bursts, found.devices) == ((), "", "", (), None)


def lead(number: int, one: int | None, other: int | None, background: float | None) -> dict[str, object]:
    ends = {"lead": number, "campaign_a": one, "campaign_b": other, "background": background}
    return dict.fromkeys(LEADS.names) | ends


def test_each_campaign_has_its_strongest_leads_and_their_number() -> None:
    rows = [lead(number, 7, 100 + number, 0.1 - number / 1_000) for number in range(9)]
    rows += [lead(50, 8, 7, 0.001), lead(51, None, 8, None), lead(52, 200, 300, 0.0001), lead(53, 9, 9, 0.01)]
    for ordered in (rows, rows[::-1]):
        seven, eight, nine, none = leads_by([7, 8, 9, 10], pa.Table.from_pylist(ordered, LEADS))
        assert (seven.strongest["lead"].to_pylist(), seven.number) == ([50, 8, 7, 6, 5], 10)
        assert (eight.strongest["lead"].to_pylist(), eight.number) == ([50, 51], 2)
        assert (nine.strongest["lead"].to_pylist(), nine.number) == ([53], 1)
        assert (none.strongest.num_rows, none.number) == (0, 0)
