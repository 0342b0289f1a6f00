"""Which rule speaks for a banner, over whole columns, whatever the order of rules and rows."""

from __future__ import annotations

import random
import time

import pyarrow as pa
import pytest

from attribution.enrich.devices import COLUMNS, DeviceMatcher, device_matcher, device_rules, read_rules
from attribution.enrich.devices.fields import split_banner
from attribution.enrich.devices.literals import LiteralSearch
from attribution.enrich.devices.matcher import conflicts


def best(text: str, kind: str = "") -> str | None:
    matches = device_matcher().match(text, kind)
    return matches[0].rule.type if matches else None


def page(server: str, title: str = "", extra: str = "") -> str:
    return f"HTTP/1.1 200 OK\r\nServer: {server}\r\n{extra}\r\n<html><title>{title}</title></html>"


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        (page("GoAhead-Webs"), "80", "embedded-web-server"),
        (page("GoAhead-Webs", extra='WWW-Authenticate: Basic realm="TL-WR841N"\r\n'), "80", "router"),
        (page("Apache/2.4.41 (Ubuntu)", "Welcome"), "80", "server"),
        (page("nginx", "Synology DiskStation - box"), "5000", "nas"),
        (page("App-webs/"), "8080", "ip-camera"),
        ("HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nSERVER: Linux UPnP/1.0 miniupnpd/1.4\r\n", "1900", "upnp-stack"),
        ("220 mail.example.org ESMTP Postfix\r\n", "25", "mail-server"),
        ("SSH-2.0-OpenSSH_7.2p2 Ubuntu-4ubuntu2.8\r\n", "22", "server"),
        ("SSH-2.0-ROSSSH\r\n", "22", "router"),
        ("\xff\xfd\x18Nothing that is known\r\n", "23", None),
        ("", "", None),
    ],
)
def test_the_most_telling_rule_speaks_for_a_banner(text: str, kind: str, expected: str | None) -> None:
    assert best(text, kind) == expected


def test_a_page_about_devices_is_no_device() -> None:
    text = page("Apache/2.4.41 (Ubuntu)") + "<p>We sell MikroTik, Hikvision and Synology.</p>"
    assert best(text, "80") == "server"


def test_a_match_tells_field_span_and_product() -> None:
    match = device_matcher().match('Basic realm="NETGEAR R7000"', "http_header.wwwauth")[0]
    assert (match.field, match.product, match.rule.vendor) == ("http.www-authenticate", "R7000", "Netgear")
    assert 'Basic realm="NETGEAR R7000"'[match.start : match.end] == "NETGEAR R7000"


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("220 cam.example.org ESMTP", "25", "mail-server"),
        ("CN=www.sonos.com,O=Sonos\\, Inc.,C=US", "x509.subject", None),
        ("CN=camera-shop.example.net", "x509.subject", None),
        ("CN=Sonos ZP120,O=Sonos\\, Inc.,C=US", "x509.subject", "media-player"),
        ("CN=box.synology.me", "x509.subject", "nas"),
    ],
)
def test_a_word_in_a_public_host_name_says_nothing(text: str, kind: str, expected: str | None) -> None:
    assert best(text, kind) == expected


def test_words_that_end_in_digits_are_no_part_of_longer_numbers() -> None:
    assert best("BIGipServer=1; a7330x", "http.cookie") == "network-device"
    assert best("HTTP/1.1 200 OK\r\nX-Number: 17309550\r\n\r\n", "http") is None


def test_hints_are_matched_like_the_text() -> None:
    matches = device_matcher().match("", "443", {"tls.subject": "CN=Vigor Router,O=DrayTek Corp."})
    assert matches[0].rule.type == "router"
    assert matches[0].field == "tls.subject"


def test_a_column_gives_one_row_for_each_banner_that_a_rule_fires_on() -> None:
    texts = pa.chunked_array([["SSH-2.0-ROSSSH\r\n", None], ["nothing", 'Basic realm="DVR"']])
    kinds = pa.array(["22", None, None, "http_header.wwwauth"])
    table = device_matcher().match_column(texts, kinds)
    assert table.schema == COLUMNS
    assert table["row"].to_pylist() == [0, 3]
    assert table["device_type"].to_pylist() == ["router", "dvr-nvr"]
    assert table["device_vendor"].to_pylist() == ["MikroTik", None]
    assert table["device_conflict"].to_pylist() == [None, None]


