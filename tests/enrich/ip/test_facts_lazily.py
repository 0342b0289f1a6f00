"""Which databases a look-up asks, and what it does with one that turns out to be unusable."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from attribution.enrich.ip import range_rows
from attribution.enrich.ip.base import one_by_one
from attribution.enrich.ip.databases import open_database
from attribution.enrich.ip.facts import Tally, look_up
from attribution.errors import DatabaseError

if TYPE_CHECKING:
    from pathlib import Path

    from attribution.enrich.ip.base import Answers, Database
    from attribution.enrich.ip.packed import Packed
    from attribution.enrich.ip.range_layouts import Layout

YEARS = (2014, 2018, 2022)


@pytest.fixture
def tables(tmp_path: Path) -> list[Path]:
    """Give tables of three years; each knows all of 33.0.0.0/8 by a network with the number of its year."""
    paths = [tmp_path / f"ipasn_{year}0101.dat" for year in YEARS]
    for path, year in zip(paths, YEARS, strict=True):
        path.write_text(f"33.0.0.0/8\t{year}\n")
    return paths


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    load = range_rows.load

    def noted(path: Path, layout: Layout) -> range_rows.Rows:
        names.append(path.name)
        return load(path, layout)

    monkeypatch.setattr("attribution.enrich.ip.range_table.load", noted)
    return names


def seen(**years: int) -> pa.Table:
    times = [datetime(year, 6, 1, tzinfo=UTC) for year in years.values()]
    column = pa.array(times, pa.timestamp("us", tz="UTC"))
    ips = [ip.replace("_", ".").removeprefix("ip") for ip in years]
    return pa.table({"ip": pa.array(ips, pa.string()), "first_seen": column, "last_seen": column})


def numbers(table: pa.Table, databases: list[Database], tally: Tally | None = None) -> list[Any]:
    found: list[Any] = look_up(table, databases, tally)["asn"].to_pylist()
    return found


def test_a_table_that_is_nearest_for_nobody_is_never_read(tables: list[Path], loaded: list[str]) -> None:
    with ExitStack() as stack:
        databases = [stack.enter_context(open_database(path)) for path in tables]
        assert numbers(seen(ip33_0_0_1=2013, ip33_0_0_2=2023, ip10_0_0_1=2018), databases) == [2014, 2022, None]
    assert loaded == ["ipasn_20140101.dat", "ipasn_20220101.dat"]


def test_the_next_table_is_read_for_those_that_the_nearest_does_not_know(tables: list[Path], loaded: list[str]) -> None:
    tables[0].write_text("44.0.0.0/8\t2014\n")
    with ExitStack() as stack:
        databases = [stack.enter_context(open_database(path)) for path in tables]
        assert numbers(seen(ip33_0_0_1=2013, ip44_0_0_2=2013), databases) == [2018, 2014]
        # No table knows a place, and none is asked for it.
        assert loaded == ["ipasn_20140101.dat", "ipasn_20180101.dat"]


def test_a_database_that_cannot_tell_a_place_is_not_asked_for_it(
    tables: list[Path], loaded: list[str], tmp_path: Path
) -> None:
    countries = tmp_path / "dbip-country-lite-2010-01.csv"
    countries.write_text("33.0.0.0,33.255.255.255,DE\n")
    with ExitStack() as stack:
        databases = [stack.enter_context(open_database(path)) for path in [*tables, countries]]
        (row,) = look_up(seen(ip33_0_0_1=2021), databases).to_pylist()
    assert (row["asn"], row["as_gap_days"], row["country"]) == (2022, 214, "DE")
    assert (row["as_source"], row["geo_source"]) == (
        "pyasn ipasn_20220101.dat",
        "DB-IP country dbip-country-lite-2010-01.csv",
    )
    assert (row["as_stale"], row["geo_stale"]) == (True, True)
    assert loaded == ["ipasn_20220101.dat", countries.name]


def broken(path: Path) -> None:
    path.write_text("33.0.0.0/8\t2014\n" * 200 + "x\n" * 100)


def test_a_broken_table_that_was_named_ends_the_look_up(tables: list[Path]) -> None:
    broken(tables[0])
    with ExitStack() as stack:
        databases = [stack.enter_context(open_database(path)) for path in tables]
        with pytest.raises(DatabaseError, match=r"ipasn_20140101\.dat: 100 of 300 rows"):
            look_up(seen(ip33_0_0_1=2013), databases)


def test_a_broken_table_that_was_found_is_left_out_and_told(tables: list[Path]) -> None:
    broken(tables[0])
    tally = Tally()
    with ExitStack() as stack:
        databases = [stack.enter_context(open_database(path)) for path in tables]
        databases[0].was_named = False
        assert numbers(seen(ip33_0_0_1=2013, ip33_0_0_2=2022), databases, tally) == [2018, 2022]
        assert len(databases) == 3
    assert list(tally.unusable) == ["pyasn ipasn_20140101.dat"]
    assert "100 of 300 rows" in tally.unusable["pyasn ipasn_20140101.dat"]
    assert tally.network == {"pyasn ipasn_20180101.dat": 1, "pyasn ipasn_20220101.dat": 1}


def test_one_by_one_asks_for_each_address() -> None:
    class Numbers:
        label = "invented"
        build = None

        def read(self, ip: str) -> Any:  # noqa: ANN401 (a stand-in)
            if ip.endswith("9"):
                raise DatabaseError("broken")
            return (2000, "x") if ip.endswith("1") else None, None

        def read_many(self, ips: pa.Array, addresses: Packed) -> Answers:
            return one_by_one(self, ips, addresses)

    tally = Tally()
    found = numbers(seen(ip33_0_0_1=2013, ip33_0_0_2=2013, ip33_0_0_9=2013), [Numbers()], tally)  # type: ignore[list-item]  # (a stand-in)
    assert found == [2000, None, None]
    assert tally.corrupt == {"invented": 1}
