"""True chains of many kinds of receivers, and below them what forgers write: the mail of `test_forged_chains`.

The receiver's own lines are true in every message; all that its peer chose (the HELO text, and every line below) is
forged. Whoever reads such a message must come to the address that the true boundary line records.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["KINDS", "STYLES", "Forgery", "Scene", "forged_below", "forgeries", "forgery"]

_NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-"
_POSTFIX = frozenset(_PLAIN + "_[]{}:%+/=!#$&'*,^`|~?")
_QMAIL = frozenset(_PLAIN + "@%+/=:")
_TLS = "(version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384)"


@dataclass(slots=True)
class Scene:
    """What the receiver saw of its peer, and what a forger knows of the receiver.

    Attributes:
        rng: Source of all choices.
        peer: The address that connected; every other public address in the message is forged.
        rdns: The name that the receiver found for it.
        helo: What the peer called itself.
        domain: The receiver's domain. `mx`: the server that writes the boundary line.
        inner: An address of one of the receiver's own servers.
        ident: What the peer's ident daemon answered. `sender`: its MAIL FROM. `certificate`: the name in its TLS
            certificate. Servers copy them into their lines, and the peer chooses them.
    """

    rng: random.Random
    peer: str
    rdns: str
    helo: str
    domain: str = "example.net"
    mx: str = "mx1.example.net"
    inner: str = "10.20.30.40"
    ident: str = ""
    sender: str = "x@bank.test"
    certificate: str = ""

    def date(self, seconds: float = 0) -> str:
        """Return a date of RFC 5322 that many seconds after the message was handed over."""
        return (_NOON + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S +0000")

    def token(self, length: int = 10) -> str:
        """Return letters and digits such as queue ids are made of."""
        return "".join(self.rng.choices("0123456789ABCDEF", k=length))

    def forged_ip(self) -> str:
        """Return a public address that is not the peer's."""
        return f"22.{self.rng.randrange(1, 255)}.{self.rng.randrange(256)}.{self.rng.randrange(1, 255)}"

    def line(self, by: str, *, source: str | None = None, seconds: float = -60) -> str:
        """Return a forged line in the shape of Postfix."""
        source = source or f"mail.bank.test (mail.bank.test [{self.forged_ip()}])"
        return f"from {source}\r\n\tby {by} (Postfix) with ESMTPS id {self.token()}; {self.date(seconds)}"


@dataclass(slots=True)
class Forgery:
    """One message.

    Attributes:
        kind: Key in `KINDS`. `style`: key in `STYLES`.
        data: The message.
        peer: The handover address that must come out, None where there is none.
        hop: Number of the boundary line, 0 the newest; None without one.
        may_be_unread: The server copies hostile HELO text as it is, so that the line has more than one reading;
            then no handover is as good as the true one.
        client: The address that connected, also where no readable line records it.
    """

    kind: str
    style: str
    data: bytes
    peer: str | None
    hop: int | None
    may_be_unread: bool = False
    client: str | None = None


# --- receivers: the lines that they write, newest first, the boundary line last --------------------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of receiver: what it writes, and what a forger would know of it."""

    write: Callable[[Scene], list[str]]
    keeps: frozenset[str] | None = None
    """The characters of a HELO that it copies; it writes `?` for all others. None: it copies all."""
    domain: str = "example.net"
    mx: str = "mx1.example.net"
    inner: str = "10.20.30.40"
    v6: bool = False
    unverified: bool = False
    """Whether it prints the name of the peer's address though nothing confirms it."""


def _received(*values: str) -> list[str]:
    return [f"Received: {value}" for value in values]


def _postfix_line(s: Scene) -> str:
    literal = f"IPv6:{s.peer}" if ":" in s.peer else s.peer
    tls = ""
    if s.certificate:
        tls = (
            "\r\n\t(using TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits))"
            f'\r\n\t(Client CN "{s.certificate}", Issuer "{s.certificate}" (not verified))'
        )
    return (
        f"from {s.helo} ({s.rdns} [{literal}]){tls}\r\n\tby {s.mx} (Postfix) with ESMTPS id {s.token()}\r\n"
        f"\tfor <ann@{s.domain}>; {s.date()} (UTC)"
    )


