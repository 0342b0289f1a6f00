"""The exit codes of every command, and which error gives which."""

from __future__ import annotations

from enum import IntEnum

from attribution.errors import (
    AttributionError,
    CaseError,
    DatabaseError,
    InputError,
    InputNotFoundError,
    InstallError,
    UsageError,
)

__all__ = ["MEANINGS", "Exit", "exit_of"]


class Exit(IntEnum):
    """What the process returns to whoever started it."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PROBLEMS = 3
    NO_MAIL = 4
    DATABASE = 5
    CASE = 6
    INTERRUPTED = 130


MEANINGS = {
    Exit.DONE: "done",
    Exit.FAILED: "an unexpected failure, or the output could not be written",
    Exit.USAGE: "wrong usage, a path that does not exist, or a list or rules that cannot be read",
    Exit.PROBLEMS: "done, but a named path could not be read, or, with --strict, something of the input not in full",
    Exit.NO_MAIL: "nothing in the input could be read as mail",
    Exit.DATABASE: "an IP database is missing or broken, or a data set could not be installed",
    Exit.CASE: "the case folder is missing, exists already, or belongs to another run",
    Exit.INTERRUPTED: "interrupted (Ctrl-C)",
}
"""Each code in a few words, as the help and the reference page show it."""

_CODES: tuple[tuple[type[AttributionError], Exit], ...] = (
    (UsageError, Exit.USAGE),
    (InputNotFoundError, Exit.USAGE),
    (InputError, Exit.NO_MAIL),
    (DatabaseError, Exit.DATABASE),
    (InstallError, Exit.DATABASE),
    (CaseError, Exit.CASE),
)


def exit_of(error: AttributionError) -> Exit:
    """Return the exit code of an error, by its class; the first that fits in the order of the table."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), Exit.FAILED)
