from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attribution import headers, origin
from attribution.limits import Limits

if TYPE_CHECKING:
    from attribution.models import HeaderBlock, Hop, Verdict

DAY = "Mon, 5 Jan 2026 "


def read(*lines: str) -> tuple[bytes, HeaderBlock, list[Hop]]:
    """Read a header whose lines are given; those without a field name are Received values."""
    names = ("from ", "by ", "(", "whatever ")
    data = "".join(f"Received: {line}\r\n" if line.startswith(names) else f"{line}\r\n" for line in lines).encode()
    block = headers.read_block(data + b"\r\nbody", Limits())
    return data, block, headers.hops(block, Limits())


def decide(*lines: str, trust: tuple[str, ...] = ()) -> Verdict:
    data, block, hops = read(*lines)
    verdict = origin.decide(block, hops, origin.learn_receivers([], origin.read_trust(trust)))
    for ip, span in ((verdict.handover_ip, verdict.handover_span), (verdict.origin_ip, verdict.origin_span)):
        if ip is not None and span is not None:
            assert data[slice(*span)].decode() == ip
    assert verdict.handover_rule
    assert verdict.origin_rule
    assert verdict.handover_reason
    assert verdict.origin_reason
    return verdict


def handover(verdict: Verdict) -> tuple[str | None, str, int | None]:
    return verdict.handover_ip, verdict.handover_grade, verdict.handover_hop


def claimed(verdict: Verdict) -> tuple[str | None, str, int | None]:
    return verdict.origin_ip, verdict.origin_grade, verdict.origin_hop


MX = f"by mx.example.net (Postfix) with ESMTP id 4A5C1F for <ann@example.net>; {DAY}10:00:00 +0000"


def test_one_hop_from_outside_is_handover_and_origin() -> None:
    verdict = decide(f"from bot.example.org (pool-7.isp.example [28.1.2.3]) {MX}")
    assert handover(verdict) == ("28.1.2.3", "vouched", 0)
    assert claimed(verdict) == ("28.1.2.3", "vouched", 0)
    assert verdict.helo == "bot.example.org"
    assert verdict.rdns == "pool-7.isp.example"
    assert verdict.received_at is not None
    assert verdict.received_at.isoformat() == "2026-01-05T10:00:00+00:00"


def test_a_helo_that_is_an_address_is_never_the_peer() -> None:
    verdict = decide(f"from [22.8.8.8] (unknown [28.1.2.3]) {MX}")
    assert handover(verdict) == ("28.1.2.3", "vouched", 0)
    assert verdict.findings == ["helo-is-other-address"]


def test_the_receivers_own_inner_hops_are_passed() -> None:
    verdict = decide(
        f"from localhost (localhost [127.0.0.1]) by store.example.net (Postfix) id 4A0D1F; {DAY}10:00:03 +0000",
        f"from mx.example.net ([10.0.0.2]) by localhost (store.example.net [127.0.0.1]) (amavisd-new, port 10024) "
        f"with ESMTP id Xy; {DAY}10:00:02 +0000",
        f"from relay.bank.test (relay.bank.test [28.1.2.3]) {MX}",
    )
    assert handover(verdict) == ("28.1.2.3", "vouched", 2)


def test_a_forged_provider_chain_below_a_bot_is_not_followed() -> None:
    verdict = decide(
        f"from mail-ej1-f41.google.com (pool-7.isp.example [28.1.2.3]) {MX}",
        f"from laptop ([22.2.2.2]) by smtp.gmail.com with ESMTPSA id a1sm12; {DAY}09:59:00 +0000",
    )
    assert claimed(verdict) == ("28.1.2.3", "vouched", 0)
    assert "forged-provider-hop" in verdict.findings


def test_a_true_provider_chain_is_followed_as_a_claim() -> None:
    verdict = decide(
        f"from mail-ej1-f41.google.com (mail-ej1-f41.google.com [209.85.218.41]) {MX}",
        "by mail-ej1-f41.google.com with SMTP id a1so12.2 for <ann@example.net>; Mon, 05 Jan 2026 01:59:59 -0800 (PST)",
        "from laptop (dsl.isp.example. [22.2.2.2]) by smtp.gmail.com with ESMTPSA id a1sm12.5.2026.01.05.01.59.58; "
        "Mon, 05 Jan 2026 01:59:58 -0800 (PST)",
    )
    assert handover(verdict) == ("209.85.218.41", "vouched", 0)
    assert verdict.origin_ip == "22.2.2.2"
    assert verdict.origin_grade in {"claimed", "corroborated"}


