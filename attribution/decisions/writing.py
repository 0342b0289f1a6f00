"""Decisions appended to the file: whole or not at all, by one process at a time."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from attribution._files import replacing
from attribution.decisions.contradiction import find_contradiction, listed
from attribution.decisions.model import MAX_BYTES, Decision
from attribution.decisions.reading import check_agreement, parse, read
from attribution.errors import OutputError, UsageError

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["decide", "withdraw"]

_IN_A_LINE = 4
"""Keys that stand in one line; more stand in a line each."""

_HEAD = """\
# What an analyst decided about the campaigns of this case. It is kept over re-runs, and may be edited by hand.
# Each [[decision]] is one decision; its number is its place in this file. `ids` are keys of messages; a campaign has
# the key of one of its messages, and stands for that message here.
#   together  these messages belong to one campaign
#   apart     these two messages are never in one campaign
#   name      the campaign that holds this message has this name
#   undo      decision number `of`, made at `of_time`, no longer holds
"""


def decide(
    path: Path,
    action: Literal["together", "apart", "name"],
    ids: Iterable[int],
    reason: str,
    *,
    name: str | None = None,
    by: str | None = None,
) -> Decision:
    """Append a decision, made now.

    Args:
        path: The file; its folder must exist.
        action: What is decided.
        ids: Message keys: two or more for `together`, two for `apart`, one for `name`.
        reason: Why.
        name: Name of the campaign, for `name`, and if wanted for `together`.
        by: Who decides.

    Returns:
        The decision as it stands in the file.

    Raises:
        UsageError: It cannot be, or contradicts earlier ones; nothing was written.
        OutputError: The file cannot be written; what it held is still there.
    """
    entry = {"action": action, "ids": list(ids), "name": name, "reason": reason, "by": by}
    with _locked(path) as file:
        return _append(path, file, entry)


def withdraw(path: Path, number: int, reason: str, *, by: str | None = None) -> Decision:
    """Append that a decision no longer holds; it stays in the file.

    Args:
        path: The file.
        number: The decision's number.
        reason: Why.
        by: Who withdraws it.

    Returns:
        The withdrawal as it stands in the file.

    Raises:
        UsageError: There is no such decision, or it does not hold; nothing was written.
        OutputError: The file cannot be written; what it held is still there.
    """
    with _locked(path) as file:
        entries = parse(path, read(file)).entries
        if not 1 <= number <= len(entries):
            case = shlex.quote(str(path.parent))
            message = f"{path} holds no decision {number}: attribution pin {case} --list shows those it has"
            raise UsageError(message)
        withdrawn = entries[number - 1]
        if withdrawn.action == "undo":
            message = f"{path}: {withdrawn} is itself a withdrawal: decide again what it withdrew"
            raise UsageError(message)
        if withdrawn.withdrawn_by is not None:
            message = f"{path}: {withdrawn} was already withdrawn by {entries[withdrawn.withdrawn_by - 1]}"
            raise UsageError(message)
        entry = {"action": "undo", "of": number, "of_time": withdrawn.time, "reason": reason, "by": by}
        return _append(path, file, entry)


def _append(path: Path, file: Path, entry: dict[str, Any]) -> Decision:
    """Write the file with one more block, if the whole can then be read and does not contradict itself."""
    before = read(file)
    earlier = parse(path, before)
    if entry["action"] != "undo":
        check_agreement(path, earlier)
    block = _block({"time": datetime.now(UTC).replace(microsecond=0), **entry})
    after = (before or _HEAD) + ("" if not before or before.endswith("\n") else "\n") + "\n" + block
    data = after.encode("utf-8")
    if len(data) > MAX_BYTES:
        message = f"{path} would be larger than {MAX_BYTES:,} bytes; nothing was written"
        raise UsageError(message)
    entries = parse(path, after).entries
    clash = None if entry["action"] == "undo" else find_contradiction(entries)
    if clash is not None:
        raise UsageError(_refusal(path, clash, entries[-1]))
    try:
        with replacing(file) as temporary:
            temporary.write_bytes(data)
            if file.exists():
                shutil.copymode(file, temporary)
    except OSError as error:
        message = f"{path}: {error.strerror or error}; the decision was not kept"
        raise OutputError(message) from error
    return entries[-1]


def _refusal(path: Path, clash: tuple[Decision, tuple[Decision, ...]], new: Decision) -> str:
    """Say which earlier decisions the new one contradicts."""
    kept_apart, held = clash
    if kept_apart == new:
        told = f"{listed(held)} these messages together"
        blame = held[-1]
    else:
        others = tuple(entry for entry in held if entry != new)
        joined = f" and {listed(others)} them together with these" if others else ""
        told = f"{kept_apart} keeps messages {kept_apart.ids[0]} and {kept_apart.ids[1]} apart{joined}"
        blame = kept_apart
    undo = f"attribution pin {shlex.quote(str(path.parent))} --undo {blame.number} --reason TEXT"
    return f"{path}: {told}: nothing was written. To decide otherwise, withdraw the earlier decision first: {undo}"


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[Path]:
    """Let one process at a time append, and give the file itself where `path` is a link to it.

    The lock ends with the process, however it ends. It is no lock on the case folder, which a long run may hold.
    """
    try:
        file = path.resolve()
        with contextlib.ExitStack() as stack:
            if sys.platform != "win32":
                stack.enter_context(_lock(file.with_name(f".{file.name}.lock")))
            yield file
    except OSError as error:
        message = f"{path}: {error.strerror or error}; the decision was not kept"
        raise OutputError(message) from error


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    if sys.platform == "win32":
        return
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if _is_there(handle, path):
                try:
                    yield
                finally:
                    path.unlink(missing_ok=True)
                return
        finally:
            os.close(handle)


def _is_there(handle: int, path: Path) -> bool:
    """Say whether a file that was opened is still the one of that name; whoever had the lock has removed it."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _block(entry: dict[str, Any]) -> str:
    lines = ["[[decision]]"]
    for key, value in entry.items():
        if value is not None:
            lines.append(f"{key} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"
    if isinstance(value, str):
        return _basic_string(value)
    if isinstance(value, list):
        numbers = [_toml(item) for item in value]
        if len(numbers) <= _IN_A_LINE:
            return f"[{', '.join(numbers)}]"
        return "[\n" + "".join(f"  {number},\n" for number in numbers) + "]"
    return str(value)


def _basic_string(text: str) -> str:
    """Return a TOML basic string (TOML 1.0) in which every character that is not printable is an escape.

    Raises:
        UsageError: The text holds what is no character, such as a byte that was no UTF-8.
    """
    out = []
    for char in text:
        if char in '"\\':
            out.append("\\" + char)
        elif char.isprintable():
            out.append(char)
        elif "\ud800" <= char <= "\udfff":
            message = "a reason, name or author holds bytes that are no UTF-8: write it in UTF-8; nothing was written"
            raise UsageError(message)
        else:
            out.append(f"\\u{ord(char):04X}" if ord(char) < 0x10000 else f"\\U{ord(char):08X}")
    return '"' + "".join(out) + '"'
