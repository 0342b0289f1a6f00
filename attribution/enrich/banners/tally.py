"""What an import did, in counts and in rows for the problems table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from attribution.models import Problem

if TYPE_CHECKING:
    from attribution.models import Status

__all__ = ["LISTED", "UNANSWERED", "Fault", "Log", "Tally"]

LISTED = 1_000
"""Problems of one file that get a row each; those beyond share one for each kind, so that memory is bounded."""


class Fault(NamedTuple):
    """Why something in a scan file is no banner.

    Attributes:
        status: As in the problems table.
        detail: For a person; quotes nothing that could act in a terminal.
        offset: First byte in the expanded file, None where nobody knows.
        fatal: Nothing behind it can be read.
    """

    status: Status
    detail: str
    offset: int | None = None
    fatal: bool = False


UNANSWERED = Fault("ok", "nothing answered")
"""Stands for a record that says so: neither a banner nor a problem."""


@dataclass(slots=True)
class Tally:
    """What the import of one or more scan files did.

    Attributes:
        files: Files that were opened.
        kinds: Files by what they are: `json-lines`, `json`, `nmap`, `csv` or `parquet`.
        kept: Observations that were handed on. `silent`: those of them without a text: an open port, for instance.
        elsewhere: Records of addresses that were not asked for.
        unanswered: Records that say that nothing answered.
        cut: Texts that were longer than is kept.
        inferred: Observations whose time is that of a host, of the whole scan, or the caller's.
        statuses: What could not be read, by status; counts each fault, also where rows share one.
        problems: Rows for the problems table.
    """

    files: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    silent: int = 0
    elsewhere: int = 0
    unanswered: int = 0
    cut: int = 0
    inferred: int = 0
    statuses: Counter[Status] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)


class Log:
    """Faults of one file on their way into a tally.

    Args:
        source: As it will stand in the problems table.
        tally: Takes the rows.
    """

    def __init__(self, source: str, tally: Tally) -> None:
        self._source = source
        self._tally = tally
        self._listed = 0
        self._beyond: dict[Status, tuple[int, int | None]] = {}

    def add(self, fault: Fault) -> None:
        """Take note of one fault."""
        self._tally.statuses[fault.status] += 1
        if self._listed < LISTED or fault.fatal:
            self._listed += 1
            row = Problem(self._source, None, fault.offset, fault.status, fault.detail)
            self._tally.problems.append(row)
            return
        count, first = self._beyond.get(fault.status, (0, fault.offset))
        self._beyond[fault.status] = count + 1, first

    def close(self) -> None:
        """Write one row for each status of the faults that have none of their own."""
        for status, (count, first) in self._beyond.items():
            detail = f"{count:,} more records from here on, beyond the {LISTED:,} that are listed one by one"
            self._tally.problems.append(Problem(self._source, None, first, status, detail))
        self._beyond.clear()
