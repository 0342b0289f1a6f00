from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.campaigns import Clustering, describe, find
from attribution.campaigns.body.sketch import sketch_text
from attribution.campaigns.evidence_rows import evidence_tables, with_evidence
from attribution.campaigns.families import FIELDS
from attribution.tables import CAMPAIGNS, EVIDENCE, LINKS
from tests.campaigns.test_contraction import Row, alike, ordinary, table
from tests.campaigns.test_texts import changed, written

if TYPE_CHECKING:
    from collections.abc import Sequence

START = datetime(2014, 1, 3, tzinfo=UTC)
COLUMNS = {
    "subject template": "subject_template",
    "link domain": "url_domains",
    "link path": "url_shapes",
    "attachment": "attachments",
    "phone number": "phones",
    "signed List-Id": "list_id",
    "List-Id": "list_id",
    "From domain": "from_domain",
    "envelope domain": "envelope_domain",
    "From address": "from_account",
    "engine": "engine",
    "pattern of the unverified Received lines": "trace",
    "HELO shape": "helo_shape",
    "handover address": "address",
    "handover network": "network",
}


def with_text(words: Sequence[str]) -> Row:
    count, sketch = sketch_text(" ".join(words))
    return {"text_start": " ".join(words)[:60], "text_words": count, "text_sketch": sketch}


