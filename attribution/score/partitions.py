"""Measures of a partition of messages against the truth: B-cubed, pairs, adjusted Rand, clusters that merge campaigns.

Follows Bagga and Baldwin (1998) and Amigó et al. (2009) for B-cubed, Hubert and Arabie (1985) for the adjusted Rand
index.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Score", "b_cubed", "b_cubed_by", "merged", "score"]


@dataclass(frozen=True, slots=True)
class Score:
    """How well found clusters agree with the truth.

    Attributes:
        items: Messages that were counted.
        precision, recall, f1: B-cubed over all of them.
        precision_many, recall_many, f1_many: B-cubed over messages whose campaign has another message.
        ari: Adjusted Rand index, 1 where both partitions are the same.
        pair_precision, pair_recall: Share of pairs in one cluster that are of one campaign, and the other way round.
        merging: Clusters with messages of two campaigns or more.
        merging_twice: Clusters with at least two messages of each of two campaigns or more.
        clusters, campaigns: How many there are of each, single messages included.
    """

    items: int
    precision: float
    recall: float
    f1: float
    precision_many: float
    recall_many: float
    f1_many: float
    ari: float
    pair_precision: float
    pair_recall: float
    merging: int
    merging_twice: int
    clusters: int
    campaigns: int


def score(truth: ArrayLike, found: ArrayLike, mask: ArrayLike | None = None, *, together: int = 2) -> Score:
    """Return how well a partition agrees with the truth.

    Args:
        truth: Campaign of each message, any whole numbers.
        found: Cluster of each message; a negative number is a cluster of this one message.
        mask: Which messages count; None for all. The others are taken away from both partitions before anything
            is computed, so that a cluster is judged by its counted members only.
        together: From how many messages of a campaign on a cluster counts as one that holds it, for `merging_twice`.

    Raises:
        ValueError: The lengths differ.
    """
    labels, clusters = _codes(truth, found, mask)
    table = _Contingency(labels, clusters)
    precision, recall = table.b_cubed(np.ones(len(labels), dtype=np.bool_))
    many = table.label_size[labels] > 1 if len(labels) else np.zeros(0, dtype=np.bool_)
    precision_many, recall_many = table.b_cubed(many)
    pair_precision, pair_recall, ari = table.pairs()
    return Score(
        len(labels), precision, recall, _harmonic(precision, recall), precision_many, recall_many,
        _harmonic(precision_many, recall_many), ari, pair_precision, pair_recall,
        table.merging(1), table.merging(together), len(table.cluster_size), len(table.label_size),
    )  # fmt: skip


def b_cubed(truth: ArrayLike, found: ArrayLike, mask: ArrayLike | None = None) -> tuple[float, float, float]:
    """Return B-cubed precision, recall and F1; arguments as of `score`."""
    counted = score(truth, found, mask)
    return counted.precision, counted.recall, counted.f1


def b_cubed_by(
    truth: ArrayLike, found: ArrayLike, part: ArrayLike, parts: int
) -> list[tuple[int, float, float, float]]:
    """Return items, B-cubed precision, recall and F1 of the messages of each part, in the partitions of all messages.

    A cluster is judged by all of its members: one that holds messages of two parts costs precision in both.

    Args:
        truth: Campaign of each message, as of `score`.
        found: Cluster of each, likewise.
        part: The part of each message, from 0; a negative number is none.
        parts: How many parts there are.
    """
    labels, clusters = _codes(truth, found, None)
    table = _Contingency(labels, clusters)
    belongs = np.asarray(part, dtype=np.int64)
    counted = belongs >= 0
    items = np.bincount(belongs[counted], minlength=parts)
    means = [
        np.bincount(belongs[counted], weights=values[counted], minlength=parts) / np.maximum(items, 1)
        for values in table.of_items()
    ]
    columns = (items.tolist(), means[0].tolist(), means[1].tolist())
    return [(number, one, other, _harmonic(one, other)) for number, one, other in zip(*columns, strict=True)]


def merged(truth: ArrayLike, found: ArrayLike, *, together: int = 2) -> NDArray[np.int64]:
    """Return the clusters that `Score.merging_twice` counts, by their numbers in `found`, in ascending order."""
    labels, clusters = np.asarray(truth, dtype=np.int64), np.asarray(found, dtype=np.int64)
    together_only = clusters >= 0
    names, dense = np.unique(clusters[together_only], return_inverse=True)
    table = _Contingency(np.unique(labels[together_only], return_inverse=True)[1].astype(np.int64), dense)
    several: NDArray[np.int64] = names[table.holding(together) >= 2]
    return several


def _codes(truth: ArrayLike, found: ArrayLike, mask: ArrayLike | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return both partitions as numbers from 0 on, without what the mask leaves out."""
    labels, clusters = np.asarray(truth, dtype=np.int64), np.asarray(found, dtype=np.int64)
    if labels.shape != clusters.shape:
        raise ValueError(f"{labels.shape} labels and {clusters.shape} clusters")
    if mask is not None:
        kept = np.asarray(mask, dtype=np.bool_)
        if kept.shape != labels.shape:
            raise ValueError(f"{labels.shape} labels and a mask of {kept.shape}")
        labels, clusters = labels[kept], clusters[kept]
    alone = clusters < 0
    clusters = clusters.copy()
    # Numbers that no cluster has: first the names are made dense, then the single ones come after them.
    _, dense = np.unique(clusters[~alone], return_inverse=True)
    clusters[~alone] = dense
    clusters[alone] = (int(dense.max()) + 1 if len(dense) else 0) + np.arange(int(alone.sum()))
    return np.unique(labels, return_inverse=True)[1].astype(np.int64), clusters