def test_the_receivers_own_name_in_a_forged_hop_does_not_move_the_boundary() -> None:
    verdict = decide(
        f"from mx.example.net (pool-7.isp.example [28.1.2.3]) {MX}",
        f"from bank.test (bank.test [22.2.2.2]) by mx.example.net (Postfix) with ESMTP id 4A5C2F; {DAY}09:59:00 +0000",
    )
    assert handover(verdict) == ("28.1.2.3", "vouched", 0)
    assert verdict.findings == ["receiver-name-in-helo", "receiver-name-below-boundary"]
    assert claimed(verdict) == ("28.1.2.3", "vouched", 0)


def test_a_boundary_line_that_is_not_understood_ends_the_trust() -> None:
    verdict = decide(
        f"from mx.example.net (mx.example.net [10.0.0.2]) by box.example.net (Postfix) id 4A0D1F; {DAY}10:00 +0000",
        "whatever this gateway writes today",
        f"from bank.test (bank.test [22.2.2.2]) by relay.test (Postfix) with ESMTP id 4A5C2F; {DAY}09:59:00 +0000",
    )
    assert handover(verdict) == (None, "none", None)
    assert verdict.handover_rule == "boundary-not-understood"
    assert claimed(verdict) == ("22.2.2.2", "claimed", 2)


def test_a_customer_of_the_receivers_isp_is_no_server_of_it() -> None:
    verdict = decide(
        f"from home (dsl-28-1-2-3.example.net [28.1.2.3]) {MX}",
        f"from bank.test (bank.test [22.2.2.2]) by dsl-28-1-2-3.example.net with SMTP id 4A0D1F; {DAY}09:59:00 +0000",
    )
    assert handover(verdict) == ("28.1.2.3", "vouched", 0)


def test_the_receivers_relay_with_a_public_address_is_passed_by_its_verified_name() -> None:
    verdict = decide(
        f"from mx.example.net (mx.example.net [28.5.5.5]) by box.example.net (Postfix) id 4A0D1F; {DAY}10:00:02 +0000",
        f"from bot (pool-7.isp.example [28.1.2.3]) {MX}",
    )
    assert handover(verdict) == ("28.1.2.3", "vouched", 1)


@pytest.mark.parametrize("by", ["mx2.example.net", "MX.example.net.", "mx"])
@pytest.mark.parametrize("peer", ["mx.example.net", "mx1.example.net"])
def test_a_twin_by_number_and_a_bare_name_are_as_good_as_the_verified_name_itself(peer: str, by: str) -> None:
    verdict = decide(
        f"from x ({peer} [28.5.5.5]) by box.example.net (Postfix) id 4A0D1F; {DAY}10:00:02 +0000",
        f"from bot (pool-7.isp.example [28.1.2.3]) by {by} (Postfix) with ESMTP id 4A5C1F; {DAY}10:00:00 +0000",
    )
    is_one = ("1" in peer) == ("2" in by)
    assert handover(verdict) == (("28.1.2.3", "vouched", 1) if is_one else ("28.5.5.5", "vouched", 0))


@pytest.mark.parametrize("state", ["(unknown [28.5.5.5])", "([28.5.5.5])"])
def test_a_twin_that_only_calls_itself_so_is_outside(state: str) -> None:
    verdict = decide(
        f"from mx1.example.net {state} by box.example.net (Postfix) id 4A0D1F; {DAY}10:00:02 +0000",
        f"from bot (pool-7.isp.example [28.1.2.3]) by mx2.example.net (Postfix) id 4A5C1F; {DAY}10:00:00 +0000",
    )
    assert handover(verdict) == ("28.5.5.5", "vouched", 0)


