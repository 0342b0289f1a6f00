"""Network and place of each address, from databases on this machine, with the age of every fact."""

from __future__ import annotations

from attribution.enrich.databases import Database, find_databases, open_database, open_databases
from attribution.enrich.datasets import (
    DataSet,
    InstalledDataset,
    add,
    available,
    credit,
    install,
    installed,
    remove,
)
from attribution.enrich.facts import Tally, look_up
from attribution.enrich.folders import data_folder, installed_nmap_probes, installed_recog

__all__ = [
    "DataSet",
    "Database",
    "InstalledDataset",
    "Tally",
    "add",
    "available",
    "credit",
    "data_folder",
    "find_databases",
    "install",
    "installed",
    "installed_nmap_probes",
    "installed_recog",
    "look_up",
    "open_database",
    "open_databases",
    "remove",
]
