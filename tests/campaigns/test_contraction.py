from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.campaigns import TRAITS, Clustering, evidence_tables, find
from attribution.campaigns.body.sketch import sketch_text
from tests.campaigns.labelled_mail import Labelled, b_cubed, generate, merged_clusters
from tests.campaigns.test_texts import changed, written

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


def with_text(words: list[str]) -> Row:
    count, sketch = sketch_text(" ".join(words))
    return {"text_start": " ".join(words)[:60], "text_words": count, "text_sketch": sketch}


def other_subject(number: int) -> Row:
    """Give a message that shares nothing with the crowd but its mail programs, and nothing with its like."""
    return ordinary(9_000 + number)


def campaigns_of(count: int, **shared: object) -> list[Row]:
    """Give three messages of each of some unrelated campaigns, all of which share some values."""
    return repeated(
        3 * count,
        lambda n: {
            "subject_template": f"discreet{n // 3} replica{n // 3} bargains{n // 3} await{n // 3}",
            "engine": f"kit {n // 3}",
            **shared,
        },
    )


def apart_by_three(count: int) -> list[int | None]:
    return [30 * (number // 3) for number in range(3 * count)]


def test_one_shared_link_domain_of_three_is_enough_beside_an_engine() -> None:
    def sent(number: int) -> Row:
        links = [f"own{number}.example", "payload.example", f"other{number}.example"]
        return other_subject(number) | {"engine": "botkit", "url_domains": links}

    assert among_others(repeated(5, sent)) == [0] * 5


def test_messages_that_share_links_in_pairs_are_one_chain() -> None:
    def sent(number: int) -> Row:
        links = [f"hop{number}.example", f"hop{number + 1}.example", f"own{number}.example"]
        return other_subject(number) | {"engine": "botkit", "url_domains": links}

    assert among_others(repeated(5, sent)) == [0] * 5


def test_a_link_domain_alone_joins_nothing() -> None:
    rows = repeated(
        5, lambda n: other_subject(n) | {"engine": f"own {n}", "url_domains": ["payload.example", "b.example"]}
    )
    assert among_others(rows) == [None] * 5


def test_two_link_domains_of_one_family_do_not_add_up() -> None:
    rows = repeated(
        5,
        lambda n: (
            other_subject(n)
            | {"engine": f"own {n}", "url_domains": [f"d{m}.example" for m in range(8)], "url_shapes": ["/gate/<n>"]}
        ),
    )
    assert among_others(rows) == [None] * 5


def test_a_link_to_the_senders_own_domain_is_no_evidence_beside_it() -> None:
    own: Row = {
        "from_domain": "company.example",
        "envelope_domain": "company.example",
        "url_domains": ["company.example"],
    }
    assert among_others(repeated(6, lambda n: other_subject(n) | own | {"engine": f"own {n}"})) == [None] * 6
    assert among_others(repeated(6, lambda n: other_subject(n) | own | {"engine": "company mailer"})) == [None] * 6


@pytest.mark.parametrize("kits", [4, 8, 12])
def test_a_shortener_that_campaigns_of_few_engines_share_joins_nothing_more(kits: int) -> None:
    rows = campaigns_of(40, url_domains=["short.example"])
    for number, row in enumerate(rows):
        row["engine"] = f"kit {number // 3 % kits}"
        row["time"] = datetime(2014, 1, 3, tzinfo=UTC) + timedelta(hours=number // 30)
    assert among_others(rows) == apart_by_three(40)


def test_a_reply_address_of_much_unrelated_mail_of_common_programs_is_no_contact() -> None:
    """Headers alone, and no more than the dozen of programs that everybody uses."""
    rows = repeated(60, lambda n: other_subject(n) | {"reply_to": "desk@example.net"})
    assert among_others(rows) == [None] * 60


def test_a_logo_of_short_mail_of_common_programs_is_no_evidence() -> None:
    rows = repeated(60, lambda n: other_subject(n) | {"attachments": ["logo", f"file {n}"]})
    assert among_others(rows) == [None] * 60


def test_a_shortener_that_unrelated_campaigns_share_joins_nothing_more() -> None:
    rows = campaigns_of(40, url_domains=["short.example"], from_domain="mail.example")
    assert among_others(rows) == apart_by_three(40)


def test_the_tracker_of_a_bulk_mailer_joins_nothing_more() -> None:
    rows = repeated(
        120,
        lambda n: {
            "subject_template": f"spring{n // 3} verandas{n // 3} catalogue{n // 3}",
            "from_domain": f"shop{n // 3}.example",
            "engine": "bulk mailer",
            "url_domains": ["track.example"],
            "url_shapes": ["/click/<x>"],
            "address": f"203.0.113.{n % 9}",
            "network": "203.0.113.0/24",
            **with_text(written(80, n // 3)),
        },
    )
    assert among_others(rows) == apart_by_three(40)


@pytest.mark.parametrize("row", [{"wallets": ["1BoatSLRHtKNngkdXEeobR76b53LETtpyT"]}, {"attachments": ["9f" * 32]}])
def test_one_wallet_and_one_attachment_join_whatever_else_is_said(row: Row) -> None:
    def sent(number: int) -> Row:
        name, values = next(iter(row.items()))
        assert isinstance(values, list)
        return other_subject(number) | {name: [f"own {number}", *values]}

    assert among_others(repeated(5, sent)) == [0] * 5


def test_a_phone_number_joins_beside_a_subject_and_not_alone() -> None:
    phone: Row = {"phones": ["+1 555 0100"]}
    assert among_others(repeated(5, lambda n: other_subject(n) | phone)) == [None] * 5
    rows = alike(5, subject_template="discreet replica bargains await", **phone)
    assert among_others(rows) == [0] * 5


def test_a_logo_in_unrelated_mail_is_no_evidence() -> None:
    rows = repeated(
        60, lambda n: other_subject(n) | {"attachments": ["logo", f"file {n}"], **with_text(written(50, n))}
    )
    assert among_others(rows) == [None] * 60


def test_a_footer_of_one_organisation_is_no_campaign() -> None:
    text = with_text(written(60, 1))

    def sent(number: int) -> Row:
        servers = {"network": f"203.0.{number % 2}.0/24", "address": f"203.0.{number % 2}.9"}
        return other_subject(number) | {"engine": "company mailer", "helo_shape": "mx company", **servers, **text}

    assert among_others(repeated(20, sent)) == [None] * 20


def test_one_text_from_many_networks_and_one_engine_is_a_campaign() -> None:
    text = written(60, 1)

    def sent(number: int) -> Row:
        changes = with_text(changed(text, 0.03, number))
        return other_subject(number) | {"engine": "botkit", "network": f"203.{number}.0.0/24", **changes}

    assert among_others(repeated(12, sent)) == [0] * 12


def test_a_text_alone_joins_nothing() -> None:
    text = with_text(written(60, 1))
    rows = repeated(8, lambda n: other_subject(n) | {"engine": f"own {n}", "network": f"203.{n}.0.0/24", **text})
    assert among_others(rows) == [None] * 8


def test_verified_senders_are_kept_apart_however_alike_their_mail_is() -> None:
    def sent(number: int) -> Row:
        return {
            "subject_template": "discreet replica bargains await",
            "engine": "botkit",
            "url_domains": ["payload.example"],
            "attachments": ["9f" * 32],
            "from_domain": f"shop{number % 3}.example",
            "from_proven": number % 3 < 2,
            **with_text(written(60, 1)),
        }

    assert among_others(repeated(12, sent)) == [0, 10, 20] * 4


def joins_of(rows: list[Row], **options: Any) -> Clustering:  # noqa: ANN401 (options of any type)
    return find(table(rows + [ordinary(n) for n in range(2_000)]), **options)


def labels_of(rows: list[Row], **options: Any) -> list[int | None]:  # noqa: ANN401 (options of any type)
    labels: list[int | None] = joins_of(rows, **options).labels.to_pylist()
    return labels[: len(rows)]


def two_waves() -> list[Row]:
    """Give two waves of long subjects that hang together by one wallet in a message of each."""
    long = "verandas wombat colloquium kludge timepieces marzipan"
    rows = alike(4, subject_template=f"discreet replica bargains await {long}", engine="botkit")
    rows += alike(4, subject_template=f"{long} genuine diploma without studying", engine="other kit")
    for number in (2, 5):
        rows[number] = rows[number] | {"wallets": ["1BoatSLRHtKNngkdXEeobR76b53LETtpyT"]}
    return rows


def test_what_is_held_apart_is_divided_at_the_weakest_link() -> None:
    assert labels_of(two_waves()) == [0] * 8
    for pair in ((0, 70), (30, 40), (20, 50), (70, 0)):
        assert labels_of(two_waves(), apart=[pair]) == [0] * 4 + [40] * 4


def test_one_message_held_apart_from_another_alike_leaves_the_rest_together() -> None:
    rows = alike(6, subject_template="discreet replica bargains await", engine="botkit")
    labels = labels_of(rows, apart=[(20, 30)])
    assert labels[2] != labels[3]
    assert sorted(map(labels.count, set(labels) - {None})) == [5]


def test_one_message_held_apart_from_all_others_leaves_them_together() -> None:
    rows = alike(5, subject_template="discreet replica bargains await", engine="botkit")
    assert labels_of(rows, apart=[(0, n) for n in (10, 20, 30, 40)]) == [None, 10, 10, 10, 10]


def test_what_only_a_later_round_joins_is_held_apart_too() -> None:
    traits = generate(4_000, seed=21).traits
    found = find(traits)
    late = set(found.joins.filter(pc.greater(found.joins["round"], 1))["join"].to_pylist())
    edges = [(edge["a"], edge["b"]) for edge in found.edges.to_pylist() if edge["join"] in late]
    assert len(edges) > 2
    for pair in edges[:5]:
        label = dict(zip(traits["message"].to_pylist(), find(traits, apart=[pair]).labels.to_pylist(), strict=True))
        assert label[pair[0]] is None or label[pair[0]] != label[pair[1]]


@settings(max_examples=10, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 1_499), st.integers(0, 1_499)), max_size=30), seed=st.integers(0, 9))
def test_no_two_that_are_held_apart_are_ever_together_and_those_joined_always_are(
    pairs: list[tuple[int, int]], seed: int
) -> None:
    traits = generate(1_500, seed=seed).traits
    keys = sorted(traits["message"].to_pylist())
    chosen = [(keys[a % len(keys)], keys[b % len(keys)]) for a, b in pairs if a % len(keys) != b % len(keys)]
    apart, pins = chosen[::2], [(*pair, "told") for pair in chosen[1::2]]
    found = find(traits, apart=apart, together=pins)
    label = dict(zip(traits["message"].to_pylist(), found.labels.to_pylist(), strict=True))
    told: nx.Graph[int] = nx.Graph((a, b) for a, b, _ in pins)
    for a, b, _ in pins:
        assert label[a] == label[b] is not None
    for a, b in apart:
        contradicted = a in told and b in told and nx.has_path(told, a, b)
        assert contradicted or label[a] is None or label[a] != label[b]


def test_strangers_that_a_person_joins_are_a_campaign_with_the_persons_reason() -> None:
    rows = [other_subject(n) for n in range(4)]
    found = joins_of(rows, together=[(10, 30, "one wallet in both pictures"), (30, 10, "again"), (20, 20, "itself")])
    assert found.labels.to_pylist()[:4] == [None, 10, None, 10]
    assert [(edge["a"], edge["b"]) for edge in found.edges.to_pylist()] == [(10, 30)]
    join = found.joins.to_pylist()[0]
    assert (join["round"], join["campaign"], join["key"]) == (0, 10, "analyst's decision")
    assert (join["families"], join["values"]) == (["analyst"], ["one wallet in both pictures"])
    assert join["expected"] is join["weight"] is join["bits"] is None


def test_campaigns_that_a_person_joins_are_one() -> None:
    rows = two_waves()
    del rows[5]["wallets"]
    assert labels_of(rows) == [0] * 4 + [40] * 4
    assert labels_of(rows, together=[(70, 10, "told")]) == [0] * 8


def test_decisions_that_contradict_each_other_are_passed_over() -> None:
    rows = [other_subject(n) for n in range(4)]
    pins = [(0, 10, "told"), (10, 20, "told")]
    assert labels_of(rows, together=pins, apart=[(0, 20), (20, 20), (0, 10)]) == [0, 0, 0, None]


def test_decisions_about_messages_that_are_not_there_are_passed_over() -> None:
    rows = two_waves()
    known = labels_of(rows)
    gone = [5, -1, 2**63 - 1, 10**9]
    pins = [(key, 0, "told") for key in gone] + [(0, key, "told") for key in gone]
    assert labels_of(rows, together=pins, apart=[(key, 0) for key in gone] + [(gone[0], gone[1])]) == known


def test_many_decisions_take_no_time_for_each_of_all_messages() -> None:
    rows = alike(400, subject_template="discreet replica bargains await", engine="botkit")
    start = time.perf_counter()
    labels = labels_of(rows, apart=[(10 * n, 10 * n + 10) for n in range(399)])
    assert all(left is None or left != right for left, right in pairwise(labels))
    assert time.perf_counter() - start < 20


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_makes_no_difference_with_bodies_and_decisions(seed: int) -> None:
    def sent(n: int) -> Row:
        return {
            "subject_template": " ".join(changed(written(6, n % 30), 0.17 * (n % 2), n)),
            "engine": f"kit {n % 9}",
            "url_domains": [f"d{n % 40}.example", f"d{n % 31}.example", "short.example"],
            "url_shapes": [f"/{n % 13}"],
            "wallets": [f"w{n % 90}"] if n % 5 == 0 else None,
            "attachments": [f"a{n % 70}", "logo"] if n % 7 == 0 else [],
            "phones": [f"+1 {n % 50}"] if n % 3 == 0 else None,
            "network": f"203.0.{n % 101}.0/24",
            **with_text(changed(written(60, n % 30), 0.05, n)),
        }

    traits = table(repeated(600, sent) + [ordinary(n) for n in range(600)])
    decided: dict[str, Any] = {
        "together": [(0, 70, "told"), (5_990, 10, "told")],
        "apart": [(0, 300), (10, 20), (30, 330)],
    }
    order = pa.array(np.random.default_rng(seed).permutation(len(traits)))
    one, other = find(traits, **decided), find(traits.take(order), **decided)
    assert other.labels.equals(one.labels.take(order))
    assert other.edges.equals(one.edges)
    assert other.joins.equals(one.joins)
    assert other.leads.equals(one.leads)
    assert other.stability.equals(one.stability)


HOSTILE = ["\x00", "\x00" * 3, "a" * 300_000, "\U0010ffff\ufeff\u202e", "=cmd()", "\n\r\t", " ", "null", "-1"]


@pytest.mark.parametrize("name", [name for name in TRAITS.names if name != "message"])
def test_hostile_values_of_any_trait_raise_nothing(name: str) -> None:
    kind = TRAITS.field(name).type
    if pa.types.is_list(kind):
        values: list[object] = [[text] for text in HOSTILE] + [HOSTILE, [], None, [HOSTILE[2]] * 3]
    elif pa.types.is_string(kind):
        values = [*HOSTILE, "", None]
    elif pa.types.is_boolean(kind):
        values = [True, False, None]
    elif pa.types.is_integer(kind):
        values = [0, -1, -(2**31), 2**31 - 1, None]
    elif pa.types.is_timestamp(kind):
        values = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), None]
    else:
        values = [b"\x00" * 128, b"\xff" * 128, None]
    rows = [{name: value} for value in values for _ in range(3)]
    rows += [
        {"subject_template": "discreet replica bargains await", "engine": "botkit", name: value} for value in values
    ]
    found = find(table(rows))
    assert len(found.labels) == len(rows)
    evidence, links = evidence_tables(found)
    assert len(links) == len(found.edges)
    assert len(evidence) == len(found.joins)


@pytest.mark.parametrize("epsilon", [float("nan"), 0.0, -1.0, float("-inf")])
def test_thresholds_that_are_none_are_refused(epsilon: float) -> None:
    with pytest.raises(ValueError, match="epsilon"):
        find(TRAITS.empty_table(), epsilon=epsilon)


def test_a_threshold_without_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="epsilon"):
        find(table([ordinary(0)] * 3), epsilon=float("inf"))


@pytest.mark.parametrize("epsilon", [1e-300, 1e6, 1e300])
def test_extreme_thresholds_are_kept_to(epsilon: float) -> None:
    found = find(table([ordinary(n % 7) for n in range(40)]), epsilon=epsilon, lead=epsilon)
    assert all(expected <= epsilon * 1.0001 for expected in found.joins["expected"].to_pylist())
