"""What is installed: a record beside each file in the data folder, and the credit that goes with its results."""

from __future__ import annotations

import errno
import hashlib
import json
import re
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from attribution._files import replacing, sha256_of
from attribution.enrich.datasets.catalogue import entries
from attribution.enrich.folders import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attribution.enrich.ip.databases import Database

__all__ = [
    "InstalledDataset",
    "credit",
    "digest_of",
    "installed",
    "read_record",
    "record_path_of",
    "records_of",
    "write_record",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledDataset:
    """A data set in the data folder, as recorded when it was put there.

    Attributes:
        name, title, licence, licence_url, attribution: As in `DataSet`; of a file of the user's own the name is that
            of the file, and what is not known of its licence is empty.
        path: The file, or the folder.
        build: When its maker built it, UTC; None where it does not say.
        sha256: Hex digest of the file when it was put there; of a folder, see `digest_of`.
        installed: When it was put there, UTC.
        month: The month that it stands for, where there is one file for each.
        url: Where it came from, without what may be secret: an address, or the name of a file.
        download_sha256: Hex digest of what came, before it was unpacked.
        checked_against: Where the digest that its maker gives was read; None where there is none.
        package, version: The wheel that it came out of. `wheel_sha256`: hex digest of that.
        fingerprints: How many fingerprints or lines it has that can be used, where it has such.
        files: Everything that was put there, relative to the data folder; the licence is among it.
    """

    name: str
    title: str
    licence: str
    licence_url: str
    attribution: str
    path: Path
    build: datetime | None
    sha256: str
    installed: datetime
    month: str | None = None
    url: str | None = None
    download_sha256: str | None = None
    checked_against: str | None = None
    package: str | None = None
    version: str | None = None
    wheel_sha256: str | None = None
    fingerprints: int | None = None
    files: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Count the bytes of everything that was put there and still is."""
        return sum(path.stat().st_size for name in self.files if (path := self.path.parent / name).is_file())

    def age_days(self, now: datetime | None = None) -> int | None:
        """Return the whole days since the build, None where the build date is not known."""
        return None if self.build is None else ((now or datetime.now(UTC)) - self.build).days

    def verify(self) -> bool:
        """Say whether the file still has the bytes that were put there."""
        try:
            return digest_of(self.path) == self.sha256
        except OSError:
            return False

    def as_dict(self) -> dict[str, Any]:
        """Return the record as JSON types; `path` is the file's name, for the record lies beside it."""
        plain = asdict(self) | {"path": self.path.name, "files": list(self.files)}
        return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in plain.items()}


