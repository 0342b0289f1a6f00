"""The filters of a claims file: which messages a claim speaks of."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from attribution.claims.model import Filter
from attribution.claims.vocabulary import FILTER_KEYS, GRADES, THING
from attribution.enrich import access, devices

if TYPE_CHECKING:
    from attribution.claims.reading.faults import Place
    from attribution.claims.reading.values import Values

__all__ = ["device_of", "filter_of"]


def filter_of(values: Values, at: Place, table: object, base: Filter | None = None) -> Filter:
    """Return the conditions of a filter.

    Args:
        values: Takes single values out of tables.
        at: The filter.
        table: What it holds.
        base: What holds where the filter does not say.
    """
    base = base or Filter()
    if not isinstance(table, dict):
        values.bad(at, 'a filter is a table: write { country = "US" }')
        return base
    values.unknown(at, table, FILTER_KEYS, f"a filter has {', '.join(FILTER_KEYS)}")
    kinds = tuple(access.ACCESS_TYPES)
    begin, end = _moment(values, at, table, "from"), _moment(values, at, table, "to")
    if begin is not None and end is not None and end <= begin:
        values.bad((*at, "to"), "to is before from")
    return Filter(
        campaigns=_campaigns(values, at, table) if "campaign" in table else base.campaigns,
        name=values.text(at, table, "name") if "name" in table else base.name,
        begin=begin if "from" in table else base.begin,
        end=end if "to" in table else base.end,
        device=device_of(values, at, table) if "device" in table else base.device,
        country=_country(values, at, table) if "country" in table else base.country,
        access=values.some_of(at, table, "access", kinds) if "access" in table else base.access,
        not_access=values.some_of(at, table, "not-access", kinds) if "not-access" in table else base.not_access,
        grade=values.some_of(at, table, "grade", GRADES) if "grade" in table else base.grade,
    )


def _campaigns(values: Values, at: Place, table: dict[str, Any]) -> tuple[int, ...]:
    value = table["campaign"]
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(type(one) is int and 0 <= one < 2**63 for one in listed):
        values.bad((*at, "campaign"), "campaign must be the key of a campaign, or a list of keys, without quotes")
        return ()
    return tuple(dict.fromkeys(listed))


def _country(values: Values, at: Place, table: dict[str, Any]) -> str:
    value = table["country"]
    if isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha():
        return value.upper()
    values.bad((*at, "country"), 'country must be a code of two letters, such as "US"')
    return ""


def device_of(values: Values, at: Place, table: dict[str, Any]) -> str:
    """Return a type of device, or `thing`; empty where it is neither.

    Args:
        values: Takes single values out of tables.
        at: The table that has the key `device`.
        table: What it holds.
    """
    return values.one_of(at, table, "device", (THING, *devices.device_types()))


def _moment(values: Values, at: Place, table: dict[str, Any], key: str) -> datetime | None:
    """Return the moment that a filter begins or ends before; a day as `to` is within."""
    value = table.get(key)
    try:
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
        if isinstance(value, date) and not isinstance(value, datetime):
            return datetime.combine(value, time(), UTC) + timedelta(days=1 if key == "to" else 0)
    except OverflowError:
        values.bad((*at, key), f"{key} is at the end of the calendar: leave it out")
        return None
    if key in table:
        values.bad((*at, key), f"{key} must be a day (2014-01-16) or a time with its zone (2014-01-16T10:00:00Z)")
    return None
