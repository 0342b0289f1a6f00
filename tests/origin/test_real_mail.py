"""Handover on real mail against what the receiver's own fields say; those fields are not asked to find it."""

from __future__ import annotations

import csv
import ipaddress
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from attribution import corpus, headers, origin
from attribution.limits import Limits
from attribution.models import RawMessage

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = Limits()
TELLING = re.compile(
    rb"^(?:X-Sender-IP|Received-SPF|Authentication-Results|ARC-[\w-]+|X-Forefront-[\w-]+|X-MS-[\w-]+|X-Microsoft-[\w-]+):"
    rb".*(?:\r?\n[ \t].*)*\r?\n",
    re.IGNORECASE | re.MULTILINE,
)
HIDDEN = {"sample-4413.eml"}
"""Messages in which the corpus itself made an inner line unreadable to hide a recipient: the trust must end there."""


@cache
def messages(archive: Path) -> dict[str, bytes]:
    items = corpus.read(str(archive), LIMITS)
    return {str(item.member).rpartition("/")[2]: item.data for item in items if isinstance(item, RawMessage)}


def handovers(mail: dict[str, bytes]) -> dict[str, str | None]:
    blocks = {name: headers.read_block(data, LIMITS) for name, data in mail.items()}
    receivers = origin.learn_receivers(headers.hops(block, LIMITS) for block in blocks.values())
    return {
        name: origin.decide(block, headers.hops(block, LIMITS), receivers).handover_ip for name, block in blocks.items()
    }


def said_by_receiver(table: Path) -> dict[str, str]:
    with table.open(newline="") as handle:
        rows = {row["file"]: row["x_sender_ip"] for row in csv.DictReader(handle)}
    return {name: str(ipaddress.ip_address(ip)) for name, ip in rows.items() if ip}


@pytest.mark.parametrize("cut", [False, True], ids=["as-it-is", "without-the-fields-that-tell"])
def test_the_handover_is_the_address_that_the_receiver_states(shared: Path, cut: bool) -> None:
    mail = messages(shared / "corpora" / "phishing_pot_dev.tar.xz")
    stated = said_by_receiver(shared / "corpora" / "phishing_pot_dev.csv")
    found = handovers({name: TELLING.sub(b"", data) if cut else data for name, data in mail.items()})
    wrong = {name for name, ip in stated.items() if found[name] != ip}
    assert wrong == HIDDEN
    assert len(wrong) <= 0.005 * len(stated)


def test_an_unreadable_inner_line_gives_no_handover_rather_than_a_wrong_one(shared: Path) -> None:
    found = handovers(messages(shared / "corpora" / "phishing_pot_dev.tar.xz"))
    assert all(found[name] is None for name in HIDDEN)
