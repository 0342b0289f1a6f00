"""The progress of a download on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn
from rich.text import Text

from attribution.cli.console import side_console
from attribution.cli.streams import say
from attribution.report.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

__all__ = ["Transfer", "mebibytes", "transfer"]

_STEPS = 4
_STEP_OF_UNKNOWN = 32 << 20


def mebibytes(count: int) -> str:
    """Return a number of bytes as people read it."""
    return f"{count / 2**20:,.1f} MiB"


class Transfer:
    """Shows the steps of an installation, and how far its download is.

    Args:
        console: Standard error.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            BarColumn(bar_width=30),
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("", total=None, visible=False)
        self._told = 0

    def step(self, sentence: str) -> None:
        """Show what is done next, above the bar, which is for the download alone."""
        self._bar.reset(self._task, total=None, visible=False)
        self._told = 0
        if self._console.is_terminal:
            self._console.print(Text(shown(sentence)))
        else:
            say(sentence)

    def bytes_done(self, done: int, total: int | None) -> None:
        """Show how far the download is; called often, and cheap.

        Args:
            done: Bytes that are there.
            total: Bytes that there will be, None where that is not known.
        """
        if self._console.is_terminal:
            self._bar.update(self._task, completed=done, total=total, visible=True)
            return
        passed = done * _STEPS // total if total else done // _STEP_OF_UNKNOWN
        # A short text needs no line of its own.
        if passed > self._told and (total is None or total > _PIECE_WORTH_TELLING):
            say(f"  {mebibytes(done)}" + ("" if total is None else f" of {mebibytes(total)}"))
        self._told = passed

    @contextlib.contextmanager
    def running(self) -> Iterator[Transfer]:
        """Keep the bar up while the block runs, and take it away after it."""
        with self._bar:
            yield self


_PIECE_WORTH_TELLING = 1 << 20


def transfer() -> contextlib.AbstractContextManager[Transfer]:
    """Return a context manager that gives the progress of one installation on standard error."""
    return Transfer(side_console()).running()
