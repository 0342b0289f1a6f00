from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.campaigns.identity import (
    contact_address,
    is_free_provider,
    list_identity,
    sender_account,
    sender_domain,
)


@pytest.mark.parametrize("domain", ["gmail.com", "yahoo.co.uk", "outlook.fr", "mail.ru", "qq.com"])
def test_free_providers_identify_nobody(domain: str) -> None:
    assert is_free_provider(domain)
    assert sender_domain(domain, None, proven=True) is None
    assert sender_account(f"A.Person@{domain}") == f"a.person@{domain}"


def test_other_domains_are_reduced_to_what_somebody_registered() -> None:
    assert sender_domain("news.shop.example.co.uk", "spring sale", proven=False) == "example.co.uk"
    assert sender_account("a@example.co.uk") is None
    assert sender_domain(None, "spring sale", proven=False) is None


def test_a_name_that_the_subject_holds_too_is_counted_once() -> None:
    assert sender_domain("mail.example.com", "your example account", proven=False) is None
    assert sender_domain("mail.example.com", "your example account", proven=True) == "example.com"


def test_a_contact_is_an_address_that_somebody_reads() -> None:
    sender, reader = "boss@example.com", {"reader@example.org"}
    assert contact_address("Claims@Example.NET", sender, reader) == "claims@example.net"
    for nobody in (None, "", "nonsense", "no-reply@example.net", "Boss@example.com", "reader@example.org"):
        assert contact_address(nobody, sender, reader) is None


@pytest.mark.parametrize(
    ("value", "identity"),
    [
        (" Example Users <Users.Lists.Example.org>", "users.lists.example.org"),
        (" users.example.org", "users.example.org"),
        (" folded\r\n <a.example.org>", "a.example.org"),
        (" 12345 <Offer>", "12345 <offer>"),
        (" ", None),
        (None, None),
    ],
)
def test_list_ids(value: str | None, identity: str | None) -> None:
    assert list_identity(value) == identity


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_text_is_read(one: str, other: str) -> None:
    sender_domain(one, other, proven=False)
    sender_account(one)
    contact_address(one, other, [other])
    list_identity(one)
