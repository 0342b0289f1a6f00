"""Mailbox servers that the receiver's own program fetches mail from are learnt to be its own, and nothing else is."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from attribution import headers, origin
from attribution.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.models import HeaderBlock, Hop, Verdict
    from attribution.origin import Receiver, Receivers

GATE = "203.0.113.9"
STRANGER = "198.51.100.7"


def at(day: int, seconds: int = 0) -> str:
    return f"Mon, {day % 28 + 1} Jan 2026 10:{seconds // 60:02}:{seconds % 60:02} +0000"


def read(*lines: str) -> tuple[HeaderBlock, list[Hop]]:
    data = "".join(f"Received: {line}\r\n" for line in lines)
    block = headers.read_block(f"{data}Subject: hello\r\n\r\nbody".encode(), Limits())
    return block, headers.hops(block, Limits())


def learn(mail: Sequence[Sequence[str]], trust: Sequence[str] = ()) -> Receivers:
    return origin.learn_receivers([read(*lines)[1] for lines in mail], origin.read_trust(trust))


def decide(lines: Sequence[str], receivers: Receivers) -> Verdict:
    return origin.decide(*read(*lines), receivers)


def home(day: int, by: str = "desk.example.net") -> str:
    return f"from localhost (localhost [127.0.0.1]) by {by} (Postfix) with ESMTP id 4AbC{day}; {at(day, 30)}"


def fetch(day: int, polled: str = f"gate.example.com [{GATE}]", by: str = "localhost") -> str:
    return f"from {polled} by {by} with POP3 (fetchmail-5.9.0) for ann@localhost (single-drop); {at(day, 20)}"


def gate(day: int, peer: str = f"s7.example.org (s7.example.org [{STRANGER}])", by: str = "gate.example.com") -> str:
    return f"from {peer} by {by} (Postfix) with ESMTP id 4Xy{day} for <ann@example.com>; {at(day, 10)}"


def at_university(day: int, peer: str = f"gate.example.com ([{GATE}])") -> str:
    return f"from {peer} by mx.example.edu (Postfix) with ESMTP id 4Zz{day} for <ann@example.edu>; {at(day, 15)}"


def polling(days: int, **what: str) -> list[tuple[str, ...]]:
    """Mail of the mailbox at the gate, fetched day by day."""
    return [(home(day), fetch(day, **what), gate(day)) for day in range(days)]


def forwarded(days: int) -> list[tuple[str, ...]]:
    """Mail of the mailbox at the university, to which the gate forwards."""
    polled = "mx.example.edu [192.0.2.5]"
    return [(home(day), fetch(day, polled), at_university(day), gate(day)) for day in range(days)]


FORWARDED = forwarded(8)[7]


def one(receivers: Receivers) -> Receiver:
    (receiver,) = {id(each): each for each in receivers.learnt.values()}.values()
    return receiver


def test_a_mailbox_server_that_is_polled_is_the_receivers_own_where_it_forwards_mail_too() -> None:
    assert decide(FORWARDED, origin.Receivers()).handover_ip == GATE
    receivers = learn([*polling(5), *forwarded(20)])
    verdict = decide(FORWARDED, receivers)
    assert (verdict.handover_ip, verdict.handover_grade, verdict.handover_hop) == (STRANGER, "vouched", 3)
    assert verdict.findings == []
    assert one(receivers).relays == {GATE, "192.0.2.5"}
    assert one(receivers).servers == {"gate.example.com", "mx.example.edu"}
    assert not any(one(receivers).wrote(name) for name in ("pc.gate.example.com", "mail.example.com"))
    assert (
        f"25 messages were fetched from mailboxes on 192.0.2.5 (mx.example.edu), {GATE} (gate.example.com): "
        "taken for own servers of example.net, also where they hand mail on"
    ) in receivers.sentences


def test_it_is_the_same_when_the_receiver_was_named_and_what_is_left_out_stays_out() -> None:
    mail = [*polling(5), *forwarded(20)]
    assert decide(FORWARDED, learn(mail, ["example.net"])).handover_ip == STRANGER
    assert decide(FORWARDED, learn(mail, [f"!{GATE}", "example.net"])).handover_ip == GATE


@pytest.mark.parametrize(
    "mail",
    [
        polling(2),
        [polling(1)[0]] * 9,
        [*polling(5), *([(home(day), fetch(day, "mx.example.edu [192.0.2.5]"), at_university(day, "b ([192.0.2.77])"))
                         for day in range(20)] * 30)],
    ],
    ids=["two messages", "one day", "less than one percent"],
)  # fmt: skip
def test_little_mail_teaches_nothing(mail: list[tuple[str, ...]]) -> None:
    assert GATE not in one(learn(mail)).relays


FORGED = (
    fetch(0, polled="relay.forger.test [192.0.2.66]"),
    f"from mail.bank.test (mail.bank.test [192.0.2.99]) by relay.forger.test (Postfix) with ESMTP id 4B; {at(0)}",
)


@pytest.mark.parametrize(
    "top",
    [
        "from bot (unknown [198.51.100.66]) by desk.example.net (Postfix) with ESMTP id 4C; ",
        "from bot (unknown [10.0.0.1]) by desk.example.net (Postfix) with ESMTP id 4C; ",
        "from desk.example.net by desk.example.net with ESMTP id 4C; ",
    ],
    ids=["a stranger", "behind a gate", "a name alone"],
)
@pytest.mark.parametrize("by", ["localhost", "desk.example.net", "store.example.net"])
def test_a_fetch_line_that_a_stranger_may_have_written_teaches_nothing(top: str, by: str) -> None:
    forged = [(top + at(day), FORGED[0].replace("by localhost", f"by {by}"), FORGED[1]) for day in range(20)]
    learnt = one(learn([*forged, *polling(5)]))
    assert learnt.relays == {GATE}
    assert not learnt.wrote("relay.forger.test")


def test_a_mailbox_at_a_known_provider_makes_nobody_the_provider() -> None:
    mail = [(home(day), fetch(day, "pop.gmx.net [212.227.17.185]"), gate(day, by="mx.gmx.net")) for day in range(20)]
    learnt = one(learn(mail))
    assert not learnt.relays
    assert not learnt.servers
    assert decide(mail[0], learn(mail)).handover_ip == STRANGER


def test_receivers_that_reach_one_server_through_a_tunnel_have_one_owner() -> None:
    inner = "store [127.0.0.1]"
    old = [(home(day, "old.example.net"), fetch(day, inner), gate(day, by="mx.example.edu")) for day in range(9)]
    new = [(home(day, "new.example.org"), fetch(day, inner), gate(day, by="mx.example.edu")) for day in range(9)]
    polled = [(home(day, "old.example.net"), *polling(9)[day][1:]) for day in range(9)]
    receivers = learn([*old, *new, *polled])
    assert {domain: receiver.relays for domain, receiver in receivers.learnt.items()} == {
        "example.net": {GATE},
        "example.org": {GATE},
    }
    through = (home(3, "new.example.org"), fetch(3, inner), at_university(3), gate(3))
    assert decide(through, receivers).handover_ip == STRANGER
    # Two receivers that have a mailbox with one company are two all the same.
    public = [(home(day, "new.example.org"), *polling(9)[day][1:]) for day in range(9)]
    theirs = [
        (home(day, "new.example.org"), fetch(day, "pop.example.edu [192.0.2.5]"), gate(day, by="pop.example.edu"))
        for day in range(9)
    ]
    receivers = learn([*polled, *public, *theirs])
    assert receivers.learnt["example.net"].relays == {GATE}
    assert receivers.learnt["example.org"].relays == {GATE, "192.0.2.5"}


def test_a_few_messages_that_a_stranger_made_whole_give_nobody_a_server() -> None:
    inner = "store [127.0.0.1]"
    true = [(home(day), fetch(day, inner), gate(day, by="mx.example.edu")) for day in range(20)]
    claimed = [(home(day, "x.forger.test"), fetch(day, inner), gate(day, by="mx.example.edu")) for day in range(5)]
    theirs = "a.forger.test [192.0.2.66]"
    polled = [(home(day, "x.forger.test"), fetch(day, theirs), gate(day, by="a.forger.test")) for day in range(5)]
    ending = [(at_university(day, f"b ([22.3.{day}.1])"),) for day in range(9)]
    receivers = learn([*true, *claimed, *polled, *ending])
    assert receivers.learnt["forger.test"].relays == {"192.0.2.66"}
    assert not receivers.learnt["example.net"].relays
    assert not receivers.learnt["example.edu"].relays
    assert not receivers.learnt["example.edu"].wrote("a.forger.test")


def test_the_polled_servers_own_mail_shares_what_its_owner_polls() -> None:
    inner = "store [127.0.0.1]"
    mail = [(home(day), fetch(day, inner), gate(day, by="mx.example.edu")) for day in range(9)]
    ending = [(at_university(day), gate(day)) for day in range(20)]
    receivers = learn([*mail, *polling(9), *ending])
    assert receivers.learnt["example.edu"].relays == {GATE}
    assert decide(ending[3], receivers).handover_ip == STRANGER


def test_what_is_learnt_does_not_hang_on_the_order_of_the_messages() -> None:
    mail = [*polling(9), *forwarded(20), *([FORWARDED] * 3)]
    first = learn(mail)
    random.Random(5).shuffle(mail)  # noqa: S311  # repeatable choices, no secret
    again = learn(mail)
    assert (again.learnt, again.sentences) == (first.learnt, first.sentences)


def test_learning_leaves_no_marks_on_the_lines() -> None:
    chains = [read(*lines)[1] for lines in polling(9)]
    origin.learn_receivers(chains)
    assert not any(hop.trusted or hop.trust_rule for chain in chains for hop in chain)
