"""The outermost layer: whatever happens becomes one line for a person and one exit code."""

from __future__ import annotations

import contextlib
import errno
import inspect
import signal
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

import click

from attribution.cli import streams
from attribution.cli.exits import Exit, exit_of
from attribution.errors import AttributionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

__all__ = ["InterruptedRun", "Program"]


class InterruptedRun(Exception):  # noqa: N818 (what happened is no error)
    """Ctrl-C in a command that can go on later; the message says how."""


class Program(click.Group):
    """A command group that ends the process with the codes of `exits`."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,  # noqa: ANN401 (as in click)
    ) -> Any:  # noqa: ANN401 (as in click)
        """Run a command; unless `standalone_mode` is off, exit with its code.

        A reader that closes the pipe (`| head`) has what it wanted: that is no failure.

        Args:
            args: What stands behind the command's name; None for that of this process.
            prog_name: The command's name.
            complete_var: As in click.
            standalone_mode: As in click.
            extra: As in click.
        """

        def run() -> Any:  # noqa: ANN401 (as in click)
            return super(Program, self).main(args, prog_name, complete_var, standalone_mode=False, **extra)

        if not standalone_mode:
            return run()
        streams.prepare()
        code = _guarded(run)
        try:
            streams.flush()
        except BrokenPipeError:
            streams.discard_output()
        except OSError as error:
            streams.discard_output()
            code = code or _output_failed(error)
        sys.exit(int(code))

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 (as in click)
        """Run the command that was asked for; click itself would take a closed pipe for a failure.

        Args:
            ctx: As in click.
        """
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            streams.discard_output()
            return Exit.DONE


def _guarded(run: Callable[[], Any]) -> int:
    try:
        with _no_interrupt_in_an_import(inspect.currentframe()):
            return int(run() or Exit.DONE)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return Exit.USAGE
    except click.ClickException as error:
        return _usage_error(error)
    except (InterruptedRun, click.Abort, KeyboardInterrupt) as stop:
        streams.say(str(stop) or "interrupted")
        return Exit.INTERRUPTED
    except AttributionError as error:
        streams.say(f"error: {error}")
        return exit_of(error)
    except OSError as error:
        return _output_failed(error) if error.errno in _NO_ROOM else _unexpected(error)
    except Exception as error:  # noqa: BLE001 (the last net: told with its traceback, made safe to show)
        return _unexpected(error)


@contextlib.contextmanager
def _no_interrupt_in_an_import(outermost: FrameType | None) -> Iterator[None]:
    """Let Ctrl-C that comes while a module is loaded wait until it is.

    Compiled modules (numpy.random is one) drop whatever is raised at some places of their start, and the run would go
    on as if nobody had asked it to stop.

    Args:
        outermost: The frame that holds the block; an import that called it does not count.

    Raises:
        KeyboardInterrupt: The block was done before what waited could be answered.
    """
    if threading.current_thread() is not threading.main_thread() or (
        signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        # Somebody else answers it.
        yield
        return
    waiting: list[threading.Timer] = []

    def answer(number: int, frame: FrameType | None) -> None:
        for timer in waiting:
            timer.cancel()
        waiting.clear()
        if not _loads_a_module(frame, outermost):
            signal.default_int_handler(number, frame)
        again = threading.Timer(_AGAIN, _send_ctrl_c)
        again.daemon = True
        waiting.append(again)
        again.start()

    signal.signal(signal.SIGINT, answer)
    try:
        yield
        if waiting:
            raise KeyboardInterrupt
    finally:
        for timer in waiting:
            timer.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)


_AGAIN = 0.02
"""Seconds after which Ctrl-C that waits is looked at again."""


def _send_ctrl_c() -> None:
    # The main thread may wait for something meanwhile: only a signal of its own wakes it.
    if hasattr(signal, "pthread_kill") and (main := threading.main_thread().ident) is not None:
        signal.pthread_kill(main, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


def _loads_a_module(frame: FrameType | None, outermost: FrameType | None) -> bool:
    """Say whether an import is under way between two frames of the stack."""
    while frame is not None and frame is not outermost:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}


def _usage_error(error: click.ClickException) -> int:
    context = getattr(error, "ctx", None)
    hint = "" if context is None else f" See: {context.command_path} --help"
    streams.say(f"error: {error.format_message()}{hint}")
    return error.exit_code


def _output_failed(error: OSError) -> int:
    reason = error.strerror or error
    if error.filename:
        reason = f"{error.filename}: {reason}. Make space there, or choose another folder"
    streams.say(f"error: the output could not be written: {reason}")
    return Exit.FAILED


def _unexpected(error: Exception) -> int:
    for block in traceback.format_exception(error):
        for line in block.splitlines():
            streams.say(line)
    streams.say(
        f"error: unexpected failure ({type(error).__name__}). This is a fault of the program: please report the "
        "lines above, without anything confidential in them."
    )
    return Exit.FAILED
