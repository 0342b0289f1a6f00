from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.campaigns.families import FIELDS, KEYS
from attribution.campaigns.groups import Groups
from attribution.campaigns.stability import STABILITY, stability

SIZE = 10
Made = tuple[int, list[list[int]]]
NUMBERS = [KEYS.index(key) for key in (("C",), ("S", "T"), ("S", "I"), ("U", "S", "T"), ("M", "T"), ("L", "S"))]
PART = st.lists(st.integers(0, SIZE - 1), min_size=2, max_size=4, unique=True).map(sorted)
ACCEPTED = st.lists(st.tuples(st.sampled_from(NUMBERS), st.lists(PART, min_size=1, max_size=3)), max_size=5)
PAIR = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1))


def groups(parts: list[list[int]]) -> Groups:
    starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    return Groups(np.array([row for part in parts for row in part], np.int32), starts)


def families(number: int) -> set[str]:
    return {FIELDS[code].family for code in KEYS[number]}


def measured(
    label: list[int], accepted: list[Made], together: list[tuple[int, int]] | None = None
) -> dict[tuple[int, str], float]:
    found = stability(
        np.array(label, np.int32),
        np.arange(0, 7 * len(label), 7, dtype=np.int64),
        [(number, groups(parts)) for number, parts in accepted],
        together or [],
    )
    assert found.schema == STABILITY
    assert found.to_pylist() == sorted(found.to_pylist(), key=lambda row: (row["campaign"], row["family"]))
    return {(row["campaign"] // 7, row["family"]): row["remains"] for row in found.to_pylist()}


def by_hand(label: list[int], accepted: list[Made], together: list[tuple[int, int]]) -> dict[tuple[int, str], float]:
    """Leave out one family after the other, one pair of carriers at a time."""
    found: dict[tuple[int, str], float] = {}
    for campaign in {one for one in label if label.count(one) > 1}:
        members = [row for row, one in enumerate(label) if one == campaign]
        links = [
            (number, pair)
            for number, parts in accepted
            for part in parts
            for pair in combinations([row for row in part if label[row] == campaign], 2)
        ]
        for family in set().union(*(families(number) for number, _ in links)):
            graph: nx.Graph[int] = nx.Graph()
            graph.add_nodes_from(members)
            graph.add_edges_from(pair for number, pair in links if family not in families(number))
            graph.add_edges_from((a, b) for a, b in together if label[a] == campaign)
            found[campaign, family] = max(map(len, nx.connected_components(graph))) / len(members)
    return found


def joined(accepted: list[Made], together: list[tuple[int, int]]) -> list[int]:
    graph: nx.Graph[int] = nx.empty_graph(SIZE)
    graph.add_edges_from(pair for _, parts in accepted for part in parts for pair in combinations(part, 2))
    graph.add_edges_from(together)
    label = list(range(SIZE))
    for members in nx.connected_components(graph):
        for member in members:
            label[member] = min(members)
    return label


def test_what_one_reason_holds_another_may_hold_too() -> None:
    contact, subject = NUMBERS[0], NUMBERS[1]
    label = [0, 0, 0, 0, 0, 5, 6, 7, 8, 9]
    assert measured(label, [(contact, [[0, 1, 2]]), (subject, [[1, 2, 3, 4]])]) == {
        (0, "contact"): 0.8,
        (0, "subject"): 0.6,
        (0, "engine"): 0.6,
    }
    assert measured(label, [(contact, [[0, 1, 2, 3, 4]]), (subject, [[0, 1, 2, 3, 4]])]) == {
        (0, "contact"): 1.0,
        (0, "subject"): 1.0,
        (0, "engine"): 1.0,
    }


def test_what_an_analyst_joined_holds_whatever_is_left_out() -> None:
    label = [0, 0, 0, 3, 3, 5, 6, 7, 8, 9]
    assert measured(label, [(NUMBERS[0], [[1, 2]])], [(0, 1), (3, 4)]) == {(0, "contact"): 2 / 3}


def test_nothing_accepted_is_nothing_measured() -> None:
    assert measured(list(range(SIZE)), []) == {}
    assert measured([0] * SIZE, [], [(0, 1)]) == {}


@settings(max_examples=200, deadline=None)
@given(ACCEPTED, st.lists(PAIR, max_size=3))
def test_figures_are_those_that_networkx_finds(accepted: list[Made], together: list[tuple[int, int]]) -> None:
    label = joined(accepted, together)
    assert measured(label, accepted, together) == pytest.approx(by_hand(label, accepted, together))


@settings(max_examples=200, deadline=None)
@given(ACCEPTED, st.lists(st.integers(0, 3), min_size=SIZE, max_size=SIZE))
def test_a_group_that_a_cut_divides_holds_each_part(accepted: list[Made], parts: list[int]) -> None:
    label = [parts.index(part) for part in parts]
    assert measured(label, accepted) == pytest.approx(by_hand(label, accepted, []))
