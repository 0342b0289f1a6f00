"""The two consoles: results on standard output, progress and notices on standard error."""

from __future__ import annotations

from typing import NoReturn

from rich.console import Console

__all__ = ["result_console", "side_console"]


class _Console(Console):
    """A console that leaves it to the program what a closed pipe means."""

    def on_broken_pipe(self) -> NoReturn:
        """Raise the error on, where rich would end the process with a failure."""
        raise


def result_console() -> Console:
    """Return the console of the result: texts are never markup, and colours are for a terminal only."""
    return _Console(markup=False, highlight=False, emoji=False)


def side_console() -> Console:
    """Return the console of progress and notices, likewise."""
    return _Console(stderr=True, markup=False, highlight=False, emoji=False)
