"""Measures of a partition of messages against the truth, as `attribution score` has them."""

from __future__ import annotations

from attribution.score.partitions import Score, b_cubed, score

__all__ = ["Score", "b_cubed", "score"]
