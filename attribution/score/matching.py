"""Which row of the truth is which message of the case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CASE_COLUMNS", "Matching", "match"]

CASE_COLUMNS = ("sha256", "source", "member", "offset")
"""Columns of the messages table of the case that are needed."""

_DEEPEST = 30
"""Folders of a path in the truth beyond which it fits nothing."""


@dataclass(frozen=True, slots=True)
class Matching:
    """Rows of both sides that are the same message; each row is in one pair at most.

    Attributes:
        truth, case: Numbers of the rows, pair by pair, in order of the rows of the truth.
        duplicates: Pairs told apart by place or order alone, because other messages have the same bytes.
        by_place: Pairs without a SHA-256 in the truth, found by file and offset.
        moved: Where nothing matches by SHA-256: rows of the truth whose file and offset the case has with other bytes.
    """

    truth: NDArray[np.int64]
    case: NDArray[np.int64]
    duplicates: int
    by_place: int
    moved: int


def match(truth: pa.Table, case: pa.Table) -> Matching:
    """Find the messages of a case in the truth about them.

    Messages are the same where their SHA-256 is. Of several with the same bytes, those at the same file and offset are
    paired first, the others in order of file and offset. Rows without a SHA-256 are found by file and offset. A file
    is the same where the whole path in the truth is the end of the path in the case, so that the truth need not know
    where the mail lay.

    Args:
        truth: With `sha256`, `source`, `member`, `offset` and `order`, as `read_truth` gives it.
        case: With `CASE_COLUMNS` of `attribution.tables.MESSAGES`.
    """
    mine, other = _codes(truth["sha256"], case["sha256"])
    size = max(mine.max(initial=-1), other.max(initial=-1)) + 1
    times = np.bincount(mine[mine >= 0], minlength=size), np.bincount(other[other >= 0], minlength=size)
    row_of = np.full(size, -1, np.int64)
    row_of[other[other >= 0]] = np.flatnonzero(other >= 0)
    single = _rows((times[0] == 1) & (times[1] == 1), mine)
    pairs = [(single, row_of[mine[single]])]
    # What has copies on a side, and a counterpart on the other.
    copied = (times[0] > 0) & (times[1] > 0) & ((times[0] > 1) | (times[1] > 1))
    left, right = _rows(copied, mine), _rows(copied, other)
    same = _by_place(truth, case, left, right, mine, other)
    rest = np.setdiff1d(left, same[0], assume_unique=True), np.setdiff1d(right, same[1], assume_unique=True)
    ranked = _by_order(truth, case, *rest, mine, other)
    pairs += [same, ranked]
    used = np.concatenate([pair[1] for pair in pairs])
    nameless = np.flatnonzero(mine < 0)
    free = np.setdiff1d(np.arange(len(other)), used) if len(nameless) else np.zeros(0, np.int64)
    placed = _by_place(truth, case, nameless, free, None, None)
    pairs.append(placed)
    moved = 0
    if not sum(len(pair[0]) for pair in pairs):
        moved = len(_by_place(truth, case, np.arange(len(mine)), np.arange(len(other)), None, None)[0])
    rows, found = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    order = np.argsort(rows, kind="stable")
    return Matching(rows[order], found[order], len(same[0]) + len(ranked[0]), len(placed[0]), moved)


def _rows(condition: NDArray[np.bool_], codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows whose code fulfils a condition; the code -1 never does."""
    there = np.flatnonzero(codes >= 0)
    return there[condition[codes[there]]]


