"""How far in time a database is from the mail of an address, and which is nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Self

    from numpy.typing import NDArray

__all__ = ["NO_GAP", "Periods"]

_DAY_US = 86_400_000_000
_LAST = np.iinfo(np.int64).max
NO_GAP = -1
"""Stands for a gap that is not known."""


class Periods(NamedTuple):
    """When the mail of each address was seen.

    Attributes:
        begin, end: Microseconds since 1970, UTC; `begin` is not after `end`.
        known: Whether there is a time at all.
    """

    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, first: pa.ChunkedArray, last: pa.ChunkedArray) -> Self:
        """Return periods of two columns of times; where one is null the other stands for both.

        Args:
            first: Timestamps, UTC.
            last: Likewise.
        """
        (begin, has_begin), (end, has_end) = _microseconds(first), _microseconds(last)
        begin, end = np.where(has_begin, begin, end), np.where(has_end, end, begin)
        return cls(np.minimum(begin, end), np.maximum(begin, end), has_begin | has_end)

    def part(self, rows: slice) -> Periods:
        """Return the periods of some rows."""
        return Periods(self.begin[rows], self.end[rows], self.known[rows])

    def gaps(self, builds: Sequence[datetime | None]) -> NDArray[np.int64]:
        """Return how far each build is from each period, in microseconds: one row for each build.

        It is 0 for a build within the period, and the largest number there is for one without a date. Where there is
        no period every build is as far as the others.

        Args:
            builds: UTC.
        """
        gaps = np.full((len(builds), len(self.known)), _LAST, np.int64)
        for row, build in zip(gaps, builds, strict=True):
            if build is not None:
                moment = round(build.timestamp()) * 1_000_000
                row[:] = np.maximum(np.maximum(moment - self.end, self.begin - moment), 0)
            row[~self.known] = 0
        return gaps

    def days(self, gaps: NDArray[np.int64], which: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the whole days to one build for each period, `NO_GAP` where they are not known.

        Args:
            gaps: As `gaps` returns them.
            which: The build for each period, -1 for none.
        """
        if not len(gaps):
            return np.full(len(which), NO_GAP, np.int32)
        gap = gaps[which, np.arange(len(which))]
        return np.where((which >= 0) & self.known & (gap != _LAST), gap // _DAY_US, NO_GAP).astype(np.int32)


def _microseconds(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    numbers = column.cast(pa.timestamp("us", tz="UTC"), safe=False).cast(pa.int64())
    known = numbers.is_valid().to_numpy()
    return numbers.fill_null(0).to_numpy(), known
