"""By what an address reaches the Internet: a home line, a mobile network, a rented server, a mail service ..."""

from __future__ import annotations

from attribution.enrich.access.decide import ACCESS_COLUMNS, Access, access_of, access_types
from attribution.enrich.access.lists import AccessList, read_access_list
from attribution.enrich.access.tables import ACCESS_TYPES

__all__ = [
    "ACCESS_COLUMNS",
    "ACCESS_TYPES",
    "Access",
    "AccessList",
    "access_of",
    "access_types",
    "read_access_list",
]
