from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from attribution.cli.contents_view import show_contents
from attribution.cli.trace_view import delay_text, show_trace
from attribution.contents import Address, AttachedMessage, Attachment, Body, Contents
from attribution.models import Hop
from attribution.pipeline import Trace

if TYPE_CHECKING:
    from tests.cli.conftest import Sheet


def at(minute: int, second: int = 0) -> datetime:
    return datetime(2024, 1, 5, 10, minute, second, tzinfo=UTC)


def example(words: str = "Example") -> Trace:
    return Trace(
        message=1,
        sha256="ab" * 32,
        source="mail.eml",
        member=None,
        offset=0,
        length=5_123,
        status="ok",
        date=at(0),
        received_at=at(5),
        subject=words,
        from_name=words,
        from_address="bob@example.com",
        return_path="",
        handover_ip="203.0.113.9",
        handover_grade="vouched",
        handover_reason=f"the peer that {words} saw",
        handover_hop=0,
        handover_start=40,
        handover_end=51,
        origin_ip="198.51.100.7",
        origin_grade="contradicted",
        origin_reason="the clocks disagree",
        origin_hop=1,
        findings=[words],
        receiver=(f"1 of 1 messages end at {words}",),
        facts={"203.0.113.9": {"asn": 64500, "as_org": words, "country": "DE", "geo_source": words}},
        hops=[
            Hop(
                0,
                "postfix",
                "parsed",
                helo=words,
                rdns="mail.example.org",
                rdns_state="verified",
                ip="203.0.113.9",
                by="mx.example.net",
                date=at(5),
                span_end=210,
                trusted=True,
                trust_reason="it is the newest line",
            ),
            Hop(1, "exim", "parsed", helo="[198.51.100.7]", ip="198.51.100.7", by=words, date=at(7, 9)),
            Hop(2, None, "unknown", raw=f"Received: {words}"),
            Hop(3, "exim", "parsed", date=at(7, 6), findings=[words]),
        ],
        contents=Contents(
            addresses={"to": [Address(words, "ann@example.net"), Address("", "cc@example.net")]},
            bodies=[Body("text/plain", 1_234)],
            messages=[AttachedMessage(1_516, "ef" * 32)],
            attachments=[Attachment(words, "application/zip", 12, "cd" * 32), Attachment(None, "x/y", None, None, "?")],
            defects=[words],
        ),
    )


def test_a_reversal_that_is_a_finding_is_called_one(sheet: Sheet) -> None:
    trace = example()
    trace.hops[1].findings.append("time-reversed")
    show_trace(sheet.console, trace)
    text = " ".join(sheet.text.split())
    assert "delay -2 min 9 s since hop 1: the clocks disagree, or a line is forged" in text


def test_the_way_is_told_from_the_newest_line_down(sheet: Sheet) -> None:
    show_trace(sheet.console, example())
    lines = [" ".join(line.split()) for line in sheet.text.splitlines()]
    wanted = [
        "mail.eml",
        "subject Example",
        "1 of 1 messages end at Example",
        "hop 0 trusted postfix, bytes 0-210",
        "why it is the newest line",
        "name mail.example.org (verified)",
        "delay -2 min 9 s since hop 1: the two clocks differ",
        "hop 1 not trusted exim, bytes 0-0",
        "delay +3 s since hop 3",
        "hop 2 not trusted no known dialect, bytes 0-0",
        "raw Received: Example",
        "Handover: the address that connected to the receiver",
        "203.0.113.9 vouched hop 0, bytes 40-51",
        "the peer that Example saw",
        "network AS64500 Example",
        "Origin: the earliest address that the chain supports",
        "198.51.100.7 contradicted hop 1",
        "Findings",
        "Contents",
        "to Example <ann@example.net>",
        "text text/plain, 1,234 characters",
        "1,516 bytes, not analysed: nothing above but its texts is about it. Save it to a file and trace that.",
        "type application/zip, 12 bytes",
        "problem ?",
    ]
    places = [lines.index(line) for line in wanted]
    assert places == sorted(places)


def test_the_boundary_stands_between_the_last_trusted_line_and_the_first_other(sheet: Sheet) -> None:
    show_trace(sheet.console, example())
    lines = sheet.text.splitlines()
    (place,) = [number for number, line in enumerate(lines) if "trust boundary" in line]
    assert lines[place + 1].split()[:2] == ["hop", "1"]


def test_a_known_finding_is_explained(sheet: Sheet) -> None:
    from attribution.origin.rulebook import rules

    rule = next(item for item in rules().values() if item.kind == "finding")
    trace = example()
    trace.findings = [rule.id]
    show_trace(sheet.console, trace)
    assert f"{rule.id}: {rule.says}" in sheet.text


def test_a_message_without_hops_says_so(sheet: Sheet) -> None:
    trace = Trace(message=1, sha256="", source="-", member="a/b", offset=7, length=0, status="partial")
    show_trace(sheet.console, trace)
    for part in ("-: a/b", "partial", "No Received field", "not known: every line is a claim", "No findings"):
        assert part in sheet.text


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "+0 s"),
        (3, "+3 s"),
        (-12, "-12 s"),
        (3_905, "+1 h 5 min"),
        (-90_061, "-1 d 1 h"),
        (86_400 * 4_000, "+4,000 d"),
        (0.4, "+0 s"),
    ],
)
def test_a_delay_keeps_its_sign(seconds: float, expected: str) -> None:
    assert delay_text(timedelta(seconds=seconds)) == expected


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_texts_from_mail_cannot_act(encoding: str, terminal: bool, make_sheet: type[Sheet]) -> None:
    sheet = make_sheet(encoding, terminal=terminal)
    show_trace(sheet.console, example("[red]\x1b]8;;http://evil.example\x07\u202e\x9b5m馬\r\n[/red]"))
    shown = sheet.text
    for part in ("\x1b]", "\x07", "\x9b", "\u202e", "\r", "http://"):
        assert part not in shown
    assert "[red]" in shown
    if not terminal:
        assert "\x1b" not in shown


def test_contents_that_could_not_be_read_say_why(sheet: Sheet) -> None:
    show_contents(sheet.console, Contents(error="header longer than 5 bytes"))
    assert "not read: header longer than 5 bytes" in sheet.text


def test_long_lists_are_cut_and_counted(sheet: Sheet) -> None:
    many = Contents(
        addresses={"to": [Address("", f"user{number}@example.com") for number in range(1_000)]},
        attachments=[Attachment("a", "x/y", 1, "00") for _ in range(30)],
        defects=[f"defect {number}" for number in range(25)],
    )
    show_contents(sheet.console, many)
    for part in ("and 980 more", "and 10 more attachments", "and 5 more defects"):
        assert part in sheet.text
    assert len(sheet.text.splitlines()) < 200
