from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from attribution.workers import WorkerPool, within

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

POISON, HANG = 77, 123

STAGE = f"""
import os, signal, time

def nothing():
    pass

class Pressed(list):
    copied = False

    def __iter__(self):
        os.kill(os.getpid(), signal.SIGINT)
        self.copied = True
        return super().__iter__()

def add(number, items, lost):
    if {POISON} in items:
        os.kill(os.getpid(), signal.SIGKILL)
    if {HANG} in items:
        time.sleep(60)
    return number, sum(items), [(entry.item, entry.status) for entry in lost]
"""


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give a stage in a module of its own, which workers can import however the tests were started."""
    (tmp_path / "stage_of_a_test.py").write_text(STAGE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "stage_of_a_test", raising=False)
    return importlib.import_module("stage_of_a_test")


def batches(count: int, size: int) -> list[tuple[int, list[int]]]:
    return [(number, list(range(number * size, (number + 1) * size))) for number in range(count)]


def test_results_come_in_the_order_of_the_batches(stage: ModuleType) -> None:
    with WorkerPool(stage.add, 2, stage.nothing) as pool:
        results = list(pool.run(iter(batches(7, 5))))
    assert [number for number, _ in results] == list(range(7))
    assert [total for _, (_, total, _) in results] == [sum(items) for _, items in batches(7, 5)]
    assert pool.faults == 0


def test_an_item_that_kills_its_process_costs_only_itself(stage: ModuleType) -> None:
    with WorkerPool(stage.add, 2, stage.nothing) as pool:
        results = dict(pool.run(iter(batches(6, 20))))
    assert results[3] == (3, sum(range(60, 80)) - POISON, [(POISON, "crashed")])
    others = [number for number in range(6) if number != 3]
    assert [results[n] for n in others] == [(n, sum(range(n * 20, n * 20 + 20)), []) for n in others]
    assert pool.faults > 0


def test_an_item_that_never_ends_is_killed_and_costs_only_itself(stage: ModuleType) -> None:
    with WorkerPool(stage.add, 1, stage.nothing, seconds=1.5) as pool:
        results = dict(pool.run(iter([(0, [1, HANG]), (1, [5])])))
    assert results == {0: (0, 1, [(HANG, "timeout")]), 1: (1, 5, [])}


INTERRUPTED = """
import os, signal, sys, time
import stage_of_a_test as stage
from attribution.workers import WorkerPool

def batches():
    yield 0, [1]
    # The workers have been started and are loading their modules: at first those of Python, then their own.
    time.sleep(float(sys.argv[1]))
    os.killpg(os.getpgid(0), signal.SIGINT)
    yield 1, [2]

try:
    with WorkerPool(stage.add, 2, stage.nothing) as pool:
        list(pool.run(batches()))
except KeyboardInterrupt:
    sys.exit("interrupted, after %d faults" % pool.faults)
"""


posix = pytest.mark.skipif(os.name != "posix", reason="signals of a terminal")


@posix
@pytest.mark.parametrize("moment", ["0", "0.05", "0.1"])
@pytest.mark.usefixtures("stage")
def test_ctrl_c_while_workers_load_their_modules_is_answered_by_the_parent_alone(tmp_path: Path, moment: str) -> None:
    (tmp_path / "script.py").write_text(INTERRUPTED)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "script.py"), moment],
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "interrupted, after 0 faults\n")


@posix
def test_ctrl_c_as_a_process_is_started_waits_until_it_has_been(stage: ModuleType) -> None:
    before = signal.getsignal(signal.SIGINT)
    items = stage.Pressed([1])
    with WorkerPool(stage.add, 1, stage.nothing) as pool, pytest.raises(KeyboardInterrupt):
        list(pool.run(iter([(0, items)])))
    assert items.copied
    assert signal.getsignal(signal.SIGINT) is before
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


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
