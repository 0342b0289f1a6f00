"""What the tests of the importers share: some bytes in, rows and problems out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from attribution.enrich.banners import Tally, read_banners

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from datetime import datetime
    from pathlib import Path

    from attribution.models import Problem


class Imported(NamedTuple):
    """What came out of a file."""

    rows: list[dict[str, Any]]
    tally: Tally

    @property
    def row(self) -> dict[str, Any]:
        """The only row."""
        (row,) = self.rows
        return row

    @property
    def problem(self) -> Problem:
        """The only problem."""
        (problem,) = self.tally.problems
        return problem


def rows_of(path: Path, wanted: Container[str] | None = None, observed: datetime | None = None) -> Imported:
    tally = Tally()
    rows = [
        {**row, "hints": dict(row["hints"])}
        for batch in read_banners(path, wanted, observed=observed, tally=tally)
        for row in batch.to_pylist()
    ]
    assert tally.kept == len(rows)
    return Imported(rows, tally)


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., Imported]:
    """Give a function that writes a file and imports it."""

    def write_and_read(
        content: str | bytes, wanted: Container[str] | None = None, observed: datetime | None = None
    ) -> Imported:
        path = tmp_path / "scan"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return rows_of(path, wanted, observed)

    return write_and_read
