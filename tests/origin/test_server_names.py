from __future__ import annotations

import pytest

from attribution.origin.server_names import is_access_line, is_mail_server, pool_of


@pytest.mark.parametrize(
    "name",
    [
        "host-77-100-51-198.example.net",
        "198.51.100.77.example.net",
        "c-198-51-100-77.hsd1.example.net",
        "cpe-a1b2c3.example.net",
        "w17.dhcp.example.edu",
        "a1.dsl.example.net",
        "ppp17.example.net",
        "pool-3.isp.example.net",
        "gw-firm.customer.example.net",
        "desk.dorm.example.edu",
    ],
)
def test_the_line_of_a_customer_or_guest_is_known_by_its_name(name: str) -> None:
    assert is_access_line(name, "198.51.100.77")
    assert not is_mail_server(name)


@pytest.mark.parametrize(
    "name",
    ["mx1.example.net", "mail-pool-3.example.net", "smtpin.example.net", "lists.example.net", "edge.example.net"],
)
def test_a_mail_server_is_known_by_its_name_wherever_it_stands(name: str) -> None:
    assert is_mail_server(name)
    assert not is_access_line(name, "198.51.100.77")


def test_the_bare_domain_is_a_server_and_another_name_says_nothing() -> None:
    assert is_mail_server("example.net")
    assert not is_mail_server("zeus.example.net")
    assert not is_access_line("zeus.example.net", "198.51.100.77")
    assert not is_mail_server("zeus.mailprovider.example")  # The domain is what its owner is called.


def test_an_address_of_version_6_in_a_name_is_seen() -> None:
    assert is_access_line("2001-db8-7-7.example.net", "2001:db8:7::7")
    assert not is_access_line("zeus.example.net", "2001:db8:7::7")


def test_hosts_that_differ_in_their_numbers_are_one_pool() -> None:
    assert pool_of("MX01.example.net.") == pool_of("mx2.example.net")
    assert pool_of("mx1.example.net") != pool_of("mxa.example.net")
    assert pool_of("mx1.example1.net") != pool_of("mx1.example2.net")  # Two domains, two owners.
