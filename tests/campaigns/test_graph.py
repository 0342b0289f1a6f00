from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import networkx as nx
import pyarrow as pa
import pytest

from attribution.campaigns.graph import MESSAGE_COLUMNS, campaign_graph, case_graph, lead_graph, sender_graph
from attribution.errors import UsageError
from attribution.tables import ADDRESSES, CAMPAIGNS, EVIDENCE, LEADS, LINKS, MESSAGES

if TYPE_CHECKING:
    from pathlib import Path

SEEN = datetime(2014, 1, 6, 9, 30, tzinfo=UTC)
HOSTILE = 'pay\x00 now\x1b[2J \u202e\ufffe ]]> <b> "&'


def table(schema: pa.Schema, rows: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema)


def test_an_address_that_sent_two_campaigns_stands_between_them() -> None:
    messages = table(
        MESSAGES,
        [
            {"campaign": 1, "handover_ip": "28.1.2.3"},
            {"campaign": 1, "handover_ip": "28.1.2.3"},
            {"campaign": 2, "handover_ip": "28.1.2.3"},
            {"campaign": 2, "handover_ip": "22.4.5.6"},
            {"campaign": None, "handover_ip": "26.7.8.9"},
            {"campaign": 2, "handover_ip": None},
        ],
    )
    campaigns = table(CAMPAIGNS, [{"campaign": 1, "messages": 2}, {"campaign": 2, "messages": 3}])
    addresses = table(
        ADDRESSES, [{"ip": "22.4.5.6"}, {"ip": "26.7.8.9"}, {"ip": "28.1.2.3", "asn": 64500, "country": "NL"}]
    )
    graph = sender_graph(messages, campaigns, addresses)
    assert graph.nodes["address", "28.1.2.3"] == {"kind": "address", "asn": 64500, "country": "NL"}
    assert graph.nodes["campaign", 1] == {"kind": "campaign", "messages": 2}
    assert ("address", "26.7.8.9") not in graph
    assert {(one[1], other[1], facts["messages"]) for one, other, facts in graph.edges(data=True)} == {
        (1, "28.1.2.3", 2),
        (2, "28.1.2.3", 1),
        (2, "22.4.5.6", 1),
    }


def test_a_case_without_campaigns_has_an_empty_graph() -> None:
    graph = sender_graph(MESSAGES.empty_table(), CAMPAIGNS.empty_table(), ADDRESSES.empty_table())
    assert graph.number_of_nodes() == 0


CASE = {
    "campaigns": table(
        CAMPAIGNS,
        [
            {"campaign": 1, "messages": 3, "subject_template": HOSTILE, "first_seen": SEEN, "confidence": 0.99},
            {"campaign": 2, "messages": 1, "name": "parcel fee", "confidence": float("nan"), "group": 1},
        ],
    ),
    "messages": table(
        MESSAGES,
        [
            {"message": 10, "campaign": 1, "handover_ip": "28.1.2.3", "subject": HOSTILE, "received_at": SEEN},
            {"message": 11, "campaign": 1, "handover_ip": "28.1.2.4", "handover_grade": "vouched"},
            {"message": 12, "campaign": 1, "handover_ip": "22.4.5.6"},
            {"message": 13, "campaign": 2, "handover_ip": "2a00:1:2::5"},
            {"message": 14, "campaign": None, "handover_ip": "26.7.8.9"},
            {"message": 15, "campaign": None, "handover_ip": None},
        ],
    ),
    "addresses": table(
        ADDRESSES,
        [
            {"ip": "28.1.2.3", "asn": 64500, "as_org": "Example Net", "country": "NL"},
            {"ip": "28.1.2.4", "asn": 64500, "as_org": "Example Net"},
            {"ip": "22.4.5.6"},
        ],
    ),
    "leads": table(
        LEADS,
        [
            {
                "kind": "same engine", "campaign_a": 1, "campaign_b": 2, "shared": 4, "background": 0.004,
                "weight": 8.0, "reason": "one engine made both; 0.004 expected",
            },
            {
                "kind": "same senders", "campaign_a": 2, "campaign_b": 1, "shared": 12, "background": 1e-9,
                "weight": 29.9, "reason": "12 of the 40 addresses; fewer than 0.0001 expected",
            },
            {"kind": "evidence", "campaign_a": 1, "message_b": 14, "background": 0.05, "weight": 4.3, "reason": "x"},
        ],
    ),
}  # fmt: skip
LINKED = table(
    LINKS,
    [
        {"campaign": 1, "message_a": 10, "message_b": 11, "evidence": 5},
        {"campaign": 1, "message_a": 11, "message_b": 12, "evidence": 6},
        {"campaign": 2, "message_a": 13, "message_b": 16, "evidence": 7},
    ],
)
REASONS = table(
    EVIDENCE,
    [
        {
            "evidence": 5,
            "campaign": 1,
            "trait": "subject + engine",
            "value": HOSTILE,
            "background": 0.003,
            "weight": 28.0,
        },
        {"evidence": 6, "campaign": 1, "trait": "attachment", "messages": 2, "round": 1},
        {"evidence": 7, "campaign": 2, "trait": "contact"},
        {"evidence": 8, "campaign": 1, "trait": "joined nothing by itself"},
    ],
)


def edges(graph: nx.Graph[tuple[str, Any]]) -> set[frozenset[tuple[str, Any]]]:
    return {frozenset(edge) for edge in graph.edges}


def test_the_level_of_addresses_is_the_graph_of_senders() -> None:
    graph = case_graph("addresses", **CASE)
    expected = sender_graph(CASE["messages"], CASE["campaigns"], CASE["addresses"])
    assert nx.utils.graphs_equal(graph, expected)
    assert graph.nodes["address", "2a00:1:2::5"] == {"kind": "address"}