def world(count: int, seed: int) -> list[Row]:
    """Make campaigns that hang together by every kind of evidence, a crowd, and values that all of them share."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for campaign in range(count // 12):
        text = written(80, 1_000 * seed + campaign)
        for number in range(int(rng.integers(2, 14))):
            links = [f"c{campaign}-{n}.example" for n in rng.integers(0, 3, 2)] + [f"own{len(rows)}.example"]
            rows.append(
                {
                    "time": START + timedelta(hours=int(rng.integers(0, 300))),
                    "answer": bool(rng.random() < 0.1),
                    "subject_template": " ".join(changed(text[:6], float(rng.choice([0, 0, 0.17])), number)),
                    "from_domain": f"sender{rng.integers(0, 300)}.example",
                    "from_account": f"person{rng.integers(0, 90)}@mail.example" if rng.random() < 0.2 else None,
                    "envelope_domain": f"c{campaign % 9}-0.example" if rng.random() < 0.3 else None,
                    "engine": f"kit {campaign % 15}",
                    "helo_shape": f"helo {campaign % 20}" if rng.random() < 0.5 else None,
                    "trace": f"trace {campaign % 17}" if rng.random() < 0.5 else None,
                    "address": f"203.0.{rng.integers(0, 9)}.{rng.integers(0, 250)}",
                    "network": f"203.0.{rng.integers(0, 90)}.0/24",
                    "reply_to": f"claim{campaign}@example.net" if rng.random() < 0.2 else None,
                    "list_id": f"list{campaign}.example" if campaign % 11 == 3 else None,
                    "list_verified": campaign % 22 == 3,
                    "url_domains": [*links, "short.example"] if rng.random() < 0.8 else None,
                    "url_shapes": [f"/p{campaign}/<n>", f"/{rng.integers(0, 40)}"] if rng.random() < 0.5 else None,
                    "attachments": [f"file {campaign} {rng.integers(0, 3)}", "logo"] if rng.random() < 0.3 else [],
                    "phones": [f"+1 555 {campaign}"] if rng.random() < 0.3 else None,
                    "wallets": [f"wallet {campaign}", f"w{len(rows)}"] if rng.random() < 0.2 else None,
                    **with_text(changed(text, 0.05, number)),
                }
            )
    crowd = [ordinary(n) | {"url_domains": ["short.example"], "attachments": ["logo"]} for n in range(count)]
    return [*rows, *(row | with_text(written(40, 77_000 + n)) for n, row in enumerate(crowd))]


def carries(row: dict[str, Any], words: str, value: str) -> bool:
    """Say whether a message carries the value of a field, by its traits alone."""
    if words in {"subject family", "text"}:
        return row["subject_template" if words == "subject family" else "text_sketch"] is not None
    if words == "time window":
        begins = datetime.fromisoformat(value.removeprefix("6 hours from "))
        return bool(begins <= row["time"] < begins + timedelta(hours=6))
    if words == "contact (Reply-To or wallet)":
        return value == row["reply_to"] or value in (row["wallets"] or ())
    if words == "signed List-Id" and not row["list_verified"]:
        return False
    held = row[COLUMNS[words]]
    return bool(value in held if isinstance(held, list) else value == held)


def check(traits: pa.Table, found: Clustering) -> set[str]:
    """Hold reasons and links against the traits; return the fields that were seen."""
    by_message = {row["message"]: row for row in traits.to_pylist()}
    label = dict(zip(traits["message"].to_pylist(), found.labels.to_pylist(), strict=True))
    joins = found.joins.to_pylist()
    assert [join["join"] for join in joins] == list(range(len(joins)))
    assert set(found.edges["join"].to_pylist()) == set(range(len(joins)))
    graph: nx.Graph[int] = nx.Graph()
    seen: set[str] = set()
    for edge in found.edges.to_pylist():
        join = joins[edge["join"]]
        assert not graph.has_edge(edge["a"], edge["b"])
        graph.add_edge(edge["a"], edge["b"])
        assert label[edge["a"]] == label[edge["b"]] == join["campaign"]
        if join["round"] == 0:
            continue
        for words, value in zip(join["key"].split(" + "), join["values"], strict=True):
            seen.add(words)
            assert carries(by_message[edge["a"]], words, value), (edge, words, value)
            assert carries(by_message[edge["b"]], words, value), (edge, words, value)
    assert nx.is_forest(graph) or not len(graph)
    told = {min(members): len(members) for members in nx.connected_components(graph)}
    assert sorted(told.values()) == sorted(found.labels.drop_null().value_counts().field(1).to_pylist())
    assert set(graph) == {message for message, campaign in label.items() if campaign is not None}
    sizes = {key: list(label.values()).count(key) for key in told}
    for join in joins:
        assert 2 <= join["messages"] <= sizes[join["campaign"]]
        assert join["round"] == 0 or len(join["families"]) == len(set(join["families"])) == len(join["bits"])
    return seen


@pytest.fixture(scope="module")
def traits() -> pa.Table:
    return table(world(900, 3))


@pytest.fixture(scope="module")
def found(traits: pa.Table) -> Clustering:
    return find(traits)


def described(traits: pa.Table, found: Clustering) -> pa.Table:
    """Describe campaigns as an analysis does."""
    messages = pa.table(
        {
            "message": traits["message"],
            "received_at": traits["time"],
            "handover_ip": traits["address"],
            "subject_template": traits["subject_template"],
        }
    )
    return with_evidence(describe(found, messages), found, evidence_tables(found)[0])


def test_both_ends_of_each_link_carry_the_values_of_its_reason(traits: pa.Table, found: Clustering) -> None:
    assert len(check(traits, found)) >= 10


def test_links_name_evidence_that_is_there_and_the_campaign_of_both_ends(traits: pa.Table, found: Clustering) -> None:
    evidence, links = evidence_tables(found)
    assert (evidence.schema, links.schema) == (EVIDENCE, LINKS)
    assert evidence["evidence"].to_pylist() == list(range(len(evidence)))
    assert set(links["evidence"].to_pylist()) == set(range(len(evidence)))
    label = dict(zip(traits["message"].to_pylist(), found.labels.to_pylist(), strict=True))
    by_number = evidence.to_pylist()
    for link in links.to_pylist():
        assert label[link["message_a"]] == label[link["message_b"]] == link["campaign"]
        assert by_number[link["evidence"]]["campaign"] == link["campaign"]
    order = list(zip(*(links[name].to_pylist() for name in ("campaign", "message_a", "message_b")), strict=True))
    assert order == sorted(order)


def test_links_and_edges_tell_the_same(found: Clustering) -> None:
    evidence, links = evidence_tables(found)
    joins, by_number = found.joins.to_pylist(), evidence.to_pylist()
    edges = {(edge["a"], edge["b"]): joins[edge["join"]] for edge in found.edges.to_pylist()}
    assert len(edges) == len(links)
    for link in links.to_pylist():
        join, said = edges[link["message_a"], link["message_b"]], by_number[link["evidence"]]
        for name, other in (("key", "trait"), ("values", "values"), ("expected", "background"), ("messages",) * 2):
            assert join[name] == said[other]


def test_reasons_of_most_messages_come_first(found: Clustering) -> None:
    rows = evidence_tables(found)[0].to_pylist()
    order = [(row["campaign"], -row["messages"], -row["weight"]) for row in rows]
    assert order == sorted(order)


def chance_by_hand(campaign: int, found: Clustering) -> float:
    """Take out one link after the other, and weigh its reason by what falls off."""
    joins = found.joins.to_pylist()
    mine = [edge for edge in found.edges.to_pylist() if joins[edge["join"]]["campaign"] == campaign]
    forest: nx.Graph[int] = nx.Graph((edge["a"], edge["b"]) for edge in mine)
    most: dict[int, float] = {}
    for edge in mine:
        cut = forest.copy()
        cut.remove_edge(edge["a"], edge["b"])
        off = min(len(nx.node_connected_component(cut, edge[end])) for end in ("a", "b"))
        most[edge["join"]] = max(most.get(edge["join"], 0.0), 2 * off / len(forest))
    return sum(share * (joins[join]["expected"] or 0.0) for join, share in most.items())


def test_figures_of_a_campaign_are_those_of_its_reasons(traits: pa.Table, found: Clustering) -> None:
    campaigns = described(traits, found)
    assert campaigns.schema == CAMPAIGNS
    evidence = evidence_tables(found)[0].to_pylist()
    held = found.stability.to_pylist()
    bridged = 0
    for row in campaigns.to_pylist():
        mine = [said for said in evidence if said["campaign"] == row["campaign"]]
        assert row["confidence"] == pytest.approx(min(0.999, 1 - min(1, chance_by_hand(row["campaign"], found))))
        expected = {one["family"]: one["remains"] for one in held if one["campaign"] == row["campaign"]}
        assert dict(zip(row["families"], row["remains"], strict=True)) == expected
        assert set(row["families"]) >= {family for said in mine for family in said["families"]}
        assert all(0 < share <= 1 for share in row["remains"])
        if row["bridge_evidence"] is not None:
            bridged += 1
            said = evidence[row["bridge_evidence"]]
            assert said["campaign"] == row["campaign"]
            assert said["background"] == row["bridge_background"]
            assert 2 <= row["bridge_messages"] <= row["messages"] / 2
    assert bridged > 3


def test_values_are_shown_without_control_characters_and_not_too_long() -> None:
    hostile = "\x1b[31m\x00\u202e" + "a" * 300_000
    rows = alike(3, subject_template="discreet replica bargains await " + hostile, engine=hostile)
    found = find(table(rows + [ordinary(n) for n in range(2_000)]), together=[(0, 40, "by \x1b]8;; hand")])
    evidence = evidence_tables(found)[0]
    assert len(evidence) == 2
    shown = [*evidence["value"].to_pylist(), *(value for row in evidence["values"].to_pylist() for value in row)]
    assert all(text.isprintable() and len(text) < 1_000 for text in shown)


def test_no_campaigns_have_no_evidence() -> None:
    found = find(table([{}] * 3))
    evidence, links = evidence_tables(found)
    assert (len(evidence), len(links)) == (0, 0)
    assert (evidence.schema, links.schema) == (EVIDENCE, LINKS)
    assert len(with_evidence(CAMPAIGNS.empty_table(), found, evidence)) == 0


def test_a_campaign_of_an_analyst_alone_has_a_reason_without_figures() -> None:
    traits = table([ordinary(n) for n in range(50)])
    found = find(traits, together=[(0, 70, "the same wallet in the picture"), (70, 90, "told by the bank")])
    check(traits, found)
    evidence, links = evidence_tables(found)
    assert [row["value"] for row in evidence.to_pylist()] == ["the same wallet in the picture", "told by the bank"]
    assert evidence["background"].null_count == evidence["weight"].null_count == 2
    assert [tuple(row.values())[:3] for row in links.to_pylist()] == [(0, 0, 70), (0, 70, 90)]
    row = described(traits, found).to_pylist()[0]
    assert row["families"] is None
    assert row["bridge_evidence"] is None


PAIRS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda pair: (10 * pair[0], 10 * pair[1])), max_size=5
)


@settings(max_examples=150, deadline=None)
@given(PAIRS, PAIRS, st.booleans())
def test_a_reason_that_a_cut_divides_is_of_the_campaign_whose_links_it_gives(
    pins: list[tuple[int, int]], apart: list[tuple[int, int]], two: bool
) -> None:
    rows = alike(6, subject_template="discreet replica bargains await", engine="botkit")
    rows[2:4] = alike(2, **rows[2], reply_to="claims@example.net") if two else rows[2:4]
    traits = table(rows + [ordinary(n) for n in range(150)])
    check(traits, find(traits, together=[(*pair, "told") for pair in pins], apart=apart))


def test_every_field_has_words_that_are_looked_up_here() -> None:
    special = {"subject family", "text", "time window", "contact (Reply-To or wallet)"}
    assert {field.words for field in FIELDS.values()} == set(COLUMNS) | special
