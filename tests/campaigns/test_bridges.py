from __future__ import annotations

import time

import networkx as nx
import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.campaigns.bridges import BRIDGES, hanging, weakest_bridges
from attribution.campaigns.reasons import EDGES, JOINS, Clustering
from attribution.campaigns.stability import STABILITY
from attribution.tables import LEADS

Edge = tuple[int, int, int]
Bridge = tuple[int, int, int, float]


def clustering(edges: list[Edge], joins: list[tuple[int, float | None]]) -> Clustering:
    """Make a forest: edges of two messages and a reason; reasons of a campaign and their expected matches."""
    rows = [
        {"join": number, "campaign": campaign, "expected": expected}
        for number, (campaign, expected) in enumerate(joins)
    ]
    return Clustering(
        labels=pa.nulls(0, pa.int64()),
        edges=pa.Table.from_pylist([dict(zip(EDGES.names, edge, strict=True)) for edge in edges], EDGES),
        joins=pa.Table.from_pylist(rows, JOINS),
        epsilon=0.01,
        leads=LEADS.empty_table(),
        stability=STABILITY.empty_table(),
    )


def bridges(edges: list[Edge], joins: list[tuple[int, float | None]]) -> list[Bridge]:
    found = weakest_bridges(clustering(edges, joins))
    assert found.schema == BRIDGES
    return [tuple(row.values()) for row in found.to_pylist()]


def by_hand(edges: list[Edge], joins: list[tuple[int, float | None]]) -> list[Bridge]:
    """Take out one link after the other."""
    graph: nx.Graph[int] = nx.Graph((a, b) for a, b, _ in edges)
    best: dict[int, tuple[float, int, int]] = {}
    for a, b, join in edges:
        campaign, expected = joins[join]
        size = len(nx.node_connected_component(graph, a))
        without = graph.copy()
        without.remove_edge(a, b)
        side = len(nx.node_connected_component(without, a))
        lesser = min(side, size - side)
        if expected is None or lesser < 2 or lesser < size / 20:
            continue
        best[campaign] = min(best.get(campaign, (1.0, 0, 0)), (-expected, -lesser, join))
    return [(campaign, join, -lesser, -expected) for campaign, (expected, lesser, join) in sorted(best.items())]


def test_the_weakest_link_between_two_parts_is_the_bridge() -> None:
    star = [(0, n, 0) for n in range(1, 6)]
    other = [(10, n, 2) for n in range(11, 14)]
    assert bridges([*star, (3, 12, 1), *other], [(0, 1e-9), (0, 0.004), (0, 1e-5)]) == [(0, 1, 4, 0.004)]


def test_what_hangs_on_a_link_is_its_smaller_side() -> None:
    lesser, sizes = hanging(clustering([(0, 1, 0), (1, 2, 0), (2, 3, 0), (8, 9, 0)], [(0, 1e-9)]))
    assert lesser.tolist() == [1, 2, 1, 1]
    assert sizes.tolist() == [4, 4, 4, 2]
    assert hanging(clustering([], []))[0].tolist() == []


def test_a_star_has_no_bridge() -> None:
    assert bridges([(0, n, 0) for n in range(1, 50)], [(0, 0.009)]) == []


def test_a_pair_that_hangs_on_a_large_campaign_is_no_part_of_it() -> None:
    tail = [(0, 100, 1), (100, 101, 0)]
    assert bridges([*((0, n, 0) for n in range(1, 38)), *tail], [(0, 1e-9), (0, 0.004)]) == [(0, 1, 2, 0.004)]
    assert bridges([*((0, n, 0) for n in range(1, 39)), *tail], [(0, 1e-9), (0, 0.004)]) == []


def test_what_a_person_joined_is_no_bridge() -> None:
    assert bridges([(0, 1, 1), (1, 2, 0), (2, 3, 1)], [(0, None), (0, 1e-5)]) == []


def test_of_equally_weak_links_the_one_in_the_middle_is_the_bridge() -> None:
    assert bridges([(n, n + 1, n) for n in range(7)], [(0, 0.001)] * 7) == [(0, 3, 4, 0.001)]


def test_campaigns_come_in_order_and_one_without_bridge_is_left_out() -> None:
    edges = [(50, 51, 0), (51, 52, 0), (52, 53, 0), (7, 8, 1), (8, 9, 1), (9, 10, 1), (90, 91, 2)]
    assert bridges(edges, [(50, 0.002), (7, 0.001), (90, 0.003)]) == [(7, 1, 2, 0.001), (50, 0, 2, 0.002)]


def test_no_campaigns_have_no_bridges() -> None:
    assert bridges([], []) == []


@st.composite
def forests(draw: st.DrawFn) -> tuple[list[Edge], list[tuple[int, float | None]]]:
    """Draw some trees of messages whose keys are in no order, each link with a reason of its tree."""
    count = draw(st.integers(2, 30))
    keys = draw(st.permutations([1_000 + 3 * n for n in range(count)]))
    parents = [draw(st.integers(-1, n - 1)) for n in range(count)]
    root = list(range(count))
    for node, parent in enumerate(parents):
        root[node] = node if parent < 0 else root[parent]
    joins: list[tuple[int, float | None]] = []
    edges: list[Edge] = []
    expected = st.one_of(st.none(), st.sampled_from([1e-9, 1e-4, 0.001, 0.009]))
    for node, parent in enumerate(parents):
        if parent >= 0:
            edges.append((keys[node], keys[parent], len(joins)))
            joins.append((keys[root[node]], draw(expected)))
    return draw(st.permutations(edges)), joins


@settings(max_examples=200, deadline=None)
@given(forests())
def test_bridges_are_those_that_networkx_finds(made: tuple[list[Edge], list[tuple[int, float | None]]]) -> None:
    edges, joins = made
    assert bridges(edges, joins) == by_hand(edges, joins)


def test_a_chain_of_many_messages_takes_no_more_time_than_its_length() -> None:
    count = 30_000
    order = np.random.default_rng(1).permutation(count).tolist()
    start = time.perf_counter()
    found = bridges([(order[n], order[n + 1], 0) for n in range(count - 1)], [(0, 0.001)])
    assert found == [(0, 0, count // 2, 0.001)]
    assert time.perf_counter() - start < 10
