from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution._net import is_public, network_key, parse_ip


@pytest.mark.parametrize(
    ("text", "ip"),
    [
        ("28.1.2.3", "28.1.2.3"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:28.1.2.3", "28.1.2.3"),
        ("fe80::1%eth0", "fe80::1"),
        ("028.1.2.3", None),
        ("0x1c.1.2.3", None),
        ("28.1.2", None),
        ("28.1.2.256", None),
        ("469828099", None),
        ("15.20.6792.27", None),
        ("", None),
        ("[28.1.2.3]", None),
    ],
)
def test_only_plain_addresses_are_addresses(text: str, ip: str | None) -> None:
    assert parse_ip(text) == ip


@pytest.mark.parametrize(
    ("ip", "public"),
    [
        ("28.1.2.3", True),
        ("192.0.2.1", True),
        ("2001:db8::5", True),
        ("10.1.2.3", False),
        ("127.0.0.1", False),
        ("100.64.0.1", False),
        ("169.254.1.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 (an address in a header, nothing listens)
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("2002:a05:612c::1", False),
        ("2002:1c01:203::1", True),
    ],
)
def test_what_counts_as_public(ip: str, public: bool) -> None:
    assert is_public(ip) is public


@given(st.ip_addresses())
def test_a_canonical_address_reads_as_itself_and_lies_in_its_network(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    ip = parse_ip(str(address))
    assert ip is not None
    assert parse_ip(ip) == ip
    assert ipaddress.ip_address(ip) in ipaddress.ip_network(network_key(ip))


@given(st.text())
def test_no_text_raises(text: str) -> None:
    parse_ip(text)
