"""Scan files read once for a case: the banners of its addresses, and what their neighbours answer with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution._text import escape_control
from attribution.enrich.banners import OBSERVATIONS, Tally, read_banners
from attribution.enrich.devices import name_devices
from attribution.enrich.ip.build_dates import split_date
from attribution.errors import DatabaseError, InputNotFoundError, UsageError
from attribution.models import Problem
from attribution.tables import BANNERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from attribution.enrich.devices import NmapProbes, Recog
    from attribution.enrich.evidence.neighbours import Neighbours
    from attribution.limits import Limits

__all__ = ["SIGHTINGS", "Scan", "ScanFile", "ScanFiles", "scan_files"]

_DEVICE = [field.name for field in BANNERS if field.name.startswith("device_")]

SIGHTINGS = pa.schema(
    [
        BANNERS.field(name)
        for name in (
            *("ip", "port", "observed_at", "device_type", "device_vendor", "device_product"),
            *("device_rule", "device_strength", "dataset"),
        )
    ]
)
"""What the judgement of devices needs of a banner; `device_type` is null where the banner names none."""

_MOST_ROWS = 4_000_000
"""Rows about neighbours that are kept; beyond, those that say the same are put together, and then there are fewer."""


class ScanFile(NamedTuple):
    """One file.

    Attributes:
        path: Where it lies.
        observed: When its banners were seen where they do not say so themselves, UTC; None where the user did not say.
    """

    path: Path
    observed: datetime | None = None


class ScanFiles(NamedTuple):
    """The files that some paths stand for.

    Attributes:
        files: Each once, in the order given; those of a folder in order of name.
        problems: Folders that cannot be listed.
    """

    files: list[ScanFile]
    problems: list[Problem]


def scan_files(paths: Sequence[str | Path]) -> ScanFiles:
    """Return the files that some paths stand for: a folder for all regular files in and below it.

    Args:
        paths: Files and folders. Hidden files are left out, links to folders are not followed. `PATH@YYYY-MM-DD` names
            one and the day on which its banners were seen where they do not say so themselves.

    Raises:
        InputNotFoundError: One does not exist, is neither file nor folder, or a folder holds no file.
        UsageError: There is no such day.
    """
    found: list[ScanFile] = []
    problems: list[Problem] = []
    for named in map(Path, paths):
        try:
            path, observed = split_date(named)
        except DatabaseError as error:
            raise UsageError(str(error)) from error
        if path.is_file():
            found.append(ScanFile(path, observed))
            continue
        if not path.is_dir():
            what = "is no regular file" if path.exists() else "does not exist"
            message = f"{escape_control(str(path))} {what}; --banners takes files of scans, and folders of them"
            raise InputNotFoundError(message)
        inside = sorted(_below(path, problems))
        if not inside and not problems:
            message = f"{escape_control(str(path))} is a folder without files; --banners takes files of scans"
            raise InputNotFoundError(message)
        found.extend(ScanFile(each, observed) for each in inside)
    # The same file may be reached by several names: the first one counts.
    distinct: dict[str, ScanFile] = {}
    for file in found:
        distinct.setdefault(os.path.realpath(file.path), file)
    return ScanFiles(list(distinct.values()), problems)


def _below(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    def note(error: OSError) -> None:
        problems.append(Problem(str(error.filename), None, None, "malformed", f"cannot be listed: {error.strerror}"))

    for here, folders, files in os.walk(folder, onerror=note):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(here, name)
            if not name.startswith(".") and path.is_file():
                yield path


class Scan:
    """What the scan files of a run show.

    Args:
        neighbours: Which addresses are kept.
        limits: For what compressed files may expand to.
        recog: Fingerprints that are asked where our own rules name nothing.
        nmap: Likewise.

    Attributes:
        tally: What the import did.
    """

    def __init__(
        self, neighbours: Neighbours, limits: Limits, recog: Recog | None = None, nmap: NmapProbes | None = None
    ) -> None:
        self.neighbours = neighbours
        self.tally = Tally()
        self._limits = limits
        self._recog, self._nmap = recog, nmap
        self._case: list[pa.Table] = []
        self._others: list[pa.Table] = []
        self._rows = 0
        self._compact_at = _MOST_ROWS

    def read(self, files: Sequence[ScanFile], advance: Callable[[int], None] | None = None) -> Iterator[pa.Table]:
        """Give the banners of the case's addresses, in the order of the files, with what the rules say of each.

        Args:
            files: Each is read once.
            advance: Called with how many more bytes of the files were read.

        Returns:
            Tables with the columns of `BANNERS`. What neighbours answer with is kept in `others`.
        """
        case = pa.array(sorted(self.neighbours.case), pa.string())
        for path, observed in files:
            for batch in read_banners(
                *(path, self.neighbours),
                observed=observed,
                limits=self._limits,
                tally=self.tally,
                advance=advance,
            ):
                rows = self._named(pa.table(batch))
                of_case = pc.is_in(rows["ip"], value_set=case)
                mine = rows.filter(of_case)
                if len(mine):
                    self._case.append(mine.select(SIGHTINGS.names))
                    yield mine
                self._keep(rows.filter(pc.invert(of_case)))

    def _named(self, rows: pa.Table) -> pa.Table:
        """Add what the rules say of each banner."""
        kinds = pc.if_else(pc.equal(rows["service"], "unknown"), rows["port"].cast(pa.string()), rows["service"])
        found = name_devices(rows["text"], kinds, rows["hints"], recog=self._recog, nmap=self._nmap)
        places = np.full(len(rows), -1, np.int64)
        places[found["row"].to_numpy()] = np.arange(len(found))
        at = pa.array(places, mask=places < 0)
        columns: dict[str, Any] = {name: rows[name] for name in OBSERVATIONS.names}
        columns |= {name: found[name].take(at) for name in _DEVICE}
        return pa.table(columns).select(BANNERS.names).cast(BANNERS)

    def _keep(self, rows: pa.Table) -> None:
        if not len(rows):
            return
        self.neighbours.keep(pc.unique(rows["ip"]).to_pylist())
        rows = _distinct(rows.select(SIGHTINGS.names))
        self._others.append(rows)
        self._rows += len(rows)
        if self._rows > self._compact_at:
            whole = self.others
            while len(whole) > _MOST_ROWS:  # a long history of few addresses
                self.neighbours.thin()
                whole = self._of_neighbours(whole)
            self._others, self._rows = [whole], len(whole)
            self._compact_at = max(_MOST_ROWS, 2 * self._rows)

    @property
    def sightings(self) -> pa.Table:
        """Return what was seen at the addresses of the case, a row a banner, as `SIGHTINGS`."""
        return pa.concat_tables(self._case) if self._case else SIGHTINGS.empty_table()

    @property
    def others(self) -> pa.Table:
        """Return what was seen at the neighbours, as `SIGHTINGS`, in order; rows that say the same stand once."""
        rows = pa.concat_tables(self._others) if self._others else SIGHTINGS.empty_table()
        return _distinct(self._of_neighbours(rows))

    def _of_neighbours(self, rows: pa.Table) -> pa.Table:
        ips = pc.unique(rows["ip"])
        kept = ips.filter(pa.array([ip in self.neighbours for ip in ips.to_pylist()], pa.bool_()))
        return rows.filter(pc.is_in(rows["ip"], value_set=kept))


def _distinct(rows: pa.Table) -> pa.Table:
    """Return each row once, times taken to the day, for a control group needs no more."""
    days = pc.floor_temporal(rows["observed_at"], unit="day").cast(rows.schema.field("observed_at").type)
    place = rows.schema.get_field_index("observed_at")
    rows = rows.set_column(place, rows.schema.field(place), days)
    grouped = rows.group_by(rows.column_names, use_threads=False).aggregate([]).select(rows.column_names)
    return grouped.sort_by(
        [(name, "ascending") for name in ("ip", "observed_at", "port", "device_type", "device_rule")]
    )
