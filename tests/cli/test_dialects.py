from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from attribution.cli.exits import Exit
from attribution.headers.dialect_table import dialect_table
from attribution.tables import HOPS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Invoke


def test_all_formats_are_listed(invoke: Invoke) -> None:
    listed = json.loads(invoke("dialects", "--json").stdout)
    assert [item["id"] for item in listed] == [dialect.id for dialect in dialect_table().dialects]


def test_one_format_is_shown_with_its_examples(invoke: Invoke) -> None:
    done = invoke("dialects", "exim")
    assert done.exit_code == Exit.DONE
    assert done.stdout.startswith("exim: Exim, since 1996")
    assert "  matches from [192.0.2.7] (helo=pc7 ident=bob)" in done.stdout


def test_an_id_that_is_not_known_is_wrong_usage(invoke: Invoke) -> None:
    assert invoke("dialects", "nothing-like-it").exit_code == Exit.USAGE


def test_unknown_lines_are_grouped_and_nothing_in_them_acts(invoke: Invoke, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    (folder / "hops").mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    rows = [{"status": "unknown", "raw": f"odd\x1b[2J {number}"} for number in (1, 22)] + [{"status": "parsed"}]
    pq.write_table(pa.Table.from_pylist(rows, HOPS), folder / "hops" / "part-00000.parquet")
    done = invoke("dialects", "--unknown", folder)
    assert done.exit_code == Exit.DONE
    assert "2 of 3 lines are in no known format, in 1 shapes" in done.stdout
    assert "[[dialect]]" in done.stdout
    assert "\x1b" not in done.stdout
