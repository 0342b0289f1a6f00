from __future__ import annotations

from collections import defaultdict

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest

from attribution.campaigns import ASSERTED, LEAD, Clustering, find
from attribution.tables import LEADS
from tests.campaigns.labelled_mail import generate
from tests.campaigns.test_contraction import Row, alike, ordinary, table
from tests.campaigns.test_evidence_rows import carries, world

SUBJECT = "discreet replica bargains await"


def groups(traits: pa.Table, found: Clustering) -> dict[int, int]:
    """Give each message the least key of all that campaigns and leads connect it with."""
    graph: nx.Graph[int] = nx.empty_graph(traits["message"].to_pylist())
    graph.add_edges_from(zip(found.edges["a"].to_pylist(), found.edges["b"].to_pylist(), strict=True))
    graph.add_edges_from(zip(found.leads["message_a"].to_pylist(), found.leads["message_b"].to_pylist(), strict=True))
    return {message: min(members) for members in nx.connected_components(graph) for message in members}


def thinned(rows: list[Row], seed: int) -> list[Row]:
    """Take from each message half of what it shows."""
    rng = np.random.default_rng(seed)
    return [{name: value for name, value in row.items() if rng.random() < 0.5} for row in rows]


@pytest.fixture(scope="module", params=["made", "headers"])
def traits(request: pytest.FixtureRequest) -> pa.Table:
    return table(thinned(world(2_000, 5), 1)) if request.param == "made" else generate(4_000, seed=21).traits


@pytest.fixture(scope="module")
def found(traits: pa.Table) -> Clustering:
    return find(traits, epsilon=1e-4, lead=1.0)


def test_leads_connect_campaigns_and_messages_as_they_say(traits: pa.Table, found: Clustering) -> None:
    label = dict(zip(traits["message"].to_pylist(), found.labels.to_pylist(), strict=True))
    connected = groups(traits, found)
    assert found.leads.schema == LEADS
    assert len(found.leads) > 5
    for lead in found.leads.to_pylist():
        assert lead["kind"] == "evidence"
        assert lead["campaign_a"] == label[lead["message_a"]]
        assert lead["campaign_b"] == label[lead["message_b"]]
        assert lead["lead"] == connected[lead["message_a"]] == connected[lead["message_b"]]
        assert lead["campaign_a"] is None or lead["campaign_a"] != lead["campaign_b"]
        assert lead["background"] <= 1.0001
        assert lead["shared"] >= 2
        assert f"{lead['background']:.2g} unrelated matches expected" in lead["reason"]


def test_leads_and_campaigns_are_one_forest_and_nest(traits: pa.Table, found: Clustering) -> None:
    connected = groups(traits, found)
    inside: defaultdict[int, set[int]] = defaultdict(set)
    for message, campaign in zip(traits["message"].to_pylist(), found.labels.to_pylist(), strict=True):
        if campaign is not None:
            inside[campaign].add(connected[message])
    assert {len(of) for of in inside.values()} == {1}
    graph: nx.Graph[int] = nx.Graph()
    for table_, names in ((found.edges, ("a", "b")), (found.leads, ("message_a", "message_b"))):
        graph.add_edges_from(zip(*(table_[name].to_pylist() for name in names), strict=True))
    assert nx.is_forest(graph)
    assert graph.number_of_edges() == len(found.edges) + len(found.leads)


def test_both_messages_of_a_lead_carry_its_values(traits: pa.Table, found: Clustering) -> None:
    by_message = {row["message"]: row for row in traits.to_pylist()}
    for lead in found.leads.to_pylist():
        fields = lead["trait"].split(" + ")
        values = lead["value"].split(" + ")
        if len(fields) == len(values):
            for words, value in zip(fields, values, strict=True):
                assert carries(by_message[lead["message_a"]], words, value)
                assert carries(by_message[lead["message_b"]], words, value)


def test_leads_do_not_change_what_is_asserted(traits: pa.Table, found: Clustering) -> None:
    alone = find(traits, epsilon=1e-4, lead=1e-4)
    assert alone.labels.equals(found.labels)
    assert alone.edges.equals(found.edges)
    assert alone.joins.equals(found.joins)
    assert alone.stability.equals(found.stability)


@pytest.mark.parametrize("lead", [ASSERTED, ASSERTED / 2, 0.0, -1.0])
def test_a_lead_threshold_at_or_below_epsilon_gives_none(lead: float) -> None:
    found = find(table(world(300, 5)), lead=lead)
    assert len(found.leads) == 0
    assert found.leads.schema == LEADS


def test_a_weaker_threshold_of_leads_connects_no_less(traits: pa.Table) -> None:
    less, more = (len(set(groups(traits, find(traits, lead=lead)).values())) for lead in (LEAD, 10.0))
    assert more <= less


def test_no_lead_connects_what_is_cut(traits: pa.Table, found: Clustering) -> None:
    pairs = [(lead["message_a"], lead["message_b"]) for lead in found.leads.to_pylist()[:3]]
    edges = found.edges.to_pylist()
    pairs += [(edges[0]["a"], edges[0]["b"]), (edges[-1]["a"], edges[-1]["b"])]
    cut = find(traits, epsilon=1e-4, lead=1.0, apart=pairs)
    connected = groups(traits, cut)
    assert all(connected[a] != connected[b] for a, b in pairs)
    assert len(cut.leads) > 0


def test_what_is_cut_is_no_lead_though_the_evidence_is_strong() -> None:
    rows = alike(2, subject_template=SUBJECT, engine="botkit")
    traits = table(rows + [ordinary(n) for n in range(2_000)])
    found = find(traits, apart=[(0, 10)])
    assert found.labels.to_pylist()[:2] == [None, None]
    assert len(found.leads) == 0


def test_the_order_of_rows_makes_no_difference_to_leads(traits: pa.Table, found: Clustering) -> None:
    turned = find(traits.take(pa.array(range(len(traits) - 1, -1, -1))), epsilon=1e-4, lead=1.0)
    assert turned.leads.equals(found.leads)


def test_no_traits_have_no_leads() -> None:
    assert len(find(table([{}] * 10)).leads) == 0
    assert len(find(table([])).leads) == 0


def test_values_are_shown_without_control_characters_and_not_too_long() -> None:
    hostile = "\x1b[31m\x00" + "a" * 300_000
    row: Row = {"subject_template": f"{SUBJECT} {hostile}", "engine": hostile}
    found = find(table(alike(2, **row) + [ordinary(n) for n in range(2_000)]), epsilon=1e-20, lead=1.0)
    assert len(found.leads) == 1
    value = found.leads["value"].to_pylist()[0]
    assert value.isprintable()
    assert len(value) < 1_000


def test_a_lead_threshold_without_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="lead"):
        find(generate(1_000, seed=3).traits, lead=float("inf"))
