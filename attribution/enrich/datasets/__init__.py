"""Data sets for enrichment: what there is, what is installed, fetched, added and removed."""

from __future__ import annotations

from attribution.enrich.datasets.adding import add, chosen_for_removal, remove
from attribution.enrich.datasets.catalogue import DataSet, available
from attribution.enrich.datasets.installing import install, partial_path
from attribution.enrich.datasets.records import InstalledDataset, credit, installed, read_record, record_path_of

__all__ = [
    "DataSet",
    "InstalledDataset",
    "add",
    "available",
    "chosen_for_removal",
    "credit",
    "install",
    "installed",
    "partial_path",
    "read_record",
    "record_path_of",
    "remove",
]