def _codes(one: pa.ChunkedArray, other: pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return numbers of the values of two columns, the same for the same text; -1 for null."""
    both = pa.chunked_array([*one.chunks, *other.chunks], pa.string()).combine_chunks().dictionary_encode()
    codes = pc.fill_null(both.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes[: len(one)], codes[len(one) :]


def _places(table: pa.Table, rows: NDArray[np.int64]) -> pa.Array:
    """Return the path of each row: source and member as one, null where there is none."""
    taken = table.select(["source", "member"]).take(pa.array(rows)).combine_chunks()
    source, member = (_flat(taken[name]) for name in ("source", "member"))
    joined = pc.if_else(pc.is_valid(member), pc.binary_join_element_wise(source, pc.fill_null(member, ""), "/"), source)
    return pc.utf8_ltrim(pc.replace_substring_regex(joined, r"!?/+", "/"), "/")


def _flat(column: pa.ChunkedArray) -> pa.Array:
    found = column.combine_chunks()
    return pa.concat_arrays(found.chunks) if isinstance(found, pa.ChunkedArray) else found


def _offsets(table: pa.Table, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the offset of each row, -1 where there is none."""
    offsets = table["offset"].take(pa.array(rows))
    filled: NDArray[np.int64] = pc.fill_null(offsets, -1).to_numpy().astype(np.int64)
    return filled


def _by_place(
    truth: pa.Table,
    case: pa.Table,
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    mine: NDArray[np.int64] | None,
    other: NDArray[np.int64] | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs among some rows at the same file and offset, where no second row is there.

    Args:
        truth: Its table.
        case: Likewise.
        left: Rows of the truth.
        right: Rows of the case.
        mine: Codes of all rows of the truth that must be the same too; None for none.
        other: Those of the case.
    """
    none = np.zeros(0, np.int64), np.zeros(0, np.int64)
    if not len(left) or not len(right):
        return none
    wanted, offset = _places(truth, left), _offsets(truth, left)
    there, at = _places(case, right), _offsets(case, right)
    depth = pc.fill_null(pc.count_substring(wanted, "/"), -1).to_numpy(zero_copy_only=False)
    pairs = [none]
    for deep in np.unique(depth[(depth >= 0) & (depth <= _DEEPEST)])[::-1].tolist():
        rows = np.flatnonzero((depth == deep) & (offset >= 0))
        ends = pc.replace_substring_regex(there, rf"^.*/((?:[^/]*/){{{deep}}}[^/]*)$", r"\1")
        one, two = _codes(pa.chunked_array([wanted.take(pa.array(rows))]), pa.chunked_array([ends]))
        keys = [np.concatenate([one, two]), np.concatenate([offset[rows], at])]
        if mine is not None and other is not None:
            keys.append(np.concatenate([mine[left[rows]], other[right]]))
        found = _unique_pairs(_numbered(keys), len(rows))
        pairs.append((left[rows[found[0]]], right[found[1]]))
    lefts, rights = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    # Paths of different depth may end at one message: the longest says most.
    _, first = np.unique(rights, return_index=True)
    first.sort()
    return lefts[first], rights[first]


def _by_order(
    truth: pa.Table,
    case: pa.Table,
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    mine: NDArray[np.int64],
    other: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of the first with the first, the second with the second and so on, among rows of one code."""
    if not len(left) or not len(right):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    ranks = _rank(truth, left, mine[left], "order"), _rank(case, right, other[right], None)
    keys = [np.concatenate([mine[left], other[right]]), np.concatenate(ranks)]
    found = _unique_pairs(_numbered(keys), len(left))
    return left[found[0]], right[found[1]]


def _rank(table: pa.Table, rows: NDArray[np.int64], code: NDArray[np.int64], then: str | None) -> NDArray[np.int64]:
    """Return the place of each row among those of its code, in order of file, offset and another column."""
    later = pa.array(rows) if then is None else _flat(table[then].take(pa.array(rows)))
    keys = pa.table({"code": code, "place": _places(table, rows), "offset": _offsets(table, rows), "then": later})
    order = pc.sort_indices(keys, [(name, "ascending") for name in keys.column_names]).to_numpy()
    ordered = code[order]
    start = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    rank = np.empty(len(rows), np.int64)
    rank[order] = np.arange(len(rows)) - np.repeat(start, np.diff(np.append(start, len(rows))))
    return rank


def _numbered(keys: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the number of each row's combination of values."""
    order = np.lexsort(keys)
    new = np.zeros(len(order), np.bool_)
    for key in keys:
        new[1:] |= key[order[1:]] != key[order[:-1]]
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(new)
    return number


def _unique_pairs(number: NDArray[np.int64], split: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows before and from a split on that share a number which is no third row's."""
    one, two = number[:split], number[split:]
    size = int(number.max(initial=-1)) + 1
    alone = (np.bincount(one, minlength=size) == 1) & (np.bincount(two, minlength=size) == 1)
    row_of = np.zeros(size, np.int64)
    row_of[two] = np.arange(len(two))
    rows = np.flatnonzero(alone[one])
    return rows, row_of[one[rows]]
