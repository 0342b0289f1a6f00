"""The file of decisions read, and each block checked."""

from __future__ import annotations

import contextlib
import itertools
import shlex
import stat
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from attribution._text import shorten
from attribution.decisions.contradiction import find_contradiction, listed
from attribution.decisions.model import MAX_BYTES, Decision, Decisions
from attribution.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from attribution.decisions.model import Action

__all__ = ["check_agreement", "parse", "read", "read_decisions"]

_KEYS: dict[Action, frozenset[str]] = {
    "together": frozenset({"ids", "name"}),
    "apart": frozenset({"ids"}),
    "name": frozenset({"ids", "name"}),
    "undo": frozenset({"of", "of_time"}),
}
_EVERY = frozenset({"time", "action", "reason", "by"})
_CHARACTERS = {"reason": 4_000, "name": 200, "by": 200}
_NAMED = 4
_DOTS = 200_000_000


def read_decisions(path: Path) -> Decisions:
    """Read the decisions of a case.

    Args:
        path: The file; one that does not exist holds no decision.

    Raises:
        UsageError: The file is too large, is no such file, holds what a decision does not have, or decisions that
            contradict one another. The error names the file, the decision and what to write instead.
    """
    found = parse(path, read(path))
    check_agreement(path, found)
    return found


def check_agreement(path: Path, decisions: Decisions) -> None:
    """Refuse decisions that contradict one another.

    Args:
        path: The file, for the error.
        decisions: What it holds.

    Raises:
        UsageError: They do; the error names those that do, and what to do.
    """
    clash = find_contradiction(decisions.entries)
    if clash is None:
        return
    kept_apart, held = clash
    case = shlex.quote(str(path.parent))
    message = (
        f"{path}: {kept_apart} keeps messages {kept_apart.ids[0]} and {kept_apart.ids[1]} apart, but {listed(held)} "
        "them together: delete one of these blocks, or withdraw it: "
        f"attribution cut {case} --undo {kept_apart.number} --reason TEXT"
    )
    raise UsageError(message)


