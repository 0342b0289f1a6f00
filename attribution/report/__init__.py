"""The summary of a case, as data and as a page that opens anywhere; it reads tables and writes none."""

from __future__ import annotations

from attribution.report.html import render_html
from attribution.report.summary import SUMMARISED, Summary, summarise

__all__ = ["SUMMARISED", "Summary", "render_html", "summarise"]
