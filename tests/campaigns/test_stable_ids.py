from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from attribution.campaigns.reasons import EDGES, JOINS, Clustering
from attribution.campaigns.stability import STABILITY
from attribution.campaigns.stable_ids import Kept, keep_ids, renamed
from attribution.tables import LEADS

Groups = list[set[int]]


def named(groups: Groups) -> dict[int, int]:
    """Give each message the least of its campaign, as `find` names them."""
    return {message: min(group) for group in groups if len(group) > 1 for message in group}


def kept(groups: Groups, before: dict[int, int], aliases: dict[int, list[int]] | None = None) -> Kept:
    """Compare campaigns with those of before; messages in neither count as seen too."""
    labels = named(groups)
    messages = sorted({*labels, *before})
    return keep_ids(
        pa.array(messages, pa.int64()),
        pa.array([labels.get(key) for key in messages], pa.int64()),
        pa.array([before.get(key) for key in messages], pa.int64()),
        aliases,
    )


def test_campaigns_that_did_not_change_keep_their_keys() -> None:
    assert kept([{1, 2, 3}, {4, 5}], {1: 1, 2: 1, 3: 1, 4: 4, 5: 4}) == Kept({}, {}, {})


def test_a_new_message_of_a_lesser_key_changes_no_name() -> None:
    assert kept([{1, 10, 11}], {10: 10, 11: 10}) == Kept({1: 10}, {}, {})


def test_a_message_that_left_the_campaign_that_is_called_after_it_changes_no_name() -> None:
    assert kept([{11, 12}], {10: 10, 11: 10, 12: 10}) == Kept({11: 10}, {}, {10: (2, 3)})


def test_campaigns_that_merge_are_called_as_the_larger_was_and_the_other_is_an_alias() -> None:
    before = {1: 1, 2: 1, 5: 5, 6: 5, 7: 5}
    assert kept([{1, 2, 5, 6, 7}], before) == Kept({1: 5}, {5: [1]}, {})


def test_of_equals_the_lesser_key_is_kept() -> None:
    assert kept([{1, 2, 5, 6}], {1: 1, 2: 1, 5: 5, 6: 5}) == Kept({}, {1: [5]}, {})


def test_of_a_campaign_that_is_divided_the_larger_part_keeps_the_key() -> None:
    before = dict.fromkeys(range(1, 6), 1)
    assert kept([{1, 2}, {3, 4, 5}], before) == Kept({3: 1, 1: 2}, {}, {1: (3, 5)})


def test_of_equal_parts_the_one_of_the_lesser_key_keeps_it() -> None:
    assert kept([{1, 2}, {3, 4}], dict.fromkeys(range(1, 5), 1)) == Kept({}, {}, {1: (2, 4)})


def test_campaigns_that_swap_their_first_messages_keep_their_keys() -> None:
    before = {1: 1, 2: 1, 3: 1, 5: 5, 6: 5, 7: 5}
    assert kept([{5, 2, 3}, {1, 6, 7}], before) == Kept({2: 1, 1: 5}, {}, {1: (2, 3), 5: (2, 3)})


def test_a_campaign_that_is_no_more_is_said_to_be_lost() -> None:
    assert kept([{8, 9}], {1: 1, 2: 1}) == Kept({}, {}, {1: (0, 2)})


def test_aliases_go_with_the_key_and_chains_of_them_are_flat() -> None:
    before = {1: 1, 2: 1, 5: 5, 6: 5, 7: 5}
    told = kept([{1, 2, 5, 6, 7}], before, {1: [3, 4], 5: [8]})
    assert told == Kept({1: 5}, {5: [1, 3, 4, 8]}, {})


def test_aliases_of_a_campaign_that_did_not_change_are_kept() -> None:
    assert kept([{5, 6}], {5: 5, 6: 5}, {5: [7]}).aliases == {5: [7]}


def test_a_name_that_was_ever_given_is_not_given_to_others() -> None:
    before = dict.fromkeys((5, 6, 7, 8, 9), 5)
    told = kept([{6, 20}, {5, 7, 8, 9}], before, {5: [6, 7]})
    assert told.keys == {}
    told = kept([{4, 20}, {5, 6, 7, 8, 9}], before | {4: 5}, {5: [4]})
    assert told.keys == {}
    told = kept([{5, 20}, {6, 7, 8, 9}], before, {5: [7]})
    assert told.keys == {5: 20, 6: 5}


