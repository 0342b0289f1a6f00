"""Chains as mail systems write them, whole: which hop is the handover, which address, and how far it holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attribution import headers, origin
from attribution.limits import Limits
from attribution.origin.gates import learn_gates, learn_top_gates
from attribution.origin.receiver import Receivers
from attribution.origin.walk import find_boundary, receiver_for, receiver_of, top_organisation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.models import HeaderBlock, Hop, Verdict

BOT = "203.0.113.7"


def at(seconds: int) -> str:
    return f"Mon, 5 Jan 2026 10:{seconds // 60:02}:{seconds % 60:02} +0000"


def postfix(peer: str, by: str, seconds: int = 0, queue: str = "4dlJ8z1Q2bz9sR") -> str:
    return f"from {peer} by {by} (Postfix) with ESMTP id {queue} for <ann@example.net>; {at(seconds)}"


def exchange(peer: str, by: str, seconds: int = 0, how: str = "") -> str:
    tls = "(version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384)"
    return f"from {peer} by {by} with Microsoft SMTP Server {tls} id 15.1.2507.61{how}; {at(seconds)}"


STRANGER = f"bot (pool-7.isp.example [{BOT}])"
FORGED = (
    f"from mail.bank.example (mail.bank.example [192.0.2.66]) by mail.bank.example (Postfix) with ESMTP id 4A; {at(0)}"
)


def read(*lines: str) -> tuple[HeaderBlock, list[Hop]]:
    """Read a header: a line with a field name as it is, all others as Received values."""
    named = ("X-", "Authentication-Results:", "Received-SPF:", "Delivered-To:")
    data = "".join(f"{line}\r\n" if line.startswith(named) else f"Received: {line}\r\n" for line in lines)
    block = headers.read_block(f"{data}Subject: hello\r\n\r\nbody".encode(), Limits())
    return block, headers.hops(block, Limits())


def decide(*lines: str, trust: tuple[str, ...] = (), corpus: Sequence[tuple[str, ...]] | None = None) -> Verdict:
    learnt = origin.learn_receivers([read(*chain)[1] for chain in corpus or []], origin.read_trust(trust))
    block, hops = read(*lines)
    assert all(hop.status != "unknown" for hop in hops), [hop.raw for hop in hops if hop.status == "unknown"]
    return origin.decide(block, hops, learnt)


def handover(
    *lines: str, trust: tuple[str, ...] = (), corpus: Sequence[tuple[str, ...]] | None = None
) -> tuple[object, ...]:
    verdict = decide(*lines, trust=trust, corpus=corpus)
    return verdict.handover_ip, verdict.handover_grade, verdict.handover_hop


POSTFIX_AMAVIS = (
    postfix("localhost (localhost [127.0.0.1])", "mail.example.net", 3),
    (
        "from mail.example.net ([127.0.0.1]) by localhost (mail.example.net [127.0.0.1]) (amavisd-new, port 10024) "
        f"with ESMTP id Xy12ab for <ann@example.net>; {at(2)}"
    ),
    postfix(STRANGER, "mail.example.net"),
    FORGED,
)
EXIM_CPANEL = (
    (
        f"from server.example.net by server.example.net with LMTP id 4J3xGkt8W2n9AAAA (envelope-from <x@bot.example>) "
        f"for <ann@example.net>; {at(3)}"
    ),
    (
        f"from mailnull by server.example.net with spam-scanned (Exim 4.96) (envelope-from <x@bot.example>) id "
        f"1vchNZ-0001xy-2Z for ann@example.net; {at(2)}"
    ),
    (
        f"from pool-7.isp.example ([{BOT}]:51234 helo=bot) by server.example.net with esmtps (TLS1.2) tls "
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 (Exim 4.96) (envelope-from <x@bot.example>) id 1vchNY-0001xy-2Z for "
        f"ann@example.net; {at(0)}"
    ),
    FORGED,
)
DOVECOT = (
    (
        f"from mx.example.net ([10.0.0.2]) by store.example.net with LMTP id kJ1bGqXyWmlT1QAA (envelope-from "
        f"<x@bot.example>) for <ann@example.net>; {at(2)}"
    ),
    postfix(STRANGER, "mx.example.net"),
    FORGED,
)
DOVECOT_ALONE = (
    f"from mail.example.net by mail.example.net (Dovecot) with LMTP id kJ1bGqXyWmlT1QAA for <ann@example.net>; {at(2)}",
    postfix(STRANGER, "mail.example.net"),
    FORGED,
)
ZIMBRA = (
    f"from mailbox1.example.net (LHLO mailbox1.example.net) (10.1.0.5) by mailbox1.example.net with LMTP; {at(5)}",
    postfix("mta1.example.net (mta1.example.net [10.1.0.7])", "mailbox1.example.net", 4),
    postfix("localhost (localhost [127.0.0.1])", "mta1.example.net", 3),
    (
        "from mta1.example.net ([127.0.0.1]) by localhost (mta1.example.net [127.0.0.1]) (amavisd-new, port 10032) "
        f"with ESMTP id Zq81; {at(2)}"
    ),
    postfix("localhost (localhost [127.0.0.1])", "mta1.example.net", 2),
    postfix(STRANGER, "mta1.example.net"),
    FORGED,
)
EXCHANGE_EDGE = (
    exchange("EX01.corp.local (10.1.0.11)", "EX02.corp.local (10.1.0.12)", 3, " via Mailbox Transport"),
    exchange("EX01.corp.local (10.1.0.11)", "EX01.corp.local (10.1.0.11)", 2),
    exchange("EDGE.example.net (172.16.5.2)", "EX01.corp.local (10.1.0.11)", 1, " via Frontend Transport"),
    exchange(f"bot ({BOT})", "EDGE.example.net (172.16.5.2)"),
    FORGED,
)
EXCHANGE_ALONE = (
    exchange("EX01.corp.local (10.1.0.11)", "EX01.corp.local (10.1.0.11)", 2, " via Mailbox Transport"),
    exchange(f"bot ({BOT})", "mail.example.net (10.1.0.11)", 1, " via Frontend Transport"),
    FORGED,
)
IRONPORT_ON_SITE = (
    exchange("EX01.corp.local (10.1.0.11)", "EX02.corp.local (10.1.0.12)", 3),
    exchange("esa1.example.net (10.1.0.30)", "EX01.corp.local (10.1.0.11)", 1, " via Frontend Transport"),
    (
        f"from pool-7.isp.example (HELO bot) ([{BOT}]) by esa1.example.net with ESMTP/TLS/ECDHE-RSA-AES128-GCM-SHA256; "
        f"{at(0)}"
    ),
    FORGED,
)
BARRACUDA_ON_SITE = (
    exchange("spamfilter.example.net (10.1.0.31)", "EX01.example.net (10.1.0.11)", 1),
    (
        f"from bot (pool-7.isp.example [{BOT}]) by spamfilter.example.net with ESMTP id AbCd1234 for "
        f"<ann@example.net>; {at(0)}"
    ),
    FORGED,
)
QMAIL = (
    f"(qmail 12347 invoked by uid 89); {at(4)}",
    (
        f"from {BOT} by mail.example.net (envelope-from <x@bot.example>, uid 89) with qmail-scanner-2.08 (clamdscan: "
        f"0.98. Clear:RC:0({BOT}):SA:0(1.2/5.0):. Processed in 0.51 secs); 05 Jan 2026 10:00:03 -0000"
    ),
    f"from unknown (HELO bot) ({BOT}) by mail.example.net with SMTP; 5 Jan 2026 10:00:02 -0000",
    FORGED,
)
SIMSCAN = (
    f"(qmail 12347 invoked by uid 0); {at(4)}",
    "by simscan 1.4.0 ppid: 12340, pid: 12342, t: 0.9s scanners: attach: 1.4.0 clamav: 0.98/m:55/d:19000",
    f"from pool-7.isp.example (HELO bot) ({BOT}) by mail.example.net with SMTP; 5 Jan 2026 10:00:02 -0000",
    FORGED,
)
QMAIL_TWICE = (
    f"(qmail 12349 invoked by alias); {at(4)}",
    f"(qmail 12345 invoked from network); {at(3)}",
    "from relay.example.net (10.0.0.9) by store.example.net with SMTP; 5 Jan 2026 10:00:03 -0000",
    f"(qmail 222 invoked from network); {at(2)}",
    f"from pool-7.isp.example (HELO bot) ({BOT}) by relay.example.net with SMTP; 5 Jan 2026 10:00:02 -0000",
    FORGED,
)
MIMEDEFANG = (
    (
        f"from localhost (localhost [127.0.0.1]) by mail.example.net (8.15.2/8.15.2) with ESMTP id 605A02aB012346 for "
        f"<ann@example.net>; {at(2)}"
    ),
    (
        f"from bot (pool-7.isp.example [{BOT}] (may be forged)) by mail.example.net (8.15.2/8.15.2) with ESMTP id "
        f"605A00aB012345 for <ann@example.net>; {at(0)}"
    ),
    FORGED,
)
TWO_MX = (
    postfix("mx2.example.net (mx2.example.net [198.51.100.12])", "mx1.example.net", 9),
    postfix(STRANGER, "mx2.example.net"),
    FORGED,
)
UNIVERSITY = (
    postfix("mx.example.edu (mx.example.edu [198.51.100.2])", "mail.cs.example.edu", 9),
    postfix(STRANGER, "mx.example.edu"),
    FORGED,
)
OWN_LIST = (
    postfix("lists.example.net (lists.example.net [198.51.100.9])", "mail.example.net", 20),
    postfix("lists.example.net (localhost [127.0.0.1])", "lists.example.net", 19),
    postfix(STRANGER, "lists.example.net"),
    FORGED,
)
IPV6_ONLY = (
    postfix("mx.example.net (mx.example.net [IPv6:fd12:3456:789a::2])", "store.example.net", 2),
    postfix("bot (unknown [IPv6:2001:db8:7::7])", "mx.example.net"),
    FORGED,
)
LINK_LOCAL = (
    postfix("mx.example.net (unknown [IPv6:fe80::5054:ff:fe12:3456%eth0])", "store.example.net", 2),
    postfix(STRANGER, "mx.example.net"),
    FORGED,
)


@pytest.mark.parametrize(
    ("lines", "ip", "hop"),
    [
        pytest.param(POSTFIX_AMAVIS, BOT, 2, id="postfix hands to amavis and takes back"),
        pytest.param(EXIM_CPANEL, BOT, 2, id="exim of a cpanel host with spamassassin"),
        pytest.param(DOVECOT, BOT, 1, id="dovecot behind another host"),
        pytest.param(DOVECOT_ALONE, BOT, 1, id="dovecot on the same host"),
        pytest.param(ZIMBRA, BOT, 5, id="zimbra on two nodes"),
        pytest.param(EXCHANGE_EDGE, BOT, 3, id="exchange with hub, edge and names under .local"),
        pytest.param(EXCHANGE_ALONE, BOT, 1, id="exchange on one server"),
        pytest.param(IRONPORT_ON_SITE, BOT, 2, id="ironport in front of exchange"),
        pytest.param(BARRACUDA_ON_SITE, BOT, 1, id="barracuda in front of exchange"),
        pytest.param(QMAIL, BOT, 2, id="qmail with qmail-scanner, whose line repeats the one beneath"),
        pytest.param(SIMSCAN, BOT, 2, id="qmail with simscan"),
        pytest.param(QMAIL_TWICE, BOT, 4, id="qmail on two hosts"),
        pytest.param(MIMEDEFANG, BOT, 1, id="sendmail with mimedefang"),
        pytest.param(TWO_MX, BOT, 1, id="two mx with public addresses"),
        pytest.param(UNIVERSITY, BOT, 1, id="department behind the university"),
        pytest.param(OWN_LIST, BOT, 2, id="the receiver's own mailing list"),
        pytest.param(IPV6_ONLY, "2001:db8:7::7", 1, id="IPv6 alone"),
        pytest.param(LINK_LOCAL, BOT, 1, id="link-local address"),
    ],
)
def test_the_walk_ends_at_the_first_line_that_recorded_a_stranger(lines: tuple[str, ...], ip: str, hop: int) -> None:
    assert handover(*lines) == (ip, "vouched", hop)


# --- a provider, and a filtering service in front of it ------------------------------------------------------------

M365 = (
    (
        "from AM0PR01MB0001.eurprd01.prod.outlook.com (2603:10a6:208:1::1) by DB9PR01MB0002.eurprd01.prod.outlook.com "
        f"with HTTPS; {at(4)}"
    ),
    exchange(
        "DB3PR01CA0001.eurprd01.prod.outlook.com (2603:10a6:10:1::1)",
        "AM0PR01MB0001.eurprd01.prod.outlook.com (2603:10a6:208:1::1)",
        3,
    ),
    exchange(
        "DB1EUR01FT001.eop-EUR01.prod.protection.outlook.com (2603:10a6:10:1:cafe::1)",
        "DB3PR01CA0001.outlook.office365.com (2603:10a6:10:1::1)",
        2,
        " via Frontend Transport",
    ),
)


def into_m365(peer: str) -> str:
    return exchange(peer, "DB1EUR01FT001.mail.protection.outlook.com (10.152.0.1)", 1, " via Frontend Transport")


GATEWAYS = {
    "mimecast.com": (
        into_m365("eu-smtp-1.mimecast.com (205.139.110.5)"),
        (
            f"from pool-7.isp.example (pool-7.isp.example [{BOT}]) by relay.mimecast.com with ESMTP with STARTTLS "
            f"(Version=TLSv1.2, Cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id eu-mta-1-AbC1; {at(0)}"
        ),
    ),
    "pphosted.com": (
        into_m365("mx0a-001.pphosted.com (148.163.148.1)"),
        (
            f"from pps.filterd (m1.ppops.net [127.0.0.1]) by mx0a-001.pphosted.com (8.17.1.19/8.17.1.19) with ESMTP id "
            f"605A00aB012346 for <ann@example.net>; {at(0)}"
        ),
        (
            f"from bot (pool-7.isp.example [{BOT}]) by mx0a-001.pphosted.com (PPS) with ESMTPS id 3vb1 for "
            f"<ann@example.net>; {at(0)}"
        ),
    ),
}


def test_microsoft_365_without_a_gateway() -> None:
    assert handover(*M365, into_m365(f"bot ({BOT})"), FORGED) == (BOT, "vouched", 3)


@pytest.mark.parametrize("service", GATEWAYS)
def test_a_filtering_service_in_front_of_microsoft_365_is_the_handover_until_it_is_named(service: str) -> None:
    lines = (*M365, *GATEWAYS[service], FORGED)
    ip, grade, hop = handover(*lines)
    assert (grade, hop) == ("vouched", 3)
    assert ip != BOT
    last = 3 + len(GATEWAYS[service]) - 1
    assert handover(*lines, trust=("outlook.com", service)) == (BOT, "vouched", last)


WORKSPACE = (
    "by 2002:a05:612c:1:b0:381:73ac:1 with SMTP id x1csp1; Mon, 05 Jan 2026 02:00:03 -0800 (PST)",
    (
        "from gw.example.net (gw.example.net. [198.51.100.25]) by mx.google.com with ESMTPS id a1si1.2026.01.05 for "
        "<ann@example.net>; Mon, 05 Jan 2026 02:00:02 -0800 (PST)"
    ),
    postfix(STRANGER, "gw.example.net"),
    FORGED,
)


def test_google_workspace_behind_ones_own_gateway() -> None:
    assert handover(*WORKSPACE) == ("198.51.100.25", "vouched", 1)
    # Google does not say whether it confirmed the name, and a stranger may give his address any: the address decides.
    assert handover(*WORKSPACE, trust=("google.com", "example.net")) == ("198.51.100.25", "vouched", 1)
    assert handover(*WORKSPACE, trust=("google.com", "example.net", "198.51.100.25")) == (BOT, "vouched", 2)


def test_mail_that_comes_home_from_ones_own_tenant_is_followed_when_its_addresses_are_named() -> None:
    lines = (
        exchange(
            "AM0EUR02-obe.outbound.protection.outlook.com (40.107.1.1)",
            "mail.example.net (10.1.0.11)",
            9,
            " via Frontend",
        ),
        *M365[1:],
        into_m365(f"bot ({BOT})"),
        FORGED,
    )
    assert handover(*lines) == ("40.107.1.1", "vouched", 0)
    assert handover(*lines, trust=("example.net", "outlook.com")) == ("40.107.1.1", "vouched", 0)
    assert handover(*lines, trust=("example.net", "outlook.com", "40.107.0.0/16")) == (BOT, "vouched", 3)


def test_the_access_providers_backup_mx_is_the_handover_until_it_is_named() -> None:
    lines = (
        postfix("backup.isp.example (backup.isp.example [198.51.100.50])", "mail.example.net", 900),
        postfix(STRANGER, "backup.isp.example"),
        FORGED,
    )
    verdict = decide(*lines)
    assert (verdict.handover_ip, verdict.handover_grade) == ("198.51.100.50", "vouched")
    assert (verdict.origin_ip, verdict.origin_grade) == (BOT, "claimed")
    assert handover(*lines, trust=("example.net", "backup.isp.example")) == (BOT, "vouched", 1)


def test_a_verified_name_is_as_good_as_what_it_says_of_the_machine() -> None:
    def behind(name: str, *trust: str) -> tuple[object, ...]:
        return handover(
            postfix(f"pc ({name} [198.51.100.77])", "mx.example.net", 2), forged_in_the_name_of(name), trust=trust
        )

    for line in ("cpe-a1b2c3.example.net", "host-77-100-51-198.example.net", "w17.dhcp.example.net"):
        assert behind(line) == ("198.51.100.77", "vouched", 0)
    assert behind("zeus.example.net") == ("192.0.2.66", "claimed", 1)
    assert behind("zeus.example.net", "example.net") == ("192.0.2.66", "claimed", 1)
    assert behind("zeus.example.net", "zeus.example.net", "example.net") == ("192.0.2.66", "vouched", 1)
    for server in ("mailhost.example.net", "mx-pool-3.example.net", "example.net"):
        assert behind(server) == ("192.0.2.66", "vouched", 1)


@pytest.mark.parametrize("helo", ["localhost", "laptop", "mx.example.net", "mx2.example.net"])
def test_where_a_line_records_a_name_alone_no_name_leads_on_without_doubt(helo: str) -> None:
    top = f"from {helo} by mx.example.net (MDaemon.PRO.v6.0.7.R) with SMTP; {at(2)}"
    verdict = decide(top, forged_in_the_name_of("mx.example.net"))
    assert (verdict.handover_ip, verdict.handover_grade) == ("192.0.2.66", "claimed")
    assert f"by nothing but the name that it gave itself, {helo}" in verdict.handover_reason


# --- what only a whole dump can show -----------------------------------------------------------------------------

RELAYED = (
    postfix("gw1.example.net (gw1.example.net [198.51.100.17])", "store.example.net", 2),
    postfix(STRANGER, "inbound-a.example.net"),
    FORGED,
)


def test_a_relay_with_a_public_address_and_another_name_is_learnt_from_twenty_messages() -> None:
    assert handover(*RELAYED) == ("198.51.100.17", "vouched", 0)
    assert handover(*RELAYED, corpus=[RELAYED] * 19) == ("198.51.100.17", "vouched", 0)
    assert handover(*RELAYED, corpus=[RELAYED] * 20) == (BOT, "vouched", 1)


def test_several_receivers_in_one_dump_each_have_their_own_boundary() -> None:
    corpus = [RELAYED] * 25 + [UNIVERSITY] * 25
    assert handover(*RELAYED, corpus=corpus) == (BOT, "vouched", 1)
    assert handover(*UNIVERSITY, corpus=corpus) == (BOT, "vouched", 1)
    between = (postfix("gw1.example.net (gw1.example.net [198.51.100.17])", "mail.cs.example.edu", 2), *RELAYED[1:])
    assert handover(*between, corpus=corpus) == ("198.51.100.17", "vouched", 0)


# --- mail that was made inside -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        (f"by mail.example.net (Postfix, from userid 0) id 4dlJ8z1Q2bz9sR; {at(0)}",),
        (
            (
                f"from root by web.example.net with local (Exim 4.96) (envelope-from <root@web.example.net>) id "
                f"1vchNY-0001xy-2Z for ann@example.net; {at(0)}"
            ),
        ),
        (
            (
                f"from web.example.net (localhost [127.0.0.1]) by web.example.net (8.15.2/8.15.2) with ESMTP id "
                f"605A00aB012346 for <ann@example.net>; {at(1)}"
            ),
            f"(from root@localhost) by web.example.net (8.15.2/8.15.2/Submit) id 605A00aB012345; {at(0)}",
        ),
        (f"(qmail 12345 invoked by uid 1000); {at(0)}",),
    ],
    ids=["postfix", "exim", "sendmail", "qmail"],
)
def test_mail_of_a_servers_own_jobs_has_no_handover(lines: tuple[str, ...]) -> None:
    verdict = decide(*lines)
    assert (verdict.handover_ip, verdict.handover_rule) == (None, "made-inside")


# --- a gate that hides who connects ------------------------------------------------------------------------------

HIDDEN = postfix("gate (unknown [10.0.0.1])", "mx.example.net", 2)
STRANGERS_OWN = f"from desk (desk.firm.example [192.0.2.80]) by mail.firm.example (Postfix) with ESMTP id 4C; {at(0)}"


def forged_in_the_name_of(host: str) -> str:
    return f"from mail.bank.example (mail.bank.example [192.0.2.66]) by {host} (Postfix) with ESMTP id 4A; {at(0)}"


def test_a_server_that_gets_back_what_it_gave_away_is_doubted_unless_it_gave_it_to_itself() -> None:
    assert handover(HIDDEN, forged_in_the_name_of("mx.example.net")) == ("192.0.2.66", "claimed", 1)
    for itself in ("localhost (localhost [127.0.0.1])", "mx (mx.example.net [10.0.0.2])", "x (MX [10.0.0.2])"):
        assert handover(postfix(itself, "mx.example.net", 2), postfix(STRANGER, "mx.example.net")) == (
            BOT,
            "vouched",
            1,
        )


def test_behind_a_gate_that_the_dump_shows_no_name_is_believed() -> None:
    lines = (HIDDEN, forged_in_the_name_of("mx2.example.net"))
    assert handover(*lines) == ("192.0.2.66", "vouched", 1)
    through_gate = [(HIDDEN, STRANGERS_OWN)] * 15 + [(HIDDEN,)] * 5
    gates, said = learn_gates(receiver_for("example.net"), [read(*chain)[1] for chain in through_gate])
    assert gates == {"10.0.0.1"}
    assert said.startswith("20 messages come by way of 10.0.0.1, 0 of them with a line of the receiver's beneath")
    boundary = find_boundary(read(*lines)[1], replace(receiver_for("example.net"), gates=gates))
    assert "strangers' mail comes by way of 10.0.0.1 too" in boundary.doubt
    assert boundary.sure is not None
    assert boundary.sure.hop == 0


def test_an_inner_server_that_writes_its_line_is_no_gate_and_few_messages_teach_nothing() -> None:
    inner = [read(HIDDEN, postfix(STRANGER, "mx2.example.net"))[1]] * 40
    mixed = inner[:12] + [read(HIDDEN)[1]] * 10
    for chains in (inner, mixed, [read(HIDDEN)[1]] * 19):
        assert learn_gates(receiver_for("example.net"), chains) == (frozenset(), "")


def test_below_a_server_of_an_inner_name_a_gate_is_known_by_the_many_names_behind_it() -> None:
    def through(ip: str, name: str) -> tuple[str, ...]:
        return postfix(f"x (unknown [{ip}])", "mail", 2), postfix(STRANGER, name)

    store = [read(*through("10.0.0.2", f"mx{number % 3}.example.net"))[1] for number in range(30)]
    gate = [read(*through("172.18.0.1", f"mail.firm{number}.example"))[1] for number in range(30)]
    few = [read(*through("172.19.0.1", f"mail.firm{number}.example"))[1] for number in range(19)]
    gates, said = learn_top_gates([*store, *gate, *few])
    assert gates == {"172.18.0.1"}
    assert said.startswith("30 messages come by way of 172.18.0.1, 1 of them with one and the same organisation's line")
    assert top_organisation(gate[0]) == "firm0.example"
    assert top_organisation(gate[0], gates) is None
    boundary = find_boundary(gate[0], receiver_of(gate[0], Receivers(gates=gates)))
    assert "strangers' mail comes by way of 172.18.0.1 too" in boundary.doubt
    assert find_boundary(store[0], receiver_of(store[0], Receivers(gates=gates))).doubt == ""


# --- what the user left out --------------------------------------------------------------------------------------


def test_a_gate_that_hides_strangers_behind_an_inner_address_can_be_left_out() -> None:
    assert handover(HIDDEN, forged_in_the_name_of("mx2.example.net"), trust=("!10.0.0.1", "example.net")) == (
        "10.0.0.1",
        "vouched",
        0,
    )


def test_a_host_that_is_left_out_ends_the_walk_also_behind_an_inner_address() -> None:
    lines = (
        postfix("web (unknown [10.0.0.8])", "mx.example.net", 2),
        postfix(STRANGER, "web.dmz.example.net"),
    )
    assert handover(*lines, trust=("example.net",)) == (BOT, "vouched", 1)
    assert handover(*lines, trust=("!dmz.example.net", "example.net")) == ("10.0.0.8", "vouched", 0)


def test_an_address_that_is_left_out_is_outside_whatever_its_name_says() -> None:
    assert handover(*TWO_MX, trust=("example.net",)) == (BOT, "vouched", 1)
    assert handover(*TWO_MX, trust=("!198.51.100.12", "example.net")) == ("198.51.100.12", "vouched", 0)


def test_the_loopback_address_stays_inside_whatever_is_left_out() -> None:
    assert handover(*POSTFIX_AMAVIS, trust=("example.net", "!0.0.0.0/0")) == (BOT, "vouched", 2)


# --- mail that was fetched from a mailbox ------------------------------------------------------------------------

PROVIDER = (
    postfix("mx1.provider.example (mx1.provider.example [10.3.0.4])", "store.provider.example", 1),
    postfix(STRANGER, "mx1.provider.example"),
    FORGED,
)
FETCHES = {
    "fetchmail": (
        postfix("localhost (localhost [127.0.0.1])", "box.home.example", 62),
        (
            "from pop.provider.example [198.51.100.110] by localhost with POP3 (fetchmail-6.4.21) for <ann@localhost> "
            f"(single-drop); {at(61)}"
        ),
    ),
    "fetchmail by IMAP over TLS": (
        (
            "from imap.provider.example [198.51.100.110] by box.home.example with IMAP (fetchmail-6.3.26 polling "
            f"imap.provider.example account ann) for <ann@localhost> (single-drop); {at(61)}"
        ),
    ),
    "getmail": (f"from pop.provider.example (198.51.100.110) by box.home.example with POP3; {at(61)}",),
    "gmail": (
        "by 2002:a05:612c:1:b0:381:73ac:1 with SMTP id x1csp1; Mon, 05 Jan 2026 02:01:03 -0800 (PST)",
        "by 10.140.42.75 with POP3 id t63mf6534877vka.0; Mon, 05 Jan 2026 02:01:02 -0800 (PST)",
        "X-Gmail-Fetch-Info: ann@provider.example 1 pop.provider.example 995 ann",
    ),
    "a connector on windows": (
        exchange("server.corp.local (10.9.0.2)", "server.corp.local (10.9.0.2)", 62),
        f"from pop.provider.example by server.corp.local (POPcon 4.0) with POP3; {at(61)}",
    ),
}


@pytest.mark.parametrize("program", FETCHES)
def test_a_fetch_restarts_the_chain_at_the_provider_that_kept_the_mailbox(program: str) -> None:
    above = FETCHES[program]
    received = sum(not line.startswith("X-") for line in above)
    assert handover(*above, *PROVIDER) == (BOT, "vouched", received + 1)


def test_a_fetch_line_below_the_boundary_restarts_nothing() -> None:
    fetched = (
        f"from pop.bank.example [192.0.2.66] by localhost with POP3 (fetchmail-6.4.21) for <ann@localhost>; {at(0)}"
    )
    assert handover(postfix(STRANGER, "mx.example.net", 2), fetched, *PROVIDER) == (BOT, "vouched", 0)


def test_below_a_fetch_another_providers_line_is_doubted() -> None:
    fetched = FETCHES["getmail"]
    verdict = decide(*fetched, postfix(STRANGER, "mx.bank.example"))
    assert (verdict.handover_ip, verdict.handover_grade) == (BOT, "claimed")
    assert "not by pop.provider.example, where the mail was fetched" in verdict.handover_reason


def test_a_mailbox_provider_that_is_left_out_ends_the_walk_at_the_fetch() -> None:
    trust = ("!provider.example", "home.example")
    verdict = decide(*FETCHES["getmail"], *PROVIDER, trust=trust)
    assert (verdict.handover_ip, verdict.handover_rule) == (None, "left-inside")


# --- a peer that authenticated -----------------------------------------------------------------------------------


def submission(peer: str, by: str, seconds: int = 9) -> str:
    return f"from {peer} (Authenticated sender: ann@example.net) by {by} (Postfix) with ESMTPSA id 4B7; {at(seconds)}"


def test_a_user_whose_password_was_stolen_is_the_handover_and_what_stands_below_is_a_claim() -> None:
    verdict = decide(submission(STRANGER, "smtp.example.net"), FORGED)
    assert (verdict.handover_ip, verdict.handover_grade) == (BOT, "vouched")
    assert "authenticated as one of the receiver's own users (" in verdict.handover_reason
    assert verdict.origin_grade == "vouched"
    assert verdict.origin_ip == BOT


def test_a_password_and_the_receivers_name_below_do_not_move_the_boundary() -> None:
    own = forged_in_the_name_of("smtp.example.net")
    assert handover(submission(STRANGER, "smtp.example.net"), own) == (BOT, "vouched", 0)


def test_a_branch_office_that_authenticates_is_passed_when_its_name_is_verified_or_its_address_configured() -> None:
    below = postfix(STRANGER, "branch7.example.net")
    verified = (submission("branch7.example.net (branch7.example.net [198.51.100.77])", "smtp.example.net"), below)
    unverified = (submission("branch7.example.net (unknown [198.51.100.77])", "smtp.example.net"), below)
    assert handover(*verified) == (BOT, "claimed", 1)
    assert handover(*unverified) == ("198.51.100.77", "vouched", 0)
    assert handover(*unverified, trust=("example.net", "198.51.100.77")) == (BOT, "vouched", 1)


def test_below_an_inner_address_that_authenticated_as_a_user_the_lines_are_that_users_word() -> None:
    inner = submission("laptop (laptop.example.net [10.0.0.50])", "smtp.example.net")
    own = forged_in_the_name_of("smtp.example.net")
    verdict = decide(inner, own)
    assert (verdict.handover_ip, verdict.handover_grade) == ("192.0.2.66", "claimed")
    assert "authenticated" in verdict.handover_reason


def test_webmail_of_the_receiver_that_authenticates_for_its_user_is_passed() -> None:
    web = f"from [{BOT}] by webmail.example.net with HTTP (HTTP/1.1 POST); {at(0)}"
    for peer in ("webmail.example.net (webmail.example.net [10.0.0.20])", "localhost (localhost [127.0.0.1])"):
        assert handover(submission(peer, "smtp.example.net"), web) == (BOT, "vouched", 1)
