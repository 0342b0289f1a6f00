from __future__ import annotations

import pytest

from attribution._names import is_under, registrable_domain, same_organisation


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