QMAIL_WITH_A_PUBLIC_RELAY = (
    "from mail.example.net (28.5.5.5) by mailstore.example.net with SMTP; 5 Jan 2026 10:00:04 -0000",
    (
        "from mailstore.example.net (qmailr@mailstore.example.net [28.5.5.6]) by mail.example.net (8.12.0/8.12.0) with "
        f"SMTP id 605A03gm003986; {DAY}10:00:03 +0000"
    ),
    "(qmail 13634 invoked by uid 0); 5 Jan 2026 10:00:02 -0000",
    (
        "from x@shop.example by mailstore by uid 1005 with qmail-scanner-1.10 (avp. Clear:0. Processed in 0.07 secs); "
        "5 Jan 2026 10:00:02 -0000"
    ),
    "from web3.shop.example (28.1.2.3) by mailstore.example.net with SMTP; 5 Jan 2026 10:00:01 -0000",
)


@pytest.mark.parametrize("trust", [(), ("example.net",), ("mail.example.net", "mailstore.example.net")])
def test_a_name_that_qmail_looked_up_one_way_opens_nothing_and_the_address_to_name_is_said(
    trust: tuple[str, ...],
) -> None:
    verdict = decide(*QMAIL_WITH_A_PUBLIC_RELAY, trust=trust)
    assert handover(verdict) == ("28.5.5.5", "vouched", 0)
    assert "name 28.5.5.5 with --trust" in verdict.handover_reason
    assert verdict.findings == ["receiver-name-looked-up"]


def test_where_the_relays_address_is_named_the_walk_goes_on_to_the_stranger() -> None:
    verdict = decide(*QMAIL_WITH_A_PUBLIC_RELAY, trust=("example.net", "28.5.5.5"))
    assert handover(verdict) == ("28.1.2.3", "vouched", 4)
    assert not verdict.findings


def test_of_a_relay_that_is_left_out_nothing_more_is_said() -> None:
    verdict = decide(*QMAIL_WITH_A_PUBLIC_RELAY, trust=("example.net", "!28.5.5.5"))
    assert handover(verdict) == ("28.5.5.5", "vouched", 0)
    assert "with --trust" not in verdict.handover_reason


def test_a_customers_line_below_the_receivers_domain_is_no_server_to_name() -> None:
    verdict = decide("from dsl-28-5-5-5.example.net (28.5.5.5) by box.example.net with SMTP; 5 Jan 2026 10:00:04 -0000")
    assert verdict.findings == ["receiver-name-looked-up"]
    assert "with --trust" not in verdict.handover_reason


def test_the_receivers_name_may_be_given_in_letters_and_stand_in_a_labels() -> None:
    verdict = decide(
        f"from mx (mx.xn--bcher-kva.example [28.5.5.5]) by box.bücher.example (Postfix) id 4A0D; {DAY}10:00:02 +0000",
        f"from bot (pool-7.isp.example [28.1.2.3]) by mx.bücher.example (Postfix) id 4A5C1F; {DAY}10:00:00 +0000",
        trust=("bücher.example",),
    )
    assert handover(verdict) == ("28.1.2.3", "vouched", 1)


def test_where_the_receivers_clock_was_never_set_no_time_is_told_and_the_claims_are_followed() -> None:
    verdict = decide(
        "from relay.bank.test (relay.bank.test [28.1.2.3]) by mx.example.net (Postfix) with ESMTP id 4ABC01; "
        "Thu, 1 Jan 1970 00:10:00 +0000",
        f"from pc7 (pc7.isp.example [22.2.2.2]) by relay.bank.test (Postfix) id 4F0C21A0B7; {DAY}09:59:00 +0000",
    )
    assert verdict.received_at is None
    assert verdict.findings == ["date-out-of-range"]
    assert claimed(verdict) == ("22.2.2.2", "claimed", 1)


def test_microsoft_365_is_walked_through_to_its_front_end() -> None:
    smtp = "with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.6792.27"
    verdict = decide(
        f"from AA1PR01MB0001.eurprd01.prod.outlook.com (::1) by AA1PR01MB0002.eurprd01.prod.outlook.com with HTTPS; "
        f"{DAY}10:00:03 +0000",
        f"from DB1PR01CA0001.eurprd01.prod.outlook.com (2603:10a6:10:1::1) by "
        f"AA1PR01MB0001.eurprd01.prod.outlook.com (2603:10a6:20b:1::2) {smtp}; {DAY}10:00:02 +0000",
        f"from DB1EUR01FT001.eop-EUR01.prod.protection.outlook.com (2603:10a6:10:1:cafe::1) by "
        f"DB1PR01CA0001.outlook.office365.com (2603:10a6:10:1::1) {smtp} via Frontend Transport; {DAY}10:00:01 +0000",
        "Authentication-Results: spf=fail (sender IP is 28.1.2.3) smtp.mailfrom=bank.test; dkim=none",
        "Received-SPF: Fail (protection.outlook.com: domain of bank.test does not designate 28.1.2.3 as permitted "
        "sender) receiver=protection.outlook.com; client-ip=28.1.2.3; helo=bot;",
        f"from bot (28.1.2.3) by DB1EUR01FT001.mail.protection.outlook.com (10.152.0.1) {smtp} via Frontend Transport; "
        f"{DAY}10:00:00 +0000",
        f"from DB9PR01MB0009.eurprd01.prod.outlook.com (22.2.2.2) by bot with ESMTP id 4A0D1F; {DAY}09:59:00 +0000",
    )
    assert handover(verdict) == ("28.1.2.3", "vouched", 3)
    assert "authentication-results and received-spf above it say the same" in verdict.handover_reason


