from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from attribution.campaigns.forest import Links, components, strongest

CLUSTERS = 12
EDGES = st.lists(
    st.tuples(st.integers(0, 10), st.integers(1, 11), st.integers(0, 5), st.integers(1, 40)).map(
        lambda edge: (min(edge[0], edge[1] - 1), edge[1], edge[2], edge[3])
    ),
    max_size=40,
)


def links(edges: list[tuple[int, int, int, int]]) -> Links:
    table = np.array(edges, dtype=np.int32).reshape(-1, 4)
    left, right, key, weight = table.T
    return Links(left, right, left, right, key, key, weight.astype(np.float32))


def as_set(found: Links) -> set[tuple[int, int, int, float]]:
    return set(zip(found.left.tolist(), found.right.tolist(), found.key.tolist(), found.weight.tolist(), strict=True))


@given(EDGES)
def test_the_forest_has_the_weight_that_networkx_finds(edges: list[tuple[int, int, int, int]]) -> None:
    graph: nx.Graph[int] = nx.Graph()
    for left, right, _, weight in sorted(edges, key=lambda edge: edge[3]):
        graph.add_edge(left, right, weight=weight)
    found = strongest(links(edges), CLUSTERS)
    assert found.weight.sum() == sum(data["weight"] for _, _, data in nx.maximum_spanning_edges(graph, data=True))
    assert len(found) == graph.number_of_nodes() - nx.number_connected_components(graph)


@given(EDGES)
def test_the_forest_does_not_depend_on_the_order_of_links(edges: list[tuple[int, int, int, int]]) -> None:
    assert as_set(strongest(links(edges), CLUSTERS)) == as_set(strongest(links(edges[::-1]), CLUSTERS))


@given(EDGES, EDGES)
def test_the_forest_of_forests_is_the_forest(
    one: list[tuple[int, int, int, int]], other: list[tuple[int, int, int, int]]
) -> None:
    parts = Links.join([strongest(links(one), CLUSTERS), strongest(links(other), CLUSTERS)])
    assert as_set(strongest(parts, CLUSTERS)) == as_set(strongest(links(one + other), CLUSTERS))


@given(EDGES)
def test_components_are_named_by_their_least_member(edges: list[tuple[int, int, int, int]]) -> None:
    graph: nx.Graph[int] = nx.empty_graph(CLUSTERS)
    graph.add_edges_from((left, right) for left, right, _, _ in edges)
    label = components(links(edges), CLUSTERS)
    for members in nx.connected_components(graph):
        assert {int(label[member]) for member in members} == {min(members)}