def test_a_campaign_that_was_taken_up_and_is_set_free_has_its_key_again() -> None:
    before = dict.fromkeys((5, 6, 7, 8, 9), 5)
    told = kept([{7, 20}, {5, 6, 8, 9}], before, {5: [7]})
    assert told.keys == {}
    assert told.aliases == {}


def test_a_new_campaign_of_none_of_the_earlier_messages_keeps_its_own_key() -> None:
    assert kept([{1, 2}, {3, 4}], {1: 1, 2: 1}) == Kept({}, {}, {})


@pytest.mark.parametrize("rows", [0, 3])
def test_messages_of_no_campaign_have_nothing_to_keep(rows: int) -> None:
    nothing = pa.nulls(rows, pa.int64())
    assert keep_ids(pa.array(range(rows), pa.int64()), nothing, nothing) == Kept({}, {}, {})


def test_a_campaign_of_the_first_messages_of_two_others_has_a_key_of_its_own() -> None:
    before = {5: 5, 6: 5, 20: 5, 7: 7, 8: 7, 21: 7}
    groups: Groups = [{5, 7}, {6, 20}, {8, 21}]
    names = [kept(groups, before).keys.get(min(group), min(group)) for group in groups]
    assert names[1:] == [5, 7]
    assert len(set(names)) == 3


def test_the_key_of_a_campaign_that_is_lost_is_not_given_to_strangers() -> None:
    told = kept([{6, 7}], {8: 6, 9: 6})
    assert told.divided == {6: (0, 2)}
    assert told.keys == {6: 7}


def test_a_minority_whose_messages_gave_key_and_alias_takes_the_alias() -> None:
    groups: Groups = [{5, 7}, {6, 8, 9, 10}]
    told = kept(groups, dict.fromkeys(range(5, 11), 5), {5: [7]})
    names = [told.keys.get(min(group), min(group)) for group in groups]
    assert names == [7, 5]


@dataclass(slots=True)
class History:
    """What a case remembers from run to run."""

    before: dict[int, int] = field(default_factory=dict)
    aliases: dict[int, list[int]] = field(default_factory=dict)
    ever: set[int] = field(default_factory=set)

    def run(self, groups: Groups) -> tuple[Kept, dict[int, int]]:
        """Group once more; return what is kept and the new names."""
        told = kept(groups, self.before, self.aliases)
        names = {message: told.keys.get(label, label) for message, label in named(groups).items()}
        return told, names

    def remember(self, told: Kept, names: dict[int, int]) -> None:
        self.before, self.aliases = names, told.aliases
        self.ever |= set(names.values())


def groups_of(assignment: list[int]) -> Groups:
    """Give the messages of each number; number 0 is no campaign."""
    return [{n for n, g in enumerate(assignment) if g == group} for group in sorted(set(assignment) - {0})]


RUNS = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=14), min_size=1, max_size=5)


def check(history: History, groups: Groups, told: Kept, names: dict[int, int]) -> None:
    labels = named(groups)
    by_name: dict[int, set[int]] = {}
    for message, name in names.items():
        by_name.setdefault(name, set()).add(message)
    sizes = Counter(history.before.values())
    listed = [name for aliases in told.aliases.values() for name in aliases]
    # Every earlier key is a key, an alias, or lost, and is never both of the first two.
    assert len(listed) == len(set(listed))
    assert not set(listed) & set(names.values())
    assert set(told.aliases) <= set(names.values())
    for old, size in sizes.items():
        holds = {labels[message] for message, name in history.before.items() if name == old and message in labels}
        if not holds:
            assert told.divided[old] == (0, size)
            continue
        owners = [name for name in set(names.values()) if name == old or old in told.aliases.get(name, ())]
        assert len(owners) == 1
        still = sum(1 for message, name in history.before.items() if name == old and names.get(message) == owners[0])
        # Its messages went to no campaign more than to the one that is found under its key.
        assert still == max(
            sum(1 for message, name in history.before.items() if name == old and labels.get(message) == label)
            for label in holds
        )
        assert (old in told.divided) == (still != size)
        assert told.divided.get(old, (still, size)) == (still, size)
    assert list(told.divided) == sorted(told.divided)
    # A name that was given before is had by nobody who did not have it.
    for name, members in by_name.items():
        if name in sizes and name not in members:
            assert any(history.before.get(message) == name for message in members)
    # Aliases are never forgotten while their campaign is there, unless they are keys again.
    for old, aliases in history.aliases.items():
        owner = next((name for name in set(names.values()) if name == old or old in told.aliases.get(name, ())), None)
        if owner is not None:
            assert set(aliases) - set(names.values()) <= set(told.aliases.get(owner, ()))


