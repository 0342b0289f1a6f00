"""Banners in CSV and Parquet: columns by name, and what is said when one is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution.enrich.banners import Wanted
from tests.enrich.banners.conftest import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.enrich.banners.conftest import Imported

    Import = Callable[..., Imported]

SEEN = datetime(2014, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_columns_go_by_their_names_in_any_case_and_order(imported: Import, mark: str) -> None:
    lines = ("Text,IP,Port,Transport,Observed_At,Remark", '"220 a\r\nb",192.0.2.1,21,TCP,2014-01-02T03:04:05Z,x')
    row = imported("\n".join(lines).replace(",", mark)).row
    assert (row["ip"], row["port"], row["transport"], row["text"]) == ("192.0.2.1", 21, "tcp", "220 a\r\nb")
    assert (row["observed_at"], row["scanner"], row["hints"]) == (SEEN, "table", {})


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("ip,port,observed_at", "the table has no column `text`; its columns are: ip, port, observed_at"),
        ("ip,banner", "the table has no column `port`, `text`, `observed_at`; its columns are: ip, banner"),
    ],
)
def test_a_missing_column_is_named(imported: Import, header: str, said: str) -> None:
    found = imported(header + "\n192.0.2.1,80,x\n")
    assert not found.rows
    assert (found.problem.status, found.problem.detail) == ("unsupported", said)


def test_the_column_of_times_may_be_missing_when_the_caller_has_one(imported: Import) -> None:
    row = imported("ip,port,text\n192.0.2.1,80,x\n", observed=SEEN).row
    assert (row["observed_at"], row["observed_inferred"]) == (SEEN, True)


def test_a_broken_row_costs_only_itself(imported: Import) -> None:
    rows = (
        "\ufeffip,port,text,observed_at",
        "192.0.2.1,80,a,1388631845",
        "192.0.2.1,80",
        "",
        "192.0.2.1,70000,a,1388631845",
        "somewhere,80,a,1388631845",
        "192.0.2.1,80,a,yesterday",
        "192.0.2.2,,,1388631845.5",
    )
    text = "\r\n".join(rows)
    found = imported(text)
    assert [(row["ip"], row["port"], row["text"]) for row in found.rows] == [
        ("192.0.2.1", 80, "a"),
        ("192.0.2.2", None, None),
    ]
    places = [text.encode().index(rows[n].encode() + b"\r\n" * (n == 2)) for n in (2, 4, 5, 6)]
    assert [(problem.offset, problem.detail) for problem in found.tally.problems] == [
        (places[0], "a row of 2 fields where the header has 4"),
        (places[1], "`70000` is no port"),
        (places[2], "`somewhere` is no address"),
        (places[3], "no time of observation: `yesterday` is none"),
    ]


def test_a_quote_that_is_never_closed_does_not_swallow_the_file(imported: Import) -> None:
    good = "192.0.2.1,80,text,1388631845\n"
    found = imported("ip,port,text,observed_at\n" + good + '192.0.2.2,80,"text,1388631845\n' + good * 10_000)
    assert found.problem.status == "too-large"
    assert found.problem.offset == 25 + len(good)
    # At most the 131,072 characters are lost that Python's reader takes for one field.
    assert len(found.rows) >= 10_000 - 131_072 // len(good)


def parquet(path: Path, **columns: pa.Array) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize(
    "times",
    [
        pa.array([SEEN, None], pa.timestamp("us", tz="UTC")),
        pa.array([SEEN.replace(tzinfo=None), None], pa.timestamp("ns")),
        pa.array(["2014-01-02 03:04:05", ""]),
        pa.array([1388631845, None]),
        pa.array([1388631845.0, float("nan")]),
    ],
    ids=["utc", "ns", "text", "seconds", "float"],
)
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary(), pa.dictionary(pa.int32(), pa.string())])
def test_parquet_has_the_same_columns_in_any_type(tmp_path: Path, times: pa.Array, kind: pa.DataType) -> None:
    ips = pa.array(["192.0.2.1", "192.0.2.2"]).cast(kind) if kind != pa.binary() else pa.array([b"192.0.2.1", b"x"])
    texts = pa.array(["220 a", "b"]).cast(kind) if kind != pa.binary() else pa.array([b"220 a", b"\xff"])
    path = parquet(tmp_path / "scan", IP=ips, Port=pa.array([21, None], pa.float64()), TEXT=texts, observed_at=times)
    found = rows_of(path)
    assert (found.row["ip"], found.row["port"], found.row["text"]) == ("192.0.2.1", 21, "220 a")
    assert found.row["observed_at"] == SEEN
    assert found.problem.detail.endswith("(row 1)")


def test_columns_of_repeated_values_are_read_like_any(tmp_path: Path) -> None:
    repeated = {"ip": ["192.0.2.1"] * 9, "port": [21] * 9, "text": ["a"] * 9, "observed_at": [SEEN] * 9}
    columns = {name: pa.array(given).dictionary_encode() for name, given in repeated.items()}
    assert [row["port"] for row in rows_of(parquet(tmp_path / "scan", **columns)).rows] == [21] * 9


def test_only_wanted_rows_of_parquet_are_read(tmp_path: Path) -> None:
    count = 20_000
    ips = pa.array([f"10.0.{n % 200}.{n % 250}" for n in range(count)])
    path = parquet(
        tmp_path / "scan",
        ip=ips,
        port=pa.array([80] * count),
        text=pa.array(["x"] * count),
        observed_at=pa.array([SEEN] * count),
    )
    found = rows_of(path, Wanted({"10.0.7.7"}))
    assert {row["ip"] for row in found.rows} == {"10.0.7.7"}
    assert found.tally.elsewhere == count - len(found.rows) > 0


@pytest.mark.parametrize("cut", [3, 50, -8, -100])
def test_a_broken_parquet_table_is_a_problem(tmp_path: Path, cut: int) -> None:
    path = parquet(tmp_path / "scan", ip=pa.array(["192.0.2.1"]), port=pa.array([1]), text=pa.array(["x"]))
    path.write_bytes(path.read_bytes()[:cut] if cut > 3 or cut < 0 else b"PAR1" + b"\0" * 100)
    found = rows_of(path)
    assert (found.rows, found.problem.status) == ([], "malformed")


def test_a_parquet_table_without_a_column_names_it(tmp_path: Path) -> None:
    found = rows_of(parquet(tmp_path / "scan", ip=pa.array(["192.0.2.1"]), text=pa.array(["x"])))
    assert found.problem.detail == "the table has no column `port`, `observed_at`; its columns are: ip, text"