def test_another_tenant_of_the_same_provider_is_outside() -> None:
    smtp = "with Microsoft SMTP Server (version=TLS1_2, cipher=X) id 15.20.6792.27"
    verdict = decide(
        f"from DB1EUR01FT001.eop-EUR01.prod.protection.outlook.com (2603:10a6:10:1:cafe::1) by "
        f"DB1PR01CA0001.outlook.office365.com (2603:10a6:10:1::1) {smtp} via Frontend Transport; {DAY}10:00:01 +0000",
        f"from EUR01-DB3-obe.outbound.protection.outlook.com (2a01:111:f403:c201::1) by "
        f"DB1EUR01FT001.mail.protection.outlook.com (10.152.0.1) {smtp} via Frontend Transport; {DAY}10:00:00 +0000",
    )
    assert handover(verdict) == ("2a01:111:f403:c201::1", "vouched", 1)


def test_gmail_to_gmail_is_handed_over_by_googles_outbound_relay() -> None:
    verdict = decide(
        "by 2002:a05:612c:1:b0:381:73ac:1 with SMTP id x1csp1; Mon, 05 Jan 2026 02:00:01 -0800 (PST)",
        "from mail-sor-f69.google.com (mail-sor-f69.google.com. [209.85.220.69]) by mx.google.com with SMTPS id "
        "a1sor1.2026.01.05.02.00.00 for <ann@gmail.com> (Google Transport Security); "
        "Mon, 05 Jan 2026 02:00:00 -0800 (PST)",
        "by 2002:a05:6500:1491:b0:182:bec5:26c with HTTP; Mon, 05 Jan 2026 01:59:59 -0800 (PST)",
    )
    assert handover(verdict) == ("209.85.220.69", "vouched", 1)


def test_a_fetch_restarts_the_chain_at_the_provider_that_was_polled() -> None:
    verdict = decide(
        f"from localhost (localhost [127.0.0.1]) by box.home.example (Postfix) id 4A0D1F; {DAY}12:00:02 +0000",
        f"from mail.provider.test [28.7.7.7] by localhost with POP3 (fetchmail-6.3.26) for <ann@localhost> "
        f"(single-drop); {DAY}12:00:01 +0000",
        f"from bot (pool-7.isp.example [28.1.2.3]) by mx1.provider.test with ESMTP id 4C0D1F; {DAY}10:00:00 +0000",
    )
    assert handover(verdict) == ("28.1.2.3", "vouched", 2)


def test_a_line_that_hides_its_peer_behind_a_name_ends_the_trust() -> None:
    verdict = decide(
        f"from mail.bank.test by mx.example.net (MDaemon.PRO.v6.0.7.R) with SMTP; {DAY}10:00:00 +0000",
        f"from bank.test (bank.test [22.2.2.2]) by mx.example.net (Postfix) with ESMTP id 4A5C2F; {DAY}09:59:00 +0000",
    )
    assert handover(verdict) == (None, "none", None)
    assert verdict.handover_rule == "peer-without-address"


def test_a_peer_that_authenticated_is_the_receivers_own_user() -> None:
    verdict = decide(
        "from laptop (dsl-7.isp.example [28.1.2.3]) (Authenticated sender: ann@example.net) by mx.example.net "
        f"(Postfix) with ESMTPSA id 4A5C1F for <bob@example.net>; {DAY}10:00:00 +0000"
    )
    assert handover(verdict) == ("28.1.2.3", "vouched", 0)
    assert "authenticated as one of the receiver's own users" in verdict.handover_reason


