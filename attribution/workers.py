"""Batches worked off by killable processes, results in order, one lost item for one fault.

The processes are loky's: they do not import the caller's main module, so a plain script or a notebook
needs no guard, and a killed one is noticed at once. What is added here is the way back from a fault:
every batch that was in the dead processes is done again alone, and one that kills its process again
is halved until the item that does it stands by itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import deque
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import psutil
from loky.backend import get_context
from loky.process_executor import BrokenProcessPool, ProcessPoolExecutor, ShutdownExecutorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from attribution.models import Status

__all__ = ["Lost", "WorkerPool", "limit_memory", "within"]

Item = TypeVar("Item")
Result = TypeVar("Result")


class Lost(Generic[Item]):
    """One item that its process did not survive.

    Attributes:
        item: The item.
        status: `crashed`, or `timeout` where the process had to be killed.
    """

    __slots__ = ("item", "status")

    def __init__(self, item: Item, status: Status) -> None:
        self.item = item
        self.status = status


class WorkerPool(Generic[Item, Result]):
    """A bounded pool of processes for one function over batches of items.

    Use it as a context manager; leaving it, also by Ctrl-C, ends the processes.

    Args:
        function: Called in a worker as `function(batch_number, items, lost)`; importable by name. `lost`
            holds the items of that batch that killed a worker before, for the function to record.
        workers: Number of processes, at least one.
        setup: Called once in each process with `setup_arguments`.
        setup_arguments: What `setup` is called with.
        seconds: Time that a batch may take before its process is killed.
    """

    def __init__(
        self,
        function: Callable[[int, list[Item], list[Lost[Item]]], Result],
        workers: int,
        setup: Callable[..., None],
        setup_arguments: tuple[Any, ...] = (),
        seconds: float = 600.0,
    ) -> None:
        self._function = function
        self._workers = max(1, workers)
        self._setup = setup
        self._setup_arguments = setup_arguments
        self._seconds = seconds
        self._executor: ProcessPoolExecutor | None = None
        self.faults = 0
        """How often a process died or was killed."""

    def __enter__(self) -> WorkerPool[Item, Result]:
        """Return the pool; processes start with the first batch."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all processes."""
        self._stop()

    def run(self, batches: Iterator[tuple[int, list[Item]]]) -> Iterator[tuple[int, Result]]:
        """Work off numbered batches and give the results in the order of the batches.

        Few batches are in flight at a time, so that memory does not grow with their number.

        Args:
            batches: Numbers and items; read lazily.

        Raises:
            Exception: Whatever `function` raises; it is expected to record faults of items itself.
        """
        flight: deque[tuple[int, list[Item], Future[Result]]] = deque()
        for number, items in batches:
            flight.append((number, items, self._submit(number, items, [])))
            if len(flight) > self._workers + 1:
                yield self._collect(flight)
        while flight:
            yield self._collect(flight)

    def _collect(self, flight: deque[tuple[int, list[Item], Future[Result]]]) -> tuple[int, Result]:
        number, items, future = flight.popleft()
        try:
            return number, future.result(timeout=self._seconds)
        except (BrokenProcessPool, FutureTimeoutError):
            self._fault()
        result = self._retry(number, items)
        # The pool died with all that was in it: what stands behind goes in again.
        waiting = list(flight)
        flight.clear()
        flight.extend((n, i, self._submit(n, i, []) if _broken(f) else f) for n, i, f in waiting)
        return number, result

    def _retry(self, number: int, items: list[Item]) -> Result:
        """Do a batch again without the items that kill their process."""
        lost = self._find_killers(number, items)
        gone = {id(entry.item) for entry in lost}
        rest = [item for item in items if id(item) not in gone]
        return self._submit(number, rest, lost).result(timeout=self._seconds)

    def _find_killers(self, number: int, items: list[Item]) -> list[Lost[Item]]:
        try:
            self._submit(number, items, []).result(timeout=self._seconds)
        except (BrokenProcessPool, FutureTimeoutError) as error:
            self._fault()
            if len(items) == 1:
                return [Lost(items[0], "crashed" if isinstance(error, BrokenProcessPool) else "timeout")]
            half = len(items) // 2
            return self._find_killers(number, items[:half]) + self._find_killers(number, items[half:])
        return []

    def _submit(self, number: int, items: Sequence[Item], lost: list[Lost[Item]]) -> Future[Result]:
        for _ in range(3):
            if self._executor is None:
                self._executor = ProcessPoolExecutor(
                    max_workers=self._workers,
                    context=get_context("loky"),
                    initializer=_start,
                    initargs=(os.getpid(), self._setup, self._setup_arguments),
                )
            try:
                with _ctrl_c_later():
                    future: Future[Result] = self._executor.submit(self._function, number, list(items), lost)
            except BrokenProcessPool:
                self._fault()
            else:
                return future
        message = "worker processes die as soon as they start; try --workers 1, or look at the memory that is free"
        raise RuntimeError(message)

    def _fault(self) -> None:
        self.faults += 1
        self._stop()

    def _stop(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, kill_workers=True)
            self._executor = None


