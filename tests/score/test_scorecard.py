from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution.errors import UsageError
from attribution.score import SCORED, Scorecard, read_truth, score_tables
from attribution.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

A, B, C, D = (letter * 64 for letter in "abcd")
BOT, OTHER, RELAY, BESIDE = "198.51.100.1", "198.51.100.2", "192.0.2.25", "198.51.100.9"

MESSAGES = [
    {
        "message": 1,
        "sha256": A,
        "handover_ip": BOT,
        "handover_grade": "vouched",
        "device_type": "router",
        "campaign": 1,
    },
    {"message": 2, "sha256": B, "handover_ip": OTHER, "handover_grade": "vouched", "device_type": None, "campaign": 1},
    {"message": 3, "sha256": C, "handover_ip": RELAY, "handover_grade": "vouched", "device_type": None},
]
for row in MESSAGES:
    row.update(source="/dump/a.mbox", offset=row["message"], origin_ip=row["handover_ip"], origin_grade="vouched")
ADDRESSES = [
    {"ip": BOT, "asn": 64500, "country": "DE", "device_type": "router"},
    {"ip": OTHER, "asn": 64500, "country": "DE"},
    {"ip": RELAY, "asn": 64501, "country": None},
]
RUN = {
    "control": {"things": {"verdict": "same"}},
    "hosts": {"lower": 2, "upper": 3, "estimate": None, "estimate_low": None, "estimate_high": None},
}
TRUE_MESSAGES = [
    {"sha256": A, "handover_ip": BOT, "origin_ip": BOT, "campaign": 7, "botnet": 1, "sender_kind": "pc", "machine": 1},
    {
        "sha256": B,
        "handover_ip": OTHER,
        "origin_ip": OTHER,
        "campaign": 7,
        "botnet": 1,
        "sender_kind": "pc",
        "machine": 1,
    },
    {"sha256": C, "handover_ip": RELAY, "origin_ip": BOT, "campaign": 8, "sender_kind": "server"},
]
TRUE_ADDRESSES = [
    {"ip": BOT, "asn": 64500, "country": "DE", "device_type": "router", "banner": True, "sent_by": "pc", "hosts": 1},
    {
        "ip": OTHER,
        "asn": 64502,
        "country": "DE",
        "device_type": "smart-tv",
        "banner": True,
        "sent_by": "pc",
        "hosts": 1,
    },
    {"ip": RELAY, "asn": 64501, "country": "FR", "device_type": None, "banner": False, "sent_by": "server", "hosts": 1},
    {"ip": BESIDE, "device_type": "router", "banner": True, "neighbour": True},
]


def scored(
    folder: Path,
    messages: Sequence[dict[str, Any]] | None = TRUE_MESSAGES,
    addresses: Sequence[dict[str, Any]] | None = None,
    run: dict[str, Any] | None = None,
    mine: Sequence[dict[str, Any]] = MESSAGES,
) -> Scorecard:
    """Score the case above, or another, against truth that is written to files first."""
    for name, rows in (("messages", messages), ("addresses", addresses)):
        if rows is not None:
            columns = sorted({column for row in rows for column in row})
            table = pa.table({column: [row.get(column) for row in rows] for column in columns})
            pq.write_table(table, folder / f"{name}.parquet")
    rows_of = {"messages": mine, "addresses": ADDRESSES, "controls": [{"ip": BESIDE, "device_types": []}]}
    case = {
        name: pa.Table.from_pylist(list(rows_of.get(name, ())), TABLES[name]).select(columns)
        for name, columns in SCORED.items()
    }
    return score_tables(case, run or {}, read_truth(folder), things=["router", "smart-tv"], warnings=["time-reversed"])


def missing(card: Scorecard) -> dict[str, str]:
    return {one.part: one.reason for one in card.not_scored}


