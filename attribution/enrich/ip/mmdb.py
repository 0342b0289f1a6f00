"""MMDB files: opened, recognised, and asked."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import maxminddb
import numpy as np

from attribution._files import sha256_of
from attribution._text import escape_control, shorten
from attribution.enrich.ip.base import Answers, Database
from attribution.enrich.ip.mmdb_data import FARTHEST, MARKER, DataSection, find_metadata
from attribution.enrich.ip.mmdb_tree import SearchTree
from attribution.enrich.ip.schemas import KNOWN, Schema, recognise
from attribution.errors import DatabaseError

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from attribution.enrich.ip.packed import Packed
    from attribution.enrich.ip.schemas import Reading

__all__ = ["MmdbDatabase", "open_mmdb"]

# What maxminddb and geoip2 raise on bytes or records that are not what they should be. The last two come from
# maxminddb's extension when the key of a map is no text: a warning first, an error where warnings are errors.
_BROKEN = (
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    SystemError,
    DeprecationWarning,
)

_REMEMBERED = 1 << 18
"""Records that are kept as they were read, for the next addresses that have them."""


class MmdbDatabase(Database):
    """One open MMDB file.

    `kind` is `Schema.kind`; `build` is what the metadata say, or what the user says instead.

    Args:
        path: The file.
        contents: What is in it.
        schema: How its records are read.
        build: The build date that the user gave, UTC, None where none was given.
    """

    def __init__(self, path: Path, contents: _Contents, schema: Schema, build: datetime | None) -> None:
        metadata = contents.reader.metadata()
        self.path = path
        self.kind = schema.kind
        self.provides = schema.provides
        self.database_type = str(metadata.database_type)
        self.label = f"{_product(self.database_type)} {escape_control(path.name)}"
        self.build = build or _build(metadata.build_epoch)
        self.sha256 = sha256_of(path)
        self._given = build is not None
        self._contents = contents
        self._tree = contents.tree
        self._schema = schema
        self._remembered: dict[int, Reading | None] = {}

    def read(self, ip: str) -> Reading:
        """Return what the file knows of one address; see `Database.read`."""
        address = ipaddress.ip_address(ip)
        end, _ = self._tree.find(int(address), address.max_prefixlen)
        return (None, None) if end == self._tree.nothing else self._read(ip, end)

    def _read(self, ip: str, end: int) -> Reading:
        """Return what stands at the end of the walk of an address."""
        try:
            record = self._contents.record(ip, end)
            if not isinstance(record, Mapping):
                raise TypeError(type(record).__name__)
            return self._schema.read(record, ip)
        except _BROKEN as error:
            raise DatabaseError(f"{escape_control(str(self.path))}: the record of {ip} is broken.") from error

    def read_many(self, ips: pa.Array, addresses: Packed) -> Answers:
        """Return what the file knows of many addresses; see `Database.read_many`."""
        # What an address gets depends on nothing but where its walk down the tree ends. So one address is asked
        # for in the usual way for each place where a walk ends, broken places included.
        rows = np.concatenate([addresses.rows4, addresses.rows6])
        ends = np.concatenate([self._tree.find4(addresses.ipv4), self._tree.find6(addresses.ipv6)])
        has = ends != self._tree.nothing
        rows, ends = rows[has], ends[has]
        distinct, first, group = np.unique(ends, return_index=True, return_inverse=True)
        return Answers.shared(group, self._read_records(ips, distinct, rows[first]), addresses.size, rows)

    def _read_records(self, ips: pa.Array, ends: NDArray[np.int64], rows: NDArray[np.int64]) -> list[Reading | None]:
        """Return the record at each end of a walk, None where it is broken; `rows` hold one address for each."""
        known = self._remembered
        places: list[int] = ends.tolist()
        new = np.array([place not in known for place in places], bool)
        if len(known) + np.count_nonzero(new) > _REMEMBERED:
            known = self._remembered = {}
            new[:] = True
        for place, ip in zip(ends[new].tolist(), ips.take(rows[new]).to_pylist(), strict=True):
            try:
                known[place] = self._read(ip, place)
            except DatabaseError:
                known[place] = None
        return [known[place] for place in places]

    def as_dict(self) -> dict[str, Any]:
        """Return what `run.json` keeps of the file, and whether its build date is the user's."""
        return super().as_dict() | ({"dated_by": "given"} if self._given else {})

    def close(self) -> None:
        """Give the file back; it cannot be read afterwards."""
        self._contents.reader.close()
        self._remembered.clear()


