from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attribution._net import parse_ip
from attribution.headers.dialect_table import dialect_table
from attribution.headers.received import parse_received, parse_value
from attribution.limits import Limits
from attribution.models import Field, Hop


def read(value: str, **expected: object) -> Hop:
    """Read a value, compare the attributes that are named, and check that spans and texts agree."""
    hop = parse_value(value)
    assert {name: getattr(hop, name) for name in expected} == expected
    check_spans(hop, value)
    return hop


def check_spans(hop: Hop, value: str) -> None:
    assert (hop.ip is None) == (hop.ip_span is None)
    assert (hop.status == "parsed") == (hop.ip is not None)
    for span in (hop.ip_span, hop.helo_span, hop.by_span):
        assert span is None or 0 <= span[0] < span[1] <= len(value)
    if hop.ip_span is not None:
        assert parse_ip(value[slice(*hop.ip_span)]) == hop.ip
    if hop.helo_span is not None and value.isascii():
        assert value[slice(*hop.helo_span)] == hop.helo
    if hop.by_span is not None and value.isascii():
        assert value[slice(*hop.by_span)] == hop.by


def test_a_field_becomes_a_hop_with_offsets_in_the_message() -> None:
    value = (
        " from pc7 (host-7.example.net. [192.0.2.7])\r\n\tby mx.example.org (Postfix) with ESMTP id 4F0C21A0B7"
        "\r\n\tfor <ann@example.org>; Mon, 6 Jan 2014 10:00:00 +0100 (CET)"
    )
    message = "X: y\r\nReceived:" + value + "\r\n\r\n"
    start = message.index("Received")
    hop = parse_received(Field("received", "Received", value, start, start + 9, start + 9 + len(value)), 1, 0)
    assert (hop.hop, hop.field, hop.span_start, hop.span_end) == (0, 1, start, start + 9 + len(value))
    assert hop.raw == message[hop.span_start : hop.span_end]
    assert (hop.status, hop.dialect) == ("parsed", "postfix")
    assert (hop.helo, hop.rdns, hop.rdns_state, hop.ip) == ("pc7", "host-7.example.net", "verified", "192.0.2.7")
    assert (hop.by, hop.protocol, hop.queue_id, hop.recipient) == (
        "mx.example.org",
        "ESMTP",
        "4F0C21A0B7",
        "ann@example.org",
    )
    assert hop.date == datetime(2014, 1, 6, 9, tzinfo=UTC)
    assert hop.date_text == "Mon, 6 Jan 2014 10:00:00 +0100 (CET)"
    for span, text in ((hop.ip_span, "192.0.2.7"), (hop.helo_span, "pc7"), (hop.by_span, "mx.example.org")):
        assert span is not None
        assert message[slice(*span)] == text


def test_white_space_before_the_colon_stays_in_the_raw_text() -> None:
    hop = parse_received(Field("received", "Received", " by h with SMTP", 0, 11, 26), 0, 0)
    assert hop.raw == "Received  : by h with SMTP"


class TestAddresses:
    @pytest.mark.parametrize(
        ("text", "ip", "port"),
        [
            ("[192.0.2.7]", "192.0.2.7", None),
            ("[192.0.2.7]:4431", "192.0.2.7", 4431),
            ("[192.0.2.7:4431]", "192.0.2.7", 4431),
            ("[192.0.2.7.4431]", "192.0.2.7", 4431),
            ("[::ffff:192.0.2.7]", "192.0.2.7", None),
            ("[IPv6:2001:db8::7]", "2001:db8::7", None),
            ("[IPv6:::ffff:192.0.2.7]", "192.0.2.7", None),
            ("[2001:DB8:0:0::7]:25", "2001:db8::7", 25),
            ("[fe80::7%eth0]", "fe80::7", None),
            (" 192.0.2.7", "192.0.2.7", None),
            ("192.0.2.7:4431", "192.0.2.7", 4431),
            ("bob@192.0.2.7", "192.0.2.7", None),
            ("bob@[192.0.2.7]", "192.0.2.7", None),
            ("bob@example.net@192.0.2.7", "192.0.2.7", None),
        ],
    )
    def test_every_shape_of_an_address(self, text: str, ip: str, port: int | None) -> None:
        read(f"from pc7 ({text}) by mx.example.org; Mon, 6 Jan 2014 10:00:00 +0000", helo="pc7", ip=ip, port=port)

    @pytest.mark.parametrize(
        "text",
        [
            "[Mon, 26 Feb 2024 13:56:08 +0600]",
            "Mon, 26 Feb 2024 13:56:08 +0600",
            "[2023.12.14.06]",
            "[5.5.2653.13]",
            "[192.0.2.256]",
            "[192.0.2]",
            "[0300.0.2.7]",
            "[?.?.?.?]",
            "[192.0.2.redacted]",
        ],
    )
    def test_a_date_a_version_or_a_broken_address_is_none(self, text: str) -> None:
        assert parse_value(f"from pc7 ({text}) by mx.example.org with SMTP; Mon, 6 Jan 2014 10:00:00 +0000").ip is None

    def test_the_servers_own_address_is_not_the_peers(self) -> None:
        read(
            "from pc7 (192.0.2.7) by mx.example.org (198.51.100.1) with Microsoft SMTP Server id 15.1.225.42; x",
            ip="192.0.2.7",
            by_ip="198.51.100.1",
            queue_id="15.1.225.42",
        )

    def test_the_next_server_of_a_firewall_is_not_the_peer(self) -> None:
        read(
            "from pc7 ([192.0.2.7]) by gate via smtpd (for mx.example.org [198.51.100.1]) with SMTP; x",
            ip="192.0.2.7",
            by_ip=None,
        )


