"""Campaigns: which messages belong together, and why.

Traits of each message (`extract`) are read in the workers; `find` joins messages by rare evidence, and `describe`
makes the tables of campaigns and evidence that people read. What the workers do not need is loaded when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution._lazy import names_from
from attribution.campaigns.traits import TRAITS, extract

if TYPE_CHECKING:
    from attribution.campaigns.contraction import find
    from attribution.campaigns.graph import sender_graph
    from attribution.campaigns.reasons import Clustering
    from attribution.campaigns.tables import describe, with_places

__all__ = ["TRAITS", "Clustering", "describe", "extract", "find", "sender_graph", "with_places"]

__getattr__ = names_from(
    __name__,
    {
        "Clustering": "attribution.campaigns.reasons",
        "describe": "attribution.campaigns.tables",
        "find": "attribution.campaigns.contraction",
        "sender_graph": "attribution.campaigns.graph",
        "with_places": "attribution.campaigns.tables",
    },
)
