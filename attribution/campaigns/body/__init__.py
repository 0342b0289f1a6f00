"""Traits from the body of a message: where it leads, what it carries, whom it wants called or paid, what it says."""

from __future__ import annotations

from attribution.campaigns.body.limits import BodyLimits
from attribution.campaigns.body.reading import BodyTraits, read_body

__all__ = ["BodyLimits", "BodyTraits", "read_body"]
