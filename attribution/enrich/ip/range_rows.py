"""The rows of a table of address ranges, read into arrays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution._text import decode, escape_control
from attribution.enrich.ip.intervals import Intervals, Spans
from attribution.enrich.ip.packed import IPV4, IPV6, pack
from attribution.enrich.ip.range_lines import read_blocks
from attribution.enrich.ip.schemas import read_asn, read_country, read_number, read_text
from attribution.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from attribution.enrich.ip.packed import Packed
    from attribution.enrich.ip.range_layouts import Layout

__all__ = ["Origin", "Rows", "load", "read_origin"]

_TOLERATED = 0.01
"""Share of the rows that may be broken."""
_MOST_ROWS = 1 << 25
_MOST_WORDS = 1 << 28
"""Characters that the different names in a table may have together, and 64 for each."""
_COST_OF_A_WORD = 64


@dataclass(slots=True)
class Rows:
    """A whole table.

    Attributes:
        ranges: Its ranges; the value of each is its row.
        columns: One value for each row: `asn` (0 for none), `as_org`, `country` and `city` (places in `words`, -1 for
            none), `latitude`, `longitude` and `radius_km` (NaN for none); those alone that the table has.
        words: The texts of a column, by its name.
        rows: How many rows the file has.
        broken: How many of them are left out, because they cannot be read.
        multi_origin: How many name several networks, of which the first is taken or, of a set, none.
    """

    ranges: Intervals
    columns: dict[str, NDArray[Any]]
    words: dict[str, pa.Array]
    rows: int
    broken: int
    multi_origin: int


class Origin(NamedTuple):
    """What a field with the number of a network says.

    Attributes:
        asn: 0 where it says that there is none, or which of a set is not known; None where it is broken.
        several: Whether it names more than one network.
    """

    asn: int | None
    several: bool


_NONE = frozenset({"", "-", "0", "none", "null", "na", "n/a", "nan", "unknown", "as0"})
_SET = re.compile(r"[,\s]+")


def read_origin(text: str) -> Origin:
    """Read the number of a network, or of several.

    Of networks that announce the same prefix (`1_2`) the first is taken: CAIDA's tables have named the one first that
    most peers see since 2010-10-27, and by number before. A set (`{1,2}` or `1,2`, RFC 4271 §4.3) says that the
    prefix was put together from prefixes of several networks; whose an address in it is, it does not say.

    Args:
        text: The field.
    """
    if text.isdecimal() and text.isascii() and len(text) <= 9:
        return Origin(int(text), several=False)
    plain = text.strip().lower()
    if plain in _NONE:
        return Origin(0, several=False)
    named = [_members(part) for part in plain.split("_")]
    if not all(named) or any(member is None for part in named for member in part):
        return Origin(None, several=False)
    several = len({member for part in named for member in part}) > 1
    return Origin(named[0][0] if len(set(named[0])) == 1 else 0, several)


def _members(text: str) -> list[int | None]:
    inner = text.removeprefix("{").removesuffix("}").strip()
    return [read_asn(member) for member in _SET.split(inner)]


def load(path: Path, layout: Layout) -> Rows:
    """Read a whole table.

    Args:
        path: Plain or compressed with gzip.
        layout: What its columns are.

    Raises:
        DatabaseError: It cannot be read to its end, is too long, has ranges that overlap beyond all measure, or more
            than one row of a hundred is broken.
    """
    reader = _Reader(layout)
    for block in read_blocks(path, layout):
        reader.add(block.columns, block.rows, block.broken)
        if reader.rows > _MOST_ROWS:
            raise DatabaseError(f"{escape_control(str(path))} has more than {_MOST_ROWS:,} rows: name another file.")
        if reader.characters > _MOST_WORDS:
            raise DatabaseError(f"{escape_control(str(path))} has more names than any table has: name another file.")
        if reader.broken > _TOLERATED * _MOST_ROWS:
            break  # whatever follows
    if reader.broken > _TOLERATED * reader.rows:
        raise DatabaseError(
            f"{escape_control(str(path))}: {reader.broken:,} of {reader.rows:,} rows cannot be read as those of "
            f"a {layout.title} table: fetch it again."
        )
    try:
        return reader.finish()
    except OverflowError as error:
        raise DatabaseError(f"{escape_control(str(path))}: {error}: name another file.") from error


class _Part(NamedTuple):
    """Ranges of one version, and the rows that they stand in."""

    rows: NDArray[np.int64]
    first: NDArray[Any]
    last: NDArray[Any]


class _Reader:
    """Takes blocks of a table, and puts the whole together."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._kept = 0
        self._parts: tuple[list[_Part], list[_Part]] = ([], [])
        self._values: dict[str, list[NDArray[Any]]] = {name: [] for name in layout.provides}
        self._words: dict[str, dict[str, int]] = {name: {} for name in _WORDS if name in layout.provides}
        self.rows = 0
        self.broken = 0
        self.multi_origin = 0
        self.characters = 0

    def add(self, columns: dict[str, pa.Array], rows: int, broken: int) -> None:
        self.rows += rows
        self.broken += broken
        size = rows - broken
        parts = _prefixes(columns) if "network" in columns else _edges(columns["start"], columns["end"])
        good = np.zeros(size, bool)
        for part in parts:
            good[part.rows] = True
        values = {name: self._read(name, columns[name]) for name in self._values}
        if "asn" in values:
            good &= values["asn"] >= 0
        self.broken += size - int(np.count_nonzero(good))
        place = np.cumsum(good) - 1 + self._kept
        for part, kept in zip(parts, self._parts, strict=True):
            stays = good[part.rows]
            kept.append(_Part(place[part.rows[stays]], part.first[stays], part.last[stays]))
        for name, column in values.items():
            self._values[name].append(column[good])
        self._kept += int(np.count_nonzero(good))

    def _read(self, name: str, column: pa.Array) -> NDArray[Any]:
        """Return the values of a column; each distinct text is read once."""
        coded = column.dictionary_encode()
        texts = [decode(octets) for octets in coded.dictionary.to_pylist()]
        indices = coded.indices.to_numpy(zero_copy_only=False)
        read: NDArray[Any]
        if name == "asn":
            origins = [read_origin(text) for text in texts]
            several = np.array([origin.several for origin in origins], bool)
            self.multi_origin += int(np.count_nonzero(several[indices])) if len(texts) else 0
            read = np.array([-1 if o.asn is None else o.asn for o in origins], np.int64)[indices]
            return read
        if name in _WORDS:
            words = self._words[name]
            before = len(words)
            known = [_WORDS[name](text) for text in texts]
            codes = [-1 if word is None else words.setdefault(word, len(words)) for word in known]
            self.characters += sum(len(word) + _COST_OF_A_WORD for word in islice(reversed(words), len(words) - before))
            read = np.array(codes, np.int32)[indices]
            return read
        numbers = [read_number(text) for text in texts]
        read = np.array([np.nan if number is None else number for number in numbers], np.float64)[indices]
        return read

    def finish(self) -> Rows:
        spans4, spans6 = (
            Spans(
                np.concatenate([np.empty(0, kind), *(part.first for part in parts)]).astype(kind, copy=False),
                np.concatenate([np.empty(0, kind), *(part.last for part in parts)]).astype(kind, copy=False),
                np.concatenate([np.empty(0, np.int64), *(part.rows for part in parts)]).astype(np.int32),
            )
            for kind, parts in zip((IPV4, IPV6), self._parts, strict=True)
        )
        columns = {name: np.concatenate(parts) if parts else np.empty(0) for name, parts in self._values.items()}
        words = {name: pa.array(list(known), pa.string()) for name, known in self._words.items()}
        return Rows(Intervals(spans4, spans6), columns, words, self.rows, self.broken, self.multi_origin)


