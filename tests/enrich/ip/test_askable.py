from __future__ import annotations

import ipaddress

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution import _net
from attribution._net import is_public, parse_ip
from attribution.enrich.ip.askable import is_askable, is_canonical
from attribution.enrich.ip.packed import pack
from attribution.enrich.ip.special import blocks, find_special

TRANSITION = [ipaddress.ip_network(text) for text in ("2002::/16", "2001::/32", "64:ff9b::/96")]


def asked(texts: list[str | None]) -> list[bool]:
    column = pa.array(texts, pa.string())
    packed = pack(column)
    answers: list[bool] = is_askable(column, packed, find_special(packed)).tolist()
    return answers


def expected(text: str | None) -> bool:
    """Say whether an address is looked up, one by one."""
    if text is None or parse_ip(text) != text or not is_public(text):
        return False
    return not any(ipaddress.ip_address(text) in net for net in TRANSITION)


def edges(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> list[str]:
    kind = type(network.network_address)
    most = (1 << network.max_prefixlen) - 1
    numbers = (int(network[0]) - 1, int(network[0]), int(network[-1]), int(network[-1]) + 1)
    return [str(kind(number)) for number in numbers if 0 <= number <= most]


def test_at_the_edges_of_all_blocks_it_is_as_is_public_says() -> None:
    networks = [ipaddress.ip_network(block.prefix) for block in blocks()]
    # What `is_public` goes by itself, so that no block of its own is missing among those for special use.
    networks += [*_net._NOT_PUBLIC, *_net._PUBLIC_ALL_THE_SAME, ipaddress.ip_network("2000::/3")]
    texts: list[str | None] = [text for network in networks for text in edges(network)]
    assert asked(texts) == [expected(text) for text in texts]


@given(st.lists(st.one_of(st.none(), st.ip_addresses().map(str), st.text("0123456789abcF:.% g", max_size=42))))
def test_any_text_is_asked_as_it_is_alone(texts: list[str | None]) -> None:
    assert asked(texts) == [expected(text) for text in texts]


GROUPS = st.lists(st.sampled_from(["0", "0", "1", "a", "ab0", "ffff", "00a", "A", ""]), min_size=1, max_size=9)


@given(st.lists(GROUPS.map(":".join), max_size=20))
def test_a_text_is_canonical_when_it_is_what_would_be_written(texts: list[str]) -> None:
    column = pa.array(texts, pa.string())
    assert is_canonical(column, pack(column)).tolist() == [parse_ip(text) == text for text in texts]


@pytest.mark.parametrize("text", ["fe80::1%eth0", "::ffff:198.51.100.7", "2001:DB8::1", "2a00:0::1", "2a00::0:1"])
def test_another_form_of_an_address_is_not_looked_up(text: str) -> None:
    assert asked([text, "9.9.9.9"]) == [False, True]
