from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from attribution import headers, origin
from attribution.limits import Limits
from attribution.origin.authserv import arc_instance, is_receivers, same_signer, signer_of
from attribution.origin.profiles import profiles
from attribution.origin.statements import (
    client_statements,
    originating_addresses,
    script_client,
    sealed_by,
)
from attribution.origin.walk import receiver_for

if TYPE_CHECKING:
    from attribution.models import HeaderBlock, Hop, Verdict

DATE = "Mon, 5 Jan 2026 10:00:00 +0000"
PEER = "from mail.shop.example (mail.shop.example [28.1.2.3])"
LINE = f"{PEER} by mx.example.net (Postfix) with ESMTP id 4AbC1 for <ann@customer.example>; {DATE}"
TABLE = tomllib.loads((files("attribution.origin") / "authserv.toml").read_text("utf-8"))


def read(*lines: str) -> tuple[HeaderBlock, list[Hop]]:
    """Read a header; lines without a field name are Received values."""
    data = "".join(f"Received: {line}\r\n" if line.startswith(("from ", "by ")) else f"{line}\r\n" for line in lines)
    block = headers.read_block(data.encode() + b"\r\nbody", Limits())
    return block, headers.hops(block, Limits())


def said(*fields: str, line: str = LINE, receiver: str = "example.net") -> list[tuple[str, str, bool]]:
    """Return what fields above a boundary line say of the client: field, address, whether the receiver says it."""
    block, hops = read(*fields, line)
    found = client_statements(block.fields[: hops[0].field], hops[0], hops, receiver_for(receiver))
    return [(item.field, item.ip, item.is_receivers) for item in found]


def decide(*lines: str, trust: tuple[str, ...] = ()) -> Verdict:
    block, hops = read(*lines)
    return origin.decide(block, hops, origin.learn_receivers([], origin.read_trust(trust)))


# --- who signed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", TABLE["example"], ids=lambda example: example["field"][:60])
def test_a_field_names_its_signer_and_the_client_as_its_example_says(example: dict[str, Any]) -> None:
    key, _, value = example["field"].partition(":")
    assert (signer_of(key.lower(), value) or "") == example["signer"]
    _, hops = read(LINE.replace("28.1.2.3", example["ip"] or "28.1.2.3"))
    field = read(example["field"])[0].fields
    found = client_statements(field, hops[0], hops, receiver_for("example.net"))
    assert [item.ip for item in found] == ([example["ip"]] if example["ip"] else [])
    assert all(example["field"][item.start : item.end] == example["ip"] for item in found)


def test_every_provider_that_signs_in_another_name_has_a_profile() -> None:
    known = {profile.id for profile in profiles()}
    assert {entry["profile"] for entry in TABLE["provider"]} <= known
    assert all(set(entry) <= {"profile", "ids", "unsigned"} for entry in TABLE["provider"])


@pytest.mark.parametrize(
    ("signer", "receiver", "own"),
    [
        ("mx.example.net", "example.net", True),
        ("example.net", "example.net", True),
        ("customer.example", "example.net", True),  # whose mail it is, by the `for` clause of its line
        ("mx.forwarder.example", "example.net", False),
        ("notexample.net", "example.net", False),
        ("mx.google.com", "google.com", True),
        ("mx.microsoft.com", "outlook.com", True),
        ("mx.microsoft.com", "example.net", False),
    ],
)
def test_the_receiver_signs_with_its_own_name(signer: str, receiver: str, own: bool) -> None:
    _, hops = read(LINE)
    assert is_receivers("authentication-results", signer, receiver_for(receiver), hops) is own


def test_results_that_nobody_signs_are_one_providers_habit() -> None:
    line = f"{PEER} by AB1EUR01FT004.mail.protection.outlook.com (10.152.1.2) with Microsoft SMTP Server; {DATE}"
    field = "Authentication-Results: spf=pass (sender IP is 28.1.2.3) smtp.mailfrom=shop.example"
    assert said(field, line=line, receiver="outlook.com") == [("authentication-results", "28.1.2.3", True)]
    assert said(field) == [("authentication-results", "28.1.2.3", False)]


