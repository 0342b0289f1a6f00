"""Which campaigns seem to come from the same botnet: leads with their reasons, never merged campaigns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pyarrow as pa

from attribution._text import escape_control, shorten
from attribution.campaigns.shared_engines import SharedEngine, shared_engines
from attribution.campaigns.shared_senders import (
    CHURN_DAYS,
    LEAST_SHARED,
    SharedSenders,
    read_senders,
    shared_senders,
)
from attribution.tables import LEADS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["SAME_ENGINE", "SAME_SENDERS", "BotnetLayer", "link_campaigns"]

SAME_SENDERS = "same senders"
SAME_ENGINE = "same engine"

_VALUE_CHARS = 300
_LOUVAIN_CAMPAIGNS = 1_000

_RESOLUTION = 0.5
"""Share of the expected weight of an edge that modularity asks for (Reichardt and Bornholdt 2006).

Pairs of small campaigns of one botnet share too few senders for a lead; at 1 those missing edges pass for a border.
"""


@dataclass(frozen=True, slots=True)
class BotnetLayer:
    """What links campaigns beyond their content.

    Attributes:
        leads: As `tables.LEADS`, in order of `campaign_a`, `campaign_b` and `kind`. `lead` is the community of
            `campaign_a`; that of `campaign_b` is another where the lead joins two.
        groups: For each row of the campaigns table the community of the campaign, which is the least key of a
            campaign in it; null for a campaign that is linked with none.
    """

    leads: pa.Table
    groups: pa.Array


def link_campaigns(campaigns: pa.Table, messages: pa.Table) -> BotnetLayer:
    """Find campaigns that share senders or an engine beyond chance, as leads.

    A lead says that two campaigns were sent from the same machines or made by the same program. It does not say that
    they have one author: botnets are rented, and programs are sold. Campaigns are never merged by it.

    What chance means, and why mail servers and common programs give no lead, is told at
    `shared_senders.shared_senders` and `shared_engines.shared_engines`.

    Communities are those of Louvain's method within each connected component (Blondel et al. 2008), where a lead of
    shared senders weighs their number: for two campaigns from one pool it goes with the product of their
    sizes, which is what modularity takes for granted, so that one botnet is not cut in parts.

    Args:
        campaigns: Has `campaign`.
        messages: Those of all the case, with `campaign`, `handover_ip`, `handover_grade`, `received_at` and `engine`.
            What has no campaign, or one that is not in the table, is the background that chance is measured on.

    Returns:
        The same for any order of rows.
    """
    keys = np.unique(campaigns["campaign"].to_numpy())
    number = _numbers(messages["campaign"], keys)
    senders = read_senders(messages, number)
    _, blocks = senders.spread(len(keys))
    shared = shared_senders(senders, len(keys))
    engines = shared_engines(messages["engine"], number, blocks)
    rows = [*_sender_leads(shared, keys), *_engine_leads(engines, keys)]
    rows.sort(key=lambda row: (row["campaign_a"], row["campaign_b"], row["kind"], row["value"]))
    community = _communities(rows)
    for row in rows:
        row["lead"] = community[row["campaign_a"]]
    return BotnetLayer(
        leads=pa.Table.from_pylist(rows, schema=LEADS),
        groups=pa.array([community.get(key) for key in campaigns["campaign"].to_pylist()], pa.int64()),
    )


def _numbers(column: pa.ChunkedArray, keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each message the place of its campaign among the keys, -1 for none."""
    values = column.combine_chunks()
    known = values.is_valid().to_numpy(zero_copy_only=False)
    given = values.fill_null(0).to_numpy(zero_copy_only=False)
    place = np.minimum(np.searchsorted(keys, given), max(0, len(keys) - 1))
    if len(keys) == 0:
        return np.full(len(given), -1, dtype=np.int64)
    return np.where(known & (keys[place] == given), place, -1)


def _sender_leads(shared: SharedSenders, keys: NDArray[np.int64]) -> list[dict[str, Any]]:
    columns = (shared.left, shared.right, shared.shared, shared.networks, shared.smaller, shared.background)
    return [
        {
            "kind": SAME_SENDERS,
            "campaign_a": int(keys[left]),
            "campaign_b": int(keys[right]),
            "trait": "address",
            "value": examples + (", …" if count > examples.count(",") + 1 else ""),
            "shared": count,
            "background": background,
            "weight": float(-np.log2(background)),
            "reason": f"{count:,} of the {smaller:,} addresses of the smaller campaign, services left out, also sent "
            f"the other within {CHURN_DAYS} days, in {networks:,} networks; "
            f"{_number(background)} such pairs expected by chance",
        }
        for left, right, count, networks, smaller, background, examples in zip(
            *(column.tolist() for column in columns), shared.examples, strict=True
        )
    ]


def _engine_leads(engines: list[SharedEngine], keys: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Return a star of leads for each engine, around the campaign of most messages."""
    rows = []
    for shared in engines:
        reason = (
            f"one engine made at least {shared.share:.0%} of each of {len(shared.campaigns)} campaigns and occurs in "
            f"{shared.elsewhere:,} of {shared.among:,} other campaigns and single messages; "
            f"{_number(shared.background)} such engines expected by chance"
        )
        for campaign, messages in zip(shared.campaigns[1:], shared.messages[1:], strict=True):
            least, most = sorted((int(keys[campaign]), int(keys[shared.campaigns[0]])))
            rows.append(
                {
                    "kind": SAME_ENGINE,
                    "campaign_a": least,
                    "campaign_b": most,
                    "trait": "engine",
                    "value": shorten(escape_control(shared.engine), _VALUE_CHARS),
                    "shared": messages + shared.messages[0],
                    "background": shared.background,
                    "weight": float(-np.log2(shared.background)),
                    "reason": reason,
                }
            )
    return rows


def _number(value: float) -> str:
    return f"{value:.1g}" if value >= 0.0001 else "fewer than 0.0001"


def _communities(rows: list[dict[str, Any]]) -> dict[int, int]:
    """Return for each campaign that has a lead the least key in its community."""
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(sorted({row[end] for row in rows for end in ("campaign_a", "campaign_b")}))
    for row in rows:
        # An engine says no more than the least number of senders that counts.
        weight = row["shared"] if row["kind"] == SAME_SENDERS else LEAST_SHARED
        before = graph.get_edge_data(row["campaign_a"], row["campaign_b"], {"weight": 0})["weight"]
        graph.add_edge(row["campaign_a"], row["campaign_b"], weight=before + weight)
    community: dict[int, int] = {}
    for component in sorted(nx.connected_components(graph), key=min):
        part: nx.Graph[int] = nx.Graph()
        part.add_nodes_from(sorted(component))
        part.add_weighted_edges_from(
            sorted((min(edge), max(edge), graph.edges[edge]["weight"]) for edge in graph.edges(component))
        )
        for members in _divided(part):
            community.update(dict.fromkeys(members, min(members)))
    return community


def _divided(part: nx.Graph[int]) -> Iterable[set[int]]:
    """Return the communities of a connected graph; of one too large for Louvain's method by label propagation.

    The passes of Louvain's method have no bound: long chains, which an adversary can make, take it hours.
    """
    if len(part) > _LOUVAIN_CAMPAIGNS:
        found: Iterable[set[int]] = nx.community.fast_label_propagation_communities(part, weight="weight", seed=0)
        return found
    return nx.community.louvain_communities(part, weight="weight", resolution=_RESOLUTION, seed=0)
