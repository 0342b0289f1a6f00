from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import networkx as nx
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from attribution.campaigns.paths import LinkGraph
from attribution.tables import LINKS

if TYPE_CHECKING:
    from random import Random

Links = list[tuple[int, int, int]]

MESSAGE = st.integers(min_value=2**62, max_value=2**62 + 9)
LINK = st.tuples(MESSAGE, MESSAGE, st.integers(min_value=0, max_value=4))


def graph(found: Links) -> LinkGraph:
    rows = [{"campaign": 1, "message_a": a, "message_b": b, "evidence": number} for a, b, number in found]
    return LinkGraph(pa.Table.from_pylist(rows, LINKS))


def test_links_of_one_evidence_are_one_step() -> None:
    assert graph([(1, 2, 7), (2, 3, 7), (3, 4, 7)]).path(1, 4) == (1, 7, 4)


def test_a_star_of_many_links_of_one_evidence_is_one_step() -> None:
    # 256 links of the same message and evidence: their number must not overflow to none.
    assert graph([(0, n, 7) for n in range(1, 257)]).path(256, 3) == (256, 7, 3)


def test_evidence_and_messages_of_one_number_are_not_mixed_up() -> None:
    assert graph([(1, 2, 2), (2, 3, 1)]).path(1, 3) == (1, 2, 2, 1, 3)


@given(st.lists(LINK, min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_no_way_is_shorter_and_the_order_of_links_decides_nothing(found: Links, random: Random) -> None:
    """Compared with networkx, over the same graph of messages and evidence."""
    expected: nx.Graph[tuple[str, int]] = nx.Graph()
    for a, b, number in found:
        expected.add_edge(("message", a), ("evidence", number))
        expected.add_edge(("message", b), ("evidence", number))
    start, end = found[0][0], found[-1][1]
    path = graph(found).path(start, end)
    if not nx.has_path(expected, ("message", start), ("message", end)):
        assert path == ()
        return
    assert len(path) == nx.shortest_path_length(expected, ("message", start), ("message", end)) + 1
    assert (path[0], path[-1]) == (start, end)
    nodes = [("evidence" if place % 2 else "message", key) for place, key in enumerate(path)]
    assert all(expected.has_edge(*pair) for pair in itertools.pairwise(nodes))
    mixed = list(found)
    random.shuffle(mixed)
    turned = [(b, a, number) for a, b, number in mixed]
    assert graph(turned).path(start, end) == path
    assert graph(turned).core() == graph(found).core()