def _postfix(s: Scene) -> list[str]:
    return _received(_postfix_line(s))


def _amavis(s: Scene) -> list[str]:
    return _received(
        f"from {s.mx} ([{s.inner}])\r\n\tby store1.{s.domain} with LMTP id {s.token()}; {s.date(3)}",
        f"from localhost (localhost [127.0.0.1])\r\n\tby {s.mx} (Postfix) with ESMTP id {s.token()}; {s.date(2)}",
        f"from {s.mx} ([127.0.0.1])\r\n\tby localhost ({s.mx} [127.0.0.1]) (amavisd-new, port 10024)\r\n"
        f"\twith ESMTP id {s.token()}; {s.date(1)}",
        _postfix_line(s),
    )


def _exim(s: Scene) -> list[str]:
    ident = f" ident={s.ident}" if s.ident else ""
    return _received(
        f"from {s.rdns} ([{s.peer}]:40213 helo={s.helo}{ident})\r\n\tby {s.mx} with esmtps (TLS1.3) tls "
        f"TLS_AES_256_GCM_SHA384\r\n\t(Exim 4.96)\r\n\t(envelope-from <{s.sender}>)\r\n\tid 1vciLY-0003Kq-2A\r\n"
        f"\tfor ann@{s.domain}; {s.date()}"
    )


def _exim_nameless(s: Scene) -> list[str]:
    ident = f" ident={s.ident}" if s.ident else ""
    return _received(
        f"from [{s.peer}] (helo={s.helo}{ident})\r\n\tby {s.mx} with esmtp (Exim 4.94.2)\r\n"
        f"\t(envelope-from <{s.sender}>) id 1vciLY-0003Kq-2A\r\n\tfor ann@{s.domain}; {s.date()}"
    )


def _sendmail(s: Scene) -> list[str]:
    ident = f"IDENT:{s.ident}@" if s.ident else ""
    return _received(
        f"from {s.helo} ({ident}{s.rdns} [{s.peer}] (may be forged))\r\n\tby {s.mx} (8.15.2/8.15.2) with ESMTP id "
        f"605C00xk012345\r\n\tfor <ann@{s.domain}>; {s.date()}"
    )


def _qmail(s: Scene) -> list[str]:
    ident = f"{s.ident}@" if s.ident else ""
    return _received(
        f"(qmail 4711 invoked from network); {s.date(1)}",
        f"from {s.rdns} (HELO {s.helo}) ({ident}{s.peer})\r\n  by {s.mx} with SMTP; {s.date()}",
    )


def _exchange(s: Scene) -> list[str]:
    return _received(
        f"from edge1.{s.domain} ({s.inner}) by mbx2.{s.domain}\r\n (10.20.30.42) with Microsoft SMTP Server {_TLS} id "
        f"15.1.2507.27; {s.date(1)}",
        f"from {s.helo} ({s.peer}) by {s.mx}\r\n ({s.inner}) with Microsoft SMTP Server {_TLS} id 15.1.2507.27 via "
        f"Frontend\r\n Transport; {s.date()}",
    )


def _microsoft(s: Scene) -> list[str]:
    smtp = f"with Microsoft SMTP Server\r\n {_TLS} id 15.20.9478.4"
    front = "DB1EUR01FT001"
    return [
        *_received(
            f"from DB1PR01CA0001.eurprd01.prod.outlook.com ({s.inner}) by\r\n AA1PR01MB0001.eurprd01.prod.outlook.com "
            f"(2603:10a6:20b:1::2) {smtp}; {s.date(2)}",
            f"from {front}.eop-EUR01.prod.protection.outlook.com\r\n (2603:10a6:10:1:cafe::1) by "
            f"DB1PR01CA0001.outlook.office365.com\r\n (2603:10a6:10:1::1) {smtp} via Frontend Transport; {s.date(1)}",
        ),
        f"Authentication-Results: spf=fail (sender IP is {s.peer})\r\n smtp.mailfrom=bank.test; dkim=none",
        (
            "Received-SPF: Fail (protection.outlook.com: domain of bank.test does not\r\n designate "
            f"{s.peer} as permitted sender) receiver=protection.outlook.com;\r\n client-ip={s.peer}; helo=bot;"
        ),
        *_received(
            f"from {s.helo} ({s.peer}) by\r\n {s.mx} (10.152.0.1) {smtp} via Frontend\r\n Transport; {s.date()}"
        ),
    ]


