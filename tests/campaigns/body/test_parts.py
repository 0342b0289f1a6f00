from __future__ import annotations

from attribution.campaigns.body.limits import BodyLimits
from attribution.campaigns.body.parts import split_parts

LIMITS = BodyLimits()


def kinds(data: bytes, limits: BodyLimits = LIMITS) -> list[str]:
    return [part.get_content_type() for part in split_parts(data, limits)[0]]


def test_a_message_without_mime_fields_is_one_plain_part() -> None:
    parts, problems = split_parts(b"Subject: x\r\n\r\nHello\r\n", LIMITS)

    assert [(part.get_content_type(), part.decoded(100)) for part in parts] == [("text/plain", b"Hello\r\n")]
    assert problems == []


def test_parts_come_in_order_without_the_line_end_before_the_boundary() -> None:
    data = (
        b'Content-Type: multipart/mixed;\r\n\tBOUNDARY="a b"\r\n\r\npreamble\r\n--a b\r\n\r\none\r\n--a b\r\n'
        b"Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/html\r\n\r\n"
        b"two\r\n\r\n--c--\r\n"
        b"--a b\r\nContent-Type: application/pdf\r\n\r\nthree\r\n--a b--\r\nepilogue"
    )
    parts, problems = split_parts(data, LIMITS)

    assert [(part.get_content_type(), part.body) for part in parts] == [
        ("text/plain", b"one"),
        ("text/html", b"two\r\n"),
        ("application/pdf", b"three"),
    ]
    assert parts[1].inside == ("multipart/mixed", "multipart/alternative")
    assert problems == []


def test_fields_of_a_part() -> None:
    data = (
        b"Content-Type: Text/HTML;\n charset = 'UTF-8'; name=x\nContent-Disposition: ATTACHMENT;\n filename=y\n"
        b"content-transfer-encoding: QUOTED-PRINTABLE\nContent-Type: text/plain\n\na=3Db"
    )
    [part] = split_parts(data, LIMITS)[0]

    assert part.get_content_type() == "text/html"
    assert part.charset == "UTF-8"
    assert part.disposition == "attachment"
    assert part.has_name
    assert part.decoded(100) == b"a=b"


def test_base64_is_read_as_mail_programs_read_it() -> None:
    field = b"Content-Transfer-Encoding: base64\n\n"
    for wire in (b"SGVsbG8h", b"SGVs\r\nbG8h\r\n", b"SG-Vs!bG8h==junk", b"SGVsbG8hQ"):
        assert split_parts(field + wire, LIMITS)[0][0].decoded(100) == b"Hello!"


def test_a_container_without_a_boundary_or_that_has_no_parts_is_one_part() -> None:
    assert kinds(b"Content-Type: multipart/mixed\n\nHello") == ["multipart/mixed"]
    assert kinds(b"Content-Type: multipart/mixed; boundary=b\n\nHello") == ["multipart/mixed"]


def test_a_type_that_is_none_is_plain_text() -> None:
    assert kinds(b"Content-Type: html\n\nx") == ["text/plain"]
    assert kinds(b"Content-Type: a/b/c\n\nx") == ["text/plain"]


def test_what_lies_too_deep_is_not_taken_apart() -> None:
    data = b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n"
    parts, problems = split_parts(data, BodyLimits(depth=1))

    assert [part.get_content_type() for part in parts] == ["application/octet-stream"]
    assert problems == ["parts nested deeper than 1"]


def test_parts_and_lines_beyond_the_caps_are_left_out_and_it_is_said() -> None:
    data = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 10

    assert split_parts(data, BodyLimits(parts=3))[1] == ["more than 3 parts"]
    assert split_parts(data, BodyLimits(lines=10))[1] == ["more than 10 lines"]
    assert 2 <= len(split_parts(data, BodyLimits(parts=3))[0]) <= 3
    assert len(split_parts(data, LIMITS)[0]) == 10


def test_a_header_that_does_not_end_is_said() -> None:
    assert split_parts(b"A: b\n" * 100, BodyLimits(header_bytes=100)) == ([], ["no end of the header within 100 bytes"])
