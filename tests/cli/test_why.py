from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from attribution.campaigns.why import explain_campaign, explain_message
from attribution.cli.exits import Exit
from attribution.cli.why_view import show_campaign, show_message
from tests.campaigns.made_campaigns import campaigns, evidence, leads, links, made, messages

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Invoke, Sheet


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Write the made campaigns as a case."""
    folder = tmp_path / "case"
    tables = {
        "campaigns": campaigns(),
        "evidence": evidence(),
        "links": links(),
        "leads": leads(),
        "messages": messages(),
    }
    for name, table in tables.items():
        (folder / name).mkdir(parents=True)
        pq.write_table(table, folder / name / "part-00000.parquet")
    (folder / "run.json").write_text("{}")
    return folder


def test_a_campaign_is_explained_from_the_short_answer_to_what_it_is_not(case: Path, invoke: Invoke) -> None:
    done = invoke("why", case, 100)
    assert done.exit_code == Exit.DONE, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    wanted = [
        "4,112 messages: same subject family and same engine; 0.003 unrelated matches expected among 750,000 messages.",
        "Evidence, that of most messages first",
        "subject family your parcel <n> could not be delivered \\x1b[2J 18.2 bits",
        "engine pmsg-7f03 9.7 bits",
        "Weakest link",
        "Without one kind of evidence",
        "Leads: what may belong together; none of them joins anything",
        "Take care",
        "Words",
        "subject family: subjects that differ in a word.",
    ]
    places = [lines.index(line) for line in wanted]
    assert places == sorted(places)
    assert lines[0].startswith("Campaign 100 Parcel \\x1b]8;;hxxp://")


def test_a_message_is_shown_with_its_way_to_the_core(case: Path, invoke: Invoke) -> None:
    out = invoke("why", case, 106).stdout
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert [line for line in lines if line.startswith("message ")] == [
        "message 106",
        "message 106",
        "message 105",
        "message 104",
        "message 101",
    ]
    assert "place dump.mbox, byte 6,000" in lines
    assert "received 2014-01-03 06:46:00 UTC" in lines
    assert "The way to the core" in lines


def test_the_way_to_another_message(case: Path, invoke: Invoke) -> None:
    found = json.loads(invoke("why", case, 100, 104, "--json").stdout)
    assert (found["kind"], found["path"], found["target_is"]) == ("message", [100, 1, 104], "other")
    assert [place["message"] for place in found["places"]] == [100, 104]
    assert found["places"][0]["received_at"] == "2014-01-03T06:40:00+00:00"
    apart = invoke("why", case, 103, 300)
    assert "The other message" in apart.stdout
    assert "Leads between them: 1." in apart.stdout


def test_json_has_all_reasons_and_the_text_as_many_as_were_asked_for(case: Path, invoke: Invoke) -> None:
    done = invoke("why", case, 100, "--json", "--limit", 1)
    assert done.stdout.isascii()
    found = json.loads(done.stdout)
    assert (found["kind"], found["campaign"], len(found["reasons"])) == ("campaign", 100, 3)
    assert found["bridge"]["messages"] == 412
    assert "and 2 more combinations" in invoke("why", case, 100, "--limit", 1).stdout


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("100", [], ("campaign", 100)),
        ("100", ["--message"], ("message", 100)),
        ("105", [], ("campaign", 100)),
        ("105", ["--message"], ("message", 105)),
        ("106", [], ("message", 106)),
        ("106", ["--campaign"], ("campaign", 100)),
        ("106.4711@mail.example.org", [], ("message", 106)),
        ("<106.4711@mail.example.org>", [], ("message", 106)),
        ("<106.4711@mail.example.org>", ["--campaign"], ("campaign", 100)),
        ("0000012C", [], ("message", 300)),
        ("000000c8", ["--campaign"], ("campaign", 200)),
        ("00000069" + "ab" * 28, [], ("message", 105)),
        ("mail: inbox/201.eml", [], ("message", 201)),
        ("inbox/201.eml", [], ("message", 201)),
        ("./inbox/201.eml", [], ("message", 201)),
        ("201.eml", [], ("message", 201)),
        ("dump.mbox", ["--campaign"], ("campaign", 100)),
        ("301", [], ("message", 301)),
    ],
)
def test_what_an_id_may_be(
    text: str, options: list[str], expected: tuple[str, int], case: Path, invoke: Invoke
) -> None:
    done = invoke("why", case, text, *options, "--json")
    assert done.exit_code == Exit.DONE, done.stderr
    found = json.loads(done.stdout)
    assert (found["kind"], found[found["kind"]]) == expected


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["999"], "has nothing that fits 999"),
        (["0000"], "has nothing that fits 0000"),
        ([""], "has nothing that fits"),
        (["9" * 30], "has nothing that fits"),
        (["\udcff.eml"], "has nothing that fits"),
        (["dump.mbox"], "dump.mbox fits 8 messages: give the key of one of them: 100 (dump.mbox, byte 0, "),
        (["000000c8"], "000000c8 fits 2 messages: give the key of one of them: 200 ("),
        (["301", "--campaign"], "message 301 is in no campaign; leave --campaign out to see why"),
        (["100", "--campaign", "--message"], "exclude each other"),
        (["100", "106", "--campaign"], "--campaign takes one ID"),
        (["100", "999"], "has nothing that fits 999"),
    ],
)
def test_an_id_that_does_not_say_which_is_one_line(arguments: list[str], part: str, case: Path, invoke: Invoke) -> None:
    done = invoke("why", case, *arguments)
    assert (done.exit_code, done.stdout) == (Exit.USAGE, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert part in line
    assert "\x1b" not in line


def test_of_many_candidates_five_are_named(case: Path, invoke: Invoke) -> None:
    line = invoke("why", case, "dump.mbox").stderr
    assert line.count("byte") == 5
    assert line.endswith("and 3 more\n")


def test_a_message_in_no_campaign_is_told_so(case: Path, invoke: Invoke) -> None:
    out = invoke("why", case, 301).stdout
    assert "Message 301 is in no campaign." in out
    assert "Nothing that it shares with other messages is rare enough" in out


@pytest.mark.parametrize("asked", ["100", "106"])
def test_a_case_of_an_older_version_is_one_line_and_its_code(asked: str, case: Path, invoke: Invoke) -> None:
    (case / "links" / "part-00000.parquet").unlink()
    done = invoke("why", case, asked)
    assert (done.exit_code, done.stdout) == (Exit.CASE, "")
    (line,) = done.stderr.splitlines()
    assert "older version" in line
    assert "run the analysis again" in line


def test_what_is_no_case_is_one_line_and_its_code(invoke: Invoke) -> None:
    done = invoke("why", "missing", "100")
    assert (done.exit_code, done.stdout) == (Exit.CASE, "")


def test_a_long_way_shows_its_first_steps_and_its_end(sheet: Sheet) -> None:
    show_message(sheet.console, explain_message(106, *made()), {}, limit=2)
    lines = [" ".join(line.split()) for line in sheet.text.splitlines()]
    assert "and 1 more step; --limit shows more, --json all of them" in lines
    assert [line for line in lines if line.startswith("message ")] == [
        "message 106",
        "message 106",
        "message 105",
        "message 101",
    ]


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_texts_from_mail_cannot_act(encoding: str, terminal: bool, make_sheet: type[Sheet]) -> None:
    sheet = make_sheet(encoding, terminal=terminal)
    hostile = "[red]\x1b]8;;http://evil.example\x07\u202e\x9b5m馬\r\n[/red]"
    shown = explain_campaign(
        100, campaigns(name=hostile), evidence(values=[hostile, hostile], trait=hostile), links(), leads()
    )
    show_campaign(sheet.console, shown)
    places = {row["message"]: row | {"subject": hostile, "source": hostile} for row in messages().to_pylist()}
    show_message(sheet.console, explain_message(106, *made()), places, limit=8)
    for part in ("\x1b]", "\x07", "\x9b", "\u202e", "\r", "http://"):
        assert part not in sheet.text
    assert "[red]" in sheet.text
    if not terminal:
        assert "\x1b" not in sheet.text
