"""What every IP database is, whatever its file looks like: asked for one address, or for many at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from attribution.enrich.ip.schemas import Network, Place
from attribution.errors import DatabaseError
from attribution.tables import ADDRESSES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from numpy.typing import NDArray

    from attribution.enrich.ip.packed import Packed
    from attribution.enrich.ip.schemas import Reading

__all__ = ["NETWORKS", "PLACES", "Answers", "Database", "ReadsOne", "one_by_one"]

NETWORKS = pa.schema([ADDRESSES.field(name) for name in Network._fields])
"""The columns of `Answers.networks`."""
PLACES = pa.schema([ADDRESSES.field(name) for name in Place._fields])
"""The columns of `Answers.places`."""


class Answers(NamedTuple):
    """What a database knows of many addresses; addresses that share a fact share its row.

    Attributes:
        network: For each address its row in `networks`, -1 where the database knows no network.
        place: For each address its row in `places`, -1 where the database knows no place.
        broken: For each address whether its record is broken.
        networks: As `NETWORKS`.
        places: As `PLACES`.
    """

    network: NDArray[np.int32]
    place: NDArray[np.int32]
    broken: NDArray[np.bool_]
    networks: pa.Table
    places: pa.Table

    @classmethod
    def shared(
        cls, group: NDArray[np.int64], groups: Sequence[Reading | None], size: int, rows: NDArray[np.int64]
    ) -> Self:
        """Return the answers of addresses of which many have one and the same record.

        Args:
            group: For each address that has a record its place in `groups`.
            groups: Each record as it was read, None where it is broken.
            size: How many addresses were asked for.
            rows: Which of them have a record.
        """
        networks = [read[0] for read in groups if read is not None and read[0] is not None]
        places = [read[1] for read in groups if read is not None and read[1] is not None]
        is_broken = np.zeros(size, bool)
        is_broken[rows] = np.array([read is None for read in groups], bool)[group]
        return cls(
            _numbered([read is not None and read[0] is not None for read in groups], group, size, rows),
            _numbered([read is not None and read[1] is not None for read in groups], group, size, rows),
            is_broken,
            _table(networks, NETWORKS),
            _table(places, PLACES),
        )


def _numbered(groups: list[bool], group: NDArray[np.int64], size: int, rows: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return for each address the number of its group among those that have a fact, -1 where it has none."""
    has = np.array(groups, bool)
    numbers = np.full(size, -1, np.int32)
    numbers[rows] = np.where(has, np.cumsum(has) - 1, -1)[group]
    return numbers


def _table(facts: Sequence[Network] | Sequence[Place], schema: pa.Schema) -> pa.Table:
    columns = zip(*facts, strict=True) if facts else ([] for _ in schema)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


class ReadsOne(Protocol):
    """What can be asked for one address."""

    def read(self, ip: str) -> Reading:
        """Return network and place of an address in canonical form, None for what is not known."""


class Database(ABC):
    """One open IP database and how to read it; a context manager that closes it.

    Attributes:
        path: The file.
        kind: The schema of its records, in a word.
        database_type: What the file calls itself, or what its form is called.
        label: Product and file name, as shown and as kept in `as_source` and `geo_source`.
        build: When the file was built, in UTC; None when nothing says so.
        sha256: Hex digest of the file.
        provides: The columns of the addresses table that it can fill.
        was_named: Whether the user named it. What was merely found and turns out to be unusable is left out.
    """

    path: Path
    kind: str
    database_type: str
    label: str
    build: datetime | None
    sha256: str
    provides: tuple[str, ...]
    was_named: bool = True

    @property
    def tells_network(self) -> bool:
        """Say whether it may know networks at all; where not, it need not be asked for them."""
        return True

    @property
    def tells_place(self) -> bool:
        """Say whether it may know places at all; where not, it need not be asked for them."""
        return True

    @abstractmethod
    def read(self, ip: str) -> Reading:
        """Return what the database knows of one address, None for what it does not.

        Args:
            ip: An address in canonical form.

        Raises:
            DatabaseError: The record is broken, or the whole database is.
        """

    @abstractmethod
    def read_many(self, ips: pa.Array, addresses: Packed) -> Answers:
        """Return what the database knows of many addresses, each record being read once.

        Args:
            ips: Addresses in canonical form.
            addresses: The same as `pack` returns them; rows that it leaves out are not asked for.

        Raises:
            DatabaseError: The whole database is broken. A broken record is told in the answers.
        """

    def as_dict(self) -> dict[str, Any]:
        """Return what `run.json` keeps of the database."""
        return {
            "name": self.label,
            "path": str(self.path),
            "kind": self.kind,
            "database_type": self.database_type,
            "built": None if self.build is None else self.build.isoformat(),
            "sha256": self.sha256,
            "provides": list(self.provides),
        }

    @abstractmethod
    def close(self) -> None:
        """Give the file back; the database cannot be read afterwards."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def one_by_one(database: ReadsOne, ips: pa.Array, addresses: Packed) -> Answers:
    """Return what `read` says of many addresses.

    Args:
        database: Asked for each.
        ips: Addresses in canonical form.
        addresses: The same as `pack` returns them.
    """
    rows = np.concatenate([addresses.rows4, addresses.rows6])
    groups = [_read(database, ip) for ip in ips.take(pa.array(rows)).to_pylist()]
    return Answers.shared(np.arange(len(rows)), groups, addresses.size, rows)


def _read(database: ReadsOne, ip: str) -> Reading | None:
    try:
        return database.read(ip)
    except DatabaseError:
        return None