def test_a_received_spf_that_names_no_receiver_is_the_receivers_by_its_place() -> None:
    assert said("Received-SPF: pass (mailfrom) client-ip=28.1.2.3") == [("received-spf", "28.1.2.3", True)]
    assert said("Received-SPF: pass client-ip=28.1.2.3; receiver=mx.other.example") == [
        ("received-spf", "28.1.2.3", False)
    ]


@pytest.mark.parametrize(
    ("signer", "host", "same"),
    [
        ("mx.google.com", "smtp.gmail.com", True),
        ("mx.microsoft.com", "AB1PR01MB0001.eurprd01.prod.outlook.com", True),
        ("mx1.forwarder.example", "mx2.forwarder.example", True),
        ("mx.google.com", "mx.forwarder.example", False),
    ],
)
def test_a_server_signs_with_a_name_of_its_organisation(signer: str, host: str, same: bool) -> None:
    assert same_signer(signer, host) is same


# --- the client -------------------------------------------------------------------------------------------------


def test_a_field_that_names_two_addresses_says_nothing() -> None:
    field = "Authentication-Results: mx.example.net; iprev=pass policy.iprev=28.1.2.3; x=y smtp.remote-ip=22.2.2.2"
    assert said(field) == []


def test_a_folded_field_is_read_across_its_fold() -> None:
    field = (
        "ARC-Authentication-Results: i=1; mx.example.net; spf=pass (sender ip\r\n is 28.1.2.3) smtp.mailfrom=x.example"
    )
    assert said(field) == [("arc-authentication-results", "28.1.2.3", True)]


def test_a_field_on_a_step_between_the_receivers_own_servers_does_not_speak_of_the_client() -> None:
    block, hops = read(
        "Received-SPF: none client-ip=28.7.7.7; receiver=store.example.net",
        "Received-SPF: none client-ip=10.0.0.9; receiver=store.example.net",
        f"from mx.example.net (mx.example.net [28.7.7.7]) by store.example.net (Postfix) with ESMTP id 4A; {DATE}",
        LINE,
    )
    assert client_statements(block.fields[: hops[1].field], hops[1], hops, receiver_for("example.net")) == []


@pytest.mark.parametrize(
    ("receiver", "by", "said_by"),
    [
        ("yahoo.com", "10.217.1.2", ["x-originating-ip"]),
        ("messagelabs.com", "server-1.tower-100.messagelabs.com", ["x-originating-ip"]),
        ("example.net", "mx.example.net", []),
    ],
)
def test_x_originating_ip_above_the_line_is_the_client_where_that_provider_wrote_the_line(
    receiver: str, by: str, said_by: list[str]
) -> None:
    line = f"{PEER} by {by} with ESMTP id 4AbC1; {DATE}"
    assert [name for name, _, _ in said("X-Originating-IP: [28.1.2.3]", line=line, receiver=receiver)] == said_by


# --- the author's machine ---------------------------------------------------------------------------------------


def authors(*lines: str) -> tuple[str | None, str | None, bool]:
    block, hops = read(LINE, *lines)
    found = originating_addresses(block.fields[hops[0].field + 1 :], {field.key for field in block.fields}, hops)
    client, repeated = (None if item is None else item.ip for item in (found.client, found.repeated))
    return client, repeated, found.disagree


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["X-Originating-IP: [22.4.4.4]"], ("22.4.4.4", None, False)),
        (["X-OriginatingIP: 22.4.4.4 (bob)"], ("22.4.4.4", None, False)),
        (["X-Originating-IP: 22.4.4.4", "X-Source-IP: 22.4.4.4"], ("22.4.4.4", None, False)),
        (["X-Originating-IP: [10.1.2.3]"], (None, None, False)),
        (["X-Originating-IP: []"], (None, None, False)),
        (["X-Originating-IP: [28.1.2.3]"], (None, "28.1.2.3", False)),
        (["X-Originating-IP: [28.1.2.3]", "x-originating-ip: [22.4.4.4]"], ("22.4.4.4", "28.1.2.3", False)),
        (["X-Originating-IP: 22.4.4.4", "X-Originating-IP: 22.5.5.5"], (None, None, True)),
        (["X-Mailer: 22.4.4.4"], (None, None, False)),
    ],
)
def test_fields_of_webmail_servers_name_the_author(
    fields: list[str], expected: tuple[str | None, str | None, bool]
) -> None:
    assert authors(*fields) == expected


