from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.campaigns import TRAITS, Clustering, find
from tests.campaigns.labelled_mail import Labelled, b_cubed, generate, merged_clusters

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, object]
MAILERS = [f"client {number}; id <9@host>; boundary z; order {number:08x}" for number in range(12)]


def ordinary(number: int) -> Row:
    """Give one message of a crowd that has nothing in common but the mail programs that everybody uses."""
    return {
        "subject_template": f"wombat{number} verandas{number} kludge{number}",
        "from_domain": f"sender{number}.example",
        "engine": MAILERS[number % len(MAILERS)],
        "address": f"198.51.{number % 256}.{number // 256}",
    }


def table(rows: list[Row]) -> pa.Table:
    full = [{name: row.get(name) for name in TRAITS.names} | {"message": 10 * n} for n, row in enumerate(rows)]
    return pa.Table.from_pylist(full, schema=TRAITS)


def among_others(rows: list[Row], crowd: int = 3_000) -> list[int | None]:
    """Return the campaigns of some rows that stand in front of a crowd."""
    labels: list[int | None] = find(table(rows + [ordinary(n) for n in range(crowd)])).labels.to_pylist()
    return labels[: len(rows)]


def repeated(count: int, make: Callable[[int], Row]) -> list[Row]:
    return [make(number) for number in range(count)]


def alike(count: int, **row: object) -> list[Row]:
    return [dict(row) for _ in range(count)]


def test_one_rare_subject_from_one_rare_engine_is_a_campaign() -> None:
    rows = alike(5, subject_template="discreet replica bargains await", engine="botkit")
    assert among_others(rows) == [0, 0, 0, 0, 0]


def test_a_subject_alone_joins_nothing() -> None:
    rows = alike(5, subject_template="discreet replica bargains await")
    assert among_others(rows) == [None] * 5


def test_an_engine_alone_and_an_address_alone_join_nothing() -> None:
    rows = alike(5, engine="botkit", address="203.0.113.9", network="203.0.113.0/24")
    assert among_others(rows) == [None] * 5


@pytest.mark.parametrize("subject", ["invoice", "hello", "your account", "payment received"])
def test_generic_subjects_of_different_senders_are_not_merged(subject: str) -> None:
    rows = repeated(
        60,
        lambda n: {
            "subject_template": subject,
            "engine": MAILERS[n % len(MAILERS)],
            "from_domain": f"office{n}.example",
            "helo_shape": "host mail in a domain",
        },
    )
    assert set(among_others(rows)) == {None}


def test_a_contact_joins_whatever_the_subjects_say() -> None:
    rows = repeated(4, lambda n: ordinary(9_000 + n) | {"reply_to": "claims@example.net"})
    assert among_others(rows) == [0, 0, 0, 0]


def test_an_address_that_many_unrelated_senders_want_answers_at_is_no_contact() -> None:
    rows = repeated(40, lambda n: ordinary(9_000 + n) | {"reply_to": "desk@example.net", "engine": f"engine {n}"})
    assert among_others(rows) == [None] * 40


def test_newsletters_of_one_bulk_mailer_stay_apart() -> None:
    def issue(number: int) -> Row:
        shop = number % 20
        return {
            "subject_template": f"shop{shop} verandas weekly bargains digest",
            "from_domain": f"shop{shop}.example",
            "list_id": f"news.shop{shop}.example",
            "list_verified": True,
            "engine": "bulk mailer",
            "address": "203.0.113.9",
            "network": "203.0.113.0/24",
        }

    assert among_others(repeated(200, issue)) == [10 * (number % 20) for number in range(200)]


def test_one_text_on_two_mailing_lists_does_not_join_the_lists() -> None:
    def post(number: int) -> Row:
        return {
            "subject_template": "quarterly wombat colloquium announcement deadline",
            "from_domain": "university.example",
            "engine": "botkit",
            "list_id": f"list{number % 2}.example.net",
        }

    assert among_others(repeated(10, post)) == [0, 10] * 5


def test_two_campaigns_that_share_an_engine_and_their_bots_are_two() -> None:
    def sent(number: int) -> Row:
        subject = ("discreet replica bargains await", "genuine diploma without studying")[number % 2]
        return {"subject_template": subject, "engine": "botkit", "address": f"203.0.113.{number // 2 % 8}"}

    assert among_others(repeated(60, sent)) == [0, 10] * 30