def _broken(future: Future[Any]) -> bool:
    """Say whether a future will give no result, because its pool has died."""
    if future.cancelled():
        return True
    return not future.done() or isinstance(future.exception(), (BrokenProcessPool, ShutdownExecutorError))


@contextlib.contextmanager
def _ctrl_c_later() -> Iterator[None]:
    """Keep Ctrl-C from processes that start in the block, and let this one answer it once the block is done.

    A process that is still loading its modules would die of it with a traceback, and one that is half started would
    be known to nobody. `_start` takes up here: what is blocked stays so in a new process until it says otherwise.
    """
    if os.name != "posix":
        yield
        return
    from multiprocessing import resource_tracker

    # Python's own tracker takes the block away as it starts, and loky starts it with the first process.
    resource_tracker.ensure_running()
    came: list[int] = []
    # Another thread may take the signal, and Python then calls the handler all the same.
    before = signal.getsignal(signal.SIGINT) if threading.current_thread() is threading.main_thread() else None
    if before is not None:
        signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if before is not None:
            signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)


def _start(parent: int, setup: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    # The parent alone answers Ctrl-C: it ends the workers, and no worker prints a traceback.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.name == "posix":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    # Its number comes from the parent itself, which may be gone before this process has started.
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    setup(*arguments)


def _end_with(parent: int) -> None:
    """End this process soon after its parent is gone: a killed parent cannot end its workers itself."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


class _DeadlineError(BaseException):
    """Raised in the midst of an item; no handler for ordinary errors can swallow it."""


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """Return what a call returns, or stop it after that time, by SIGALRM where the platform has it.

    Must run in the main thread of its process, as the tasks of a worker do.

    Args:
        seconds: Time that the call may take.
        call: Takes no arguments.

    Raises:
        TimeoutError: The call took longer.
    """
    if os.name != "posix":
        return call()

    def ring(_number: int, _frame: object) -> None:
        raise _DeadlineError

    previous = signal.signal(signal.SIGALRM, ring)
    try:
        # The alarm can ring at any instruction from here to where it is switched off: both lie inside.
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            return call()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _DeadlineError:
        message = f"took longer than {seconds:g} s"
        raise TimeoutError(message) from None
    finally:
        signal.signal(signal.SIGALRM, previous)


def limit_memory(extra: int) -> None:
    """Bound the address space of this process, where the platform can, to what it has now and so much more.

    Args:
        extra: Bytes beyond the present size.
    """
    try:
        import resource
    except ImportError:
        return
    present = psutil.Process().memory_info().vms
    resource.setrlimit(resource.RLIMIT_AS, (present + extra, resource.getrlimit(resource.RLIMIT_AS)[1]))
