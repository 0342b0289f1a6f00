"""Campaigns and the addresses that handed them over, as a graph for people and other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["sender_graph"]

_ADDRESS_FACTS = ("asn", "as_org", "country")
_CAMPAIGN_FACTS = ("messages", "subject_template", "first_seen", "last_seen")


def sender_graph(messages: pa.Table, campaigns: pa.Table, addresses: pa.Table) -> nx.Graph[tuple[str, Any]]:
    """Return which campaigns came from which handover addresses.

    An address that stands between two campaigns is a lead, no proof: hosts are shared, hired and reassigned.

    Args:
        messages: Has `campaign` and `handover_ip`; messages without either are left out.
        campaigns: The campaigns table.
        addresses: The addresses table.

    Returns:
        Nodes `("campaign", key)` and `("address", ip)`, whose attributes are columns of the two tables and `kind`;
        edges with `messages`, their number. What is not known is no attribute. Order is that of the tables.
    """
    graph: nx.Graph[tuple[str, Any]] = nx.Graph()
    for row in campaigns.select(["campaign", *_CAMPAIGN_FACTS]).to_pylist():
        _add(graph, ("campaign", row.pop("campaign")), "campaign", row)
    linked = messages.select(["campaign", "handover_ip"]).drop_null()
    senders = addresses.filter(pc.is_in(addresses["ip"], linked["handover_ip"].combine_chunks()))
    for row in senders.select(["ip", *_ADDRESS_FACTS]).to_pylist():
        _add(graph, ("address", row.pop("ip")), "address", row)
    counts = linked.group_by(["campaign", "handover_ip"]).aggregate([([], "count_all")])
    for row in counts.sort_by([("campaign", "ascending"), ("handover_ip", "ascending")]).to_pylist():
        graph.add_edge(("campaign", row["campaign"]), ("address", row["handover_ip"]), messages=row["count_all"])
    return graph


def _add(graph: nx.Graph[tuple[str, Any]], node: tuple[str, Any], kind: str, facts: dict[str, Any]) -> None:
    graph.add_node(node, kind=kind, **{name: value for name, value in facts.items() if value is not None})
