"""What is said of devices: how the comparison with the neighbours and the grades of single messages go together."""

from __future__ import annotations

from typing import Any

import pytest

from attribution import tables
from attribution.report.devices import Devices, read_devices
from tests.report.conftest import table

APART = (
    "he comparison is about all senders together, a grade about one message. A message is opposed where something "
    "speaks for another host on its address; that does not rule the device out."
)
BASE_RATE = (
    " That senders, or those of one program, do not show things clearly more often is itself such a reason (base-rate)."
)


def devices(verdict: str | None, *messages: tuple[str, str, list[str]]) -> Devices:
    rows: list[dict[str, Any]] = [
        {"device_type": kind, "device_grade": grade, "device_reasons": reasons} for kind, grade, reasons in messages
    ]
    things = {"what": "things", "senders": 9, "senders_with": 1, "controls": 9, "controls_with": 1, "verdict": verdict}
    control = {"said": "Something.", "things": things}
    mail, addresses = table(tables.MESSAGES, rows), table(tables.ADDRESSES, [])
    found = read_devices(mail, addresses, {"control": control}, ["router"])
    assert found is not None
    return found


def test_more_things_and_opposed_messages_are_no_contradiction() -> None:
    found = devices("more", ("router", "opposed", ["program-elsewhere"]), ("router", "near", []))
    assert found.together == f"The two do not contradict each other: t{APART}"


def test_of_one_program_that_shows_no_more_nothing_is_said_where_all_senders_do() -> None:
    found = devices("more", ("router", "opposed", ["base-rate"]))
    assert found.together == f"The two do not contradict each other: t{APART}"


@pytest.mark.parametrize("verdict", ["slightly-more", "same", "less"])
def test_where_senders_show_no_more_that_is_a_reason_of_its_own(verdict: str) -> None:
    found = devices(verdict, ("router", "opposed", ["base-rate", "gateway"]))
    assert found.together == f"T{APART}{BASE_RATE}"


def test_where_it_is_unclear_the_comparison_opposes_nothing() -> None:
    assert devices("unclear", ("router", "opposed", ["windows-helo"])).together == f"T{APART}"


@pytest.mark.parametrize(
    ("verdict", "message"),
    [
        ("more", ("router", "near", [])),
        ("more", ("server", "opposed", ["service"])),
        ("none", ("router", "opposed", ["windows-helo"])),
        (None, ("router", "opposed", ["windows-helo"])),
        ("\x1b[2J", ("router", "opposed", ["windows-helo"])),
    ],
    ids=["no thing is opposed", "only a computer is", "not judged", "not compared", "no known verdict"],
)
def test_where_one_of_the_two_is_missing_nothing_is_said(
    verdict: str | None, message: tuple[str, str, list[str]]
) -> None:
    assert devices(verdict, message).together is None


def test_a_case_without_a_comparison_over_all_things_is_read() -> None:
    found = read_devices(table(tables.MESSAGES, []), table(tables.ADDRESSES, []), {"control": {"things": "x"}}, [])
    assert found is not None
    assert found.together is None
