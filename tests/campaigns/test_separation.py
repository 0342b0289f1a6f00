from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from attribution.campaigns.forest import Links, components, strongest
from attribution.campaigns.separation import separated
from tests.campaigns.test_forest import links

SIZE = 12
CHAIN = [(0, 1, 1, 9), (1, 2, 2, 3), (2, 3, 3, 7), (5, 6, 4, 1)]
EACH = np.arange(SIZE, dtype=np.int32)

EDGES = st.lists(
    st.tuples(st.integers(0, 10), st.integers(1, 11), st.integers(0, 5), st.integers(1, 8)).map(
        lambda edge: (min(edge[0], edge[1] - 1), edge[1], edge[2], edge[3])
    ),
    max_size=30,
)
PAIRS = st.lists(
    st.tuples(st.integers(-1, 11), st.integers(-1, 11)).map(lambda p: (-1, -1) if min(p) < 0 else p), max_size=6
)


def kept(found: Links) -> list[tuple[int, int]]:
    return list(zip(found.left.tolist(), found.right.tolist(), strict=True))


def test_the_weakest_link_on_the_way_is_left_out() -> None:
    assert kept(separated(links(CHAIN), EACH, [(0, 3)])) == [(0, 1), (2, 3), (5, 6)]
    assert kept(separated(links(CHAIN), EACH, [(3, 0)])) == [(0, 1), (2, 3), (5, 6)]
    assert kept(separated(links(CHAIN), EACH, [(2, 3)])) == [(0, 1), (1, 2), (5, 6)]


def test_of_equally_weak_links_the_last_in_order_is_left_out() -> None:
    chain = [(0, 1, 1, 3), (1, 2, 2, 3), (2, 3, 3, 3)]
    assert kept(separated(links(chain), EACH, [(0, 3)])) == [(0, 1), (1, 2)]
    assert kept(separated(links(chain), EACH, [(3, 0)])) == [(0, 1), (1, 2)]


def test_a_pair_that_another_pair_has_divided_costs_no_link() -> None:
    assert kept(separated(links(CHAIN), EACH, [(0, 3), (1, 2), (1, 3), (0, 2)])) == [(0, 1), (2, 3), (5, 6)]


def test_pairs_of_one_cluster_of_strangers_and_of_nobody_are_passed_over() -> None:
    label = EACH.copy()
    label[3] = 0
    chain = [(0, 1, 1, 9), (1, 2, 2, 3)]
    assert kept(separated(links(chain), label, [(0, 3), (-1, -1), (0, 5), (4, 4)])) == [(0, 1), (1, 2)]


def test_rows_stand_for_their_clusters() -> None:
    label = EACH.copy()
    label[10] = 2
    assert kept(separated(links(CHAIN), label, [(0, 10)])) == [(0, 1), (2, 3), (5, 6)]


def test_no_links_and_no_pairs_are_left_as_they_are() -> None:
    assert len(separated(Links.none(), EACH, [(0, 1)])) == 0
    assert kept(separated(links(CHAIN), EACH, [])) == [(0, 1), (1, 2), (2, 3), (5, 6)]


@given(EDGES, PAIRS)
def test_no_pair_is_left_together_and_no_link_is_lost_for_nothing(
    edges: list[tuple[int, int, int, int]], pairs: list[tuple[int, int]]
) -> None:
    forest = strongest(links(edges), SIZE)
    found = separated(forest, EACH, pairs)
    label = components(found, SIZE)
    assert all(label[a] != label[b] for a, b in pairs if a >= 0 and a != b)
    assert set(kept(found)) <= set(kept(forest))
    assert len(forest) - len(found) <= len({frozenset(pair) for pair in pairs})


@given(EDGES, st.tuples(st.integers(0, 11), st.integers(0, 11)))
def test_what_is_left_out_is_the_weakest_link_that_networkx_finds(
    edges: list[tuple[int, int, int, int]], pair: tuple[int, int]
) -> None:
    forest = strongest(links(edges), SIZE)
    graph: nx.Graph[int] = nx.empty_graph(SIZE)
    for left, right, weight in zip(forest.left.tolist(), forest.right.tolist(), forest.weight.tolist(), strict=True):
        graph.add_edge(left, right, weight=weight)
    lost = set(kept(forest)) - set(kept(separated(forest, EACH, [pair])))
    if pair[0] == pair[1] or not nx.has_path(graph, *pair):
        assert not lost
        return
    way = nx.shortest_path(graph, *pair)
    steps = [(min(step), max(step)) for step in pairwise(way)]
    assert len(lost) == 1
    assert next(iter(lost)) in steps
    assert graph.edges[next(iter(lost))]["weight"] == min(graph.edges[step]["weight"] for step in steps)
