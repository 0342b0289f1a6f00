"""IP databases as MMDB files: opened, recognised, and asked for one address."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import maxminddb

from attribution._files import sha256_of
from attribution._text import escape_control, shorten
from attribution.enrich.folders import databases_in, search_folders
from attribution.enrich.schemas import KNOWN, Network, Place, Schema, recognise
from attribution.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType
    from typing import Self

__all__ = ["Database", "find_databases", "open_database", "open_databases"]

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


class Database:
    """One open MMDB file and how to read it; a context manager that closes it.

    Attributes:
        path: The file.
        kind: See `Schema.kind`.
        database_type: What the file calls itself.
        label: Product and file name, as shown and as kept in `geo_source`.
        build: When the file was built, in UTC; None when it does not say.
        sha256: Hex digest of the file.
        provides: The columns of the addresses table that it can fill.
    """

    __slots__ = ("_reader", "_schema", "_v6", "build", "database_type", "label", "path", "sha256")

    def __init__(self, path: Path, reader: maxminddb.Reader, schema: Schema) -> None:
        metadata = reader.metadata()
        self.path = path
        self.database_type = str(metadata.database_type)
        self.label = f"{_product(self.database_type)} {escape_control(path.name)}"
        self.build = _build(metadata.build_epoch)
        self.sha256 = sha256_of(path)
        self._reader = reader
        self._schema = schema
        self._v6 = metadata.ip_version == 6

    @property
    def kind(self) -> str:
        """Say which schema its records have."""
        return self._schema.kind

    @property
    def provides(self) -> tuple[str, ...]:
        """Name the columns of the addresses table that it can fill."""
        return self._schema.provides

    def read(self, ip: str) -> tuple[Network | None, Place | None]:
        """Return what the database knows of one address, None for what it does not.

        Args:
            ip: An address in canonical form.

        Raises:
            DatabaseError: The record is broken.
        """
        if not self._v6 and ":" in ip:
            return None, None
        try:
            record = self._reader.get(ip)
            if record is None:
                return None, None
            if not isinstance(record, Mapping):
                raise TypeError(type(record).__name__)
            return self._schema.read(record, ip)
        except _BROKEN as error:
            raise DatabaseError(f"{_shown(self.path)}: the record of {ip} is broken.") from error

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

    def close(self) -> None:
        """Give the file back; the database cannot be read afterwards."""
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_database(path: Path) -> Database:
    """Open an MMDB file (MaxMind DB file format 2.0) whose records are of a known kind.

    Args:
        path: The file. It is mapped into memory, and must not be changed in place while it is open.

    Raises:
        DatabaseError: The file is missing, cannot be read, is broken, or of a kind that is not known.
    """
    path = Path(path)
    _check(path)
    try:
        reader = maxminddb.open_database(path)
    except (OSError, *_BROKEN) as error:
        raise DatabaseError(f"{_shown(path)} is no MMDB file, or is cut off: fetch it again.") from error
    try:
        try:
            metadata = reader.metadata()
            database_type = str(metadata.database_type)
            records = _sample(reader, 6 if metadata.ip_version == 6 else 4)
        except _BROKEN as error:
            raise DatabaseError(f"{_shown(path)} has broken metadata: fetch it again.") from error
        if not records:
            raise DatabaseError(f"{_shown(path)} holds no record that can be read: fetch it again.")
        schema = recognise(database_type, records)
        if schema is None:
            raise DatabaseError(
                f"{_shown(path)} is of a kind that is not known; it calls itself "
                f"{shorten(escape_control(database_type), 80)!r}. Use one of: {'; '.join(KNOWN)}."
            )
        return Database(path, reader, schema)
    except BaseException:
        reader.close()
        raise


def _check(path: Path) -> None:
    shown = _shown(path)
    try:
        if path.is_dir():
            raise DatabaseError(f"{shown} is a folder: name a file in it that ends in .mmdb.")
        if not path.exists():
            raise DatabaseError(
                f"{shown} does not exist: correct the path, or get a database with "
                "`attribution data install ipinfo-lite`."
            )
        if not path.is_file():
            raise DatabaseError(f"{shown} is no regular file: name an MMDB file.")
        with path.open("rb") as handle:
            head = handle.read(2)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DatabaseError(f"{shown} cannot be read: {reason}.") from error
    if not head:
        raise DatabaseError(f"{shown} is empty: fetch it again.")
    if head == b"\x1f\x8b":
        raise DatabaseError(f"{shown} is compressed with gzip: unpack it and name the .mmdb file.")


def _shown(path: Path) -> str:
    return escape_control(str(path))


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


def _sample(reader: maxminddb.Reader, ip_version: int) -> list[Mapping[str, Any]]:
    # Iterating a reader never ends on a crafted tree that is all branches and no records, so the address
    # space is walked by look-ups: each tells how long the prefix is that its answer holds for.
    found: list[Mapping[str, Any]] = []
    probes = _SAMPLE_PROBES
    for bits, address, end in ((32, 0, 1 << 32), (128, 0x2 << 124, 0x4 << 124)):
        if found or (bits == 128 and ip_version == 4):
            break
        failures = 0
        while address < end and len(found) < _SAMPLE_RECORDS and probes:
            probes -= 1
            try:
                record, length = reader.get_with_prefix_len(
                    ipaddress.IPv4Address(address) if bits == 32 else ipaddress.IPv6Address(address)
                )
            except _BROKEN:
                failures += 1  # ever larger steps get past a broken part
                record, length = None, max(1, bits * 3 // 4 - failures)
            if not 0 <= length <= bits:
                break
            if isinstance(record, Mapping):
                found.append(record)
            size = 1 << (bits - length)
            address = (address // size + 1) * size
        probes = _SAMPLE_PROBES
    return found


def find_databases() -> list[Path]:
    """Return the MMDB files in the usual places, in the order of precedence.

    The places are the user's data folder, `/usr/share/GeoIP` and `/var/lib/GeoIP`; none of them need exist.
    """
    return [path for folder in search_folders() for path in databases_in(folder)]


def open_databases(given: Iterable[Path], found: Sequence[Path] = ()) -> tuple[list[Database], list[str]]:
    """Open databases in the order in which they are asked.

    Those that were given come first, in their order. Those that were found follow, folder by folder, the
    more telling before the plainer, the newer before the older.

    Args:
        given: Files that the user named, or folders, which stand for every MMDB file in them.
        found: Files that nobody named, as `find_databases` returns them.

    Returns:
        The databases, each file once, and one sentence for each found file that was left out.

    Raises:
        DatabaseError: One that was given cannot be used.
    """
    opened: list[Database] = []
    warnings: list[str] = []
    known: set[str] = set()
    try:
        for path in _expand(given):
            if _is_new(path, known):
                opened.append(open_database(path))  # noqa: PERF401 (what is open is closed on an error)
        for folder in dict.fromkeys(path.parent for path in found):
            group: list[Database] = []
            for path in found:
                if path.parent == folder and _is_new(path, known):
                    try:
                        group.append(open_database(path))
                    except DatabaseError as error:
                        warnings.append(f"Not used: {error}")
            opened.extend(sorted(group, key=_precedence))
    except BaseException:
        for database in opened:
            database.close()
        raise
    return opened, warnings


def _expand(given: Iterable[Path]) -> Iterator[Path]:
    for path in map(Path, given):
        if not path.is_dir():
            yield path
            continue
        inside = databases_in(path)
        if not inside:
            raise DatabaseError(f"{_shown(path)} is a folder without .mmdb files that can be read.")
        yield from inside


def _is_new(path: Path, known: set[str]) -> bool:
    # The same file may be reached by several names, as a link for one.
    real = os.path.realpath(path)
    if real in known:
        return False
    known.add(real)
    return True


def _precedence(database: Database) -> tuple[int, float, str]:
    age = 0.0 if database.build is None else -database.build.timestamp()
    return -len(database.provides), age, database.path.name
