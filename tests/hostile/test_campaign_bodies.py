"""Bodies that are made to cost time or memory: each costs itself at most, and says so."""

from __future__ import annotations

import itertools
import string
import time
from typing import TYPE_CHECKING

import pytest

import attribution
from attribution.campaigns.body import read_body
from attribution.campaigns.body.html import read_html
from tests.hostile.payloads import message

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hostile.conftest import Run

HTML_BYTES = 256 * 1024
HTML = b"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n"
MIXED = b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n'


def filled(unit: bytes, before: bytes = b"", after: bytes = b"", size: int = HTML_BYTES) -> bytes:
    return before + (unit * (size // len(unit)))[: size - len(before) - len(after)] + after


def names() -> bytes:
    """Return as many distinct names as fit, with a space between."""
    letters = itertools.product(string.ascii_lowercase, repeat=4)
    return b" ".join("".join(four).encode() for four in itertools.islice(letters, 50_000))


PAGES = {
    "attributes": b"<a " + names() + b">x</a>",
    "attributes with a sign that looks like the end": b"<a " + b" ".join(b'x%x=">"' % n for n in range(22_000)) + b">",
    "attributes behind a quote in a comment": b"<!--<a b=\"--><x y='\">' " + names() + b">",
    "attributes that look like tags": b"<i " + b" ".join(b"<i%x" % n for n in range(30_000)) + b">",
    "attributes of an end tag": b"</a " + names() + b">",
    "tags that could begin within others": filled(b"<a=", b"<a"),
    "elements whose names have a dash": filled(b"<a-b></a>"),
    "end tags in comments": filled(b"<div><!--</div>-->"),
    "end tags in attributes": filled(b"<div a='</div>'>"),
    "table cells in a drawing": filled(b"<td>", b"<svg>"),
    "elements that open again": filled(b"<p>", b"".join(b"<font x%d><!--</font>-->" % n for n in range(4_000))),
    "hidden in hidden": filled(b"<u-u style=font-size:0></u>"),
    "open links": filled(b"<a href=h://a>x"),
    "dashes before a title": b"original message " + filled(b"-"),
    "marks on one letter": b"a" + "\N{COMBINING ACUTE ACCENT}".encode() * 120_000,
    "entities": filled(b"&CounterClockwiseContourIntegral"),
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_costs_no_more_than_a_moment_whatever_its_tags_are(page: bytes) -> None:
    clock = time.process_time()
    read_body(message(fields=HTML).removesuffix(b"body\n") + page)
    assert time.process_time() - clock < 2.5


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("attributes")])
def test_a_tag_of_very_many_attributes_ends_the_page_and_that_is_said(name: str) -> None:
    page = read_html("<p>Pay at <a href='http://pay.example/x'>once</a></p>" + PAGES[name].decode())
    assert page.links[:1] == ["http://pay.example/x"]
    assert page.problem


def test_tags_of_many_attributes_each_are_read_whole() -> None:
    tag = "<td " + " ".join(f"data-{number}='a > b'" for number in range(300)) + ">word</td>"
    page = read_html("<table><tr>" + tag * 20 + "</tr></table>")
    assert not page.problem
    assert page.text.count("word") == 20


BOMBS = {
    "parts": MIXED + b"\n" + b"--b\nContent-Type: text/plain\n\nx\n" * 50_000,
    "parts in parts": b"\n".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d' % (n, n) for n in range(10_000)
    ),
    "messages in messages": b"Content-Type: message/rfc822\n\n" * 30_000,
    "one boundary for all": (
        b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n' * 1_000 + b"--b--\n" * 1_000 + b"--b\n" * 100_000
    ),
    "parameters": b"Content-Type: text/plain" + b"; charset*0*=utf-8''x" * 10_000 + b"\n\nx",
    "content fields": b"Content-Type: text/html\n" * 8_000 + b"\n<p>x",
    "forged fields": b"".join(b"X-Originating-IP: [192.0.2.%d]\nX-Spam-%d: a\n" % (n % 250, n) for n in range(20_000)),
    "base64": MIXED
    + b"\n--b\nContent-Disposition: attachment; filename=a.bin\nContent-Transfer-Encoding: base64\n\n"
    + (b"QUJD" * 19 + b"\n") * 150_000
    + b"--b--\n",
    "one line": HTML + b"\n" + b"x" * 8_000_000,
    "no end of the header": b"X: " + b"a\n b" * 200_000,
}


@pytest.fixture(scope="module")
def bombs() -> bytes:
    """Give an mbox of all pages and bombs, and one plain message behind each."""
    head = message().partition(b"\n\n")[0] + b"\n"
    made = [head + HTML + b"\n" + page for page in PAGES.values()] + [head + bomb for bomb in BOMBS.values()]
    plain = message(subject=b"the one behind")
    return b"".join(
        b"From a@example.org Mon Jan  5 10:00:00 2026\n" + mail.replace(b"\nFrom ", b"\n>From ") + b"\n\n"
        for each in made
        for mail in (each, plain)
    )


def test_mail_made_to_cost_time_costs_no_other_message(bombs: bytes, run: Run, tmp_path: Path) -> None:
    (tmp_path / "bombs.mbox").write_bytes(bombs)
    done = run("analyze", "bombs.mbox", "--out", "case", "--workers", 2)
    assert done.returncode == 0, done.stderr.decode()
    case = attribution.open_case(tmp_path / "case")
    plain = case.messages[case.messages["subject"] == "the one behind"]
    assert len(plain) == len(PAGES) + len(BOMBS)
    assert set(plain["status"]) == {"ok"}
    assert len(case.messages) + len(case.problems) >= 2 * len(plain)
    assert not set(case.messages["status"]) & {"timeout", "crashed"}
    assert not set(case.problems["status"]) & {"timeout", "crashed"}


@pytest.mark.benchmark
def test_an_attachment_of_64_mebibytes_is_read_no_further_than_its_head(run: Run, tmp_path: Path) -> None:
    mail = (
        message(fields=BOMBS["base64"].partition(b"QUJD")[0].removesuffix(b"\n\n")) + (b"QUJD" * 19 + b"\n") * 880_000
    )
    (tmp_path / "big.eml").write_bytes(mail)
    clock = time.monotonic()
    assert run("analyze", "big.eml", "--out", "case", "--workers", 1).returncode == 0
    assert time.monotonic() - clock < 30
