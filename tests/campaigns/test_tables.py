from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from attribution.campaigns import TRAITS, Clustering, describe, find
from attribution.tables import CAMPAIGNS, EVIDENCE

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
    campaigns, evidence = describe(find(traits), rows, addresses)
    assert campaigns.schema == CAMPAIGNS
    assert evidence.schema == EVIDENCE
    assert campaigns.to_pylist() == [
        {
            "campaign": 1,
            "messages": 40,
            "addresses": 4,
            "networks": 3,  # two autonomous systems, and the /24 of the addresses without one
            "countries": 2,
            "first_seen": START,
            "last_seen": START + timedelta(days=1, minutes=39),
            "subject_template": "discreet replica bargains await",
            "cohesion": 1.0,
            "bursts": 2,
            "max_per_address": 10,
            "device_share": None,
        }
    ]
    (reason,) = evidence.to_pylist()
    assert reason["trait"] == "subject template + engine"
    assert reason["value"] == "discreet replica bargains await + botkit"
    assert reason["messages"] == 40
    assert 0 < reason["background"] <= 0.01
    assert reason["weight"] > 15


def test_what_is_not_known_is_null() -> None:
    traits, rows = messages(5)
    empty = pa.nulls(len(rows), pa.string())
    rows = rows.set_column(2, "handover_ip", empty).set_column(
        1, "received_at", pa.nulls(len(rows), TRAITS.field("time").type)
    )
    campaigns, _ = describe(find(traits), rows)
    (campaign,) = campaigns.to_pylist()
    assert (campaign["addresses"], campaign["networks"]) == (0, 0)
    for name in ("countries", "first_seen", "last_seen", "bursts", "max_per_address", "device_share"):
        assert campaign[name] is None


def test_cohesion_is_the_share_that_has_the_commonest_evidence() -> None:
    traits, rows = messages(40)
    found = find(traits)
    joins = found.joins.to_pandas().assign(messages=10)
    weaker = Clustering(found.labels, found.edges, pa.Table.from_pandas(joins, found.joins.schema), found.epsilon)
    assert describe(weaker, rows)[0]["cohesion"].to_pylist() == [0.25]


def test_mail_cannot_steer_a_terminal_through_the_evidence() -> None:
    traits, rows = messages(5)
    hostile = ["evil \x1b[31m bargains await tonight" if value.startswith("discreet") else value
               for value in traits["subject_template"].to_pylist()]  # fmt: skip
    traits = traits.set_column(TRAITS.get_field_index("subject_template"), "subject_template", pa.array(hostile))
    _, evidence = describe(find(traits), rows)
    assert all(value.isprintable() for value in evidence["value"].to_pylist())


def test_no_campaigns_give_empty_tables() -> None:
    traits, rows = messages(0, crowd=20)
    campaigns, evidence = describe(find(traits), rows)
    assert (campaigns.schema, len(campaigns)) == (CAMPAIGNS, 0)
    assert (evidence.schema, len(evidence)) == (EVIDENCE, 0)


def test_the_order_of_rows_makes_no_difference() -> None:
    traits, rows = messages(30)
    one = describe(find(traits), rows)
    backwards = pa.array(range(len(rows) - 1, -1, -1))
    other = describe(find(traits.take(backwards)), rows.take(backwards))
    assert one == other
