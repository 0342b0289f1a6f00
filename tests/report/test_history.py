from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from attribution.decisions import Decision, Decisions
from attribution.report.history import AppendedLine, DecisionLine, read_appended, read_decisions_line

DAY = datetime(2026, 11, 29, 10, tzinfo=UTC)


def decision(number: int, hour: int, **known: Any) -> Decision:  # noqa: ANN401 (fields of a decision)
    made: dict[str, Any] = {"number": number, "time": DAY + timedelta(hours=hour), "action": "together"}
    return Decision(**made | {"reason": "same kit"} | known)


def test_additions_are_told_in_their_order() -> None:
    run = {
        "appended": [
            {"time": "2026-11-29T10:00:00+00:00", "messages": 1_200, "passed_over": 3},
            {"time": "2026-11-30T10:00:00", "messages": 7},
        ]
    }
    assert read_appended(run) == (AppendedLine(DAY, 1_200, 3), AppendedLine(DAY + timedelta(days=1), 7, 0))


@pytest.mark.parametrize("entries", [None, {}, "x", [None, "x"]])
def test_a_record_without_additions_has_none(entries: object) -> None:
    assert read_appended({"appended": entries}) == ()


@pytest.mark.parametrize("time", [None, 5, "yesterday", "0001-01-01T00:00:00+23:00"])
def test_an_addition_at_no_time_that_can_be_read_counts_all_the_same(time: object) -> None:
    assert read_appended({"appended": [{"time": time, "messages": 7}]}) == (AppendedLine(None, 7, 0),)


def test_a_case_without_decisions_has_no_line() -> None:
    assert read_decisions_line(None, {}) is None
    assert read_decisions_line(Decisions(), {}) is None


def test_what_is_withdrawn_does_not_hold() -> None:
    log = Decisions(
        (
            decision(1, 0, withdrawn_by=3),
            decision(2, 1, action="name", name="Parcel A"),
            decision(3, 2, action="undo", reason="a mailer's kit", of=1, by="R. Diaz"),
        )
    )
    found = read_decisions_line(log, {})
    assert found is not None
    assert (found.number, found.holding, found.waiting) == (3, 1, 0)
    assert found.last == DecisionLine(3, DAY + timedelta(hours=2), "undo", "a mailer's kit", None, "R. Diaz")


@pytest.mark.parametrize(
    ("run", "waiting"),
    [
        ({"finished": "2026-11-29T09:00:00+00:00"}, 3),
        ({"finished": "2026-11-29T09:00:00+00:00", "regrouped": "2026-11-29T11:30:00+00:00"}, 1),
        ({"finished": "2026-11-29T09:00:00+00:00", "appended": [{"time": "2026-11-29T10:30:00+00:00"}]}, 2),
        ({"finished": "2026-11-29T13:00:00+00:00"}, 0),
        ({}, 0),
    ],
)
def test_decisions_that_are_younger_than_the_tables_wait(run: dict[str, Any], waiting: int) -> None:
    found = read_decisions_line(Decisions(tuple(decision(hour + 1, hour) for hour in range(3))), run)
    assert found is not None
    assert found.waiting == waiting