_WORDS: dict[str, Callable[[object], str | None]] = {"as_org": read_text, "country": read_country, "city": read_text}

_EDGE_TEXT = r"^[ ]*[0-9A-Fa-f:.]{1,45}[ ]*$"
_PREFIX_TEXT = r"^[ ]*[0-9A-Fa-f:.]{2,45}(/[0-9]{1,3})?[ ]*$"
_LENGTH_TEXT = r"^[ ]*[0-9]{1,3}[ ]*$"
_NUMBER_TEXT = r"^[0-9]{1,10}$"
_WHOLE = 255
"""Stands for the length of a prefix that is one address."""

_HOST = np.array([((1 << (128 - length)) - 1).to_bytes(16, "big") for length in range(129)], IPV6)
"""The bits of an address of version 6 that a prefix of each length leaves open."""


def _cleaned(column: pa.Array, shape: str) -> pa.Array:
    """Return the texts of a column that have a shape, without spaces around them; the others are empty."""
    fits = pc.match_substring_regex(column, shape)
    return pc.ascii_trim_whitespace(pc.if_else(fits, column, b"").cast(pa.string()))


def _edges(start: pa.Array, end: pa.Array) -> tuple[_Part, _Part]:
    begin, stop = (_dense(_addresses(_cleaned(column, _EDGE_TEXT))) for column in (start, end))
    parts = []
    for version in (4, 6):
        first, last = begin.of(version), stop.of(version)
        rows = np.flatnonzero((begin.version == version) & (stop.version == version))
        rows = rows[first[rows] <= last[rows]]
        parts.append(_Part(rows, first[rows], last[rows]))
    return parts[0], parts[1]


