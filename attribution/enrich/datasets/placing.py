"""Files put into the data folder: made ready beside it, then given their names, the record last."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from attribution._files import replacing
from attribution._text import escape_control
from attribution.enrich.datasets.records import InstalledDataset, installed, record_path_of, records_of, write_record
from attribution.errors import InstallError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

__all__ = ["place", "staging", "take_away"]

_PREFIX = ".install-"
_STALE_SECONDS = 24 * 3600


@contextlib.contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Give an empty folder within the data folder, on the same file system, and remove it afterwards.

    Args:
        folder: The data folder; it is made where it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_PREFIX}*"):  # of processes that were killed
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=folder, ignore_cleanup_errors=True) as temporary:
        yield Path(temporary)


def place(item: InstalledDataset, ready: Path, licences: Iterable[Path] = ()) -> InstalledDataset:
    """Give a file or folder that is ready its name, in the place of an older one, and write its record.

    A record never describes another file than the one beside it, even if this process dies half-way: the old one
    goes first, the new one comes last.

    Args:
        item: The record; its `path` is the name to give, its `files` are filled in here.
        ready: The file or folder, within `staging`.
        licences: Licence texts to put beside it, likewise; those within the folder come with it.

    Raises:
        InstallError: The folder has files of the user's own that would be read with those that are put there.
    """
    folder = item.path.parent
    apart = [path for path in licences if path.parent == ready.parent]
    moves = [(path, folder / path.name) for path in apart]
    if ready.is_dir():
        moves = [(path, item.path / path.name) for path in sorted(ready.iterdir())] + moves
    else:
        moves = [(ready, item.path), *moves]
    done = replace(item, files=tuple(path.relative_to(folder).as_posix() for _, path in moves))
    # Before anything is changed: from here on nothing needs room on the disk.
    record = ready.parent / "record.json"
    write_record(done, record)
    with _alone_in(folder):
        older = next((one for one in installed() if one.path == item.path), None)
        if ready.is_dir():
            _refuse_strangers(item.path, older.files if older else ())
        if older is not None:
            _remove_files(replace(older, files=tuple(name for name in older.files if name not in done.files)))
        for former in records_of(item.path):
            former.unlink()
        if ready.is_dir():
            item.path.mkdir(exist_ok=True)  # what the user has put into it is not thrown away
        for path, to in moves:
            _replace_file(path, to)
        _replace_file(record, record_path_of(item.path))
    return done


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Have other processes wait that change what is in the data folder; it takes moments."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def _replace_file(ready: Path, path: Path) -> None:
    with replacing(path) as temporary:
        ready.replace(temporary)


def _refuse_strangers(folder: Path, known: Collection[str]) -> None:
    if folder.is_symlink():
        raise InstallError(
            f"{escape_control(str(folder))} is a link, and what is put there would lie elsewhere: remove it first."
        )
    for path in sorted(folder.glob("*.xml")):
        if f"{folder.name}/{path.name}" not in known:
            raise InstallError(
                f"{escape_control(str(path))} was not put there by `attribution data`, and would be read with the "
                "rest: move it away first."
            )


def take_away(item: InstalledDataset) -> list[Path]:
    """Remove everything that was put there for a data set, the record first, and nothing else.

    Returns:
        What was removed.
    """
    with _alone_in(item.path.parent):
        gone = records_of(item.path)
        for record in gone:
            record.unlink()
        return gone + _remove_files(item)


def _remove_files(item: InstalledDataset) -> list[Path]:
    gone = []
    for name in item.files:
        path = item.path.parent / name
        if path.parent.is_symlink() and path.parent != item.path.parent:
            continue  # what lies behind a link was not put there
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            gone.append(path)
    if item.path.is_dir() and not item.path.is_symlink():
        with contextlib.suppress(OSError):  # what the user put into it stays, and the folder with it
            item.path.rmdir()
    return gone
