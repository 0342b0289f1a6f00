"""Clocks that are constantly off: what a sample must show before an error is allowed for, and what it changes."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from attribution import headers, origin
from attribution.limits import Limits

if TYPE_CHECKING:
    from attribution.models import HeaderBlock, Hop

START = datetime(2026, 1, 5, 10, tzinfo=UTC)


def block(upper: datetime, lower: datetime, *, host: str, ip: str, relay: str = "relay.bank.test") -> HeaderBlock:
    form = "%a, %d %b %Y %H:%M:%S +0000"
    lines = (
        f"from {relay} ({relay} [28.1.2.3]) by mx.example.net (Postfix) with ESMTP id 4F0C21A0B8; {upper:{form}}",
        f"from {host} ({host} [{ip}]) by {relay} (Postfix) with ESMTP id 4F0C21A0B7; {upper:{form}}",
        f"from pc7 (pc7.isp.example [22.9.9.9]) by {host} (Postfix) with ESMTPA id 4F0C21A0B6; {lower:{form}}",
    )
    return headers.read_block("".join(f"Received: {line}\n" for line in lines).encode() + b"\n", Limits())


def sample(
    minutes: list[float], *, host: str = "desk.bank.test", ips: list[str] | None = None, days: int = 4
) -> list[list[Hop]]:
    """Messages whose last line, by `host`, is dated so many minutes after the line above it."""
    chains = []
    for number, ahead in enumerate(minutes):
        upper = START + timedelta(days=number % days, minutes=number)
        ip = "22.2.2.2" if ips is None else ips[number % len(ips)]
        chains.append(headers.hops(block(upper, upper + timedelta(minutes=ahead), host=host, ip=ip), Limits()))
    return chains


CONSTANT = [42, 41.5, 42.2, 41, 42, 43, 41.8, 42.1, 42, 40]


def test_a_constant_error_is_learnt_and_said() -> None:
    receivers = origin.learn_receivers(sample(CONSTANT))
    assert receivers.skews == {"desk.bank.test": timedelta(minutes=42)}
    assert (
        "The clock of desk.bank.test is 42 minutes ahead of those of servers that it hands mail to in 10 messages: "
        "allowed for" in receivers.sentences
    )


def test_whole_hours_of_a_wrong_time_zone_are_learnt_too() -> None:
    receivers = origin.learn_receivers(sample([minutes + 438 for minutes in CONSTANT]))
    assert receivers.skews == {"desk.bank.test": timedelta(hours=8)}
    assert any("8 hours ahead" in sentence for sentence in receivers.sentences)


@pytest.mark.parametrize(
    "chains",
    [
        pytest.param(sample(CONSTANT[:7]), id="too-few-messages"),
        pytest.param(sample(CONSTANT, days=1), id="one-mailing-on-one-day"),
        pytest.param(sample([42, 300, 5, -200, 90, 700, 13, -40, 220, 60]), id="times-at-random"),
        pytest.param(sample(CONSTANT, ips=["22.2.2.2", "22.3.3.3", "22.4.4.4"]), id="a-name-that-bots-everywhere-bear"),
        pytest.param(sample(CONSTANT, host="mail-ej1-f41.google.com"), id="a-large-provider"),
        pytest.param(sample([minutes + 60 * 20 for minutes in CONSTANT]), id="beyond-all-zones"),
        pytest.param(sample([-minutes for minutes in CONSTANT]), id="slow-delivery-is-no-error"),
        pytest.param(sample([1, 2, 1, 3, 2, 1, 2, 3]), id="too-small-to-matter"),
    ],
)
def test_nothing_is_learnt_from(chains: list[list[Hop]]) -> None:
    receivers = origin.learn_receivers(chains)
    assert receivers.skews == {}
    assert not any("clock" in sentence for sentence in receivers.sentences)


def test_a_server_that_several_others_are_ahead_of_is_behind_itself() -> None:
    chains = [
        chain
        for name in ("a.one.test", "b.two.test", "c.three.test", "d.four.test")
        for chain in sample([42, 41, 42, 43], host=name)
    ]
    receivers = origin.learn_receivers(chains)
    assert receivers.skews == {"relay.bank.test": timedelta(minutes=-42)}
    assert any("relay.bank.test is 42 minutes behind" in sentence for sentence in receivers.sentences)


def test_strangers_whose_lines_all_err_alike_do_not_put_the_receivers_clock_in_the_wrong() -> None:
    form = "%a, %d %b %Y %H:%M:%S +0000"
    chains = []
    for number, minutes in enumerate(CONSTANT):
        upper = START + timedelta(days=number % 4)
        lower = upper + timedelta(minutes=minutes)
        bot = f"from bot (pool-{number}.isp.example [22.2.{number}.2])"
        lines = (
            f"{bot} by mx.example.net (Postfix) with ESMTP id 4F0C21A0B8; {upper:{form}}",
            f"from pc7 ([22.9.9.9]) by made{number}.up{number}.test with SMTP; {lower:{form}}",
        )
        header = "".join(f"Received: {line}\n" for line in lines).encode() + b"\n"
        chains.append(headers.hops(headers.read_block(header, Limits()), Limits()))
    assert origin.learn_receivers(chains).skews == {}


def test_a_learnt_error_is_allowed_for_and_no_more() -> None:
    receivers = origin.learn_receivers(sample(CONSTANT))
    verdicts = {}
    for minutes in (42, 56, 60):
        header = block(START, START + timedelta(minutes=minutes), host="desk.bank.test", ip="22.2.2.2")
        verdicts[minutes] = origin.decide(header, headers.hops(header, Limits()), receivers)
    assert (verdicts[42].origin_ip, verdicts[42].findings) == ("22.9.9.9", [])
    assert verdicts[56].findings == []
    assert (verdicts[60].origin_ip, verdicts[60].findings) == ("22.9.9.9", ["time-reversed"])


def test_without_a_sample_the_fixed_tolerance_holds() -> None:
    header = block(START, START + timedelta(minutes=42), host="desk.bank.test", ip="22.2.2.2")
    assert origin.decide(header, headers.hops(header, Limits()), origin.Receivers()).findings == ["time-reversed"]


def test_what_was_learnt_reaches_the_workers_and_is_the_same_in_any_order() -> None:
    chains = sample(CONSTANT)
    receivers = origin.learn_receivers(chains)
    assert pickle.loads(pickle.dumps(receivers)).skews == receivers.skews  # noqa: S301 (our own bytes)
    assert origin.learn_receivers(reversed(chains)).skews == receivers.skews


def test_clocks_are_learnt_for_a_configured_receiver_too() -> None:
    receivers = origin.learn_receivers(sample(CONSTANT), origin.read_trust(["mx.example.net"]))
    assert receivers.skews == {"desk.bank.test": timedelta(minutes=42)}
