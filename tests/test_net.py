from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution._net import Networks, is_loopback, is_public, is_same_wire, network_key, parse_ip


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


@pytest.mark.parametrize(
    ("ip", "loopback", "same_wire"),
    [
        ("127.0.0.1", True, True),
        ("::1", True, True),
        ("169.254.1.1", False, True),
        ("fe80::1", False, True),
        ("febf::1", False, True),
        ("fec0::1", False, False),
        ("10.0.0.1", False, False),
        ("12.7.0.1", False, False),
    ],
)
def test_a_machine_and_its_link(ip: str, loopback: bool, same_wire: bool) -> None:
    assert (is_loopback(ip), is_same_wire(ip)) == (loopback, same_wire)


NETWORKS = ["10.0.0.0/8", "10.1.0.0/16", "192.0.2.0/24", "192.0.2.128/25", "2001:db8::/32", "2001:db8:1::/48", "::/0"]


@given(st.lists(st.sampled_from(NETWORKS)), st.ip_addresses() | st.ip_addresses(network="10.0.0.0/7"))
def test_an_address_lies_in_networks_as_the_standard_library_says(
    texts: list[str], address: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> None:
    networks = [ipaddress.ip_network(text) for text in texts]
    expected = any(net.version == address.version and address in net for net in networks)
    assert (str(address) in Networks(networks)) == expected
