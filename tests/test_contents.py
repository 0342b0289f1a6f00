from __future__ import annotations

import base64
import hashlib
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.contents import Address, Body, read_contents
from attribution.limits import Limits

PDF = b"%PDF-1.4 not really\xff\x00"


def mixed(*parts: bytes) -> bytes:
    head = b"From: A <a@example.com>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


def attached(payload: bytes, name: bytes = b'; filename="a.pdf"') -> bytes:
    return (
        b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment" + name + b"\r\n\r\n" + payload
    )


def test_addresses_by_field() -> None:
    contents = read_contents(
        b"From: =?utf-8?q?J=C3=B6?= <j@example.com>\nTo: a@example.net, B <b@example.net>\n"
        b"Reply-To: r@example.org\nCc:\n\nhi"
    )
    assert contents.addresses == {
        "from": [Address("Jö", "j@example.com")],
        "to": [Address("", "a@example.net"), Address("B", "b@example.net")],
        "reply-to": [Address("", "r@example.org")],
    }
    assert contents.bodies == [Body("text/plain", 2)]
    assert (contents.attachments, contents.error) == ([], "")


def test_bodies_by_kind() -> None:
    contents = read_contents(
        mixed(
            b"Content-Type: text/html\r\n\r\n<p>hi</p>",
            b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xc3\xa4",
            b"Content-Type: text/calendar\r\n\r\nBEGIN",
        )
    )
    assert contents.bodies == [Body("text/plain", 1), Body("text/html", 9), Body("other", 5)]


def test_attachments_have_the_hash_of_the_bytes_that_were_attached() -> None:
    (item,) = read_contents(mixed(attached(base64.encodebytes(PDF)))).attachments
    assert (item.filename, item.content_type, item.problem) == ("a.pdf", "application/pdf", "")
    assert (item.size, item.sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())


def test_an_attachment_in_another_encoding_is_hashed_as_bytes() -> None:
    part = b"Content-Disposition: attachment; filename=a.txt\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    (item,) = read_contents(mixed(part + b"=FF=00x")).attachments
    assert (item.size, item.sha256) == (3, hashlib.sha256(b"\xff\x00x").hexdigest())


@pytest.mark.parametrize(
    ("payload", "size", "problem"),
    [
        (b"QUJD", 3, ""),
        (b"QUI=", 2, ""),
        (b"QU\r\nJD", 3, ""),
        (b"", 0, ""),
        (b"QUI", 2, "damaged base64; size and hash are of what mail programs make of it"),
        (b"QU$JD", 3, "damaged base64; size and hash are of what mail programs make of it"),
        (b"QUI=QUJD", 2, "damaged base64; size and hash are of what mail programs make of it"),
        (b"QUJDQ", 3, "damaged base64; size and hash are of what mail programs make of it"),
        (b"!!!", None, "not base64, which it is declared to be"),
    ],
)
def test_damaged_base64_is_said(payload: bytes, size: int | None, problem: str) -> None:
    (item,) = read_contents(mixed(attached(payload))).attachments
    assert (item.size, item.problem) == (size, problem)
    assert (item.sha256 is None) == (size is None)


def test_an_attached_message_has_no_hash() -> None:
    part = b"Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=m.eml\r\n\r\nSubject: x\r\n\r\ny"
    (item,) = read_contents(mixed(part)).attachments
    assert (item.filename, item.size, item.sha256) == ("m.eml", None, None)
    assert "attached message" in item.problem


REPORTED = (
    b"Received: from a by b\r\nSubject: prize\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n"
    b"--in\r\n\r\nclick\r\n--in\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx\r\n--in--\r\n"
)
"""A message as a user may report it, which holds one of its own."""


@pytest.mark.parametrize(
    ("fields", "written"),
    [
        (b"", REPORTED),
        (b"Content-Disposition: inline\r\n", REPORTED),
        (b'Content-Disposition: attachment; filename="prize.eml"\r\n', REPORTED),
        (b"Content-Transfer-Encoding: base64\r\n", base64.encodebytes(REPORTED)),
        (b"Content-Transfer-Encoding: 8bit\r\n", REPORTED.replace(b"\r\n", b"\n")),
    ],
)
def test_an_attached_message_is_told_by_its_exact_bytes(fields: bytes, written: bytes) -> None:
    data = mixed(
        b"Content-Type: text/plain\r\n\r\nis this real?",
        b"Content-Type: message/rfc822\r\n" + fields + b"\r\n" + written,
    )
    (found,) = read_contents(data).messages
    held = REPORTED if b"base64" in fields else written
    assert (found.size, found.sha256) == (len(held), hashlib.sha256(held).hexdigest())


