"""Every error that the library raises on purpose.

    AttributionError                 root; catch this one to catch them all
    ├── UsageError (ValueError)      an argument or option makes no sense: correct the call
    ├── InputError                   nothing in the input can be read as mail
    │   └── InputNotFoundError (FileNotFoundError)   a path that was given does not exist
    ├── DatabaseError                an IP database is missing, broken or of an unknown kind
    ├── CaseError                    a case folder is missing, incomplete, or belongs to another run
    │   └── CaseExistsError (FileExistsError)        the output folder already holds something
    ├── OutputError                  the case could not be written (disk full, no permission)
    └── InstallError                 a data set could not be fetched or failed its checksum

Hostile or broken *mail* never raises: it becomes a row with a status (see `models.Status`).
Each message of an error names the thing that failed and the next step.
"""

from __future__ import annotations

__all__ = [
    "AttributionError",
    "CaseError",
    "CaseExistsError",
    "DatabaseError",
    "InputError",
    "InputNotFoundError",
    "InstallError",
    "OutputError",
    "UsageError",
]


class AttributionError(Exception):
    """Root of all errors that this library raises on purpose."""


class UsageError(AttributionError, ValueError):
    """An argument or option makes no sense; the message says which and what to write instead."""


class InputError(AttributionError):
    """Nothing in the input can be read as mail."""


class InputNotFoundError(InputError, FileNotFoundError):
    """A path that was given does not exist."""


class DatabaseError(AttributionError):
    """An IP database is missing, broken, or of a kind that is not known."""


class CaseError(AttributionError):
    """A case folder is missing, incomplete, or was written by a run with other inputs."""


class CaseExistsError(CaseError, FileExistsError):
    """The output folder already holds something; nothing in it was touched."""


class OutputError(AttributionError):
    """The case could not be written, for want of space or permission."""


class InstallError(AttributionError):
    """A data set could not be fetched, or what came was not what was expected."""
