from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.headers.mailboxes import Mailbox, read_mailbox


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        (" user@Example.COM", "user@example.com", None),
        ("John Doe <J.Doe@Example.com>", "J.Doe@example.com", "John Doe"),
        ('"Doe, John" <j@example.com>', "j@example.com", "Doe, John"),
        ('"a \\"quoted\\" b" <j@example.com>', "j@example.com", 'a "quoted" b'),
        ("j@example.com (John (the) Doe)", "j@example.com", "John (the) Doe"),
        ("(John) <j@example.com>", "j@example.com", "John"),
        # An address in the name is a name
        ('"ceo@example.com" <x@example.net>', "x@example.net", "ceo@example.com"),
        ("ceo@example.com <x@example.net>", "x@example.net", "ceo@example.com"),
        ("=?utf-8?q?ceo=40example.com_<ceo=40example.com>?= <x@example.net>", "x@example.net", None),
        # Several: the first
        ("A <a@example.com>, B <b@example.com>", "a@example.com", "A"),
        ("a@example.com, b@example.com", "a@example.com", None),
        ("<a@example.com> <b@example.com>", "a@example.com", None),
        ("Shop <example.com>, Shop <x@example.net>", "x@example.net", "Shop"),
        # Groups
        ("Team: a@example.com, b@example.com;", "a@example.com", None),
        ("undisclosed-recipients:;", None, None),
        # Encoded words
        ("=?utf-8?Q?F=C3=B6=2C_Bar?=\r\n =?utf-8?q?=20x?= <a@example.com>", "a@example.com", "Fö, Bar x"),
        ("=?utf-8?Q?Foo,_Bar?= <a@example.com>", "a@example.com", "Foo, Bar"),
        ("=?utf-8?Q?Foo_<a=40example.com>?=", "a@example.com", "Foo"),
        ("J\xc3\xb6rg \xc3\xa0 la <j@example.com>", "j@example.com", "Jörg à la"),
        # The null path, none at all, and addresses without a domain
        ("<>", "", None),
        ("", None, None),
        (" \r\n ", None, None),
        ("<MAILER-DAEMON>", "MAILER-DAEMON", None),
        ("Newsletter", None, "Newsletter"),
        # Forms of old
        ("<@relay.example.net,@mx.example.net:user@example.com>", "user@example.com", None),
        ("john . doe @ example . com", "john.doe@example.com", None),
        ('"john doe"@example.com', '"john doe"@example.com', None),
        ("user@[192.0.2.1]", "user@[192.0.2.1]", None),
        ("user@[IPv6:2001:db8::1]", "user@[ipv6:2001:db8::1]", None),
        # Broken ones
        ("Doe, John <j@example.com>", "j@example.com", "Doe, John"),
        ("John Doe j@example.com", "j@example.com", "John Doe"),
        ("John <j@example.com", "j@example.com", "John"),
        ("John j@example.com>", "j@example.com", "John"),
        ("Wow! <x@<j@example.com>", "j@example.com", "Wow!"),
        ('"John <j@example.com>', "j@example.com", "John"),
        ("John (the <j@example.com>", "j@example.com", "John the"),
        ('"John"" <j@example.com>', "j@example.com", "John"),
        ("[News] John <j@example.com >", "j@example.com", "[News] John"),
        ("<mailto:j@example.com>", "j@example.com", None),
        ("<user@home@Example.com.>", "user@home@example.com", None),
        ("John,(<j@example.com>)", None, "John"),
    ],
)
def test_reads(value: str, address: str | None, name: str | None) -> None:
    assert read_mailbox(value).address == address
    if name is not None or "=?" not in value:
        assert read_mailbox(value).name == name


@pytest.mark.parametrize(
    "value",
    [
        *(char * 65_000 for char in '"(<,@:[\\ '),
        "()" * 32_000,
        "(" * 32_000 + ")" * 32_000,
        '"\\' * 32_000,
        '"a" ' * 16_000,
        "a@ " * 20_000,
        "a " * 32_000,
        "=?a?q?" * 11_000,
    ],
)
def test_floods_are_read_in_one_go(value: str) -> None:
    assert isinstance(read_mailbox(value), Mailbox)


@given(
    st.lists(
        st.sampled_from(
            ["a", "b.example", "@", "<", ">", '"', "\\", "(", ")", ",", ";", ":", "[", "]", " ", "=?utf-8?q?x?="]
        ),
        max_size=25,
    ).map("".join)
    | st.text(alphabet=st.characters(max_codepoint=255), max_size=50)
)
def test_any_text_gives_clean_text(value: str) -> None:
    for text in read_mailbox(value):
        if text is not None:
            text.encode("utf-8")
            assert not any(char < " " for char in text)


LOCAL = st.from_regex(r"[a-z0-9]{1,8}(\.[a-z0-9]{1,8})?", fullmatch=True)
DOMAIN = st.from_regex(r"[a-z]{1,8}\.(com|net|org)", fullmatch=True)
NAME = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@given(LOCAL, DOMAIN, NAME.filter(lambda name: "=?" not in name))
def test_a_quoted_name_never_changes_the_address(local: str, domain: str, name: str) -> None:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    assert read_mailbox(f'"{quoted}" <{local}@{domain}>') == (f"{local}@{domain}", name)
