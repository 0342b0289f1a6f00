"""Campaigns that were made by the same program, where hardly anybody else has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import gammainc

from attribution.campaigns.shared_senders import CHANCE, LEAST_BACKGROUND, SERVICE_CLUSTERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SharedEngine", "shared_engines"]

_OWN_SHARE = 0.8
"""Share of the messages of a campaign that carry an engine, from which on it is the engine of the campaign."""

_LEAST_BLOCKS = 10
"""Address blocks from which a campaign came, below which its engine may be that of a bulk mailer's servers."""

_UNSEEN = 3.0
"""Carriers that are added to those seen: none among n bounds a rate at 3/n (Hanley and Lippman-Hand 1983)."""

_RARE = 0.1
"""Expected number of unrelated campaigns with an engine, beyond which it is a common program."""


@dataclass(frozen=True, slots=True)
class SharedEngine:
    """One engine and the campaigns that it made.

    Attributes:
        engine: Its code.
        campaigns: Their numbers, that of most messages first. `messages`: how many of each carry the engine.
        share: Least share of the messages of one of them that carry it.
        elsewhere: Other campaigns and single messages that carry it. `among`: how many there are.
        background: Expected number of engines by chance that so many campaigns share (E-value).
    """

    engine: str
    campaigns: list[int]
    messages: list[int]
    share: float
    elsewhere: int
    among: int
    background: float


def shared_engines(
    engines: pa.ChunkedArray, campaign: NDArray[np.int64], blocks: NDArray[np.int64]
) -> list[SharedEngine]:
    """Find the engines that several campaigns share and that are too rare for that to be chance.

    A campaign has an engine when 80 % of its messages carry it. Chance is measured on all that is not those campaigns:
    single messages and other campaigns, each counted once, however many messages it has, and three more than were
    seen, as none seen does not mean that there are none. From that rate follows how many campaigns would have the
    engine if they had nothing to do with one another; more than a tenth, and it is a common program that never
    links. The tail of Poisson's law for as many campaigns as have it, times the number of engines that were looked
    at, is the expected number of such engines.

    An engine of more than 25 campaigns is a program that many have, though they be none but spammers. A campaign from
    fewer than ten address blocks is not looked at: all newsletters of one bulk mailer have an engine that nobody
    else has, and come from a few of its servers.

    Args:
        engines: For each message its engine, or null.
        campaign: For each message the number of its campaign, -1 for none.
        blocks: For each campaign, from how many address blocks it came.

    Returns:
        In order of the engine's text.
    """
    codes, texts = _codes(engines)
    count, campaigns = len(texts), len(blocks)
    sizes = np.bincount(campaign[campaign >= 0], minlength=campaigns)
    member = (campaign >= 0) & (codes >= 0)
    cells, messages = np.unique(campaign[member] * max(1, count) + codes[member], return_counts=True)
    owner, engine = np.divmod(cells, max(1, count))
    single = codes[(campaign < 0) & (codes >= 0)]
    carriers = np.bincount(single, minlength=count) + np.bincount(engine, minlength=count)
    clusters = len(single) + len(np.unique(owner))

    own = (messages >= _OWN_SHARE * sizes[owner]) & (blocks[owner] >= _LEAST_BLOCKS)
    owner, engine, messages = owner[own], engine[own], messages[own]
    having = np.bincount(engine, minlength=count)
    elsewhere = carriers - having
    among = clusters - having
    tested = int((blocks >= _LEAST_BLOCKS).sum())
    expected = tested * (elsewhere + _UNSEEN) / (among + _UNSEEN)
    background = np.maximum(gammainc(np.maximum(having, 1), expected) * (having > 0).sum(), LEAST_BACKGROUND)
    found = (having >= 2) & (having <= SERVICE_CLUSTERS) & (expected <= _RARE) & (background <= CHANCE)
    result = []
    for number in np.flatnonzero(found).tolist():
        rows = np.flatnonzero(engine == number)
        rows = rows[np.lexsort((owner[rows], -sizes[owner[rows]]))]
        result.append(
            SharedEngine(
                engine=texts[number].as_py(),
                campaigns=owner[rows].tolist(),
                messages=messages[rows].tolist(),
                share=float((messages[rows] / sizes[owner[rows]]).min()),
                elsewhere=int(elsewhere[number]),
                among=int(among[number]),
                background=float(background[number]),
            )
        )
    return result


def _codes(engines: pa.ChunkedArray) -> tuple[NDArray[np.int64], pa.Array]:
    """Return the engine of each message as a number, -1 for none, and the texts in order."""
    coded = engines.combine_chunks().dictionary_encode()
    texts = coded.dictionary.sort()
    rank = pc.index_in(coded.dictionary, value_set=texts).take(coded.indices)
    return np.asarray(pc.fill_null(rank, -1).to_numpy(zero_copy_only=False), dtype=np.int64), texts
