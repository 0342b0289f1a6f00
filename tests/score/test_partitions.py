from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.score.partitions import b_cubed, b_cubed_by, merged, score


def test_a_small_partition_has_the_figures_that_a_pencil_gives() -> None:
    counted = score([0, 0, 0, 1, 1, 2], [7, 7, 3, 3, 3, -1])
    # Precision by message: 1, 1, 1/3, 2/3, 2/3, 1. Recall: 2/3, 2/3, 1/3, 1, 1, 1.
    assert counted.precision == pytest.approx(7 / 9)
    assert counted.recall == pytest.approx(7 / 9)
    assert counted.f1 == pytest.approx(7 / 9)
    # Without the last message, whose campaign has no other.
    assert [counted.precision_many, counted.recall_many] == pytest.approx([11 / 15, 11 / 15])
    # Pairs: 4 in clusters, 4 in campaigns, 2 in both, 15 in all.
    assert (counted.pair_precision, counted.pair_recall) == (0.5, 0.5)
    assert counted.ari == pytest.approx((2 - 16 / 15) / (4 - 16 / 15))
    assert (counted.merging, counted.merging_twice) == (1, 0)
    assert (counted.items, counted.clusters, counted.campaigns) == (6, 3, 3)


def test_two_campaigns_in_one_cluster() -> None:
    counted = score([1, 1, 2, 2], [5, 5, 5, 5])
    assert (counted.precision, counted.recall) == (0.5, 1.0)
    assert counted.f1 == pytest.approx(2 / 3)
    assert [counted.pair_precision, counted.pair_recall] == pytest.approx([2 / 6, 1.0])
    assert counted.ari == 0.0
    assert (counted.merging, counted.merging_twice) == (1, 1)


def test_a_stray_message_in_a_cluster_is_a_plain_merge_only() -> None:
    counted = score([1, 1, 1, 2, 2], [0, 0, 0, 0, 1])
    assert (counted.merging, counted.merging_twice) == (1, 0)
    assert score([1, 1, 1, 2, 2, 2, 3], [0] * 7, together=3).merging_twice == 1
    assert score([1, 1, 1, 2, 2, 3, 3], [0] * 7, together=3).merging_twice == 0


def test_everything_alone_is_precise_and_recalls_little() -> None:
    counted = score([4, 4, 4, 4], [-1, -1, -1, -1])
    assert (counted.precision, counted.recall) == (1.0, 0.25)
    assert (counted.pair_precision, counted.pair_recall, counted.ari) == (1.0, 0.0, 0.0)
    assert counted.clusters == 4


def test_none_is_a_cluster_of_its_own_for_every_message() -> None:
    assert score([0, 0, 1], [-1, -1, 0]) == score([0, 0, 1], [2, 1, 0])


def test_the_truth_found_is_perfect() -> None:
    counted = score([3, 3, 9, 9, 9, 1], [0, 0, 4, 4, 4, -1])
    assert (counted.precision, counted.recall, counted.f1, counted.ari, counted.merging) == (1.0, 1.0, 1.0, 1.0, 0)
    assert (counted.precision_many, counted.recall_many) == (1.0, 1.0)


def test_a_mask_takes_messages_out_of_both_partitions() -> None:
    truth, found = np.array([0, 0, 1, 1, 2]), np.array([0, 0, 0, 1, 1])
    kept = np.array([True, True, False, True, False])
    assert score(truth, found, kept) == score([0, 0, 1], [0, 0, 1])
    assert b_cubed(truth, found, kept) == (1.0, 1.0, 1.0)


def test_nothing_to_count_is_no_error() -> None:
    counted = score([], [])
    assert (counted.items, counted.precision, counted.recall, counted.ari, counted.merging) == (0, 1.0, 1.0, 1.0, 0)
    assert score([1, 2], [1, 2], [False, False]).items == 0


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="labels and"):
        score([1, 2], [1])
    with pytest.raises(ValueError, match="mask"):
        score([1, 2], [1, 2], [True])


def test_a_part_is_judged_in_the_partitions_of_all() -> None:
    truth, found, kind = [0, 0, 1, 1, 2], [5, 5, 5, -1, 9], [0, 0, 1, 1, -1]
    mail, post = b_cubed_by(truth, found, kind, 2)
    # The stranger in their cluster costs the first kind a third of its precision.
    assert mail == pytest.approx((2, 2 / 3, 1.0, 0.8))
    assert post[:3] == pytest.approx((2, (1 / 3 + 1) / 2, 0.5))
    assert b_cubed_by([0], [0], [-1], 1) == [(0, 0.0, 0.0, 0.0)]


def test_clusters_that_merge_are_named() -> None:
    truth, found = [1, 1, 2, 2, 3, 3, 4], [7, 7, 7, 7, -1, -1, 8]
    assert merged(truth, found).tolist() == [7]
    assert score(truth, found).merging_twice == 1
    assert merged([1, 2], [-1, -1]).tolist() == []
    assert merged([], []).tolist() == []


_PARTITIONS = st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 4)), min_size=1, max_size=25)


@given(_PARTITIONS)
def test_agrees_with_the_definitions_counted_pair_by_pair(rows: list[tuple[int, int]]) -> None:
    truth = [row[0] for row in rows]
    found = [row[1] if row[1] >= 0 else 100 + place for place, row in enumerate(rows)]
    size = len(rows)
    precisions, recalls = [], []
    both = by_label = by_cluster = 0
    for one in range(size):
        cluster = [other for other in range(size) if found[other] == found[one]]
        label = [other for other in range(size) if truth[other] == truth[one]]
        common = len(set(cluster) & set(label))
        precisions.append(common / len(cluster))
        recalls.append(common / len(label))
        both += common - 1
        by_cluster += len(cluster) - 1
        by_label += len(label) - 1
    counted = score([row[0] for row in rows], [row[1] for row in rows])
    assert counted.precision == pytest.approx(sum(precisions) / size)
    assert counted.recall == pytest.approx(sum(recalls) / size)
    assert counted.pair_precision == pytest.approx(both / by_cluster if by_cluster else 1.0)
    assert counted.pair_recall == pytest.approx(both / by_label if by_label else 1.0)


@given(_PARTITIONS, st.randoms(use_true_random=False))
def test_order_and_names_do_not_matter(rows: list[tuple[int, int]], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random under another name
    one = score([row[0] for row in rows], [row[1] for row in rows])
    other = score([9 - row[0] for row in shuffled], [3 * row[1] + 5 if row[1] >= 0 else -7 for row in shuffled])
    assert other.f1 == pytest.approx(one.f1)
    assert other.ari == pytest.approx(one.ari)
    assert other.merging == one.merging
