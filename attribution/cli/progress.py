"""The progress of a run on standard error: a live line on a terminal, notices alone elsewhere."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, ProgressColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from attribution.cli.console import side_console
from attribution.cli.streams import say
from attribution.report.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.progress import Task

    from attribution.pipeline import Progress as State

__all__ = ["LiveProgress", "live_progress"]


class _Messages(ProgressColumn):
    """Stage, messages so far, and how many a second."""

    def render(self, task: Task) -> Text:
        messages, problems = int(task.fields["messages"]), int(task.fields["problems"])
        seconds = task.elapsed or 0.0
        words = [task.description]
        if messages:
            words.append(f"{messages:,} messages")
        if problems:
            words.append(f"{problems:,} problems")
        if messages and task.total and seconds >= 1:
            words.append(f"{messages / seconds:,.0f}/s")
        return Text(", ".join(words))


class _Size(ProgressColumn):
    """Bytes that were read, of how many; nothing where that is not known."""

    def render(self, task: Task) -> Text:
        if not task.total:
            return Text()
        return Text(f"{task.completed / 2**20:,.1f} of {task.total / 2**20:,.1f} MiB")


class LiveProgress:
    """Shows states and notices of one run.

    Args:
        console: Standard error.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Progress(
            _Messages(Column(no_wrap=True)),
            BarColumn(bar_width=10),
            _Size(Column(no_wrap=True)),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._live.add_task("starting", total=None, messages=0, problems=0)
        self._stage = ""
        self._said: set[str] = set()

    def update(self, state: State) -> None:
        """Show a state; called often, and cheap."""
        if state.stage != self._stage:
            self._stage = state.stage
            self._live.reset(self._task, total=None)
        self._live.update(
            self._task,
            description=state.stage,
            completed=state.bytes_done,
            total=state.bytes_total,
            messages=state.messages,
            problems=state.problems,
        )

    def notice(self, sentence: str) -> None:
        """Show a sentence above the live line, or by itself where there is none."""
        self._said.add(sentence)
        if self._console.is_terminal:
            self._console.print(Text(shown(sentence)))
        else:
            say(sentence)

    def said_beside(self, console: Console) -> frozenset[str]:
        """Return the notices that stand where a console writes too: none, unless both are a terminal."""
        return frozenset(self._said if self._console.is_terminal and console.is_terminal else ())

    @contextlib.contextmanager
    def running(self) -> Iterator[LiveProgress]:
        """Keep the live line up while the block runs, and take it away after it."""
        with self._live:
            yield self


def live_progress() -> contextlib.AbstractContextManager[LiveProgress]:
    """Return a context manager that gives the progress of one run on standard error."""
    return LiveProgress(side_console()).running()
