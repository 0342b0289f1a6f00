"""How far a device on an address speaks about the sender: each reason by itself, then together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from attribution.enrich.evidence import SIGHTINGS, Judged, Scanned, judge, reasons
from attribution.tables import ADDRESSES, MESSAGES

MAIL = datetime(2014, 1, 3, 12, tzinfo=UTC)
IP = "22.5.1.7"
CAMERA: dict[str, Any] = {
    "device_type": "ip-camera",
    "device_vendor": "Example",
    "device_rule": "camera",
    "device_strength": "strong",
}
ROUTER: dict[str, Any] = {"device_type": "router", "device_rule": "router", "device_strength": "strong"}
PC: dict[str, Any] = {"device_type": "desktop", "device_rule": "windows", "device_strength": "strong"}


def seen(ip: str = IP, days: float = 1, **device: Any) -> dict[str, Any]:  # noqa: ANN401 (values of a row)
    return {"ip": ip, "observed_at": MAIL + timedelta(days=days), "dataset": "scan", **device}


def judged(
    sightings: list[dict[str, Any]],
    addresses: list[dict[str, Any]] | None = None,
    messages: list[dict[str, Any]] | None = None,
    others: list[dict[str, Any]] | None = None,
    window: int = 30,
) -> Judged:
    addresses = addresses or [{}]
    usual = {"ip": IP, "first_seen": MAIL, "last_seen": MAIL, "access": "business", "access_confidence": "strong"}
    rows = [usual | row for row in addresses]
    mail = [{"handover_ip": IP, "origin_ip": IP, "received_at": MAIL} | row for row in messages or [{}]]
    neighbours = pa.Table.from_pylist(others or [], schema=SIGHTINGS)
    ips = pa.array(sorted({row["ip"] for row in others or []}), pa.string())
    return judge(
        pa.Table.from_pylist(rows, schema=ADDRESSES),
        pa.Table.from_pylist(mail, schema=MESSAGES),
        Scanned(
            pa.Table.from_pylist(sightings, schema=SIGHTINGS), neighbours, ips, pa.nulls(len(ips), pa.int64()), 1.0
        ),
        window_days=window,
    )


def first(found: Judged) -> dict[str, Any]:
    row: dict[str, Any] = found.addresses.to_pylist()[0]
    return row


def message(found: Judged) -> dict[str, Any]:
    row: dict[str, Any] = found.messages.to_pylist()[0]
    return row


def test_a_thing_near_the_mail_with_nothing_against_it_is_the_best_that_there_is() -> None:
    found = judged([seen(**CAMERA)])
    row = first(found)
    assert (row["device_type"], row["device_grade"], row["device_reasons"]) == ("ip-camera", "near", [])
    assert (row["device_seen"], row["device_gap_days"], row["banners"]) == (MAIL + timedelta(days=1), 1, 1)
    assert message(found) == {
        "device_type": "ip-camera",
        "device_grade": "near",
        "device_gap_days": 1,
        "device_reasons": [],
    }


def test_an_address_without_banners_has_no_grade() -> None:
    found = judged([])
    assert (first(found)["banners"], first(found)["device_grade"], first(found)["device_types"]) == (0, None, None)
    assert set(message(found).values()) == {None}


def test_an_answer_that_names_no_device_is_graded_none() -> None:
    row = first(judged([seen()]))
    assert (row["banners"], row["device_grade"], row["device_reasons"], row["device_types"]) == (1, "none", [], [])
    assert row["device_seen"] is None


@pytest.mark.parametrize(
    "device",
    [
        {"device_type": "embedded-web-server", "device_rule": "small", "device_strength": "strong"},
        CAMERA | {"device_strength": "weak"},
    ],
)
def test_a_part_that_many_share_or_a_guess_is_no_device(device: dict[str, Any]) -> None:
    row = first(judged([seen(**device)]))
    assert (row["device_type"], row["device_grade"]) == (device["device_type"], "none")
    assert row["device_reasons"] == ["weak-rule"]


ONE_REASON: dict[str, tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any], str]] = {
    "gap-too-wide": ([seen(days=31, **CAMERA)], {}, {}, "far"),
    "no-time": ([seen(**CAMERA)], {"first_seen": None, "last_seen": None}, {"received_at": None}, "far"),
    "may-have-changed-hands": ([seen(days=8, **CAMERA)], {"access": "residential"}, {}, "far"),
    "device-changed": (
        [seen(days=2, port=80, **CAMERA), seen(days=9, port=80, **CAMERA | {"device_vendor": "Another"})],
        {},
        {},
        "far",
    ),
    "gateway": ([seen(**ROUTER)], {}, {}, "shared"),
    "several-devices": ([seen(**CAMERA), seen(**CAMERA | {"device_type": "nas"})], {}, {}, "shared"),
    "many-customers": ([seen(days=0.5, **CAMERA)], {"access": "cgnat"}, {}, "shared"),
    "computer-seen": ([seen(**CAMERA), seen(**PC)], {}, {}, "opposed"),
    "windows-helo": ([seen(**CAMERA)], {}, {"helo": "DESKTOP-7Q2K9RA"}, "opposed"),
    "service": ([seen(**CAMERA)], {"access": "mail-provider"}, {}, "opposed"),
}


@pytest.mark.parametrize("reason", ONE_REASON)
def test_one_thing_that_speaks_for_another_reading_limits_the_grade(reason: str) -> None:
    sightings, address, mail, grade = ONE_REASON[reason]
    row = first(judged(sightings, [address], [mail]))
    assert row["device_reasons"] == [reason]
    assert row["device_grade"] == grade == reasons()[reason].effect


def test_what_passed_on_mail_of_others_is_not_its_sender_nor_is_a_client_of_a_service() -> None:
    client = "22.5.9.9"
    found = judged(
        [seen(**CAMERA), seen(client, **CAMERA)],
        [{}, {"ip": client}],
        [{"origin_ip": client}],
    )
    relay, author = found.addresses.to_pylist()
    assert (relay["device_grade"], relay["device_reasons"]) == ("opposed", ["passed-on"])
    assert (author["device_grade"], author["device_reasons"]) == ("opposed", ["client-of-service"])
    assert message(found)["device_reasons"] == ["client-of-service"]


def test_the_same_device_before_and_after_the_mail_rules_out_that_the_address_changed_hands() -> None:
    row = first(judged([seen(days=-9, **CAMERA), seen(days=8, **CAMERA)], [{"access": "residential"}]))
    assert (row["device_grade"], row["device_gap_days"]) == ("near", 8)
    other = seen(days=-9, **CAMERA | {"device_vendor": "Another"})
    assert first(judged([other, seen(days=8, **CAMERA)], [{"access": "residential"}]))["device_grade"] == "far"


def test_another_device_on_the_same_port_is_no_matter_where_one_was_seen_within_a_day_of_the_mail() -> None:
    other = seen(days=9, port=80, **CAMERA | {"device_vendor": "Another"})
    assert first(judged([seen(days=0.5, port=80, **CAMERA), other]))["device_grade"] == "near"
    # On another port it is another device behind the same router.
    assert first(judged([seen(days=2, port=81, **CAMERA), other]))["device_grade"] == "near"


def test_a_router_that_is_a_modem_and_access_point_at_once_is_one_device() -> None:
    row = first(judged([seen(**ROUTER), seen(**ROUTER | {"device_type": "modem"})]))
    assert row["device_reasons"] == ["gateway"]
    assert row["device_types"] == ["modem", "router"]


def test_a_computer_is_not_held_against_a_computer() -> None:
    row = first(judged([seen(**PC)], messages=[{"helo": "DESKTOP-7Q2K9RA"}]))
    assert (row["device_type"], row["device_grade"], row["device_reasons"]) == ("desktop", "near", [])


def test_each_message_has_its_own_gap() -> None:
    later = MAIL + timedelta(days=100)
    found = judged(
        [seen(days=-2, **CAMERA), seen(days=101, **CAMERA)],
        [{"last_seen": later}],
        [{}, {"received_at": later}, {"received_at": MAIL + timedelta(days=45)}],
    )
    assert found.messages["device_gap_days"].to_pylist() == [2, 1, 47]
    assert found.messages["device_grade"].to_pylist() == ["near", "near", "far"]


def test_the_device_near_the_mail_counts_not_a_stronger_one_of_another_year() -> None:
    camera = seen(**CAMERA | {"device_strength": "medium"})
    row = first(judged([camera, seen(days=400, **CAMERA | {"device_type": "nas"})]))
    assert (row["device_type"], row["device_types"]) == ("ip-camera", ["ip-camera"])


def test_a_program_that_also_sends_from_where_no_device_is_speaks_against_the_device() -> None:
    ips = [IP, *(f"22.5.1.{host}" for host in range(10, 14))]
    sightings = [seen(**CAMERA), *(seen(ip) for ip in ips[1:])]
    found = judged(
        sightings, [{"ip": ip} for ip in ips], [{"handover_ip": ip, "origin_ip": ip, "engine": "e"} for ip in ips]
    )
    assert (first(found)["device_grade"], first(found)["device_reasons"]) == ("opposed", ["program-elsewhere"])
    # Another program at the same addresses has its own story.
    mails = [{"handover_ip": ip, "origin_ip": ip, "engine": f"e{place}"} for place, ip in enumerate(ips)]
    assert first(judged(sightings, [{"ip": ip} for ip in ips], mails))["device_grade"] == "near"


def test_senders_at_the_base_rate_are_no_senders_by_their_device() -> None:
    ips = [f"22.5.1.{host}" for host in range(1, 101)]
    others = [f"22.5.1.{host}" for host in range(101, 250)]
    half = [seen(ip, **(CAMERA if place % 10 < 6 else {})) for place, ip in enumerate(ips)]
    same = [seen(ip, **(CAMERA if place % 10 < 6 else {})) for place, ip in enumerate(others)]
    found = judged(half, [{"ip": ip} for ip in ips], [{"handover_ip": ip, "origin_ip": ip} for ip in ips], same)
    assert found.control.things.verdict == "same"
    assert (first(found)["device_grade"], first(found)["device_reasons"]) == ("opposed", ["base-rate"])
    fewer = [seen(ip, **(CAMERA if place % 10 < 1 else {})) for place, ip in enumerate(others)]
    found = judged(half, [{"ip": ip} for ip in ips], [{"handover_ip": ip, "origin_ip": ip} for ip in ips], fewer)
    assert found.control.things.verdict == "more"
    assert first(found)["device_grade"] == "near"


def test_messages_without_an_address_have_no_grade() -> None:
    found = judged([seen(**CAMERA)], messages=[{}, {"handover_ip": None, "origin_ip": None}])
    assert found.messages["device_grade"].to_pylist() == ["near", None]


def test_a_case_without_addresses_is_no_error() -> None:
    empty = Scanned(
        SIGHTINGS.empty_table(), SIGHTINGS.empty_table(), pa.array([], pa.string()), pa.nulls(0, pa.int64()), 1
    )
    found = judge(ADDRESSES.empty_table(), MESSAGES.empty_table(), empty, window_days=30)
    assert len(found.addresses) == len(found.messages) == 0
    assert found.control.things.verdict == "none"
