"""A whole mbox that is meant to make the search for campaigns slow, or to chain what does not belong together."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from attribution import campaigns
from attribution.campaigns.bridges import weakest_bridges
from attribution.decisions import Decision, Decisions, decide, read_decisions
from attribution.errors import UsageError
from attribution.tables import TRAITS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    Columns = dict[str, Any]

ROWS = 10_000
SLOTS = 8


def table(rows: int, columns: Columns) -> pa.Table:
    """Return traits of messages that have nothing in common but what is given."""
    own: Columns = {
        "message": np.arange(rows, dtype=np.int64) * 7_919 + 1,
        "time": pa.array(1_767_600_000_000_000 + np.arange(rows) * 3_000_000, pa.timestamp("us", "UTC")),
        "subject_template": [f"word{n} alpha{n % 97} beta{n % 89} gamma{n % 83}" for n in range(rows)],
        "engine": [f"e{n % 500}" for n in range(rows)],
        **columns,
    }
    return pa.table(
        [pa.array(own[f.name]).cast(f.type) if f.name in own else pa.nulls(rows, f.type) for f in TRAITS],
        schema=TRAITS,
    )


def sketches(minima: np.ndarray[Any, Any]) -> Columns:
    return {
        "text_sketch": pa.array([row.tobytes() for row in minima.astype("<u4")], pa.binary(128)),
        "text_words": [50] * len(minima),
    }


def nothing(rows: int) -> Columns:
    del rows
    return {}


def one_band(rows: int) -> Columns:
    """Return sketches whose first six bands are all equal, and that agree in 20 places: one less than counts."""
    minima = np.random.default_rng(1).integers(0, 2**32, (rows, 32))
    minima[:, :20] = np.arange(20)
    return sketches(minima)


def web_of_domains(rows: int) -> Columns:
    drawn = np.random.default_rng(2).integers(0, rows // 20, (rows, SLOTS)).tolist()
    return {
        "url_domains": [[f"d{value}.example" for value in row] for row in drawn],
        "url_shapes": [[f"/p{value % 999}/login{n}" for n, value in enumerate(row[:6])] for row in drawn],
    }


def domains_of_its_own(rows: int) -> Columns:
    return {"url_domains": [[f"d{n * SLOTS + k}.example" for k in range(SLOTS)] for n in range(rows)]}


def subjects_that_differ_in_one_word(rows: int) -> Columns:
    core = [f"tok{n}" for n in range(32)]
    return {"subject_template": [" ".join([*core[: n % 32], f"x{n}", *core[n % 32 + 1 :]]) for n in range(rows)]}


def long_contacts(rows: int) -> Columns:
    return {"reply_to": [f"{'a' * 58}{n:06}@{'b' * 240}.example" for n in range(rows)]}


UNRELATED = [nothing, one_band, web_of_domains, domains_of_its_own, long_contacts, subjects_that_differ_in_one_word]


def pairs(rows: int) -> Columns:
    """Return messages each of which shares all that it can have with one other."""

    def several(count: int, form: str) -> list[list[str]]:
        return [[form.format(n // 2 * SLOTS + k) for k in range(count)] for n in range(rows)]

    one = [f"v{n // 2}.example" for n in range(rows)]
    return {
        "subject_template": [f"s{n // 2} t{n // 2} u{n // 2} v{n // 2} w{n // 2}" for n in range(rows)],
        "url_domains": several(SLOTS, "d{}.example"),
        "url_shapes": several(6, "/abc{}/x"),
        "attachments": several(SLOTS, "{}"),
        "phones": several(4, "+{}"),
        "wallets": several(4, "btc:{}"),
        **dict.fromkeys(("engine", "helo_shape", "from_domain", "trace"), one),
    }


def alike(rows: int) -> Columns:
    """Return messages that share all that they can have."""
    return {
        "subject_template": ["same words here now always today"] * rows,
        "url_domains": [[f"d{k}.example" for k in range(SLOTS)]] * rows,
        "attachments": [["a" * 64]] * rows,
        **dict.fromkeys(("engine", "helo_shape", "from_domain", "trace", "network", "address"), ["one"] * rows),
        **sketches(np.tile(np.arange(32), (rows, 1))),
    }


def chain(rows: int) -> Columns:
    """Return messages each of which names the wallet of the one before it and one of its own."""
    return {"wallets": [[f"btc:{n}", f"btc:{n + 1}"] for n in range(rows)]}


@pytest.mark.parametrize("columns", UNRELATED)
def test_a_flood_joins_no_more_than_chance_would(columns: Callable[[int], Columns]) -> None:
    found = campaigns.find(table(ROWS, columns(ROWS)))
    assert len(found.labels) - found.labels.null_count <= campaigns.ASSERTED * ROWS
    assert max(found.labels.drop_null().value_counts().field("counts").to_pylist(), default=0) <= 2


@pytest.mark.parametrize(("columns", "largest"), [(pairs, 2), (alike, ROWS), (chain, ROWS)])
def test_a_flood_is_joined_as_it_hangs_together(columns: Callable[[int], Columns], largest: int) -> None:
    found = campaigns.find(table(ROWS, columns(ROWS)))
    assert found.labels.null_count == 0
    assert set(found.labels.value_counts().field("counts").to_pylist()) == {largest}
    assert len(found.edges) == ROWS - ROWS // largest


def test_a_chain_is_said_to_hang_on_single_links() -> None:
    found = campaigns.find(table(2_000, chain(2_000)))
    bridges = weakest_bridges(found)
    assert bridges["messages"].to_pylist() == [1_000]
    assert min(found.stability["remains"].to_pylist()) <= 0.001


@pytest.mark.parametrize("columns", [*UNRELATED, pairs, alike, chain])
@pytest.mark.benchmark
def test_a_flood_takes_time_by_its_length(columns: Callable[[int], Columns]) -> None:
    seconds = []
    for rows in (20_000, 200_000):
        given = table(rows, columns(rows))
        clock = time.process_time()
        weakest_bridges(campaigns.find(given))
        seconds.append(time.process_time() - clock)
    assert seconds[1] < 16 * max(seconds[0], 0.2)


def test_thousands_of_decisions_cost_a_moment(tmp_path: Path) -> None:
    ids = tuple(range(1, 50_001))
    held = Decisions((Decision(1, datetime(2026, 1, 5, tzinfo=UTC), "together", "r" * 4_000, ids),)).together_told
    assert len(held) == len(ids) - 1
    assert len({id(told) for *_, told in held}) == 1
    log = tmp_path / "decisions.toml"
    blocks = [
        f'[[decision]]\ntime = 2026-01-05T10:00:00Z\naction = "apart"\nids = [{n}, {n + 1}]\nreason = "x"\n'
        for n in range(1, 6_001, 2)
    ]
    log.write_text("\n".join(blocks))
    clock = time.process_time()
    assert len(read_decisions(log).apart) == 3_000
    decide(log, "together", [1, 3, 5], "y")
    with pytest.raises(UsageError, match="apart"):
        decide(log, "together", [3, 2], "z")
    assert time.process_time() - clock < 10


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "[" * 100_000,
        "a = " + "[" * 100_000,
        "a" + ".a" * 100_000 + " = 1",
        "[[decision]]\n" * 100_000,
        "[[decision]]\nids = [" + "9" * 5_000 + "]",
        '[[decision]]\nreason = "\\ud800"',
        "\0",
        '[[decision]]\ntime = 9999-12-31T23:59:59-23:59\naction = "undo"\nof = 1\nreason = "x"',
    ],
    ids=range(9),
)
def test_a_file_of_decisions_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    log = tmp_path / "decisions.toml"
    log.write_text(text)
    with pytest.raises(UsageError, match=r"decisions\.toml"):
        read_decisions(log)
