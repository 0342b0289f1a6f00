"""Hosts that are told apart by whose servers they are and where: two such hosts cannot be one.

One server may have addresses in several networks, and one network's machine may bear the names of several
organisations that rent it. So two addresses are surely those of two hosts where neither the organisation nor the
network is the same. One host accounts for addresses that pairwise have one of the two in common: in a graph of
organisations and networks, with an edge for each address, for the edges at one node. Fewest nodes that touch all edges
are as many as the largest matching has edges (König, "Graphen und Matrizen", 1931).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_bipartite_matching

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["fewest_hosts"]


def fewest_hosts(owner: NDArray[np.int64], network: NDArray[np.int64]) -> int:
    """Return the smallest number of hosts that can stand behind servers' addresses.

    Args:
        owner: Of each address: number of the organisation whose server it is, any integers.
        network: Of each address: number of its network, likewise.
    """
    if not len(owner):
        return 0
    owners, row = np.unique(owner, return_inverse=True)
    networks, column = np.unique(network, return_inverse=True)
    edges = coo_array((np.ones(len(row), np.int8), (row, column)), shape=(len(owners), len(networks)))
    return int((maximum_bipartite_matching(edges.tocsr(), perm_type="column") >= 0).sum())
