"""Leads: what evidence would join if more chance matches were allowed, never joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from attribution.campaigns.forest import components
from attribution.campaigns.groups import distinct
from attribution.campaigns.reasons import table_of
from attribution.campaigns.rounds import Round
from attribution.campaigns.separation import separated
from attribution.campaigns.shown import shown_values
from attribution.campaigns.strangers import Strangers
from attribution.tables import LEADS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from attribution.campaigns.background import Background
    from attribution.campaigns.columns import Columns
    from attribution.campaigns.groups import Groups

__all__ = ["evidence_leads"]

_APART = "; but no program, text, link, file or contact of the one occurs in the other"
"""What is added where evidence that would join was outweighed."""


def evidence_leads(
    columns: Columns,
    joint: Mapping[tuple[str, ...], NDArray[np.int32]],
    groups: Mapping[int, Groups],
    label: NDArray[np.int32],
    apart: Sequence[tuple[int, int]],
    epsilons: tuple[float, float],
    background: Background | None = None,
) -> pa.Table:
    """Return what would be joined at a weaker threshold, beginning with what is asserted, so that both levels nest.

    Args:
        columns: The encoded traits.
        joint: Codes of circumstances taken together.
        groups: Rows that share all values of a combination and are in more than one campaign.
        label: The campaign of each row.
        apart: Pairs of rows that a person holds apart.
        epsilons: Of what is asserted, and of leads.
        background: How often values occur in other mail.

    Returns:
        As `LEADS`, kind `evidence`: between two campaigns, or a campaign or message and a message of none. `lead`: the
        least message key of all that leads connect. `shared`: messages that carry the values.
    """
    asserted, lead = epsilons
    if lead <= asserted or not groups:
        return LEADS.empty_table()
    current = Round(columns, joint, label, lead, first=False, background=background, strangers=True)
    links = separated(current.links(groups), label, apart)
    wider = components(links, len(label))[label] if len(links) else label
    sizes = np.bincount(label, minlength=len(label))
    strange = Strangers(columns, label, sizes).among(links.left, links.right)
    tables = [LEADS.empty_table()]
    for key, source in current.accepted.items():
        mine = np.flatnonzero(links.key == key)
        if not len(mine):
            continue
        left, right = links.left_row[mine], links.right_row[mine]
        found = links.group[mine].astype(np.int64) * len(label) + wider[left]
        pairs = distinct(found)
        rows = table_of(columns, source, wider, pairs, number=0, clusters=current.clusters)
        row = pa.array(np.searchsorted(pairs, found))
        said = {name: rows[name].take(row) for name in ("key", "messages", "expected", "weight")}
        values = shown_values(rows["values"].combine_chunks()).take(row)
        reasons = [
            f"both have the same {words.replace(' + ', ' and the same ')}; {expected:.2g} unrelated matches expected"
            f"{_APART if alien else ''}"
            for words, expected, alien in zip(
                said["key"].to_pylist(), said["expected"].to_pylist(), strange[mine].tolist(), strict=True
            )
        ]
        tables.append(
            pa.table(
                {
                    "lead": columns.messages[wider[left]],
                    "kind": pa.array(["evidence"] * len(mine)),
                    "campaign_a": _campaigns(columns, label, sizes, left),
                    "campaign_b": _campaigns(columns, label, sizes, right),
                    "message_a": columns.messages[left],
                    "message_b": columns.messages[right],
                    "trait": said["key"],
                    "value": values,
                    "shared": said["messages"],
                    "background": said["expected"],
                    "weight": said["weight"],
                    "reason": pa.array(reasons, pa.string()),
                },
                schema=LEADS,
            )
        )
    order = [(name, "ascending") for name in ("lead", "background", "message_a", "message_b")]
    return pa.concat_tables(tables).sort_by(order)


def _campaigns(
    columns: Columns, label: NDArray[np.int32], sizes: NDArray[np.int64], rows: NDArray[np.int32]
) -> pa.Array:
    """Return the campaigns of rows, null for messages of none."""
    clusters = label[rows]
    return pa.array(columns.messages[clusters], mask=sizes[clusters] < 2)