class TestNames:
    @pytest.mark.parametrize(
        ("line", "rdns", "state"),
        [
            ("from h (r.example [192.0.2.7]) by m (Postfix) with SMTP id 4F0C21A0B7", "r.example", "verified"),
            ("from h (unknown [192.0.2.7]) by m (Postfix) with SMTP id 4F0C21A0B7", None, "unknown"),
            ("from h (r.example [192.0.2.7] (may be forged)) by m (8.12.8/8.12.8)", "r.example", "may-be-forged"),
            ("from h (softdnserr [::ffff:192.0.2.7]) by m with esmtp", None, "failed"),
            ("from h ([192.0.2.7] RDNS failed) by m with Microsoft SMTPSVC(6.0.3790.0)", None, "failed"),
            ("from h (r.example [192.0.2.7]) by m with ESMTP", "r.example", None),
            ("from h ([192.0.2.7]) by m with ESMTP", None, None),
            ("from h (192.0.2.7 [192.0.2.7]) by m with ESMTP", None, "unknown"),
            ("from r.example (HELO h) (192.0.2.7) by m with SMTP", "r.example", None),
        ],
    )
    def test_statements_about_the_name_are_told_apart(self, line: str, rdns: str | None, state: str | None) -> None:
        read(f"{line}; Mon, 6 Jan 2014 10:00:00 +0000", ip="192.0.2.7", rdns=rdns, rdns_state=state)

    def test_helo_and_name_are_not_exchanged_between_families(self) -> None:
        read("from HELO (NAME [192.0.2.7]) by m (Postfix) with SMTP id 4F0C21A0B7", helo="HELO", rdns="NAME")
        read("from NAME ([192.0.2.7] helo=HELO) by m with esmtp (Exim 4.92)", helo="HELO", rdns="NAME")
        read("from NAME (HELO HELO) (192.0.2.7) by m with SMTP", helo="HELO", rdns="NAME")

    def test_the_name_of_exchange_is_a_helo(self) -> None:
        read("from pc7 (192.0.2.7) by m (198.51.100.1) with Microsoft SMTP Server id 15.1", helo="pc7", rdns=None)


