"""Forged lines around one genuine line: what a forger wrote is a claim at best, and no address is made up (C.5, 7)."""

from __future__ import annotations

import itertools
import re

import pytest

import attribution
from attribution._net import parse_ip

TRUE = "203.0.113.9"
"""The address that the receiver's server saw."""
FALSE = "198.51.100.66"
"""The one that the forger wants to be believed."""
SIX = "2001:db8:66::6"
DAY = "Mon, 5 Jan 2026"

GENUINE = {
    "postfix": "from {helo} (unknown [{ip}])\n\tby mx.example.net (Postfix) with ESMTP id 4F0C21A0B7\n\t"
    "for <ann@example.net>; {day} 10:00:02 +0000 (UTC)",
    "postfix, named": "from {helo} (pool-9.isp.example [{ip}])\n\tby mx.example.net (Postfix) with ESMTP id 4F0C21A0B7;"
    " {day} 10:00:02 +0000 (UTC)",
    "sendmail": "from {helo} (pool-9.isp.example [{ip}] (may be forged))\n\tby mx.example.net (8.14.4/8.14.4)"
    " with ESMTP id s06A00kL012345\n\tfor <ann@example.net>; {day} 10:00:02 +0000",
    "exim": "from [{ip}] (helo={helo})\n\tby mx.example.net with esmtp (Exim 4.94.2)\n\t(envelope-from <a@b.example>) "
    "id 1iBqLx-0001xy-2Z\n\tfor ann@example.net; {day} 10:00:02 +0000",
    "qmail": "from unknown (HELO {helo}) ({ip})\n  by mx.example.net with SMTP; 5 Jan 2026 10:00:02 -0000",
    "exchange": "from {helo} ({ip}) by mx.example.net\n (10.0.0.2) with Microsoft SMTP Server (TLS) id 15.1.2507.6; "
    "{day} 10:00:02 +0000",
    "google": "from {helo} (pool-9.isp.example. [{ip}])\n"
    "        by mx.google.com with ESMTPS id a1si1.2026.01.05.02.00.02\n"
    "        for <ann@gmail.com>\n        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\n"
    "        {day} 02:00:02 -0800 (PST)",
}

HELOS = [
    "relay.example.org",
    FALSE,
    f"[{FALSE}]",
    f"[IPv6:{SIX}]",
    f"[IPv6:::ffff:{FALSE}]",
    f"::ffff:{FALSE}",
    "0306.063.0144.0102",
    "0xc6.0x33.0x64.0x42",
    "3325256770",
    "198.51.26178",
    "203.0.113.256",
    "4.94.2.1",
    "198.51.100.66.",
    f"{FALSE}:25",
    "mx.example.net",
    "localhost",
    "[127.0.0.1]",
    "mail-ej1-f41.google.com",
    f"x({FALSE})",
    f"x[{FALSE}]",
    f"unknown([{FALSE}])by",
    "",
]

