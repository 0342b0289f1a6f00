"""Where the process of the command `attribution` begins; the commands are loaded within reach of Ctrl-C."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from attribution._lazy import names_from

if TYPE_CHECKING:
    from attribution.cli.commands import attribution

__all__ = ["attribution", "main"]

__getattr__ = names_from(__name__, {"attribution": "attribution.cli.commands"})


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        from attribution.cli.commands import attribution

        attribution.main(prog_name="attribution")
    except KeyboardInterrupt:
        # Before the program itself answers: nothing has been done, and not even its exit codes may be loaded.
        try:
            if sys.stderr is not None:
                sys.stderr.write("interrupted\n")
                sys.stderr.flush()
        finally:
            # An interpreter that ends in order would kill itself where the exception went through an `exec` (in a
            # dataclass, say), as if nobody had caught it.
            os._exit(130)