class TestHeloIsNoPeer:
    @pytest.mark.parametrize(
        "line",
        [
            "from [198.51.100.66] by mx.example.org with ESMTP; x",
            "from 198.51.100.66 by mx.example.org with SMTP id 4F0C21A0B7; x",
            "from [198.51.100.66] by mx.example.org (Postfix) with SMTP id 4F0C21A0B7; x",
            "from [198.51.100.66] by mx.example.org; x",
            "from bot.example.net 198.51.100.66 by mx.example.org with NEWMTA; x",
            "from [198.51.100.66] (unknown) by mx.example.org with SMTP; x",
        ],
    )
    def test_a_literal_that_stands_alone_is_not_understood(self, line: str) -> None:
        hop = parse_value(line)
        assert (hop.ip, hop.status) in ((None, "unknown"), (None, "no-peer"))

    @pytest.mark.parametrize(
        "line",
        [
            "from [192.0.2.7] (helo=[198.51.100.66]) by mx.example.org with esmtp id 1rDC2E-0007fa-30",
            "from [192.0.2.7] (helo=[198.51.100.66]) by mx.example.org with esmtp",
            "from unknown (HELO [198.51.100.66]) ([192.0.2.7]) by mx.example.org with ESMTP/TLS/AES",
            "from [198.51.100.66] (unknown [192.0.2.7]) by mx.example.org (Postfix) with SMTP id 4F0C21A0B7",
            "from 198.51.100.66 ([192.0.2.7]) by mx.example.org with Microsoft SMTPSVC(6.0.3790.0)",
            "from unknown (HELO ?198.51.100.66?) (192.0.2.7) by mx.example.org with SMTP",
            "from ?IPv6:::ffff:198.51.100.66? ([192.0.2.7]) by smtp.gmail.com with ESMTPSA id x55sm4262933qta.74",
            "from [192.0.2.7] (account bob HELO [198.51.100.66]) by mx (CommuniGate Pro SMTP 6.1) with ESMTPA id 1",
            "from host_[198.51.100.66] ([192.0.2.7]) by mx (Lotus Domino Release 5.0.6a) with SMTP id 2:4839",
        ],
    )
    def test_a_helo_that_looks_like_an_address_is_passed_by(self, line: str) -> None:
        read(f"{line}; Mon, 6 Jan 2014 10:00:00 +0000", ip="192.0.2.7")

    @pytest.mark.parametrize(
        ("line", "ip"),
        [
            ("from [192.0.2.7] by mx.example.org with esmtp (Exim 4.92) id 1rDC2E-0007fa-30", "192.0.2.7"),
            ("from [192.0.2.7] by web1.mail.yahoo.com via HTTP", "192.0.2.7"),
            ("from 192.0.2.7 by www.example.org with HTTP", "192.0.2.7"),
            ("from [192.0.2.7] (HELO pc7) by mx.example.org (CommuniGate Pro SMTP 6.1) with SMTP id 1", "192.0.2.7"),
        ],
    )
    def test_families_that_write_the_true_address_there_are_read(self, line: str, ip: str) -> None:
        read(f"{line}; Mon, 6 Jan 2014 10:00:00 +0000", ip=ip)


FALSE_IP = "198.51.100.66"
INJECTED = [
    f"[{FALSE_IP}]",
    FALSE_IP,
    f"x (y [{FALSE_IP}])",
    f"x ([{FALSE_IP}])",
    f"x ({FALSE_IP})",
    f"x [{FALSE_IP}]",
    f"(x [{FALSE_IP}])",
    f"x) (y [{FALSE_IP}]",
    f"x (y [{FALSE_IP}]",
    f"x) ([{FALSE_IP}] helo=y",
    f"[{FALSE_IP}] (helo=x",
    f"[{FALSE_IP}]:25 (helo=x)",
    f"unknown (HELO y) (z@{FALSE_IP})",
    f"x (y [{FALSE_IP}]) by evil.example with ESMTP id 12345",
    f"x (y [{FALSE_IP}]) by evil.example (Postfix) with ESMTP id 4F0C21A0B7; Mon, 6 Jan 2014 10:00:00 +0000",
    f"x (y [{FALSE_IP}])\r\n\tby evil.example\r\n\twith ESMTP (",
    f"x ([{FALSE_IP}]) (authenticated bits=0)",
    f"x ({FALSE_IP}) (Authenticated sender: bob)",
    f"x (using TLSv1.3 with cipher A) [{FALSE_IP}]",
    f'"x (y [{FALSE_IP}])"',
    f"<x (y [{FALSE_IP}])>",
    f'EHLO q" ([{FALSE_IP}]:25 "EHLO z',
    "(" * 40 + f"[{FALSE_IP}]",
    f"x from z ([{FALSE_IP}]) by",
    "by",
    "x;y",
]
SERVERS = [(dialect.id, one, parse_value(one.line)) for dialect in dialect_table().dialects for one in dialect.examples]
NAMED_BY_PEER = [
    (name, one.line)
    for name, one, hop in SERVERS
    if hop.status == "parsed" and hop.helo_span is not None and hop.helo != hop.rdns
]