def _google(s: Scene) -> list[str]:
    return [
        "Delivered-To: ann@gmail.com",
        *_received(f"by 2002:a05:6500:1491:b0:182:bec5:26c with SMTP id x1csp123456;\r\n        {s.date(1)}"),
        f"X-Received: by 2002:a17:907:1:b0:a1:2:3 with SMTP id a1mr123.4.17;\r\n        {s.date(1)}",
        "Return-Path: <x@bank.test>",
        *_received(
            f"from {s.helo} ({s.rdns}. [{s.peer}])\r\n        by mx.google.com with ESMTPS id a1-2002.2026\r\n"
            f"        for <ann@gmail.com>\r\n        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\r\n"
            f"        {s.date()}"
        ),
        (
            f"Received-SPF: softfail (google.com: domain of x@bank.test does not designate {s.peer} as "
            f"permitted sender) client-ip={s.peer};"
        ),
    ]


def _yahoo(s: Scene) -> list[str]:
    return _received(
        "from 127.0.0.1\r\n by atlas-production.v2-mail-prod1-bf1.omega.yahoo.com pod-id "
        f"atlas--production-bf1-5b8b9c with HTTP; {s.date(1)}",
        f"from {s.peer} (EHLO {s.helo})\r\n by 10.253.57.68 with SMTPs\r\n (version=TLS1_3 "
        f"cipher=TLS_AES_128_GCM_SHA256);\r\n {s.date()}",
    )


def _zimbra(s: Scene) -> list[str]:
    return _received(
        f"from mta1.{s.domain} (LHLO mta1.{s.domain}) ({s.inner})\r\n by mbox1.{s.domain} with LMTP; {s.date(3)}",
        f"from localhost (localhost [127.0.0.1])\r\n\tby {s.mx} (Postfix) with ESMTP id {s.token()}; {s.date(2)}",
        f"from {s.mx} ([127.0.0.1])\r\n by localhost ({s.mx} [127.0.0.1]) (amavisd-new, port 10032)\r\n with ESMTP "
        f"id {s.token()}; {s.date(1)}",
        _postfix_line(s),
    )


def _fetchmail(s: Scene) -> list[str]:
    return _received(
        f"from localhost (localhost [127.0.0.1])\r\n\tby box.home.example (Postfix) with ESMTP id {s.token()}\r\n"
        f"\tfor <ann@localhost>; {s.date(9002)}",
        f"from mail.{s.domain} [28.7.7.7]\r\n\tby localhost with POP3 (fetchmail-6.3.26)\r\n"
        f"\tfor <ann@localhost> (single-drop); {s.date(9001)}",
        _postfix_line(s),
    )


def _gateway(s: Scene) -> list[str]:
    return _received(f"from {s.helo} ([{s.peer}]) by {s.mx} with SMTP id {s.token()}; {s.date()}")


KINDS: dict[str, Kind] = {
    "postfix": Kind(_postfix, keeps=_POSTFIX),
    "postfix-amavis-lmtp": Kind(_amavis, keeps=_POSTFIX),
    "postfix-ipv6": Kind(_postfix, keeps=_POSTFIX, v6=True),
    "exim": Kind(_exim),
    "exim-nameless": Kind(_exim_nameless),
    "sendmail": Kind(_sendmail, unverified=True),
    "qmail": Kind(_qmail, keeps=_QMAIL, unverified=True),
    "exchange": Kind(_exchange),
    "microsoft-365": Kind(
        _microsoft,
        domain="outlook.com",
        mx="DB1EUR01FT001.mail.protection.outlook.com",
        inner="2603:10a6:10:1::1",
    ),
    "google": Kind(_google, domain="google.com", mx="mx.google.com", inner="2002:a05:6500:1491:b0:182:bec5:26c"),
    "yahoo": Kind(_yahoo, domain="yahoo.com", mx="mta4001.mail.bf1.yahoo.com", inner="10.253.57.68"),
    "zimbra": Kind(_zimbra, keeps=_POSTFIX),
    "fetchmail": Kind(_fetchmail, keeps=_POSTFIX, domain="provider.test", mx="mx1.provider.test"),
    "gateway": Kind(_gateway),
}


