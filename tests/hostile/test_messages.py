"""Single messages that are meant to break a reader of headers (C.5, 1, 2, 8 and 9)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import attribution
from attribution import headers
from attribution.limits import Limits
from tests.hostile.payloads import EVIL, hostile_message, message

WHOLE = message()
HEADER, BODY = WHOLE.split(b"\n\n", 1)

FORMS = {
    "nothing": b"",
    "one line end": b"\n",
    "only empty lines": b"\n\n",
    "no body": HEADER,
    "no empty line": HEADER + b"\n",
    "CRLF": WHOLE.replace(b"\n", b"\r\n"),
    "bare CR": WHOLE.replace(b"\n", b"\r"),
    "CR CR LF": WHOLE.replace(b"\n", b"\r\r\n"),
    "mixed ends": WHOLE.replace(b"\n", b"\r", 2).replace(b"\n", b"\r\n", 2),
    "LF CR": WHOLE.replace(b"\n", b"\n\r"),
    "byte order mark": b"\xef\xbb\xbf" + WHOLE,
    "UTF-16": WHOLE.decode().encode("utf-16"),
    "UTF-16 without mark": WHOLE.decode().encode("utf-16-be"),
    "UTF-32": WHOLE.decode().encode("utf-32"),
    "zeros": bytes(10_000),
    "a zero between all bytes": b"\0".join(WHOLE[at : at + 1] for at in range(len(WHOLE))),
    "all bytes": bytes(range(256)) * 20,
    "a fold first": b" folded\n" + WHOLE,
    "a colon first": b": nameless\n" + WHOLE,
    "only colons": b":" * 5_000,
    "UTF-7": b"Subject: +ADw-script+AD4-\n" + WHOLE,
    "surrogates": b"Subject: \xed\xa0\x80\xed\xb0\x80\n" + WHOLE,
    "charset idna": b"Subject: =?idna?Q?xn--a?= =?rot13?B?YQ==?= =?zlib?B?YQ==?= =?\xff?Q?a?=\n" + WHOLE,
    **{f"evil {number}": hostile_message(text) for number, text in enumerate(EVIL)},
}


@pytest.mark.parametrize("data", FORMS.values(), ids=FORMS.keys())
def test_any_form_has_one_status_and_every_address_its_bytes(data: bytes) -> None:
    found = attribution.trace(data)
    assert found.status in ("ok", "malformed", "partial")
    assert (found.length, found.offset) == (len(data), 0)
    json.dumps(found.as_dict()).encode("ascii")
    json.dumps(found.as_dict(), ensure_ascii=False).encode("utf-8")
    for hop in found.hops:
        assert hop.raw.encode("latin-1") == data[hop.span_start : hop.span_end]
    if found.handover_ip is not None:
        assert data[found.handover_start : found.handover_end] == b"203.0.113.9"


@pytest.mark.parametrize("ends", ["CRLF", "bare CR", "CR CR LF", "mixed ends", "byte order mark"])
def test_forms_that_mail_programs_make_are_read_like_the_plain_one(ends: str) -> None:
    found, plain = attribution.trace(FORMS[ends]), attribution.trace(WHOLE)
    for name in ("handover_ip", "handover_grade", "received_at", "subject", "from_address", "header_message_id"):
        assert getattr(found, name) == getattr(plain, name)


def test_all_bytes_of_a_received_line_come_back() -> None:
    odd = bytes(byte for byte in range(256) if byte not in b"\r\n")
    data = b"Received: from " + odd + b" ([203.0.113.9])\n\tby mx.example.net; " + odd + b"\n\n"
    (hop,) = attribution.trace(data, headers_only=True).hops
    assert hop.raw.encode("latin-1") == data[:-2]


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 5 Jan 99999 10:00:00 +0000",
        "Mon, 5 Jan 0000 10:00:00 +0000",
        "Fri, 31 Dec 9999 23:59:59 -9999",
        "Mon, 1 Jan 0001 00:00:00 +9999",
        "Mon, 5 Jan 2026 10:00:00 " + "+" + "9" * 5_000,
        "9" * 5_000,
        "Mon, 5 Jan " + "2" * 5_000,
        "Mon, 99 Foo 2026 99:99:99 +0000",
        "Mon, 5 Jan 2026 23:59:60 +0000",
        "Mon, 5 Jan 2026 10:00:00 NOWHERE",
        "-1 Jan 2026 -1:-1:-1",
        "\u0665 Jan \u0662\u0660\u0662\u0666",
        "(" * 200 + "Mon, 5 Jan 2026",
        "; ; ; ;",
        "",
    ],
)
def test_no_date_stops_a_hop_from_being_read(date: str) -> None:
    line = f"from relay.example.org (unknown [203.0.113.9]) by mx.example.net (Postfix) with ESMTP id 4F0C; {date}"
    data = f"Received: {line}\nDate: {date}\nDate: {date}\nSubject: x\n\n".encode()
    found = attribution.trace(data)
    assert (found.handover_ip, found.handover_grade) == ("203.0.113.9", "vouched")
    assert found.hops[0].date is None or 1 <= found.hops[0].date.year <= 9999
    assert found.date is None or found.date.utcoffset() is not None
    json.dumps(found.as_dict())


NAMES = [b"Parse", b"Message", b"Subject_json", b"__class__", b"__dict__", b"mail", b"N" * 300, b"\xc3\xa9", b"A\0B"]


@pytest.mark.parametrize("name", NAMES)
def test_a_field_of_any_name_hides_no_other(name: bytes) -> None:
    data = name + b": x\nSubject: seen\n" + name + b": y\n\nbody\n"
    found = attribution.trace(data)
    assert found.subject == "seen"
    names = [field.name for field in headers.read_block(data, Limits()).fields]
    wanted = [b"Subject"] if b"\0" in name else [name, b"Subject", name]
    assert names == [item.decode("latin-1") for item in wanted]
    assert json.loads(json.dumps(found.as_dict()))["subject"] == "seen"


PIECES = st.sampled_from(
    [
        *(
            b"Received: ",
            b"from ",
            b" by ",
            b" with ",
            b" id ",
            b" for ",
            b";",
            b"\n",
            b"\r\n",
            b"\r",
            b"\n\t",
            b"\n\n",
        ),
        *(b"(", b")", b"[", b"]", b"<", b">", b'"', b"\\", b"@", b":", b",", b"=?utf-8?B?", b"?=", b"\0", b"\xff"),
        *(b"203.0.113.9", b"::ffff:203.0.113.9", b"[IPv6:2001:db8::7]", b"203.0.113.256", b"0x7f.1", b"4.94.2.1"),
        *(
            b"mx.example.net",
            b"(Postfix)",
            b"(HELO x)",
            b"SMTP",
            b"Mon, 5 Jan 2026 10:00:02 +0000",
            b"X-Originating-IP:",
        ),
        *(b"From: ", b"Subject: ", b"Date: ", b"Return-Path: ", b"Content-Type: multipart/mixed; boundary=x", b"--x"),
    ]
)


@given(st.lists(PIECES, max_size=60).map(b"".join))
@settings(deadline=None, max_examples=300)
def test_any_words_of_mail_are_read_without_an_error_and_no_address_is_invented(data: bytes) -> None:
    found = attribution.trace(data)
    for which in ("handover", "origin"):
        ip, start, end = (getattr(found, f"{which}_{part}") for part in ("ip", "start", "end"))
        assert (ip is None) == (start is None)
        assert ip is None or ip.encode() in (data[start:end], data[start:end].removeprefix(b"::ffff:"))


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_damaged_mail_is_read_without_an_error(data: st.DataObject) -> None:
    whole = bytearray(message(fields=b"X-Originating-IP: [198.51.100.7]\nContent-Type: text/plain; charset=x\n"))
    for _ in range(data.draw(st.integers(0, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    attribution.trace(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