def test_all_that_the_truth_knows_is_scored(tmp_path: Path) -> None:
    card = scored(tmp_path, addresses=TRUE_ADDRESSES, run=RUN)
    assert card.messages is not None
    assert (card.messages.matched, card.messages.truth_only, card.messages.case_only) == (3, 0, 0)
    assert card.handover is not None
    assert card.handover.accuracy.share == 1.0
    assert card.origin is not None
    assert card.beyond is not None
    assert (card.origin.right, card.origin.wrong, card.beyond.messages, card.beyond.wrong) == (2, 1, 1, 1)
    assert card.campaigns is not None
    assert card.campaigns.all.f1 == 1.0
    assert card.addresses is not None
    assert (card.addresses.truth, card.addresses.case, card.addresses.matched) == (3, 3, 3)
    assert card.addresses.asn is not None
    assert card.addresses.country is not None
    assert card.addresses.devices is not None
    assert (card.addresses.asn.wrong, card.addresses.country.missing) == (1, 1)
    assert (card.addresses.devices.type.right, card.addresses.devices.type.missing) == (1, 1)


def test_shares_of_things_are_those_of_senders_neighbours_and_mail(tmp_path: Path) -> None:
    shares = scored(tmp_path, addresses=TRUE_ADDRESSES, run=RUN).shares
    assert shares is not None
    assert shares.senders is not None
    assert shares.neighbours is not None
    assert shares.messages is not None
    assert shares.sent is not None
    assert (shares.senders.case.part, shares.senders.truth.part, shares.senders.case.of) == (1, 2, 3)
    assert (shares.neighbours.case.part, shares.neighbours.truth.part) == (0, 1)
    # The relay hands over mail that came from the router in truth.
    assert (shares.messages.case.part, shares.messages.truth.part, shares.messages.truth.of) == (1, 3, 3)
    assert (shares.sent.part, shares.sent.of) == (0, 3)


def test_a_verdict_is_judged_by_who_sent(tmp_path: Path) -> None:
    verdict = scored(tmp_path, addresses=TRUE_ADDRESSES, run=RUN).verdict
    assert verdict is not None
    assert (verdict.verdict, verdict.outcome, verdict.sent_by_things.part) == ("same", "right", 0)


def test_a_machine_at_two_addresses_is_one_host(tmp_path: Path) -> None:
    hosts = scored(tmp_path, addresses=TRUE_ADDRESSES, run=RUN).hosts
    assert hosts is not None
    # One machine at two addresses, and the relay.
    assert (hosts.truth, hosts.contains) == (2, True)


def test_without_machines_the_hosts_of_the_addresses_are_added(tmp_path: Path) -> None:
    hosts = scored(tmp_path, None, TRUE_ADDRESSES, RUN).hosts
    assert hosts is not None
    assert hosts.truth == 3


def test_hosts_that_are_known_in_part_are_not_scored(tmp_path: Path) -> None:
    card = scored(tmp_path, None, TRUE_ADDRESSES[:2], RUN)
    assert card.hosts is None
    assert missing(card)["hosts"] == "the truth knows the hosts of 2 of 3 addresses that handed mail over"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    card = scored(tmp_path, [{"sha256": A, "handover_ip": BOT}, {"sha256": D, "handover_ip": BOT}])
    assert card.messages is not None
    assert card.handover is not None
    assert (card.messages.matched, card.messages.truth_only, card.messages.case_only) == (1, 1, 2)
    assert card.handover.messages == 1
    reasons = missing(card)
    assert reasons["origin"] == "the truth of messages has no column origin_ip"
    assert reasons["addresses"] == "the truth has no table of addresses"
    assert {"campaigns", "leads", "groups", "forged", "received_at", "shares", "verdict", "hosts"} <= reasons.keys()
    assert (card.origin, card.campaigns, card.leads, card.addresses, card.hosts) == (None,) * 5


