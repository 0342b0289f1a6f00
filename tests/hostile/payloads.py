"""Texts and names that act where nobody escapes them, and the invented mail that carries them."""

from __future__ import annotations

__all__ = ["EVIL", "FILE_NAMES", "hostile_message", "message"]

EVIL = [
    b"\x1b]0;title\x07\x1b]52;c;ZXZpbA==\x07\x1b]8;;http://evil.example/\x07click\x1b]8;;\x07",
    b"\x1b[2J\x1b[31mred\x1bP1$tx\x1b\\\x1b_x\x1b\\",
    b"\xc2\x9b31m\xc2\x9d0;c1\xc2\x9c\x9b31m",
    b"\xe2\x80\xaefdp.exe\xe2\x80\xac\xe2\x81\xa6x\xe2\x81\xa9\xe2\x80\x8b\xef\xbb\xbf",
    b"e" + b"\xcc\x81" * 500,
    b"\x00\x07\x08\x0b\x0c\x0e\x7f\xff\xfe",
    b"\xed\xa0\x80 \xf5\x80\x80\x80 \xc0\xaf",
    b"[link=http://evil.example]x[/link][/][bold red on white]",
    b"%(levelname)s %s %n {0} {x!r} ${x}",
    b"<script>alert(1)</script>",
    b"\"><img src=x onerror=alert(1)><svg onload='alert(1)'>",
    b"</title></style><iframe src=javascript:alert(1)>",
    b"javascript:alert(1) http://evil.example/pixel.gif www.evil.example",
    b"{{ 7*7 }}{% for x in y %}",
    b"=cmd|'/c calc'!A0",
    b"=?utf-8?B?GxtdMDt0aXRsZQc=?= =?utf-8?Q?=1B[2J=E2=80=AE?= =?utf-7?Q?+2AA-?= =?rot13?q?nope?= =?idna?q?x?=",
    b"x" * 60_000,
]
"""Texts for every field: terminals, markup of several kinds, templates, spreadsheets, codecs."""

FILE_NAMES = [
    b"new\nline.eml",
    b"return\r.eml",
    b"\x1b[2Jescape.eml",
    b"\xe2\x80\xaeoverride.eml",
    b"no\xff\xfeutf8.eml",
    b"<b>bold.eml",
    b"\"onload='x.eml",
    b"[red]markup.eml",
    b"%(x)s.eml",
    b"=cmd.eml",
    b"-rf.eml",
    b" space.eml",
    b"a!\\b!c.eml",
]


def message(
    *,
    subject: bytes = b"hello",
    helo: bytes = b"relay.example.org",
    name: bytes = b"Bob",
    ip: bytes = b"203.0.113.9",
    fields: bytes = b"",
) -> bytes:
    """Return a message that a Postfix server of example.net received from `ip`."""
    return (
        b"Received: from " + helo + b" (unknown [" + ip + b"])\n"
        b"\tby mx.example.net (Postfix) with ESMTP id 4F0C21A0B7\n"
        b"\tfor <ann@example.net>; Mon, 5 Jan 2026 10:00:02 +0000 (UTC)\n"
        b"From: " + name + b" <bob@example.org>\nTo: ann@example.net\nSubject: " + subject + b"\n"
        b"Date: Mon, 5 Jan 2026 10:00:00 +0000\nMessage-ID: <1@example.org>\n" + fields + b"\nbody\n"
    )


def hostile_message(text: bytes) -> bytes:
    """Return a message with that text wherever a sender can write."""
    line = text.replace(b"\n", b" ").replace(b"\r", b" ")
    names = (b"Message-ID", b"Return-Path", b"Reply-To", b"X-Mailer", b"List-Id", b"X-Originating-IP", b"Cc")
    disposition = b'Content-Disposition: attachment; filename="' + line + b'"\nContent-Type: text/plain; name="'
    return message(
        subject=line,
        helo=line.replace(b" ", b"")[:300],
        name=b'"' + line + b'"',
        fields=b"".join(b"%s: <%s>\n" % (name, line) for name in names) + disposition + line + b'"\n',
    )