def test_mail_that_was_made_inside_has_no_handover() -> None:
    verdict = decide(f"by mx.example.net (Postfix, from userid 1000) id 4A5C1F; {DAY}10:00:00 +0000")
    assert handover(verdict) == (None, "none", None)
    assert verdict.handover_rule == "made-inside"


def test_a_message_without_received_has_nothing_to_grade() -> None:
    verdict = decide("Subject: no trace at all")
    assert handover(verdict) == (None, "none", None)
    assert claimed(verdict) == (None, "none", None)
    assert verdict.findings == ["no-received"]


def test_a_webmail_field_names_the_client_behind_a_line_without_one() -> None:
    verdict = decide(
        f"from out1.webmail.test (out1.webmail.test [28.3.3.3]) {MX}",
        f"by web7.webmail.test with HTTP; {DAY}09:59:00 +0000",
        "X-Originating-IP: [22.4.4.4]",
    )
    assert handover(verdict) == ("28.3.3.3", "vouched", 0)
    assert claimed(verdict) == ("22.4.4.4", "claimed", None)
    assert verdict.origin_rule == "originating-field"


def test_a_configured_receiver_whose_line_is_not_on_top_gives_no_handover_and_says_so() -> None:
    verdict = decide(f"from bot (pool-7.isp.example [28.1.2.3]) {MX}", trust=("mx.example.org",))
    assert handover(verdict) == (None, "none", None)
    assert "say --trust example.net" in verdict.handover_reason


def test_configured_networks_are_the_receivers_own_servers() -> None:
    lines = (
        f"from relay (unknown [28.5.5.5]) by box.example.net (Postfix) id 4A0D1F; {DAY}10:00:02 +0000",
        f"from bot (pool-7.isp.example [28.1.2.3]) {MX}",
    )
    assert handover(decide(*lines, trust=("example.net",))) == ("28.5.5.5", "vouched", 0)
    assert handover(decide(*lines, trust=("example.net", "28.5.5.0/24"))) == ("28.1.2.3", "vouched", 1)
    assert handover(decide(*lines, trust=("28.5.5.0/24",))) == ("28.1.2.3", "vouched", 1)


def test_an_inner_address_that_leads_to_a_stranger_is_doubted() -> None:
    lines = (
        f"from nat (unknown [10.0.0.1]) by mx.example.net (Postfix) with ESMTP id 4A0D1F; {DAY}10:00:02 +0000",
        f"from bank.test (bank.test [22.2.2.2]) by mail.bank.test (Postfix) with ESMTP id 4B0D1F; {DAY}09:59:00 +0000",
    )
    verdict = decide(*lines)
    assert handover(verdict) == ("22.2.2.2", "claimed", 1)
    assert "only because hop 0 was handed over from the inner address 10.0.0.1" in verdict.handover_reason


def test_an_inner_name_behind_a_gate_is_doubted() -> None:
    lines = (
        f"from mail (unknown [10.0.0.1]) by mx.example.net (Postfix) with ESMTP id 4A0D1F; {DAY}10:00:02 +0000",
        f"from bank.test (bank.test [22.2.2.2]) by mail (Postfix) with ESMTP id 4B0D1F; {DAY}09:59:00 +0000",
    )
    assert handover(decide(*lines)) == ("22.2.2.2", "claimed", 1)


# --- what the receiver's own fields say of the handover ---------------------------------------------------------

BOT = f"from bot (pool-7.isp.example [28.1.2.3]) {MX}"
NAT = f"from nat (unknown [10.0.0.1]) by mx.example.net (Postfix) with ESMTP id 4A0D1F; {DAY}10:00:02 +0000"
STRANGER = (
    f"from bank.test (bank.test [22.2.2.2]) by mail.bank.test (Postfix) with ESMTP id 4B0D1F; {DAY}09:59:00 +0000"
)


def test_a_field_of_the_receiver_that_names_another_client_contradicts_the_line() -> None:
    verdict = decide("Received-SPF: Pass (example.net: x) client-ip=22.9.9.9;", BOT)
    assert handover(verdict) == ("28.1.2.3", "contradicted", 0)
    assert claimed(verdict) == ("28.1.2.3", "contradicted", 0)
    assert verdict.findings == ["client-ip-disagrees"]
    assert "but received-spf above it, the receiver's own too, names 22.9.9.9" in verdict.handover_reason