def read(path: Path) -> str:
    """Return the text of a file of decisions, nothing where there is none.

    Args:
        path: The file.

    Raises:
        UsageError: It is too large, no regular file, or no UTF-8.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            message = f"{path} is no regular file: move it away"
            raise UsageError(message)
        with path.open("rb") as handle:
            data = handle.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return ""
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise UsageError(message) from error
    if len(data) > MAX_BYTES:
        message = f"{path} is larger than {MAX_BYTES:,} bytes: that is no file of decisions made by hand"
        raise UsageError(message)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8"
        raise UsageError(message) from error


def parse(path: Path, text: str) -> Decisions:
    """Return the decisions of a text, each checked by itself, and withdrawals against what they withdraw.

    Whether they contradict one another is not asked: a decision must be withdrawn also from such a file.

    Args:
        path: The file, for errors.
        text: What it holds.

    Raises:
        UsageError: The text holds what a decision does not have.
    """
    # The parser takes time with the square of the parts of one dotted key.
    if sum(line.count(".") ** 2 for line in text.split("\n")) > _DOTS:
        message = f"{path} has lines with far too many full stops to be a file of decisions"
        raise UsageError(message)
    try:
        table = tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        message = f"{path} is no TOML: {shorten(str(error), _CHARACTERS['name'])}"
        raise UsageError(message) from error
    _refuse_unknown(f"{path}", table, {"decision"}, "a file of decisions holds [[decision]] alone")
    blocks = table.get("decision", [])
    if not isinstance(blocks, list):
        message = f"{path}: a decision begins with [[decision]], in two pairs of brackets"
        raise UsageError(message)
    entries: list[Decision] = []
    for number, block in enumerate(blocks, 1):
        where = f"{path}: decision {number}"
        if not isinstance(block, dict):
            message = f"{where}: a decision begins with [[decision]], in two pairs of brackets"
            raise UsageError(message)
        entry = _entry(where, number, block)
        if entry.of is not None:
            at = _withdrawn(where, entries, entry.of, _time(where, block, "of_time") if "of_time" in block else None)
            entry = replace(entry, ids=entries[at].ids)
            entries[at] = replace(entries[at], withdrawn_by=number)
        entries.append(entry)
    return Decisions(tuple(entries))


def _entry(where: str, number: int, block: dict[str, Any]) -> Decision:
    action: Action | None = next((known for known in _KEYS if known == block.get("action")), None)
    if action is None:
        message = f'{where}: action must be one of "together", "apart", "name", "undo"'
        raise UsageError(message)
    allowed = _EVERY | _KEYS[action]
    _refuse_unknown(where, block, allowed, f'"{action}" has {", ".join(sorted(allowed))}')
    if action == "name" and "name" not in block:
        message = f'{where}: it has no name: write name = "..."'
        raise UsageError(message)
    return Decision(
        number=number,
        time=_time(where, block, "time"),
        action=action,
        reason=_text(where, block, "reason"),
        ids=() if action == "undo" else _ids(where, action, block.get("ids")),
        name=_text(where, block, "name") if "name" in block else None,
        by=_text(where, block, "by") if "by" in block else None,
        of=_of(where, block.get("of")) if action == "undo" else None,
    )


def _refuse_unknown(where: str, table: dict[str, Any], known: Iterable[str], says: str) -> None:
    unknown = [shorten(key, _CHARACTERS["name"]) for key in table if key not in set(known)]
    if unknown:
        message = f"{where}: unknown: {', '.join(unknown[:_NAMED])}; {says}"
        raise UsageError(message)


def _time(where: str, block: dict[str, Any], key: str) -> datetime:
    value = block.get(key)
    if isinstance(value, datetime) and value.tzinfo is not None:
        with contextlib.suppress(OverflowError):  # the first and last day there are, in another time zone
            return value.astimezone(UTC)
    message = f"{where}: {key} must be a time with its zone, such as {key} = 2024-01-05T10:00:00Z"
    raise UsageError(message)


def _text(where: str, block: dict[str, Any], key: str) -> str:
    value = block.get(key)
    if not isinstance(value, str) or not value.strip():
        message = f'{where}: it has no {key}: write {key} = "..."'
        raise UsageError(message)
    if len(value) > _CHARACTERS[key]:
        message = f"{where}: {key} is longer than {_CHARACTERS[key]:,} characters"
        raise UsageError(message)
    return value.strip()


def _ids(where: str, action: str, value: object) -> tuple[int, ...]:
    wanted = {"together": "two or more keys", "apart": "two keys", "name": "one key"}[action]
    if not isinstance(value, list) or not all(type(key) is int and 0 <= key < 2**63 for key in value):
        message = f"{where}: ids must be a list of message keys, without quotes"
        raise UsageError(message)
    if len(value) < 2 if action == "together" else len(value) != (2 if action == "apart" else 1):
        message = f'{where}: "{action}" takes {wanted}, not {len(value)}'
        raise UsageError(message)
    if len(set(value)) < len(value):
        ordered = sorted(value)
        twice = next(one for one, other in itertools.pairwise(ordered) if one == other)
        message = f"{where}: message {twice} stands in ids twice"
        raise UsageError(message)
    return tuple(value)


def _of(where: str, value: object) -> int:
    if type(value) is not int:
        message = f"{where}: of must be the number of the decision that is withdrawn"
        raise UsageError(message)
    return value


def _withdrawn(where: str, entries: Sequence[Decision], of: int, made: datetime | None) -> int:
    """Return the place of what is withdrawn; numbers change when somebody deletes a block, times do not."""
    if not 1 <= of <= len(entries) or (made is not None and entries[of - 1].time != made):
        meant = [entry.number for entry in entries if entry.time == made and entry.action != "undo"]
        if made is None:
            says = "there is none before it: correct of, or delete this block"
        elif meant:
            says = f"which is now decision {' or '.join(map(str, meant))}: correct of"
        else:
            says = "which is no longer there: delete this block too"
        message = f"{where} withdraws decision {of}{_made(made)}, {says}"
        raise UsageError(message)
    if entries[of - 1].action == "undo":
        message = f"{where} withdraws {entries[of - 1]}, which is itself a withdrawal: decide again instead"
        raise UsageError(message)
    if entries[of - 1].withdrawn_by is not None:
        message = f"{where} withdraws {entries[of - 1]}, as decision {entries[of - 1].withdrawn_by} does: delete one"
        raise UsageError(message)
    return of - 1


def _made(time: datetime | None) -> str:
    return "" if time is None else f" of {time:%Y-%m-%d %H:%M:%S} UTC"
