from __future__ import annotations

import pyarrow as pa

from attribution.campaigns.graph import sender_graph
from attribution.tables import ADDRESSES, CAMPAIGNS, MESSAGES


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
