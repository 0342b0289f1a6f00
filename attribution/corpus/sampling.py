"""A spread sample of a source, for the first pass: cheap, and the same each time."""

from __future__ import annotations

import hashlib
import itertools
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from attribution.corpus.files import open_file
from attribution.corpus.folder import walk
from attribution.corpus.kinds import HEAD, sniff
from attribution.corpus.mbox import MboxSplitter, find_divider, head_bytes
from attribution.corpus.places import Place, shown_path
from attribution.corpus.reader import Reader, message_of, stat_given
from attribution.corpus.streams import Unreadable
from attribution.models import RawMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.corpus.files import SourceFile
    from attribution.corpus.mbox import Entry
    from attribution.limits import Limits
    from attribution.models import Problem

__all__ = ["sample"]

Item = TypeVar("Item")

_WHOLE = 16 * 1024 * 1024
"""An mbox up to this size is read whole: its messages are then spread exactly."""
_PIECE = 64 * 1024
_FARTHEST = 1024 * 1024
"""Bytes after a position in which the start of a message is looked for."""
_ITEMS = 8
"""Items that are looked at for each message that is wanted."""


class _Spread(Generic[Item]):
    """Keeps at most twice `count` items of a sequence of unknown length, evenly spaced."""

    def __init__(self, count: int) -> None:
        self._count = max(1, count)
        self._step = 1
        self._seen = 0
        self._kept: list[Item] = []

    def add(self, item: Item) -> None:
        """Take the next item of the sequence into account."""
        if self._seen % self._step == 0:
            self._kept.append(item)
            if len(self._kept) == 2 * self._count:
                self._kept = self._kept[::2]
                self._step *= 2
        self._seen += 1

    def result(self) -> list[Item]:
        """Return `count` items, evenly spaced, or all when there are not so many."""
        kept = self._kept
        if len(kept) <= self._count:
            return kept
        return [kept[index * len(kept) // self._count] for index in range(self._count)]


def sample(path: str, limits: Limits, count: int) -> list[RawMessage]:
    """Return messages from all over a source, in its order.

    Of a folder, files that are evenly spaced in its order; of an mbox, the messages at evenly spaced
    positions; of a compressed stream or an archive, which can only be read from the start, the first ones.

    Args:
        path: A file or folder, or `-`, which gives none: standard input can be read but once.
        limits: As for `read`.
        count: Messages that are wanted; fewer where there are not so many.

    Returns:
        Messages as `read` gives them, but that `data` holds no more than 64 KiB, for the header.

    Raises:
        InputNotFoundError: The path does not exist.
    """
    if path == "-" or count < 1:
        return []
    stat_given(path)
    raw, place = os.fsencode(path), Place(shown_path(path))
    if not Path(path).is_dir():
        return _sample_file(raw, place, limits, count, follow=True)
    files: _Spread[tuple[bytes, bytes]] = _Spread(count)
    for node in walk(raw):
        if node.status == "ok":
            files.add((node.path, node.member))
    chosen = files.result()
    sizes = [_size(file_path) for file_path, _ in chosen]
    total = max(1, sum(sizes))
    found: _Spread[RawMessage] = _Spread(count)
    for (file_path, member), size in zip(chosen, sizes, strict=True):
        # A large mbox among small files holds most of the messages, and so it gives most of the sample.
        share = max(1, -(-count * size // total))
        for message in _sample_file(file_path, place.within(member), limits, share, follow=False):
            found.add(message)
    return found.result()


def _size(path: bytes) -> int:
    try:
        return os.stat(path, follow_symlinks=False).st_size  # noqa: PTH116 (names are bytes here)
    except OSError:
        return 0


def _sample_file(path: bytes, place: Place, limits: Limits, count: int, *, follow: bool) -> list[RawMessage]:
    try:
        file = open_file(path, follow=follow)
    except Unreadable:
        return []
    try:
        kind = sniff(file.pread(HEAD, 0))
        if kind.name == "mbox" and file.size > _WHOLE:
            return [_headed(item, limits) for item in _at_positions(file, place, limits, count)]
    except Unreadable:
        return []
    finally:
        file.close()
    items: Iterator[RawMessage | Problem] = Reader(limits).file(path, place, b"", follow=follow)
    if kind.name != "mbox":
        first = (item for item in itertools.islice(items, _ITEMS * count) if isinstance(item, RawMessage))
        return [_headed(message, limits) for message in itertools.islice(first, count)]
    spread: _Spread[RawMessage] = _Spread(count)
    for item in items:
        if isinstance(item, RawMessage):
            spread.add(_headed(item, limits))
    return spread.result()


def _at_positions(file: SourceFile, place: Place, limits: Limits, count: int) -> Iterator[RawMessage]:
    """Give the messages of a large mbox that begin next after evenly spaced positions."""
    behind = 0
    for number in range(count):
        position = max(file.size * number // count, behind)
        start = _next_message(file, position) if position else 0
        if start is None:
            continue
        entry = _first_entry(file, start, limits)
        if entry is not None and entry.length:
            # The last byte is looked at again: with it begins what tells that the next line is empty.
            behind = entry.offset + entry.length - 1
            yield message_of(entry, place)


def _first_entry(file: SourceFile, start: int, limits: Limits) -> Entry | None:
    """Return the message that begins here; None where it is larger than the limit, and its end not worth the way."""
    splitter = MboxSplitter(limits, offset=start, lead=0 if start else _lead(file))
    at = start
    while at - start <= limits.message_bytes + _PIECE:
        piece = file.pread(_PIECE, at)
        if not piece:
            return next(splitter.finish(), None)
        at += len(piece)
        entry = next(splitter.feed(piece), None)
        if entry is not None:
            return entry
    return None


def _next_message(file: SourceFile, position: int) -> int | None:
    """Return where the next `From ` line that divides begins, None when there is none near."""
    for size in (_PIECE, _FARTHEST):
        found = find_divider(file.pread(size, position), ended=position + size >= file.size)
        if found >= 0:
            return position + found
    return None


def _lead(file: SourceFile) -> int:
    return sniff(file.pread(HEAD, 0)).lead


def _headed(message: RawMessage, limits: Limits) -> RawMessage:
    """Return a message without the bulk of its body."""
    most = min(_PIECE, head_bytes(limits))
    if len(message.data) <= most:
        return message
    return replace(message, data=message.data[:most], sha256=hashlib.sha256(message.data).hexdigest())
