"""What a match weighs: bits of each field, and the number of unrelated matches to expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.campaigns.families import Field

__all__ = ["concentration_bits", "corroborated", "expected_matches", "field_bits", "joint_bits", "needed_bits"]

_NO_PHRASE_BITS = 40.0
_CORROBORATION_BITS = 3.0
_PAIR_BITS = 4.0
_TEXT_BITS = 1.0
_TEXT_INFORMATION = 30.0
_FLOOR_BITS = 12.0
_FLOOR_START_BITS = 28.0


def field_bits(
    field: Field,
    carriers: NDArray[np.int64],
    group: NDArray[np.int64],
    clusters: int,
    information: NDArray[np.float64] | None = None,
    cap: NDArray[np.float64] | float | None = None,
) -> NDArray[np.float64]:
    """Return the weight of one field of a combination, in bits.

    The background rate of a value is what is left of it outside the group: its own campaign must not make it
    look common. With nothing left outside, a field that names content weighs its information. A long subject never
    weighs less than a floor that its own words set, so that a subject that fills the corpus still counts as what
    it is: nobody writes eight rare words twice by chance.

    Args:
        field: The field.
        carriers: For each group, number of clusters that carry the value.
        group: For each group, number of clusters in it.
        clusters: Number of clusters that could carry a value.
        information: For subjects and texts, the information of the words themselves, in bits.
        cap: The most that each value can weigh; None for what the field says.
    """
    cap = field.cap if cap is None else cap
    outside = np.maximum(carriers - group, 0)
    rate = (outside + 0.5) / (clusters - group + 1.0 + field.prior)
    bits: NDArray[np.float64] = np.minimum(-np.log2(np.minimum(rate, 1.0)), cap)
    if field.exclusive:
        bits = np.where(outside == 0, cap, bits)
    if information is not None:
        floor = np.clip(information - _FLOOR_START_BITS, 0.0, _FLOOR_BITS)
        bits = np.maximum(np.minimum(bits, information), floor)
    return bits


def joint_bits(
    bits: list[NDArray[np.float64]], carriers: NDArray[np.int64], group: NDArray[np.int64], clusters: int
) -> list[NDArray[np.float64]]:
    """Return the weights of several circumstances, lowered so that together they weigh no more than was measured.

    Weights of independent fields add up. An engine and the network that it runs in are not independent: how many
    clusters outside the group have both is counted, and the sum may not exceed what that count says.

    Args:
        bits: Weight of each field in each group.
        carriers: For each group, number of clusters that have all these values.
        group: For each group, number of clusters in it.
        clusters: Number of all clusters.
    """
    together = -np.log2((np.maximum(carriers - group, 0) + 0.5) / (clusters - group + 1.0))
    total = np.sum(bits, axis=0)
    share = np.minimum(1.0, np.maximum(together, 0.0) / np.maximum(total, 1e-9))
    return [field * share for field in bits]


def corroborated(
    bits: NDArray[np.float64],
    information: NDArray[np.float64],
    needed: NDArray[np.float64] | float,
    group: NDArray[np.int64],
    *,
    text: bool = False,
) -> NDArray[np.float64]:
    """Return the weight of subjects or texts, held below what is needed so that another family has to bear it out.

    The words of a stock phrase are less independent than the sum of their information says. Two people hit upon one
    phrase sooner than ten, so that the fewer share it, the more has to come from elsewhere: 7 bits for two, 3 for many.
    A subject of so much information that no phrase reaches it is left as it is.

    Args:
        bits: Weight of the subject in each group.
        information: Information of the subject itself.
        needed: Weight at which a combination is accepted.
        group: Clusters in each group.
        text: Whether it is a text. One of 30 words or more needs no more than a bit from elsewhere if many share it.
    """
    held = (
        needed
        - np.where(text & (information >= _TEXT_INFORMATION), _TEXT_BITS, _CORROBORATION_BITS)
        - _PAIR_BITS / np.maximum(group - 1, 1)
    )
    return np.where(information >= _NO_PHRASE_BITS, bits, np.minimum(bits, held))


def concentration_bits(
    bits: NDArray[np.float64], group: NDArray[np.int64], whole: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the weight of a time window: little where what it is combined with goes on at all times.

    Args:
        bits: What the window weighs by its own rate.
        group: For each group, number of clusters in it.
        whole: Number of clusters that share its other values at any time.
    """
    share = np.maximum(group, 1) / np.maximum(np.maximum(whole, group), 1)
    return np.maximum(bits + np.log2(share), 0.0)


def needed_bits(clusters: int, epsilon: float) -> float:
    """Return the weight at which the expected number of unrelated matches falls to epsilon."""
    return float(np.log2(max(clusters, 1)) - np.log2(epsilon))


def expected_matches(clusters: int, weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the expected number of unrelated clusters that match by chance: the E-value of BLAST.

    Args:
        clusters: Number of clusters at the time of the match.
        weight: Bits of all fields together.
    """
    return np.asarray(clusters * np.exp2(-weight))
