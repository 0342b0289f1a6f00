"""Fields other than Received that a sender forges: none moves the handover, and none makes a claim stronger."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING

import pytest

from attribution import corpus, headers, origin
from attribution.limits import Limits
from attribution.models import RawMessage

if TYPE_CHECKING:
    from pathlib import Path

    from attribution.models import HeaderBlock, Hop, Verdict

LIMITS = Limits()
FORGED = "22.2.2.2"
STRONG = {"vouched", "corroborated"}
RECEIVERS_NAME = "RECEIVER"
"""Stands for the name of the server that writes the boundary line, which a sender knows."""

FIELDS = {
    "results": f"Authentication-Results: RECEIVER; spf=pass smtp.remote-ip={FORGED}",
    "results-unsigned": f"Authentication-Results: spf=pass (sender IP is {FORGED}) smtp.mailfrom=bank.test",
    "results-google": f"Authentication-Results: mx.google.com; spf=pass (google.com: domain of a@bank.test designates "
    f"{FORGED} as permitted sender) smtp.mailfrom=a@bank.test",
    "spf": f"Received-SPF: pass (RECEIVER: domain of bank.test) receiver=RECEIVER; client-ip={FORGED};",
    "arc": f"ARC-Authentication-Results: i=1; RECEIVER; spf=pass smtp.remote-ip={FORGED}",
    "arc-microsoft": f"ARC-Authentication-Results: i=9; mx.microsoft.com 1; spf=pass (sender ip is {FORGED})",
    "sender-ip": f"X-Sender-IP: {FORGED}",
    "forefront": f"X-Forefront-Antispam-Report: CIP:{FORGED};CTRY:US;",
    "ironport": f"X-IronPort-RemoteIP: {FORGED}",
    "originating": f"X-Originating-IP: [{FORGED}]",
    "source": f"X-Source-IP: {FORGED}",
    "script": f"X-PHP-Script: www.bank.test/form.php for {FORGED}, {FORGED}",
    "webmail": f"User-Agent: Roundcube Webmail/1.4\r\nX-Originating-IP: [{FORGED}]",
    "list": "List-Id: <news.bank.test>\r\nX-Mailman-Version: 2.1.39\r\nList-Post: <mailto:news@bank.test>",
}


@cache
def real_mail(archive: Path) -> list[bytes]:
    return [item.data for item in corpus.read(str(archive), LIMITS) if isinstance(item, RawMessage)]


def read(data: bytes) -> tuple[HeaderBlock, list[Hop]]:
    block = headers.read_block(data, LIMITS)
    return block, headers.hops(block, LIMITS)


def put(data: bytes, at: int, style: str, server: str) -> bytes:
    """Return the message with a forged field at a byte offset, which is the start of a line."""
    return data[:at] + FIELDS[style].replace(RECEIVERS_NAME, server).encode() + b"\r\n" + data[at:]


def facts(verdict: Verdict) -> tuple[object, ...]:
    return verdict.handover_ip, verdict.handover_grade, verdict.handover_hop, verdict.client_ip, verdict.client_fields


@pytest.mark.parametrize("name", ["phishing_pot_dev", "spamassassin_dev"])
def test_fields_forged_below_the_boundary_of_real_mail_confirm_nothing(shared: Path, name: str) -> None:
    mail = real_mail(shared / "corpora" / f"{name}.tar.xz")
    receivers = origin.learn_receivers(read(data)[1] for data in mail)
    rng = random.Random(20260105)  # noqa: S311  # repeatable choices, no secret
    wrong = []
    for number, data in enumerate(rng.sample(mail, 250)):
        block, hops = read(data)
        before = origin.decide(block, hops, receivers)
        if before.handover_hop is None:
            continue
        boundary = hops[before.handover_hop]
        ends = data.index(b"\n", boundary.span_end) + 1
        for style in rng.sample(sorted(FIELDS), 4):
            forged = put(data, ends, style, boundary.by or "localhost")
            after = origin.decide(*read(forged), receivers)
            if facts(after) != facts(before) or (after.origin_ip == FORGED and after.origin_grade in STRONG):
                wrong.append(f"{number} {style}: {after.handover_reason}")
    assert wrong == []


@pytest.mark.parametrize("server", ["mail.bank.test", "mx.example.net"])
@pytest.mark.parametrize("style", sorted(set(FIELDS) - {"list"}))
def test_fields_around_a_doubtful_step_confirm_nothing_that_a_stranger_may_have_written(
    style: str, server: str
) -> None:
    date = "Mon, 5 Jan 2026 10:00:00 +0000"
    first = f"Received: from nat (unknown [10.0.0.1]) by mx.example.net (Postfix) with ESMTP id 4A0D1F; {date}\r\n"
    second = f"Received: from x (x.bank.test [{FORGED}]) by mail.bank.test (Postfix) with ESMTP id 4B0D1F; {date}\r\n"
    data = f"{first}{second}\r\nbody".encode()
    # Between the two the stranger may have written in anybody's name; on top, a careless server may put what is his.
    for at in (len(first), 0) if server == "mail.bank.test" else (len(first),):
        verdict = origin.decide(*read(put(data, at, style, server)), origin.learn_receivers([]))
        assert verdict.handover_ip == FORGED
        by_place = at == 0 and style == "ironport"  # No host name tells that the receiver has such a program on site.
        assert verdict.handover_grade == ("corroborated" if by_place else "claimed"), (style, at)
