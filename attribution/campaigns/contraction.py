"""Rare-evidence contraction: messages join where unrelated ones would hardly share so much.

Two messages are joined only through a combination of values from independent families of evidence,
one of them content, that fewer than epsilon unrelated messages are expected to match. Clusters are then
contracted and rates counted over clusters, twice more, so that a large campaign does not make its own traits look
common. The method in full, with what it was measured to do, is in the project's specification of campaigns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.campaigns.columns import encode
from attribution.campaigns.forest import components
from attribution.campaigns.groups import joint_codes, key_groups
from attribution.campaigns.reasons import Clustering, Reasons
from attribution.campaigns.rounds import Round
from attribution.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["find"]

_ROUNDS = 3


def find(traits: pa.Table, epsilon: float = 0.01) -> Clustering:
    """Find the campaigns among messages.

    The result does not depend on the order of rows. Time is that of some integer sorts of the rows for each
    combination; memory grows with the rows and not with the links.

    Args:
        traits: As `TRAITS`, one row a message, keys distinct.
        epsilon: Expected number of unrelated clusters that match a combination by chance, at most; 0.01 to
            assert that messages belong together.

    Returns:
        The campaign of each row, and why.

    Raises:
        UsageError: Two rows have the same message key, or epsilon is not above 0.
    """
    if not epsilon > 0:
        msg = f"epsilon is {epsilon}: give a number above 0, such as 0.01"
        raise UsageError(msg)
    columns = encode(traits)
    rows = len(columns.messages)
    label = np.arange(rows, dtype=np.int32)
    groups = dict(key_groups(columns))
    joint = joint_codes(columns)
    reasons = Reasons(columns)
    for number in range(_ROUNDS):
        current = Round(columns, joint, label, epsilon, first=number == 0)
        links = current.links(groups)
        if len(links) == 0:
            break
        reasons.add(number, links, current.accepted, current.clusters)
        label = components(links, rows)[label]
        divided = {key: found.divided(label) for key, found in groups.items()}
        groups = {key: found for key, found in divided.items() if len(found.rows)}
    return reasons.clustering(label, epsilon)
