"""Tables of what is known to be true of mail and of addresses, read from Parquet files and brought to one form."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from attribution._net import parse_ip
from attribution._text import escape_control, shorten
from attribution.errors import InputNotFoundError, UsageError
from attribution.score.scans import scans_beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["ADDRESS_COLUMNS", "MESSAGE_COLUMNS", "Truth", "read_truth"]

MESSAGE_COLUMNS = {
    "sha256": "hex",
    "source": "text",
    "member": "text",
    "offset": "number",
    "order": "number",
    "received_at": "time",
    "campaign": "label",
    "kind": "text",
    "botnet": "label",
    "handover_ip": "ip",
    "origin_ip": "ip",
    "forged": "flag",
    "sender_kind": "text",
    "machine": "label",
}
"""Columns of a table about messages, and how their values are read. Such a table has `sha256`, or `source` and
`offset`; every other column may be missing."""

ADDRESS_COLUMNS = {
    "ip": "ip",
    "asn": "asn",
    "country": "text",
    "access": "text",
    "hosts": "count",
    "device_type": "text",
    "banner": "banner",
    "sent_by": "text",
    "neighbour": "flag",
}
"""The same for a table about addresses, which has `ip`."""

_UTC = pa.timestamp("us", tz="UTC")
_TYPES = {
    "hex": pa.string(),
    "text": pa.string(),
    "label": pa.string(),
    "ip": pa.string(),
    "number": pa.int64(),
    "count": pa.int64(),
    "asn": pa.int64(),
    "flag": pa.bool_(),
    "banner": pa.bool_(),
    "time": _UTC,
}
_SHOWN = 60
_MOST = 10**12
"""The highest count: sums of many of them must be numbers, too."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known to be true.

    Attributes:
        messages: A row a message with all of `MESSAGE_COLUMNS`; None where no file has any.
        addresses: A row an address with all of `ADDRESS_COLUMNS`, each address once; None likewise.
        message_columns, address_columns: Columns that a file really has; the others hold nothing but null.
        files: Names of the files that were read. `ignored`: names of Parquet files that hold neither.
        scans: Scan files of the simulation that wrote it; none where it is from no simulation.
    """

    messages: pa.Table | None
    addresses: pa.Table | None
    message_columns: frozenset[str]
    address_columns: frozenset[str]
    files: tuple[str, ...]
    ignored: tuple[str, ...]
    scans: tuple[Path, ...] = ()


def read_truth(path: Path) -> Truth:
    """Read the truth about a case; which file holds what is told by its columns.

    Args:
        path: A Parquet file, or a folder of them; of a folder, those in its folder `truth` are read too.

    Raises:
        InputNotFoundError: There is no such path.
        UsageError: It holds no truth, or a file or column of it cannot be read.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        message = f"{path} does not exist: give a Parquet file of truth, or the folder that holds it"
        raise InputNotFoundError(message) from error
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise UsageError(message) from error
    if stat.S_ISDIR(mode):
        paths = [file for folder in (path, path / "truth") for file in sorted(folder.glob("*.parquet"))]
        if not paths:
            message = f"{path} holds no .parquet file, nor does its folder truth: give the folder of the truth tables"
            raise UsageError(message)
    else:
        paths = [path]
    tables: dict[str, list[pa.Table]] = {"messages": [], "addresses": []}
    columns: dict[str, set[str]] = {"messages": set(), "addresses": set()}
    used, ignored = [], []
    for file in paths:
        found = _read(file)
        if found is None:
            ignored.append(file.name)
            continue
        kind, table, there = found
        tables[kind].append(table)
        columns[kind] |= there
        used.append(file.name)
    if not used:
        message = (
            f"{path} holds no truth: a table about messages has a column sha256, or source and offset; one about "
            "addresses has a column ip"
        )
        raise UsageError(message)
    messages, addresses = _joined(tables["messages"]), _joined(tables["addresses"])
    if messages is not None:
        _check_places(messages, path)
    return Truth(
        messages=messages,
        addresses=None if addresses is None else _each_once(addresses, path),
        message_columns=frozenset(columns["messages"]),
        address_columns=frozenset(columns["addresses"]),
        files=tuple(used),
        ignored=tuple(ignored),
        scans=scans_beside(path),
    )