def test_a_line_that_one_of_two_fields_of_the_receiver_confirms_is_not_contradicted() -> None:
    results = "Authentication-Results: mx.example.net; spf=pass smtp.remote-ip=28.1.2.3"
    verdict = decide("Received-SPF: Pass (example.net: x) client-ip=22.9.9.9;", results, BOT)
    assert handover(verdict) == ("28.1.2.3", "vouched", 0)
    assert verdict.findings == ["client-ip-disagrees"]
    assert verdict.client_ip is None


def test_a_field_that_another_signed_neither_confirms_nor_contradicts_and_is_named() -> None:
    verdict = decide("Authentication-Results: mx.forwarder.example; spf=pass smtp.remote-ip=22.9.9.9", BOT)
    assert handover(verdict) == ("28.1.2.3", "vouched", 0)
    assert verdict.findings == []
    assert verdict.client_fields == []
    assert (
        "authentication-results above it is left out: it is signed by mx.forwarder.example" in verdict.handover_reason
    )


@pytest.mark.parametrize(
    ("field", "grade"),
    [
        ("Authentication-Results: mx.example.net; spf=pass smtp.remote-ip=22.2.2.2", "corroborated"),
        ("ARC-Authentication-Results: i=1; mx.example.net; spf=pass smtp.remote-ip=22.2.2.2", "corroborated"),
        ("Authentication-Results: mail.bank.test.example; spf=pass smtp.remote-ip=22.2.2.2", "claimed"),
        ("Authentication-Results: spf=pass (sender IP is 22.2.2.2)", "claimed"),
        ("X-Originating-IP: [22.2.2.2]", "claimed"),
    ],
)
def test_a_doubtful_way_down_is_made_good_by_what_the_receiver_signed(field: str, grade: str) -> None:
    assert handover(decide(field, NAT, STRANGER)) == ("22.2.2.2", grade, 1)


def test_below_the_doubtful_step_a_stranger_may_have_written_in_the_receivers_name() -> None:
    field = "Authentication-Results: mx.example.net; spf=pass smtp.remote-ip=22.2.2.2"
    verdict = decide(NAT, field, STRANGER)
    assert handover(verdict) == ("22.2.2.2", "claimed", 1)
    assert verdict.client_fields == []


def test_the_receivers_own_web_page_hands_over_its_users_mail() -> None:
    verdict = decide(
        "from 28.1.2.3 (SquirrelMail authenticated user bob) by www.example.net with HTTP; "
        "Mon, 5 Jan 2026 10:00:00 +0000 (UTC)"
    )
    assert handover(verdict) == ("28.1.2.3", "vouched", 0)
    assert (
        "28.1.2.3 was the client of its web page, authenticated as one of the receiver's own" in verdict.handover_reason
    )


# --- what the fields of webmail, scripts, lists and bulk mailers say of the origin ------------------------------

RELAY = f"from out1.provider.test (out1.provider.test [28.3.3.3]) {MX}"
WEB = f"from [22.4.4.4] by web7.provider.test with HTTP; {DAY}09:59:00 +0000"
INSIDE = f"from web7 (unknown [10.0.0.7]) by out1.provider.test (Postfix) with ESMTP id 4B0D1F; {DAY}09:59:00 +0000"


def test_the_peer_of_a_line_of_a_web_page_is_somebodys_browser() -> None:
    verdict = decide(RELAY, WEB, "X-Originating-IP: [22.4.4.4]")
    assert claimed(verdict) == ("22.4.4.4", "claimed", 1)
    assert verdict.origin_rule == "claimed-chain"
    assert "written by web7.provider.test, names 22.4.4.4 as the client of its web page" in verdict.origin_reason
    assert verdict.origin_reason.endswith("x-originating-ip names the same address")


def test_a_field_says_no_more_than_the_boundary_line_that_names_the_same_address() -> None:
    verdict = decide(BOT, "X-Originating-IP: 28.1.2.3")
    assert claimed(verdict) == ("28.1.2.3", "vouched", 0)
    assert verdict.origin_rule == "handover-is-earliest"