def test_campaigns_are_joined_by_what_leads_say_of_them_and_stay_apart() -> None:
    graph = case_graph("campaigns", **CASE)
    assert set(graph) == {("campaign", 1), ("campaign", 2)}
    assert graph.edges[("campaign", 1), ("campaign", 2)] == {
        "leads": 2,
        "kinds": "same senders | same engine",
        "reasons": "12 of the 40 addresses; fewer than 0.0001 expected | one engine made both; 0.004 expected",
        "shared": 12,
        "background": 1e-9,
        "weight": 29.9,
    }
    assert lead_graph(CASE["campaigns"]).number_of_edges() == 0


def test_addresses_of_one_network_are_one_node() -> None:
    graph = case_graph("networks", **CASE)
    assert {node for node in graph if node[0] == "network"} == {
        ("network", "AS64500"), ("network", "22.4.5.0/24"), ("network", "2a00:1:2::/48"),
    }  # fmt: skip
    assert graph.nodes["network", "AS64500"] == {
        "kind": "network", "asn": 64500, "as_org": "Example Net", "addresses": 2,
    }  # fmt: skip
    assert graph.edges[("campaign", 1), ("network", "AS64500")] == {"messages": 2, "addresses": 2}


def test_each_message_stands_between_its_campaign_and_its_address() -> None:
    graph = case_graph("messages", **CASE)
    assert graph.nodes["message", 11] == {"kind": "message", "handover_ip": "28.1.2.4", "handover_grade": "vouched"}
    assert graph.nodes["message", 10]["received_at"] == "2014-01-06T09:30:00+00:00"
    assert set(graph["message", 10]) == {("campaign", 1), ("address", "28.1.2.3")}
    assert set(graph["message", 14]) == {("address", "26.7.8.9")}
    assert ("message", 15) not in graph


def test_a_graph_of_too_many_messages_is_built_only_when_asked_for() -> None:
    with pytest.raises(UsageError, match="5 messages is more than the limit of 4; ask for level='addresses'"):
        case_graph("messages", **CASE, limit=4)
    with pytest.raises(UsageError, match="3 messages is more than the limit of 2; ask with limit=None"):
        campaign_graph(1, LINKED, REASONS, CASE["messages"], limit=2)
    assert ("message", 14) in case_graph("messages", **CASE, limit=None)
    assert ("address", "26.7.8.9") not in case_graph("addresses", **CASE, limit=1)


def test_an_unknown_level_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="'bots' of a graph; the levels are campaigns, networks, addresses, messages"):
        case_graph("bots", **CASE)


@pytest.mark.parametrize("level", list(MESSAGE_COLUMNS))
def test_every_level_needs_no_more_columns_than_it_says(level: str) -> None:
    needed = CASE["messages"].select(list(MESSAGE_COLUMNS[level]))
    assert nx.utils.graphs_equal(case_graph(level, **CASE | {"messages": needed}), case_graph(level, **CASE))
    assert case_graph(level, campaigns=CAMPAIGNS.empty_table()).number_of_nodes() == 0


def test_a_campaign_is_its_messages_and_the_evidence_between_them() -> None:
    graph = campaign_graph(1, LINKED, REASONS, CASE["messages"])
    assert edges(graph) == {
        frozenset([("message", 10), ("evidence", 5)]),
        frozenset([("message", 11), ("evidence", 5)]),
        frozenset([("message", 11), ("evidence", 6)]),
        frozenset([("message", 12), ("evidence", 6)]),
    }
    assert nx.is_connected(graph)
    assert nx.is_bipartite(graph)
    assert graph.nodes["evidence", 5] | {"value": ""} == {
        "kind": "evidence", "trait": "subject + engine", "value": "", "background": 0.003, "weight": 28.0,
    }  # fmt: skip
    assert graph.nodes["evidence", 6] == {"kind": "evidence", "trait": "attachment", "messages": 2, "round": 1}


def test_a_message_that_no_table_describes_is_still_an_end_of_a_link() -> None:
    assert campaign_graph(2, LINKED, REASONS, CASE["messages"]).nodes["message", 16] == {"kind": "message"}


def test_a_campaign_that_is_not_there_is_said_to_be_none() -> None:
    with pytest.raises(UsageError, match="there is no campaign 99"):
        campaign_graph(99, LINKED, REASONS, CASE["messages"])


@pytest.mark.parametrize("level", [*MESSAGE_COLUMNS, "campaign"])
def test_every_graph_can_be_written_in_every_format(level: str, tmp_path: Path) -> None:
    graph = campaign_graph(1, LINKED, REASONS, CASE["messages"]) if level == "campaign" else case_graph(level, **CASE)
    plain = (str, int, float)
    assert all(type(value) in plain for _, facts in graph.nodes(data=True) for value in facts.values())
    assert all(type(value) in plain for _, _, facts in graph.edges(data=True) for value in facts.values())
    nx.write_graphml(graph, tmp_path / "case.graphml")
    nx.write_gexf(graph, tmp_path / "case.gexf")
    text = json.dumps(nx.node_link_data(graph, edges="links"), allow_nan=False)
    (tmp_path / "case.json").write_text(text, "utf-8")

    again = nx.node_link_graph(json.loads((tmp_path / "case.json").read_text("utf-8")), edges="links")
    assert nx.utils.graphs_equal(again, graph)
    marked = nx.read_graphml(tmp_path / "case.graphml")
    assert dict(marked.nodes(data=True)) == {str(node): facts for node, facts in graph.nodes(data=True)}
    assert marked.number_of_edges() == graph.number_of_edges()
    exchanged = nx.read_gexf(tmp_path / "case.gexf")
    assert set(exchanged) == {str(node) for node in graph}
    assert exchanged.number_of_edges() == graph.number_of_edges()
