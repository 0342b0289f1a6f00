"""The three standard streams, made so that no output can fail on its encoding, and none acts on a terminal."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from typing import Any

import click

from attribution._text import escape_control

__all__ = ["discard_output", "flush", "prepare", "say", "write_json"]


def prepare() -> None:
    """Open what is closed of the standard streams, and let no character fail for want of an encoding."""
    # A file that is opened while 0, 1 or 2 is free would get that number, and be written to by mistake.
    with contextlib.suppress(OSError):
        while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
            os.set_inheritable(number, True)  # worker processes need all three, too
        os.close(number)
    # Libraries take it for granted that there is an object for each stream.
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 (for as long as the process runs)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (likewise)
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (likewise)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(sentence: str) -> None:
    """Write one line to standard error, with nothing in it that could act."""
    click.echo(escape_control(sentence), err=True)


def write_json(value: dict[str, Any] | list[Any]) -> None:
    """Write a result as JSON in ASCII, so that no encoding and no terminal can get it wrong."""
    click.echo(json.dumps(value, indent=2))


def flush() -> None:
    """Bring all output to where it goes, so that an error in it is noticed while it can be told.

    Raises:
        OSError: The output could not be written.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def discard_output() -> None:
    """Send what is still to be written nowhere, once its reader has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        # A stream that tests put in its place has no number.
        with contextlib.suppress(OSError, ValueError, AttributeError):
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