def test_attached_messages_are_found_in_parts_of_parts_and_where_the_message_is_nothing_else() -> None:
    attached_message = b"Content-Type: MESSAGE/RFC822;\r\n name=x\r\n\r\nSubject: s\r\n\r\nt"
    inner = b'Content-Type: multipart/digest; boundary="a b"\r\n\r\n--a b\r\n' + attached_message + b"\r\n--a b--"
    assert [found.size for found in read_contents(mixed(inner, attached_message)).messages] == [15, 15]
    assert [found.size for found in read_contents(attached_message).messages] == [15]
    assert read_contents(mixed(b"Content-Type: text/plain\r\n\r\nContent-Type: message/rfc822")).messages == []


def test_an_attached_message_that_is_cut_off_ends_where_the_message_does() -> None:
    data = mixed(b"Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\nt").removesuffix(b"\r\n--b--\r\n")
    assert [found.size for found in read_contents(data).messages] == [15]


def test_an_attachment_without_a_name_has_none_in_every_run() -> None:
    data = mixed(attached(b"QUJD", name=b""))
    assert [item.filename for item in read_contents(data).attachments] == [None]
    assert read_contents(data) == read_contents(data)


@pytest.mark.parametrize(
    "name",
    [
        b"; filename=abcdefghij.txt",
        b'; filename="=?utf-8?b?YWJjZGVmZ2hpai50eHQ=?="',
        b"; filename*=utf-8''%61bcdefghij.txt",
    ],
)
def test_a_name_that_looks_made_up_is_kept_when_it_is_in_the_message(name: bytes) -> None:
    assert [item.filename for item in read_contents(mixed(attached(b"QUJD", name))).attachments] == ["abcdefghij.txt"]


def test_a_hostile_name_is_text_and_nothing_is_written(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    (item,) = read_contents(mixed(attached(b"QUJD", b'; filename="../../etc/x"'))).attachments
    assert item.filename == "../../etc/x"


def test_defects_are_listed_once_each() -> None:
    contents = read_contents(b"From: a@example.com, <x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhi")
    assert any(text.startswith("multipart/mixed: CloseBoundaryNotFoundDefect") for text in contents.defects)
    assert len(set(contents.defects)) == len(contents.defects)


def test_defects_are_bounded() -> None:
    contents = read_contents(b"Received: from a by b; x\n" * 500 + b"\n")
    assert len(contents.defects) == 101
    assert contents.defects[-1] == "400 more"


def test_header_names_of_the_parser_itself_do_no_harm() -> None:
    data = b"Parse: 1\nMessage: 2\nSubject_json: 3\nattachments: 4\ndefects: 5\nFrom: a@example.com\n\nhi"
    contents = read_contents(data)
    assert contents.addresses == {"from": [Address("", "a@example.com")]}
    assert (contents.attachments, contents.error) == ([], "")


def test_nesting_too_deep_is_an_error_text() -> None:
    data = b"".join(b"Content-Type: multipart/mixed; boundary=x%d\n\n--x%d\n" % (n, n) for n in range(3000))
    assert "nesting" in read_contents(data).error


@pytest.mark.parametrize(
    ("data", "limits", "reason"),
    [
        (b"A: b\n\n" + b"x" * 100, Limits(message_bytes=50), "longer than 50 bytes"),
        (b"A: " + b"b" * 100 + b"\n\nx", Limits(header_bytes=50), "header longer than 50 bytes"),
        (
            b"A: b\n\n" + b"Content-Type: x" + b";" * 100,
            Limits(header_bytes=50),
            "Content fields longer than 50 bytes together",
        ),
        (b"A: b\n\n" + b"\n--b" * 10_001, Limits(), "more than 10000 lines that may start a part"),
    ],
)
def test_what_would_cost_too_much_is_not_read(data: bytes, limits: Limits, reason: str) -> None:
    assert read_contents(data, limits).error == reason


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("mailparser"), "propagate", False)
    read_contents(mixed(b"Content-Type: text/calendar\r\n\r\nBEGIN"))
    assert capfd.readouterr() == ("", "")


@given(
    st.lists(
        st.sampled_from(
            [
                *(b"From: ", b"To: ", b"Date: ", b"Received: ", b"a@example.com", b"=?utf-8?q?=ED=A0=80?="),
                *(b"\xff", b"\0", b":", b"\n", b"\r\n", b"\n ", b"\n\n--b\n", b"QUJD", b"idna", b"utf-7"),
                b"Content-Type: multipart/mixed; boundary=b\n",
                b"Content-Type: text/plain; charset=",
                b"Content-Disposition: attachment; filename=",
                b"Content-Transfer-Encoding: base64\n",
            ]
        ),
        max_size=20,
    ).map(b"".join)
)
def test_any_bytes_give_contents_that_json_can_write(data: bytes) -> None:
    contents = read_contents(data)
    json.dumps(contents.as_dict(), ensure_ascii=False).encode("utf-8")


def test_what_stands_behind_the_last_boundary_is_no_part() -> None:
    part = b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx"
    data = mixed(part)
    boundary = data[data.index(b"\r\n--") :].splitlines()[1]
    assert data.rstrip().endswith(boundary + b"--")
    assert len(read_contents(data + boundary + b"\r\n" + part + b"\r\n").messages) == 1
