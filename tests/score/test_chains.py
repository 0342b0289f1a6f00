from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from attribution.score.chains import FindingScore, ForgedScore, score_addresses, score_forged, score_times

if TYPE_CHECKING:
    from collections.abc import Sequence

ONE, TWO = "192.0.2.1", "198.51.100.2"


def texts(*values: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])


def test_an_address_is_right_wrong_or_missing() -> None:
    found = score_addresses(
        texts(ONE, ONE, ONE, ONE, None),
        texts(ONE, TWO, None, ONE, ONE),
        texts("vouched", "vouched", "none", "claimed", "vouched"),
    )
    assert (found.messages, found.right, found.wrong, found.missing) == (4, 2, 1, 1)
    assert found.accuracy.share == 0.5
    assert found.precision.share == pytest.approx(2 / 3)
    rows = [(line.grade, line.messages, line.right, line.wrong, line.missing) for line in found.grades]
    assert rows == [("vouched", 2, 1, 1, 0), ("claimed", 1, 1, 0, 0), ("none", 1, 0, 0, 1)]
    assert found.grades[2].accuracy.share is None


def test_a_part_of_the_messages_can_be_asked_for() -> None:
    grade = texts("vouched", "vouched")
    found = score_addresses(texts(ONE, ONE), texts(ONE, TWO), grade, np.array([False, True]))
    assert (found.messages, found.right, found.wrong) == (1, 0, 1)


def forged(rows: Sequence[tuple[bool | None, str | None, str | None, str, list[str] | None]]) -> ForgedScore:
    columns: list[Any] = list(zip(*rows, strict=True))
    kinds = (pa.bool_(), pa.string(), pa.string(), pa.string(), pa.list_(pa.string()))
    # In two chunks, as tables of several parts are.
    lying, truth, found, grade, findings = (
        pa.chunked_array([pa.array(column[:2], kind), pa.array(column[2:], kind)])
        for column, kind in zip(columns, kinds, strict=True)
    )
    return score_forged(lying, truth, found, grade, findings, ["time-reversed", "id-used-twice"])


def test_the_harm_is_a_wrong_address_that_is_trusted() -> None:
    found = forged(
        [
            (True, ONE, TWO, "corroborated", []),
            (True, ONE, TWO, "claimed", ["chain-broken"]),
            (True, ONE, TWO, "contradicted", ["time-reversed", "id-used-twice"]),
            (True, ONE, ONE, "vouched", ["time-reversed"]),
            (True, ONE, None, "none", None),
            (True, None, TWO, "vouched", ["time-reversed"]),
            (False, ONE, TWO, "vouched", ["time-reversed"]),
            (False, ONE, ONE, "vouched", ["chain-broken"]),
            (None, ONE, TWO, "vouched", []),
        ]
    )
    assert (found.messages, found.right, found.missing) == (5, 1, 1)
    assert (found.wrongly_trusted, found.wrong_claimed, found.wrong_contradicted) == (1, 1, 1)
    assert found.harm.share == 0.2
    assert (found.warned.part, found.warned.of) == (2, 5)
    assert (found.false_alarms.part, found.false_alarms.of) == (1, 2)
    assert found.findings == (
        FindingScore("chain-broken", 1, 1),
        FindingScore("id-used-twice", 1, 0),
        FindingScore("time-reversed", 2, 1),
    )


def test_times_are_off_by_seconds() -> None:
    noon = datetime(2014, 1, 1, 12, tzinfo=UTC)
    kind = pa.timestamp("us", tz="UTC")
    known = pa.chunked_array([pa.array([noon, noon, noon, noon, None], kind)])
    offs = [noon + timedelta(seconds=1), noon - timedelta(seconds=30), noon + timedelta(hours=1), None, noon]
    found = score_times(known, pa.chunked_array([pa.array(offs, kind)]))
    assert (found.messages, found.missing) == (4, 1)
    assert (found.within_second.part, found.within_minute.part, found.within_minute.of) == (1, 2, 4)
    assert (found.median, found.largest) == (30.0, 3600.0)


def test_the_ends_of_time_are_no_overflow() -> None:
    kind = pa.timestamp("us", tz="UTC")
    ends = [pa.chunked_array([pa.array([2**63 - 1, -(2**63) + 1], pa.int64()).cast(kind)[::step]]) for step in (1, -1)]
    found = score_times(*ends)
    assert found.largest is not None
    assert found.largest > 1e13


def test_no_time_at_all_is_none() -> None:
    kind = pa.timestamp("us", tz="UTC")
    found = score_times(pa.chunked_array([pa.nulls(2, kind)]), pa.chunked_array([pa.nulls(2, kind)]))
    assert (found.messages, found.median, found.within_second.share) == (0, None, None)
