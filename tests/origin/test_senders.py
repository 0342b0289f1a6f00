from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from attribution import headers
from attribution.headers.dialect_table import read_dialects
from attribution.limits import Limits
from attribution.models import HeaderBlock, Hop
from attribution.origin.profiles import profiles
from attribution.origin.senders import (
    account_field,
    author_fields,
    bulk_mailer,
    is_inner_step,
    is_list_server,
    is_web_page,
    is_webmail_host,
    list_software,
    mailing_list,
    provider_of_address,
    script_field,
    webmail_field,
)
from attribution.origin.statements import originating_addresses

TABLE = tomllib.loads((files("attribution.origin") / "senders.toml").read_text("utf-8"))


def read(*lines: str) -> HeaderBlock:
    return headers.read_block("".join(f"{line}\r\n" for line in lines).encode() + b"\r\nbody", Limits())


def hop(line: str) -> Hop:
    block = headers.read_block(f"Received: {line}; Mon, 5 Jan 2026 10:00:00 +0000\r\n\r\n".encode(), Limits())
    return headers.hops(block, Limits())[0]


def found_list(*lines: str) -> tuple[str, str] | None:
    block = read(*lines)
    return mailing_list(block.fields, {field.key for field in block.fields})


def found_script(*lines: str) -> str | None:
    block = read(*lines)
    return script_field(block.fields, {field.key for field in block.fields})


@pytest.mark.parametrize("entry", TABLE["list"], ids=lambda entry: entry["example"][:40])
def test_list_software_is_known_by_its_fields(entry: dict[str, Any]) -> None:
    key, _, value = entry["example"].partition(":")
    assert list_software(key.lower(), value) == entry["name"]
    key, _, value = entry["differ"].partition(":")
    assert list_software(key.lower(), value) != entry["name"]


@pytest.mark.parametrize("entry", TABLE["script"], ids=lambda entry: entry["field"])
def test_scripts_on_web_hosts_are_known_by_fields_that_are_not_empty(entry: dict[str, str]) -> None:
    assert found_script(entry["example"]) == entry["field"].lower()
    assert found_script(entry["differ"]) is None


@pytest.mark.parametrize("entry", TABLE["account"], ids=lambda entry: entry["field"])
def test_accounts_are_named_by_fields_that_are_not_empty(entry: dict[str, str]) -> None:
    for line, expected in ((entry["example"], entry["field"].lower()), (entry["differ"], None)):
        block = read(line)
        assert account_field(block.fields, {field.key for field in block.fields}) == expected


@pytest.mark.parametrize("entry", TABLE["author"], ids=lambda entry: entry["field"])
def test_fields_of_submission_servers_name_the_author(entry: dict[str, str]) -> None:
    assert entry["says"].endswith(".")
    block = read(entry["example"])
    assert block.fields[0].key in author_fields()
    found = originating_addresses(block.fields, {block.fields[0].key}, [])
    assert found.client is not None
    assert found.client.ip == "192.0.2.7"


@pytest.mark.parametrize("entry", TABLE["webmail"], ids=["webmail"])
def test_web_pages_are_known_by_what_a_message_says_of_its_program(entry: dict[str, str]) -> None:
    assert webmail_field(read(entry["example"]).fields) == "user-agent"
    assert webmail_field(read(entry["differ"]).fields) is None


