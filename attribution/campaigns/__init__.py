"""Campaigns: which messages belong together, and why.

Traits of each message (`extract`) are read in the workers; `find` joins messages by rare evidence, and `describe`
makes the tables of campaigns and evidence that people read. What the workers do not need is loaded when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution._lazy import names_from
from attribution.campaigns.traits import TRAITS, extract, recipients_of

if TYPE_CHECKING:
    from attribution.campaigns.background import Background
    from attribution.campaigns.body import read_body
    from attribution.campaigns.botnets import link_campaigns
    from attribution.campaigns.contraction import ASSERTED, LEAD, find
    from attribution.campaigns.evidence_rows import evidence_tables, with_evidence
    from attribution.campaigns.graph import MESSAGE_COLUMNS, case_graph
    from attribution.campaigns.reasons import Clustering
    from attribution.campaigns.stable_ids import keep_ids, renamed
    from attribution.campaigns.tables import describe, with_places

__all__ = [
    "ASSERTED",
    "LEAD",
    "MESSAGE_COLUMNS",
    "TRAITS",
    "Background",
    "Clustering",
    "case_graph",
    "describe",
    "evidence_tables",
    "extract",
    "find",
    "keep_ids",
    "link_campaigns",
    "read_body",
    "recipients_of",
    "renamed",
    "with_evidence",
    "with_places",
]

__getattr__ = names_from(
    __name__,
    {
        "ASSERTED": "attribution.campaigns.contraction",
        "Background": "attribution.campaigns.background",
        "Clustering": "attribution.campaigns.reasons",
        "LEAD": "attribution.campaigns.contraction",
        "MESSAGE_COLUMNS": "attribution.campaigns.graph",
        "case_graph": "attribution.campaigns.graph",
        "describe": "attribution.campaigns.tables",
        "evidence_tables": "attribution.campaigns.evidence_rows",
        "find": "attribution.campaigns.contraction",
        "keep_ids": "attribution.campaigns.stable_ids",
        "link_campaigns": "attribution.campaigns.botnets",
        "read_body": "attribution.campaigns.body",
        "renamed": "attribution.campaigns.stable_ids",
        "with_evidence": "attribution.campaigns.evidence_rows",
        "with_places": "attribution.campaigns.tables",
    },
)
