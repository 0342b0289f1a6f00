"""What IP databases say of addresses: networks and places, each with the age of the fact."""

from __future__ import annotations

from attribution.enrich.ip.base import Database
from attribution.enrich.ip.databases import find_databases, open_database, open_databases
from attribution.enrich.ip.facts import Tally, look_up
from attribution.enrich.ip.names import with_names

__all__ = ["Database", "Tally", "find_databases", "look_up", "open_database", "open_databases", "with_names"]