class TestInjectionThroughHelo:
    @pytest.mark.parametrize("line", [line for _, line in NAMED_BY_PEER], ids=[name for name, _ in NAMED_BY_PEER])
    def test_no_text_of_the_peer_becomes_its_address(self, line: str) -> None:
        honest = parse_value(line)
        assert honest.helo_span is not None
        start, end = honest.helo_span
        for helo in INJECTED:
            hop = parse_value(line[:start] + helo + line[end:])
            assert hop.ip in (honest.ip, None), helo
            # A line that such a HELO makes unreadable must not pass for one that names no peer on purpose.
            assert hop.status != "no-peer", helo
            assert hop.ip is None or hop.by == honest.by, helo

    @pytest.mark.parametrize("helo", INJECTED)
    def test_postfix_is_read_whatever_the_peer_says(self, helo: str) -> None:
        read(
            f"from {helo} (host-7.example.net [192.0.2.7]) by mx.example.org (Postfix) with ESMTP id 4F0C21A0B7; x",
            ip="192.0.2.7",
            helo=helo,
            by="mx.example.org",
            auth=None,
        )

    @pytest.mark.parametrize("ident", [f"x@[{FALSE_IP}]) (y", f"x [{FALSE_IP}]", f"a@b@{FALSE_IP}) (c", "tls"])
    def test_an_ident_answer_is_no_address_either(self, ident: str) -> None:
        hop = parse_value(
            f"from h (IDENT:{ident}@r.example [192.0.2.7]) by mx.example.org (8.12.8/8.12.8) with SMTP id 1"
        )
        assert hop.ip in ("192.0.2.7", None)
        assert hop.status != "no-peer"

    def test_a_name_that_begins_like_a_note_on_tls_does_not_hide_the_address(self) -> None:
        read("from h (tls.example.net [192.0.2.7]) by mx.example.org (Postfix) with SMTP id 4F0C21A0B7", ip="192.0.2.7")

    def test_an_envelope_sender_with_a_forged_line_changes_nothing(self) -> None:
        sender = f'"x) by evil.example with esmtp (f [{FALSE_IP}]"@example.net'
        read(
            f"from r.example ([192.0.2.7] helo=h) by mx.example.org with esmtp (Exim 4.92) (envelope-from <{sender}>)",
            ip="192.0.2.7",
            by="mx.example.org",
        )


class TestNoPeer:
    @pytest.mark.parametrize(
        "line",
        [
            "by mx.example.org with SMTP id 7",
            "(qmail 123 invoked by uid 500)",
            "(from bob@localhost) by h.example.org (8.14.7/8.14.7/Submit) id 5897RfHB011075",
            "from mail pickup service by h.example.org with Microsoft SMTPSVC",
            "by h.example.org (Postfix, from userid 33) id 4F0C21A0B7",
            "from bob by h.example.org with local (Exim 4.92) id 1rDC2E-0007fa-30",
            "from web01.example.net by lists.example.org with SMTP",
            "from LISTS.EXAMPLE.ORG by LISTS.EXAMPLE.ORG (LISTSERV-TCP/IP release 1.8d) with spool id 7",
            "from localhost (localhost [local]); by localhost (OpenSMTPD) with ESMTPA id a1b2c3d4",
            "from [HIDDEN] by mx.example.org (Postfix) with ESMTPA id 56EDD20026",
        ],
    )
    def test_lines_that_name_none_on_purpose(self, line: str) -> None:
        read(f"{line}; Mon, 6 Jan 2014 10:00:00 +0000", status="no-peer", ip=None)

    def test_a_fetched_mail_names_the_mailbox_server_and_no_peer(self) -> None:
        read(
            "from pop.example.net [192.0.2.7] by localhost with POP3 (fetchmail-6.3.9) for <ann@localhost>; x",
            dialect="fetchmail",
            status="no-peer",
            rdns="pop.example.net",
            by="localhost",
            recipient="ann@localhost",
        )

    def test_text_before_by_that_is_no_clause_may_be_a_peer_and_is_not_passed_by(self) -> None:
        assert parse_value("(x [192.0.2.7]) by mx.example.org with SMTP id 7; x").status == "unknown"


