"""How many messages a file holds, told from a bounded part of it, and evenly spaced ones drawn from it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from attribution.corpus.budget import Budget
from attribution.corpus.files import open_file
from attribution.corpus.kinds import HEAD, sniff
from attribution.corpus.mbox import MboxSplitter, dividers, find_divider, head_bytes
from attribution.corpus.postmark import WINDOW
from attribution.corpus.reader import Reader
from attribution.corpus.shares import is_drawn
from attribution.corpus.streams import Metered, Unreadable
from attribution.models import RawMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.corpus.candidates import Candidate
    from attribution.corpus.files import SourceFile
    from attribution.corpus.kinds import Kind
    from attribution.limits import Limits

__all__ = ["PIECE", "Sampled", "Stock", "bytes_to_read", "draw", "kind_of", "survey"]

PIECE = 64 * 1024
"""Bytes of a message that are kept, and of an mbox that are read at one position."""
_FARTHEST = 1024 * 1024
"""Bytes after a position in which the start of a message is looked for."""
_SNIFFED = 4 * 1024
_ITEMS = 50_000
"""Items of one container that are passed."""
_ANY = 1 << 40
_SINGLE = frozenset({"message", "emlx"})


class Sampled(NamedTuple):
    """The beginning of one message.

    Attributes:
        source, member, offset: Its place, as in `RawMessage`.
        data: At most 64 KiB, for the header.
    """

    source: str
    member: str | None
    offset: int
    data: bytes


class Stock(NamedTuple):
    """What a file is thought to hold.

    Attributes:
        candidate: The file.
        kind: Its kind.
        budget: Bytes of it, expanded ones if it is a container, that may be read at once.
        messages: Messages in it, counted or estimated.
        most: Messages that can be drawn; larger than can be where that is not known.
    """

    candidate: Candidate
    kind: Kind
    budget: int
    messages: int
    most: int

    @property
    def at_positions(self) -> bool:
        """It is an mbox too large to be read whole: messages are drawn at positions."""
        return self.kind.name == "mbox" and self.candidate.size > self.budget


def kind_of(candidate: Candidate) -> Kind | None:
    """Return what a file is by its first bytes; None where it cannot hold mail or cannot be read."""
    try:
        file = _open(candidate)
    except Unreadable:
        return None
    try:
        kind = sniff(file.pread(_SNIFFED, 0))
        if kind.name == "other" and file.size > _SNIFFED:
            kind = sniff(file.pread(HEAD, 0))
    except Unreadable:
        return None
    finally:
        file.close()
    return None if kind.name == "other" else kind


def bytes_to_read(candidate: Candidate, kind: Kind, limits: Limits) -> int:
    """Return how many bytes a survey of all of a file may read, expanded ones included, by its kind and size."""
    if kind.name in _SINGLE:
        return 0
    return candidate.size if kind.name in {"mbox", "tar"} else candidate.size * limits.expansion_ratio


def survey(candidate: Candidate, kind: Kind, budget: int, limits: Limits) -> Stock:
    """Count or estimate the messages of a file.

    Args:
        candidate: The file.
        kind: Its kind.
        budget: Bytes that may be read.
        limits: As for `read`.
    """
    stock = Stock(candidate, kind, max(PIECE, budget), 1, 1)
    if kind.name in _SINGLE:
        return stock
    if stock.at_positions:
        return stock._replace(messages=_estimate(stock), most=_ANY)
    count, read, ended = 0, 0, True
    for item, read, ended in _contents(stock, limits):  # noqa: B007 - the last ones tell how far it came
        count += item is not None
    messages = count if ended else max(count, count * candidate.size // max(1, read))
    return stock._replace(messages=messages, most=count)


def draw(stock: Stock, share: int, limits: Limits) -> list[Sampled]:
    """Return messages that are evenly spaced in a file, in its order.

    Args:
        stock: The file.
        share: Messages that are wanted, at most `stock.most`; there may be fewer.
        limits: As for `read`.
    """
    keep = min(PIECE, head_bytes(limits))
    if stock.kind.name in _SINGLE or stock.at_positions:
        try:
            file = _open(stock.candidate)
        except Unreadable:
            return []
        try:
            if stock.at_positions:
                return list(_at_positions(file, stock, limits, share, keep))
            place, lead = stock.candidate.place, stock.kind.lead
            return [Sampled(place.source, place.member, lead, file.pread(keep, lead))]
        except Unreadable:
            return []
        finally:
            file.close()
    messages = (item for item, _, _ in _contents(stock, limits) if item is not None)
    return [
        Sampled(message.source, message.member, message.offset, message.data[:keep])
        for number, message in enumerate(messages)
        if is_drawn(number, share, stock.most)
    ]


def _open(candidate: Candidate) -> SourceFile:
    return open_file(candidate.path, follow=not candidate.member)


def _contents(stock: Stock, limits: Limits) -> Iterator[tuple[RawMessage | None, int, bool]]:
    """Give what a file holds, as far as its budget reaches.

    Yields:
        A message, or None for a problem; bytes of the file that were read up to here; and False where the budget
        or the number of items ends the reading before the file does.
    """
    try:
        file = _open(stock.candidate)
    except Unreadable:
        return
    metered = Metered(file, stock.budget)
    expanded = Budget(replace(limits, expanded_bytes=stock.budget, ratio_floor_bytes=stock.budget))
    items = Reader(limits).content(metered, stock.candidate.place, expanded)
    try:
        for number, item in enumerate(items, start=1):
            if isinstance(item, RawMessage):
                yield item, metered.taken, number < _ITEMS
            else:
                yield None, metered.taken, number < _ITEMS and item.status != "too-large"
            if number == _ITEMS:
                return
    finally:
        file.close()


def _estimate(stock: Stock) -> int:
    """Estimate the messages of a large mbox by how often one begins in evenly spaced pieces."""
    try:
        file = _open(stock.candidate)
    except Unreadable:
        return 0
    pieces = stock.budget // PIECE
    found, seen = 0, 0
    try:
        for number in range(pieces):
            piece = file.pread(PIECE, file.size * number // pieces)
            found += sum(1 for _ in dividers(piece, ended=False))
            seen += max(1, len(piece) - WINDOW)
    except Unreadable:
        return 0
    finally:
        file.close()
    return 1 + found * file.size // max(1, seen)


def _at_positions(file: SourceFile, stock: Stock, limits: Limits, share: int, keep: int) -> Iterator[Sampled]:
    """Give the messages of a large mbox that begin next after evenly spaced positions."""
    place, behind = stock.candidate.place, 0
    for number in range(share):
        position = max(file.size * number // share, behind)
        start = _next_message(file, position) if position else 0
        if start is None:
            continue
        piece = file.pread(PIECE + WINDOW, start)
        # The end of a long message is not looked for: what was read of it is taken for the whole.
        splitter = MboxSplitter(limits, offset=start, lead=0 if start else stock.kind.lead)
        entry = next(splitter.feed(piece), None) or next(splitter.finish(), None)
        if entry is None:
            continue
        behind = entry.offset
        if entry.length:
            yield Sampled(place.source, place.member, entry.offset, entry.data[:keep])


def _next_message(file: SourceFile, position: int) -> int | None:
    """Return where the next `From ` line that divides begins, None when there is none near."""
    for size in (PIECE, _FARTHEST):
        found = find_divider(file.pread(size, position), ended=position + size >= file.size)
        if found >= 0:
            return position + found
    return None