def test_several_fields_that_name_different_machines_cancel_one_another() -> None:
    verdict = decide(RELAY, INSIDE, "X-Originating-IP: [22.4.4.4]", "X-Originating-IP: [22.5.5.5]")
    assert claimed(verdict) == ("28.3.3.3", "vouched", 0)
    assert verdict.findings == ["originating-fields-disagree"]


def test_a_field_alone_names_nobody_behind_a_public_machine_that_is_no_web_page() -> None:
    verdict = decide(BOT, "X-Originating-IP: [22.4.4.4]")
    assert claimed(verdict) == ("28.1.2.3", "vouched", 0)
    assert verdict.origin_reason.endswith("x-originating-ip names 22.4.4.4, to which no line leads")


@pytest.mark.parametrize(
    "lines",
    [
        (RELAY, "User-Agent: Roundcube Webmail/1.4.15"),
        (f"from webmail.provider.test (webmail.provider.test [28.3.3.3]) {MX}",),
    ],
)
def test_behind_the_server_of_a_web_page_the_field_names_the_author(lines: tuple[str, ...]) -> None:
    verdict = decide(*lines, "X-Originating-IP: [22.4.4.4]")
    assert claimed(verdict) == ("22.4.4.4", "claimed", None)
    assert verdict.origin_rule == "originating-field"


def test_a_field_that_a_known_provider_writes_is_called_its_own() -> None:
    pickup = f"from mail pickup service by hotmail.com with Microsoft SMTPSVC; {DAY}09:59:00 +0000"
    sender = f"from hotmail.com (dav39.law15.hotmail.com [28.3.3.3]) {MX}"
    verdict = decide(sender, pickup, "X-Originating-IP: [22.4.4.4]")
    assert claimed(verdict) == ("22.4.4.4", "claimed", None)
    assert verdict.origin_reason.startswith("x-originating-ip, a field of Hotmail (before Outlook.com), names 22.4.4.4")
    assert decide(RELAY, INSIDE, "X-Originating-IP: [22.4.4.4]").origin_reason.startswith("x-originating-ip names")


def test_a_field_below_a_chain_that_breaks_names_nobody() -> None:
    verdict = decide(RELAY, STRANGER, "User-Agent: Roundcube Webmail/1.4.15", "X-Originating-IP: [22.4.4.4]")
    assert claimed(verdict) == ("28.3.3.3", "vouched", 0)
    assert verdict.origin_rule == "chain-broken"


SCRIPT = f"from shop by out1.provider.test with local (Exim 4.96) id 1vchNY-0001xy-2Z; {DAY}10:00:00 +0000"


def test_a_script_on_a_web_host_made_the_message() -> None:
    verdict = decide(RELAY, SCRIPT, "X-PHP-Originating-Script: 1081:form.php")
    assert claimed(verdict) == ("28.3.3.3", "vouched", 0)
    assert "x-php-originating-script says that a script on a web host made the message" in verdict.origin_reason


def test_the_web_client_of_a_script_is_a_claim() -> None:
    verdict = decide(RELAY, SCRIPT, "X-PHP-Script: shop.test/form.php for 22.4.4.4, 22.4.4.4")
    assert claimed(verdict) == ("22.4.4.4", "claimed", None)
    assert verdict.origin_rule == "script-client"


def test_a_script_field_names_nobody_where_a_client_from_outside_handed_the_message_in() -> None:
    submitted = f"from pc (dsl.isp.example [22.5.5.5]) by out1.provider.test with ESMTPSA id 4B0D1F; {DAY}09:59 +0000"
    verdict = decide(RELAY, submitted, "X-PHP-Script: shop.test/form.php for 22.4.4.4")
    assert claimed(verdict) == ("22.5.5.5", "claimed", 1)


def test_the_account_that_handed_the_message_in_is_pointed_at() -> None:
    verdict = decide(RELAY, SCRIPT, "X-Authenticated-Sender: out1.provider.test: shop")
    assert verdict.origin_reason.endswith("x-authenticated-sender names the account that handed the message in")


LIST = ("List-Id: Talk of the town <talk.provider.test>", "X-Mailman-Version: 2.1.39")


def test_mail_that_a_list_hands_over_is_said_to_be() -> None:
    author = f"from desk (dsl.isp.example [22.4.4.4]) by out1.provider.test (Postfix) id 4B0D1F; {DAY}09:59 +0000"
    verdict = decide(RELAY, author, *LIST)
    assert claimed(verdict) == ("22.4.4.4", "claimed", 1)
    assert "the message was handed over by the mailing list talk.provider.test (Mailman)" in verdict.origin_reason
    elsewhere = decide(BOT, *LIST)
    assert "by its own fields the message came through the mailing list talk.provider" in elsewhere.origin_reason


