"""What holds campaigns together, as the tables of a case: the reasons, the links, and the figures of each campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from attribution.campaigns.bridges import hanging, weakest_bridges
from attribution.campaigns.shown import shown_lists
from attribution.tables import CAMPAIGNS, EVIDENCE, LINKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.campaigns.reasons import Clustering

__all__ = ["evidence_tables", "with_evidence"]

_ORDER = [("campaign", "ascending"), ("messages", "descending"), ("weight", "descending"), ("join", "ascending")]
"""The order in which reasons are listed and numbered."""
_SUREST = 0.999
"""No campaign is said to be surer: the families of evidence are not quite independent."""


def evidence_tables(clustering: Clustering) -> tuple[pa.Table, pa.Table]:
    """Return the reasons and the links of all campaigns.

    Args:
        clustering: What `find` returned.

    Returns:
        Tables as `tables.EVIDENCE`, for each campaign the reasons that most of its messages carry first, and as
        `tables.LINKS`, in the order of campaign and messages. `evidence` is the number of a reason in both.
    """
    joins = clustering.joins
    order = pc.sort_indices(joins, sort_keys=_ORDER)
    ordered = joins.take(order)
    number = np.empty(len(joins), dtype=np.int64)
    number[order.to_numpy()] = np.arange(len(joins))
    shown = shown_lists(ordered["values"].combine_chunks())
    evidence = pa.table(
        {
            "campaign": ordered["campaign"],
            "trait": ordered["key"],
            "value": pc.binary_join(shown, " + "),
            "messages": ordered["messages"],
            "background": ordered["expected"],
            "weight": ordered["weight"],
            "evidence": pa.array(np.arange(len(ordered), dtype=np.int64)),
            "families": ordered["families"],
            "values": shown,
            "bits": ordered["bits"],
            "round": ordered["round"],
            "among": ordered["among"],
        },
        schema=EVIDENCE,
    )
    join = clustering.edges["join"].to_numpy()
    links = pa.table(
        {
            "campaign": joins["campaign"].to_numpy()[join],
            "message_a": clustering.edges["a"],
            "message_b": clustering.edges["b"],
            "evidence": number[join],
        },
        schema=LINKS,
    )
    return evidence, links.sort_by([(name, "ascending") for name in ("campaign", "message_a", "message_b")])


def with_evidence(campaigns: pa.Table, clustering: Clustering, evidence: pa.Table) -> pa.Table:
    """Return the campaigns table with what the evidence says of each campaign.

    `confidence`: one less the number of unrelated matches expected by chance over the reasons of its links, each by
    twice the share of the campaign that hangs on it at most, from 0 to 0.999: where half of it hangs on one link, a
    chance match is one of the whole, and a straggler of a large campaign counts for as much as it is.
    `families` and `remains`: the families of evidence that hold it, and for each the largest share of its messages that
    is still held together without it. `bridge_evidence`, `bridge_messages`, `bridge_background`: see `weakest_bridges`;
    null where every part hangs on by several messages alone.

    Args:
        campaigns: As `tables.CAMPAIGNS`, by key.
        clustering: What `find` returned.
        evidence: The reasons, as `evidence_tables` made them of it.
    """
    keys = pd.Index(campaigns["campaign"].to_pylist(), name="campaign")
    sides = hanging(clustering)
    confidence = (1.0 - _chance(clustering, *sides).reindex(keys).fillna(0.0).clip(upper=1.0)).clip(upper=_SUREST)
    stability = clustering.stability.to_pandas()
    held = stability.groupby("campaign", sort=True)
    families = held["family"].agg(list).reindex(keys)
    remains = held["remains"].agg(list).reindex(keys)
    bridges = weakest_bridges(clustering, sides).to_pandas().set_index("campaign").reindex(keys)
    number = pd.Series(evidence["evidence"].to_numpy(), index=_join_order(clustering))
    columns = {
        "confidence": pa.array(confidence, pa.float64()),
        "families": pa.array([value if isinstance(value, list) else None for value in families], pa.list_(pa.string())),
        "remains": pa.array([value if isinstance(value, list) else None for value in remains], pa.list_(pa.float64())),
        "bridge_evidence": pa.array(bridges["join"].map(number).astype("Int64"), pa.int64()),
        "bridge_messages": pa.array(bridges["messages"].astype("Int64"), pa.int64()),
        "bridge_background": pa.array(bridges["expected"], pa.float64(), from_pandas=True),
    }
    for name, column in columns.items():
        place = CAMPAIGNS.get_field_index(name)
        campaigns = campaigns.set_column(place, CAMPAIGNS.field(place), column)
    return campaigns


def _chance(clustering: Clustering, lesser: NDArray[np.int64], sizes: NDArray[np.int64]) -> pd.Series[float]:
    """Return for each campaign the unrelated matches to expect in its links, by what hangs on them."""
    joins = clustering.joins
    expected = pc.fill_null(joins["expected"], 0.0).to_numpy()
    hangs = np.zeros(len(joins))
    np.maximum.at(hangs, clustering.edges["join"].to_numpy(), 2 * lesser / np.maximum(sizes, 1))
    return pd.Series(expected * hangs).groupby(joins["campaign"].to_numpy()).sum()


def _join_order(clustering: Clustering) -> list[int]:
    """Return the number of each reason in the order in which `evidence_tables` lists them."""
    ordered: list[int] = pc.sort_indices(clustering.joins, sort_keys=_ORDER).to_pylist()
    return ordered
