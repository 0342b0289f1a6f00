"""Decisions that cannot hold at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from attribution.decisions.model import Decision

__all__ = ["find_contradiction", "listed"]


def find_contradiction(entries: Sequence[Decision]) -> tuple[Decision, tuple[Decision, ...]] | None:
    """Return the first decision that keeps apart what others hold together, and those others; None if none does.

    Args:
        entries: All decisions; those that were withdrawn do not count.
    """
    holding = [entry for entry in entries if entry.withdrawn_by is None]
    kept_apart = [entry for entry in holding if entry.action == "apart"]
    joining = [entry for entry in holding if entry.action == "together"]
    if not kept_apart or not joining:
        return None
    # Imported here: who only reads or lists a log without both kinds need not wait for it.
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    starts = np.array([entry.ids[0] for entry in joining for _ in entry.ids[1:]], np.int64)
    ends = np.array([key for entry in joining for key in entry.ids[1:]], np.int64)
    pairs = np.array([entry.ids for entry in kept_apart], np.int64)
    keys, places = np.unique(np.concatenate([starts, ends, pairs.ravel()]), return_inverse=True)
    a, b = places[: len(starts)], places[len(starts) : 2 * len(starts)]
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(len(keys), len(keys))).tocsr()
    _, labels = connected_components(graph, directed=False)
    apart = places[2 * len(starts) :].reshape(-1, 2)
    clashes = np.flatnonzero(labels[apart[:, 0]] == labels[apart[:, 1]])
    if not len(clashes):
        return None
    first = int(clashes[0])
    way = {tuple(sorted(map(int, step))) for step in _way(graph, int(apart[first, 0]), int(apart[first, 1]))}
    numbers = np.repeat(np.arange(len(joining)), [len(entry.ids) - 1 for entry in joining])
    by_step = {
        tuple(sorted((int(x), int(y)))): int(number)
        for x, y, number in zip(a[::-1], b[::-1], numbers[::-1], strict=True)
    }
    return kept_apart[first], tuple(joining[number] for number in sorted({by_step[step] for step in way}))


def _way(graph: object, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Give the steps of a shortest way between two messages that are held together."""
    from scipy.sparse.csgraph import breadth_first_order

    before: NDArray[np.int32] = breadth_first_order(graph, start, directed=False)[1]
    while end != start:
        yield end, int(before[end])
        end = int(before[end])


def listed(entries: Sequence[Decision]) -> str:
    """Return decisions by number and time, with the verb that follows them.

    Args:
        entries: At least one.
    """
    return f"{' and '.join(map(str, entries))} {'holds' if len(entries) == 1 else 'hold'}"
