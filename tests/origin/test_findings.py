"""The findings: what each fires on, and what it leaves alone in lines that true servers write.

The examples of the rules themselves (`rules.toml`) are checked in `test_rulebook.py`.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from attribution import headers, origin
from attribution.limits import Limits
from attribution.origin.line_faults import impossible_protocol, line_faults

if TYPE_CHECKING:
    from attribution.models import Hop, Verdict

DATA = tomllib.loads((files("attribution.origin") / "line_faults.toml").read_text("utf-8"))
DAY = "Mon, 5 Jan 2026 "
PC = "from pc7 (pc7.isp.example [22.2.2.2])"
TOP = (
    "from relay.bank.test (relay.bank.test [28.1.2.3]) by mx.example.net (Postfix) "
    f"with ESMTP id 4F0C21A0B8; {DAY}10:00:00 +0000"
)


def read(line: str) -> Hop:
    block = headers.read_block(f"Received: {line}\n\n".encode(), Limits())
    return headers.hops(block, Limits())[0]


def decide(*lines: str) -> tuple[Verdict, list[Hop]]:
    fields = "".join(f"{line}\n" if line.startswith("Subject:") else f"Received: {line}\n" for line in lines)
    block = headers.read_block(f"{fields}Subject: x\n\nbody\n".encode(), Limits())
    hops = headers.hops(block, Limits())
    return origin.decide(block, hops, origin.learn_receivers([])), hops


def below(line: str) -> list[str]:
    return decide(TOP, line)[1][1].findings


STANZAS = [
    pytest.param(kind, stanza, id=f"{kind}-{number}")
    for kind in ("date", "placeholder")
    for number, stanza in enumerate(DATA[kind])
]


@pytest.mark.parametrize(("kind", "stanza"), STANZAS)
def test_each_pattern_finds_its_examples_and_leaves_the_others_alone(kind: str, stanza: dict[str, list[str]]) -> None:
    rule = {"date": "date-as-address", "placeholder": "template-placeholder"}[kind]
    assert stanza["match"]
    assert stanza["differ"]
    for line in stanza["match"]:
        assert rule in line_faults(read(line)), line
        assert re.search(str(stanza["pattern"]), line), line
    for line in stanza["differ"]:
        assert rule not in line_faults(read(line)), line


@pytest.mark.parametrize("word", ["SMPT", "STMP", "ESTMP", "EMSTP", "SMTTP", "ESMTPQ", "esmpt", "SMPTS", "LMPT"])
def test_a_garbled_protocol_name_is_written_by_no_server(word: str) -> None:
    assert impossible_protocol(read(f"from pc7 ([22.2.2.2]) by relay.bank.test with {word} id 77; {DAY}09:59:00 +0000"))


@pytest.mark.parametrize("word", [*DATA["protocol"]["registered"], *DATA["protocol"]["written"], "ngmta", "X", ""])
def test_registered_words_and_those_of_programs_nobody_knows_are_left_alone(word: str) -> None:
    line = f"from pc7 ([192.168.2.2]) by n1.grp.scd.yahoo.com with {word} id 77; {DAY}09:59:00 +0000"
    assert not impossible_protocol(read(line))


def test_what_postfix_writes_in_capitals_it_never_writes_in_small_letters() -> None:
    line = f"{PC} by relay.bank.test (Postfix) with {{}} id 4F0C21A0B7; {DAY}09:59:00 +0000"
    assert not impossible_protocol(read(line.format("ESMTPSA")))
    assert not impossible_protocol(read(line.format("UTF8SMTPS")))
    assert impossible_protocol(read(line.format("esmtp")))
    assert impossible_protocol(read(line.format("HTTP")))


def test_exim_writes_small_letters_and_whatever_its_administrator_wants() -> None:
    for word in ("esmtpsa", "ESMTP", "asmtp", "local-smtp", "spam-scanned"):
        line = f"from [22.2.2.2] by relay.bank.test with {word} (Exim 4.94) id 1vchMZ-0001xy-2Z; {DAY}09:59:00 +0000"
        assert not impossible_protocol(read(line)), word


@pytest.mark.parametrize("by", ["n11.grp.scd.yahoo.com", "10.7.3.2", "mta7"])
def test_yahoos_own_protocol_is_left_alone_on_its_hosts_and_where_the_host_tells_nothing(by: str) -> None:
    assert not impossible_protocol(read(f"from [22.2.2.2] by {by} with NNFMP; {DAY}09:59:00 +0000"))


def test_yahoos_own_protocol_on_another_host_is_copied() -> None:
    for line in (
        f"from unknown (22.2.2.2) by relay7.mx.aol.com with NNFMP; {DAY}09:59:00 +0000",
        f"from [22.2.2.2] by relay.bank.test with NNFMP; {DAY}09:59:00 +0000",
        f"from [22.2.2.2] by n7.groups.notyahoo.example with NNFMP; {DAY}09:59:00 +0000",
    ):
        assert "impossible-protocol" in below(line), line


def test_a_line_with_an_impossible_protocol_ends_the_claims() -> None:
    verdict, hops = decide(
        TOP,
        f"from unknown (22.2.2.2) by relay.bank.test with local; {DAY}09:59:00 +0000",
        f"from pc9 ([22.3.3.3]) by relay.bank.test (Postfix) with SMTP id 4F0C21A0B6; {DAY}09:58:00 +0000",
    )
    assert (verdict.origin_ip, verdict.origin_rule) == ("28.1.2.3", "impossible-protocol")
    assert [hop.trust_rule for hop in hops[1:]] == ["impossible-protocol"] * 2
    assert verdict.findings == ["impossible-protocol"]


def test_the_receivers_own_lines_are_not_judged_by_their_words() -> None:
    verdict, hops = decide(TOP.replace("with ESMTP", "with SMPT").replace("4F0C21A0B8", "QW-1"))
    assert hops[0].trusted
    assert verdict.findings == []


@pytest.mark.parametrize(
    "ip", ["0.1.2.3", "224.0.0.9", "239.1.2.3", "249.3.2.1", "255.255.255.255", "ff02::1", "4000::1"]
)
def test_an_address_that_no_host_has(ip: str) -> None:
    shown = f"IPv6:{ip}" if ":" in ip else ip
    line = f"from pc7 (unknown [{shown}]) by relay.bank.test (Postfix) with ESMTP id 4F0C21A0B7; {DAY}09:59:00 +0000"
    assert below(line) == ["reserved-peer"]


@pytest.mark.parametrize(
    "ip",
    [
        *("0.0.0" + ".0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.1.1", "192.0.0.2", "192.0.2.1", "198.18.0.1"),
        *("::", "::1", "fe80::1", "fd00::1", "fec0::1", "2001:db8::1", "2002:a05::1", "64:ff9b::c000:201", "2a00::1"),
    ],
)
def test_inner_documentation_and_public_addresses_are_possible(ip: str) -> None:
    shown = f"IPv6:{ip}" if ":" in ip else ip
    line = f"from pc7 (unknown [{shown}]) by relay.bank.test (Postfix) with ESMTP id 4F0C21A0B7; {DAY}09:59:00 +0000"
    assert "reserved-peer" not in below(line)


def test_a_date_with_an_impossible_year_is_not_one_that_can_be_read() -> None:
    assert below("from pc7 ([22.2.2.2]) by relay.bank.test with SMTP; Wed, 05 Jan 0126 04:28:03 -1100") == [
        "date-unreadable"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "(qmail 31108 invoked from network); 5 Jan 2026 09:59:00 -0000",
        "from ann@bank.test by relay.bank.test with qmail-scanner-1.20 (clamscan: 0.60. Clear:.); 05/01/2026 10:04:10",
        "by filter07 with SMTP id filter07-12-5A4F2C1B-9 2026-01-05 09:59:00.123 +0000 UTC m=+12.3",
        "from pc7 ([22.2.2.2]) by relay.bank.test with SMTP; Mon Jan  5 09:59:00 2026",
    ],
)
def test_dates_in_the_forms_of_true_servers_are_no_finding(line: str) -> None:
    assert not {"date-unreadable", "date-missing"} & set(line_faults(read(line)))


def test_one_id_at_two_organisations_was_copied() -> None:
    assert "id-used-twice" in below(f"{PC} by relay.bank.test (Postfix) with ESMTP id 4F0C21A0B8; {DAY}09:59:00 +0000")


@pytest.mark.parametrize(
    "lines",
    [
        # The same line twice.
        (
            f"{PC} by relay.bank.test (Postfix) with ESMTP id 4F0C21A0B7; {DAY}09:59:00 +0000",
            f"{PC} by relay.bank.test (Postfix) with ESMTP id 4F0C21A0B7; {DAY}09:59:00 +0000",
        ),
        # Two servers of one organisation that hand the id on.
        (
            f"{PC} by relay.bank.test with ESMTP id 1699000000000001; {DAY}09:59:00 +0000",
            f"{PC} by store.bank.test with ESMTP id 1699000000000001; {DAY}09:58:59 +0000",
        ),
        # Exchange writes its version.
        (
            f"from A.test (28.1.2.4) by B.test (28.1.2.3) with Microsoft SMTP Server id 15.20.7.1; {DAY}09:59:00 +0000",
            f"from C.test (28.1.2.5) by A.test (28.1.2.4) with Microsoft SMTP Server id 15.20.7.1; {DAY}09:58:00 +0000",
        ),
    ],
)
def test_one_id_on_two_lines_may_be_true(lines: tuple[str, ...]) -> None:
    assert "id-used-twice" not in decide(TOP, *lines)[0].findings


def test_a_server_does_not_take_one_message_twice_under_one_id_hours_apart() -> None:
    line = f"{PC} by relay.bank.test (Postfix) with ESMTP id 4F0C21A0B7; {DAY}{{}} +0000"
    assert "id-used-twice" in decide(TOP, line.format("09:59:00"), line.format("03:59:00"))[0].findings


def test_only_lines_below_the_boundary_are_found_below_the_subject() -> None:
    _, hops = decide("Subject: first of all", TOP, f"by relay.bank.test with SMTP id 77; {DAY}09:59:00 +0000")
    assert [hop.findings for hop in hops] == [[], ["below-subject"]]


def test_a_helo_name_of_the_same_provider_as_the_verified_name_is_not_odd() -> None:
    line = "from {helo} ({rdns} [28.1.2.3]) by mx.example.net (Postfix) with ESMTP id 4F0C21A0B8; {day}10:00:00 +0000"
    assert decide(line.format(helo="mail.bank.test", rdns="v7.hosting.example", day=DAY))[0].findings == [
        "helo-is-other-name"
    ]
    for helo, rdns in (
        ("mail.bank.test", "relay7.bank.test"),
        ("omp.mail.yahoo.com", "n7.bullet.yahoodns.net"),
        ("pc7", "pool-7.isp.example"),
        ("mail.bank.test", "unknown"),
        ("[28.1.2.3]", "pool-7.isp.example"),
    ):
        found = decide(line.format(helo=helo, rdns=rdns, day=DAY))[0].findings
        assert "helo-is-other-name" not in found, (helo, rdns)


def test_a_time_without_a_zone_runs_backwards_only_beyond_all_zones() -> None:
    lower = "from pc7 ([22.2.2.2]) by relay.bank.test with SMTP; Mon Jan  5 {} 2026"
    assert "time-reversed" not in below(lower.format("20:30:00"))
    assert "time-reversed" in below("from pc7 ([22.2.2.2]) by relay.bank.test with SMTP; Tue Jan  6 03:30:00 2026")


def test_a_time_without_a_zone_is_not_held_against_the_id() -> None:
    line = "from [22.2.2.2] (helo=pc7) by relay.bank.test with smtp (Exim 4.94) id 1vchMZ-0001xy-2Z; Mon Jan  5 {} 2026"
    assert "id-clock-disagrees" not in below(line.format("02:59:00"))


@pytest.mark.parametrize(
    "text", ["%" * 30_000, "{a" * 15_000, "$a" * 15_000, "#A" * 15_000, "([1:" * 9_000, "[[a" * 9_000]
)
def test_a_long_hostile_line_costs_little(text: str) -> None:
    line_faults(read(f"from {text} by relay.bank.test with SMTP; {DAY}09:59:00 +0000"))
