from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from attribution.campaigns import Background, find
from attribution.campaigns.columns import encode
from tests.campaigns.labelled_mail import b_cubed, generate
from tests.campaigns.test_contraction import MAILERS, Row, alike, ordinary, repeated, table

SUBJECT = "discreet replica bargains await"


def of(rows: list[Row]) -> Background:
    """Count the values of mail of which no two messages belong together."""
    return Background.of(table(rows), pa.nulls(len(rows), pa.int64()))


def case(background: Background | None, **row: object) -> list[int | None]:
    """Return the campaigns of five messages that are all of a case but for a small crowd."""
    rows = alike(5, **row) + [ordinary(n) for n in range(300)]
    labels: list[int | None] = find(table(rows), background=background).labels.to_pylist()
    return labels[:5]


def test_what_a_case_alone_shows_as_rare_is_not_where_the_background_has_it() -> None:
    common = of(repeated(3_000, lambda n: ordinary(5_000 + n) | {"subject_template": SUBJECT, "engine": "botkit"}))
    rare = of(repeated(3_000, lambda n: ordinary(5_000 + n)))
    assert case(None, subject_template=SUBJECT, engine="botkit") == [0] * 5
    assert case(rare, subject_template=SUBJECT, engine="botkit") == [0] * 5
    assert case(common, subject_template=SUBJECT, engine="botkit") == [None] * 5


@pytest.mark.parametrize("row", [{"reply_to": "desk@example.net"}, {"wallets": ["w"]}, {"attachments": ["logo"]}])
def test_a_contact_of_some_unrelated_mail_is_none(row: Row) -> None:
    """Nine of three thousand have it: too few to be a service's, too many to be one campaign's."""
    known = of(repeated(3_000, lambda n: ordinary(5_000 + n) | (row if n < 9 else {})))
    assert case(None, **row) == [0] * 5
    assert case(known, **row) == [None] * 5


@pytest.mark.parametrize("row", [{"reply_to": "desk@example.net"}, {"wallets": ["w"]}, {"attachments": ["logo"]}])
def test_a_contact_of_very_much_unrelated_mail_is_none(row: Row) -> None:
    known = of(repeated(3_000, lambda n: ordinary(5_000 + n) | {"engine": f"engine {n % 50}"} | row))
    assert case(known, **row) == [None] * 5


def test_a_link_domain_that_everybody_uses_joins_nothing_beside_an_engine() -> None:
    known = of(repeated(3_000, lambda n: ordinary(5_000 + n) | {"url_domains": ["short.example", f"own{n}.example"]}))
    row: Row = {"url_domains": ["short.example"], "engine": "botkit"}
    assert case(None, **row) == [0] * 5
    assert case(known, **row) == [None] * 5


def test_a_campaign_of_the_background_is_one_cluster() -> None:
    traits = table(alike(500, subject_template=SUBJECT, engine="botkit") + [ordinary(n) for n in range(1_000)])
    found = find(traits)
    known = Background.of(traits, found.labels)
    assert known.clusters == 1 + found.labels.null_count
    assert case(known, subject_template=SUBJECT, engine="botkit") == [0] * 5
    apart = Background.of(traits, pa.nulls(len(traits), pa.int64()))
    assert apart.clusters == 1_500
    assert case(apart, subject_template=SUBJECT, engine="botkit") == [None] * 5


def test_counts_are_those_of_distinct_clusters() -> None:
    rows: list[Row] = [
        {"engine": "a", "url_domains": ["u", "v"]},
        {"engine": "a", "url_domains": ["v"]},
        {"engine": "a", "url_domains": ["v", "w"]},
        {"engine": "b"},
        {},
    ]
    known = Background.of(table(rows), pa.array([0, 0, None, None, 0], pa.int64()))
    columns = encode(table([{"engine": "c", "url_domains": ["w", "x"]}, {"engine": "a", "url_domains": ["u", "v"]}]))
    assert known.clusters == 3
    assert dict(zip(columns.texts["T"].to_pylist(), np.asarray(known.counts("T", columns)).tolist(), strict=True)) == {
        "a": 2,
        "c": 0,
    }
    assert dict(zip(columns.texts["U"].to_pylist(), np.asarray(known.counts("U", columns)).tolist(), strict=True)) == {
        "u": 1,
        "v": 2,
        "w": 1,
        "x": 0,
    }
    assert (known.having("T"), known.having("U"), known.having("S")) == (3, 2, 0)


def test_a_message_that_left_the_campaign_that_is_called_after_it_is_a_cluster_of_its_own() -> None:
    assert Background.of(table([{}, {}, {}]), pa.array([None, 0, 0], pa.int64())).clusters == 2


def test_one_background_serves_two_cases() -> None:
    known = of(alike(3, engine="b"))
    first, second = (encode(table([{"engine": name} for name in names])) for names in (("a", "b"), ("b", "c", "d")))
    assert np.asarray(known.counts("T", first)).tolist() == [0, 3]
    assert np.asarray(known.counts("T", second)).tolist() == [3, 0, 0]


def test_a_background_does_not_depend_on_the_order_of_rows() -> None:
    traits = generate(1_500, seed=3).traits
    labels = find(traits).labels
    turned = pa.array(range(len(traits) - 1, -1, -1))
    one, other = Background.of(traits, labels), Background.of(traits.take(turned), labels.take(turned))
    assert (one.clusters, one.present) == (other.clusters, other.present)
    for code, (values, counts) in one.values.items():
        assert values.equals(other.values[code][0])
        assert counts.tolist() == other.values[code][1].tolist()


def test_an_empty_background_changes_nothing() -> None:
    traits = generate(1_500, seed=3).traits
    nothing = Background.of(table([]), pa.nulls(0, pa.int64()))
    assert nothing.clusters == 0
    one, other = find(traits), find(traits, background=nothing)
    assert other.labels.equals(one.labels)
    assert other.joins.equals(one.joins)
    assert other.leads.equals(one.leads)


def test_campaigns_beside_a_large_background_are_no_less_pure() -> None:
    made = generate(3_000, seed=3)
    known = of(repeated(6_000, lambda n: ordinary(n) | {"engine": MAILERS[n % 12]}))
    precision, recall = b_cubed(made.labels, find(made.traits, background=known).labels)
    assert precision >= 0.99
    assert recall >= 0.5
