from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attribution import analyze
from attribution.simulate import World, generate, write_mbox

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from attribution import Case

WITH_MESSAGES = ("messages", "hops", "traits")
OF_CAMPAIGNS = ("campaigns", "evidence", "links", "leads")


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("boxes")
    world = World(users=40, companies=20)
    paths = [folder / f"{name}.mbox" for name in ("one", "two", "three")]
    for seed, path in enumerate(paths, start=40):
        write_mbox(path, generate(300, seed, world))
    return [str(path) for path in paths]


def made(boxes: list[str], out: Path, workers: int) -> Case:
    return analyze(boxes, out=out, workers=workers, trust=["tannenhof.example"])


def in_order(case: Case, table: str) -> pa.Table:
    rows = case.table(table)
    keys = [(name, "ascending") for name in ("message", "hop") if name in rows.column_names]
    return rows.sort_by(keys)


def test_the_order_of_sources_and_the_number_of_workers_change_no_table(boxes: list[str], tmp_path: Path) -> None:
    one, other = made(boxes, tmp_path / "one", 1), made(boxes[::-1], tmp_path / "other", 2)
    assert len(one.campaigns) > 20
    for table in WITH_MESSAGES:
        assert in_order(one, table).equals(in_order(other, table)), table
    for table in OF_CAMPAIGNS:
        assert one.table(table).equals(other.table(table)), table