@settings(max_examples=150, deadline=None)
@given(RUNS)
@example([[1, 1, 1, 2, 2, 2], [3, 1, 1, 3, 2, 2]])
def test_earlier_keys_are_keys_or_aliases_or_lost_in_any_history(runs: list[list[int]]) -> None:
    history = History()
    for assignment in runs:
        groups = groups_of(assignment)
        told, names = history.run(groups)
        assert len(set(names.values())) == len(set(named(groups).values()))
        check(history, groups, told, names)
        history.remember(told, names)


@given(st.permutations(range(12)))
def test_the_order_of_messages_makes_no_difference(order: list[int]) -> None:
    new = [1, 1, 1, 4, 4, 4, 4, None, 9, 9, 9, 9]
    old = [2, 2, 3, 3, 2, 2, 3, 3, None, None, 2, 3]
    messages = list(range(12))

    def told(places: list[int]) -> Kept:
        seen, now, before = (pa.array([column[n] for n in places], pa.int64()) for column in (messages, new, old))
        return keep_ids(seen, now, before, {2: [100], 3: [101]})

    assert told(order) == told(messages)


def clustering(labels: list[int | None]) -> Clustering:
    def rows(schema: pa.Schema, *made: dict[str, object]) -> pa.Table:
        return pa.Table.from_pylist(list(made), schema=schema)

    return Clustering(
        labels=pa.array(labels, pa.int64()),
        edges=rows(EDGES, {"a": 6, "b": 7, "join": 0}, {"a": 8, "b": 9, "join": 1}),
        joins=rows(JOINS, {"join": 0, "campaign": 6, "key": "x"}, {"join": 1, "campaign": 8, "key": "y"}),
        epsilon=0.01,
        leads=rows(
            LEADS,
            {"lead": 5, "campaign_a": None, "message_a": 5, "campaign_b": None, "message_b": 40},
            {"lead": 6, "campaign_a": 6, "message_a": 6, "campaign_b": 8, "message_b": 8},
        ),
        stability=rows(STABILITY, {"campaign": 6, "family": "subject", "remains": 0.5}),
    )


def test_renamed_campaigns_have_their_keys_in_every_table_and_messages_keep_theirs() -> None:
    found = renamed(clustering([None, 6, 6, 8, 8]), Kept({6: 8, 8: 6}, {}, {}))
    assert found.labels.to_pylist() == [None, 8, 8, 6, 6]
    assert found.joins["campaign"].to_pylist() == [8, 6]
    assert found.stability["campaign"].to_pylist() == [8]
    assert found.leads.select(["campaign_a", "campaign_b", "message_a", "message_b"]).to_pylist() == [
        {"campaign_a": None, "campaign_b": None, "message_a": 5, "message_b": 40},
        {"campaign_a": 8, "campaign_b": 6, "message_a": 6, "message_b": 8},
    ]
    assert found.edges["a"].to_pylist() == [6, 8]
    assert found.joins.schema == JOINS
    assert found.leads.schema == LEADS


def test_tables_without_rows_and_in_chunks_are_renamed() -> None:
    made = clustering([6, 6])
    empty = Clustering(
        labels=pa.chunked_array([[6], [6]]).combine_chunks(),
        edges=EDGES.empty_table(),
        joins=pa.concat_tables([made.joins, JOINS.empty_table(), made.joins]),
        epsilon=0.01,
        leads=pa.table([pa.chunked_array([], field.type) for field in LEADS], schema=LEADS),
        stability=STABILITY.empty_table(),
    )
    found = renamed(empty, Kept({6: 1}, {}, {}))
    assert found.joins["campaign"].to_pylist() == [1, 8, 1, 8]
    assert found.labels.to_pylist() == [1, 1]
    assert len(found.leads) == 0


def test_leads_of_strangers_are_not_put_together_by_a_key_that_is_kept() -> None:
    found = renamed(clustering([None, 6, 6, 8, 8]), Kept({6: 5}, {}, {}))
    assert len(set(found.leads["lead"].to_pylist())) == 2