def true_scene(kind: str, rng: random.Random) -> Scene:
    """Return what a receiver of that kind saw of some peer."""
    made = KINDS[kind]
    last = rng.randrange(1, 255)
    peer = f"2001:db8:{last:x}::{last:x}" if made.v6 else f"28.{rng.randrange(1, 255)}.{rng.randrange(256)}.{last}"
    return Scene(rng, peer, f"pool-{last}.isp.example", "bot.example.org", made.domain, made.mx, made.inner)


# --- what forgers write ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Forged:
    """What a forger puts below the receiver's fields."""

    below: list[str] = field(default_factory=list)
    raw: bool = False
    """`below` holds whole fields, not values of Received."""


_Style = tuple["Callable[[Scene], str] | None", "Callable[[Scene], Forged]"]


def _helo(text: Callable[[Scene], str]) -> _Style:
    return text, lambda s: Forged([s.line(s.mx), s.line("relay.bank.test")])


def _lines(*parts: Callable[[Scene], str]) -> _Style:
    return None, lambda s: Forged([part(s) for part in parts])


def _whole(*parts: Callable[[Scene], str]) -> _Style:
    return None, lambda s: Forged([part(s) for part in parts], raw=True)


def _google_hop(s: Scene) -> str:
    return (
        f"from laptop (dsl.isp.test. [{s.forged_ip()}])\r\n        by smtp.gmail.com with ESMTPSA id a1sm12.5.2026\r\n"
        f"        for <ann@example.net>\r\n        (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256 bits=128/128);\r\n"
        f"        {s.date(-30)}"
    )


def _microsoft_hop(s: Scene) -> str:
    return (
        f"from DB9PR01MB0009.eurprd01.prod.outlook.com ({s.forged_ip()}) by\r\n EUR01-DB3-obe.outbound.protection."
        f"outlook.com (10.1.2.3) with Microsoft SMTP Server {_TLS} id 15.20.9478.4; {s.date(-20)}"
    )


def _yahoo_hop(s: Scene) -> str:
    return (
        f"from sonic.gate.mail.ne1.yahoo.com by sonic312.consmr.mail.ne1.yahoo.com with HTTP; {s.date(-20)}"
        if s.rng.random() < 0.5
        else f"from [{s.forged_ip()}] by web1.mail.yahoo.com via HTTP; {s.date(-20)}"
    )


def _apple_hop(s: Scene) -> str:
    return (
        f"from smtpclient.apple (unknown [{s.forged_ip()}])\r\n\tby p00-icloudmta-asmtp-us-east-1a-10.p00-icloudmta-"
        f"asmtp-vip.icloud-mail-production.svc.kube.us-east-1a.k8s.cloud.apple.com (Postfix) with ESMTPS id "
        f"{s.token()}; {s.date(-20)}"
    )


def _ses_hop(s: Scene) -> str:
    return (
        f"from a8-50.smtp-out.amazonses.com (a8-50.smtp-out.amazonses.com [{s.forged_ip()}]) by "
        f"inbound-smtp.us-east-1.amazonaws.com with SMTP id {s.token(30).lower()}; {s.date(-20)}"
    )


def _boundary_repeated(s: Scene) -> str:
    host, rdns = s.helo, s.rdns
    return (
        f"from {host} ({rdns} [{s.forged_ip()}])\r\n\tby {s.mx} (Postfix) with ESMTPS id {s.token()}\r\n"
        f"\tfor <ann@{s.domain}>; {s.date()} (UTC)"
    )


def _inner_hop(s: Scene) -> str:
    return f"from {s.mx} ({s.mx} [{s.inner}]) by store1.{s.domain} (Postfix) with LMTP id {s.token()}; {s.date(-5)}"


