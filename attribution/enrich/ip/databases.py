"""IP databases of every kind: opened by what is in them, and found where they usually lie."""

from __future__ import annotations

import os
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from attribution._text import escape_control
from attribution.enrich.datasets import read_record, record_path_of
from attribution.enrich.folders import databases_in, search_folders
from attribution.enrich.ip.base import Database
from attribution.enrich.ip.build_dates import split_date
from attribution.enrich.ip.mmdb import open_mmdb
from attribution.enrich.ip.range_layouts import LAYOUTS
from attribution.enrich.ip.range_lines import GZIP
from attribution.enrich.ip.range_table import is_text, open_table
from attribution.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Database", "find_databases", "open_database", "open_databases", "tables_in"]


def open_database(path: Path) -> Database:
    """Open an IP database: an MMDB file (format 2.0), or a table of address ranges as text, plain or gzip.

    What it is is told by its content. A table is read when it is first asked, and says only then that it is broken
    further down.

    Args:
        path: The file. It must not be changed in place while it is open. Where no file has that very name,
            `PATH@YYYY-MM-DD` names a file and the day on which it was built, which counts instead of its own.

    Raises:
        DatabaseError: The file is missing, cannot be read, is broken, or of a kind that is not known.
    """
    path, build = split_date(Path(path))
    head = _check(path)
    shown = _shown(path)
    try:
        table = open_table(path, build)
    except (OSError, EOFError, zlib.error) as error:
        raise DatabaseError(f"{shown} is cut off or broken: fetch it again.") from error
    if table is not None:
        return table
    if head.startswith(GZIP):
        raise DatabaseError(
            f"{shown} is compressed with gzip, and holds no table of address ranges: unpack it and name the .mmdb file."
        )
    if is_text(path):
        raise DatabaseError(f"{shown} is a text file of a form that is not known. Known are: {'; '.join(LAYOUTS)}.")
    return open_mmdb(path, build)


def _check(path: Path) -> bytes:
    """Return how a file begins, which is a regular one and not empty."""
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
            raise DatabaseError(f"{shown} is no regular file: name a database file.")
        with path.open("rb") as handle:
            head = handle.read(2)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DatabaseError(f"{shown} cannot be read: {reason}.") from error
    if not head:
        raise DatabaseError(f"{shown} is empty: fetch it again.")
    return head


def _shown(path: Path) -> str:
    return escape_control(str(path))


def find_databases() -> list[Path]:
    """Return the databases in the usual places, in the order of precedence.

    The places are the user's data folder, `/usr/share/GeoIP` and `/var/lib/GeoIP`; none of them need exist. MMDB
    files are found in all of them, tables of address ranges in the data folder alone: those with the name of a known
    one, and those with a record beside them, which `data install` and `data add` write.
    """
    own, *others = search_folders()
    return [*databases_in(own), *tables_in(own), *(path for folder in others for path in databases_in(folder))]


_TABLES = re.compile(r"iptoasn(?:-v[46])?\.tsv(?:\.gz)?|routeviews6?-[0-9]{4}-[0-9]{2}\.pfx2as(?:\.gz)?", re.IGNORECASE)
"""Names that tables of address ranges have in the data folder."""
_SUFFIXES = re.compile(r".+\.(?:tsv|txt|csv|dat|pfx2as)(?:\.gz)?", re.IGNORECASE)
"""How the names of other tables end; what else has a record beside it is no IP database."""


def tables_in(folder: Path) -> list[Path]:
    """Return the tables of address ranges in a folder by name; none where it is absent or cannot be listed.

    A table is told by a name that is agreed on, or by the record of its installation beside it.
    """
    try:
        paths = sorted(folder.iterdir(), key=lambda path: (path.name.casefold(), path.name))
    except OSError:
        return []
    named = (path for path in paths if not path.name.startswith(".") and path.is_file())
    return [path for path in named if _TABLES.fullmatch(path.name) or _has_record(path)]


def _has_record(path: Path) -> bool:
    # A file of that name alone may be anybody's: many programs put a JSON file beside a CSV file.
    record = read_record(record_path_of(path)) if _SUFFIXES.fullmatch(path.name) else None
    return record is not None and record.path == path


def open_databases(given: Iterable[Path], found: Sequence[Path] = ()) -> tuple[list[Database], list[str]]:
    """Open databases in the order in which they are asked.

    Those that were given come first, in their order. Those that were found follow, folder by folder, the
    more telling before the plainer, the newer before the older.

    Args:
        given: Files that the user named, with the build date behind them or not (see `open_database`), or folders,
            which stand for every database in them that is found by its name.
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
                        database = open_database(path)
                        database.was_named = False
                        group.append(database)
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
        inside = [*databases_in(path), *tables_in(path)]
        if not inside:
            raise DatabaseError(f"{_shown(path)} is a folder without .mmdb files that can be read.")
        yield from inside


def _is_new(path: Path, known: set[str]) -> bool:
    # The same file may be reached by several names, as a link for one.
    try:
        real = os.path.realpath(split_date(path)[0])
    except ValueError:  # no path that there can be; told when it is opened
        return True
    if real in known:
        return False
    known.add(real)
    return True


def _precedence(database: Database) -> tuple[int, float, str]:
    age = 0.0 if database.build is None else -database.build.timestamp()
    return -len(database.provides), age, database.path.name