class TestUnknown:
    @pytest.mark.parametrize(
        "line",
        [
            "",
            "; Tue, 23 May 2006 13:06:35 -0400",
            "from unknown",
            "from x (y [192.0.2.7]) (z [198.51.100.7]) by mx.example.org with NEWMTA; x",
            "from x (y [192.0.2.7]",
            "from " + "x" * 3_000 + " (y [192.0.2.7]) by mx.example.org (Postfix) with SMTP id 4F0C21A0B7",
            "from mail (HELO x) server-7.tower-with AES256-SHA encrypted SMTP; 13 Sep 2018 14:47:44 -0000",
        ],
    )
    def test_nothing_is_invented(self, line: str) -> None:
        hop = read(line, status="unknown", dialect=None, ip=None, rdns=None)
        assert hop.raw == line


class TestClauses:
    def test_the_id_keeps_its_text_without_angle_brackets(self) -> None:
        assert parse_value("by h with SMTP id <7@h.example>; x").queue_id == "7@h.example"
        assert parse_value("by h with SMTP id: 7, for x; x").queue_id == "7"

    def test_a_recipient_that_is_glued_to_the_id_is_taken_off(self) -> None:
        read("by h with SMTP id 846CF2117for <ann@example.org>; x", queue_id="846CF2117", recipient="ann@example.org")

    def test_protocol_words_stay_as_they_are(self) -> None:
        assert (
            parse_value("by h with Microsoft SMTPSVC(6.0.3790.4675); x").protocol == "Microsoft SMTPSVC(6.0.3790.4675)"
        )
        assert parse_value("by h with [XMail 1.20 ESMTP Server] id 7; x").protocol == "[XMail 1.20 ESMTP Server]"
        assert parse_value("by h with ESMTP\r\n\t(Nemesis), id 7; x").protocol == "ESMTP"
        assert parse_value("by h with mapi id 15.20; x").protocol == "mapi"

    @pytest.mark.parametrize(
        ("line", "auth"),
        [
            (
                "from h (r [192.0.2.7]) (Authenticated sender: bob) by m (Postfix) with ESMTP id 4F0C21A0B7",
                "Authenticated sender: bob",
            ),
            ("from h (r [192.0.2.7]) by m (Postfix) with ESMTPSA id 4F0C21A0B7", "ESMTPSA"),
            (
                "from h (r [192.0.2.7]) (authenticated bits=0) by m (8.12.8/8.12.8) with ESMTP id 1",
                "authenticated bits=0",
            ),
            ("from h ([192.0.2.7]) (AUTH: LOGIN bob@example.org) by m with esmtp", "AUTH: LOGIN bob@example.org"),
            ("from [192.0.2.7] (account bob HELO h) by m (CommuniGate Pro SMTP 6.1) with SMTP id 1", "account bob"),
            ("from r (192.0.2.7) by m (7.0.028) (authenticated as bob) id 63B725EB0097E16F", "authenticated as bob"),
            ("from unknown (HELO h) (bob@192.0.2.7 with login) by smtp1.mail.yahoo.com with SMTP", "with login"),
            (
                "from 192.0.2.7 (SquirrelMail authenticated user bob) by m with HTTP",
                "SquirrelMail authenticated user bob",
            ),
            ("from r ([192.0.2.7] helo=h) by m with asmtp (Exim 4.34) id 1CIoQP-0006SN-GV", "asmtp"),
            ("from h (r [192.0.2.7]) by m (Postfix) with ESMTPS id 4F0C21A0B7", None),
            ("from h (r [192.0.2.7]) by m with NNFMP", None),
        ],
    )
    def test_authentication_is_shown_in_the_words_of_the_line(self, line: str, auth: str | None) -> None:
        read(f"{line}; Mon, 6 Jan 2014 10:00:00 +0000", ip="192.0.2.7", auth=auth)

    def test_a_helo_cannot_claim_authentication(self) -> None:
        read("from x (Authenticated sender: bob) (r [192.0.2.7]) by m (Postfix) with ESMTP id 4F0C21A0B7; x", auth=None)

    def test_texts_are_utf8_where_they_can_be(self) -> None:
        assert parse_value("from bücher ([192.0.2.7]) by m (Postfix)".encode().decode("latin-1")).helo == "bücher"
        assert parse_value("from b\xfccher ([192.0.2.7]) by m (Postfix)").helo == "bücher"


