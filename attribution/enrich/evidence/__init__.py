"""How far a banner speaks about who sent: what speaks for another host, and the neighbours for comparison.

The way of the data: `scan` reads the files and keeps what `neighbours` wants; `seen` says what was seen on each address
near its mail; `groups`, `strata`, `odds`, `control` and `verdicts` compare senders with neighbours; `grades` puts both
together, with the reasons of `reasons.toml`; `table` is what the case keeps of the neighbours. `hosts` and `recapture`
count hosts, and need no banners.
"""

from __future__ import annotations

from attribution.enrich.evidence.comparison import Comparison
from attribution.enrich.evidence.control import ControlGroup, compare
from attribution.enrich.evidence.grades import Judged, Scanned, judge
from attribution.enrich.evidence.groups import Group
from attribution.enrich.evidence.hosts import HostCount, count_hosts
from attribution.enrich.evidence.neighbours import Neighbours
from attribution.enrich.evidence.per_campaign import campaign_devices
from attribution.enrich.evidence.reasons import Reason, reasons
from attribution.enrich.evidence.scan import SIGHTINGS, Scan, ScanFile, scan_files
from attribution.enrich.evidence.seen import is_thing
from attribution.enrich.evidence.table import control_table

__all__ = [
    "SIGHTINGS",
    "Comparison",
    "ControlGroup",
    "Group",
    "HostCount",
    "Judged",
    "Neighbours",
    "Reason",
    "Scan",
    "ScanFile",
    "Scanned",
    "campaign_devices",
    "compare",
    "control_table",
    "count_hosts",
    "is_thing",
    "judge",
    "reasons",
    "scan_files",
]