def _local_hop(s: Scene) -> str:
    return (
        f"from localhost (localhost [127.0.0.1]) by {s.mx} (Postfix) with ESMTP id {s.token()}; {s.date(-4)}"
        if s.rng.random() < 0.5
        else f"from localhost ([127.0.0.1]) by localhost (mail [127.0.0.1]) (amavisd-new, port 10024) with ESMTP id "
        f"{s.token()}; {s.date(-4)}"
    )


def _fetch_hop(s: Scene) -> str:
    return (
        f"from mail.bank.test [{s.forged_ip()}] by localhost with POP3 (fetchmail-6.3.26) for <ann@localhost> "
        f"(single-drop); {s.date(-5)}"
    )


def _lying_fields(s: Scene) -> list[str]:
    ip = s.forged_ip()
    return [
        f"Received-SPF: Pass ({s.mx}: domain of bank.test designates {ip} as permitted sender) client-ip={ip};",
        f"Authentication-Results: {s.mx}; spf=pass (sender IP is {ip}) smtp.mailfrom=bank.test; policy.iprev={ip}",
        f"ARC-Authentication-Results: i=1; {s.mx}; spf=pass smtp.remote-ip={ip}",
        f"X-Sender-IP: {ip}",
        f"X-Forefront-Antispam-Report: CIP:{ip};CTRY:US;LANG:en;SCL:-1;",
        f"X-Originating-IP: [{ip}]",
        f"X-Client-IP: {ip}",
        f"X-Source-IP: {ip}",
    ]


def _fields_then_line(s: Scene) -> Forged:
    lying = _lying_fields(s)
    s.rng.shuffle(lying)
    return Forged([*lying, f"Received: {_boundary_repeated(s)}", *lying[:3]], raw=True)


