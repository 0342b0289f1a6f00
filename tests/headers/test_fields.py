from __future__ import annotations

from datetime import UTC, datetime

import pytest

from attribution.headers.block import read_block
from attribution.headers.fields import MessageFields, message_fields
from attribution.limits import Limits


def read(text: str) -> MessageFields:
    return message_fields(read_block(text.encode() + b"\n\n", Limits()))


def test_all_columns_of_an_ordinary_message() -> None:
    assert read(
        "Return-Path: <bounce@List.Example.org>\n"
        "From: =?utf-8?q?J=C3=B6rg?= <Joerg@Example.COM>\n"
        "Reply-To: A <a@example.net>, B <b@example.net>\n"
        "Date: Mon, 6 Jan 2014 10:00:00 +0100\n"
        "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n  aus Wien\n"
        "Message-ID:\n <20140106.1@Example.com>\n"
        "X-Mailer: Example Mailer 1.0"
    ) == MessageFields(
        header_message_id="20140106.1@Example.com",
        date=datetime(2014, 1, 6, 9, tzinfo=UTC),
        subject="Grüße aus Wien",
        from_address="Joerg@example.com",
        from_name="Jörg",
        from_domain="example.com",
        return_path="bounce@list.example.org",
        reply_to="a@example.net",
        mailer="Example Mailer 1.0",
    )


def test_what_is_missing_stays_missing() -> None:
    assert read("X-Other: 1") == MessageFields()


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("Return-Path: <>", "return_path", ""),
        ("Return-Path:", "return_path", None),
        ("Subject:", "subject", ""),
        ("Subject: a\nSubject: b", "subject", "a"),
        ("Date: Not supplied", "date", None),
        ("Date: Mon, 30 Feb 2014 10:00:00 +0000", "date", None),
        ("Message-ID: bare@example.com", "header_message_id", "bare@example.com"),
        ("Message-ID: <>", "header_message_id", None),
        ("Message-ID: <a b@example.com> (comment)", "header_message_id", "a b@example.com"),
        ("User-Agent: A\nX-Mailer: B", "mailer", "A"),
        ("X-Mailer: B\nUser-Agent:", "mailer", "B"),
        ("X-Mailer: ", "mailer", None),
        ("From: <>", "from_address", None),
        ("From: root", "from_name", "root"),
        ("From: <root>", "from_address", "root"),
        ("From: <root>", "from_domain", None),
        ("From: <u@xn--bcher-kva.example>", "from_domain", "xn--bcher-kva.example"),
        ("From: <u@bücher.example>", "from_domain", "bücher.example"),
        ("From: u@a.example@B.example", "from_domain", "b.example"),
        ("Reply-To: <>", "reply_to", None),
    ],
)
def test_columns(text: str, column: str, expected: str | None) -> None:
    assert getattr(read(text), column) == expected