class _Contingency:
    """The counts of every pair of a label and a cluster that occurs."""

    def __init__(self, labels: NDArray[np.int64], clusters: NDArray[np.int64]) -> None:
        self.label_size = np.bincount(labels)
        self.cluster_size = np.bincount(clusters)
        width = len(self.cluster_size) or 1
        cells, self._cell, self._count = np.unique(labels * width + clusters, return_inverse=True, return_counts=True)
        self._cell_label, self._cell_cluster = cells // width, cells % width

    def b_cubed(self, counted: NDArray[np.bool_]) -> tuple[float, float]:
        """Return precision and recall, the mean over some messages; both 1 where there are none."""
        weight = np.bincount(self._cell[counted], minlength=len(self._count)).astype(np.float64)
        total = weight.sum()
        if not total:
            return 1.0, 1.0
        precision = weight @ (self._count / self.cluster_size[self._cell_cluster]) / total
        recall = weight @ (self._count / self.label_size[self._cell_label]) / total
        return float(precision), float(recall)

    def of_items(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return precision and recall of each item."""
        precision = self._count / self.cluster_size[self._cell_cluster]
        recall = self._count / self.label_size[self._cell_label]
        return precision[self._cell], recall[self._cell]

    def pairs(self) -> tuple[float, float, float]:
        """Return precision and recall over pairs of messages, and the adjusted Rand index."""
        both, by_label, by_cluster = (_choose_two(sizes) for sizes in (self._count, self.label_size, self.cluster_size))
        precision = both / by_cluster if by_cluster else 1.0
        recall = both / by_label if by_label else 1.0
        everything = _choose_two(np.array([self._count.sum()]))
        if not everything:
            return precision, recall, 1.0
        expected = by_label * by_cluster / everything
        highest = (by_label + by_cluster) / 2
        return precision, recall, 1.0 if highest == expected else (both - expected) / (highest - expected)

    def merging(self, together: int) -> int:
        """Return how many clusters hold at least so many messages of each of two labels or more."""
        return int((self.holding(together) >= 2).sum())

    def holding(self, together: int) -> NDArray[np.int64]:
        """Return of how many labels each cluster holds at least so many messages."""
        held = self._cell_cluster[self._count >= together]
        return np.bincount(held, minlength=len(self.cluster_size)).astype(np.int64)


def _choose_two(sizes: NDArray[np.int64]) -> float:
    wide = sizes.astype(np.float64)
    return float((wide * (wide - 1) / 2).sum())


def _harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