def test_the_table_names_profiles_and_dialects_that_exist() -> None:
    ids = {profile.id for profile in profiles()}
    hosts = {host: profile.id for profile in profiles() for host in profile.hosts}
    for entry in TABLE["bulk"]:
        assert set(entry) in ({"name", "profile"}, {"name", "hosts"})
        assert entry.get("profile", "google") in ids
        assert not set(entry.get("hosts", [])) & set(hosts), "a host of a profile stands there and not here"
    folder = files("attribution.headers") / "dialects"
    tables = [read_dialects(path.read_text("utf-8"), path.name) for path in folder.iterdir()]
    known = {dialect.id for table in tables for dialect in table}
    assert set(TABLE["webmail"][0]["dialects"]) | set(TABLE["webmail"][0]["inside"]) <= known
    assert all(entry["source"] for entry in TABLE["inner_protocol"])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["List-Id: Talk <talk.example.com>", "X-Mailman-Version: 2.1.39"], ("talk.example.com", "Mailman")),
        (
            ["List-Id: <talk.example.com>", "List-Post: <mailto:talk@example.com>"],
            ("talk.example.com", "list software"),
        ),
        (["Mailing-List: contact talk-help@example.com; run by ezmlm"], ("talk@example.com", "ezmlm")),
        (
            ["Mailing-List: list talk@example.com; contact talk+owners@example.com"],
            ("talk@example.com", "Google Groups"),
        ),
        (["Sender: owner-talk@example.com"], ("talk@example.com", "Majordomo")),
        (["List-Id: <spc.72605.1.mailer.example>"], None),
        (["List-Id: <talk.example.com>", "List-Post: NO"], None),
        (["Subject: x"], None),
        (["X-Mailman-Version: 2.1.39"], None),
    ],
)
def test_a_mailing_list_has_a_name_and_software(lines: list[str], expected: tuple[str, str] | None) -> None:
    assert found_list(*lines) == expected


def test_a_list_is_handed_over_by_a_server_of_its_own_domain() -> None:
    peer = hop("from lists.example.com (lists.example.com [28.1.2.3]) by mx.example.net (Postfix) with ESMTP id 4A")
    assert is_list_server("talk.example.com", peer)
    assert is_list_server("talk@example.com", peer)
    assert not is_list_server("talk.example.org", peer)
    by_its_word = hop("from lists.example.com (unknown [28.1.2.3]) by mx.example.net (Postfix) with ESMTP id 4A")
    assert not is_list_server("talk.example.com", by_its_word)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("from x (unknown [54.240.1.10]) by mx.example.net (Postfix) with ESMTP id 4A", ("Amazon SES", True)),
        ("from x (o1.p1.mailjet.com [28.1.2.3]) by mx.example.net (Postfix) with ESMTP id 4A", ("Mailjet", True)),
        ("from o1.mailjet.com (unknown [28.1.2.3]) by mx.example.net (Postfix) with ESMTP id 4A", ("Mailjet", False)),
        ("from o1.mailjet.com (28.1.2.3) by mx.example.net with Microsoft SMTP Server id 15.20", ("Mailjet", False)),
        ("from notmailjet.com (unknown [28.1.2.3]) by mx.example.net (Postfix) with ESMTP id 4A", None),
    ],
)  # fmt: skip
def test_a_bulk_mailer_is_known_by_its_networks_and_verified_names(
    line: str, expected: tuple[str, bool] | None
) -> None:
    assert bulk_mailer(hop(line)) == expected


@pytest.mark.parametrize(
    ("line", "web"),
    [
        ("from 192.0.2.7 by www001.example.net with HTTP", True),
        ("from [192.0.2.7] by web1.mail.example.com via HTTP", True),
        ("from 192.0.2.7 ([192.0.2.7]) by webmail.example.org (IMP) with HTTP", True),
        ("from mail.example.org ([192.0.2.7]) by mx.example.net (Postfix) with ESMTP id 4A", False),
        ("from A.prod.outlook.com (2603:10a6:10:1::11) by B.prod.outlook.com with HTTPS", False),
    ],
)
def test_a_line_of_a_web_page_is_told_from_others(line: str, web: bool) -> None:
    assert is_web_page(hop(line)) is web


@pytest.mark.parametrize(
    ("name", "web"), [("webmail.example.com", True), ("webmail-2.example.com", True), ("mail.example.com", False)]
)
def test_the_server_of_a_web_page_is_known_by_its_name(name: str, web: bool) -> None:
    assert is_webmail_host(hop(f"from {name} (unknown [28.1.2.3]) by mx.example.net (Postfix) with ESMTP id 4A")) is web


@pytest.mark.parametrize(("protocol", "inner"), [("QMQP", True), ("LMTP", True), ("NNFMP", True), ("ESMTP", False)])
def test_some_protocols_go_between_servers_of_one_house_only(protocol: str, inner: bool) -> None:
    assert is_inner_step(Hop(0, protocol=protocol)) is inner


def test_an_address_of_a_known_provider_is_its_server() -> None:
    assert provider_of_address("209.85.218.41") == "Google"
    assert provider_of_address("28.1.2.3") is None