STYLES: dict[str, _Style] = {
    "nothing-below": _lines(),
    "helo-literal": _helo(lambda s: f"[{s.forged_ip()}]"),
    "helo-bare-address": _helo(lambda s: s.forged_ip()),
    "helo-ipv6-literal": _helo(lambda _: "[IPv6:2001:db8:bad::1]"),
    "helo-ipv6-bare": _helo(lambda _: "2001:db8:bad::1"),
    "helo-mapped": _helo(lambda s: f"[IPv6:::ffff:{s.forged_ip()}]"),
    "helo-port": _helo(lambda s: f"[{s.forged_ip()}]:25"),
    "helo-octal": _helo(lambda s: s.rng.choice(["[026.02.02.02]", "026.02.02.02"])),
    "helo-hex": _helo(lambda s: s.rng.choice(["0x16020202", "0x16.0x2.0x2.0x2"])),
    "helo-decimal": _helo(lambda _: "369230338"),
    "helo-256": _helo(lambda s: s.rng.choice(["22.256.2.2", "[22.2.2.256]", "22.2.2.2.2"])),
    "helo-inner-address": _helo(lambda s: s.rng.choice(["[127.0.0.1]", "localhost", f"[{s.inner}]", "[10.0.0.1]"])),
    "helo-receiver": _helo(lambda s: s.mx),
    "helo-receiver-domain": _helo(lambda s: s.domain),
    "helo-parentheses": _helo(lambda s: f"a(b[{s.forged_ip()}])"),
    "helo-brackets": _helo(lambda s: f"x][{s.forged_ip()}]["),
    "helo-unbalanced": _helo(lambda s: s.rng.choice(["x(((", "x)))", "[[[", '"x', "\\"])),
    "helo-comment-like": _helo(lambda s: f"mail.bank.test (mail.bank.test [{s.forged_ip()}])"),
    "helo-whole-line": _helo(
        lambda s: (
            f"mail.bank.test (mail.bank.test [{s.forged_ip()}]) by {s.mx} with ESMTP id {s.token()} for <a@b.test>"
        )
    ),
    "helo-semicolon-date": _helo(lambda s: f"mail.bank.test ([{s.forged_ip()}]) by {s.mx} with ESMTP; {s.date(-5)}"),
    "helo-folded": _helo(
        lambda s: f"x ([{s.forged_ip()}])\r\n\tby {s.mx} (Postfix) with ESMTP id 4A; {s.date()}\r\n\t"
    ),
    "helo-by": _helo(lambda s: f"by.{s.mx}"),
    "helo-keyword": _helo(lambda s: s.rng.choice(["by", "with", "from", "for", "id", "HELO", "helo=x"])),
    "helo-exim-like": _helo(lambda s: f"x helo=[{s.forged_ip()}]"),
    "helo-provider": _helo(
        lambda s: s.rng.choice(["mail-ej1-f41.google.com", "EUR01-obe.outbound.protection.outlook.com"])
    ),
    "helo-eight-bit": _helo(lambda s: f"b\xe4nk\xff{s.forged_ip()}\xe9"),
    "helo-very-long": _helo(lambda s: "a." * 3000 + s.forged_ip()),
    "helo-long": _helo(lambda s: "a." * 120 + s.forged_ip()),
    "rdns-is-receiver": _lines(lambda s: s.line(s.mx), lambda s: s.line(s.mx)),
    "ident-address": _lines(lambda s: s.line(s.mx)),
    "ident-line": _lines(lambda s: s.line(s.mx)),
    "sender-line": _lines(lambda s: s.line(s.mx)),
    "certificate-line": _lines(lambda s: s.line(s.mx)),
    "google-below": _lines(lambda s: f"by mail-ej1-f41.google.com with SMTP id a1so12.2; {s.date(-10)}", _google_hop),
    "microsoft-below": _lines(_microsoft_hop, _microsoft_hop),
    "yahoo-below": _lines(_yahoo_hop),
    "apple-below": _lines(_apple_hop),
    "ses-below": _lines(_ses_hop),
    "receiver-below": _lines(lambda s: s.line(s.mx), lambda s: s.line(s.domain)),
    "receiver-chain-below": _lines(_inner_hop, _local_hop, _boundary_repeated),
    "inner-addresses-below": _lines(
        _inner_hop, lambda s: s.line(s.mx, source=f"relay ([{s.inner}])"), lambda s: s.line(s.mx)
    ),
    "by-inner-address": _lines(lambda s: s.line(s.inner), lambda s: s.line("10.0.0.1")),
    "boundary-again": _lines(_boundary_repeated),
    "by-only-below": _lines(
        lambda s: f"by {s.mx} (Postfix, from userid 0) id {s.token()}; {s.date(-5)}", lambda s: s.line(s.mx)
    ),
    "by-only-peer": _lines(lambda s: f"by {s.rdns} with SMTP id {s.token()}; {s.date(-5)}", lambda s: s.line(s.rdns)),
    "local-below": _lines(_local_hop, _local_hop, lambda s: s.line("localhost")),
    "fetchmail-below": _lines(_fetch_hop, lambda s: s.line("mx.bank.test")),
    "qmail-separators": _lines(
        lambda s: f"(qmail 99 invoked by uid 0); {s.date(-5)}",
        lambda s: f"(qmail 98 invoked from network); {s.date(-6)}",
        lambda s: f"from mail.bank.test (HELO mail.bank.test) ({s.forged_ip()})\r\n  by {s.mx} with SMTP; {s.date(-7)}",
    ),
    "nested-comments": _lines(
        lambda s: f"from x ({'(' * 40}{s.forged_ip()}{')' * 40} [{s.forged_ip()}]) by {s.mx} with SMTP; {s.date(-5)}",
        lambda s: f"from x ({'(' * 5000} [{s.forged_ip()}]) by {s.mx} with SMTP; {s.date(-5)}",
    ),
    "ipv6-below": _lines(
        lambda s: s.line(s.mx, source="x (x [IPv6:2001:db8:bad::2])"),
        lambda s: s.line(s.mx, source=f"x (x [IPv6:::ffff:{s.forged_ip()}])"),
        lambda s: s.line(s.mx, source="x (x [fe80::1%eth0])"),
    ),
    "odd-addresses-below": _lines(
        *[
            lambda s, text=text: s.line(s.rdns, source=f"x (x [{text}])")
            for text in ("0x16.2.2.2", "026.2.2.2", "369230338", "22.2.2.256", "22.2.2.2.2", "22.2.2", "::22.2.2.2")
        ]
    ),
    "dates-forward": _lines(
        lambda s: s.line(s.rdns, seconds=86400 * 4000), lambda s: s.line("bank.test", seconds=7200)
    ),
    "dates-backward": _lines(lambda s: s.line(s.rdns, seconds=-86400 * 9000), lambda s: s.line(s.mx, seconds=5)),
    "dates-absurd": _lines(
        lambda s: f"from x ([{s.forged_ip()}]) by {s.rdns} with SMTP; Mon, 99 Foo 99999 99:99:99 +9999",
        lambda s: f"from x ([{s.forged_ip()}]) by {s.mx} with SMTP; {s.forged_ip()}",
    ),
    "chain-that-fits": _lines(lambda s: s.line(s.rdns), lambda s: s.line("mail.bank.test")),
    "chain-that-fits-helo": _lines(lambda s: s.line(s.helo), lambda s: s.line("mail.bank.test")),
    "by-the-peer-address": _lines(lambda s: s.line(s.peer), lambda s: s.line(f"[{s.peer}]")),
    "from-the-peer": _lines(lambda s: s.line(s.mx, source=f"x (x [{s.peer}])"), lambda s: s.line(s.mx)),
    "without-from": _lines(lambda s: f"([{s.forged_ip()}]) by {s.mx}; {s.date()}", lambda s: f"[{s.forged_ip()}]"),
    "without-semicolon": _lines(
        lambda s: f"from x (x [{s.forged_ip()}]) by {s.mx} with ESMTP {s.date()}",
        lambda s: f"from x (x [{s.forged_ip()}]) by {s.mx}",
    ),
    "authenticated-below": _lines(
        lambda s: (
            f"from x (x [{s.forged_ip()}]) (Authenticated sender: ann@{s.domain}) by {s.mx} (Postfix) with ESMTPSA "
            f"id {s.token()}; {s.date(-5)}"
        )
    ),
    "unreadable-below": _lines(lambda _: "whatever this wants to be", lambda s: s.line(s.mx)),
    "empty-lines-below": _whole(
        lambda _: "Received:", lambda _: "Received: \r\n\t", lambda s: f"Received: {s.line(s.mx)}"
    ),
    "very-long-line": _lines(
        lambda s: f"from {'x' * 70_000} ([{s.forged_ip()}]) by {s.mx} with SMTP; {s.date()}", lambda s: s.line(s.mx)
    ),
    "two-hundred-hops": (None, lambda s: Forged([s.line(s.rng.choice([s.mx, s.rdns, s.domain])) for _ in range(200)])),
    "eight-bit-and-nul": _lines(
        lambda s: f"from \x00\xff ([{s.forged_ip()}])\x00 by {s.mx} with \xe4; {s.date()}",
        lambda s: f"from x (x [\x0022.2.2.2]) by {s.mx}\x00 with SMTP; {s.date()}",
    ),
    "bare-line-ends": _whole(lambda s: f"X-A: b\rReceived: {s.line(s.mx)}\n\x0bReceived: {s.line(s.mx)}"),
    "name-spacing": _whole(
        lambda s: f"Received : {s.line(s.mx)}",
        lambda s: f"received\t: {s.line(s.mx)}",
        lambda s: f"Received:{s.line(s.mx)}",
    ),
    "name-case": _whole(lambda s: f"received: {s.line(s.mx)}", lambda s: f"RECEIVED: {s.line(s.rdns)}"),
    "x-received": _whole(lambda s: f"X-Received: {s.line(s.mx)}", lambda s: f"Resent-Received: {s.line(s.mx)}"),
    "lying-fields": (None, lambda s: Forged(_lying_fields(s), raw=True)),
    "lying-fields-above-a-copy": (None, _fields_then_line),
    "lying-fields-odd-names": (
        None,
        lambda s: Forged([text.replace(":", " :", 1).upper() for text in _lying_fields(s)], raw=True),
    ),
    "originating-ip-of-a-webmail": _whole(
        lambda s: f"Received: by {s.rdns} with HTTP; {s.date(-5)}", lambda s: f"X-Originating-IP: [{s.forged_ip()}]"
    ),
    "return-path": _whole(
        lambda s: f"Return-Path: <x@[{s.forged_ip()}]>",
        lambda s: f"Delivered-To: ann@{s.domain}",
        lambda s: f"Received: {s.line(s.mx)}",
    ),
    "received-below-subject": _whole(lambda _: "Subject: first", lambda s: f"Received: {s.line(s.mx)}"),
    "second-header": _whole(lambda s: f"X-A: b\r\n\r\nReceived: {s.line(s.mx)}"),
    "true-lines-again": (None, lambda _: Forged()),
    "unreadable-boundary": _lines(lambda s: s.line(s.mx), lambda s: s.line("bank.test")),
}
"""For each style the HELO, where it has one of its own, and what stands below the boundary."""