_FIELDS = frozenset(field.name for field in fields(InstalledDataset))
_TEXTS = ("name", "title", "licence", "licence_url", "attribution", "sha256")
_TEXTS_OR_NONE = (
    "month",
    "url",
    "download_sha256",
    "checked_against",
    "package",
    "version",
    "wheel_sha256",
)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file or folder as hex digits.

    That of a folder is taken over the list of its XML files in the order of their names, in the form that
    `sha256sum *.xml` prints, so that it can be recomputed by hand.

    Raises:
        OSError: It cannot be read, or is neither.
    """
    if path.is_file():
        return sha256_of(path)
    if not path.is_dir():  # a pipe would be waited for without end
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    lines = (f"{sha256_of(file)}  {file.name}\n" for file in sorted(path.glob("*.xml")) if file.is_file())
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def record_path_of(database: Path) -> Path:
    """Return where the record of an installed file or folder lies."""
    return database.with_name(f"{database.name}.json")


def write_record(item: InstalledDataset, to: Path) -> None:
    """Write a record; a reader never sees half of it."""
    with replacing(to) as temporary:
        temporary.write_text(json.dumps(item.as_dict(), indent=2, sort_keys=True) + "\n", encoding="utf-8")


def installed() -> list[InstalledDataset]:
    """Return what `install` and `add` put into the data folder, in the order of the catalogue, then by file name."""
    order = {item.name: number for number, item in enumerate(entries())}
    found = {item.path: item for item in _records(data_folder())}
    return sorted(found.values(), key=lambda item: (order.get(item.name, len(order)), item.path.name))


def _records(folder: Path) -> Iterator[InstalledDataset]:
    try:
        # By length first: where a file has a record of the former form as well, that of today is the last and stays.
        paths = sorted(folder.glob("*.json"), key=lambda path: (len(path.name), path.name))
    except OSError:
        return
    for path in paths:
        item = read_record(path)  # without a whole record it is a file like any other that lies there
        if item is not None and item.path.exists():
            yield item


_LARGEST_RECORD = 1 << 20


def records_of(path: Path) -> list[Path]:
    """Return the records of a file or folder that are there, that of the former form included.

    A record of the former form is named after the stem of the file, and so may be that of another file.
    """
    found = []
    for record in dict.fromkeys((record_path_of(path), path.with_suffix(".json"))):
        if record == record_path_of(path):
            found += [record] if record.is_file() else []
        elif (item := read_record(record)) is not None and item.path == path:
            found.append(record)
    return found


def read_record(record: Path) -> InstalledDataset | None:
    """Return what a record says; None where it is none, or not all of it is as `write_record` writes it."""
    try:
        return _read(record)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None


def _read(record: Path) -> InstalledDataset:
    if not record.is_file():
        raise ValueError("no file")
    with record.open(encoding="utf-8") as handle:
        kept: dict[str, Any] = json.loads(handle.read(_LARGEST_RECORD))
    path = record.with_name(kept["path"])
    # The former form of the record was named after the stem of the file.
    if path.name in {".", ".."} or record not in {record_path_of(path), path.with_suffix(".json")}:
        raise ValueError("the record of another file")
    files = tuple(kept.get("files") or (path.name,))
    if not all(isinstance(name, str) and _is_of(name, path) for name in files):
        raise ValueError("a file that is not of the data set")
    item = InstalledDataset(
        **(
            {key: value for key, value in kept.items() if key in _FIELDS}
            | {"path": path, "files": files, "installed": _moment(kept["installed"])}
            | {"build": None if kept["build"] is None else _moment(kept["build"])}
        )
    )
    for name in _TEXTS:
        _check_text(getattr(item, name), may_lack=False)
    for name in _TEXTS_OR_NONE:
        _check_text(getattr(item, name), may_lack=True)
    if item.month is not None and not re.fullmatch(r"[0-9]{4}-[0-9]{2}", item.month):
        raise ValueError("no month")
    if item.fingerprints is not None and type(item.fingerprints) is not int:
        raise TypeError("no number of fingerprints")
    return item


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _check_text(value: object, *, may_lack: bool) -> None:
    if value is None and may_lack:
        return
    if not isinstance(value, str):
        raise TypeError("no text")
    value.encode()  # half a character cannot be shown or written


_LICENCE = re.compile(r"(?:COPYRIGHT|COPYING|LICEN[CS]E)(?:\.\w{1,8})?", re.ASCII | re.IGNORECASE)


def _is_of(name: str, path: Path) -> bool:
    """Say whether a file is one that is put there for a data set: itself, in its folder, or a licence beside it."""
    folder, slash, inside = name.partition("/")
    if slash:
        return folder == path.name and "/" not in inside and inside not in {"", ".", ".."} and "\0" not in inside
    return name == path.name or (
        name.startswith(f"{path.stem}.") and _LICENCE.fullmatch(name.removeprefix(f"{path.stem}.")) is not None
    )


def credit(database: Database) -> dict[str, str]:
    """Return `licence`, `licence_url` and `attribution` of a database that was installed; else nothing."""
    for item in installed():
        if item.sha256 == database.sha256 and item.attribution:
            return {"licence": item.licence, "licence_url": item.licence_url, "attribution": item.attribution}
    return {}
