"""Campaigns, addresses, networks and messages as graphs for people and other tools.

Every attribute is a text, a number or a truth value, so that a graph can be written as GraphML, GEXF or
node-link JSON as it is. Text from mail has its control characters escaped, which XML cannot hold; times are
ISO 8601 in UTC. What is not known is no attribute.
"""

from __future__ import annotations

import math
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, get_args

import networkx as nx
import pyarrow as pa
import pyarrow.compute as pc

from attribution._net import network_key
from attribution._text import escape_control, shorten
from attribution.errors import UsageError
from attribution.limits import GRAPH_MESSAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["MESSAGE_COLUMNS", "Level", "campaign_graph", "case_graph", "lead_graph", "sender_graph"]

Level = Literal["campaigns", "networks", "addresses", "messages"]
"""How much a graph of a case shows."""


MESSAGE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "campaigns": (),
    "networks": ("campaign", "handover_ip"),
    "addresses": ("campaign", "handover_ip"),
    "messages": ("message", "campaign", "handover_ip", "handover_grade", "received_at", "from_address", "subject"),
}
"""The columns of the messages table that each level needs."""

_ADDRESS_FACTS = ("asn", "as_org", "country")
_CAMPAIGN_FACTS = (
    "messages", "subject_template", "first_seen", "last_seen", "name", "group", "addresses", "networks", "countries",
    "engine", "confidence",
)  # fmt: skip
_MESSAGE_FACTS = MESSAGE_COLUMNS["messages"][2:]
_EVIDENCE_FACTS = ("trait", "value", "messages", "background", "weight", "round")
_TEXT_CHARS = 1_000
_TOLD_LEADS = 5
"""Leads between two campaigns whose texts are given, those of least background."""


def case_graph(
    level: str,
    *,
    campaigns: pa.Table,
    messages: pa.Table | None = None,
    addresses: pa.Table | None = None,
    leads: pa.Table | None = None,
    limit: int | None = GRAPH_MESSAGES,
) -> nx.Graph[tuple[str, Any]]:
    """Return a case as a graph.

    Args:
        level: `campaigns`, with what leads there are between them (see `lead_graph`); `networks`, the campaigns and the
            autonomous systems, or where the system is not known the /24 or /48, that handed them over;
            `addresses`, the campaigns and their handover addresses (see `sender_graph`); `messages`, these and
            each message between.
        campaigns: The campaigns table.
        messages: The messages table, at least `MESSAGE_COLUMNS` of the level; not needed for `campaigns`.
        addresses: The addresses table, for the facts of addresses and networks; None when nothing is known.
        leads: The leads table, for the level `campaigns`.
        limit: Messages up to which the level `messages` is built; None for any number.

    Returns:
        Nodes `("campaign", key)`, `("network", "AS64500")`, `("address", ip)` and `("message", key)`. Their attribute
        `kind` is the first of the two.

    Raises:
        UsageError: There is no such level, or the level has more messages than the limit.
    """
    if level not in get_args(Level):
        message = f"there is no level {level!r} of a graph; the levels are {', '.join(get_args(Level))}"
        raise UsageError(message)
    if messages is None:
        messages = pa.table({name: pa.nulls(0, kind) for name, kind in _MESSAGE_TYPES.items()})
    if level == "campaigns":
        return lead_graph(campaigns, leads)
    if level == "networks":
        return _network_graph(messages, campaigns, addresses)
    if level == "addresses":
        return sender_graph(messages, campaigns, addresses)
    return _message_graph(messages, campaigns, addresses, limit)


_MESSAGE_TYPES = {
    name: pa.int64() if name in ("message", "campaign") else pa.string() for name in MESSAGE_COLUMNS["messages"]
}


def lead_graph(campaigns: pa.Table, leads: pa.Table | None = None) -> nx.Graph[tuple[str, Any]]:
    """Return the campaigns and what leads there are between them.

    A lead is no proof, and campaigns that have one are not one campaign.

    Args:
        campaigns: The campaigns table.
        leads: The leads table; leads that have no campaign at one of their ends are left out.

    Returns:
        Nodes `("campaign", key)`. Of several leads between two campaigns one edge is made: `leads`, their number;
        `kinds` and `reasons`, their texts, each once, with ` | ` between; `shared`, `background` and `weight`, those
        of the lead of least background.
    """
    graph = _campaigns(campaigns)
    if leads is None:
        return graph
    wanted = ["campaign_a", "campaign_b", "kind", "reason", "shared", "background", "weight"]
    both = pc.and_(pc.is_valid(leads["campaign_a"]), pc.is_valid(leads["campaign_b"]))
    rows = [row for row in leads.select(wanted).filter(both).to_pylist() if row["campaign_a"] != row["campaign_b"]]
    rows.sort(key=lambda row: (_ends(row), _or_infinite(row["background"]), row["kind"] or "", row["reason"] or ""))
    for ends, among in groupby(rows, key=_ends):
        several = list(among)
        nodes = [("campaign", key) for key in ends]
        _ensure(graph, nodes)
        facts = {name: several[0][name] for name in ("shared", "background", "weight")}
        for name, column in (("kinds", "kind"), ("reasons", "reason")):
            texts = dict.fromkeys(row[column] for row in several[:_TOLD_LEADS] if row[column] is not None)
            facts[name] = " | ".join(texts)
        graph.add_edge(*nodes, leads=len(several), **_facts(facts))
    return graph