OWN = "relay.example.org"
BELOW = {
    "a server of the sender's": f"from bank.test (bank.test [{FALSE}]) by {OWN} (Postfix) with ESMTP id 4B; {{date}}",
    "an address as helo": f"from {FALSE} ([{FALSE}]) by {OWN} with SMTP id 4B; {{date}}",
    "the receiver's name": f"from bank.test (bank.test [{FALSE}]) by mx.example.net (Postfix) id 4B; {{date}}",
    "the receiver's other name": f"from bank.test (bank.test [{FALSE}]) by mx2.example.net (Postfix) id 4B; {{date}}",
    "the receiver's inner host": f"from bank.test (bank.test [{FALSE}]) by localhost (Postfix) id 4B; {{date}}",
    "the true address as writer": f"from bank.test (bank.test [{FALSE}]) by [{TRUE}] with SMTP id 4B; {{date}}",
    "a provider": f"from laptop ([{FALSE}]) by smtp.gmail.com with ESMTPSA id a1sm12; {{date}}",
    "another provider": f"from AM0PR01MB1 ({FALSE}) by AM0PR01MB2.eurprd01.prod.outlook.com with HTTPS; {{date}}",
    "no writer": f"from bank.test (bank.test [{FALSE}]); {{date}}",
    "a program": f"(qmail 4711 invoked from network [{FALSE}]); {{date}}",
    "fetched mail": f"from pop.bank.test [{FALSE}] by {OWN} with POP3 (fetchmail-6.3.9) for <ann@localhost>; {{date}}",
    "an address in a comment": f"from x (not really [{FALSE}] honest) by {OWN} (4.94.2.1) with SMTP; {{date}}",
    "mapped": f"from x ([IPv6:::ffff:{FALSE}]) by {OWN} (Postfix) with SMTP id 4B; {{date}}",
    "version 6": f"from x ([IPv6:{SIX}]) by {OWN} (Postfix) with SMTP id 4B; {{date}}",
    "octal": f"from x ([0306.063.0144.0102]) by {OWN} (Postfix) with SMTP id 4B; {{date}}",
    "hexadecimal": f"from x ([0xc6336442]) by {OWN} (Postfix) with SMTP id 4B; {{date}}",
    "decimal": f"from x ([3325256770]) by {OWN} (Postfix) with SMTP id 4B; {{date}}",
    "short": f"from x ([198.51.26178]) by {OWN} (Postfix) with SMTP id 4B; {{date}}",
    "beyond": f"from x ([203.0.113.256]) by {OWN} (Postfix) with SMTP id 4B; {{date}}",
    "inner": f"from x ([10.0.0.7]) by {OWN} (Postfix) with SMTP id 4B; {{date}}",
    "webmail": f"from [{FALSE}] by web1.{OWN} via HTTP; {{date}}\nX-Originating-IP: [{FALSE}]",
    "a field that agrees": f"from bank.test (bank.test [{FALSE}]) by {OWN} with SMTP id 4B; {{date}}\n"
    f"X-Originating-IP: [{FALSE}]\nReceived-SPF: pass client-ip={FALSE};\nX-Sender-IP: {FALSE}\n"
    f"Authentication-Results: mx.example.net; spf=pass smtp.remote-ip={FALSE}\n"
    f"X-Forefront-Antispam-Report: CIP:{FALSE};CTRY:US",
}
DATES = [f"{DAY} 10:00:01 +0000", f"{DAY} 23:00:00 +0000", "Fri, 1 Jan 1999 00:00:00 +0000", "", "x" * 500]

FOLDS = [
    f"from bank.test (bank.test [{FALSE}]) by mx.example.net (Postfix) with ESMTP id 4B; {DAY} 10:00:03 +0000",
    f"from bank.test ([{FALSE}]) by mx.example.net (8.14.4/8.14.4) with ESMTP id s06A00kL012346; {DAY} 10:00:03 +0000",
    f"from [{FALSE}] (helo=x) by mx.example.net with esmtp (Exim 4.94.2) id 1iBqLx-0001xy-2Y; {DAY} 10:00:03 +0000",
    f"from unknown (HELO x) ({FALSE}) by mx.example.net with SMTP; 5 Jan 2026 10:00:03 -0000",
    f"from x ({FALSE}) by mx.example.net (10.0.0.2) with Microsoft SMTP Server id 15.1.2507.6; {DAY} 10:00:03 +0000",
    f"from x (x. [{FALSE}]) by mx.google.com with ESMTPS id a1si2; {DAY} 02:00:03 -0800 (PST)",
    f"([{FALSE}]) by mx.example.net (Postfix) with SMTP id 4B",
    f"(x [{FALSE}]) by mx.example.net",
    f"[{FALSE}]",
    f"by {FALSE}",
    f"by mx.example.net ([{FALSE}])",
    "for <a@b.example>; Tue, 5 Jan 2027 10:00:03 +0000",
    "; Tue, 5 Jan 2027 10:00:03 +0000",
]
"""First lines of a message that begin with white space: some servers let them become part of their own line."""


def mail(genuine: str, helo: str = OWN, fold: str = "", below: str = "") -> bytes:
    top = GENUINE[genuine].format(helo=helo, ip=TRUE, day=DAY) + (f"\n\t{fold}" if fold else "")
    lines = f"Received: {top}\n" + (f"Received: {below}\n" if below else "")
    return f"{lines}From: Ann <ann@bank.test>\nSubject: x\nMessage-ID: <1@bank.test>\n\nbody\n".encode()


