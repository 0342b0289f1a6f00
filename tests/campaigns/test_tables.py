from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from attribution.campaigns import TRAITS, describe, find, with_places
from attribution.tables import CAMPAIGNS

START = datetime(2014, 1, 3, tzinfo=UTC)


def messages(count: int, crowd: int = 500) -> tuple[pa.Table, pa.Table]:
    """Give traits and messages of one campaign in two bursts, and of a crowd that has nothing in common."""
    traits, rows = [], []
    for n in range(count + crowd):
        own = n < count
        time = START + timedelta(days=n % 2, minutes=n)
        subject = "discreet replica bargains await" if own else f"wombat{n} verandas{n}"
        traits.append(
            dict.fromkeys(TRAITS.names)
            | {"message": n + 1, "subject_template": subject, "engine": "botkit" if own else "client"}
        )
        rows.append(
            {
                "message": n + 1,
                "received_at": time,
                "handover_ip": f"203.0.113.{n % 4}" if own and n % 10 else None,
                "subject_template": subject,
            }
        )
    schema = pa.schema([("message", pa.int64()), TRAITS.field("time").with_name("received_at")])
    schema = schema.append(pa.field("handover_ip", pa.string())).append(pa.field("subject_template", pa.string()))
    return pa.Table.from_pylist(traits, schema=TRAITS), pa.Table.from_pylist(rows, schema=schema)


def test_a_campaign_is_described() -> None:
    traits, rows = messages(40)
    addresses = pa.table(
        {
            "ip": [f"203.0.113.{n}" for n in range(4)],
            "country": ["AA", "AA", "BB", None],
            "asn": [64500, None, 64501, None],
        }
    )
    campaigns = describe(find(traits), rows, addresses)
    assert campaigns.schema == CAMPAIGNS
    (campaign,) = campaigns.to_pylist()
    assert {name: value for name, value in campaign.items() if value is not None} == {
        "campaign": 1,
        "messages": 40,
        "addresses": 4,
        "networks": 3,  # two autonomous systems, and the /24 of the addresses without one
        "countries": 2,
        "first_seen": START,
        "last_seen": START + timedelta(days=1, minutes=39),
        "subject_template": "discreet replica bargains await",
        "subject_slots": "discreet replica bargains await",
        "cohesion": 1.0,
        "bursts": 2,
        "burst_starts": [START, START + timedelta(days=1, minutes=1)],
        "bursts_per_day": pytest.approx(2 / (1 + 39 / 1440)),
        "max_per_address": 10,
        "per_address": [0, 0, 0, 4, 0, 0],  # four of six to ten messages
    }


def test_what_is_not_known_is_null() -> None:
    traits, rows = messages(5)
    empty = pa.nulls(len(rows), pa.string())
    rows = rows.set_column(2, "handover_ip", empty).set_column(
        1, "received_at", pa.nulls(len(rows), TRAITS.field("time").type)
    )
    campaigns = describe(find(traits), rows)
    (campaign,) = campaigns.to_pylist()
    assert (campaign["addresses"], campaign["networks"]) == (0, 0)
    timeless = ("first_seen", "last_seen", "bursts", "burst_starts", "bursts_per_day")
    nowhere = ("countries", "max_per_address", "per_address", "low_and_slow")
    elsewhere = ("engine", "device_share", "name", "group", "confidence", "families", "bridge_messages", "device_grade")
    for name in (*timeless, *nowhere, *elsewhere):
        assert campaign[name] is None


def test_the_engine_is_the_most_frequent_one() -> None:
    traits, rows = messages(5)
    engines = ["b", "a", "a", "b", None] + ["other"] * 500
    campaigns = describe(find(traits), rows.append_column("engine", pa.array(engines)))
    assert campaigns["engine"].to_pylist() == ["a"]


def test_the_subjects_of_a_campaign_are_one_template_with_slots() -> None:
    traits, rows = messages(40)
    shown = [
        text.replace("replica", ("golden", "replica", "cheapest")[n % 3])
        for n, text in enumerate(rows["subject_template"].to_pylist())
    ]
    rows = rows.set_column(3, "subject_template", pa.array(shown))
    campaigns = describe(find(traits), rows)
    assert campaigns["subject_slots"].to_pylist() == ["discreet {golden|cheapest|replica} bargains await"]
    assert campaigns["subject_template"].to_pylist() == ["discreet golden bargains await"]


def test_a_campaign_of_many_machines_with_few_messages_each_is_low_and_slow() -> None:
    traits, rows = messages(40)
    spread = [f"203.0.113.{n}" for n in range(len(rows))]
    addresses = ["198.51.100.7" if n < 10 else ip for n, ip in enumerate(spread)]
    rows = rows.set_column(2, "handover_ip", pa.array(addresses))
    (campaign,) = describe(find(traits), rows).to_pylist()
    assert (campaign["max_per_address"], campaign["per_address"]) == (10, [30, 0, 0, 1, 0, 0])
    assert campaign["low_and_slow"] == 1.0


def test_places_are_counted_again_as_they_were_counted() -> None:
    traits, rows = messages(40)
    addresses = pa.table({"ip": ["203.0.113.1", "203.0.113.2"], "country": ["AA", "BB"], "asn": [64500, None]})
    found = find(traits)
    before = describe(found, rows)
    assert (before["networks"].to_pylist(), before["countries"].to_pylist()) == ([1], [None])
    senders = pa.table({"campaign": found.labels, "handover_ip": rows["handover_ip"]})
    assert with_places(before, senders, addresses) == describe(found, rows, addresses)


def test_cohesion_is_the_share_that_has_the_commonest_evidence() -> None:
    traits, rows = messages(40)
    found = find(traits)
    ten = pa.array([10] * len(found.joins), pa.int64())
    weaker = replace(
        found, joins=found.joins.set_column(found.joins.schema.get_field_index("messages"), "messages", ten)
    )
    assert describe(weaker, rows)["cohesion"].to_pylist() == [0.25]


def test_mail_cannot_steer_a_terminal_through_its_subjects() -> None:
    traits, rows = messages(5)
    hostile = ["evil \x1b[31m bargains await tonight" if value.startswith("discreet") else value
               for value in traits["subject_template"].to_pylist()]  # fmt: skip
    traits = traits.set_column(TRAITS.get_field_index("subject_template"), "subject_template", pa.array(hostile))
    assert all(text.isprintable() for text in describe(find(traits), rows)["subject_slots"].to_pylist())


def test_no_campaigns_give_empty_tables() -> None:
    traits, rows = messages(0, crowd=20)
    campaigns = describe(find(traits), rows)
    assert (campaigns.schema, len(campaigns)) == (CAMPAIGNS, 0)


def test_the_order_of_rows_makes_no_difference() -> None:
    traits, rows = messages(30)
    one = describe(find(traits), rows)
    backwards = pa.array(range(len(rows) - 1, -1, -1))
    other = describe(find(traits.take(backwards)), rows.take(backwards))
    assert one == other
