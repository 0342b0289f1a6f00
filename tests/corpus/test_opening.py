"""Which texts open like the header of a mail."""

from __future__ import annotations

import pytest

from attribution.corpus.opening import opens_with_header

MAIL = [
    b"Received: from a.example.com by b.example.net; Thu, 1 Jan 1970 00:00:00 +0000\n\nbody",
    b"Subject: one line, no end",
    b"from: lower@example.com\r\nto: x@example.net\r\n",
    b"Subject : a blank before the colon\n",
    b"Subject: bare carriage returns\rFrom: a@example.com\r\rbody",
    b"Subject: line ends converted twice\r\r\nFrom: a@example.com\r\r\n\r\r\nbody",
    b"X-Anything-At-All: 1\n",
    b"Strange-Name: 1\n folded\n\tagain\nMessage-ID: <1@example.com>\n",
    b">From someone@example.com Thu Jan  1 00:00:00 1970\nReceived: from a\n",
]

NO_MAIL = [
    b"",
    b"\nSubject: below an empty line\n",
    b"Dear Sir,\nSubject: comes too late\n",
    b"Note: to self\nAnother: one\n\nSubject: in the body\n",
    b" Subject: begins with a blank\n",
    b"Subject without a colon\n",
    b"http://example.com/ is no field\n",
    b"Hello: world\nthis line is no field\nSubject: x\n",
    b"Ger\xe4t: 8-bit names are none\nFrom: a@example.com\n",
    b"x" * 100_000,
]


@pytest.mark.parametrize("text", MAIL)
def test_a_known_field_after_nothing_but_fields_is_mail(text: bytes) -> None:
    assert opens_with_header(text)


@pytest.mark.parametrize("text", NO_MAIL)
def test_anything_else_is_not(text: bytes) -> None:
    assert not opens_with_header(text)
