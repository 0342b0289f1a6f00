"""What services on the addresses answered: files of scanners read into rows of one form."""

from __future__ import annotations

from attribution.enrich.banners.observations import OBSERVATIONS
from attribution.enrich.banners.reader import read_banners
from attribution.enrich.banners.tally import Tally
from attribution.enrich.banners.wanted import Wanted

__all__ = ["OBSERVATIONS", "Tally", "Wanted", "read_banners"]