class TestDates:
    @pytest.mark.parametrize(
        ("tail", "text"),
        [
            ("; Mon, 6 Jan 2014 10:00:00 +0000 (UTC)", "Mon, 6 Jan 2014 10:00:00 +0000 (UTC)"),
            ("; Mon, 6 Jan 2014 10:00:00 +0000 (envelope-from <b@c>)", "Mon, 6 Jan 2014 10:00:00 +0000"),
            ("; for <ann@example.org>; Mon, 6 Jan 2014 10:00:00 +0000;", "Mon, 6 Jan 2014 10:00:00 +0000"),
            (" Mon, 6 Jan 2014 10:00:00 +0000", "Mon, 6 Jan 2014 10:00:00 +0000"),
            (" 2014-01-06 10:00:00.5 +0000 UTC m=+12.3", "2014-01-06 10:00:00.5 +0000 UTC m=+12.3"),
            ("; Mon Jan  6 10:00:00 2014", "Mon Jan  6 10:00:00 2014"),
        ],
    )
    def test_a_date_is_found_with_and_without_a_semicolon(self, tail: str, text: str) -> None:
        hop = read(f"by mx.example.org with SMTP id 7{tail}", queue_id="7", date_text=text)
        assert hop.date is not None
        assert hop.date.replace(microsecond=0) == datetime(2014, 1, 6, 10, tzinfo=UTC)

    def test_a_missing_date_stays_missing(self) -> None:
        read("by mx.example.org with SMTP id 7", date=None, date_text=None)


def test_a_field_beyond_the_limit_is_read_up_to_there() -> None:
    value = "from pc7 ([192.0.2.7]) by mx.example.org (Postfix) with SMTP id 7; " + "x" * Limits().field_bytes
    hop = read(value, ip="192.0.2.7")
    assert hop.span_end == len(value)


PARTS = [
    *(
        "from ",
        "by ",
        "with ",
        "id ",
        "for ",
        "via ",
        "(",
        ")",
        "[",
        "]",
        "<",
        ">",
        '"',
        "; ",
        "@",
        ":",
        ",",
        " ",
        "\r\n\t",
    ),
    *(
        "192.0.2.7",
        "[192.0.2.7]",
        "IPv6:2001:db8::7",
        "::ffff:192.0.2.7",
        "192.0.2.7.25",
        "fe80::1%2",
        "helo=",
        "HELO ",
    ),
    *(
        "mx.example.org",
        "unknown",
        "(Postfix)",
        "(8.12.8/8.12.8)",
        "(Exim 4.92)",
        "(may be forged)",
        "Microsoft SMTP Server",
    ),
    *(
        "ident=",
        "(using TLSv1",
        "(Authenticated sender: b)",
        "Mon, 6 Jan 2014 10:00:00 +0000",
        "\x00",
        "\xe9",
        "qmail-scanner",
    ),
]
LINES = st.lists(st.sampled_from(PARTS), max_size=24).map("".join) | st.text(
    st.characters(min_codepoint=0, max_codepoint=255), max_size=200
)


@given(LINES)
@example("from x (y [192.0.2.7]) by (z")
@example("from (192.0.2.7) by ;")
def test_any_text_is_read_without_error_and_with_true_spans(value: str) -> None:
    check_spans(parse_value(value), value)


@given(LINES)
def test_an_address_is_reported_only_where_the_line_holds_it(value: str) -> None:
    hop = parse_value(value)
    if hop.ip is not None:
        assert hop.ip_span is not None
        assert re.fullmatch(r"[0-9A-Fa-f:.]+(%\w+)?", value[slice(*hop.ip_span)])
        assert hop.helo_span is None or hop.helo_span[1] <= hop.ip_span[0] or hop.helo_span[0] >= hop.ip_span[1]


@given(LINES, st.integers(0, 10_000))
def test_a_field_reads_as_its_value_does_at_any_place_of_the_message(value: str, start: int) -> None:
    alone = parse_value(value)
    hop = parse_received(Field("received", "Received", value, start, start + 9, start + 9 + len(value)), 3, 2)
    assert (hop.status, hop.dialect, hop.ip, hop.helo, hop.by) == (
        alone.status,
        alone.dialect,
        alone.ip,
        alone.helo,
        alone.by,
    )
    if alone.ip_span is not None:
        assert hop.ip_span == (alone.ip_span[0] + start + 9, alone.ip_span[1] + start + 9)


@given(st.sampled_from([one.line for _, one, _ in SERVERS]), st.integers(0, 400), st.sampled_from(PARTS))
def test_a_line_of_a_server_survives_any_insertion(line: str, place: int, part: str) -> None:
    value = line[: place % len(line)] + part + line[place % len(line) :]
    check_spans(parse_value(value), value)
