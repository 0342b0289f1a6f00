"""The lines below the boundary, as far as they hold together: which address they lead to, and what ends them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from attribution import headers, origin
from attribution.limits import Limits
from attribution.origin.claims import follow
from attribution.origin.receiver import Receivers

if TYPE_CHECKING:
    from attribution.models import Verdict

PEER = "192.0.2.25"
AUTHOR = "198.51.100.9"
HERE = Receivers()


def at(hour: int, minute: int = 0, day: int = 5, zone: str = "+0000") -> str:
    return f"{day} Jan 2026 {hour:02}:{minute:02}:00 {zone}"


def postfix(peer: str, by: str, date: str | None = None) -> str:
    return f"from {peer} by {by} (Postfix) with ESMTP id 4A5C1F; {date or at(10)}"


def handed_over(peer: str = "relay.shop.example", verified: bool = True, ip: str = PEER) -> str:
    """Return the boundary line: a server of the receiver, example.net, records the peer."""
    return postfix(f"{peer} ({peer if verified else 'unknown'} [{ip}])", "mx.example.net", at(10, 1))


def author(by: str, date: str | None = None) -> str:
    return postfix(f"desk (dsl-9.isp.example [{AUTHOR}])", by, date)


def decide(*lines: str, receivers: Receivers = HERE) -> Verdict:
    data = "".join(f"Received: {line}\r\n" for line in lines) + "Subject: hello\r\n\r\nbody"
    block = headers.read_block(data.encode(), Limits())
    hops = headers.hops(block, Limits())
    assert all(hop.status != "unknown" for hop in hops), [hop.raw for hop in hops if hop.status == "unknown"]
    return origin.decide(block, hops, receivers)


def origin_of(*lines: str, receivers: Receivers = HERE) -> tuple[str | None, str, str]:
    verdict = decide(*lines, receivers=receivers)
    assert (verdict.handover_ip, verdict.handover_grade, verdict.handover_hop) == (PEER, "vouched", 0)
    return verdict.origin_ip, verdict.origin_grade, verdict.origin_rule


FOLLOWED = (AUTHOR, "claimed", "claimed-chain")


def stops(rule: str) -> tuple[str, str, str]:
    """Return what comes out where the claims end at once: the handover."""
    return PEER, "vouched", rule


# --- clocks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "date",
    [
        pytest.param(at(12), id="two hours ahead: a clock that keeps local time and calls it UTC"),
        pytest.param(at(10, 1, zone="-0800"), id="eight hours ahead: the zone of another place"),
        pytest.param(at(11, 30, day=6), id="25 hours ahead: from the one end of the zones to the other"),
    ],
)
def test_a_clock_with_the_wrong_zone_is_noted_and_the_names_decide(date: str) -> None:
    lines = (handed_over(), author("relay.shop.example", date))
    assert origin_of(*lines) == FOLLOWED
    assert decide(*lines).findings == ["time-reversed"]


@pytest.mark.parametrize("date", [at(12, 30, day=6), at(10, day=9)])
def test_what_no_zone_explains_ends_the_claims(date: str) -> None:
    lines = (handed_over(), author("relay.shop.example", date))
    assert origin_of(*lines) == stops("time-reversed")
    assert decide(*lines).findings == ["time-reversed"]


def test_a_learnt_error_is_taken_off_before_zones_are_thought_of() -> None:
    lines = (handed_over(), author("relay.shop.example", at(10, day=7)))
    skewed = Receivers(skews={"relay.shop.example": timedelta(hours=24)})
    assert origin_of(*lines) == stops("time-reversed")
    assert origin_of(*lines, receivers=skewed) == FOLLOWED


def test_a_line_that_runs_backwards_and_was_written_by_another_host_has_both_faults() -> None:
    lines = (handed_over(), author("mail.bank.example", at(12)))
    assert origin_of(*lines) == stops("chain-broken")
    assert decide(*lines).findings == ["time-reversed", "chain-broken"]


@pytest.mark.parametrize("by", ["mailstore-3", "10.0.0.4", "smtp.shop.prv", "203.0.113.77"])
@pytest.mark.parametrize("date", [at(9), at(12)])
def test_what_runs_backwards_must_be_tied_by_more_than_a_name_that_contradicts_nothing(by: str, date: str) -> None:
    inner = postfix("filter (localhost [127.0.0.1])", "relay.shop.example", at(10))
    lines = (handed_over(), inner, author(by, date))
    assert origin_of(*lines) == (FOLLOWED if date == at(9) else stops("chain-broken"))


def test_an_inner_step_of_one_house_is_tied_by_its_domain() -> None:
    inner = postfix("gate (unknown [10.0.0.7])", "relay.shop.example", at(10))
    assert origin_of(handed_over(), inner, author("gate.shop.example", at(12))) == FOLLOWED


def test_any_large_providers_name_makes_a_good_helo_and_ties_nothing_that_runs_backwards() -> None:
    bot = f"from yahoo.com ([{AUTHOR}]) by relay.shop.example (8.9.3/8.9.3) with SMTP id OAA23640; {at(10)}"
    forged = f"from 203.0.113.8 ([203.0.113.8]) by rly-yk04.mx.aol.com with SMTP; {at(16)}"
    assert origin_of(handed_over(), bot, forged)[0] == AUTHOR


# --- steps inside one house ----------------------------------------------------------------------------------------

GROUPS = "n6.grp.scd.yahoo.com"


def groups(*below: str) -> tuple[str, ...]:
    """Return a message that Yahoo Groups handed over, with what stands below its newest line."""
    return (handed_over(GROUPS), f"from [203.0.113.94] by {GROUPS} with NNFMP; 05 Jan 2026 10:00:05 -0000", *below)


QUEUED = (
    "(qmail 63899 invoked from network); 5 Jan 2026 10:00:03 -0000",
    "from unknown (203.0.113.16) by m9.grp.scd.yahoo.com with QMQP; 5 Jan 2026 10:00:03 -0000",
)


def test_a_step_between_servers_of_one_house_needs_no_name_of_the_peer() -> None:
    taken_in = f"from unknown (HELO desk) ({AUTHOR}) by mta1.grp.scd.yahoo.com with SMTP; 5 Jan 2026 10:00:02 -0000"
    assert origin_of(*groups(*QUEUED, taken_in)) == FOLLOWED


def test_a_step_between_servers_of_one_house_leads_to_no_other() -> None:
    verdict = decide(*groups(author("mail.bank.example")))
    assert (verdict.origin_ip, verdict.origin_rule) == (PEER, "chain-broken")


def test_a_client_that_came_by_smtp_without_a_name_leads_to_no_other_server_of_the_house() -> None:
    bot = postfix(f"bot (unknown [{AUTHOR}])", "relay.shop.example")
    forged = postfix("mail.bank.example (mail.bank.example [203.0.113.66])", "mx2.shop.example")
    verdict = decide(handed_over(), bot, forged)
    assert (verdict.origin_ip, verdict.findings) == (AUTHOR, ["chain-broken"])


# MessageLabs' servers know one another by public addresses alone.
TOWER = f"from desk (HELO desk) ({AUTHOR}) by server-9.tower-72.messagelabs.com with SMTP; 5 Jan 2026 10:00:00 -0000"
QUEUE = "(qmail 88352 invoked from network); 5 Jan 2026 10:00:00 -0000"


def filtered(inner: str, below: str = TOWER) -> Verdict:
    """Return the verdict on mail that MessageLabs handed over, whose sending server had it from an address."""
    sent = f"from [{inner}] by server-9.bemta-5.messagelabs.com id A4/07-11450-8EA7A425; Mon, 5 Jan 2026 10:00:01 +0000"
    return decide(handed_over("mail1.bemta5.messagelabs.com", ip="195.245.231.147"), sent, QUEUE, below)


@pytest.mark.parametrize("inner", ["85.158.136.51:45951", "85.158.136.51"])
def test_an_address_of_a_provider_leads_to_its_own_line(inner: str) -> None:
    verdict = filtered(inner)
    assert (verdict.origin_ip, verdict.origin_grade, verdict.findings) == (AUTHOR, "claimed", [])


def test_an_address_of_a_provider_leads_to_nobody_elses_line() -> None:
    verdict = filtered("85.158.136.51", author("mail.bank.example"))
    assert (verdict.origin_ip, verdict.findings) == ("85.158.136.51", ["chain-broken"])


def test_a_gateway_in_the_networks_of_a_larger_provider_is_no_server_of_that_one() -> None:
    gate = handed_over("na3sys010amx101.postini.com", ip="74.125.245.101")
    verdict = decide(gate, author("mail-pw0-f52.google.com"))
    assert (verdict.origin_ip, verdict.findings) == ("74.125.245.101", ["chain-broken"])


def test_below_a_client_from_outside_a_providers_name_leads_nowhere() -> None:
    verdict = filtered("203.0.113.5")
    assert (verdict.origin_ip, verdict.findings) == ("203.0.113.5", ["chain-broken"])


def test_a_boundary_line_without_a_name_leads_to_the_line_of_the_provider_whose_address_it_records() -> None:
    verdict = decide(handed_over("pc7", verified=False, ip="195.245.231.147"), TOWER)
    assert (verdict.origin_ip, verdict.origin_grade, verdict.findings) == (AUTHOR, "claimed", [])
    verdict = decide(handed_over("pc7", verified=False), TOWER)
    assert (verdict.origin_ip, verdict.findings) == (PEER, ["chain-broken"])


# --- names that contradict nothing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["smtp-02.host.prv", "i-016fad.mta2.sd.prd.sparkpost", "mx.corp"])
def test_a_name_that_nobody_can_register_is_an_inner_name(by: str) -> None:
    local = f"by {by} (Postfix, from userid 490) id 8B1424025877; {at(10)}"
    assert origin_of(handed_over(), author(by)) == FOLLOWED
    assert origin_of(handed_over(), local, author(by)) == FOLLOWED


@pytest.mark.parametrize("by", ["smtp.other.test", "smtp.other.example", "smtp.other.com", "smtp.other.co.uk"])
def test_a_name_of_the_internet_is_another_host(by: str) -> None:
    assert origin_of(handed_over(), author(by)) == stops("chain-broken")


@pytest.mark.parametrize(
    "by",
    [
        "192.0.2.25-shop.com",
        "192-0-2-25.hosting.example",
        "vps-192-0-2-25.example.org",
        "[192.0.2.25]",
        "25.2.0.192.static.example.org",
        "h25-2-0-192.example.org",
    ],
)
def test_a_name_that_is_made_from_the_peers_address_is_the_peers(by: str) -> None:
    assert origin_of(handed_over("server7.hosting.test"), author(by)) == FOLLOWED


@pytest.mark.parametrize("by", ["192-0-2-250.hosting.example", "1192.0.2.25-shop.com", "192-0-2.hosting.example"])
def test_a_name_that_is_made_from_another_address_is_not(by: str) -> None:
    assert origin_of(handed_over("server7.hosting.test"), author(by)) == stops("chain-broken")


def test_a_machine_that_calls_itself_by_its_bare_name_is_the_one_of_that_name() -> None:
    assert origin_of(handed_over("mhb2", verified=False), author("MHB2.corp.example")) == FOLLOWED
    for other in ("mhb3.corp.example", "mhb2b.corp.example", "mail.mhb2.example"):
        assert origin_of(handed_over("mhb2", verified=False), author(other)) == stops("chain-broken")


def test_a_loopback_step_ties_two_names_of_one_server() -> None:
    def way(name: str, peer: str) -> tuple[str | None, str, str]:
        step = postfix(f"{name} ({peer})", "lists.corp.test")
        return origin_of(handed_over("lists.shop.example"), step, author("lists.corp.test"))

    assert way("lists.shop.example", "localhost [127.0.0.1]") == FOLLOWED
    assert way("lists.shop.example", "localhost [IPv6:::1]") == FOLLOWED
    assert way("localhost", "localhost [127.0.0.1]") == stops("chain-broken")
    assert way("lists.bank.example", "localhost [127.0.0.1]") == stops("chain-broken")
    assert way("lists.shop.example", "lists.shop.example [203.0.113.5]") == stops("chain-broken")


def test_a_step_on_the_machine_itself_ties_two_domains_of_one_host() -> None:
    def way(by: str, how: str = "") -> tuple[str | None, str, str]:
        step = f"{how}by int-mx1.corp.shop.example (8.11.6/8.11.6) id g8264fd32432; {at(10)}"
        return origin_of(handed_over(), step, author(by))

    assert way("int-mx1.corp.test") == FOLLOWED
    assert way("int-mx2.corp.test") == stops("chain-broken")
    assert way("bank.test") == stops("chain-broken")
    assert way("int-mx1.corp.test", "from int-mx7.shop.example (int-mx7.shop.example [203.0.113.7]) ")[0] != AUTHOR


def test_a_server_that_speaks_to_itself_by_its_public_address_says_no_more_than_by_loopback() -> None:
    web = f"from {AUTHOR} ( [{AUTHOR}]) as user ann@shop.example by webmail.other.example with HTTP; {at(10)}"
    itself = postfix(f"localhost (relay [{PEER}])", "relay.shop.example")
    another = postfix("localhost (relay [203.0.113.5])", "relay.shop.example")
    assert origin_of(handed_over(), itself, web) == FOLLOWED
    assert origin_of(handed_over(), another, web)[0] == "203.0.113.5"


@pytest.mark.parametrize("by", ["smtp.gmail.com", "AM2PR01MB0002.eurprd01.prod.outlook.com"])
def test_no_alias_makes_a_machine_a_large_provider(by: str) -> None:
    itself = postfix(f"localhost (relay [{PEER}])", "relay.shop.example")
    forged = f"from x ([203.0.113.5]) by {by} with ESMTP id 4A; {at(10)}"
    assert origin_of(handed_over(), itself, forged) == stops("forged-provider-hop")


# --- the receiver's own name below the boundary --------------------------------------------------------------------

OWN = postfix(f"desk (dsl-9.isp.example [{AUTHOR}])", "mail.example.net")


def test_a_line_in_the_receivers_name_below_a_stranger_ends_the_claims() -> None:
    for helo in ("relay.shop.example", "mail.example.net"):
        boundary = postfix(f"{helo} (pool-7.isp.example [{PEER}])", "mx.example.net", at(10, 1))
        assert origin_of(boundary, OWN) == stops("receiver-name-below-boundary")


@pytest.mark.parametrize("state", ["(may be forged)", ""])
def test_a_name_that_the_receiver_did_not_confirm_opens_nothing(state: str) -> None:
    peer = f"relay7.example.net [{PEER}] {state}" if state else f"unknown [{PEER}]"
    boundary = f"from relay7.example.net ({peer}) by mx.example.net (8.15.2/8.15.2) with ESMTP id 605A00; {at(10, 1)}"
    verdict = decide(boundary, OWN)
    assert (verdict.origin_ip, verdict.origin_rule) == (PEER, "receiver-name-below-boundary")


def test_behind_a_host_that_the_receiver_itself_calls_its_own_the_lines_are_claims() -> None:
    assert origin_of(handed_over("relay7.example.net"), OWN) == FOLLOWED
    assert decide(handed_over("relay7.example.net"), OWN).findings == []


@pytest.mark.parametrize("name", ["pool-7.example.net", "host-192-0-2-25.example.net", "lab4.example.net"])
def test_a_customer_or_guest_of_the_receiver_is_no_server_of_it(name: str) -> None:
    assert origin_of(handed_over(name), OWN) == stops("receiver-name-below-boundary")


def test_the_receivers_scanner_that_hands_the_message_back_leads_on() -> None:
    lines = (
        f"from scan.example.net ({PEER}) by mx.example.net with SMTP; 5 Jan 2026 10:00:09 -0000",
        postfix("mx.example.net (mx.example.net [203.0.113.20])", "scan.example.net"),
        "(qmail 4711 invoked by uid 505); 5 Jan 2026 10:00:00 -0000",
        author("mx.example.net"),
    )
    assert origin_of(*lines) == FOLLOWED


def test_a_claimed_line_does_not_confirm_the_receivers_name() -> None:
    forged = postfix("relay7.example.net (relay7.example.net [203.0.113.20])", "relay.shop.example")
    assert origin_of(handed_over(), forged, OWN) == ("203.0.113.20", "claimed", "claimed-chain")
    assert "receiver-name-below-boundary" in decide(handed_over(), forged, OWN).findings


# --- lines that name nobody ----------------------------------------------------------------------------------------

LOCAL = f"by spool.example.com (Postfix, from userid 500) id 27C6716F70; {at(10, 5)}"
STRANGER = postfix(f"relay.shop.example (relay.shop.example [{PEER}])", "mx.example.net", at(10, 1))
QMAIL = "(qmail 16811 invoked by uid 505); 5 Jan 2026 10:04:00 -0000"
SCANNER = (
    f"from bob@shop.example by mail.example.com by uid 500 with qmail-scanner-1.10 (F-PROT: 3.12. Clear:0. Processed "
    f"in 0.2 secs); {at(10, 4, zone='-0000')}"
)


@pytest.mark.parametrize(
    "above",
    [
        pytest.param((LOCAL,), id="a user's program sends a message of another mailbox again"),
        pytest.param((LOCAL, QMAIL), id="and a queue writes a line that names nobody"),
        pytest.param((QMAIL, SCANNER), id="a content filter of qmail"),
        pytest.param((QMAIL, SCANNER, QMAIL), id="between two lines of qmail's queue"),
    ],
)
def test_what_a_program_on_the_server_hands_in_leads_on_in_doubt(above: tuple[str, ...]) -> None:
    verdict = decide(*above, STRANGER)
    assert (verdict.handover_ip, verdict.handover_grade, verdict.handover_hop) == (PEER, "claimed", len(above))
    assert "a program on the machine handed the message in, and may have written that line" in verdict.handover_reason
    assert verdict.origin_grade == "claimed"


def test_a_line_of_the_same_server_is_no_stranger() -> None:
    own = postfix(f"relay.shop.example (relay.shop.example [{PEER}])", "mail.example.com", at(10, 1))
    for above in ((QMAIL, SCANNER), (QMAIL, SCANNER, QMAIL)):
        verdict = decide(*above, own)
        assert (verdict.handover_ip, verdict.handover_grade) == (PEER, "vouched")


@pytest.mark.parametrize("by", ["localhost", "mail", "10.0.0.4"])
def test_a_line_that_names_nobody_does_not_hide_that_an_inner_name_is_tied_to_nothing(by: str) -> None:
    forged = postfix("mail.bank.example (mail.bank.example [203.0.113.66])", by, at(10, 1))
    verdict = decide(LOCAL, QMAIL, forged)
    assert (verdict.handover_ip, verdict.handover_grade) == ("203.0.113.66", "claimed")


@pytest.mark.parametrize("how", ["SMTP", "ESMTP", "HTTP"])
def test_where_an_unknown_peer_connected_a_strangers_line_is_a_claim(how: str) -> None:
    verdict = decide(f"by spool.example.com with {how} id 27C6716F70; {at(10, 5)}", STRANGER)
    assert (verdict.handover_ip, verdict.handover_rule) == (None, "left-inside")
    assert (verdict.origin_ip, verdict.origin_grade) == (PEER, "claimed")


def test_a_boundary_without_a_peer_stays_blind_below_lines_that_name_nobody() -> None:
    blind = f"by spool.example.com with SMTP id 27C6716F70; {at(10, 5)}"
    verdict = decide(blind, STRANGER, QMAIL)
    assert verdict.origin_rule == "claim-without-handover"
    hops = headers.hops(
        headers.read_block(
            f"Received: {blind}\r\nReceived: {QMAIL}\r\nReceived: {STRANGER}\r\n\r\n".encode(), Limits()
        ),
        Limits(),
    )
    chain, broken = follow(hops[0], hops[1:], lambda _: False, blind=True)
    assert ([hop.hop for hop in chain], broken) == ([1, 2], None)


def test_a_message_that_a_program_made_has_no_handover() -> None:
    for lines in ((LOCAL,), (QMAIL, SCANNER), (LOCAL, QMAIL)):
        assert decide(*lines).handover_rule == "made-inside"


def test_a_line_of_nobodys_form_below_a_local_one_is_not_the_receivers() -> None:
    block = headers.read_block(f"Received: {LOCAL}\r\nReceived: what this is\r\n\r\nbody".encode(), Limits())
    verdict = origin.decide(block, headers.hops(block, Limits()), HERE)
    assert (verdict.handover_ip, verdict.handover_rule) == (None, "left-inside")


def test_a_server_that_masks_octets_may_write_its_own_name_so() -> None:
    line = f"from unknown (HELO desk) ({AUTHOR}) by b??cher.example with SMTP; {at(10)}"
    assert origin_of(handed_over("xn--bcher-kva.example"), line) == FOLLOWED
    assert origin_of(handed_over("bcher.example"), line) == stops("chain-broken")
