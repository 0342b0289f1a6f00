"""Mail that is made to cost time or memory: a bounded part is read, and cost grows with size (C.5, 3, 4, 5 and 10)."""

from __future__ import annotations

import gc
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest

import attribution
from attribution.limits import Limits
from attribution.models import RawMessage
from attribution.origin import Receivers
from attribution.pipeline import batch
from attribution.workers import within

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEGABYTE = 1 << 20
LIMITS = Limits()


def cost(data: bytes, *, headers_only: bool = True) -> float:
    """Return the processor time of reading a message once, the best of three where one takes long."""
    best = 60.0
    for _ in range(3):
        start = time.thread_time()
        within(60, lambda: attribution.trace(data, headers_only=headers_only))
        best = min(best, time.thread_time() - start)
        if best < NOTICED:
            break
    return best


NOTICED = 0.03
"""Seconds below which growth is not looked at."""
BOUND = 3.0
"""Seconds that no message may cost; genuine ones take milliseconds."""
GROWTH = 8
"""Times that four times the text may cost: linear is 4, quadratic 16."""


def peak(data: bytes) -> int:
    """Return the most bytes that reading a message takes beyond the message."""
    tracemalloc.start()
    try:
        attribution.trace(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


HUGE: dict[str, Callable[[int], bytes]] = {
    "one field": lambda size: b"Subject: " + b"x" * size,
    "folds": lambda size: b"Subject: x" + b"\n x" * (size // 3),
    "empty folds": lambda size: b"Received: x" + b"\r\n\t" * (size // 3),
    "short fields": lambda size: b"X: y\n" * (size // 5),
    "Received fields": lambda size: b"Received: from a ([203.0.113.9]) by b; x\n" * (size // 42),
    "no fields": lambda size: b"x\n" * (size // 2),
    "one line without a colon": lambda size: b"x" * size,
    "bare CRs": lambda size: b"X: y\r" * (size // 5),
    "From lines": lambda size: b"From x\n" * (size // 7),
    "a comment that never ends": lambda size: b"Received: from (" + b"((x" * (size // 3),
}


@pytest.mark.parametrize("make", HUGE.values(), ids=HUGE.keys())
def test_a_huge_header_is_read_up_to_its_limit(make: Callable[[int], bytes]) -> None:
    small, large = make(5 * MEGABYTE), make(20 * MEGABYTE)
    found = attribution.trace(large)
    assert found.status in ("partial", "malformed")
    assert sum(len(hop.raw) for hop in found.hops) <= LIMITS.header_bytes
    assert max(peak(small), peak(large)) < 64 * MEGABYTE


UNITS = {
    "semicolons": b";",
    "dots": b".",
    "opening parentheses": b"(",
    "closing parentheses": b")",
    "pairs": b"()",
    "commas": b",",
    "opening angles": b"<",
    "angles": b"<>",
    "quotes": b'"',
    "backslashes": b"\\",
    "ats": b"@",
    "brackets": b"[",
    "blanks": b" ",
    "encoded words": b"=?utf-8?Q?=41?= ",
    "openings of words": b"=?utf-8?B?",
    "words": b"from by with id for ",
    "addresses": b"a@b.example, ",
    "IPs": b"([203.0.113.9]) ",
    "parameters": b"; a*0*=utf-8''%41",
}
FIELDS = [
    *(b"Received", b"From", b"To", b"Reply-To", b"Return-Path", b"Subject", b"Date", b"Message-ID", b"List-Id"),
    *(b"Received-SPF", b"Authentication-Results", b"X-Forefront-Antispam-Report", b"X-Originating-IP", b"X-Mailer"),
]


@pytest.mark.benchmark
@pytest.mark.parametrize("field", FIELDS)
def test_cost_grows_with_the_length_of_a_field(field: bytes) -> None:
    faults = []
    for name, unit in UNITS.items():
        small, large = (field + b": " + unit * (size // len(unit)) + b"\n\n" for size in (16_384, LIMITS.field_bytes))
        costs = cost(small), cost(large)
        if costs[1] > BOUND or (costs[1] > NOTICED and costs[1] > GROWTH * costs[0]):
            faults.append((name, costs))
    assert faults == []


@pytest.mark.benchmark
@pytest.mark.parametrize("field", [b"Content-Type", b"Content-Disposition", b"Content-Transfer-Encoding", b"To"])
def test_what_reads_whole_messages_is_given_nothing_that_costs_it_long(field: bytes) -> None:
    faults = []
    for name in ("semicolons", "parameters", "quotes", "pairs", "encoded words", "addresses"):
        unit = UNITS[name]
        data = field + b": multipart/mixed; boundary=x" + unit * (LIMITS.field_bytes // len(unit)) + b"\n\nbody"
        spent = cost(data, headers_only=False)
        if spent > BOUND:
            faults.append((name, spent))
    assert faults == []


def chain(count: int) -> bytes:
    """Return lines that are repeated, shuffled, looped and mixed with lines of other names."""
    lines = []
    for number in range(count):
        line = (
            b"from h%d.example.org (h [203.0.113.%d]) by h%d.example.org with SMTP; Mon, 5 Jan 2026 10:%02d:00 +0000"
            % (
                number % 7,
                number % 250,
                (number * 5) % 11,
                number * 37 % 60,
            )
        )
        lines.append(b"Received: " + line)
        lines += [b"ARC-Seal: i=1", b"X-Received: by 192.0.2.1 with SMTP", b"Received-SPF: pass"] * (number % 3 == 0)
    return b"\n".join(lines) + b"\nSubject: end\n\nbody"


def test_of_very_many_hops_the_first_are_parsed_and_all_keep_their_order() -> None:
    data = chain(10_000)
    found = attribution.trace(data)
    assert found.status == "partial"
    assert LIMITS.received_fields < found.hop_count <= LIMITS.header_fields
    assert [hop.hop for hop in found.hops] == list(range(found.hop_count))
    assert [hop.span_start for hop in found.hops] == sorted(hop.span_start for hop in found.hops)
    assert all(hop.raw.encode("latin-1") == data[hop.span_start : hop.span_end] for hop in found.hops)
    read = [hop.hop for hop in found.hops if hop.status != "unknown"]
    assert read == list(range(LIMITS.received_fields))
    assert not any(hop.ip or hop.by for hop in found.hops[LIMITS.received_fields :])


def stuffed(number: int) -> bytes:
    """Return a message in which everything is long, and like nothing in any other message."""
    names = [f"{number}-{place}-".encode() + b"x" * 20_000 for place in range(8)]
    line = b"from %s.example (%s.example [203.0.113.9]) by %s.example.net (%s) with %s id %s for <%s@example.net>; %s"
    return (
        b"Received: " + line % tuple(names) + b"\nX-" + names[0] + b"-Name: x\n"
        b"From: <a@" + names[1] + b".example>\nSubject: " + names[2] + b"\nMessage-ID: <" + names[3] + b">\n"
        b"Received: from a (HELO " + names[4][:1_500] + b") (203.0.113.9) by " + names[5][:15_000] + b" with SMTP; x\n"
    )


def test_what_a_worker_remembers_does_not_grow_with_the_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "limit_memory", lambda _: None)
    batch.set_up_worker(LIMITS, Receivers(), str(tmp_path))

    def read(numbers: range) -> int:
        mail = ((number, stuffed(number)) for number in numbers)
        batch.process_batch(0, [RawMessage("x", str(number), 0, len(data), data) for number, data in mail], [])
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        read(range(20))
        before = read(range(20, 40))
        growth = read(range(40, 80)) - before
    finally:
        tracemalloc.stop()
    assert growth < 40 * 4_000


NESTS: dict[str, Callable[[int], bytes]] = {
    "multiparts": lambda count: (
        b"Subject: x\nMIME-Version: 1.0\n"
        + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number) for number in range(count)
        )
        + b"Content-Type: text/plain\n\nx"
    ),
    "messages": lambda count: b"Subject: x\n" + b"Content-Type: message/rfc822\n\n" * count + b"x",
    "parts": lambda count: (
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * (100 * count) + b"--b--\n"
    ),
    "boundaries within boundaries": lambda count: (
        b"Content-Type: multipart/mixed; boundary="
        + b"b" * 60
        + b"\n\n"
        + b"".join(b"--" + b"b" * 60 + b"\n" * 2 for _ in range(count))
    ),
    "attached messages side by side": lambda count: (
        b"Content-Type: multipart/digest; boundary=b\n\n" + b"--b\n\nSubject: x\n\nx\n" * count + b"--b--\n"
    ),
}


@pytest.mark.parametrize("make", NESTS.values(), ids=NESTS.keys())
def test_nested_and_numberless_parts_are_told_and_cost_little(make: Callable[[int], bytes]) -> None:
    data = make(10_000)
    found = attribution.trace(data)
    assert found.contents is not None
    assert "RecursionError" not in found.contents.error or not found.contents.attachments
    attribution.trace(make(150))
