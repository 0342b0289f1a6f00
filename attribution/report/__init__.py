"""The summary of a case, as data and as a page that opens anywhere; it reads tables and writes none."""

from __future__ import annotations

from attribution.report.campaign_details import REASONS, CampaignDetails, campaign_details, leads_by
from attribution.report.campaigns import campaign_line, grouped, largest
from attribution.report.html import DETAILED, render_html
from attribution.report.summary import SUMMARISED, Summary, summarise

__all__ = [
    "DETAILED",
    "REASONS",
    "SUMMARISED",
    "CampaignDetails",
    "Summary",
    "campaign_details",
    "campaign_line",
    "grouped",
    "largest",
    "leads_by",
    "render_html",
    "summarise",
]
