from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.campaigns.engine import engine_code, helo_shape, token_shape
from attribution.models import Field

BOT = [
    ("Message-ID", "<0a1b2c3d$4e5f6a7b@mail.example.net>"),
    ("From", "Shop <shop@example.com>"),
    ("To", "<reader@example.org>"),
    ("Subject", "Cheap"),
    ("MIME-Version", "1.0"),
    ("Content-Type", 'multipart/alternative; boundary="----=_NextPart_000_0006_01C2A3B4.5D6E7F80"'),
    ("X-Mailer", "Example Mailer 6.00.2600"),
]


def fields(pairs: list[tuple[str, str]]) -> list[Field]:
    return [
        Field(name.lower(), name, " " + value, 0, len(name) + 1, len(name) + 1 + len(value)) for name, value in pairs
    ]


def changed(**values: str) -> list[Field]:
    return fields([(name, values.get(name.replace("-", "_"), value)) for name, value in BOT])


def test_the_code_names_mailer_id_boundary_and_order() -> None:
    code = engine_code(fields(BOT), "example.com")
    assert code is not None
    assert code.startswith("example mailer; id <h8$h8@host>; boundary ----=_NextPart_*_*_H8.H8; order ")


@pytest.mark.parametrize(
    "values",
    [
        {"Message_ID": "<9f8e7d6c$00112233@other.example.net>"},
        {"X_Mailer": "Example Mailer 7.1"},
        {"Subject": "Expensive"},
        {"Content_Type": 'multipart/alternative; boundary="----=_NextPart_001_0107_01C2FFFF.0A0B0C0D"'},
    ],
)
def test_what_changes_with_the_message_or_the_version_does_not_change_it(values: dict[str, str]) -> None:
    assert engine_code(changed(**values), "example.com") == engine_code(fields(BOT), "example.com")


@pytest.mark.parametrize(
    "values",
    [
        {"Message_ID": "<20240101.12345@mail.example.net>"},
        {"X_Mailer": "Other Mailer"},
        {"Content_Type": "text/plain"},
    ],
)
def test_another_shape_or_name_changes_it(values: dict[str, str]) -> None:
    assert engine_code(changed(**values), "example.com") != engine_code(fields(BOT), "example.com")


def test_the_order_of_fields_changes_it() -> None:
    assert engine_code(fields(BOT[::-1]), "example.com") != engine_code(fields(BOT), "example.com")


def test_fields_of_the_way_and_of_the_single_message_do_not_count() -> None:
    way = [
        ("Received", "from a by b; date"),
        ("Authentication-Results", "mx.example.org; dkim=none"),
        ("ARC-Seal", "i=1"),
        ("DKIM-Signature", "v=1"),
        ("X-MS-Exchange-Organization-SCL", "5"),
        ("In-Reply-To", "<a@b>"),
        ("Cc", "x@example.org"),
        ("List-Id", "<l.example.org>"),
    ]
    assert engine_code(fields(way + BOT + way), "example.com") == engine_code(fields(BOT), "example.com")


def test_invented_field_names_are_masked() -> None:
    one = engine_code(fields([*BOT, ("X-k3Jd9fQz", "1")]), None)
    other = engine_code(fields([*BOT, ("X-p0Wm4tRb", "1")]), None)
    assert one == other != engine_code(fields(BOT), None)


def test_a_header_with_too_little_has_no_code() -> None:
    assert engine_code(fields(BOT[:2]), "example.com") is None


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("20240131235959", "914"),
        ("a1b2c3d4e5", "h10"),
        ("1234567890", "h10"),
        ("abcdwxyz", "x8"),
        ("123e4567-e89b-12d3-a456-426614174000", "uuid"),
        ("12-ab", "*-*"),
        ("CADcCEUGL7D9M+dgx4RmjimPvi5JA_a2xp", "B24+"),
        ("b1_0123456789abcdef0123456789abcdef", "b1_h32"),
        ("", ""),
    ],
)
def test_shapes(text: str, shape: str) -> None:
    assert token_shape(text) == shape


@pytest.mark.parametrize(
    ("helo", "shape"),
    [
        ("[192.0.2.4]", "[ip]"),
        ("192.0.2.4", "ip"),
        ("[IPv6:2001:db8::1]", "[ip]"),
        ("DESKTOP", "bare *"),
        ("WIN-0A1B2C3D4E5", "bare *-H11"),
        ("mail.example.net", "host mail in a domain"),
        ("mail.example.com", "host mail in the From domain"),
        ("example.net", "host - in a domain"),
        ("ip-192-0-2-4.dyn.example.net", "host *-*-*-*-*.* in a domain"),
        ("", None),
        (None, None),
    ],
)
def test_helo_shapes(helo: str | None, shape: str | None) -> None:
    assert helo_shape(helo, "example.com") == shape


@given(st.lists(st.tuples(st.text(min_size=1, max_size=30), st.text(max_size=300)), max_size=30), st.text(max_size=300))
def test_any_header_has_a_bounded_code_or_none(pairs: list[tuple[str, str]], text: str) -> None:
    code = engine_code(fields(pairs), text)
    assert code is None or len(code) < 400
    assert len(token_shape(text)) <= 60
    assert helo_shape(text, text) is None or isinstance(helo_shape(text, text), str)
