"""Data of the user's own taken into the data folder, and what was put there taken away again."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from attribution._text import escape_control
from attribution.enrich.datasets.addresses import check_month, now
from attribution.enrich.datasets.catalogue import available, entries, find
from attribution.enrich.datasets.checking import check
from attribution.enrich.datasets.installing import partial_path
from attribution.enrich.datasets.partial import note_of
from attribution.enrich.datasets.placing import place, staging, take_away
from attribution.enrich.datasets.records import InstalledDataset, digest_of, installed
from attribution.enrich.folders import data_folder
from attribution.errors import InstallError, UsageError

if TYPE_CHECKING:
    from attribution.enrich.datasets.catalogue import DataSet, Kind
    from attribution.enrich.datasets.checking import Checked

__all__ = ["add", "chosen_for_removal", "remove"]

_LICENCE = re.compile(r"(?:COPYING|LICEN[CS]E)(?:\.\w{1,8})?", re.IGNORECASE)
_SUFFIXES = re.compile(r"[\w][\w .+@-]{0,150}?((?:\.(?:mmdb|tsv|txt|csv|dat|pfx2as))(?:\.gz)?)", re.ASCII)


def add(name: str | None, path: Path, *, built: date | None = None) -> InstalledDataset:
    """Copy data from this machine into the data folder, where every run finds it.

    Copied, not linked: what was checked stays what is used, whatever becomes of the original.

    Args:
        name: `recog` for a folder of Recog's XML files, `nmap-probes` for the file of an installed nmap; None for an
            IP database of any kind that `open_database` reads.
        path: The file or folder; it is only read.
        built: The day (UTC) on which it was built, for an IP database that does not say.

    Returns:
        The record of what was added.

    Raises:
        UsageError: The call makes no sense.
        DatabaseError: The IP database cannot be used.
        InstallError: It is not what it should be, or could not be copied.
    """
    path = Path(path)
    if not path.exists():
        raise UsageError(f"{escape_control(str(path))} does not exist: correct the path.")
    try:
        with staging(data_folder()) as temporary:
            if name is None:
                return _add_database(path, built, temporary)
            item = find(name)
            if item.kind not in {"recog", "nmap"}:
                raise UsageError(
                    f"{item.name} is not added by its name: `attribution data install {item.name} --from FILE` takes "
                    "the file of its maker, `attribution data add FILE` any IP database."
                )
            if built is not None:
                raise UsageError("--built is for IP databases.")
            return _add_recog(item, path, temporary) if item.kind == "recog" else _add_nmap(item, path, temporary)
    except OSError as error:
        where = escape_control(str(error.filename or path))
        raise InstallError(f"{where} could not be added: {error.strerror or error}.") from error


def _add_recog(item: DataSet, path: Path, temporary: Path) -> InstalledDataset:
    if not path.is_dir():
        raise UsageError(
            f"{escape_control(str(path))} is no folder. A packed Recog: attribution data install recog --from FILE."
        )
    # The folder of the whole project has the files one below.
    inside = path if any(path.glob("*.xml")) else path / "xml"
    files = [file for file in sorted(inside.glob("*.xml")) if file.is_file()]
    if not files:
        raise UsageError(f"{escape_control(str(path))} holds no XML files of Recog, nor does a folder xml in it.")
    if sum(file.stat().st_size for file in files) > item.largest:
        raise InstallError(f"{escape_control(str(path))} is larger than {item.largest:,} bytes: that is no Recog.")
    ready = temporary / item.file
    ready.mkdir()
    licences = {file.name: file for folder in (inside.parent, inside) for file in _licences_in(folder, inside, path)}
    for file in [*files, *licences.values()]:
        shutil.copyfile(file, ready / file.name)
    return place(_record(item, ready, path, check(item.kind, ready)), ready)


def _licences_in(folder: Path, inside: Path, given: Path) -> list[Path]:
    # Beside the folder itself only where that is within what was given.
    if folder != inside and inside == given:
        return []
    return [file for file in sorted(folder.iterdir()) if _LICENCE.fullmatch(file.name) and file.is_file()]


def _add_nmap(item: DataSet, path: Path, temporary: Path) -> InstalledDataset:
    if not path.is_file():
        raise UsageError(f"{escape_control(str(path))} is no file: give nmap-service-probes itself.")
    checked = check(item.kind, path)  # before it is copied, for it is bounded there
    ready = temporary / item.file
    shutil.copyfile(path, ready)
    return place(_record(item, ready, path, checked), ready)


def _record(item: DataSet, ready: Path, source: Path, checked: Checked) -> InstalledDataset:
    return InstalledDataset(
        name=item.name,
        title=item.title,
        licence=item.licence,
        licence_url=item.licence_url,
        attribution=item.attribution,
        path=data_folder() / item.file,
        build=None,
        sha256=digest_of(ready),
        installed=now().replace(microsecond=0),
        url=escape_control(source.name),
        fingerprints=checked.fingerprints,
    )


def _add_database(path: Path, built: date | None, temporary: Path) -> InstalledDataset:
    shown = escape_control(path.name)
    if not path.is_file():
        raise UsageError(f"{escape_control(str(path))} is no file: give an IP database. {_names()}")
    found = _SUFFIXES.fullmatch(path.name)
    if found is None:
        raise UsageError(
            f"{shown} is not called like an IP database: its name must end in .mmdb, .tsv, .txt, .csv, .dat or .pfx2as "
            f"(also with .gz), and be made of letters, digits and .-_+@. {_names()}"
        )
    target = data_folder() / path.name
    _refuse_names_of_others(path, target)
    kind: Kind = "mmdb" if found[1] == ".mmdb" else "ranges"
    ready = temporary / path.name
    shutil.copyfile(path, ready)
    checked = check(kind, ready)
    if built is not None and checked.build is not None and not _is_day_in(built, checked.build, path.name):
        raise UsageError(f"{shown} says itself that it was built on {checked.build:%Y-%m-%d}: leave --built out.")
    if built is not None and built > now().date():
        raise UsageError(f"{built} has not come yet: --built is the day on which the file was made.")
    day = None if built is None else datetime.combine(built, time(0), UTC)
    return place(
        InstalledDataset(
            name=path.name,
            title=checked.label or path.name,
            licence="",
            licence_url="",
            attribution="",
            path=target,
            build=day or checked.build,
            sha256=digest_of(ready),
            installed=now().replace(microsecond=0),
            url=shown,
        ),
        ready,
    )


def _is_day_in(built: date, told: datetime, name: str) -> bool:
    """Say whether a day only adds to what a file says of itself, which is the month in its name."""
    from attribution.enrich.ip.build_dates import date_in

    return told == date_in(name) and told.day == 1 and (built.year, built.month) == (told.year, told.month)


def _names() -> str:
    return "By name there are recog (a folder) and nmap-probes (a file)."


def _refuse_names_of_others(path: Path, target: Path) -> None:
    for item in entries():
        pattern = re.escape(item.file).replace(r"\{month\}", r"\d{4}-\d\d")
        if re.fullmatch(pattern, path.name, re.ASCII | re.IGNORECASE):
            raise UsageError(
                f"{path.name} is what `attribution data install {item.name}` makes: give the file with --from there, "
                "or give it another name."
            )
    if target.exists() and all(item.path != target for item in installed()):
        raise UsageError(
            f"{escape_control(str(target))} lies there already, and was not put there by `data add`: every run finds "
            "it as it is. Take it out of the data folder first."
        )


def chosen_for_removal(name: str, month: str | None = None) -> InstalledDataset:
    """Return the one thing that `remove` would take away.

    Args:
        name: The name of a data set, or of a file that was added.
        month: As `YYYY-MM`, where there are several.

    Raises:
        UsageError: There is none, or more than one.
    """
    found = [item for item in installed() if item.name == name and month in {None, item.month}]
    if month is not None:
        check_month(month)
    if len(found) == 1:
        return found[0]
    if found:
        months = ", ".join(str(item.month) for item in found)
        raise UsageError(f"{escape_control(name)} is installed for {months}: say with --month which one is to go.")
    if month is None and any(item.name == name for item in available()):
        raise UsageError(f"{name} is not installed.")
    names = ", ".join(dict.fromkeys(item.name for item in installed())) or "nothing"
    of = f" of {month}" if month else ""
    raise UsageError(f"There is no {escape_control(name)}{of} to remove; installed is: {escape_control(names)}.")


def remove(name: str, month: str | None = None) -> list[Path]:
    """Remove a data set: its file, its licence text, its record, and what is left of a download; nothing else.

    Args:
        name: The name of a data set, or of a file that was added.
        month: As `YYYY-MM`, where there are several.

    Returns:
        What was removed.

    Raises:
        UsageError: Nothing of that name is installed, or more than one.
        InstallError: It could not be removed.
    """
    item = chosen_for_removal(name, month)
    try:
        gone = take_away(item)
        if any(known.name == name for known in entries()):
            for path in (partial_path(name), note_of(partial_path(name))):
                if path.is_file():
                    path.unlink()
                    gone.append(path)
    except OSError as error:
        where = escape_control(str(error.filename or item.path))
        raise InstallError(f"{where} could not be removed: {error.strerror or error}.") from error
    return gone
