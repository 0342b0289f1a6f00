"""Relays that no verified name confirms: when they are followed with doubt, and when they are only spoken of."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from attribution import headers, origin
from attribution.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attribution.models import HeaderBlock, Hop
    from attribution.origin import Receiver, Receivers

RELAY = "203.0.113.56"
CONFIRM = f"If that is the receiver's own, say --trust u.example --trust {RELAY}"


def at(hours: int, seconds: int = 0) -> datetime:
    return datetime(2026, 1, 5, 10, tzinfo=UTC) + timedelta(hours=hours, seconds=seconds)


def mail_date(when: datetime) -> str:
    return when.strftime("%a, %d %b %Y %H:%M:%S +0000")


def qmail(
    number: int, peer: str, helo: str = "User", top: str = f"unknown (HELO mx2.u.example) ({RELAY})"
) -> list[str]:
    times = [f"{at(4 * number, seconds):%d %b %Y %H:%M:%S} -0000" for seconds in (4, 0)]
    return [
        f"from {top} by pop.u.example with SMTP; {times[0]}",
        f"from unknown (HELO {helo}) ({peer}) by mx2.u.example with SMTP; {times[1]}",
    ]


def domino(number: int, peer: str) -> list[str]:
    software = "(Lotus Domino Release 6.5.1) with ESMTP"
    return [
        f"from mx2.u.example ([{RELAY}]) by pop.u.example {software} id 2004012014110318-{5000 + number} ; "
        + mail_date(at(4 * number, 4)),
        f"from User ([{peer}]) by mx2.u.example {software} id 2004012014110318-{4000 + number} ; "
        + mail_date(at(4 * number)),
    ]


def exchange(number: int, peer: str) -> list[str]:
    software = "with Microsoft SMTP Server id 14.3.123.3"
    return [
        f"from mx2.u.example ({RELAY}) by pop.u.example (10.0.0.5) {software}; {mail_date(at(4 * number, 4))}",
        f"from User ({peer}) by mx2.u.example ({RELAY}) {software}; {mail_date(at(4 * number))}",
    ]


def comcast(number: int, peer: str) -> list[str]:
    return [
        f"from mx2.u.example ([{RELAY}]) by pop.u.example with comcast id xA1b1n00{number}0abcd; "
        + mail_date(at(4 * number, 4)),
        f"from User ([{peer}]) by mx2.u.example with comcast id yA1b1n00{number}0abcd; {mail_date(at(4 * number))}",
    ]


def read(lines: Sequence[str]) -> tuple[HeaderBlock, list[Hop]]:
    data = "".join(f"Received: {line}\r\n" for line in lines)
    block = headers.read_block(f"{data}Subject: hello\r\n\r\nbody".encode(), Limits())
    return block, headers.hops(block, Limits())


def learn(mail: Sequence[Sequence[str]], trust: Sequence[str] = ()) -> Receivers:
    return origin.learn_receivers([read(lines)[1] for lines in mail], origin.read_trust(trust))


def one(receivers: Receivers) -> Receiver:
    (receiver,) = receivers.learnt.values()
    return receiver


def stranger(number: int) -> str:
    return f"22.1.{number % 40}.{number % 200 + 1}"


def dump(write: Callable[[int, str], list[str]], messages: int = 60) -> list[list[str]]:
    return [write(number, stranger(number)) for number in range(messages)]


def by_its_first_label(number: int, peer: str) -> list[str]:
    return [qmail(number, peer, top=f"unknown (HELO MX2) ({RELAY})")[0], qmail(number, peer)[1]]


@pytest.mark.parametrize("write", [qmail, domino, exchange, comcast])
def test_a_relay_that_only_calls_itself_so_is_suspected_and_the_user_is_told_how_to_confirm_it(
    write: Callable[[int, str], list[str]],
) -> None:
    receivers = learn(dump(write))
    assert one(receivers).suspects == {RELAY}
    assert not one(receivers).relays
    said = next(said for said in receivers.sentences if RELAY in said)
    assert said == (
        f"60 of them pass through {RELAY} (mx2.u.example), which no verified name confirms to be the receiver's own: "
        f"followed, but what it hands on is claimed at best. {CONFIRM}"
    )


def test_a_relay_that_is_confirmed_is_believed_and_one_that_is_left_out_is_not_spoken_of() -> None:
    mail = dump(qmail)
    confirmed = learn(mail, ["u.example", RELAY])
    verdict = origin.decide(*read(mail[7]), confirmed)
    assert (verdict.handover_ip, verdict.handover_grade) == (stranger(7), "vouched")
    objected = learn(mail, [f"!{RELAY}", "u.example"])
    assert origin.decide(*read(mail[7]), objected).handover_ip == RELAY
    for receivers in (confirmed, objected):
        assert not any("confirms" in said for said in receivers.sentences)


def one_sender(number: int) -> list[str]:
    return qmail(number, f"22.1.1.{number % 200 + 1}")


def in_one_night(number: int) -> list[str]:
    return qmail(number % 4, stranger(number))


def lines_dated_after_those_above(number: int) -> list[str]:
    lines = domino(number, stranger(number))
    return [lines[0], f"{lines[1].rpartition(';')[0]}; {mail_date(at(4 * number + 2))}"]


def now_one_server_now_another(number: int) -> list[str]:
    return [qmail(number, stranger(number))[0], (qmail, domino)[number % 2](number, stranger(number))[1]]


@pytest.mark.parametrize("write", [one_sender, in_one_night, lines_dated_after_those_above, now_one_server_now_another])
def test_what_is_not_like_a_relay_is_spoken_of_and_stays_outside(write: Callable[[int], list[str]]) -> None:
    mail = [write(number) for number in range(60)]
    receivers = learn(mail)
    assert not one(receivers).suspects
    assert any(f"taken for the outside. {CONFIRM}" in said for said in receivers.sentences)
    assert origin.decide(*read(mail[7]), receivers).handover_ip == RELAY


def a_verified_name_of_another(number: int) -> list[str]:
    peer = f"mx2.u.example (host-56.isp.example [{RELAY}])"
    top = f"from {peer} by pop.u.example (Postfix) with ESMTP id 4AbC{number}; {mail_date(at(4 * number, 4))}"
    return [top, qmail(number, stranger(number))[1]]


def another_name(number: int) -> list[str]:
    return qmail(number, stranger(number), top=f"unknown (HELO mail.bank.test) ({RELAY})")


def a_botnet(number: int) -> list[str]:
    return qmail(number, "192.0.2.66", top=f"unknown (HELO mx2.u.example) ({stranger(number)})")


def nine_in_ten(number: int) -> list[str]:
    direct = f"from unknown (HELO User) ({stranger(number)}) by pop.u.example with SMTP; 5 Jan 2026 10:00:00 -0000"
    return qmail(number, stranger(number)) if number % 10 else [direct]


@pytest.mark.parametrize("write", [a_verified_name_of_another, another_name, a_botnet, nine_in_ten])
def test_other_mail_says_nothing_of_a_relay(write: Callable[[int], list[str]]) -> None:
    receivers = learn([write(number) for number in range(60)])
    assert not one(receivers).suspects
    assert not any("confirms" in said for said in receivers.sentences)


def test_a_relay_inside_may_be_known_by_the_first_label_of_its_name() -> None:
    assert one(learn(dump(by_its_first_label))).suspects == {RELAY}


def test_few_messages_teach_nothing() -> None:
    assert not one(learn(dump(qmail, 19))).suspects


def test_what_is_learnt_does_not_hang_on_the_order_of_the_messages() -> None:
    mail = dump(qmail)
    first = learn(mail)
    random.Random(5).shuffle(mail)  # noqa: S311  # repeatable choices, no secret
    again = learn(mail)
    assert (again.learnt, again.sentences) == (first.learnt, first.sentences)


def test_behind_a_suspected_relay_the_handover_is_claimed_and_the_reason_says_why() -> None:
    mail = dump(qmail)
    verdict = origin.decide(*read(mail[7]), learn(mail))
    assert (verdict.handover_ip, verdict.handover_grade, verdict.handover_hop) == (stranger(7), "claimed", 1)
    assert f"{RELAY} is taken for the receiver's own only because nearly all mail comes that way" in (
        verdict.handover_reason
    )
    assert "receiver-name-in-helo" not in verdict.findings
    notice = origin.decide(*read(mail[7][:1]), learn(mail))
    assert (notice.handover_ip, notice.handover_grade) == (RELAY, "vouched")


def test_behind_a_suspected_relay_another_partys_line_is_a_claim() -> None:
    learnt = learn(dump(qmail))
    foreign = f"from x (mail.bank.test [22.2.2.2]) by mail.bank.test (Postfix) with ESMTP id 4B; {mail_date(at(0))}"
    verdict = origin.decide(*read([qmail(7, stranger(7))[0], foreign]), learnt)
    assert (verdict.handover_ip, verdict.handover_grade) == (RELAY, "vouched")


def test_whoever_writes_a_whole_dump_like_a_relay_has_nothing_vouched_for() -> None:
    mail = dump(exchange, 300)
    learnt = learn(mail)
    grades = {(v.handover_grade, v.origin_grade) for v in (origin.decide(*read(lines), learnt) for lines in mail)}
    assert grades == {("claimed", "claimed")}
