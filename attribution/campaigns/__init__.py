"""Campaigns: which messages belong together, and why.

Traits of each message (`extract`) are read in the workers; `find` joins messages by rare evidence, and `describe`
makes the tables of campaigns and evidence that people read.
"""

from __future__ import annotations

from attribution.campaigns.contraction import find
from attribution.campaigns.describe import describe
from attribution.campaigns.graph import sender_graph
from attribution.campaigns.reasons import Clustering
from attribution.campaigns.traits import TRAITS, extract

__all__ = ["TRAITS", "Clustering", "describe", "extract", "find", "sender_graph"]
