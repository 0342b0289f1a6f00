"""Network and place of each address, from databases on this machine, with the age of every fact."""

from __future__ import annotations

from attribution.enrich.databases import Database, find_databases, open_database, open_databases
from attribution.enrich.datasets import DataSet, InstalledDataset, available, credit, installed
from attribution.enrich.facts import Tally, look_up
from attribution.enrich.fetch import install
from attribution.enrich.folders import data_folder

__all__ = [
    "DataSet",
    "Database",
    "InstalledDataset",
    "Tally",
    "available",
    "credit",
    "data_folder",
    "find_databases",
    "install",
    "installed",
    "look_up",
    "open_database",
    "open_databases",
]