def _joined(tables: Sequence[pa.Table]) -> pa.Table | None:
    return pa.concat_tables(tables).combine_chunks() if tables else None


def _check_places(messages: pa.Table, path: Path) -> None:
    """Refuse two rows about one message: nobody could say which is right.

    Raises:
        UsageError: Two rows have the same file, offset and bytes.
    """
    keys = ["source", "member", "offset", "sha256"]
    placed = messages.select(keys).filter(pc.and_(pc.is_valid(messages["source"]), pc.is_valid(messages["offset"])))
    counted = placed.group_by(keys, use_threads=False).aggregate([([], "count_all")])
    twice = counted.filter(pc.greater(counted["count_all"], 1)).slice(0, 1).to_pylist()
    if twice:
        place = "/".join(part for part in (twice[0]["source"], twice[0]["member"]) if part is not None)
        message = (
            f"{path}: the truth has {twice[0]['count_all']:,} rows for the message at offset {twice[0]['offset']:,} of "
            f"{_safe(place)}; keep one"
        )
        raise UsageError(message)


def _each_once(addresses: pa.Table, path: Path) -> pa.Table:
    known = addresses.filter(pc.is_valid(addresses["ip"]))
    counts = pc.value_counts(known["ip"])
    twice = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(twice):
        message = f"{path}: the truth has several rows for the address {_safe(twice.field('values')[0])}; keep one"
        raise UsageError(message)
    return known


def _read(path: Path) -> tuple[str, pa.Table, set[str]] | None:
    """Return what a file is about, its table with all columns, and those that it has; None where it is no truth."""
    try:
        if not path.is_file():
            message = f"{path} is no regular file: give a Parquet file of truth, or the folder that holds it"
            raise UsageError(message)
        listed = pq.read_schema(path).names
        names = set(listed)
        if "sha256" in names or {"source", "offset"} <= names:
            kind, wanted = "messages", MESSAGE_COLUMNS
        elif "ip" in names:
            kind, wanted = "addresses", ADDRESS_COLUMNS
        else:
            return None
        twice = [name for name in wanted if listed.count(name) > 1]
        if twice:
            message = f"{path}: the column {twice[0]} is there {listed.count(twice[0])} times; keep one"
            raise UsageError(message)
        table = pq.read_table(path, columns=[name for name in wanted if name in names])
    except (OSError, pa.ArrowException) as error:
        message = f"{path} cannot be read as Parquet ({_short(error)}): give a file of truth, or a folder of them"
        raise UsageError(message) from error
    columns = {}
    for name, how in wanted.items():
        if name in table.column_names:
            columns[name] = _column(table[name], name, how, path)
        else:
            columns[name] = pa.nulls(table.num_rows, _TYPES[how])
    return kind, pa.table(columns), names & wanted.keys()


def _column(column: pa.ChunkedArray, name: str, how: str, path: Path) -> pa.Array:
    """Return a column in its one form.

    Raises:
        UsageError: Its values are of another kind.
    """
    try:
        array = column.combine_chunks()
        array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if pa.types.is_null(array.type):
            return array.cast(_TYPES[how])
        return _READERS[how](array)
    except (pa.ArrowException, UsageError, ValueError) as error:
        message = (
            f"{path}: the column {name} ({column.type}) cannot be read: {_short(error)}; expected {_EXPECTED[how]}"
        )
        raise UsageError(message) from error


_EXPECTED = {
    "hex": "the SHA-256 of each message's bytes as hex digits",
    "text": "texts",
    "label": "whole numbers or texts",
    "ip": "IP addresses as texts",
    "number": "whole numbers",
    "count": "whole numbers from 0 to a million million",
    "asn": "AS numbers, as 64500 or AS64500",
    "flag": "true and false",
    "banner": "true and false, or the banners' texts",
    "time": "times, in UTC where they have no zone",
}


_YES, _NO = ("true", "yes", "1"), ("false", "no", "0")


def _is_text(array: pa.Array) -> bool:
    return bool(pa.types.is_string(array.type) or pa.types.is_large_string(array.type))


def _texts(array: pa.Array) -> pa.Array:
    if not _is_text(array):
        raise UsageError("no texts")
    trimmed = pc.utf8_trim_whitespace(array.cast(pa.string()))
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


