"""Network and place of each address, from databases on this machine, with the age of every fact."""

from __future__ import annotations

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
from attribution.enrich.folders import data_folder, installed_nmap_probes, installed_recog
from attribution.enrich.ip import Database, Tally, find_databases, look_up, open_database, open_databases

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