@pytest.mark.parametrize(
    ("value", "ip"),
    [
        ("www.shop.example/form.php for 22.4.4.4", "22.4.4.4"),
        ("www.shop.example/form.php for 22.4.4.4, 22.4.4.4", "22.4.4.4"),
        ("www.shop.example/form.php for 2001:db8::7", "2001:db8::7"),
        ("www.shop.example/form.php for 22.4.4.4, 22.5.5.5", None),
        ("www.shop.example/form.php for 127.0.0.1", None),
        ("www.shop.example/form.php for a friend", None),
        ("www.shop.example/22.4.4.4.php", None),
    ],
)
def test_x_php_script_names_the_web_client_that_ran_the_script(value: str, ip: str | None) -> None:
    block, _ = read(f"X-PHP-Script: {value}")
    found = script_client(block.fields, {"x-php-script"})
    assert (found.ip if found else None) == ip
    if found is not None:
        assert f"X-PHP-Script: {value}"[found.start : found.end] == ip


# --- ARC --------------------------------------------------------------------------------------------------------

SEALED = "ARC-Authentication-Results: i=1; {}; spf=pass (sender ip is 22.2.2.2) smtp.mailfrom=bank.test"


@pytest.mark.parametrize(
    ("signer", "peer", "sealed"),
    [
        ("mx.forwarder.example", "22.2.2.2", ("mx.forwarder.example", 1)),
        ("mx.other.example", "22.2.2.2", None),
        ("mx.forwarder.example", "22.3.3.3", None),
    ],
)
def test_an_arc_set_supports_the_line_that_its_signer_wrote_of_the_same_peer(
    signer: str, peer: str, sealed: tuple[str, int] | None
) -> None:
    line = f"from relay.bank.test (relay.bank.test [{peer}]) by mx.forwarder.example (Postfix) with ESMTP id 4B; {DATE}"
    block, hops = read(LINE, line, SEALED.format(signer))
    assert sealed_by(block.fields, {field.key for field in block.fields}, hops[1]) == sealed


@pytest.mark.parametrize(
    ("value", "number"),
    [(" i=1; mx.example.net; none", 1), ("i = 12 ;x", 12), ("mx.example.net; none", None), ("", None)],
)
def test_an_arc_set_has_a_number(value: str, number: int | None) -> None:
    assert arc_instance(value) == number


def test_the_receivers_own_arc_set_confirms_the_client_and_a_senders_does_not() -> None:
    own = "ARC-Authentication-Results: i=2; mx.example.net; spf=pass smtp.remote-ip=28.1.2.3"
    assert said(own, SEALED.format("mx.bank.test")) == [
        ("arc-authentication-results", "28.1.2.3", True),
        ("arc-authentication-results", "22.2.2.2", False),
    ]
    assert decide(LINE, SEALED.format("mx.example.net")).client_fields == []


# --- hostile fields -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "(" * 60_000,
        "(a:" * 20_000,
        "client-ip=" * 6_000,
        " client-ip=1.2.3.4" * 3_000,
        "(sender ip is " * 4_000,
        "(x: domain of " + "a" * 60_000,
        "receiver=" * 6_000,
        "i=1;" * 15_000,
        "x" * 60_000,
        '"' * 60_000,
        ":" * 60_000,
        " for 1.2.3.4," * 5_000,
    ],
    ids=lambda value: value[:14],
)
@pytest.mark.parametrize(
    "name",
    [
        "Authentication-Results",
        "ARC-Authentication-Results",
        "Received-SPF",
        "X-Originating-IP",
        "X-PHP-Script",
        "List-Id",
    ],
)
def test_nothing_that_a_field_holds_raises_or_names_a_client(name: str, value: str) -> None:
    verdict = decide(f"{name}: {value}", LINE, f"{name}: {value}", "List-Post: <mailto:a@b.example>")
    assert verdict.handover_ip == "28.1.2.3"