def test_subjects_that_vary_in_a_word_are_one_campaign() -> None:
    def sent(number: int) -> Row:
        word = ("golden", "cheapest", "luxury", "finest")[number % 4]
        return {"subject_template": f"discreet {word} replica bargains await tomorrow", "engine": "botkit"}

    assert among_others(repeated(20, sent)) == [0] * 20


def test_a_campaign_that_is_nearly_all_of_the_mail_is_found() -> None:
    def sent(number: int) -> Row:
        return {
            "subject_template": "discreet replica bargains await tomorrow morning verandas",
            "engine": f"botkit {number % 3}",
        }

    labels = among_others(repeated(2_000, sent), crowd=200)
    assert None not in labels
    assert len(set(labels)) <= 3


def test_duplicates_are_one_campaign() -> None:
    assert among_others([ordinary(7) | {"engine": "botkit"}] * 3) == [0, 0, 0]


def test_messages_without_traits_stay_single() -> None:
    assert find(table([{}] * 50)).labels.null_count == 50


def test_an_empty_table_has_no_campaigns() -> None:
    found = find(TRAITS.empty_table())
    assert (len(found.labels), len(found.edges), len(found.joins)) == (0, 0, 0)


def test_nonsense_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="epsilon"):
        find(TRAITS.empty_table(), epsilon=0)
    twice = pa.concat_tables([table([{}]), table([{}])])
    with pytest.raises(ValueError, match="same message key"):
        find(twice)


@pytest.fixture(scope="module")
def world() -> Labelled:
    return generate(6_000, seed=11)


@pytest.fixture(scope="module")
def found(world: Labelled) -> Clustering:
    return find(world.traits)


def test_labelled_mail_is_clustered_with_few_wrong_merges(world: Labelled, found: Clustering) -> None:
    precision, recall = b_cubed(world.labels, found.labels)
    assert precision >= 0.99
    assert recall >= 0.6
    assert merged_clusters(world.labels, found.labels) <= 8


def test_neither_nothing_nor_everything_would_pass(world: Labelled) -> None:
    count = len(world.labels)
    nothing, everything = pa.nulls(count, pa.int64()), pa.array(np.zeros(count, dtype=np.int64))
    assert b_cubed(world.labels, nothing)[1] < 0.3
    assert b_cubed(world.labels, everything)[0] < 0.2


def test_the_forest_holds_each_campaign_together_and_nothing_else(found: Clustering) -> None:
    graph: nx.Graph[int] = nx.Graph()
    graph.add_edges_from(zip(found.edges["a"].to_pylist(), found.edges["b"].to_pylist(), strict=True))
    assert nx.is_forest(graph)
    told = {min(members) for members in nx.connected_components(graph)}
    assert told == set(found.labels.drop_null().to_pylist())
    assert graph.number_of_nodes() == len(found.labels) - found.labels.null_count


def test_both_ends_of_an_edge_carry_the_values_of_its_reason(world: Labelled, found: Clustering) -> None:
    columns = {"subject template": "subject_template", "engine": "engine", "From domain": "from_domain"}
    by_message = {row["message"]: row for row in world.traits.to_pylist()}
    joins = found.joins.to_pylist()
    checked = 0
    for edge in found.edges.to_pylist():
        join = joins[edge["join"]]
        for words, value in zip(join["key"].split(" + "), join["values"], strict=True):
            if words in columns:
                checked += 1
                assert by_message[edge["a"]][columns[words]] == by_message[edge["b"]][columns[words]] == value
    assert checked > 1_000


def test_every_reason_is_below_epsilon(found: Clustering) -> None:
    assert max(found.joins["expected"].to_pylist()) <= found.epsilon * 1.0001
    assert min(found.joins["clusters"].to_pylist()) >= 2
    for join in found.joins.to_pylist():
        assert sum(join["bits"]) == pytest.approx(join["weight"])


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_makes_no_difference(seed: int) -> None:
    traits = generate(1_500, seed=5).traits
    order = pa.array(np.random.default_rng(seed).permutation(len(traits)))
    one, other = find(traits), find(traits.take(order))
    assert other.labels.equals(one.labels.take(order))
    assert other.edges.equals(one.edges)
    assert other.joins.equals(one.joins)