def _labels(array: pa.Array) -> pa.Array:
    if _is_text(array):
        return _texts(array)
    if pa.types.is_floating(array.type):  # so do tables come from pandas where a number is missing
        array = pc.if_else(pc.is_nan(array), None, array).cast(pa.int64())
    return array.cast(pa.string())


def _numbers(array: pa.Array) -> pa.Array:
    if pa.types.is_floating(array.type):
        array = pc.if_else(pc.is_nan(array), None, array)
    return array.cast(pa.int64())


def _counts(array: pa.Array) -> pa.Array:
    numbers = _numbers(array)
    wrong = numbers.filter(pc.or_(pc.less(numbers, 0), pc.greater(numbers, _MOST)))
    if len(wrong):
        message = f"{wrong[0]} is no count"
        raise UsageError(message)
    return numbers


def _as_numbers(array: pa.Array) -> pa.Array:
    if _is_text(array):
        array = pc.replace_substring_regex(_texts(array), r"^(?i:as)", "")
    return _numbers(array)


def _hex(array: pa.Array) -> pa.Array:
    if pa.types.is_binary(array.type) or pa.types.is_fixed_size_binary(array.type):
        raise UsageError("bytes, not hex digits")
    digits = pc.utf8_lower(_texts(array))
    fits = pc.match_substring_regex(digits, r"^[0-9a-f]{64}$")
    wrong = digits.filter(pc.invert(pc.fill_null(fits, fill_value=True)))
    if len(wrong):
        message = f"{_safe(wrong[0])} is no SHA-256"
        raise UsageError(message)
    return digits


def _addresses(array: pa.Array) -> pa.Array:
    encoded = _texts(array).dictionary_encode()
    forms = []
    for text in encoded.dictionary.to_pylist():
        form = parse_ip(text)
        if form is None:
            message = f"{_safe(text)} is no IP address"
            raise UsageError(message)
        forms.append(form)
    return pa.array(forms, pa.string()).take(encoded.indices)


def _flags(array: pa.Array) -> pa.Array:
    if pa.types.is_boolean(array.type):
        return array
    if _is_text(array):
        return _as_flags(pc.utf8_lower(_texts(array)), _YES, _NO)
    return _as_flags(_numbers(array), [1], [0])


def _as_flags(array: pa.Array, yes: Sequence[str | int], no: Sequence[str | int]) -> pa.Array:
    """Return values as true and false, null as null.

    Raises:
        UsageError: There is another value.
    """
    true, false = (pc.is_in(array, value_set=pa.array(words, array.type)) for words in (yes, no))
    others = array.filter(pc.invert(pc.or_(pc.or_(true, false), pc.is_null(array))))
    if len(others):
        message = f"{_safe(others[0])} is neither true nor false"
        raise UsageError(message)
    return pc.if_else(pc.is_null(array), pa.scalar(None, pa.bool_()), true)


def _banners(array: pa.Array) -> pa.Array:
    if not _is_text(array):
        return _flags(array)
    # The text of a banner, or the name of what it shows; none is none.
    words = pc.utf8_lower(_texts(array))
    return pc.and_(pc.is_valid(words), pc.invert(pc.is_in(words, value_set=pa.array(_NO))))


def _times(array: pa.Array) -> pa.Array:
    if _is_text(array):
        texts = _texts(array)
        try:
            array = texts.cast(pa.timestamp("us"))
        except pa.ArrowException:  # what has a zone is read with it
            array = texts.cast(_UTC)
    if not pa.types.is_timestamp(array.type):
        raise UsageError("no times")
    if array.type.tz is None:
        array = pc.assume_timezone(array, "UTC")
    # Of finer times the rest is dropped; coarser ones must fit.
    return array.cast(_UTC, safe=array.type.unit != "ns")


_READERS = {
    "hex": _hex,
    "text": _texts,
    "label": _labels,
    "ip": _addresses,
    "number": _numbers,
    "count": _counts,
    "asn": _as_numbers,
    "flag": _flags,
    "banner": _banners,
    "time": _times,
}


def _safe(value: object) -> str:
    return shorten(escape_control(str(value)), _SHOWN)


def _short(error: Exception) -> str:
    return shorten(escape_control(str(error).partition("\n")[0]), 200)
