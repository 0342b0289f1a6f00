"""Data sets that a user may install: what there is, under which terms, and what is here already."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from attribution._files import sha256_of
from attribution.enrich.folders import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attribution.enrich.databases import Database

__all__ = ["DATA_SETS", "DataSet", "InstalledDataset", "available", "credit", "installed", "record_path_of"]


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set that `install` can fetch.

    Attributes:
        name: What `install` calls it.
        title: What its maker calls it.
        about: What it tells, in a few words.
        licence: SPDX identifier. `licence_url`: its text.
        attribution: The line that its maker asks to be shown with results.
        package: The Python package whose wheel holds it. `member`: the file in that wheel.
        file: The name that it gets in the data folder.
        needs: Columns of the addresses table that it must be able to fill.
    """

    name: str
    title: str
    about: str
    licence: str
    licence_url: str
    attribution: str
    package: str
    member: str
    file: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstalledDataset:
    """A data set in the data folder, as recorded when it was installed.

    Attributes:
        name, title, licence, licence_url, attribution: As in `DataSet`.
        path: The database file.
        build: When its maker built it, UTC.
        sha256: Hex digest of the file when it was installed.
        package, version: The wheel that it came out of. `wheel_sha256`: hex digest of that.
        installed: When it was installed, UTC.
    """

    name: str
    title: str
    licence: str
    licence_url: str
    attribution: str
    path: Path
    build: datetime | None
    sha256: str
    package: str
    version: str
    wheel_sha256: str
    installed: datetime

    def age_days(self, now: datetime | None = None) -> int | None:
        """Return the whole days since the build, None where the build date is not known."""
        return None if self.build is None else ((now or datetime.now(UTC)) - self.build).days

    def verify(self) -> bool:
        """Say whether the file still has the bytes that were installed."""
        try:
            return sha256_of(self.path) == self.sha256
        except OSError:
            return False

    def as_dict(self) -> dict[str, Any]:
        """Return the record as JSON types; `path` is the file's name, for the record lies beside it."""
        return {
            key: value.isoformat() if isinstance(value, datetime) else value
            for key, value in (asdict(self) | {"path": self.path.name}).items()
        }


DATA_SETS = (
    DataSet(
        name="ipinfo-lite",
        title="IPinfo Lite",
        about="AS number, AS name and country of every address, IPv4 and IPv6",
        licence="CC-BY-SA-4.0",
        licence_url="https://creativecommons.org/licenses/by-sa/4.0/",
        attribution="IP address data powered by IPinfo (https://ipinfo.io)",
        package="parsedmarc",
        member="parsedmarc/resources/ipinfo/ipinfo_lite.mmdb",
        file="ipinfo_lite.mmdb",
        needs=("asn", "as_org", "country"),
    ),
)


def available() -> list[DataSet]:
    """Return the data sets that `install` can fetch."""
    return list(DATA_SETS)


def record_path_of(database: Path) -> Path:
    """Return where the record of an installed database lies."""
    return database.with_suffix(".json")


def installed() -> list[InstalledDataset]:
    """Return the data sets in the user's data folder that `install` put there."""
    return list(_installed())


def _installed() -> Iterator[InstalledDataset]:
    for item in DATA_SETS:
        path = data_folder() / item.file
        try:
            kept = json.loads(record_path_of(path).read_text(encoding="utf-8"))
            done = InstalledDataset(
                **(
                    kept
                    | {"path": path, "installed": datetime.fromisoformat(kept["installed"])}
                    | {"build": kept["build"] and datetime.fromisoformat(kept["build"])}
                )
            )
        except (OSError, ValueError, TypeError, KeyError):
            continue  # without a whole record it is a database like any other that lies there
        if path.is_file():
            yield done


def credit(database: Database) -> dict[str, str]:
    """Return `licence`, `licence_url` and `attribution` of a database that was installed; else nothing."""
    for item in _installed():
        if item.sha256 == database.sha256:
            return {"licence": item.licence, "licence_url": item.licence_url, "attribution": item.attribution}
    return {}