def check(data: bytes, trust: tuple[str, ...] = ()) -> attribution.Trace:
    """Trace a message and hold every address in the result to the bytes that it is said to stand at."""
    found = attribution.trace(data, headers_only=True, trust=trust)
    if found.handover_grade in ("vouched", "corroborated"):
        assert found.handover_ip == TRUE
    assert found.handover_ip in (TRUE, None) or found.handover_grade == "claimed"
    assert found.origin_ip in (TRUE, None) or found.origin_grade == "claimed", found.origin_reason
    spans = [(found.handover_ip, found.handover_start, found.handover_end)]
    spans += [(found.origin_ip, found.origin_start, found.origin_end)]
    spans += [(hop.ip, *(hop.ip_span or (None, None))) for hop in found.hops]
    for ip, start, end in spans:
        assert (ip is None) == (start is None)
        assert ip is None or parse_ip(data[start:end].decode("latin-1")) == ip
    for hop in found.hops:
        words = re.findall(r"[0-9A-Fa-f:.]+", hop.raw.replace("IPv6:", ""))
        assert hop.by_ip is None or hop.by_ip in map(parse_ip, words)
    return found


@pytest.mark.parametrize("genuine", GENUINE)
def test_no_helo_becomes_the_address_that_connected(genuine: str) -> None:
    for helo in HELOS:
        found = check(mail(genuine, helo))
        assert (found.handover_ip, found.handover_grade) in ((TRUE, "vouched"), (None, "none")), helo
    assert check(mail(genuine)).handover_ip == TRUE


@pytest.mark.parametrize("trust", [(), ("example.net", "google.com")])
@pytest.mark.parametrize("forged", BELOW)
def test_no_line_below_the_boundary_is_more_than_a_claim(forged: str, trust: tuple[str, ...]) -> None:
    for genuine, date in itertools.product(GENUINE, DATES):
        found = check(mail(genuine, below=BELOW[forged].format(date=date)), trust)
        assert (found.handover_ip, found.handover_grade, found.handover_hop) == (TRUE, "vouched", 0)
        assert [hop.trusted for hop in found.hops] == [True] + [False] * (len(found.hops) - 1)


@pytest.mark.parametrize("forged", ["octal", "hexadecimal", "decimal", "short", "beyond"])
def test_what_is_no_address_is_not_made_one(forged: str) -> None:
    found = check(mail("postfix", below=BELOW[forged].format(date=DATES[0])))
    assert found.hops[1].ip is None
    assert found.origin_ip == TRUE


@pytest.mark.parametrize("genuine", GENUINE)
def test_a_message_that_begins_with_a_fold_changes_nothing_in_the_receivers_line(genuine: str) -> None:
    plain = check(mail(genuine))
    for fold in FOLDS:
        found = check(mail(genuine, fold=fold))
        assert found.handover_ip in (TRUE, None), fold
        assert found.origin_ip in (TRUE, None), fold
        if found.handover_ip is not None:
            assert (found.hops[0].by, found.received_at) == (plain.hops[0].by, plain.received_at), fold
        # And the lines below win nothing by it.
        check(mail(genuine, fold=fold, below=BELOW["the receiver's name"].format(date=DATES[0])))


@pytest.mark.parametrize("genuine", GENUINE)
def test_forged_lines_on_forged_lines_are_claims_too(genuine: str) -> None:
    lines = [line.format(date=DATES[0]) for line in BELOW.values()]
    for first, second in itertools.pairwise([*lines, *reversed(lines)]):
        check(mail(genuine, below=f"{first}\nReceived: {second}"))


@pytest.mark.parametrize("forged", BELOW)
def test_a_sender_with_a_verified_name_of_his_own_confirms_nothing_either(forged: str) -> None:
    top = f"from {OWN} ({OWN} [{TRUE}]) by mx.example.net (Postfix) with ESMTP id 4F0C21A0B7; {DAY} 10:00:02 +0000"
    below = BELOW[forged].format(date=DATES[0])
    found = check(f"Received: {top}\nReceived: {below}\nSubject: x\n\n".encode())
    assert (found.handover_ip, found.handover_grade) == (TRUE, "vouched")


def test_there_are_many_variants() -> None:
    assert len(GENUINE) * (len(HELOS) + len(FOLDS)) + len(GENUINE) * len(BELOW) * len(DATES) > 1_000
