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
from attribution.campaigns.forest import Links, components
from attribution.campaigns.groups import joint_codes, key_groups
from attribution.campaigns.leads import evidence_leads
from attribution.campaigns.reasons import Reasons
from attribution.campaigns.rounds import Round
from attribution.campaigns.separation import separated
from attribution.campaigns.stability import stability
from attribution.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from attribution.campaigns.background import Background
    from attribution.campaigns.columns import Columns
    from attribution.campaigns.groups import Groups
    from attribution.campaigns.reasons import Clustering, Together

__all__ = ["ASSERTED", "LEAD", "find"]

ASSERTED = 0.01
"""Unrelated matches expected at which messages are said to belong together."""
LEAD = 0.1
"""Unrelated matches expected at which that is worth a look."""

_ROUNDS = 3


def find(
    traits: pa.Table,
    epsilon: float = ASSERTED,
    *,
    lead: float = LEAD,
    together: Sequence[Together] = (),
    apart: Sequence[tuple[int, int]] = (),
    background: Background | None = None,
) -> Clustering:
    """Find the campaigns among messages.

    The result does not depend on the order of rows. Time is that of some integer sorts of the rows for each
    combination; memory grows with the rows and not with the links.

    Args:
        traits: As `TRAITS`, one row a message, keys distinct.
        epsilon: Expected number of unrelated clusters that match a combination by chance, at most; 0.01 to
            assert that messages belong together.
        lead: The same for leads, which begin with what is asserted; at or below epsilon there are none.
        together: Keys of two messages that a person says belong together, and what is to be read of it.
        apart: Keys of two messages that a person says do not. Where evidence joins them, its weakest link between
            them is left out. Keys that the traits do not hold are passed over.
        background: How often values occur in other mail.

    Returns:
        The campaign of each row, and why.

    Raises:
        UsageError: Two rows have the same message key, or epsilon is not above 0.
    """
    for name, number in (("epsilon", epsilon), ("lead", lead)):
        if not (0 < number < np.inf or (name == "lead" and number <= 0)):
            msg = f"{name} is {number}: give a number above 0, such as 0.01"
            raise UsageError(msg)
    columns = encode(traits)
    rows = len(columns.messages)
    cannot = _rows_of(columns, apart)
    must = _without_circles(_rows_of(columns, together), [text for *_, text in together], rows)
    label = np.arange(rows, dtype=np.int32)
    reasons = Reasons(columns)
    if must:
        reasons.add_together(must)
        label = components(_plain_links(must), rows)
    groups = dict(key_groups(columns))
    joint = joint_codes(columns)
    contested = np.bincount([row for pair in cannot for row in pair if row >= 0], minlength=rows)
    accepted: list[tuple[int, Groups]] = []
    for number in range(_ROUNDS):
        current = Round(columns, joint, label, epsilon, first=number == 0, background=background, contested=contested)
        links = separated(current.links(groups), label, cannot)
        if len(links) == 0:
            break
        reasons.add(number + 1, links, current.accepted, current.clusters)
        accepted.extend((key, source.groups) for key, source in current.accepted.items())
        label = components(links, rows)[label]
        groups = _divided(groups, label)
    held = stability(label, columns.messages, accepted, [(left, right) for left, right, _ in must])
    del accepted
    leads = evidence_leads(columns, joint, groups, label, cannot, (epsilon, lead), background)
    return reasons.clustering(label, epsilon, leads, held)


def _divided(groups: dict[int, Groups], label: NDArray[np.int32]) -> dict[int, Groups]:
    """Return the groups whose rows are in more than one cluster, where there are any."""
    divided = {key: found.divided(label) for key, found in groups.items()}
    return {key: found for key, found in divided.items() if len(found.rows)}


def _rows_of(columns: Columns, pairs: Sequence[tuple[int, int] | Together]) -> list[tuple[int, int]]:
    """Return the rows of pairs of message keys; -1 in both where one is not there."""
    found: list[tuple[int, int]] = []
    for pair in pairs:
        places = np.searchsorted(columns.messages, pair[:2])
        there = all(
            place < len(columns.messages) and columns.messages[place] == key
            for place, key in zip(places.tolist(), pair[:2], strict=True)
        )
        found.append((int(places[0]), int(places[1])) if there else (-1, -1))
    return found


def _without_circles(pairs: list[tuple[int, int]], texts: list[str], rows: int) -> list[Together]:
    """Return the pairs that join what is not joined yet, so that they are a forest."""
    kept: list[Together] = []
    group = dict[int, int]()

    def root(row: int) -> int:
        # Each step halves the way that the next search takes: one decision may hold thousands of messages.
        while (above := group.setdefault(row, row)) != row:
            group[row] = group.setdefault(above, above)
            row = group[row]
        return row

    for (left, right), text in zip(pairs, texts, strict=True):
        if 0 <= left < rows and root(left) != root(right):
            group[root(left)] = root(right)
            kept.append((left, right, text))
    return kept


def _plain_links(pairs: Sequence[Together]) -> Links:
    left = np.array([pair[0] for pair in pairs], np.int32)
    right = np.array([pair[1] for pair in pairs], np.int32)
    nothing = np.zeros(len(pairs), np.int32)
    return Links(left, right, left, right, nothing, nothing, np.zeros(len(pairs), np.float32))
