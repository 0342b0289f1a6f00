from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.enrich.access.embedded import embeds_address


@pytest.mark.parametrize(
    "name",
    [
        "ip-198-51-100-77.example.net",
        "198.51.100.77.dyn.example.net",
        "77.100.51.198.in-addr.example.net",
        "host-77-100-51.example.net",
        "adsl-51-100-77.example.net",
        "host198-51-100.range.example.net",
        "100-77.198-51.example.net",
        "a198b51n100client77.example.net",
        "a77.sub100.net198.example.net",
        "198051100077.pool.example.net",
        "1985110077.example.net",
        "pc633644d.dip.example.net",
        "C633644D.osaka.example.net".lower(),
        "static.77.100.51.198.clients.example.net",
    ],
)
def test_an_address_in_a_name_is_seen_in_the_forms_that_providers_use(name: str) -> None:
    assert embeds_address(name, "198.51.100.77")


@pytest.mark.parametrize(
    "name",
    [
        "mail.example.net",
        "host-77.example.net",
        "host-100-77.example.net",
        "198.example.net",
        "ip-203-0-113-9.example.net",
        "198-51.example.net",
        "pc6336440d.dip.example.net",
        "x" * 300 + "198.51.100.77",
        "",
    ],
)
def test_other_numbers_are_no_address(name: str) -> None:
    assert not embeds_address(name, "198.51.100.77")


def test_small_numbers_must_stand_beside_each_other() -> None:
    assert embeds_address("host-2-3-4.example.net", "192.2.3.4")
    assert not embeds_address("rack4-room2-floor3.example.net", "192.2.3.4")


@pytest.mark.parametrize(
    "name",
    [
        "2001-db8-7-1.dyn.example.net",
        "cpe-2001-db8-7-1--1234.dyn.example.net",
        "p20010db8000700011234567812345678.dip0.example.net",
        "1.0.0.0.7.0.0.0.8.b.d.0.1.0.0.2.example.net",
    ],
)
def test_the_beginning_of_an_address_of_version_6_is_enough(name: str) -> None:
    assert embeds_address(name, "2001:db8:7:1:1234:5678:1234:5678")
    assert not embeds_address(name, "2001:db9:7:1:1234:5678:1234:5678")


@given(st.text(max_size=300), st.ip_addresses().map(str))
def test_no_text_breaks_it(name: str, ip: str) -> None:
    embeds_address(name, ip)