def test_a_bulk_mailer_does_not_state_its_customers_address() -> None:
    verdict = decide(f"from a1-2.smtp-out.amazonses.com (a1-2.smtp-out.amazonses.com [54.240.1.10]) {MX}")
    assert claimed(verdict) == ("54.240.1.10", "vouched", 0)
    assert verdict.origin_reason.endswith("by the bulk mailer Amazon SES, whose customer's address is not stated")
    bot = decide(f"from a1-2.smtp-out.amazonses.com (pool-7.isp.example [28.1.2.3]) {MX}")
    assert bot.origin_reason.endswith("the peer calls itself a server of the bulk mailer Amazon SES")


def test_an_address_of_a_provider_is_said_to_be_one() -> None:
    verdict = decide(f"from mail-ej1-f41.google.com (mail-ej1-f41.google.com [209.85.218.41]) {MX}")
    assert verdict.origin_reason.endswith("209.85.218.41 is a server of Google, which names no earlier client")


def test_a_step_between_servers_of_one_house_names_no_sender() -> None:
    lines = (RELAY, f"from x (x [22.4.4.4]) by out1.provider.test (Postfix) with QMQP id 4B0D1F; {DAY}09:59:00 +0000")
    assert claimed(decide(*lines)) == ("28.3.3.3", "vouched", 0)
    assert decide(*lines).origin_rule == "handover-is-earliest"
    assert claimed(decide(*lines, "X-Originating-IP: [22.5.5.5]")) == ("22.5.5.5", "claimed", None)


def test_an_arc_set_below_the_boundary_is_named_and_changes_no_grade() -> None:
    line = f"from desk (dsl.isp.example [22.4.4.4]) by out1.provider.test (Postfix) id 4B0D1F; {DAY}09:59 +0000"
    sealed = "ARC-Authentication-Results: i=1; mx.provider.test; spf=pass smtp.remote-ip=22.4.4.4"
    verdict = decide(RELAY, line, sealed)
    assert claimed(verdict) == ("22.4.4.4", "claimed", 1)
    assert "ARC set 1 of mx.provider.test, whose seal was not checked, says the same" in verdict.origin_reason
    assert "ARC" not in decide(RELAY, line, sealed.replace("mx.provider.test", "mx.bank.test")).origin_reason


def test_nothing_that_a_sender_can_write_makes_his_claim_stronger() -> None:
    forged = (
        "Authentication-Results: mx.example.net; spf=pass smtp.remote-ip=22.2.2.2",
        "ARC-Authentication-Results: i=1; mx.example.net; spf=pass smtp.remote-ip=22.2.2.2",
        "Received-SPF: pass (example.net: x) receiver=mx.example.net; client-ip=22.2.2.2",
        "X-Originating-IP: [22.2.2.2]",
        "X-PHP-Script: bank.test/x.php for 22.2.2.2",
        "X-Sender-IP: 22.2.2.2",
        *LIST,
    )
    verdict = decide(BOT, f"from desk ([22.2.2.2]) by bot (Postfix) with ESMTP id 4B0D1F; {DAY}09:59 +0000", *forged)
    assert handover(verdict) == ("28.1.2.3", "vouched", 0)
    assert verdict.origin_grade == "claimed"
    assert verdict.client_fields == []


def test_a_field_below_the_boundary_says_nothing() -> None:
    verdict = decide(
        f"from bot (pool-7.isp.example [28.1.2.3]) {MX}",
        "Received-SPF: Pass (example.net) client-ip=22.9.9.9;",
    )
    assert verdict.findings == []


def test_a_line_dated_well_after_the_newer_one_is_noted() -> None:
    verdict = decide(
        f"from relay.bank.test (relay.bank.test [28.1.2.3]) {MX}",
        f"from desk (desk.bank.test [22.2.2.2]) by relay.bank.test (Postfix) with ESMTP id 4B0D1F; {DAY}12:59:00 +0000",
    )
    assert claimed(verdict) == ("22.2.2.2", "claimed", 1)
    assert verdict.findings == ["time-reversed"]
