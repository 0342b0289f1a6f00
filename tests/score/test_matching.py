from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from attribution.score.matching import match

A, B, C = "aa" * 32, "bb" * 32, "cc" * 32


def truth(*rows: tuple[str | None, str | None, int | None]) -> pa.Table:
    """Return a table of truth of SHA-256, file and offset."""
    sha, source, offset = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "sha256": pa.array(sha, pa.string()),
            "source": pa.array(source, pa.string()),
            "member": pa.nulls(len(rows), pa.string()),
            "offset": pa.array(offset, pa.int64()),
            "order": pa.array(range(len(rows)), pa.int64()),
        }
    )


def case(*rows: tuple[str, str, str | None, int]) -> pa.Table:
    """Return a table of messages of SHA-256, source, member and offset."""
    names = ("sha256", "source", "member", "offset")
    kinds = (pa.string(), pa.string(), pa.string(), pa.int64())
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * 4
    return pa.table({name: pa.array(column, kind) for name, column, kind in zip(names, columns, kinds, strict=True)})


def pairs(one: pa.Table, other: pa.Table) -> list[tuple[int, int]]:
    found = match(one, other)
    return list(zip(found.truth.tolist(), found.case.tolist(), strict=True))


def test_the_hash_finds_a_message_wherever_it_lies() -> None:
    known = truth((A, "made/a.mbox", 5), (B, "made/a.mbox", 70), (C, None, None))
    there = case((C, "/evidence", "in.tar!/x.eml", 0), (A, "/evidence", "in.tar!/y.eml", 0))
    assert pairs(known, there) == [(0, 1), (2, 0)]


def test_copies_are_told_by_file_and_offset() -> None:
    known = truth((A, "b.mbox", 9), (A, "a.mbox", 9), (A, "a.mbox", 100))
    there = case((A, "/x", "a.mbox", 100), (A, "/x", "b.mbox", 9), (A, "/x", "a.mbox", 9))
    assert pairs(known, there) == [(0, 1), (1, 2), (2, 0)]
    assert match(known, there).duplicates == 3


def test_copies_that_moved_are_taken_in_order_of_file_and_offset() -> None:
    known = truth((A, "old.mbox", 900), (A, "old.mbox", 5), (B, "old.mbox", 40))
    there = case((A, "/x/new.mbox", None, 77), (B, "/x/new.mbox", None, 300), (A, "/x/new.mbox", None, 512))
    # The copy at byte 5 comes before that at byte 900.
    assert pairs(known, there) == [(0, 2), (1, 0), (2, 1)]


def test_a_copy_too_many_on_either_side_stays_alone() -> None:
    one, two = truth((A, "a", 1), (A, "a", 2)), case((A, "/x", "b", 4))
    assert pairs(one, two) == [(0, 0)]
    assert pairs(truth((A, "a", 1)), case((A, "/x", "b", 4), (A, "/x", "b", 9))) == [(0, 0)]
    # The one whose place is known goes first, whatever its order.
    assert pairs(truth((A, "a", 1), (A, "b", 4)), two) == [(1, 0)]


def test_without_a_hash_the_end_of_the_path_and_the_offset_decide() -> None:
    known = truth((None, "2014/jan.mbox", 60), (None, "2013/jan.mbox", 60), (None, "jan.mbox", 999), (B, None, None))
    there = case(
        (A, "/dump/2013/jan.mbox", None, 60), (C, "/dump", "2014/jan.mbox", 60), (B, "/dump", "z.zip!/jan.mbox", 1)
    )
    found = match(known, there)
    assert pairs(known, there) == [(0, 1), (1, 0), (3, 2)]
    assert found.by_place == 2


def test_a_place_that_several_messages_have_decides_nothing() -> None:
    known = truth((None, "1.eml", 0))
    assert pairs(known, case((A, "/x", "new/1.eml", 0), (B, "/x", "cur/1.eml", 0))) == []
    assert pairs(truth((None, "1.eml", 0), (None, "1.eml", 0)), case((A, "/x", "new/1.eml", 0))) == []
    assert pairs(truth((None, "new/1.eml", 0), (None, "1.eml", 0)), case((A, "/x", "new/1.eml", 0))) == [(0, 0)]


def test_another_hash_at_the_same_place_is_no_match_but_told() -> None:
    found = match(truth((A, "a.mbox", 5)), case((B, "/x", "a.mbox", 5)))
    assert (len(found.truth), found.moved) == (0, 1)


def test_patterns_in_paths_are_only_text() -> None:
    odd = "in (1)/[a-z]+.mbox"
    assert pairs(truth((None, odd, 3)), case((A, "/x", odd, 3))) == [(0, 0)]
    assert pairs(truth((None, "a/" * 200 + "b", 3)), case((A, "/x", "a/" * 200 + "b", 3))) == []


def test_nothing_on_a_side_is_no_error() -> None:
    assert pairs(truth(), case((A, "/x", None, 0))) == []
    assert pairs(truth((A, "x", 0)), case()) == []
    assert pairs(truth((None, None, None)), case((A, "/x", None, 0))) == []


_ROWS = st.lists(
    st.tuples(st.sampled_from([A, B, C]), st.sampled_from(["a", "b", "x/a"]), st.integers(0, 3)), max_size=12
)


@given(_ROWS, _ROWS, st.integers(0, 2**32 - 1))
def test_each_row_is_used_once_as_often_as_can_be_and_order_does_not_matter(
    one: list[tuple[str, str, int]], other: list[tuple[str, str, int]], seed: int
) -> None:
    # Messages of a case have places of their own.
    places = list({(member, offset): (sha, "/dump", member, offset) for sha, member, offset in other}.values())
    known, there = truth(*one), case(*places)
    found = match(known, there)
    assert len(set(found.truth.tolist())) == len(set(found.case.tolist())) == len(found.truth)
    rows = [(known["sha256"][t].as_py(), there["sha256"][c].as_py()) for t, c in pairs(known, there)]
    assert all(mine == theirs for mine, theirs in rows)
    for sha in (A, B, C):
        times = [sum(row[0] == sha for row in side) for side in (one, places)]
        assert sum(mine == sha for mine, _ in rows) == min(times)
    order = np.random.default_rng(seed).permutation(len(places))
    again = match(known, there.take(pa.array(order, pa.int64())))
    if len(set(one)) == len(one):
        assert [(t, int(order[c])) for t, c in zip(again.truth, again.case, strict=True)] == pairs(known, there)
