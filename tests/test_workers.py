from __future__ import annotations

import contextlib
import os
import signal
import time

import pytest

from attribution.workers import Lost, WorkerPool, within

POISON, HANG = 77, 123


def nothing() -> None:
    """A set-up that sets nothing up."""


def add(number: int, items: list[int], lost: list[Lost[int]]) -> tuple[int, int, list[tuple[int, str]]]:
    if POISON in items:
        os.kill(os.getpid(), signal.SIGKILL)
    if HANG in items:
        time.sleep(60)
    return number, sum(items), [(entry.item, entry.status) for entry in lost]


def batches(count: int, size: int) -> list[tuple[int, list[int]]]:
    return [(number, list(range(number * size, (number + 1) * size))) for number in range(count)]


def test_results_come_in_the_order_of_the_batches() -> None:
    with WorkerPool(add, 2, nothing) as pool:
        results = list(pool.run(iter(batches(7, 5))))
    assert [number for number, _ in results] == list(range(7))
    assert [total for _, (_, total, _) in results] == [sum(items) for _, items in batches(7, 5)]
    assert pool.faults == 0


def test_an_item_that_kills_its_process_costs_only_itself() -> None:
    with WorkerPool(add, 2, nothing) as pool:
        results = dict(pool.run(iter(batches(6, 20))))
    assert results[3] == (3, sum(range(60, 80)) - POISON, [(POISON, "crashed")])
    others = [number for number in range(6) if number != 3]
    assert [results[n] for n in others] == [(n, sum(range(n * 20, n * 20 + 20)), []) for n in others]
    assert pool.faults > 0


def test_an_item_that_never_ends_is_killed_and_costs_only_itself() -> None:
    with WorkerPool(add, 1, nothing, seconds=1.5) as pool:
        results = dict(pool.run(iter([(0, [1, HANG]), (1, [5])])))
    assert results == {0: (0, 1, [(HANG, "timeout")]), 1: (1, 5, [])}


def stubborn() -> None:
    while True:
        with contextlib.suppress(Exception):
            time.sleep(0.01)


def test_a_deadline_stops_a_loop_that_swallows_every_ordinary_error() -> None:
    with pytest.raises(TimeoutError, match=r"took longer than 0\.05 s"):
        within(0.05, stubborn)


def test_a_deadline_of_no_time_at_all_is_no_other_error() -> None:
    for _ in range(200):
        with contextlib.suppress(TimeoutError):
            within(1e-6, lambda: sum(range(50)))


def test_a_deadline_that_is_kept_gives_the_result_and_leaves_no_alarm_behind() -> None:
    assert within(5, lambda: 7) == 7
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
