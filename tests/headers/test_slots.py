from __future__ import annotations

import pytest

from attribution.headers.slots import Address, Helo, compile_shape, name_state, read_address


def slots(template: str, text: str, helo: Helo = "any") -> dict[str, str | None] | None:
    found = compile_shape(template, helo).pattern.fullmatch(text)
    return None if found is None else found.groupdict()


def test_a_shape_names_the_places_of_helo_name_and_address() -> None:
    assert slots("{helo} ({rdns} [{ip}])", " pc7 (host-7.example.net [192.0.2.7]) ") == {
        "helo": "pc7",
        "rdns": "host-7.example.net",
        "ip": "192.0.2.7",
        "port": None,
    }


@pytest.mark.parametrize(
    "text", ["pc7(r[192.0.2.7])", "pc7 ( r [192.0.2.7] )", "pc7\r\n\t(r\r\n\t[192.0.2.7])", "pc7 (r [192.0.2.7]),"]
)
def test_white_space_beside_brackets_may_be_missing_or_long(text: str) -> None:
    assert slots("{helo} ({rdns} [{ip}])", text) is not None


def test_behind_a_bracketed_address_a_port_may_follow() -> None:
    found = slots("{rdns} ([{ip}] helo={helo})", "host-7.example.net ([192.0.2.7]:4431 helo=pc7)")
    assert found is not None
    assert (found["ip"], found["port"]) == ("192.0.2.7", "4431")


def test_the_prefix_of_an_ipv6_literal_is_not_part_of_the_address() -> None:
    found = slots("{helo} ([{ip}])", "pc7 ([IPv6:2001:db8::7])")
    assert found is not None
    assert found["ip"] == "2001:db8::7"


def test_a_helo_of_any_text_ends_where_the_last_place_of_the_server_begins() -> None:
    found = slots("{helo} ({rdns} [{ip}])", "x (y [198.51.100.7]) (host-7.example.net [192.0.2.7])")
    assert found is not None
    assert (found["helo"], found["ip"]) == ("x (y [198.51.100.7])", "192.0.2.7")


@pytest.mark.parametrize(("helo", "fits"), [("any", True), ("plain", False), ("word", False)])
def test_a_helo_with_brackets_needs_a_known_server(helo: Helo, fits: bool) -> None:
    assert (slots("{helo} ([{ip}])", "x (y) ([192.0.2.7])", helo) is not None) is fits


@pytest.mark.parametrize(("helo", "fits"), [("any", True), ("plain", True), ("word", False)])
def test_a_helo_of_several_words_is_no_word(helo: Helo, fits: bool) -> None:
    assert (slots("{helo} ([{ip}])", "my pc ([192.0.2.7])", helo) is not None) is fits


def test_a_helo_in_front_is_never_empty() -> None:
    assert slots("{helo} [{ip}]", "[192.0.2.7]", "plain") is None


@pytest.mark.parametrize("text", ["unknown (HELO ) (192.0.2.7)", "unknown (EHLO) (192.0.2.7)"])
def test_a_helo_behind_its_command_may_be_empty(text: str) -> None:
    found = slots("{rdns} ({verb} {helo}) ({ip})", text)
    assert found is not None
    assert not found["helo"]


def test_a_greeting_command_is_no_name() -> None:
    assert slots("{helo} ({rdns} [{ip}])", "x (HELO [192.0.2.7])") is None


def test_a_template_with_an_unknown_slot_is_refused() -> None:
    with pytest.raises(ValueError, match="no slot 'adress'"):
        compile_shape("{helo} ({adress})", "any")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.7", Address("192.0.2.7", None, 9)),
        ("192.0.2.7:4431", Address("192.0.2.7", 4431, 9)),
        ("192.0.2.7.4431", Address("192.0.2.7", 4431, 9)),
        ("::ffff:192.0.2.7", Address("192.0.2.7", None, 16)),
        ("2001:DB8::7", Address("2001:db8::7", None, 11)),
        ("fe80::1%12", Address("fe80::1", None, 10)),
        ("192.0.2.7:99999", None),
        ("2023.12.14.06", None),
        ("5.5.2653.13", None),
        ("192.0.2", None),
        ("", None),
        ("1" * 5_000, None),
    ],
)
def test_addresses_are_read_with_glued_ports_and_never_from_dates(text: str, expected: Address | None) -> None:
    assert read_address(text) == expected


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("unknown", "unknown"),
        ("unverified", "unknown"),
        ("softdnserr", "failed"),
        ("RDNS\r\n failed", "failed"),
        ("may be forged", "may-be-forged"),
        ("verified", "verified"),
        ("host-7.example.net", None),
    ],
)
def test_statements_about_the_name_are_told_apart(text: str, state: str | None) -> None:
    assert name_state(text) == state
