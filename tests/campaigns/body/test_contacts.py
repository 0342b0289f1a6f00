from __future__ import annotations

import base58
import pytest

from attribution.campaigns.body.contacts import phones_in, wallets_in


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Call +1 (212) 555-0187 now", ["+12125550187"]),
        ("Call (212) 555-0187 now", ["+12125550187"]),
        ("Call 212.555.0187.", ["+12125550187"]),
        ("Toll-free 1- 888 - 707- 4777", ["+18887074777"]),
        ("Tel: (+234)80-5600-5672", ["+2348056005672"]),
        ("Tel 0044 20 7946 0958", ["+442079460958"]),
        ("+49 (0)30 901820", ["+4930901820"]),
        ("WhatsApp:+44 20 7946 0958, +44 20 7946 0958", ["+442079460958"]),
        ("first (212) 555-0187 then +44 20 7946 0958", ["+12125550187", "+442079460958"]),
    ],
)
def test_telephone_numbers_in_e164(text: str, numbers: list[str]) -> None:
    assert phones_in(text) == numbers


@pytest.mark.parametrize(
    "text",
    [
        *("on 2024-05-12 10:30:00 +0000", "Order 2125550187", "Ref 212-555-01876", "$212-555-0187", "192.168.200.1000"),
        *("Invoice MS-7894-319077", "amount 1 000 000.00", "id=212-555-0187", "a@212-555-0187.test", "00000000000000"),
        *("+999 123 456 789", "http://e.test/212-555-0187", "1234-212-555-0187", "+12", "", "100 200 3000 4000"),
    ],
)
def test_what_is_no_telephone_number(text: str) -> None:
    assert phones_in(text) == []


def test_only_so_many_numbers_those_of_links_first() -> None:
    text = " ".join(f"(212) 555-01{number:02}" for number in range(20))
    assert phones_in(text, ["+442079460958"], most=3) == ["+442079460958", "+12125550100", "+12125550101"]


def address(version: int) -> str:
    return base58.b58encode_check(bytes((version,)) + bytes(range(20))).decode()


@pytest.mark.parametrize(
    ("text", "wallet"),
    [
        ("BTC: 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa.", "btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        (f"({address(5)})", f"btc:{address(5)}"),
        (f"LTC={address(0x30)}", f"ltc:{address(0x30)}"),
        (f"USDT {address(0x41)}", f"trx:{address(0x41)}"),
        (f"{address(0x1E)}", f"doge:{address(0x1E)}"),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        (
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
            "btc:bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ),
        ("0xDe0B295669a9FD93d5F28D9Ec85E40f4cb697BAe", "eth:0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae"),
        ("4A" + "b1" * 46 + "c", "xmr:4A" + "b1" * 46 + "c"),
    ],
)
def test_wallets_with_their_currency(text: str, wallet: str) -> None:
    assert wallets_in(f"send it to {text} today") == [wallet]


@pytest.mark.parametrize(
    "text",
    [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",  # one character changed
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
        "bc1qW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "0x" + "0" * 40,
        "0x1234",
        "d41d8cd98f00b204e9800998ecf8427e",
        "3" * 34,
        "",
    ],
)
def test_what_is_no_wallet(text: str) -> None:
    assert wallets_in(text) == []


def test_only_so_many_wallets_in_order() -> None:
    wallets = [base58.b58encode_check(bytes((0, number)) + bytes(19)).decode() for number in range(9)]
    assert wallets_in(" ".join(wallets), most=2) == [f"btc:{wallet}" for wallet in wallets[:2]]
