from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from attribution import tables
from attribution.cli.summary_view import show_summary
from attribution.report import Summary, summarise
from attribution.report.campaigns import CampaignLine
from attribution.report.databases import Database
from attribution.report.devices import Devices, GradeLine, TypeLine
from attribution.report.history import AppendedLine, DecisionLine, DecisionsLine
from attribution.report.summary import CountryLine, NetworkLine, ProblemLine

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


def campaign(words: str = "Example", key: int = 2**62) -> CampaignLine:
    return CampaignLine(
        campaign=key,
        messages=40,
        addresses=12,
        template="another",
        first=DAY,
        last=DAY,
        name=words,
        slots=words,
        bursts=3,
        bursts_per_day=0.25,
        max_per_address=7,
        families=("text", "engine", words),
        remains=(0.1, 0.2, 0.3),
        confidence=0.999,
        device_verdict="more",
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
        campaigns=(campaign(words), CampaignLine(3, 2, 1, None, None, None)),
        campaign_count=2,
        campaign_messages=42,
        campaign_groups=3,
        campaign_grouped=12,
        leads={"evidence": 1_190, words: 2},
        decisions=DecisionsLine(4, 3, 1, DecisionLine(4, DAY, "name", words, words, words)),
        appended=(AppendedLine(DAY, 20, 0), AppendedLine(DAY, 1_200, 3)),
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
            together=f"{words} go together.",
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
        "received 2024-01-05 to 2024-01-05; 7 are identical copies of others",
        "added on 2024-01-05: 1,200 messages; in all 2 additions with 1,220 messages",
        "1,100 of 1,200 messages end at Example",
        "vouched 1,100 91.7 % ███████████████ 0 0.0 %",
        "64500 Example 600 40 ████████████████",
        "for 99 messages the network is not known",
        "40 12 Example: Example",
        "2024-01-05 to 2024-01-05, 3 bursts (0.25 a day)",
        "why: text, engine and 1 more; confidence 0.999",
        "devices beside neighbours: clearly more",
        "campaign 4611686018427387904, up to 7 from one address",
        "2 1 (no subject in common)",
        "campaign 3",
        "12 campaigns seem to come from 3 botnets (same senders or same engine): leads, no proof",
        "leads, too weak to be asserted: 1,190 by shared evidence, 2 Example",
        "What an analyst decided (4 entries, 3 in force)",
        'last on 2024-01-05 by Example: a campaign named, "Example": Example',
        "unsupported 0 6 of a kind that is not read",
        "Example: Example: unsupported: Example (and 2 alike)",
        "and 3 more",
        "Example is what may be said.",
        "Example go together.",
        "5 gateway",
        "The device is a router, modem, access point or firewall: all hosts",
        "Example: built 2024-01-05",
        "cases/parcels/report.html (this summary as a page)",
        "attribution why cases/parcels 4611686018427387904 says why the largest campaign is one",
    ):
        assert part in lines


def test_the_time_of_a_run_is_told_while_it_is_that_of_all_mail(sheet: Sheet) -> None:
    show_summary(sheet.console, replace(full(), appended=()))
    assert "2.0 s (600/s)" in sheet.text
    assert "added on" not in sheet.text


def test_one_addition_is_told_by_itself(sheet: Sheet) -> None:
    show_summary(sheet.console, replace(full(), appended=(AppendedLine(None, 1, 0),)))
    assert "added on an unknown day: 1 message\n" in sheet.text


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"bursts": 0, "bursts_per_day": 0.0}, "2024-01-05 to 2024-01-05, no burst"),
        ({"bursts": 1}, "2024-01-05 to 2024-01-05, 1 burst"),
        ({"bursts": None}, "2024-01-05 to 2024-01-05"),
        ({"max_per_address": 1}, "campaign 5, one from each address"),
        ({"addresses": 1}, "campaign 5"),
        ({"name": None, "slots": None}, "40 12 another"),
        ({"families": ()}, "why: confidence 0.999"),
    ],
)
def test_what_is_said_of_a_campaign_follows_what_is_known(known: dict[str, Any], said: str, sheet: Sheet) -> None:
    show_summary(sheet.console, replace(full(), campaigns=(replace(campaign(key=5), **known),)))
    assert said in [" ".join(line.split()) for line in sheet.text.splitlines()]


@pytest.mark.parametrize("verdict", [None, "none", "a word of tomorrow"])
def test_devices_that_were_not_judged_are_not_spoken_of(verdict: str | None, sheet: Sheet) -> None:
    show_summary(sheet.console, replace(full(), campaigns=(replace(campaign(), device_verdict=verdict),)))
    assert "beside neighbours" not in sheet.text


def test_the_largest_campaigns_fit_one_screen(sheet: Sheet) -> None:
    rows = tuple(replace(campaign("some words " * 40, key), name="Parcel A") for key in range(2**62, 2**62 + 10))
    show_summary(sheet.console, replace(full(), campaigns=rows))
    shown = sheet.text[sheet.text.index("Largest campaigns") : sheet.text.index("What an analyst decided")]
    lines = shown.splitlines()
    assert len(lines) <= 40
    assert shown.count("campaign 46116") == 5
    assert all(len(line.rstrip()) <= 80 for line in lines if not line.startswith("  12 campaigns"))


def test_the_command_that_says_why_can_be_pasted_in_a_shell(sheet: Sheet) -> None:
    show_summary(sheet.console, replace(full(), case="my cases/it's"))
    assert """attribution why 'my cases/it'"'"'s' 4611686018427387904""" in sheet.text


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


def test_what_was_said_on_the_same_terminal_is_not_said_twice(sheet: Sheet, make_sheet: type[Sheet]) -> None:
    once = replace(full(), receiver=("One of them.", "Another of them."))
    show_summary(sheet.console, once, {"One of them."})
    assert "One of them." not in sheet.text
    assert "Another of them." in sheet.text
    other = make_sheet()
    show_summary(other.console, once, set(once.receiver))
    assert "Receiver" not in other.text


def test_grades_paths_and_commands_are_whole_on_a_narrow_terminal(make_sheet: type[Sheet]) -> None:
    narrow = make_sheet(terminal=True)
    narrow.console.width = 60
    path = "cases of this year/a very long name of a folder that no line of sixty columns holds"
    show_summary(narrow.console, replace(full(), case=path, handover_grades={"corroborated": 20, "contradicted": 9}))
    for part in ("corroborated", "contradicted", f"{path}/report.html", f"attribution trace FILE --case '{path}'"):
        assert part in narrow.text