class _Dense(NamedTuple):
    version: NDArray[np.uint8]
    ipv4: NDArray[np.uint32]
    ipv6: NDArray[np.bytes_]

    def of(self, version: int) -> NDArray[Any]:
        return self.ipv4 if version == 4 else self.ipv6


def _dense(packed: Packed) -> _Dense:
    """Return an address for each row, with its version, 0 where there is none."""
    version = np.zeros(packed.size, np.uint8)
    version[packed.rows4], version[packed.rows6] = 4, 6
    ipv4, ipv6 = np.zeros(packed.size, IPV4), np.zeros(packed.size, IPV6)
    ipv4[packed.rows4], ipv6[packed.rows6] = packed.ipv4, packed.ipv6
    return _Dense(version, ipv4, ipv6)


def _addresses(texts: pa.Array) -> Packed:
    """Read addresses; a plain number is one of version 4."""
    packed = pack(texts)
    plain = pc.match_substring_regex(texts, _NUMBER_TEXT).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(plain)
    if not len(rows):
        return packed
    numbers = texts.take(pa.array(rows)).cast(pa.int64()).to_numpy()
    rows, numbers = rows[numbers < 1 << 32], numbers[numbers < 1 << 32]
    rows4 = np.concatenate([packed.rows4, rows])
    order = np.argsort(rows4, kind="stable")
    ipv4 = np.concatenate([packed.ipv4, numbers.astype(IPV4)])
    return packed._replace(rows4=rows4[order], ipv4=ipv4[order])


def _prefixes(columns: dict[str, pa.Array]) -> tuple[_Part, _Part]:
    """Return the ranges of prefixes; bits of an address beyond its prefix do not count."""
    texts = _cleaned(columns["network"], _PREFIX_TEXT)
    if "length" in columns:
        lengths = _lengths(_cleaned(columns["length"], _LENGTH_TEXT), missing=-1)
    else:
        whole = pc.binary_join_element_wise(texts, f"{_WHOLE}", "/")
        halves = pc.split_pattern(pc.if_else(pc.match_substring(texts, "/"), texts, whole), "/").flatten()
        texts, lengths = halves[0::2], _lengths(halves[1::2], missing=-1)
    packed = pack(texts)
    lengths4, lengths6 = lengths[packed.rows4], lengths[packed.rows6]
    lengths4 = np.where(lengths4 == _WHOLE, 32, lengths4)
    lengths6 = np.where(lengths6 == _WHOLE, 128, lengths6)
    good4, good6 = (lengths4 >= 0) & (lengths4 <= 32), (lengths6 >= 0) & (lengths6 <= 128)
    host4 = ((1 << (32 - lengths4[good4])) - 1).astype(IPV4)
    ipv4 = packed.ipv4[good4]
    host6 = _octets(_HOST[lengths6[good6]])
    ipv6 = _octets(packed.ipv6[good6])
    return (
        _Part(packed.rows4[good4], ipv4 & ~host4, ipv4 | host4),
        _Part(packed.rows6[good6], _keys(ipv6 & ~host6), _keys(ipv6 | host6)),
    )


def _lengths(texts: pa.Array, missing: int) -> NDArray[np.int64]:
    filled = pc.if_else(pc.equal(texts, ""), f"{missing}", texts)
    numbers: NDArray[np.int64] = filled.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return numbers


def _octets(keys: NDArray[np.bytes_]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(keys).view(np.uint8).reshape(-1, 16)


def _keys(octets: NDArray[np.uint8]) -> NDArray[np.bytes_]:
    return np.ascontiguousarray(octets).view(IPV6).ravel()