def test_a_column_without_matches_gives_an_empty_table() -> None:
    assert device_matcher().match_column(pa.array([], pa.string())).num_rows == 0


TWO = "".join(
    f"[[rule]]\nid='{kind}'\nsays='x'\ntype='{kind}'\nfields=['any']\nliterals=['{word}']\npattern='{word}'\n"
    f"strength='strong'\nsource='x'\n"
    for kind, word in (("router", "alpha"), ("nas", "betas"), ("upnp-stack", "gamma"))
)


def test_rules_of_several_classes_on_one_banner_are_a_conflict() -> None:
    matcher = DeviceMatcher(read_rules(TWO, "here"))
    matches = matcher.match("gamma alpha betas", "ftp")
    assert [match.rule.type for match in matches] == ["nas", "router", "upnp-stack"]
    assert conflicts(matches) == ("router",)
    assert conflicts(matches[2:]) == ()


CALLED = "".join(
    f"[[rule]]\nid='{name}'\nsays='x'\ntype='{kind}'\nfields=['any']\nliterals=['{word}']\npattern='{word}'\n"
    f"strength='{strength}'\nsource='x'\nplain={plain}\n"
    for name, kind, word, strength, plain in (
        ("maker", "smart-tv", "acme", "strong", "false"),
        ("fridge", "refrigerator", "fridge", "medium", "true"),
        ("cold", "refrigerator", "model 7", "strong", "false"),
        ("camera", "ip-camera", "camera", "medium", "true"),
    )
)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("acme", ["maker"]),
        ("acme fridge", ["fridge", "maker"]),
        ("acme fridge model 7", ["cold", "fridge", "maker"]),
        ("acme fridge with camera", ["maker", "camera", "fridge"]),
    ],
)
def test_what_a_device_calls_itself_goes_before_what_its_maker_usually_sells(text: str, ids: list[str]) -> None:
    matches = DeviceMatcher(read_rules(CALLED, "here")).match(text, "ftp")
    assert [match.rule.id for match in matches] == ids


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Samsung Smart Refrigerator RF4289", "refrigerator"),
        ("Samsung Smart Air Conditioner", "appliance"),
        ("Samsung Smart TV", "smart-tv"),
        ("LG ThinQ washer", "appliance"),
        ("Sony Network Camera", "ip-camera"),
        ("Epson projector", "media-player"),
        ("HP ProCurve 24-port Gigabit switch", "switch"),
        ("Dell laser printer", "printer"),
        ("Samsung NVR", "dvr-nvr"),
        ("QNAP 10GbE switch", "switch"),
        ("Synology Wireless Router", "router"),
        ("Tenda Wireless Access Point", "access-point"),
    ],
)
def test_makers_of_several_kinds_are_told_apart_by_plain_words(title: str, expected: str) -> None:
    assert best(title, "http.title") == expected


def test_neither_the_order_of_rules_nor_the_prefilter_changes_the_answer() -> None:
    rules = list(device_rules())
    random.Random(1).shuffle(rules)  # noqa: S311 (repeatable, not secret)
    other = DeviceMatcher(rules)
    for rule in rules:
        for example in (*rule.match, *rule.differ):
            matches = device_matcher().match(example.text, example.field)
            assert other.match(example.text, example.field) == matches
            fields = split_banner(example.text, example.field)
            without = {
                each.id
                for each in rules
                if any(name in each.fields and each.find(value) for name, value in fields.items())
            }
            assert {match.rule.id for match in matches} == without, example


def test_literals_are_found_also_where_one_begins_or_overlaps_another() -> None:
    search = LiteralSearch(["ab", "abc", "bcd", "x.y"])
    assert search.found("zabcd x.y xzy") == {"ab", "abc", "bcd", "x.y"}
    assert search.found("zab xay") == {"ab"}
    assert LiteralSearch([]).found("abc") == set()
    with pytest.raises(ValueError, match="empty"):
        LiteralSearch([""])


@pytest.mark.parametrize(
    "text",
    [
        "A" * 5_000_000,
        "router switch printer camera dvr firewall " * 100_000,
        page("x" * 1_000_000, "y" * 1_000_000),
        "HP HP HP " * 500_000,
        "".join(map(chr, range(0x2FF))) * 5_000,
    ],
)
def test_hostile_banners_cost_little(text: str) -> None:
    device_matcher()
    start = time.thread_time()
    device_matcher().match(text)
    assert time.thread_time() - start < 1