def open_mmdb(path: Path, build: datetime | None = None) -> MmdbDatabase:
    """Open an MMDB file (MaxMind DB file format 2.0) whose records are of a known kind.

    Args:
        path: The file. It is mapped into memory, and must not be changed in place while it is open.
        build: The build date that the user gave, UTC; it counts instead of the file's own.

    Raises:
        DatabaseError: The file is broken, or of a kind that is not known.
    """
    shown = escape_control(str(path))
    try:
        metadata_at = _metadata_at(path)
        if metadata_at is None:
            raise DatabaseError(f"{shown} is no MMDB file, or is cut off: fetch it again.")
        reader = maxminddb.open_database(path)
    except (OSError, *_BROKEN) as error:
        raise DatabaseError(f"{shown} is no MMDB file, or is cut off: fetch it again.") from error
    try:
        try:
            metadata = reader.metadata()
            database_type = str(metadata.database_type)
            tree = SearchTree(path, metadata.node_count, metadata.record_size, metadata.ip_version)
            contents = _Contents(reader, tree, _data(path, tree, metadata_at))
        except (OSError, *_BROKEN) as error:
            raise DatabaseError(f"{shown} is cut off, or has broken metadata: fetch it again.") from error
        records = _sample(contents, 6 if metadata.ip_version == 6 else 4)
        if not records:
            raise DatabaseError(f"{shown} holds no record that can be read: fetch it again.")
        schema = recognise(database_type, records)
        if schema is None:
            raise DatabaseError(
                f"{shown} is of a kind that is not known; it calls itself "
                f"{shorten(escape_control(database_type), 80)!r}. Use one of: {'; '.join(KNOWN)}."
            )
        return MmdbDatabase(path, contents, schema, build)
    except BaseException:
        reader.close()
        raise


class _Contents(NamedTuple):
    """What is in a file: read by maxminddb, its tree walked and its records looked over before."""

    reader: maxminddb.Reader
    tree: SearchTree
    data: DataSection

    def record(self, ip: str, end: int) -> object:
        """Return the record of an address, whose walk down the tree ends where it is said.

        Raises:
            ValueError: The record is not sound, and so was not read; or one of `_BROKEN`.
        """
        offset = self.tree.data_offset(end)
        if offset is None or not self.data.is_sound(offset):
            raise ValueError("the record is not sound")
        return self.reader.get(ip)


def _metadata_at(path: Path) -> int | None:
    size = path.stat().st_size
    with path.open("rb") as handle:
        handle.seek(max(0, size - FARTHEST))
        return find_metadata(handle.read(), size)


def _data(path: Path, tree: SearchTree, metadata_at: int) -> DataSection:
    octets = np.memmap(path, np.uint8, "r")
    return DataSection(octets.data, tree.data_start, metadata_at - len(MARKER))


def _product(database_type: str) -> str:
    vendor, _, rest = database_type.partition(" ")
    if vendor.lower() == "ipinfo" and rest:
        stem = rest.removesuffix(".mmdb")
        name = "Lite" if stem.endswith("_lite") else stem.replace("_", " ")
        return shorten(escape_control(f"IPinfo {name}"), 80)
    return shorten(escape_control(database_type.partition(" (compat=")[0]), 80) or "unnamed"


def _build(epoch: object) -> datetime | None:
    if not isinstance(epoch, int) or epoch <= 0:
        return None
    try:
        return datetime.fromtimestamp(epoch, UTC)
    except (ValueError, OverflowError, OSError):
        return None


_SAMPLE_RECORDS = 200
_SAMPLE_PROBES = 4_000


def _sample(contents: _Contents, ip_version: int) -> list[Mapping[str, Any]]:
    # Iterating a reader never ends on a crafted tree that is all branches and no records, so the address
    # space is walked by look-ups: each tells how long the prefix is that its answer holds for.
    found: list[Mapping[str, Any]] = []
    for bits, address, last in ((32, 0, 1 << 32), (128, 0x2 << 124, 0x4 << 124)):
        if found or (bits == 128 and ip_version == 4):
            break
        probes = _SAMPLE_PROBES
        while address < last and len(found) < _SAMPLE_RECORDS and probes:
            probes -= 1
            end, length = contents.tree.find(address, bits)
            if end != contents.tree.nothing:
                kind = ipaddress.IPv4Address if bits == 32 else ipaddress.IPv6Address
                with contextlib.suppress(*_BROKEN):
                    record = contents.record(str(kind(address)), end)
                    if isinstance(record, Mapping):
                        found.append(record)
            size = 1 << (bits - length)
            address = (address // size + 1) * size
    return found
