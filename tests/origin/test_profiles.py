from __future__ import annotations

import datetime
import ipaddress
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from attribution import headers, origin
from attribution.limits import Limits
from attribution.origin.profiles import ClientField, fields_that_name, profile_of, profiles

if TYPE_CHECKING:
    from attribution.models import Verdict
    from attribution.origin.profiles import Profile

TABLES = {
    entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text("utf-8"))
    for entry in sorted((files("attribution.origin") / "profiles").iterdir(), key=lambda entry: entry.name)
    if entry.name.endswith(".toml")
}


def cases(*kinds: str, key: str = "received") -> list[Any]:
    """Return the examples of those kinds in all files that have a key, as pytest parameters."""
    return [
        pytest.param(name, example, id=f"{name}-{kind}-{number}")
        for name, table in TABLES.items()
        for kind in kinds
        for number, example in enumerate(table.get(kind, []))
        if key in example
    ]


def profile(name: str) -> Profile:
    return next(found for found in profiles() if found.id == name)


def decide(name: str, example: dict[str, Any]) -> Verdict:
    below = {field.name for field in profile(name).client_fields if not field.above}
    fields: dict[bool, list[str]] = {True: [], False: []}
    for line in example.get("fields", []):
        fields[line.partition(":")[0].lower() in below].append(line)
    lines = [f"Received: {value}" for value in example["received"]]
    data = "\r\n".join([*fields[False], *lines, *fields[True], "", "body"]).encode()
    block = headers.read_block(data, Limits())
    hops = headers.hops(block, Limits())
    assert len(hops) == len(example["received"])
    return origin.decide(block, hops, origin.learn_receivers([], origin.read_trust(example.get("trust", []))))


@pytest.mark.parametrize(("name", "example"), cases("examples", "counter_examples"))
def test_mail_of_a_provider_and_forgeries_in_its_name_come_out_as_its_file_says(
    name: str, example: dict[str, Any]
) -> None:
    verdict = decide(name, example)
    assert verdict.handover_ip == (example["handover"] or None), (name, verdict.handover_reason)
    assert verdict.handover_grade == example.get("grade", "vouched"), verdict.handover_reason
    if example["handover"]:
        assert verdict.handover_hop == example["hop"]
    if "origin" in example:
        assert verdict.origin_ip == example["origin"], verdict.origin_reason
    if "origin_grade" in example:
        assert verdict.origin_grade == example["origin_grade"], verdict.origin_reason
    assert set(example.get("findings", [])) <= set(verdict.findings)


@pytest.mark.parametrize(("name", "example"), cases("examples"))
def test_true_mail_of_a_provider_is_never_called_forged(name: str, example: dict[str, Any]) -> None:
    forged = {"forged-provider-hop", "receiver-name-in-helo", "receiver-name-below-boundary", "client-ip-disagrees"}
    assert not forged & set(decide(name, example).findings), name


@pytest.mark.parametrize(("name", "example"), cases("counter_examples"))
def test_a_forgery_in_a_providers_name_vouches_for_nothing_that_it_says(name: str, example: dict[str, Any]) -> None:
    verdict = decide(name, example)
    true = {example["handover"], example.get("origin")}
    assert verdict.origin_ip in true or verdict.origin_grade == "claimed", name


@pytest.mark.parametrize(("name", "example"), cases("examples", key="client"))
def test_the_fields_of_a_provider_hold_the_address_that_its_file_says(name: str, example: dict[str, Any]) -> None:
    fields = dict(line.split(": ", 1) for line in example["fields"])
    for field, address in example["client"].items():
        known = next(found for found in profile(name).client_fields if found.name == field.lower())
        assert known.address(fields[field]) == address


@pytest.mark.parametrize("name", TABLES)
def test_every_file_has_examples_forgeries_and_dated_sources(name: str) -> None:
    table = TABLES[name]
    assert table["examples"]
    assert table["counter_examples"]
    assert all(example["says"].endswith(".") for example in [*table["examples"], *table["counter_examples"]])
    for entry in [*table.get("inside", []), *table.get("outbound", [])]:
        assert entry["source"]
        assert isinstance(entry["date"], datetime.date)
        assert entry["networks"]
        assert all(ipaddress.ip_network(network).is_global for network in entry["networks"])
    for entry in table.get("as_numbers", []):
        assert entry["source"]
        assert isinstance(entry["date"], datetime.date)
        assert entry["numbers"] == sorted(set(entry["numbers"]))
        assert not table.get("gateway")
        assert not table.get("customer_names")
    for field in table.get("client_fields", []):
        assert set(field) - {"tag"} == {"name", "names", "above"}
        assert field["names"] in {"handover", "origin", "relay"}
    for key in ("outbound_since", "outbound_until"):
        assert isinstance(table.get(key, datetime.date.min), datetime.date)
        assert key not in table or table["outbound_complete"]
    known = {"name", "hosts", "outbound_names", "outbound_complete", "customer_names", "gateway"}
    known |= {"outbound_since", "outbound_until"}
    assert set(table) <= known | {"inside", "outbound", "as_numbers", "client_fields", "examples", "counter_examples"}


