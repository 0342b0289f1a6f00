from __future__ import annotations

from attribution.headers.block import read_block
from attribution.headers.chain import hops
from attribution.limits import Limits

LINE = "from a.example.com (a.example.com [192.0.2.1]) by mx.example.net (Postfix) with ESMTP id 4F1; "
DATE = "Mon, 6 Jan 2014 10:00:00 +0000"


def test_only_fields_named_received_count_and_the_newest_is_first() -> None:
    data = (
        f"X-Received: by 192.0.2.9; {DATE}\n"
        f"Received: by mx2.example.net; {DATE}\n"
        f"ARC-Seal: i=1\nReceived-SPF: pass\n"
        f"RECEIVED : {LINE}{DATE}\n\n"
    ).encode()
    found = hops(read_block(data, Limits()), Limits())
    assert [(hop.hop, hop.field, hop.by) for hop in found] == [
        (0, 1, "mx2.example.net"),
        (1, 4, "mx.example.net"),
    ]


def test_lines_beyond_the_limit_keep_their_text_and_span_only() -> None:
    data = f"Received : {LINE}{DATE}\n".encode() * 3 + b"\n"
    first, second, third = hops(read_block(data, Limits()), Limits(received_fields=1))
    assert first.by == "mx.example.net"
    for hop in (second, third):
        assert (hop.status, hop.ip, hop.by, hop.date) == ("unknown", None, None, None)
        assert data[hop.span_start : hop.span_end].decode() == hop.raw == f"Received : {LINE}{DATE}"
