"""Banners in CSV, with a comma, a semicolon, a tab or a bar between the fields."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from attribution._text import decode
from attribution.enrich.banners.columns import column_places, row_banner
from attribution.enrich.banners.lines import lines
from attribution.enrich.banners.observations import Found
from attribution.enrich.banners.tally import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.enrich.banners.expanded import Expanded

__all__ = ["csv_records", "delimiter"]

_DELIMITERS = (",", ";", "\t", "|")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def delimiter(head: bytes) -> str | None:
    """Return what stands between the fields of the first line; None where it is no header of a table of banners.

    Args:
        head: The first bytes of the file.
    """
    first = decode(head.removeprefix(_BYTE_ORDER_MARK).partition(b"\n")[0])
    for mark in _DELIMITERS:
        names = {name.strip().strip('"').strip().lower() for name in first.split(mark)}
        if "ip" in names and len(names) > 1:
            return mark
    return None


class _Feed:
    """The lines that a `csv.reader` asks for, and where they began.

    Attributes:
        start: Offset of the first line since `mark`.
        faults: Lines that were too long.
    """

    def __init__(self, stream: Expanded) -> None:
        self._lines = lines(stream)
        self.start: int | None = None
        self.faults: list[Fault] = []

    def __iter__(self) -> Iterator[str]:
        for item in self._lines:
            if isinstance(item, Fault):
                self.faults.append(item)
                continue
            offset, line = item
            if self.start is None:
                self.start = offset
            yield decode(line.removeprefix(_BYTE_ORDER_MARK) if offset == 0 else line) + "\n"

    def mark(self) -> int:
        """Begin a new row, and return where the one before began."""
        start, self.start = self.start, None
        return start or 0


def csv_records(stream: Expanded, between: str, *, timed: bool) -> Iterator[Found | Fault]:
    """Yield the rows.

    Args:
        stream: The file.
        between: What stands between the fields.
        timed: As in `column_places`.
    """
    feed = _Feed(stream)
    rows = csv.reader(feed, delimiter=between)
    places: dict[str, int] | None = None
    width = 0
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            row = []
            feed.faults.append(Fault("too-large", f"a quote that is not closed, or: {error}", feed.start))
        start = feed.mark()
        yield from feed.faults
        feed.faults.clear()
        if row is None:
            return
        if not row:
            continue
        if places is None:
            found = column_places(row, timed=timed)
            if isinstance(found, Fault):
                yield found
                return
            places, width = found, len(row)
        elif len(row) != width:
            yield Fault("malformed", f"a row of {len(row):,} fields where the header has {width:,}", start)
        else:
            yield Found(start, row[places["ip"]], (row_banner({name: row[at] for name, at in places.items()}),))
