from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.campaigns import TRAITS, extract
from attribution.models import Field, Grade, HeaderBlock, Hop, Verdict

NOON = datetime(2014, 1, 3, 12, tzinfo=UTC)
SENT = [
    ("Received", "from shop.example.com (unknown) by relay.example.net with SMTP id 99"),
    ("Message-ID", "<1@shop.example.com>"),
    ("From", "Shop <shop@shop.example.com>"),
    ("To", "Reader <reader@example.org>"),
    ("Subject", "Spring sale for reader@example.org"),
    ("Reply-To", "orders@example.net"),
    ("Date", "Fri, 3 Jan 2014 12:00:00 +0000"),
]
RECEIVED = [
    ("Authentication-Results", "mx.example.org; spf=none; dkim=pass (2048 bits) header.d=lists.example.com"),
    ("Received", "from PC-7 (unknown [198.51.100.7]) by mx.example.org (Postfix) with ESMTP id 1; date"),
]


def block(pairs: list[tuple[str, str]]) -> HeaderBlock:
    return HeaderBlock([Field(name.lower(), name, " " + value, 0, 0, 0) for name, value in pairs], 0)


def hops(field: int) -> list[Hop]:
    return [
        Hop(0, "postfix", "parsed", "PC-7", ip="198.51.100.7", by="mx.example.org", field=field, trusted=True),
        Hop(
            1,
            "sendmail",
            "parsed",
            "shop.example.com",
            by="relay.example.net",
            protocol="SMTP",
            queue_id="99",
            field=field + 1,
        ),
    ]


def verdict(grade: Grade = "vouched") -> Verdict:
    return Verdict(
        handover_ip="198.51.100.7", handover_grade=grade, handover_hop=0, helo="PC-7", received_at=NOON
    )  # fmt: skip


def traits(
    pairs: list[tuple[str, str]], found: Verdict | None = None, trusted_field: int = 1, **shown: str | None
) -> dict[str, object]:
    values: dict[str, str | None] = {
        "subject": "Spring sale for reader@example.org",
        "from_address": "shop@shop.example.com",
        "from_domain": "shop.example.com",
        "reply_to": "orders@example.net",
    }
    values.update(shown)
    return extract(
        block(pairs),
        hops(trusted_field),
        found or verdict(),
        subject=values["subject"],
        from_address=values["from_address"],
        from_domain=values["from_domain"],
        reply_to=values["reply_to"],
    )


def test_all_columns_of_the_header_are_given() -> None:
    found = ["message", *traits(RECEIVED + SENT)]
    assert found == TRAITS.names[: len(found)]
    assert TRAITS.names[len(found) :] == [
        "url_domains",
        "url_shapes",
        "attachments",
        "phones",
        "wallets",
        "text_start",
        "text_words",
        "text_sketch",
    ]


def test_a_message_is_read() -> None:
    found = traits(RECEIVED + SENT)
    assert found["time"] == NOON
    assert found["answer"] is False
    assert found["subject_template"] == "spring sale for <r>"
    assert found["from_domain"] == "example.com"
    assert found["reply_to"] == "orders@example.net"
    assert found["helo_shape"] == "bare *-*"
    assert found["address"] == "198.51.100.7"
    assert found["network"] == "198.51.100.0/24"
    assert found["trace"] == "sendmail helo host * in a domain by example.net with SMTP id *"
    assert found["list_id"] is None


@pytest.mark.parametrize("grade", ["claimed", "contradicted", "none"])
def test_an_address_that_the_receiver_does_not_vouch_for_is_no_trait(grade: Grade) -> None:
    found = traits(RECEIVED + SENT, verdict(grade))
    assert (found["address"], found["network"]) == (None, None)


def test_what_the_receiver_adds_is_no_part_of_the_engine() -> None:
    added = ("X-Filter-Verdict", "clean")
    plain = traits(RECEIVED + SENT)["engine"]
    assert traits([added, *RECEIVED, *SENT], trusted_field=2)["engine"] == plain
    assert traits([*RECEIVED, *SENT, added])["engine"] != plain


def test_a_list_is_verified_by_a_signature_that_the_receiver_checked() -> None:
    stream = ("List-Id", "News <news.lists.example.com>")
    found = traits([*RECEIVED, stream, *SENT])
    assert (found["list_id"], found["list_verified"]) == ("news.lists.example.com", True)


def test_a_result_below_the_handover_verifies_nothing() -> None:
    stream = ("List-Id", "News <news.lists.example.com>")
    forged = ("Authentication-Results", "mx.example.org; dkim=pass header.d=example.com")
    other = ("Authentication-Results", "mx.example.org; dkim=fail header.d=example.com")
    assert traits([other, RECEIVED[1], forged, stream, *SENT])["list_verified"] is False


def test_answers_to_a_list_are_no_contact_of_the_sender() -> None:
    sender = ("Sender", "owner-orders@lists.example.net")
    assert traits([*RECEIVED, sender, *SENT])["reply_to"] is None


def test_a_sender_who_calls_himself_the_reader_has_no_identity() -> None:
    found = traits(RECEIVED + SENT, from_address="Reader@example.org", from_domain="example.org")
    assert (found["from_domain"], found["from_account"]) == (None, None)


@pytest.mark.parametrize("mark", [("In-Reply-To", "<a@example.net>"), ("References", "<a@example.net>")])
def test_an_answer_is_told_by_its_fields(mark: tuple[str, str]) -> None:
    assert traits([*RECEIVED, *SENT, mark])["answer"] is True


def test_an_empty_header_has_no_traits() -> None:
    found = extract(
        HeaderBlock([], 0), [], Verdict(), subject=None, from_address=None, from_domain=None, reply_to=None
    )  # fmt: skip
    assert {name for name, value in found.items() if value} == set()


NAMES = st.sampled_from(["to", "list-id", "sender", "authentication-results", "message-id"])


@given(st.lists(st.tuples(NAMES, st.text(max_size=400)), max_size=20), st.text(max_size=200), st.text(max_size=200))
def test_no_header_makes_it_raise(pairs: list[tuple[str, str]], one: str, other: str) -> None:
    extract(
        block([*RECEIVED, *pairs]),
        [Hop(0, None, helo=one, by=other, field=1, trusted=True), Hop(1, None, helo=other, by=one, queue_id=one)],
        Verdict(handover_hop=0, helo=one),
        subject=one,
        from_address=other,
        from_domain=other,
        reply_to=one,
        recipients=[one, other],
    )


@pytest.mark.parametrize(
    "results",
    [
        'mx.example.org; spf=pass smtp.mailfrom="x; dkim=pass header.d=lists.example.com"@evil.example; dkim=none',
        "mx.example.org; spf=pass (sender x; dkim=pass header.d=lists.example.com ) smtp.mailfrom=evil.example",
        "mx.example.org; spf=pass (a (b; dkim=pass header.d=lists.example.com) ) smtp.mailfrom=evil.example",
        'mx.example.org; spf=pass smtp.mailfrom="a\\"; dkim=pass header.d=lists.example.com"@evil.example',
    ],
)
def test_what_a_sender_chose_in_the_receivers_own_results_proves_nothing(results: str) -> None:
    shown = [("List-Id", "<news.lists.example.com>"), *SENT]
    received = [("Authentication-Results", results), *[pair for pair in RECEIVED if pair[0] == "Received"]]
    found = traits([*received, *shown])
    assert found["list_id"] == "news.lists.example.com"
    assert found["list_verified"] is False
