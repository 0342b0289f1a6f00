from __future__ import annotations

import ipaddress

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution._net import parse_ip
from attribution.enrich.ip.packed import Packed, pack

ADDRESSES = st.one_of(
    st.ip_addresses(),
    st.lists(st.sampled_from([0, 0, 0, 1, 0xAB, 0xFFFF]), min_size=8, max_size=8).map(
        lambda groups: ipaddress.IPv6Address(b"".join(group.to_bytes(2, "big") for group in groups))
    ),
)


def unpacked(packed: Packed) -> dict[int, str]:
    octets = packed.ipv6.tobytes()
    six = [str(ipaddress.IPv6Address(octets[at : at + 16])) for at in range(0, len(octets), 16)]
    four = [str(ipaddress.IPv4Address(number)) for number in packed.ipv4.tolist()]
    return dict(zip(packed.rows4.tolist(), four, strict=True)) | dict(zip(packed.rows6.tolist(), six, strict=True))


def expected(texts: list[str | None]) -> dict[int, str]:
    read = {row: parse_ip(text) for row, text in enumerate(texts) if text is not None}
    return {row: ip for row, ip in read.items() if ip is not None}


@given(st.lists(ADDRESSES, max_size=40))
def test_addresses_are_read_as_ipaddress_reads_them(addresses: list[ipaddress.IPv4Address]) -> None:
    texts: list[str | None] = [str(address) for address in addresses]
    assert unpacked(pack(texts)) == expected(texts)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text("0123456789abcdefAF:.% g", max_size=42)), max_size=10))
def test_any_other_text_is_read_as_one_address_is(texts: list[str | None]) -> None:
    assert unpacked(pack(texts)) == expected(texts)


@pytest.mark.parametrize(
    "text",
    [
        *("::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "ABCD::EF", "1.0.0.0"),
        *(":", ":::", "1:::2", "::1:", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::1"),
        *("1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.4 ", "1.2.3.4\n", "", "mail", "١.2.3.4"),
        *("::ffff:192.0.2.1", "::ffff:c000:201", "64:ff9b::192.0.2.1", "fe80::1%eth0"),
    ],
)
def test_forms_at_the_edge(text: str) -> None:
    assert unpacked(pack(["192.0.2.7", text, None, "2001:db8::7"])) == expected(
        ["192.0.2.7", text, None, "2001:db8::7"]
    )


def test_a_sliced_column_and_one_in_chunks_are_read_from_where_they_begin() -> None:
    column = pa.array(["192.0.2.1", None, "192.0.2.2", "2001:db8::2", "192.0.2.3"])
    assert unpacked(pack(column.slice(2))) == {0: "192.0.2.2", 1: "2001:db8::2", 2: "192.0.2.3"}
    chunks = pa.chunked_array([column.slice(3), column.slice(0, 3)])
    assert unpacked(pack(chunks)) == {0: "2001:db8::2", 1: "192.0.2.3", 2: "192.0.2.1", 4: "192.0.2.2"}
    assert unpacked(pack(pa.nulls(3))) == {}
