"""Tables of address ranges as text: iptoasn, pyasn, CAIDA pfx2as, DB-IP, and any that names its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from attribution._files import sha256_of
from attribution._text import escape_control
from attribution.enrich.ip.base import NETWORKS, PLACES, Answers, Database
from attribution.enrich.ip.build_dates import Dated, find_date
from attribution.enrich.ip.packed import pack
from attribution.enrich.ip.range_layouts import recognise_layout
from attribution.enrich.ip.range_lines import read_head
from attribution.enrich.ip.range_rows import load
from attribution.enrich.ip.schemas import Network, Place
from attribution.errors import DatabaseError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from attribution.enrich.ip.packed import Packed
    from attribution.enrich.ip.range_layouts import Layout
    from attribution.enrich.ip.range_rows import Rows
    from attribution.enrich.ip.schemas import Reading

__all__ = ["RangeTable", "is_text", "open_table"]


class RangeTable(Database):
    """One table of ranges. It is recognised and dated when it is opened, and read when it is first asked.

    Where ranges lie in one another, the narrowest counts, as in the routing table; a range that overlaps another
    in part counts from where it begins.

    Args:
        path: The file.
        layout: What its columns are.
        dated: When it was built.
    """

    def __init__(self, path: Path, layout: Layout, dated: Dated) -> None:
        self.path = path
        self.kind = layout.kind
        self.provides = layout.provides
        self.database_type = layout.title
        self.label = f"{layout.title} {escape_control(path.name)}"
        self.build = dated.build
        self.sha256 = sha256_of(path)
        self._dated_by = dated.by
        self._layout = layout
        self._rows: Rows | None = None
        self._refused: DatabaseError | None = None

    @property
    def tells_network(self) -> bool:
        """Say whether it has AS numbers."""
        return "asn" in self.provides

    @property
    def tells_place(self) -> bool:
        """Say whether it has countries, cities or coordinates."""
        return not {*Place._fields}.isdisjoint(self.provides)

    def read(self, ip: str) -> Reading:
        """Return what the table knows of one address; see `Database.read`."""
        ips = pa.array([ip], pa.string())
        answers = self.read_many(ips, pack(ips))
        network, place = answers.networks.to_pylist(), answers.places.to_pylist()
        return (Network(**network[0]) if network else None), (Place(**place[0]) if place else None)

    def read_many(self, ips: pa.Array, addresses: Packed) -> Answers:  # noqa: ARG002 (as every database is asked)
        """Return what the table knows of many addresses; see `Database.read_many`."""
        table = self._loaded()
        found = table.ranges.find(addresses)
        rows = np.flatnonzero(found >= 0)
        at = found[rows]
        networks, has_network = _networks(table, at)
        places, has_place = _places(table, at)
        return Answers(
            _numbered(rows[has_network], addresses.size),
            _numbered(rows[has_place], addresses.size),
            np.zeros(addresses.size, bool),
            networks,
            places,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what `run.json` keeps of the table; of its rows, once it was asked."""
        kept = super().as_dict() | {"dated_by": self._dated_by}
        if self._rows is not None:
            kept |= {
                "rows": self._rows.rows,
                "broken_rows": self._rows.broken,
                "multi_origin_rows": self._rows.multi_origin,
            }
        return kept

    def close(self) -> None:
        """Forget the rows; the table cannot be asked afterwards."""
        self._rows = None
        self._refused = DatabaseError(f"{escape_control(str(self.path))} was closed: open it again.")

    def _loaded(self) -> Rows:
        if self._refused is not None:
            raise self._refused
        if self._rows is None:
            try:
                self._rows = load(self.path, self._layout)
            except (DatabaseError, pa.ArrowInvalid) as error:
                self._refused = (
                    error
                    if isinstance(error, DatabaseError)
                    else DatabaseError(f"{escape_control(str(self.path))} cannot be read as a table: fetch it again.")
                )
                raise self._refused from error
        return self._rows


def _numbered(rows: NDArray[np.int64], size: int) -> NDArray[np.int32]:
    numbers = np.full(size, -1, np.int32)
    numbers[rows] = np.arange(len(rows), dtype=np.int32)
    return numbers


def _networks(table: Rows, at: NDArray[np.int32]) -> tuple[pa.Table, NDArray[np.bool_]]:
    """Return the networks in some rows of a table, and which of these have one."""
    if "asn" not in table.columns:
        return NETWORKS.empty_table(), np.zeros(len(at), bool)
    numbers = table.columns["asn"][at]
    has = numbers > 0
    names = _words(table, "as_org", at[has])
    return pa.table([pa.array(numbers[has], pa.int64()), names], schema=NETWORKS), has


def _places(table: Rows, at: NDArray[np.int32]) -> tuple[pa.Table, NDArray[np.bool_]]:
    """Return the places in some rows of a table, and which of these have one."""
    countries, cities = _words(table, "country", at), _words(table, "city", at)
    north, east, radius = (_floats(table, name, at) for name in ("latitude", "longitude", "radius_km"))
    # Zero and zero is a point in the sea that databases write for not knowing.
    known = (np.abs(north) <= 90) & (np.abs(east) <= 180) & ~((north == 0) & (east == 0))
    radius = np.rint(np.where(known & (radius > 0) & (radius <= 20_040), radius, np.nan))  # half round the Earth
    has = known | countries.is_valid().to_numpy(zero_copy_only=False) | cities.is_valid().to_numpy(zero_copy_only=False)
    columns = [
        countries,
        cities,
        pa.array(north, mask=~known),
        pa.array(east, mask=~known),
        pa.array(np.nan_to_num(radius).astype(np.int32), mask=np.isnan(radius)),
    ]
    return pa.table(columns, schema=PLACES).filter(pa.array(has)), has


def _words(table: Rows, name: str, at: NDArray[np.int32]) -> pa.Array:
    if name not in table.words:
        return pa.nulls(len(at), pa.string())
    codes = table.columns[name][at]
    return table.words[name].take(pa.array(codes, mask=codes < 0))


def _floats(table: Rows, name: str, at: NDArray[np.int32]) -> NDArray[np.float64]:
    floats: NDArray[np.float64] = table.columns[name][at] if name in table.columns else np.full(len(at), np.nan)
    return floats


def open_table(path: Path, build: datetime | None = None) -> RangeTable | None:
    """Open a table of address ranges, plain or compressed with gzip.

    Args:
        path: The file.
        build: The build date that the user gave, UTC; it counts before any other.

    Returns:
        The table; None when the file begins like no table that is known.

    Raises:
        OSError, EOFError, zlib.error: It cannot be read, or is broken from the start.
    """
    head = read_head(path)
    layout = None if head is None else recognise_layout(head.lines)
    if head is None or layout is None or not layout.provides:
        return None
    return RangeTable(path, layout, Dated(build, "given") if build else find_date(path, head.comments))


def is_text(path: Path) -> bool:
    """Say whether a file begins as text does, plain or compressed with gzip.

    Raises:
        OSError, EOFError, zlib.error: As of `open_table`.
    """
    head = read_head(path)
    return head is not None and all(line.replace("\t", " ").isprintable() for line in [*head.comments, *head.lines])
