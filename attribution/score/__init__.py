"""A case measured against the truth about its mail; it reads tables and writes none."""

from __future__ import annotations

from attribution.score.compared import SCORED
from attribution.score.scans import ScanMatch
from attribution.score.scorecard import Scorecard, score_tables
from attribution.score.truth import Truth, read_truth

__all__ = ["SCORED", "ScanMatch", "Scorecard", "Truth", "read_truth", "score_tables"]
