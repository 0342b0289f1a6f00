"""Home connections that claim to have passed mail on: names and addresses are invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attribution import Case, analyze, append_mail, enrich_case, trace

if TYPE_CHECKING:
    from pathlib import Path

RULE = "relay-on-home-line"
MX = "by mx.example.net (Postfix) with ESMTP id 4ABC01; Mon, 5 Jan 2026 10:00:00 +0000"
HOME = f"from mail.bank.test (28-1-2-3.dsl.isp.example [28.1.2.3]) {MX}"
OFFICE = f"from mail.bank.test (mail.bank.test [28.1.2.4]) {MX}"
PASSED_ON = "from pc.shop.test (pc.shop.test [22.2.2.2]) by mail.bank.test (Postfix) with ESMTP id 4ABC02; Mon, 5 Jan 2026 09:59:00 +0000"  # noqa: E501 (a line as it is)
WITHIN = "from laptop ([192.168.1.7]) by mail.bank.test (Postfix) with ESMTP id 4ABC02; Mon, 5 Jan 2026 09:59:00 +0000"


def mail(*lines: str, number: int = 0) -> bytes:
    fields = [*(f"Received: {line}" for line in lines), "From: Ann <ann@example.org>", f"Subject: number {number}"]
    return "\n".join([*fields, "", "body", ""]).encode()


def test_a_home_line_that_claims_to_have_passed_mail_on_is_warned_of() -> None:
    found = trace(mail(HOME, PASSED_ON))
    assert found.facts["28.1.2.3"]["access"] == "residential"
    assert (found.handover_ip, found.origin_ip, found.origin_grade) == ("28.1.2.3", "22.2.2.2", "claimed")
    assert RULE in found.findings
    assert [RULE in hop.findings for hop in found.hops] == [False, True]


@pytest.mark.parametrize(
    ("why", "lines"),
    [
        ("a server with a name of its own passes mail on", (OFFICE, PASSED_ON)),
        ("what a home line passes on from inside is its own", (HOME, WITHIN)),
        ("nothing is claimed", (HOME,)),
        ("a broken chain is not followed", (HOME, PASSED_ON.replace("by mail.bank.test", "by mail.other.test"))),
        ("a guess from HELO alone is no knowledge", (f"from 28-1-2-3.dsl.isp.example ([28.1.2.3]) {MX}", PASSED_ON)),
    ],
)
def test_nothing_is_said_where(why: str, lines: tuple[str, ...]) -> None:
    assert RULE not in trace(mail(*lines)).findings, why


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Give a case of thirty messages, of which each fifth came over a home line that claims to relay."""
    messages = [
        mail(*((OFFICE, PASSED_ON) if number % 5 else (HOME, PASSED_ON)), number=number) for number in range(30)
    ]
    path = tmp_path / "dump.mbox"
    path.write_bytes(b"".join(b"From x@y Mon Jan  5 10:00:00 2026\n" + data + b"\n" for data in messages))
    return analyze(path, out=tmp_path / "case", trust=["mx.example.net"], workers=1)


def noted(case: Case) -> tuple[list[str], set[str]]:
    messages = case.messages[[RULE in found for found in case.messages["findings"]]]
    lines = case.hops[[RULE in found for found in case.hops["findings"]]]
    assert len(messages) == len(lines)
    assert set(messages["message"]) == set(lines["message"])
    return messages["subject"].tolist(), set(lines["raw"])


def test_a_case_has_the_finding_on_the_line_and_on_the_message(case: Case) -> None:
    subjects, lines = noted(case)
    assert subjects == [f"number {number}" for number in range(0, 30, 5)]
    assert lines == {f"Received: {PASSED_ON}"}


def test_another_enrichment_makes_it_anew(case: Case, tmp_path: Path) -> None:
    access = tmp_path / "access.txt"
    access.write_text("business 28.1.2.3\nresidential 28.1.2.4\n")
    again = enrich_case(case.path, access=access)
    assert noted(again)[0] == [f"number {number}" for number in range(30) if number % 5]
    assert noted(enrich_case(case.path, access=[]))[0] == [f"number {number}" for number in range(0, 30, 5)]


def test_new_mail_that_names_an_address_makes_it_anew_for_the_mail_that_was_there(tmp_path: Path) -> None:
    unnamed = f"from mail.bank.test (unknown [28.1.2.3]) {MX}"
    for name, numbers, line in (("old", range(3), unnamed), ("new", range(3, 8), HOME)):
        (tmp_path / name).mkdir()
        for number in numbers:
            (tmp_path / name / f"{number}.eml").write_bytes(mail(line, PASSED_ON, number=number))
    first = analyze(tmp_path / "old", out=tmp_path / "case", trust=["mx.example.net"], mmdb=[], workers=1)
    assert noted(first)[0] == []
    whole = analyze(
        [tmp_path / "old", tmp_path / "new"], out=tmp_path / "whole", trust=["mx.example.net"], mmdb=[], workers=1
    )
    done = append_mail(first.path, tmp_path / "new", workers=1)
    assert noted(done) == noted(whole)
    assert len(noted(done)[0]) == 8
