"""How a table of address ranges is laid out: told by its first lines, never by its name."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attribution._net import parse_ip
from attribution.enrich.ip.schemas import Network, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["COMMENT", "LAYOUTS", "Layout", "recognise_layout"]

COMMENT = "#;"
"""Characters that a comment line begins with."""

LAYOUTS = (
    "iptoasn (start, end, AS number, country, name)",
    "pyasn (prefix, AS number)",
    "CAIDA pfx2as (prefix, length, AS number)",
    "DB-IP CSV",
    "a CSV or TSV table whose first line names its columns, network or start and end among them",
)
"""The forms of tables that are read, as told to people."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of one table stand.

    Attributes:
        kind: `iptoasn`, `pyasn`, `pfx2as`, `dbip-csv` or `table`.
        title: The same as shown to people.
        delimiter: One character between fields.
        quoted: Whether a field may stand in double quotes.
        width: How many fields a row has.
        header: How many rows at the top name the columns.
        columns: The place of each column: `network` (a prefix), `network` and `length`, or `start` and `end`;
            then columns of the addresses table.
    """

    kind: str
    title: str
    delimiter: str
    quoted: bool
    width: int
    header: int = 0
    columns: dict[str, int] = field(default_factory=dict)

    @property
    def provides(self) -> tuple[str, ...]:
        """Name the columns of the addresses table that such a table can fill, in their order."""
        found = [name for name in Network._fields + Place._fields if name in self.columns]
        # A name without a number is that of a company, not of a network; half a coordinate is no place.
        if "asn" not in found:
            found = [name for name in found if name != "as_org"]
        if not {"latitude", "longitude"} <= set(found):
            found = [name for name in found if name not in ("latitude", "longitude", "radius_km")]
        return tuple(found)


# The names that makers of tables give their columns, the more telling first; letters and digits count, nothing else.
_NAMES = {
    "network": "network prefix cidr subnet netblock bgpprefix",
    "start": "start startip ipstart startaddress first firstip ipfrom from rangestart networkstart networkstartip",
    "end": "end endip ipend endaddress last lastip ipto to rangeend networkend networkendip",
    "asn": "asn asnumber asnum autonomoussystemnumber originas origin as",
    "as_org": "asorg asname asdescription autonomoussystemorganization asorganization organization org owner holder"
    " name description",
    "country": "countrycode countryisocode iso country cc",
    "city": "city cityname",
    "latitude": "latitude lat",
    "longitude": "longitude lon lng long",
    "radius_km": "radiuskm accuracyradius radius",
}
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_LONGEST_HEADER = 200


def _header(fields: Sequence[str]) -> dict[str, int] | None:
    """Return the place of each column that a header names; None where the fields are no header."""
    plain = [_NOT_LETTERS.sub("", name.lower()) for name in fields]
    if len(plain) > _LONGEST_HEADER:
        return None
    columns = {}
    for column, names in _NAMES.items():
        for name in names.split():
            if name in plain:
                columns[column] = plain.index(name)
                break
    if "network" in columns:
        columns.pop("start", None)
        columns.pop("end", None)
    elif not {"start", "end"} <= columns.keys():
        return None
    return columns if columns.keys() - {"network", "start", "end"} else None


_NUMBER = re.compile(r"[0-9]{1,10}")
_ORIGIN = re.compile(r"\{?(?:AS)?[0-9]{1,10}(?:[_,{} ]+[0-9]{1,10})*\}?", re.IGNORECASE)
_COUNTRY = re.compile(r"[A-Za-z]{2}|None|-|", re.IGNORECASE)
_FLOAT = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]+)?|")


def _is_address(text: str) -> bool:
    return parse_ip(text) is not None


def _is_edge(text: str) -> bool:
    return _is_address(text) or _NUMBER.fullmatch(text) is not None


def _is_prefix(text: str) -> bool:
    address, slash, length = text.partition("/")
    return bool(slash) and length.isascii() and length.isdigit() and _is_address(address)


def _is_length(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and int(text) <= 128


def _is_text(text: str) -> bool:  # noqa: ARG001 (all tests are called alike)
    return True


def _shape(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


_Shape = tuple[tuple[str | None, "Callable[[str], bool]"], ...]
_EDGES: _Shape = (("start", _is_address), ("end", _is_address))
_NUMBERS: _Shape = (("start", _is_edge), ("end", _is_edge))
_IS_ORIGIN, _IS_COUNTRY, _IS_FLOAT = _shape(_ORIGIN), _shape(_COUNTRY), _shape(_FLOAT)

# Forms without a header, by what each field looks like. The first that fits is taken. Addresses are plain numbers
# in one alone, for a table of numbers could be of anything.
_FORMS: tuple[tuple[str, str, str, _Shape], ...] = (
    ("pyasn", "pyasn", "\t ,", (("network", _is_prefix), ("asn", _IS_ORIGIN))),
    ("pfx2as", "CAIDA pfx2as", "\t ", (("network", _is_address), ("length", _is_length), ("asn", _IS_ORIGIN))),
    ("iptoasn", "iptoasn", "\t", (*_NUMBERS, ("asn", _IS_ORIGIN), ("country", _IS_COUNTRY), ("as_org", _is_text))),
    ("iptoasn", "iptoasn", "\t", (*_EDGES, ("asn", _IS_ORIGIN), ("as_org", _is_text))),
    ("iptoasn", "iptoasn", "\t", (*_EDGES, ("country", _IS_COUNTRY))),
    ("iptoasn", "iptoasn", "\t", (*_EDGES, ("asn", _IS_ORIGIN))),
    ("dbip-csv", "DB-IP country", ",", (*_EDGES, ("country", _IS_COUNTRY))),
    ("dbip-csv", "DB-IP ASN", ",", (*_EDGES, ("asn", _IS_ORIGIN), ("as_org", _is_text))),
    (
        "dbip-csv",
        "DB-IP city",
        ",",
        (
            *(*_EDGES, (None, _IS_COUNTRY), ("country", _IS_COUNTRY), (None, _is_text), ("city", _is_text)),
            *(("latitude", _IS_FLOAT), ("longitude", _IS_FLOAT)),
        ),
    ),
)
_FITTING = 0.9
"""Share of the first rows that must look like a form for the table to be of it."""


def recognise_layout(lines: Sequence[str]) -> Layout | None:
    """Return how a table is laid out, None where its lines are of no known form.

    Args:
        lines: Some of its first lines, comments and empty ones left out.
    """
    if not lines:
        return None
    for delimiter in "\t,;|":
        columns = _header(_split(lines[0], delimiter))
        if columns is not None:
            width = len(_split(lines[0], delimiter))
            return Layout("table", "Table", delimiter, delimiter != "\t", width, 1, columns)
    for kind, title, delimiters, shape in _FORMS:
        for delimiter in delimiters:
            if _fits(lines, delimiter, shape):
                columns = {name: place for place, (name, _) in enumerate(shape) if name is not None}
                return Layout(kind, title, delimiter, delimiter == ",", len(shape), 0, columns)
    return None


def _fits(lines: Sequence[str], delimiter: str, shape: _Shape) -> bool:
    rows = [_split(line, delimiter) for line in lines]
    fitting = Counter(
        len(row) == len(shape) and all(is_such(text) for text, (_, is_such) in zip(row, shape, strict=True))
        for row in rows
    )
    return fitting[True] >= _FITTING * len(rows)


def _split(line: str, delimiter: str) -> list[str]:
    if delimiter == "\t" or '"' not in line:
        return [field.strip() for field in line.split(delimiter)]
    try:
        return [field.strip() for field in next(csv.reader([line], delimiter=delimiter))]
    except (csv.Error, StopIteration):
        return []