def _ends(row: Mapping[str, Any]) -> tuple[int, int]:
    one, other = sorted((row["campaign_a"], row["campaign_b"]))
    return one, other


def _or_infinite(value: float | None) -> float:
    return math.inf if value is None or math.isnan(value) else value


def sender_graph(
    messages: pa.Table, campaigns: pa.Table, addresses: pa.Table | None = None
) -> nx.Graph[tuple[str, Any]]:
    """Return which campaigns came from which handover addresses.

    An address that stands between two campaigns is a lead, no proof: hosts are shared, hired and reassigned.

    Args:
        messages: Has `campaign` and `handover_ip`; messages without either are left out.
        campaigns: The campaigns table.
        addresses: The addresses table; None when nothing is known.

    Returns:
        Nodes `("campaign", key)` and `("address", ip)`, whose attributes are columns of the two tables and `kind`;
        edges with `messages`, their number. What is not known is no attribute. Order is that of the tables.
    """
    graph = _campaigns(campaigns)
    linked = messages.select(["campaign", "handover_ip"]).drop_null()
    _add_addresses(graph, linked["handover_ip"], addresses)
    counts = linked.group_by(["campaign", "handover_ip"]).aggregate([([], "count_all")])
    for row in counts.sort_by([("campaign", "ascending"), ("handover_ip", "ascending")]).to_pylist():
        one, other = ("campaign", row["campaign"]), ("address", row["handover_ip"])
        _ensure(graph, (one, other))
        graph.add_edge(one, other, messages=row["count_all"])
    return graph


def _network_graph(messages: pa.Table, campaigns: pa.Table, addresses: pa.Table | None) -> nx.Graph[tuple[str, Any]]:
    """Return campaigns and networks: edges have `messages` and `addresses`, their numbers."""
    graph = _campaigns(campaigns)
    linked = messages.select(["campaign", "handover_ip"]).drop_null()
    counts = linked.group_by(["campaign", "handover_ip"]).aggregate([([], "count_all")])
    known = _known(counts["handover_ip"], addresses)
    network_of: dict[str, str] = {}
    facts: dict[str, dict[str, Any]] = {}
    for ip in pc.unique(counts["handover_ip"]).sort().to_pylist():
        about = known.get(ip, {})
        placed = about.get("asn") is not None
        network_of[ip] = f"AS{about['asn']}" if placed else network_key(ip)
        system = {name: about.get(name) for name in ("asn", "as_org")} if placed else {}
        facts.setdefault(network_of[ip], system | {"addresses": 0})["addresses"] += 1
    edges: dict[tuple[int, str], list[int]] = {}
    for row in counts.sort_by([("campaign", "ascending"), ("handover_ip", "ascending")]).to_pylist():
        edge = edges.setdefault((row["campaign"], network_of[row["handover_ip"]]), [0, 0])
        edge[0] += row["count_all"]
        edge[1] += 1
    for network in sorted(facts):
        _add(graph, ("network", network), facts[network])
    for (campaign, network), (count, ips) in edges.items():
        _ensure(graph, [("campaign", campaign)])
        graph.add_edge(("campaign", campaign), ("network", network), messages=count, addresses=ips)
    return graph


def _message_graph(
    messages: pa.Table, campaigns: pa.Table, addresses: pa.Table | None, limit: int | None
) -> nx.Graph[tuple[str, Any]]:
    """Return messages that have a campaign or an address, each with an edge to either."""
    given = messages.select(list(MESSAGE_COLUMNS["messages"]))
    placed = given.filter(pc.or_(pc.is_valid(given["campaign"]), pc.is_valid(given["handover_ip"])))
    _refuse(len(placed), limit, "ask for level='addresses', or with limit=None for all of it")
    graph = _campaigns(campaigns)
    _add_addresses(graph, placed["handover_ip"], addresses)
    _add_messages(graph, placed)
    for row in placed.select(["message", "campaign", "handover_ip"]).to_pylist():
        for kind, column in (("campaign", "campaign"), ("address", "handover_ip")):
            if row[column] is not None:
                _ensure(graph, [(kind, row[column])])
                graph.add_edge(("message", row["message"]), (kind, row[column]))
    return graph


