from __future__ import annotations

import base64
import io
import zipfile
from itertools import pairwise

import base58
import phonenumbers

from attribution.simulate.dice import Dice
from attribution.simulate.model import Occasion, User
from attribution.simulate.payloads import attachment, link_writer, phone_number, wallet

WORDS = ("amber", "anchor", "apple")


def _occasion(seq: int, seed: str) -> Occasion:
    occasion = Occasion()
    occasion.dice, occasion.seq, occasion.time = Dice(seed), seq, 1387756800
    occasion.user = User("info@tannenhof.example", "info", "Ana", "Berg")
    return occasion


def test_wallets_have_valid_check_sums() -> None:
    for seed in range(20):
        address = wallet(Dice(str(seed)))
        assert base58.b58decode_check(address)[0] == 0
        assert 26 <= len(address) <= 34


def test_telephone_numbers_are_valid_and_each_campaign_has_its_own() -> None:
    numbers = [phone_number(index) for index in range(12_000)]
    assert len(set(numbers)) == len(numbers)
    for number in numbers[::97]:
        assert phonenumbers.is_valid_number(phonenumbers.parse(number)), number


def test_archives_open_whether_or_not_each_message_has_its_own() -> None:
    fresh = set()
    for seed in range(60):
        file = attachment(Dice(str(seed)), "report", 15_700)
        one, other = (base64.b64decode(file.lines(Dice(text))) for text in "ab")
        assert (one != other) == file.fresh
        assert max(map(len, file.lines(Dice("a")).split(b"\n"))) <= 76
        if file.type == "application/zip":
            fresh.add(file.fresh)
            with zipfile.ZipFile(io.BytesIO(one)) as packed:
                assert packed.testzip() is None
                assert packed.namelist() == ["report.txt"]
                assert packed.infolist()[0].date_time == (2012, 12, 26, 10, 0, 0)
        else:
            assert one.startswith((b"%PDF-1.4", b"{\\rtf1"))
    assert fresh == {True, False}


def test_links_turn_with_the_number_of_the_message() -> None:
    kinds: set[str] = set()
    turning = 0
    for number in range(60):
        kind, write = link_writer(number, Dice(str(number)), WORDS)
        kinds.add(kind)
        hosts = [write(_occasion(seq, "x")).split("/")[2] for seq in range(0, 4000, 5)]
        assert all(url.startswith("http://") for url in (write(_occasion(3, "y")),))
        turning += kind == "own" and len(set(hosts)) > 3
        if kind == "own":
            changes = sum(one != other for one, other in pairwise(hosts))
            assert changes == len(set(hosts)) - 1, "a domain that was left comes not again"
    assert kinds == {"own", "hacked", "short"}
    assert 5 < turning < 50


def test_two_campaigns_share_no_domain_of_their_own() -> None:
    seen: dict[str, int] = {}
    for number in range(300):
        kind, write = link_writer(number, Dice(str(number)), WORDS)
        if kind == "own":
            for seq in range(0, 3000, 50):
                host = write(_occasion(seq, "x")).split("/")[2].removeprefix("www.")
                assert seen.setdefault(host, number) == number