@pytest.mark.parametrize("host", ["rly-yk04.aolmd.com", "rly-xl05.dohuya.com", "smtprz15.163.net", "mx1.cudamail.com"])
def test_a_name_that_only_sounds_like_a_providers_is_not_taken_for_one(host: str) -> None:
    assert profile_of(host) is None


def test_no_two_providers_share_a_domain() -> None:
    for one in profiles():
        for host in one.hosts:
            assert [other.id for other in profiles() if other.owns(host)] == [one.id]
            assert profile_of(host) is one
            assert profile_of(f"mx.{host.upper()}.") is one
            assert profile_of(f"not{host}") is not one
    assert profile_of("mx.example.net") is None


@pytest.mark.parametrize(
    ("field", "value", "address"),
    [
        (ClientField("x-sender-ip", "handover", above=True), " 28.1.2.3", "28.1.2.3"),
        (ClientField("x-originating-ip", "origin", above=False), "[28.1.2.3]", "28.1.2.3"),
        (ClientField("x-barracuda-connect", "handover", above=False), "UNKNOWN[28.1.2.3]", "28.1.2.3"),
        (ClientField("x-barracuda-connect", "handover", above=False), "mx.shop.example[28.1.2.3]", "28.1.2.3"),
        (ClientField("x-ses-outgoing", "relay", above=False, tag="-"), "2026.01.05-54.240.1.10", "54.240.1.10"),
        (ClientField("x-report", "handover", above=True, tag="CIP:"), "SCL:5;CIP:28.1.2.3;CTRY:;", "28.1.2.3"),
        (ClientField("x-report", "handover", above=True, tag="CIP:"), "CIP:2001:DB8::1;CTRY:;", "2001:db8::1"),
        (ClientField("x-report", "handover", above=True, tag="CIP:"), "SCL:5;SRV:;", None),
        (ClientField("x-sender-ip", "handover", above=True), "nothing", None),
        (ClientField("x-sender-ip", "handover", above=True), "", None),
        (ClientField("x-sender-ip", "handover", above=True), "version 8.14.7.2-rc1", None),
    ],
)
def test_a_field_gives_the_address_it_holds(field: ClientField, value: str, address: str | None) -> None:
    assert field.address(value) == address


def test_only_fields_that_mean_one_thing_to_all_providers_are_read_without_knowing_the_writer() -> None:
    assert {"x-sender-ip", "x-ironport-remoteip"} <= fields_that_name("handover")
    assert "x-originating-ip" not in fields_that_name("handover")
    assert "x-barracuda-connect" not in fields_that_name("handover")
    assert "x-aol-ip" in fields_that_name("origin")
    assert "x-mailgun-sending-ip" in fields_that_name("relay")


def test_a_gateway_is_the_receivers_only_when_the_user_says_so_and_the_address_is_its_own() -> None:
    name, example = "mimecast", TABLES["mimecast"]["examples"][1]
    assert decide(name, example).handover_ip == "28.1.2.3"
    for trust in (["outlook.com"], [*example["trust"], "!205.139.110.5"]):
        assert decide(name, example | {"trust": trust}).handover_ip == "205.139.110.5"
    elsewhere = [line.replace("205.139.110.5", "28.7.7.7") for line in example["received"]]
    assert decide(name, example | {"received": elsewhere}).handover_ip == "28.7.7.7"


def test_a_list_of_networks_proves_something_only_about_mail_of_its_time() -> None:
    postini, google, mimecast = profile("postini"), profile("google"), profile("mimecast")
    times = [datetime.datetime(year, 10, 1, tzinfo=datetime.UTC) for year in (2003, 2004, 2013, 2016)]
    assert [postini.is_complete(time) for time in [*times, None]] == [False, True, True, True, False]
    assert [postini.has_ended(time) for time in [*times, None]] == [False, False, False, True, True]
    assert all(google.is_complete(time) and not google.has_ended(time) for time in [*times, None])
    assert not any(mimecast.is_complete(time) for time in [*times, None])


def test_older_mail_from_networks_that_were_given_up_since_is_not_called_forged() -> None:
    name, example = "postini", TABLES["postini"]["counter_examples"][1]
    older = [line.replace("2013", "2003") for line in example["received"]]
    verdict = decide(name, example | {"received": older})
    assert "forged-provider-hop" not in verdict.findings
    assert (verdict.origin_ip, verdict.origin_grade) == ("22.2.2.2", "claimed")


def test_one_domain_named_stands_for_the_provider_whose_it_is_unless_another_is_left_out() -> None:
    name, example = "microsoft", TABLES["microsoft"]["examples"][0]
    verdict = decide(name, example | {"trust": ["outlook.com"]})
    assert (verdict.handover_ip, verdict.handover_grade) == ("28.1.2.3", "vouched")
    verdict = decide(name, example | {"trust": ["!office365.com", "outlook.com"]})
    assert verdict.handover_grade != "vouched"
