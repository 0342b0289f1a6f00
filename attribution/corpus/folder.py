"""A folder walked in a fixed order: every node is met once, as a file to read or as a problem."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from attribution.corpus.files import kind_of_node, reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.models import Status

__all__ = ["Node", "walk"]

_MAILDIR = {b"cur", b"new", b"tmp"}
_DEEPEST = 200
"""Folders within folders that are entered."""


class Node(NamedTuple):
    """A file of a folder, or something in it that is not read.

    Attributes:
        path: Path by which it can be opened.
        member: Path inside the folder that was given.
        size: Bytes; 0 for what is not read.
        status: `ok` for a file to read.
        detail: Why it is not read, for a person.
    """

    path: bytes
    member: bytes
    size: int
    status: Status
    detail: str


class _Level(NamedTuple):
    """One folder on the way down; names of folders end with a slash, so that they sort as their paths do."""

    path: bytes
    member: bytes
    names: Iterator[bytes]
    identity: tuple[int, int]
    undelivered: bool


def walk(folder: bytes) -> Iterator[Node]:
    """Give everything below a folder but folders, sorted by the bytes of their paths.

    Links are not followed, so a loop of links ends by itself; a loop of mounts is noticed by the numbers of
    its folders. In a Maildir (a folder that holds `cur`, `new` and `tmp`) what lies in `tmp` is no delivered
    mail, by the convention of its inventor, and is given as a problem.

    Args:
        folder: The folder; it may be a link.
    """
    levels: list[_Level] = []
    problem = _enter(folder, b"", levels, undelivered=False)
    if problem is not None:
        yield problem
    while levels:
        level = levels[-1]
        name = next(level.names, None)
        if name is None:
            levels.pop()
            continue
        name = name.removesuffix(b"/")
        path, member = level.path + b"/" + name, level.member + name
        try:
            status = os.lstat(path)
        except OSError as error:
            yield Node(path, member, 0, "unreadable", f"cannot be looked at: {reason(error)}")
            continue
        if stat.S_ISDIR(status.st_mode):
            undelivered = level.undelivered or (name == b"tmp" and _is_maildir(level.path))
            problem = _enter(path, member, levels, undelivered=undelivered)
            if problem is not None:
                yield problem
        elif not stat.S_ISREG(status.st_mode):
            yield Node(path, member, 0, "unsupported", _special(path, status.st_mode, levels))
        elif level.undelivered:
            yield Node(path, member, 0, "unsupported", "lies in the tmp folder of a Maildir: no delivered mail")
        else:
            yield Node(path, member, status.st_size, "ok", "")


def _enter(path: bytes, member: bytes, levels: list[_Level], *, undelivered: bool) -> Node | None:
    """Add a folder to the levels; return the problem where that cannot be done."""
    try:
        status = os.stat(path)  # noqa: PTH116 - names may be any bytes, which pathlib does not take
        identity = (status.st_dev, status.st_ino)
        if any(level.identity == identity for level in levels):
            return Node(path, member, 0, "unsupported", "a directory loop: this folder lies inside itself")
        if len(levels) >= _DEEPEST:
            return Node(path, member, 0, "too-large", f"nested deeper than {_DEEPEST} folders")
        with os.scandir(path) as entries:
            names = sorted(
                entry.name + b"/" if entry.is_dir(follow_symlinks=False) else entry.name for entry in entries
            )
    except OSError as error:
        return Node(path, member, 0, "unreadable", f"cannot be listed: {reason(error)}")
    below = member + b"/" if member else b""
    levels.append(_Level(path, below, iter(names), identity, undelivered))
    return None


def _is_maildir(path: bytes) -> bool:
    return all(stat.S_ISDIR(_mode(path + b"/" + name)) for name in _MAILDIR)


def _mode(path: bytes) -> int:
    try:
        return os.lstat(path).st_mode
    except OSError:
        return 0


def _special(path: bytes, mode: int, levels: list[_Level]) -> str:
    """Return what a node is that is not read, and whether it is a link that leads back up."""
    if stat.S_ISLNK(mode):
        try:
            target = os.stat(path)  # noqa: PTH116 - as above
        except OSError as error:
            return f"a symbolic link that leads nowhere: {reason(error)}"
        if any(level.identity == (target.st_dev, target.st_ino) for level in levels):
            return "a directory loop: a symbolic link to a folder that it lies in, which is not followed"
    return kind_of_node(mode)