_HOSTILE_HELO = frozenset(
    {
        "helo-parentheses",
        "helo-brackets",
        "helo-unbalanced",
        "helo-comment-like",
        "helo-whole-line",
        "helo-semicolon-date",
        "helo-folded",
        "helo-keyword",
        "helo-exim-like",
        "helo-port",
    }
)


def _cleaned(text: str, keeps: frozenset[str] | None) -> str:
    return text if keeps is None else "".join(char if char in keeps else "?" for char in text)


def _may_be_unread(kind: str, style: str) -> bool:
    """Say whether no server that keeps to RFC 5321 writes such a line, or it has more than one reading."""
    return style == "helo-very-long" or (style in _HOSTILE_HELO and KINDS[kind].keeps is None)


def _choose_more(scene: Scene, kind: str, style: str) -> None:
    """Set what else a peer chooses of a boundary line, beside its HELO."""
    ip = scene.forged_ip()
    line = f"x ([{ip}]) by {scene.mx} with ESMTP id 4A"
    if style == "rdns-is-receiver" and KINDS[kind].unverified:
        scene.helo = scene.rdns = scene.mx
    if style == "ident-address":
        scene.ident = ip
    if style == "ident-line":
        scene.ident = _cleaned(line, KINDS[kind].keeps)
        if kind == "sendmail":
            scene.ident = "".join(char for char in line if char in _PLAIN)
    if style == "sender-line":
        scene.sender = f'"{line}; {scene.date()}"@bank.test'
    if style == "certificate-line":
        scene.certificate = f"mail.bank.test ([{ip}]) by {scene.mx} with ESMTP"


