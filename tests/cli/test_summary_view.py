from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from attribution import tables
from attribution.cli.summary_view import show_summary
from attribution.report import Summary, summarise
from attribution.report.databases import Database
from attribution.report.devices import Devices, GradeLine, TypeLine
from attribution.report.summary import CampaignLine, CountryLine, NetworkLine, ProblemLine

if TYPE_CHECKING:
    from tests.cli.conftest import Sheet

DAY = datetime(2024, 1, 5, tzinfo=UTC)
EMPTY = summarise(
    tables.MESSAGES.empty_table(),
    tables.ADDRESSES.empty_table(),
    tables.CAMPAIGNS.empty_table(),
    tables.PROBLEMS.empty_table(),
    {},
)


def full(words: str = "Example") -> Summary:
    return replace(
        EMPTY,
        case="cases/parcels",
        messages=1_200,
        duplicates=7,
        statuses={"ok": 1_199, "partial": 1},
        handover_grades={"vouched": 1_100, "none": 100},
        origin_grades={"claimed": 900, "contradicted": 100, "none": 200},
        handover_addresses=310,
        first=DAY,
        last=DAY,
        receiver=(f"1,100 of 1,200 messages end at {words}",),
        networks=(NetworkLine(64500, words, 600, 40), NetworkLine(64501, None, 1, 1)),
        network_count=2,
        networkless=99,
        countries=(CountryLine(words, 601, 41),),
        country_count=1,
        campaigns=(CampaignLine(2**62, 40, 12, words, DAY, DAY), CampaignLine(3, 2, 1, None, None, None)),
        campaign_count=2,
        campaign_messages=42,
        findings={words: 9},
        problems=6,
        problem_statuses={"unsupported": 6},
        problem_examples=(ProblemLine(words, words, 0, "unsupported", words, 3),),
        databases=(Database(words, built=DAY, warning=f"{words} is old", licence=words, attribution=words),),
        devices=Devices(
            banners=12,
            addresses=9,
            grades=(GradeLine("opposed", 5, 0, 0),),
            types=(TypeLine(words, 4, 5),),
            reasons={"gateway": 5, words: 1},
            said=f"{words} is what may be said.",
            remarks=(words,),
            comparisons=(),
        ),
        hosts=f"{words} hosts.",
        advice=(f"get {words}",),
        seconds=2.0,
    )


def test_the_summary_says_what_a_person_wants_to_know(sheet: Sheet) -> None:
    show_summary(sheet.console, full())
    lines = [" ".join(line.split()) for line in sheet.text.splitlines()]
    for part in (
        "1,200 messages, 310 handover addresses, 2 campaigns",
        "received 2024-01-05 to 2024-01-05; 7 are identical copies of others; 2.0 s (600/s)",
        "1,100 of 1,200 messages end at Example",
        "vouched 1,100 91.7 % ███████████████ 0 0.0 %",
        "64500 Example 600 40 ████████████████",
        "for 99 messages the network is not known",
        "40 12 2024-01-05 2024-01-05 Example",
        "campaign 4611686018427387904",
        "unsupported 0 6 of a kind that is not read",
        "Example: Example: unsupported: Example (and 2 alike)",
        "and 3 more",
        "Example is what may be said.",
        "5 gateway",
        "The device is a router, modem, access point or firewall: all hosts",
        "Example: built 2024-01-05",
        "cases/parcels/report.html (this summary as a page)",
    ):
        assert part in lines


def test_it_fits_a_terminal_of_80_columns(make_sheet: type[Sheet]) -> None:
    sheet = make_sheet(terminal=False)
    show_summary(sheet.console, full("A rather long name of some organisation " * 3))
    tables_only = [line for line in sheet.text.splitlines() if not line.startswith("  A") and "█" in line]
    assert tables_only
    assert all(len(line) <= 80 for line in tables_only)


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_texts_from_mail_cannot_act(encoding: str, terminal: bool, make_sheet: type[Sheet]) -> None:
    sheet = make_sheet(encoding, terminal=terminal)
    show_summary(sheet.console, full("[red]\x1b]8;;http://evil.example\x07\u202e\x9b5m馬[/red]"))
    shown = sheet.text
    assert "\x1b]" not in shown
    assert "\x07" not in shown
    assert "\x9b" not in shown
    assert "\u202e" not in shown
    assert "[red]" in shown


def test_an_empty_case_has_a_summary(sheet: Sheet) -> None:
    show_summary(sheet.console, EMPTY)
    assert sheet.text.startswith("0 messages")


def test_no_colour_without_a_terminal(sheet: Sheet, make_sheet: type[Sheet]) -> None:
    show_summary(sheet.console, full())
    assert "\x1b" not in sheet.text
    terminal = make_sheet(terminal=True)
    show_summary(terminal.console, full())
    assert "\x1b[32m" in terminal.text
