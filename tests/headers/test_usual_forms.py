"""What one pattern reads in texts of the usual form is what the full reading finds in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.headers import mailboxes, received
from attribution.headers import usual as usual_lines
from attribution.headers.dialect_table import dialect_table

if TYPE_CHECKING:
    from attribution.models import Hop

DATE = "; Mon, 5 Jan 2026 10:00:02 +0000"
USUAL = [
    f"from a (b.example.org [192.0.2.7])\r\n by mx.example.net (Postfix) with ESMTP id 4F\r\n for <ann@b>{DATE} (UTC)",
    f"from a (2001:db8::7) by b\n (2001:db8::9) with Microsoft SMTP Server (c=A) id 15 via Frontend\n Transport{DATE}",
    "by 2002:a05:6a10::1 with SMTP id x9csp1; Mon, 5 Jan 2026 10:00:02 -0800 (PST)",
    f"from a (b [192.0.2.7]) (using TLSv1.2 with cipher A (256/256 bits)) by c (Postfix) with ESMTPS id 4F{DATE}",
    f"from a (b [192.0.2.7]) by c (8.12.9/8.12.9) with ESMTP id x (version=TLSv1 cipher=A bits=1) for d{DATE}",
    f"from a (b [192.0.2.7]) by c (8.12.9/8.12.9) with ESMTP id x{DATE} (CDT) (envelope-from <a@b.example>)",
    f"(from a@localhost) by c (8.12.9/8.12.9/Submit) id x for d{DATE}",
    f"from 192.0.2.7 (SquirrelMail authenticated user a) by c with HTTP{DATE}",
    "from [192.0.2.7] (helo=a) by b with esmtp (Exim 3.35 #1 (Debian)) id 17mbvb-00087W-00; 5 Jan 2026\n 10:00:02 GMT",
]
UNUSUAL = [
    f"from a by b by c with SMTP id x{DATE}",
    f"from by by b with SMTP id x{DATE}",
    f"from a by uid 500 by b{DATE}",
    f"from a by b with SMTPSVC(6.0) id x{DATE}",
    f"from a,by b with SMTP by c{DATE}",
    f"from a ([192.0.2.7] (x (y))) by b{DATE}",
    f"from a by b with SMTP{DATE}\r\n from c by d{DATE}",
    f"from a (x by b with SMTP{DATE}",
]
EXAMPLES = [example.line for dialect in dialect_table().dialects for example in dialect.examples]
DIFFERENT = [line for dialect in dialect_table().dialects for line in dialect.differ]


def usual(line: str) -> Hop | None:
    return usual_lines.read_usual(line, 7)


def scanned(line: str) -> Hop:
    return received._read_scanned(line, 7)


@pytest.mark.parametrize("line", USUAL)
def test_lines_of_the_usual_form_are_read_as_the_scanner_reads_them(line: str) -> None:
    assert usual(line) == scanned(line)


@pytest.mark.parametrize("line", UNUSUAL)
def test_lines_in_which_a_word_could_be_a_keyword_are_left_to_the_scanner(line: str) -> None:
    assert usual(line) is None


def test_every_example_of_a_dialect_is_read_alike() -> None:
    read = {line: usual(line) for line in EXAMPLES + DIFFERENT}
    assert {line: scanned(line) for line, found in read.items() if found is not None} == {
        line: found for line, found in read.items() if found is not None
    }
    assert sum(found is not None for found in read.values()) > len(read) // 2


WORDS = [
    *("from ", "by ", "with ", "id ", "for ", "via ", "Via", "FOR", "uid 5 ", "way of "),
    *("a", "b.example.org", "192.0.2.7", "(x)", "((", "\r\n ", "\x0b", "\xe9"),
]
PIECES = st.sampled_from([*WORDS, DATE, *' ()<>[];,"@:'])


@given(
    st.sampled_from(USUAL), st.lists(st.tuples(st.integers(0, 150), st.integers(0, 6), PIECES), min_size=1, max_size=4)
)
def test_whatever_is_put_into_a_line_it_is_read_as_the_scanner_reads_it(
    line: str, changes: list[tuple[int, int, str]]
) -> None:
    for place, gone, piece in changes:
        line = line[:place] + piece + line[place + gone :]
    found = usual(line)
    assert found is None or found == scanned(line)


@given(
    st.text('ab.-_+=&!/ \t\r\n"<>@(),:;\\é\x0b', max_size=12),
    st.text("a.-+@=_", max_size=5),
    st.sampled_from(["", "\r\n", " x", ",", "(c)"]),
)
def test_a_plain_mailbox_is_read_as_any_other(name: str, local: str, end: str) -> None:
    value = f"{name}<{local}@A.example.org.>{end}"
    if mailboxes._PLAIN.fullmatch(value) is not None:
        assert mailboxes.read_mailbox(value) == mailboxes._read(value)[0]
