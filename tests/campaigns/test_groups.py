from __future__ import annotations

from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.campaigns.columns import Columns, encode
from attribution.campaigns.families import KEYS, SLOTS, circumstances
from attribution.campaigns.groups import Groups, distinct, joint_codes, key_groups
from tests.campaigns.test_contraction import Row, table

FEW = st.sampled_from([None, "a", "b"])
SEVERAL = st.one_of(st.none(), st.lists(st.sampled_from(["a", "b", "c"]), max_size=3))
ROW = st.fixed_dictionaries(
    {
        "subject_template": FEW,
        "from_domain": FEW,
        "list_id": FEW,
        "list_verified": st.sampled_from([None, True, False]),
        "from_proven": st.sampled_from([None, True]),
        "engine": FEW,
        "helo_shape": FEW,
        "network": FEW,
        "reply_to": FEW,
        "url_domains": SEVERAL,
        "url_shapes": SEVERAL,
        "attachments": SEVERAL,
    }
)


def by_hand(columns: Columns, key: tuple[str, ...]) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Give rows and places of each group of a combination, one row at a time."""
    found: defaultdict[tuple[int, ...], list[tuple[int, int]]] = defaultdict(list)
    index = columns.entries_for(key)
    if index is None:
        places: list[tuple[int, int, tuple[int, ...]]] = [(row, row, ()) for row in range(len(columns.messages))]
    else:
        entries = columns.entries[key[0]]
        places = [(int(entries.rows[n]), int(n), (int(entries.codes[n]),)) for n in index]
    for row, place, first in places:
        rest = tuple(int(columns.codes[code][row]) for code in key if code not in SLOTS)
        if min(rest, default=0) >= 0:
            found[(int(columns.stream[row]), *first, *rest)].append((row, place))
    return {
        (tuple(row for row, _ in group), tuple(place for _, place in group))
        for group in found.values()
        if len(group) > 1
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, max_size=14))
def test_groups_are_those_that_a_dictionary_finds(rows: list[Row]) -> None:
    columns = encode(table(rows))
    groups = dict(key_groups(columns))
    for number, key in enumerate(KEYS):
        found = groups.get(number, Groups(np.zeros(0, np.int32), np.zeros(1, np.int64)))
        told = {
            (
                tuple(found.rows[start:end].tolist()),
                tuple(found.places[start:end].tolist()),
            )
            for start, end in zip(found.starts[:-1], found.starts[1:], strict=True)
        }
        assert told == by_hand(columns, key), key
        assert found.first.tolist() == [found.rows[start] for start in found.starts[:-1]]
        assert found.first_entry.tolist() == [found.places[start] for start in found.starts[:-1]]


@settings(max_examples=40, deadline=None)
@given(st.lists(ROW, max_size=14))
def test_joint_codes_are_equal_where_all_circumstances_are(rows: list[Row]) -> None:
    columns = encode(table(rows))
    for fields, codes in joint_codes(columns).items():
        values = [tuple(int(columns.codes[code][row]) for code in fields) for row in range(len(rows))]
        for left in range(len(rows)):
            alike = [right for right in range(len(rows)) if values[right] == values[left]]
            expected = min(values[left]) >= 0 and len(alike) > 1
            assert (codes[left] >= 0) == expected
            assert not expected or [n for n in range(len(rows)) if codes[n] == codes[left]] == alike


def test_every_set_of_circumstances_has_joint_codes() -> None:
    held = set(joint_codes(encode(table([{}]))))
    assert {circumstances(key) for key in KEYS if len(circumstances(key)) > 1} == held


@given(st.lists(st.integers(-(2**62), 2**62)))
def test_distinct_numbers_are_those_of_a_set(numbers: list[int]) -> None:
    assert distinct(np.array(numbers, np.int64)).tolist() == sorted(set(numbers))


def test_a_text_beside_an_engine_counts_only_where_it_came_from_many_networks() -> None:
    sketch = np.arange(32, dtype="<u4").tobytes()
    number = KEYS.index(("M", "T"))

    def groups(networks: list[str | None]) -> bool:
        rows: list[Row] = [{"text_sketch": sketch, "engine": "botkit", "network": network} for network in networks]
        return number in dict(key_groups(encode(table(rows))))

    assert groups([f"198.51.{n}.0/24" for n in range(6)])
    assert groups([*(f"198.51.{n}.0/24" for n in range(6)), *[None] * 20])
    assert not groups(["198.51.100.0/24"] * 6)
    assert not groups(["198.51.100.0/24", "198.51.101.0/24", "198.51.102.0/24"] * 2)
    assert not groups([None] * 6)


def test_messages_of_two_streams_are_in_no_group() -> None:
    same: Row = {"subject_template": "wombat", "engine": "botkit", "wallets": ["w"], "attachments": ["a"]}
    streams: list[Row] = [
        {"list_id": "a"},
        {"list_id": "b"},
        {"from_domain": "p.example", "from_proven": True},
        {"from_domain": "q.example", "from_proven": True},
        {},
    ]
    rows = [same | stream for stream in streams for _ in range(2)]
    for number, groups in key_groups(encode(table(rows))):
        for start, end in zip(groups.starts[:-1].tolist(), groups.starts[1:].tolist(), strict=True):
            assert len({int(row) // 2 for row in groups.rows[start:end]}) == 1, KEYS[number]


LABELLED = st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=5, unique=True), max_size=5)


@given(LABELLED, st.lists(st.integers(0, 9), min_size=10, max_size=10))
def test_members_and_divided_groups_are_counted_as_sets_count_them(parts: list[list[int]], labels: list[int]) -> None:
    label = np.array(labels, np.int32)
    starts = np.concatenate([[0], np.cumsum([len(part) for part in parts], dtype=np.int64)]).astype(np.int64)
    rows = np.array([row for part in parts for row in sorted(part)], np.int32)
    groups = Groups(rows, starts, rows + 100)
    clusters = [len({labels[row] for row in part}) for part in parts]
    assert groups.members(label).tolist() == clusters
    divided = groups.divided(label)
    expected = [sorted(part) for part, count in zip(parts, clusters, strict=True) if count > 1]
    assert [
        divided.rows[a:b].tolist() for a, b in zip(divided.starts[:-1], divided.starts[1:], strict=True)
    ] == expected
    assert divided.entries is not None
    assert (divided.entries - divided.rows == 100).all()
    assert groups.number.tolist() == [n for n, part in enumerate(parts) for _ in part]


@pytest.mark.parametrize("count", [0, 1])
def test_no_rows_and_one_row_have_no_groups(count: int) -> None:
    row: Row = {"subject_template": "wombat", "engine": "botkit", "url_domains": ["a.example"], "wallets": ["w", "w"]}
    assert dict(key_groups(encode(table([row] * count)))) == {}


def test_a_message_is_no_group_with_itself() -> None:
    row: Row = {"reply_to": "w", "wallets": ["w"], "url_domains": ["a.example", "b.example"], "subject_template": "s"}
    columns = encode(pa.concat_tables([table([row])]))
    assert dict(key_groups(columns)) == {}