def forged_below(scene: Scene, style: str) -> list[str]:
    """Return the fields that a forger of that style puts below the receiver's own."""
    forged = STYLES[style][1](scene)
    return forged.below if forged.raw else _received(*forged.below)


def forgery(kind: str, style: str, rng: random.Random) -> Forgery:
    """Return one message: the chain of a receiver of that kind, with forged text of that style in and below it."""
    make_helo = STYLES[style][0]
    scene = true_scene(kind, rng)
    if make_helo is not None:
        helo = make_helo(scene)
        scene.helo = _cleaned(helo, KINDS[kind].keeps)
    _choose_more(scene, kind, style)
    above = KINDS[kind].write(scene)
    received = [index for index, text in enumerate(above) if text.startswith("Received:")]
    peer: str | None = scene.peer
    hop: int | None = len(received) - 1
    if style == "unreadable-boundary":
        above[received[-1]] = f"Received: gateway {scene.token()} took this at noon"
        peer = hop = None
    below = forged_below(scene, style)
    if style == "true-lines-again":
        swapped = [text.replace(scene.peer, scene.forged_ip()) for text in above]
        below = above + swapped
    fields = [*above, *below, "From: Ann <x@bank.test>", "Subject: hello", f"Date: {scene.date(-90)}"]
    data = "\r\n".join(fields).encode("latin-1") + b"\r\n\r\nbody\r\n"
    return Forgery(kind, style, data, peer, hop, _may_be_unread(kind, style), scene.peer)


def forgeries(count: int, seed: int, kinds: Sequence[str] = (), styles: Sequence[str] = ()) -> Iterator[Forgery]:
    """Return that many messages; every kind with every style comes before any pair comes again."""
    rng = random.Random(seed)  # noqa: S311  # repeatable choices, no secret
    pairs = list(product(kinds or KINDS, styles or STYLES))
    made = 0
    while made < count:
        rng.shuffle(pairs)
        for kind, style in pairs[: count - made]:
            yield forgery(kind, style, rng)
        made += len(pairs)
