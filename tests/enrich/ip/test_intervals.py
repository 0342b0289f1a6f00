from __future__ import annotations

import ipaddress

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from attribution.enrich.ip.intervals import Intervals, Spans
from attribution.enrich.ip.packed import IPV4, IPV6, pack

RANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), max_size=12)


def winner(ranges: list[tuple[int, int]], address: int) -> int:
    """Say which range counts at an address: of those that hold it the last to begin, then the narrowest, the latest."""
    holding = [(first, -last, place) for place, (first, last) in enumerate(ranges) if first <= address <= last]
    return max(holding)[2] if holding else -1


@given(RANGES)
def test_at_each_address_the_range_counts_that_begins_last_and_is_narrowest(
    given_ranges: list[tuple[int, int]],
) -> None:
    ranges = [(first, first + more) for first, more in given_ranges]
    want = [winner(ranges, address) for address in range(100)]
    values = np.arange(len(ranges), dtype=np.int32)
    four = Spans(np.array([r[0] for r in ranges], IPV4), np.array([r[1] for r in ranges], IPV4), values)
    assert four.find(np.arange(100, dtype=IPV4)).tolist() == want

    def octets(numbers: list[int]) -> np.ndarray[tuple[int], np.dtype[np.bytes_]]:
        # Spread over the whole of version 6, so that all octets are compared.
        return np.array([(number << 120 | number).to_bytes(16, "big") for number in numbers], IPV6)

    six = Spans(octets([r[0] for r in ranges]), octets([r[1] for r in ranges]), values)
    assert six.find(octets(list(range(100)))).tolist() == want


def test_the_whole_of_either_version_is_a_range() -> None:
    networks = ["0.0.0.0/0", "::/0", "255.255.255.255/32", "ffff::/16"]
    found = Intervals.of_networks(ipaddress.ip_network(network) for network in networks)
    ips = ["0.0.0.1", "255.255.255.254", "255.255.255.255", "::", "fffe::", "ffff::1", "no address"]
    assert found.find(pack(ips)).tolist() == [0, 0, 2, 1, 1, 3, -1]


def test_nothing_lies_in_no_ranges() -> None:
    assert Intervals.of_networks(iter(())).find(pack(["192.0.2.1", "2001:db8::1"])).tolist() == [-1, -1]