def test_a_case_without_scan_data_has_no_devices_to_score(tmp_path: Path) -> None:
    card = scored(tmp_path, addresses=TRUE_ADDRESSES)
    assert card.addresses is not None
    assert card.addresses.devices is None
    assert card.verdict is None
    assert missing(card)["verdict"] == "the case has no scan data"


def test_a_column_without_a_value_is_no_truth(tmp_path: Path) -> None:
    card = scored(tmp_path, [{"sha256": A, "handover_ip": BOT, "campaign": None}, {"sha256": D, "campaign": 1}])
    assert card.campaigns is None
    assert missing(card)["campaigns"] == "the column campaign of the truth is empty for the messages of the case"


def test_addresses_alone_can_be_scored(tmp_path: Path) -> None:
    card = scored(tmp_path, None, TRUE_ADDRESSES, RUN)
    assert card.messages is None
    assert card.addresses is not None
    assert missing(card)["handover"] == "the truth has no table of messages"


@pytest.mark.parametrize(
    ("messages", "addresses", "words"),
    [
        (
            [{"sha256": D, "source": "other.mbox", "offset": 1}],
            None,
            "by its SHA-256: it is the truth about other mail",
        ),
        ([{"sha256": D, "source": "a.mbox", "offset": 1}], None, "1 stand at the same file and offset"),
        ([{"source": "b.mbox", "offset": 1}], None, "by file and offset: compare the columns"),
        (None, [{"ip": "203.0.113.1", "asn": 1}], "no address of the truth is in the case"),
    ],
)
def test_where_nothing_matches_the_reason_is_said(
    tmp_path: Path, messages: list[dict[str, Any]] | None, addresses: list[dict[str, Any]] | None, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        scored(tmp_path, messages, addresses)


def test_a_first_message_at_the_same_place_is_no_sign_of_changed_mail(tmp_path: Path) -> None:
    others = [{"sha256": f"{number:064x}", "source": "a.mbox", "offset": 1 + 70 * number} for number in range(9)]
    with pytest.raises(UsageError, match="by its SHA-256: it is the truth about other mail"):
        scored(tmp_path, others)


def test_addresses_of_other_mail_do_not_make_it_the_same(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none of the 1 messages of the truth is among the 3 of the case"):
        scored(tmp_path, [{"sha256": D, "handover_ip": BOT}], TRUE_ADDRESSES, RUN)


def test_addresses_of_which_nothing_is_known_are_in_no_share(tmp_path: Path) -> None:
    known: list[dict[str, Any]] = [
        {"ip": BOT, "device_type": "router"},
        {"ip": OTHER},
        {"ip": BESIDE, "neighbour": True},
    ]
    shares = scored(tmp_path, addresses=known, run=RUN).shares
    assert shares is not None
    assert shares.senders is not None
    assert shares.messages is not None
    assert (shares.senders.truth.part, shares.senders.truth.of, shares.neighbours) == (1, 1, None)
    # The message from the other address is left out; the relay's came from the router.
    assert (shares.messages.truth.part, shares.messages.truth.of) == (2, 2)


def test_an_empty_case_has_nothing_to_compare(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is nothing to compare"):
        scored(tmp_path, mine=())


def test_the_figures_are_values_that_json_knows(tmp_path: Path) -> None:
    card = scored(tmp_path, addresses=TRUE_ADDRESSES, run=RUN)
    found = json.loads(json.dumps(card.as_dict()))
    assert found["handover"]["accuracy"] == {
        "part": 3,
        "of": 3,
        "share": 1.0,
        "low": pytest.approx(0.4385, abs=1e-4),
        "high": 1.0,
    }
    assert found["campaigns"]["all"]["merging_twice"] == 0


def test_the_order_of_rows_makes_no_difference(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = scored(tmp_path / "a", addresses=TRUE_ADDRESSES, run=RUN)
    other = scored(tmp_path / "b", TRUE_MESSAGES[::-1], TRUE_ADDRESSES[::-1], RUN, MESSAGES[::-1])
    assert one == other
