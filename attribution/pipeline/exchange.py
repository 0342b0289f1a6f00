"""The tables of a finished case exchanged for new ones, all or none, however the program ends."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attribution._files import replacing
from attribution.case import CHANGING, MOVING, Case, open_case
from attribution.errors import CaseError, OutputError

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Exchange", "alone", "exchanging", "keep_parts"]


class Exchange:
    """New tables that are made beside those of a case.

    Attributes:
        case: The case as it is.
        made: The folder that takes the new tables, each written like those of a case.
        record: What the new `run.json` will hold; what is changed in it is written.
        wanted: Set to False where nothing is to change after all.
    """

    def __init__(self, case: Case, made: Path) -> None:
        self.case = case
        self.made = made
        self.record: dict[str, Any] = dict(case.run)
        self.wanted = True


@contextlib.contextmanager
def exchanging(path: str | Path, command: str, again: str = "give the same command again") -> Iterator[Exchange]:
    """Open a case to change it, and put what was made in the place of what was when the block ends well.

    Nobody else changes the case in the meantime. An exchange that was killed half-way is brought to its end first.

    Args:
        path: The case folder.
        command: What a user gives to do this, for the message to one who meets a half-finished exchange.
        again: What a user does to go on after a failure.

    Raises:
        CaseError: There is no finished case, or it is being changed.
        OutputError: The new tables cannot be written; the case is as it was, or says what to do.
    """
    with alone(Path(path)):
        case = open_case(path, unfinished_change=True)
        made = case.path / CHANGING
        try:
            if (made / MOVING).exists():
                _move(made, case.path)
                case = open_case(path)
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir()
            exchange = Exchange(case, made)
            yield exchange
            if not exchange.wanted:
                shutil.rmtree(made)
                return
            with replacing(made / "run.json") as temporary:
                temporary.write_text(json.dumps(exchange.record, indent=2) + "\n", "utf-8")
            # From here on the case is neither the old nor the new one, until run.json is in its place.
            with replacing(made / MOVING) as temporary:
                temporary.write_text(command, "utf-8")
            _move(made, case.path)
        except BaseException as error:
            if not (made / MOVING).exists():
                shutil.rmtree(made, ignore_errors=True)
            if not isinstance(error, OSError):
                raise
            message = f"{error.filename or case.path}: {error.strerror or error}. To go on, {again}"
            raise OutputError(message) from error


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep a second change out of the case; the lock ends with this process, however it ends.

    Args:
        folder: The case folder.

    Raises:
        CaseError: Somebody else has the lock, or the folder cannot be read.
    """
    if sys.platform == "win32" or not folder.is_dir():
        yield  # no such lock there: two runs on one case are the user's to avoid
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        message = f"{folder}: {error.strerror}"
        raise CaseError(message) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"{folder}: another command is changing this case; give yours again after its end"
            raise CaseError(message) from error
        except OSError:
            pass  # a file system that locks no folders (NFS): as on Windows
        yield
    finally:
        os.close(handle)


def keep_parts(exchange: Exchange, table: str) -> int:
    """Take the parts of a table that does not change into the new tables, and return how many there are.

    A part is never written again once it is in its place, so that both folders can hold the same file.

    Args:
        exchange: The change.
        table: Name of the table.
    """
    folder = exchange.made / table
    folder.mkdir(exist_ok=True)
    parts = sorted((exchange.case.path / table).glob("part-*.parquet"))
    for part in parts:
        try:
            os.link(part, folder / part.name)
        except OSError:  # a file system without links
            shutil.copyfile(part, folder / part.name)
    return len(parts)


def _move(made: Path, out: Path) -> None:
    """Put what is finished in the place of the old; done again after a kill, it goes on where it stopped."""
    for name in ("report.html", "run.json"):
        for left in out.glob(f".{name}.*.tmp"):  # of a change that was killed as it wrote them
            left.unlink()
    for table in sorted(each.name for each in made.iterdir() if each.is_dir()):
        shutil.rmtree(out / table, ignore_errors=True)
        (made / table).rename(out / table)
    Case(out, json.loads((made / "run.json").read_text("utf-8"))).write_report()
    with replacing(out / "run.json") as temporary:
        shutil.copyfile(made / "run.json", temporary)
    # First what says that there is something to do: a kill may leave the rest, which the next change takes away.
    (made / MOVING).unlink()
    shutil.rmtree(made, ignore_errors=True)
