from __future__ import annotations

import pytest

from attribution._names import (
    domain_above,
    host_form,
    is_inner_name,
    is_under,
    registrable_domain,
    same_host,
    same_organisation,
    unicode_form,
)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("mx1.Example.CO.UK.", "example.co.uk"),
        ("example.com", "example.com"),
        ("co.uk", None),
        ("store-3.corp.example", "corp.example"),
        ("localhost", None),
        ("28.1.2.3", None),
        ("2001:db8::1", None),
        ("a." * 200 + "com", None),
        ("www.Bücher.example", "xn--bcher-kva.example"),
        ("mail.例え.jp", "xn--r8jz45g.jp"),
        ("law?ref?mail.example.co.uk", "example.co.uk"),
        ("bank.example/x.shop.example", "shop.example"),
        ("ann@mail.example.org", "example.org"),
        ("[192.0.2.7]", None),
        ("?192.0.2.7?", None),
    ],
)
def test_the_part_of_a_name_that_somebody_registered(host: str, domain: str | None) -> None:
    assert registrable_domain(host) == domain


def test_a_name_below_a_domain_is_not_one_that_merely_ends_like_it() -> None:
    assert is_under("mx.example.net", "example.net")
    assert not is_under("badexample.net", "example.net")


def test_hosts_of_one_organisation() -> None:
    assert same_organisation("mx.example.net", "relay.example.net")
    assert same_organisation("localhost", "LOCALHOST")
    assert not same_organisation("mx.example.net", "mx.example.org")
    assert not same_organisation(None, "mx.example.org")
    assert not same_organisation("alpha", "beta")


def test_the_letters_of_a_name_and_its_a_labels_are_one_name() -> None:
    for name in (
        "bücher.example",
        "BÜCHER.Example.",
        "xn--bcher-kva.example",
        "XN--BCHER-KVA.example",
        "bücher。example",
    ):
        assert host_form(name) == "xn--bcher-kva.example"
        assert same_host(name, "bücher.example")
        assert same_organisation(f"mail.{name}", "xn--bcher-kva.example")
        assert is_under(f"mail.{name}", "bücher.example")
        assert domain_above(f"mail.{name}", {"xn--bcher-kva.example"})
    assert not same_host("bücher.example", "bucher.example")
    assert not same_host("straße.example", "strasse.example")
    assert not same_host(None, None)


def test_signs_that_stand_for_plain_letters_are_these_and_the_form_is_its_own_form() -> None:
    assert host_form("ᴬnn.example") == "ann.example"
    assert same_host("㎆.example", "mb.example")
    for code in (*range(0x80, 0xD800), *range(0xE000, 0x20000)):
        form = host_form(f"a{chr(code)}b.example")
        assert form == form.lower() == host_form(form), hex(code)


@pytest.mark.parametrize("name", ["pc7.local", "pc7.LAN.", "pc7.internal."])
def test_a_name_of_an_inner_network_is_one_with_and_without_its_final_dot(name: str) -> None:
    assert is_inner_name(name)


def test_a_name_that_no_dns_takes_keeps_its_letters() -> None:
    assert host_form("ü" * 64 + ".example") == "ü" * 64 + ".example"
    assert host_form("ü." * 200) == "ü." * 199 + "ü"


def test_an_a_label_is_shown_in_the_letters_that_it_stands_for_and_a_broken_one_as_it_is() -> None:
    assert unicode_form("mail.xn--bcher-kva.example") == "mail.bücher.example"
    for name in ("mail.example", "xn--.example", "xn--\udcff.example", "xn--" + "9" * 59 + ".example"):
        assert unicode_form(name) == name


def test_an_address_in_the_place_of_a_name_is_no_organisation() -> None:
    assert not same_organisation("[192.0.2.7]", "[198.51.2.7]")
    assert is_inner_name("?10.0.0.2?")
    assert not is_inner_name("?192.0.2.7?")
