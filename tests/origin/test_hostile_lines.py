"""What a stranger writes into a true line, or brings along below it, never becomes an address that is vouched for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attribution import headers, origin
from attribution.limits import Limits

if TYPE_CHECKING:
    from attribution.models import Verdict

LIMITS = Limits()
DATE = "; Mon, 5 Jan 2026 10:00:00 +0000"
STRONG = ("vouched", "corroborated")


def forged(host: str) -> str:
    return f"from x.bank.test (x.bank.test [22.9.9.9]) by {host} (Postfix) with ESMTP id 0F4240A1B2{DATE}"


def message(*lines: str, fields: tuple[str, ...] = ()) -> bytes:
    received = [f"Received: {line}" for line in lines]
    return "\r\n".join([received[0], *fields, *received[1:], "Subject: x", "", ""]).encode()


def verdict_of(data: bytes, receivers: origin.Receivers | None = None) -> Verdict:
    block = headers.read_block(data, LIMITS)
    hops = headers.hops(block, LIMITS)
    return origin.decide(block, hops, receivers or origin.learn_receivers([hops]))


SINGLE = {
    "a HELO that holds the name of a spool": [
        f"from spool.evil.test (203.0.113.5) by mx1.example.net (Mercury/32 v4.01b) with ESMTP ID MG1{DATE}",
        forged("mx1.example.net"),
    ],
    "a HELO that ends as an inner channel does": [
        (
            "from x-daemon.evil.test ([203.0.113.5]) by mx1.example.net (iPlanet Messaging Server 5.2) "
            f"with ESMTP id <0H250058U92AJ5@mx1.example.net>{DATE}"
        ),
        forged("mx1.example.net"),
    ],
    "an ident answer that looks like the server's place for the address": [
        (
            "from mail.evil.test (host-7.example.net) [203.0.113.5] (a@[22.8.8.8]) by mx1.example.net with esmtp "
            f"(Exim 3.35 #1 (Debian)) id 1vchNY-0001xy-00{DATE}"
        ),
    ],
    "an empty sender where the server prints no address": [
        f"from evil.test(mailfrom:<> fp:SMTPD_---.A ip:203.0.113.5) by smtp.aliyun-inc.com(10.147.41.120){DATE}",
        forged("mx1.aliyun-inc.com"),
    ],
    "a HELO alone, taken by an older word for SMTP": [
        f"from localhost by mx1.example.net with asmtp{DATE}",
        forged("mx2.example.net"),
    ],
    "an address that somebody took out": [
        f"from [HIDDEN] by mx1.example.net (Postfix) with ESMTP id 0F4240A1B2{DATE}",
        forged("mx2.example.net"),
    ],
    "an address without brackets beside a small program's name": [
        f"from evil (2001:db8::1) by mx1.example.net (esmtp) with SMTP{DATE}",
        forged("mx2.example.net"),
    ],
    "a mailbox elsewhere that a provider fetched": [
        f"from mail-ej1-f41.google.com (mail-ej1-f41.google.com [209.85.218.41]) by mx.example.net (Postfix){DATE}",
        f"by mail-ej1-f41.google.com with SMTP id a640c23a62f3a-1so1{DATE}",
        f"by 2002:a17:906:1::1 with POP3 id a2csp1{DATE}",
        f"from x.bank.test (x.bank.test. [22.9.9.9]) by mx.google.com with ESMTPS id a3si1{DATE}",
    ],
}


@pytest.mark.parametrize("lines", SINGLE.values(), ids=SINGLE)
def test_no_line_of_a_stranger_leads_on(lines: list[str]) -> None:
    verdict = verdict_of(message(*lines))
    assert not (str(verdict.handover_ip).startswith("22.") and verdict.handover_grade in STRONG)
    assert not (str(verdict.origin_ip).startswith("22.") and verdict.origin_grade in STRONG)


@pytest.mark.parametrize(
    "field",
    [
        'Authentication-Results: mx1.example.net; spf=none smtp.mailfrom="x policy.iprev=22.9.9.9"@evil.test',
        'Authentication-Results: mx1.example.net; spf=none smtp.mailfrom="(sender ip is 22.9.9.9)"@evil.test',
        'Received-SPF: none (mx1.example.net: no record) receiver=mx1.example.net; helo="x client-ip=22.9.9.9"',
    ],
)
def test_quoted_text_of_the_sender_is_no_statement_of_the_receiver(field: str) -> None:
    line = f"from a.example.org (a.example.org [203.0.113.5]) by mx1.example.net (Postfix) id 1{DATE}"
    data = f"{field}\r\nReceived: {line}\r\n\r\n".encode()
    verdict = verdict_of(data)
    assert (verdict.handover_ip, verdict.handover_grade) == ("203.0.113.5", "vouched")
    assert verdict.findings == []


def test_forging_half_of_the_mail_does_not_hide_that_strangers_stand_behind_a_router() -> None:
    dump = []
    for number in range(100):
        top = f"from h.d{number}.test (unknown [10.0.0.1]) by mx1.example.net (Postfix) with ESMTP id 0F4240A{number}"
        below = forged("mx2.example.net" if number % 2 else f"out.d{number}.test")
        dump.append(message(top + DATE, below))
    chains = [headers.hops(headers.read_block(data, LIMITS), LIMITS) for data in dump]
    receivers = origin.learn_receivers(chains)
    assert "vouched" not in {verdict_of(data, receivers).handover_grade for data in dump}


def test_what_a_users_own_program_says_was_fetched_teaches_nothing() -> None:
    poison = [
        message(
            f"by mx1.example.net (Postfix, from userid 1001) id 0F4240A1B{day}; Mon, {day} Jan 2026 10:00:00 +0000",
            f"from mail.evil.test [203.0.113.5] by mx1.example.net with POP3 (fetchmail-6.3.26); "
            f"Mon, {day} Jan 2026 10:00:00 +0000",
            forged("mail.evil.test"),
        )
        for day in range(1, 6)
    ]
    mail = message(
        f"from mail.evil.test (mail.evil.test [203.0.113.5]) by mx1.example.net (Postfix) with ESMTP{DATE}",
        forged("mx2.example.net"),
    )
    chains = [headers.hops(headers.read_block(data, LIMITS), LIMITS) for data in [*poison, mail]]
    verdict = verdict_of(mail, origin.learn_receivers(chains))
    assert (verdict.handover_ip, verdict.handover_grade) == ("203.0.113.5", "vouched")
