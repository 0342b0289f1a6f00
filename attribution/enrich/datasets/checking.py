"""Whether what is to be installed can be used: opened and read by the parts of the library that will use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attribution._text import escape_control
from attribution.errors import DatabaseError, InstallError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from attribution.enrich.datasets.catalogue import Kind

__all__ = ["Checked", "check"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a data set turned out to be.

    Attributes:
        label: What the file says that it is; empty where it says nothing.
        build: When it says that it was built, UTC; None where it does not say.
        fingerprints: How many fingerprints or lines can be used, None where it has none by its kind.
    """

    label: str = ""
    build: datetime | None = None
    fingerprints: int | None = None


def check(kind: Kind, path: Path, needs: Sequence[str] = ()) -> Checked:
    """Open a data set as a run would.

    Args:
        kind: See `DataSet.kind`.
        path: The file, under the name by which it will be known, or the folder.
        needs: Columns of the addresses table that it must be able to fill.

    Raises:
        DatabaseError: It is an IP database that cannot be used.
        InstallError: It cannot be used for another reason.
    """
    try:
        return _database(path, needs) if kind in {"mmdb", "ranges"} else _rules(kind, path)
    except DatabaseError as error:
        raise DatabaseError(_without_folder(error, path)) from error
    except UsageError as error:
        raise InstallError(_without_folder(error, path)) from error


def _without_folder(error: Exception, path: Path) -> str:
    # The folder is one for the time of the check, which nobody could look into.
    return escape_control(str(error).replace(escape_control(f"{path.parent}/"), ""))


def _rules(kind: Kind, path: Path) -> Checked:
    # Loaded here, for the reader of a database asks the records of data sets for its date.
    from attribution.enrich.devices import read_nmap_probes, read_recog

    if kind == "recog":
        count = sum(map(len, read_recog(path).databases.values()))
    else:
        count = sum(map(len, read_nmap_probes(path).lines.values()))
    if not count:
        what = "fingerprint of Recog" if kind == "recog" else "line of nmap's that names a device"
        raise InstallError(f"{escape_control(path.name)} holds no {what} that can be used: is it another file?")
    return Checked(fingerprints=count)


def _database(path: Path, needs: Sequence[str]) -> Checked:
    from attribution.enrich.ip.databases import open_database

    with open_database(path) as database:
        database.read("192.0.2.1")  # a table is read whole only when it is first asked
        missing = [column for column in needs if column not in database.provides]
        if missing:
            raise InstallError(f"{escape_control(path.name)} does not tell {', '.join(missing)}: is it another one?")
        return Checked(database.label, database.build)
