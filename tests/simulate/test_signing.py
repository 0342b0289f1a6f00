"""Signatures of DKIM (RFC 6376) in simulated mail: who signs, in which form, and what the receiver says of it."""

from __future__ import annotations

import base64
import email
import re
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from attribution.simulate import World, generate
from attribution.simulate.dice import Dice
from attribution.simulate.presets import PRESETS
from attribution.simulate.signing import Signer
from attribution.simulate.texts import texts

if TYPE_CHECKING:
    from email.message import Message

    from attribution.simulate import Generated

PROGRAMS = [name for name in texts("signers") if name != "service"]
BODY_HASH = {"rsa-sha1": 20, "rsa-sha256": 32}


def _tags(field: str) -> dict[str, str]:
    """Return the tags of a signature, without the blanks that a reader passes over."""
    pairs = (pair.partition("=") for pair in re.sub(r"\s", "", field).split(";") if pair.strip())
    return {name: value for name, _, value in pairs}


@pytest.fixture(scope="module")
def mail() -> list[tuple[Generated, Message]]:
    world = World(bot=0.2, phish=0.05, scam=0.15, newsletter=0.2, discussion=0.1, shop=0.05)
    return [(message, email.message_from_bytes(message.data)) for message in generate(4000, 5, world)]


@pytest.mark.parametrize("program", [*PROGRAMS, *range(len(texts("signers")["service"]))])
def test_a_signature_has_the_lengths_of_its_algorithm_and_of_its_key(program: str | int) -> None:
    for number in range(8):
        signer = Signer(program, "home.example", Dice(f"key {number}"))
        field = signer.sign(Dice(f"{number}"), 1_388_998_800)
        assert field.startswith("DKIM-Signature: ")
        assert field.endswith("\n")
        assert all(line[0] in " \t" for line in field.split("\n")[1:-1])
        assert max(map(len, field.split("\n"))) < 998
        tags = _tags(field.partition(":")[2])
        assert tags["v"] == "1"
        assert tags["d"] == "home.example"
        assert "from" in tags["h"].lower().split(":")
        assert len(base64.b64decode(tags["bh"], validate=True)) == BODY_HASH[tags["a"]]
        bits = int(re.findall(r"(\d+)-bit", signer.verdict)[0])
        assert len(base64.b64decode(tags["b"], validate=True)) * 8 == bits
        assert "header.d=home.example" in signer.verdict


def test_the_receiver_says_of_no_unsigned_message_that_its_signature_is_good(
    mail: list[tuple[Generated, Message]],
) -> None:
    good = 0
    for message, parsed in mail:
        signed = [_tags(field)["d"] for field in parsed.get_all("dkim-signature", [])]
        said = re.findall(r"dkim=(\w+) .*?header\.d=(\S+)", parsed.get("authentication-results", ""))
        assert said == [("pass", name) for name in signed], message.data
        good += len(said)
    assert good > 1000


def test_the_large_providers_and_all_mailing_services_sign_and_no_bot_does(
    mail: list[tuple[Generated, Message]],
) -> None:
    signing: dict[str, set[bool]] = defaultdict(set)
    for message, parsed in mail:
        who = message.kind
        for name in ("Yahoo", "Hotmail", "Gmail"):
            if message.engine == f"{name} web" and message.kind in {"ham", "scam"}:
                who = name
        signing[who].add("dkim-signature" in parsed)
    assert {who: signing[who] for who in ("Yahoo", "Gmail", "newsletter", "shop", "Hotmail", "bot", "phish")} == {
        **{who: {True} for who in ("Yahoo", "Gmail", "newsletter", "shop")},
        **{who: {False} for who in ("Hotmail", "bot", "phish")},
    }
    # Firms and lists: some do.
    assert signing["ham"] == signing["list"] == {True, False}


def test_a_domain_signs_with_one_key_in_one_form(mail: list[tuple[Generated, Message]]) -> None:
    keys: dict[str, set[tuple[str, str, str, int]]] = defaultdict(set)
    for _, parsed in mail:
        for field in parsed.get_all("dkim-signature", []):
            tags = _tags(field)
            keys[tags["d"]].add((tags["s"], tags["a"], tags["h"], len(tags["b"])))
    assert len(keys) > 60
    assert {len(found) for found in keys.values()} == {1}


def test_no_signature_occurs_twice_but_in_copies_of_a_post(mail: list[tuple[Generated, Message]]) -> None:
    seen: set[str] = set()
    for message, parsed in mail:
        for field in parsed.get_all("dkim-signature", []) if message.kind != "list" else []:
            assert field not in seen
            seen.add(field)


def test_nobody_signed_in_2002() -> None:
    for message in generate(800, 5, PRESETS["archive-2002"].world(800), bot=0, listed=1.0):
        assert b"DKIM" not in message.data
        assert b"dkim" not in message.data
