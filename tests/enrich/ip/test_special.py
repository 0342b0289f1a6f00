from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution._net import is_public, parse_ip
from attribution.enrich.ip.packed import pack
from attribution.enrich.ip.special import blocks, find_special, special_use, special_uses

SPECIAL = st.sampled_from([ipaddress.ip_network(block.prefix) for block in blocks()]).flatmap(
    lambda network: st.integers(int(network.network_address), int(network.broadcast_address)).map(
        lambda number: str(ipaddress.IPv4Address(number) if network.version == 4 else ipaddress.IPv6Address(number))
    )
)
ANY = st.one_of(st.ip_addresses().map(str), SPECIAL).map(lambda text: parse_ip(text) or text)


def narrowest(ip: str) -> int:
    address = ipaddress.ip_address(ip)
    networks = [ipaddress.ip_network(block.prefix) for block in blocks()]
    holding = [
        (network.prefixlen, place)
        for place, network in enumerate(networks)
        if network.version == address.version and address in network
    ]
    return max(holding)[1] if holding else -1


@settings(max_examples=300, deadline=None)
@given(st.lists(ANY, max_size=30))
def test_the_narrowest_block_that_ipaddress_finds_an_address_in_says_what_it_is(ips: list[str]) -> None:
    assert find_special(pack(ips)).tolist() == [narrowest(ip) for ip in ips]


@settings(max_examples=300, deadline=None)
@given(ANY)
def test_ipaddress_calls_nothing_private_that_is_not_special(ip: str) -> None:
    address = ipaddress.ip_address(ip)
    if (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
    ):
        assert special_use(ip) is not None


@settings(max_examples=300, deadline=None)
@given(ANY)
def test_what_the_rest_of_the_program_calls_not_public_is_special(ip: str) -> None:
    if not is_public(ip):
        assert special_use(ip) is not None


@pytest.mark.parametrize(
    ("ip", "use", "cites"),
    [
        ("10.1.2.3", "private", "RFC 1918"),
        ("172.31.255.255", "private", "RFC 1918"),
        ("192.168.0.1", "private", "RFC 1918"),
        ("100.100.1.1", "shared", "RFC 6598"),
        ("127.0.0.53", "loopback", "RFC 1122 §3.2.1.3"),
        ("169.254.7.7", "link-local", "RFC 3927"),
        ("192.0.0.3", "continuity", "RFC 7335"),
        ("192.0.0.170", "nat64-discovery", "RFC 8880, RFC 7050 §2.2"),
        ("192.0.0.200", "protocol", "RFC 6890 §2.1"),
        ("203.0.113.9", "documentation", "RFC 5737"),
        ("198.19.0.1", "benchmarking", "RFC 2544"),
        ("239.255.255.250", "multicast", "RFC 5771"),
        ("250.0.0.1", "reserved", "RFC 1112 §4"),
        ("255.255.255.255", "broadcast", "RFC 919 §7, RFC 8190"),
        ("::1", "loopback", "RFC 4291 §2.5.3"),
        ("64:ff9b::c000:201", "nat64", "RFC 6052"),
        ("100::7", "discard", "RFC 6666"),
        ("2001:0:5ef5:79fb::1", "teredo", "RFC 4380, RFC 8190"),
        ("2001:21::7", "orchid", "RFC 7343"),
        ("2001:db8::7", "documentation", "RFC 3849"),
        ("2002:c000:201::1", "6to4", "RFC 3056"),
        ("3fff:7::7", "documentation", "RFC 9637"),
        ("fd00::7", "unique-local", "RFC 4193, RFC 8190"),
        ("fe80::7", "link-local", "RFC 4291 §2.5.6"),
        ("ff02::fb", "multicast", "RFC 4291 §2.7"),
        ("4000::1", "reserved", "RFC 4291 §2.4"),
    ],
)
def test_what_an_address_is_kept_for(ip: str, use: str, cites: str) -> None:
    found = special_use(ip)
    assert found is not None
    assert (found.use, found.cites) == (use, cites)


def test_common_addresses_are_kept_for_nothing() -> None:
    ips = ["192.0.3.1", "8.8.8.8", "100.128.0.1", "172.32.0.1", "2600::1", "2001:4860:4860::8888", "no address", None]
    assert special_uses(ips).to_pylist() == [None] * len(ips)
    assert special_use("x" * 1_000) is None


def test_a_column_of_addresses_gets_a_column_of_words() -> None:
    assert special_uses(["10.0.0.1", "192.0.3.1", "fd00::1"]).to_pylist() == ["private", None, "unique-local"]


def test_every_block_says_what_it_is_for_and_who_says_so() -> None:
    assert len({block.prefix for block in blocks()}) == len(blocks())
    for block in blocks():
        assert str(ipaddress.ip_network(block.prefix)) == block.prefix
        assert block.cites.startswith("RFC ")
        assert block.says
