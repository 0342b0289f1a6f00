"""A spread sample of all sources, for the first pass: each message counts alike, and the work is bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.corpus.candidates import candidates
from attribution.corpus.shares import is_drawn, share_out
from attribution.corpus.stock import Sampled, bytes_to_read, draw, kind_of, survey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.corpus.stock import Stock
    from attribution.limits import Limits

__all__ = ["Sampled", "sample"]

_FILES = 4
"""Files that are looked at for each message that is wanted, at least, where there are so many."""
_BYTES = 128 * 1024 * 1024
"""Bytes, expanded ones of containers, that are read to count messages, and again to draw them."""
_ROUNDS = 3
"""How often what a file did not give is asked of the others."""


def sample(paths: Sequence[str], limits: Limits, count: int) -> list[Sampled]:
    """Return messages from all over the sources, whatever the order in which they are named.

    Each file gives as many as its share of all messages; what does not look like mail or a container of it has none,
    and what a file cannot give is asked of the others. Up to 128 MiB of mail, expanded, are counted exactly. Of more,
    the files share that evenly: of a large mbox the messages at evenly spaced positions are taken, of a compressed
    stream or an archive, which can only be read from the start, those in its first part.

    Args:
        paths: Files and folders; `-` gives none: standard input can be read but once.
        limits: As for `read`.
        count: Messages that are wanted; fewer where there are not so many.

    Returns:
        The beginnings of messages, by the paths of their files and their order in those.

    Raises:
        InputNotFoundError: A path does not exist.
    """
    files = [(file, kind_of(file)) for file in candidates([path for path in paths if path != "-"], _FILES * count)]
    mail = [(file, kind) for file, kind in files if kind is not None]
    needs = [bytes_to_read(file, kind, limits) for file, kind in mail]
    budgets = share_out(_BYTES, [1] * len(mail), needs)
    stocks = [survey(file, kind, budget, limits) for (file, kind), budget in zip(mail, budgets, strict=True)]
    return _drawn([stock for stock in stocks if stock.most and stock.messages], limits, count)


def _drawn(stocks: list[Stock], limits: Limits, count: int) -> list[Sampled]:
    """Draw from each file its share, and from the others what some of them did not give."""
    weights = [stock.messages * stock.candidate.stands_for for stock in stocks]
    most = [stock.most for stock in stocks]
    found: list[list[Sampled]] = [[] for _ in stocks]
    for _ in range(_ROUNDS):
        shares = share_out(count, weights, most)
        for index, (stock, share) in enumerate(zip(stocks, shares, strict=True)):
            if share > len(found[index]):
                found[index] = draw(stock, share, limits)
                if len(found[index]) < share:
                    most[index] = len(found[index])
        if sum(map(len, found)) >= min(count, sum(most)):
            break
    everything = [message for messages in found for message in messages]
    total = max(1, len(everything))
    return [each for number, each in enumerate(everything) if is_drawn(number, min(count, total), total)]
