"""The shortest way from one message of a campaign to another, over what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["LinkGraph"]


class LinkGraph:
    """The links of one campaign as a graph of messages and evidence: a link joins its two messages to its evidence.

    Nothing depends on the order of the links.
    """

    def __init__(self, links: pa.Table) -> None:
        """Take the links.

        Args:
            links: Those of one campaign, at least one, as `tables.LINKS`.
        """
        self._a, self._b, self._evidence = (links[name].to_numpy() for name in ("message_a", "message_b", "evidence"))
        # One sort gives the keys and the place of each end among them; a search for each end would cost more.
        self._messages, self._ends = np.unique(np.concatenate([self._a, self._b]), return_inverse=True)
        self._numbers, self._codes = np.unique(self._evidence, return_inverse=True)

    def core(self) -> int:
        """Return the message with most links, of equals the one of least key."""
        return int(self._messages[np.argmax(np.bincount(self._ends))])

    def evidence_of(self, message: int) -> list[int]:
        """Return the evidence of each link of a message."""
        found: list[int] = self._evidence[(self._a == message) | (self._b == message)].tolist()
        return found

    def path(self, start: int, end: int) -> tuple[int, ...]:
        """Return the shortest way between two messages, messages and evidence by turns; empty where there is none."""
        count = len(self._messages)
        size = count + len(self._numbers)
        carried = np.concatenate([self._codes, self._codes]) + count
        # Rows and columns in order: which of several shortest ways is taken depends on keys alone.
        graph = csr_array((np.ones(len(carried)), (self._ends, carried)), shape=(size, size))
        graph.sum_duplicates()
        first, last = np.searchsorted(self._messages, [start, end]).tolist()
        _, before = breadth_first_order(graph, first, directed=False)
        nodes = [last]
        while nodes[-1] != first:
            if before[nodes[-1]] < 0:
                return ()
            nodes.append(int(before[nodes[-1]]))
        return tuple(int(self._messages[n] if n < count else self._numbers[n - count]) for n in reversed(nodes))