def campaign_graph(
    key: int, links: pa.Table, evidence: pa.Table, messages: pa.Table, *, limit: int | None = GRAPH_MESSAGES
) -> nx.Graph[tuple[str, Any]]:
    """Return the messages of one campaign and the evidence that joins them.

    All messages around an evidence node carry its values; its links are those of the spanning forest, so that each
    edge is needed to hold the campaign together.

    Args:
        key: Of the campaign.
        links: The links table.
        evidence: The evidence table.
        messages: The messages table, with `message`, `campaign` and what else is to be shown of `received_at`,
            `from_address`, `subject`, `handover_ip` and `handover_grade`.
        limit: Messages up to which the graph is built; None for any number.

    Returns:
        Nodes `("message", key)` and `("evidence", number)` with `kind`; evidence has `trait`, `value`, `messages` (how
        many carry it), `background` (expected unrelated matches), `weight` (bits) and `round`. An edge goes
        from a message to evidence, never between two of a kind.

    Raises:
        UsageError: There is no such campaign, or it has more messages than the limit.
    """
    mine = messages.filter(pc.equal(messages["campaign"], key))
    own = links.filter(pc.equal(links["campaign"], key))
    if len(mine) == 0 and len(own) == 0:
        message = f"there is no campaign {key} among these messages; take a key from the campaigns table"
        raise UsageError(message)
    _refuse(len(mine), limit, "ask with limit=None for all of it")
    graph: nx.Graph[tuple[str, Any]] = nx.Graph()
    _add_messages(graph, mine)
    used = pc.and_(
        pc.equal(evidence["campaign"], key), pc.is_in(evidence["evidence"], value_set=_values(own["evidence"]))
    )
    columns = [name for name in _EVIDENCE_FACTS if name in evidence.column_names]
    for row in evidence.filter(used).select(["evidence", *columns]).to_pylist():
        _add(graph, ("evidence", row.pop("evidence")), row)
    for row in own.select(["message_a", "message_b", "evidence"]).to_pylist():
        reason = ("evidence", row["evidence"])
        for end in (row["message_a"], row["message_b"]):
            _ensure(graph, (("message", end), reason))
            graph.add_edge(("message", end), reason)
    return graph


def _refuse(count: int, limit: int | None, instead: str) -> None:
    if limit is not None and count > limit:
        message = f"a graph of {count:,} messages is more than the limit of {limit:,}; {instead}"
        raise UsageError(message)


def _campaigns(campaigns: pa.Table) -> nx.Graph[tuple[str, Any]]:
    graph: nx.Graph[tuple[str, Any]] = nx.Graph()
    columns = [name for name in _CAMPAIGN_FACTS if name in campaigns.column_names]
    for row in campaigns.select(["campaign", *columns]).to_pylist():
        _add(graph, ("campaign", row.pop("campaign")), row)
    return graph


def _add_messages(graph: nx.Graph[tuple[str, Any]], messages: pa.Table) -> None:
    columns = [name for name in _MESSAGE_FACTS if name in messages.column_names]
    for row in messages.select(["message", *columns]).to_pylist():
        _add(graph, ("message", row.pop("message")), row)


def _add_addresses(graph: nx.Graph[tuple[str, Any]], ips: pa.ChunkedArray, addresses: pa.Table | None) -> None:
    for ip, facts in _known(ips, addresses).items():
        _add(graph, ("address", ip), facts)


def _known(ips: pa.ChunkedArray, addresses: pa.Table | None) -> dict[str, dict[str, Any]]:
    """Return what the addresses table says of some addresses, in its order."""
    if addresses is None:
        return {}
    rows = addresses.filter(pc.is_in(addresses["ip"], value_set=_values(ips))).select(["ip", *_ADDRESS_FACTS])
    return {row.pop("ip"): row for row in rows.to_pylist()}


def _values(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks().drop_null()


def _add(graph: nx.Graph[tuple[str, Any]], node: tuple[str, Any], facts: Mapping[str, Any]) -> None:
    graph.add_node(node, kind=node[0], **_facts(facts))


def _ensure(graph: nx.Graph[tuple[str, Any]], nodes: Iterable[tuple[str, Any]]) -> None:
    """Add the nodes that no table describes."""
    for node in nodes:
        if node not in graph:
            _add(graph, node, {})


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that are known, as every format can write them."""
    plain = ((name, _plain(value)) for name, value in facts.items())
    return {name: value for name, value in plain if value is not None}


def _plain(value: object) -> str | float | int | None:
    if isinstance(value, str):
        return shorten(escape_control(value), _TEXT_CHARS)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (int, float)) else str(value)
