"""Tables of banners by the names of their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution._text import escape_control, shorten
from attribution.enrich.banners.observations import Banner
from attribution.enrich.banners.services import service
from attribution.enrich.banners.tally import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["COLUMNS", "column_places", "row_banner"]

COLUMNS = ("ip", "port", "transport", "observed_at", "text", "service", "product")
"""The columns that are read; case and spaces around do not matter, nor does the order."""
_REQUIRED = ("ip", "port", "text")


def column_places(names: Sequence[str], *, timed: bool) -> dict[str, int] | Fault:
    """Return the place of each column that is read, or what is missing.

    Args:
        names: The names in the file, in their order.
        timed: The caller has a time for all rows, so that `observed_at` may be missing.
    """
    found: dict[str, int] = {}
    for place, name in enumerate(names):
        found.setdefault(name.strip().lower(), place)
    missing = [name for name in (*_REQUIRED, *(() if timed else ("observed_at",))) if name not in found]
    if missing:
        wanted = ", ".join(f"`{name}`" for name in missing)
        given = ", ".join(shorten(escape_control(name), 30) for name in names[:20]) or "none"
        said = f"the table has no column {wanted}; its columns are: {given}"
        if missing == ["observed_at"]:
            said += "; say when its banners were seen: --banners FILE@YYYY-MM-DD"
        return Fault("unsupported", said, 0, fatal=True)
    return {name: found[name] for name in COLUMNS if name in found}


def row_banner(row: Mapping[str, object]) -> Banner:
    """Return the banner of a row, its values by the names of `COLUMNS`; an empty text is a missing value."""
    told = {name: None if value == "" else value for name, value in row.items()}
    return Banner(
        told.get("port"),
        told.get("transport"),
        told.get("observed_at"),
        None,
        told.get("text"),
        "table",
        service(told.get("service")),
        told.get("product"),
        {},
    )
