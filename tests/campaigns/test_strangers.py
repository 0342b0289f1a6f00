from __future__ import annotations

import numpy as np
import pytest

from attribution.campaigns import Clustering, find
from attribution.campaigns.columns import encode
from attribution.campaigns.strangers import Strangers
from tests.campaigns.test_contraction import Row, ordinary, table

SUBJECT = "no more waiting rooms wombatine verandas tablets discreetly kludged by parcel"
HELOS = ["bare x8", "bare *-h8", "host * in a domain"]


def wave(name: str, count: int, **changed: object) -> list[Row]:
    """Give the mail of one campaign: a program, a link and a domain of its own, HELO names of several shapes."""
    own = {
        "subject_template": SUBJECT,
        "engine": f"kit of {name}",
        "url_domains": [f"{name}.example"],
        "from_domain": f"{name}.example.org",
    }
    return [own | {"helo_shape": HELOS[number % len(HELOS)]} | changed for number in range(count)]


def found(rows: list[Row]) -> Clustering:
    return find(table(rows + [ordinary(number) for number in range(3_000)]))


def labels(clustering: Clustering, count: int) -> list[int | None]:
    given: list[int | None] = clustering.labels.to_pylist()
    return given[:count]


def test_two_grown_campaigns_that_agree_in_a_subject_and_nothing_else_are_two() -> None:
    rows = wave("one", 12) + wave("other", 12)
    assert labels(found(rows), 24) == [0] * 12 + [120] * 12


def test_they_are_a_lead_that_says_what_speaks_against_it() -> None:
    [lead] = found(wave("one", 12) + wave("other", 12)).leads.to_pylist()
    assert (lead["campaign_a"], lead["campaign_b"]) == (0, 120)
    assert lead["reason"].endswith("; but no program, text, link, file or contact of the one occurs in the other")


def test_a_few_messages_do_not_show_what_is_their_own() -> None:
    rows = wave("one", 12) + wave("other", 9)
    assert labels(found(rows), 21) == [0] * 21


@pytest.mark.parametrize("shared", [{"engine": "one kit"}, {"url_domains": ["shared.example"]}])
def test_one_thing_in_common_is_enough_to_be_no_strangers(shared: dict[str, object]) -> None:
    rows = wave("one", 12) + wave("other", 11) + wave("other", 1, **shared) + wave("one", 1, **shared)
    assert labels(found(rows), 25) == [0] * 25


def test_what_most_of_a_cluster_lacks_is_not_compared() -> None:
    bare: dict[str, object] = {"engine": None, "url_domains": []}
    rows = wave("one", 12, **bare) + wave("other", 12, **bare)
    assert labels(found(rows), 24) == [0] * 24


def test_pairs_are_told_each_for_itself() -> None:
    columns = encode(table(wave("one", 10) + wave("other", 10) + wave("one", 10) + wave("few", 9)))
    label = np.repeat(np.array([0, 10, 20, 30], np.int32), [10, 10, 10, 9])
    sizes = np.bincount(label, minlength=len(label))
    left, right = np.array([0, 0, 10, 0, 20, 10], np.int32), np.array([10, 20, 20, 30, 10, 0], np.int32)
    assert Strangers(columns, label, sizes).among(left, right).tolist() == [True, False, True, False, True, True]


def test_pairs_are_the_same_however_few_values_are_compared_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{number % 4}" for number in range(12)]
    columns = encode(table([row for name in names for row in wave(name, 10)]))
    label = np.repeat(np.arange(0, 120, 10, dtype=np.int32), 10)
    sizes = np.bincount(label, minlength=len(label))
    left, right = (10 * each.astype(np.int32) for each in np.triu_indices(12, 1))
    expected = [names[one // 10] != names[other // 10] for one, other in zip(left, right, strict=True)]
    for most in (1, 3, 4_000_000):
        monkeypatch.setattr("attribution.campaigns.strangers._COMPARED", most)
        assert Strangers(columns, label, sizes).among(left, right).tolist() == expected


def test_no_pairs_and_no_values_are_no_strangers() -> None:
    columns = encode(table([{"subject_template": None}] * 20))
    label = np.repeat(np.array([0, 10], np.int32), 10)
    strangers = Strangers(columns, label, np.bincount(label, minlength=20))
    none = np.zeros(0, np.int32)
    assert strangers.among(none, none).tolist() == []
    assert strangers.among(label[:1], label[-1:]).tolist() == [False]


@pytest.mark.parametrize(("domain", "strange"), [("bit.ly", True), ("shared.example", False)])
def test_a_shortener_that_all_use_is_nothing_in_common(domain: str, *, strange: bool) -> None:
    columns = encode(table([row | {"url_domains": [domain]} for row in wave("one", 10) + wave("other", 10)]))
    label = np.repeat(np.array([0, 10], np.int32), 10)
    strangers = Strangers(columns, label, np.bincount(label, minlength=20))
    assert strangers.among(label[:1], label[-1:]).tolist() == [strange]


@pytest.mark.parametrize(("other", "strange"), [("talk.lists.example", False), ("news.lists.example", True)])
def test_members_of_a_list_write_with_programs_of_their_own(other: str, *, strange: bool) -> None:
    rows = wave("one", 10, list_id="talk.lists.example") + wave("other", 10, list_id=other)
    columns = encode(table(rows))
    label = np.repeat(np.array([0, 10], np.int32), 10)
    strangers = Strangers(columns, label, np.bincount(label, minlength=20))
    assert strangers.among(label[:1], label[-1:]).tolist() == [strange]
