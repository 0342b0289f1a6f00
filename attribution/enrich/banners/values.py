"""Values of a scan file read into the few types that a banner has; whatever is of another type is None."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from attribution._net import parse_ip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["address", "clean", "mapping", "moment", "number", "port", "records", "text"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EARLIEST = 631_152_000_000_000
"""1990, before which nobody scanned; an epoch of 0 is a field that was never filled."""
_LATEST = 4_102_444_800_000_000
"""The year 2100: microseconds that were taken for seconds lie far beyond."""
_MOST_SECONDS = 100_000_000_000
_LONGEST_TIME = 40
_LONGEST_ADDRESS = 100

_NOTHING: Mapping[str, Any] = {}


def address(value: object) -> str | None:
    """Return an address in canonical form; a whole number is an IPv4 address, as Shodan writes it beside the text."""
    if isinstance(value, str):
        return parse_ip(value.strip()) if len(value) <= _LONGEST_ADDRESS else None
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**32:
        return str(ipaddress.IPv4Address(value))
    return None


def number(value: object) -> int | None:
    """Return a whole number, given as one or as its decimal digits."""
    if isinstance(value, str):
        value = value.strip()
        return int(value) if len(value) <= 19 and value.isascii() and value.isdecimal() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def port(value: object) -> int | None:
    """Return a port, 0 to 65535, given as a number or as its digits."""
    if isinstance(value, float) and value.is_integer():  # what tables make of a column in which values are missing
        value = int(value)
    found = number(value)
    return found if found is not None and 0 <= found <= 65_535 else None


def moment(value: object) -> int | None:
    """Return a time as microseconds since 1970, UTC; None where it is none or lies outside 1990 to 2100.

    Args:
        value: Seconds since 1970 as a number or as its digits, a text of ISO 8601, or a `datetime`. A time without a
            zone is UTC, which is what all scanners that are read here write.
    """
    if isinstance(value, str):
        value = _from_text(value.strip())
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        if not -_MOST_SECONDS < value < _MOST_SECONDS:  # nor is NaN
            return None
        found = round(value * 1_000_000)
    elif isinstance(value, datetime):
        try:
            found = ((value if value.tzinfo else value.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
        except OverflowError:
            return None
    else:
        return None
    return found if _EARLIEST <= found < _LATEST else None


def _from_text(value: str) -> datetime | float | None:
    if not 0 < len(value) <= _LONGEST_TIME or not value.isascii():
        return None
    if value[0].isdecimal() and value.replace(".", "", 1).isdecimal():
        return float(value)
    # A comma before the fraction and a `T` or a space are both ISO 8601; a name of the zone is not.
    try:
        return datetime.fromisoformat(value.removesuffix(" UTC"))
    except ValueError:
        return None


def text(value: object) -> str | None:
    """Return a text that is not empty, else None."""
    return clean(value) if isinstance(value, str) and value else None


def clean(value: str) -> str:
    """Return a text that UTF-8 can hold: halves of surrogate pairs, which JSON can spell, become U+FFFD."""
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value


def mapping(value: object, *path: str) -> Mapping[str, Any]:
    """Return the mapping at a path of keys; an empty one where there is none."""
    for key in path:
        if not isinstance(value, dict):
            return _NOTHING
        value = value.get(key)
    return value if isinstance(value, dict) else _NOTHING


def records(value: object) -> Sequence[Any]:
    """Return a list as it is; an empty one for anything else."""
    return value if isinstance(value, list) else ()
