from __future__ import annotations

import email
import email.policy
import hashlib
import ipaddress
import itertools
import re
import tracemalloc
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attribution.simulate import KINDS, Generated, Simulation, World, generate

if TYPE_CHECKING:
    from email.message import EmailMessage

MESSAGES = 4000


@pytest.fixture(scope="module")
def mail() -> list[Generated]:
    return list(generate(MESSAGES, 1))


def _digest(messages: int, seed: int) -> str:
    digest = hashlib.sha256()
    for message in generate(messages, seed):
        digest.update(message.data)
        digest.update(repr(message[1:]).encode())
    return digest.hexdigest()


def _parsed(message: Generated) -> EmailMessage:
    return email.message_from_bytes(message.data, policy=email.policy.default)


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert _digest(1200, 5) == _digest(1200, 5)


def test_another_seed_gives_other_mail() -> None:
    assert _digest(300, 5) != _digest(300, 6)


def test_any_part_can_be_written_without_what_comes_before_it() -> None:
    whole = list(Simulation(1500, 3, World()).run())
    parts = [
        *Simulation(1500, 3, World()).run(0, 1),
        *Simulation(1500, 3, World()).run(1, 2),
        *Simulation(1500, 3, World()).run(2),
    ]
    assert parts == whole


def test_messages_come_in_order_of_arrival_within_the_period(mail: list[Generated]) -> None:
    times = [message.received_at for message in mail]
    world = World()
    begin = int(world.start.timestamp())
    assert times == sorted(times)
    assert begin <= times[0]
    assert times[-1] < begin + world.days * 86400
    # Something arrives on every day.
    assert {(time - begin) // 86400 for time in times} == set(range(world.days))


def test_every_kind_occurs_at_about_its_share(mail: list[Generated]) -> None:
    counted = Counter(message.kind for message in mail)
    assert set(counted) == set(KINDS)
    world = World()
    for kind, share in (("bot", world.bot), ("newsletter", world.newsletter), ("scam", world.scam)):
        assert counted[kind] == pytest.approx(share * MESSAGES, abs=2)


def test_labels_keep_to_one_kind_and_have_a_heavy_tail(mail: list[Generated]) -> None:
    kinds: dict[int, set[str]] = {}
    sizes: Counter[int] = Counter()
    for message in mail:
        kinds.setdefault(message.campaign, set()).add(message.kind)
        sizes[message.campaign] += message.kind == "bot"
    assert all(len(found) == 1 for found in kinds.values())
    spam = sorted((size for size in sizes.values() if size), reverse=True)
    assert len(spam) > 40
    assert spam[0] >= 10 * spam[len(spam) // 2]
    assert sum(spam[: len(spam) // 10 + 1]) > sum(spam) / 3


def test_one_off_ham_has_a_label_of_its_own(mail: list[Generated]) -> None:
    labels = [message.campaign for message in mail if message.kind == "ham"]
    assert len(labels) == len(set(labels))


def test_bots_send_few_messages_each_and_some_serve_two_botnets() -> None:
    sent: Counter[str] = Counter()
    botnets: dict[str, set[int]] = {}
    for message in generate(MESSAGES, 2):
        if message.botnet is not None:
            sent[message.handover_ip] += 1
            botnets.setdefault(message.handover_ip, set()).add(message.botnet)
    assert max(sent.values()) <= World().most_per_bot
    assert 2 < sum(sent.values()) / len(sent) < 7
    assert 0 < sum(len(found) > 1 for found in botnets.values()) < len(botnets) / 5


def test_some_campaigns_are_sent_by_two_botnets(mail: list[Generated]) -> None:
    botnets: dict[int, set[int]] = {}
    for message in mail:
        if message.botnet is not None:
            botnets.setdefault(message.campaign, set()).add(message.botnet)
    assert 0.05 < sum(len(found) == 2 for found in botnets.values()) / len(botnets) < 0.3
    assert max(map(len, botnets.values())) == 2


def test_no_address_is_reserved_private_or_of_documentation(mail: list[Generated]) -> None:
    for ip in {ip for message in mail for ip in (message.handover_ip, message.origin_ip)}:
        address = ipaddress.ip_address(ip)
        assert address.is_global, ip
        assert not any(
            address in ipaddress.ip_network(block) for block in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
        )
        assert int(address) & 255 not in {0, 255}


def test_mail_is_read_by_the_standard_library_without_defects() -> None:
    for message in itertools.islice(generate(MESSAGES, 9), 0, None, 8):
        parsed = _parsed(message)
        for part in parsed.walk():
            defects = [*part.defects, *(defect for value in part.values() for defect in value.defects)]
            if not part.is_multipart():
                part.get_content()
                defects += part.defects
            assert not defects, (defects, message.data)


def test_lines_are_as_mail_allows(mail: list[Generated]) -> None:
    for message in mail:
        assert b"\r" not in message.data
        assert message.data.endswith(b"\n")
        assert max(map(len, message.data.split(b"\n"))) <= 998
        header = message.data.partition(b"\n\n")[0]
        assert header.isascii(), header


def test_no_mark_of_a_text_as_written_is_left(mail: list[Generated]) -> None:
    left = re.compile(
        r"\{[\w ]+\|[\w |]+\}|<(?:num\d|digit|percent|user|url|first|code)>|\[@|\[(?:brand|who|topic|part)\]"
        r"|\{(?:link|to|w|date|ip)\}"
    )
    for message in itertools.islice(mail, 0, None, 3):
        parsed = _parsed(message)
        body = parsed.get_body(("plain", "html"))
        assert body is not None
        assert not left.search(
            f"{parsed['subject']}\n{body.get_content()}\n{message.data.partition(b'From: ')[0].decode()}"
        )


def test_every_top_line_names_the_handover_and_the_receiver(mail: list[Generated]) -> None:
    world = World()
    for message in mail[::6]:
        received = _parsed(message).get_all("received", [])
        outer = next(line for line in received if message.handover_ip in line)
        assert received.index(outer) <= 1
        assert f".{world.receiver} (Postfix)" in outer


def test_an_exim_receiver_writes_its_own_lines() -> None:
    for message in generate(200, 4, receiver_software="exim"):
        assert "(Exim 4.80)" in _parsed(message).get_all("received", [])[0]


def test_languages_charsets_and_encodings_vary(mail: list[Generated]) -> None:
    charsets: set[str | None] = set()
    transfers: set[str] = set()
    encoded = 0
    # Of two worlds: a small one may lack a charset that one campaign in a hundred has.
    few = [*mail[::3], *generate(1500, 5)]
    for message in few:
        parsed = _parsed(message)
        encoded += b"\nSubject: =?" in message.data
        for part in parsed.walk():
            if part.get_content_maintype() == "text":
                charsets.add(part.get_content_charset())
                transfers.add(str(part.get("content-transfer-encoding")))
    assert {"windows-1251", "koi8-r", "gb2312", "iso-2022-jp", "utf-8", "us-ascii", "iso-8859-1"} <= charsets
    assert {"7bit", "8bit", "base64", "quoted-printable"} <= transfers
    assert encoded > len(few) / 20


def test_forged_lines_are_the_botnets_own_and_stand_below_the_handover(mail: list[Generated]) -> None:
    forged = [message for message in mail if message.forged]
    assert forged
    assert {message.kind for message in forged} == {"bot"}
    by_botnet = {(message.botnet, message.forged) for message in mail if message.botnet is not None}
    assert len(by_botnet) == len({botnet for botnet, _ in by_botnet})
    for message in forged:
        received = _parsed(message).get_all("received", [])
        assert any(message.handover_ip in line for line in received[:2])
        assert len(received) >= 2


def test_newsletters_of_one_service_share_its_footer_and_addresses(mail: list[Generated]) -> None:
    letters = [message for message in mail if message.kind == "newsletter"]
    by_engine: dict[str, set[int]] = {}
    for message in letters:
        by_engine.setdefault(message.engine, set()).add(message.campaign)
    assert len(by_engine) <= World().esps
    assert max(map(len, by_engine.values())) > 5
    listed = sum("list-id" in _parsed(message) for message in letters) / len(letters)
    assert 0.4 < listed < 0.95


def test_the_issues_of_a_newsletter_have_subjects_of_their_own() -> None:
    world = replace(World(), bot=0, phish=0, scam=0, discussion=0, shop=0, newsletter=1.0)
    subjects: dict[int, set[str]] = {}
    for message in generate(600, 6, world):
        subjects.setdefault(message.campaign, set()).add(_parsed(message)["subject"])
    assert max(map(len, subjects.values())) > 3


def test_posts_of_a_list_go_to_several_users_and_answer_one_another(mail: list[Generated]) -> None:
    posts: dict[tuple[int, str], set[str]] = {}
    answers = 0
    for message in mail:
        if message.kind == "list":
            parsed = _parsed(message)
            assert parsed["list-id"]
            posts.setdefault((message.campaign, parsed["message-id"]), set()).add(parsed["delivered-to"])
            answers += parsed["in-reply-to"] is not None
    assert max(map(len, posts.values())) > 1
    assert answers > 10


def test_a_world_can_be_of_one_kind() -> None:
    only_ham = World(bot=0, phish=0, scam=0, newsletter=0, discussion=0, shop=0)
    assert {message.kind for message in generate(100, 1, only_ham)} == {"ham"}
    only_bots = replace(only_ham, bot=1.0, botnets=2)
    assert {message.botnet for message in generate(300, 1, only_bots)} == {0, 1}


def test_nothing_at_all() -> None:
    assert list(generate(0, 1)) == []


def test_memory_does_not_grow_with_the_messages_that_were_given() -> None:
    for _ in generate(500, 1):
        pass  # what is read once and kept
    tracemalloc.start()
    try:
        size = sum(len(message.data) for message in generate(4000, 8))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 7_000_000
    assert peak < size / 1.5, (peak, size)
