"""Campaigns, leads and groups of campaigns against the labels of their messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_array

from attribution.score.partitions import Score, b_cubed_by, merged, score
from attribution.score.shares import Share, share

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "CampaignScore",
    "GroupScore",
    "KindScore",
    "Labelled",
    "LeadScore",
    "MergedCampaign",
    "label_messages",
    "score_campaigns",
    "score_groups",
    "score_leads",
]

_EXAMPLES = 10
_EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Labelled:
    """Matched messages whose true campaign is known, and what follows for the campaigns of the case.

    Attributes:
        truth: Number of the true campaign of each message. `names`: what the truth calls each.
        found: Number of the case's campaign of each, -1 for none. `keys`: the key of each.
        message: Key of each message.
        kind: Number of the kind of each, -1 where not known. `kinds`: their names in order.
        botnet: Number of the botnet of each, -1 for none.
        main: Of each campaign of the case: the true campaign of most of its messages; of several the first by name.
        main_botnet: Of each campaign of the case: the botnet of most of its messages, -1 where most have none.
        senders: Rows of true campaign and botnet that occur together, each once, as one number each.
        botnets: How many botnets there are.
    """

    truth: NDArray[np.int64]
    names: list[str]
    found: NDArray[np.int64]
    keys: NDArray[np.int64]
    message: NDArray[np.int64]
    kind: NDArray[np.int64]
    kinds: list[str]
    botnet: NDArray[np.int64]
    main: NDArray[np.int64]
    main_botnet: NDArray[np.int64]
    senders: NDArray[np.int64]
    botnets: int


@dataclass(frozen=True, slots=True)
class KindScore:
    """B-cubed of the messages of one kind, their clusters judged by all of their members."""

    kind: str
    messages: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class MergedCampaign:
    """A campaign of the case that holds at least two messages of each of several true ones.

    Attributes:
        campaign: Its key.
        messages: Its messages whose true campaign is known.
        labels: True campaigns with most messages in it, as the truth calls them. `sizes`: messages of each.
    """

    campaign: int
    messages: int
    labels: tuple[str, ...]
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CampaignScore:
    """Campaigns of the case against the true ones.

    Attributes:
        all: Measures over all messages whose true campaign is known; a message of no campaign is alone.
        kinds: B-cubed by kind, in order of the kinds' names; empty where no kind is known.
        found: Campaigns of the case among these messages. `true_many`: true campaigns with two messages or more.
        merged: The largest of those that `all.merging_twice` counts.
    """

    all: Score
    kinds: tuple[KindScore, ...]
    found: int
    true_many: int
    merged: tuple[MergedCampaign, ...]


@dataclass(frozen=True, slots=True)
class LeadScore:
    """Leads of one kind.

    Attributes:
        kind: As in the leads table.
        leads: All of them.
        compared: Those whose two ends are known to the truth.
        right: Share of these that are right: for `evidence` both ends are of one true campaign; for leads by senders or
            engine, of one true campaign or of two that one botnet sent.
        same_campaign: Share of these whose ends are of one true campaign.
    """

    kind: str
    leads: int
    compared: int
    right: Share
    same_campaign: Share


@dataclass(frozen=True, slots=True)
class GroupScore:
    """Groups of campaigns against botnets; what is counted are campaigns of the case.

    Attributes:
        campaigns: Those whose messages are mostly of a botnet.
        botnets: Distinct botnets of most messages of these.
        grouped: Those of them in a group. `groups`: their groups.
        precision, recall, f1: B-cubed over them, each of no group alone.
        stray: Campaigns in a group whose messages are mostly of no botnet.
    """

    campaigns: int
    botnets: int
    grouped: int
    groups: int
    precision: float
    recall: float
    f1: float
    stray: int


def label_messages(truth: pa.Table, messages: pa.Table) -> Labelled | None:
    """Number the labels of matched messages; None where no campaign is known.

    Args:
        truth: Columns `campaign`, `kind` and `botnet`, a row a matched message.
        messages: Columns `message` and `campaign` of the case, row by row the same messages.
    """
    known = pc.is_valid(truth["campaign"])
    truth, messages = truth.filter(known), messages.filter(known)
    if not truth.num_rows:
        return None
    label, names = _numbers(truth["campaign"])
    kind, kinds = _numbers(truth["kind"])
    botnet, botnets = _numbers(truth["botnet"])
    alone = pc.is_null(messages["campaign"]).to_numpy()
    keys, place = np.unique(pc.fill_null(messages["campaign"], 0).to_numpy()[~alone], return_inverse=True)
    found = np.full(len(label), -1, np.int64)
    found[~alone] = place
    inside = found >= 0
    sent = botnet >= 0
    return Labelled(
        truth=label,
        names=names,
        found=found,
        keys=keys,
        message=messages["message"].to_numpy(),
        kind=kind,
        kinds=kinds,
        botnet=botnet,
        main=_main(found[inside], label[inside], len(keys)),
        main_botnet=_main(found[inside], botnet[inside], len(keys)),
        senders=np.unique(label[sent] * len(botnets) + botnet[sent]),
        botnets=len(botnets),
    )


def _numbers(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], list[str]]:
    """Return the number of each row's value in the order of the values as texts, -1 for null, and the values."""
    values = pc.unique(column.drop_null()).sort()
    code = pc.index_in(column, value_set=values)
    return pc.fill_null(code, -1).to_numpy().astype(np.int64), values.to_pylist()


def _main(cluster: NDArray[np.int64], value: NDArray[np.int64], clusters: int) -> NDArray[np.int64]:
    """Return the most frequent value of each cluster, of several the lowest."""
    width = int(value.max(initial=-1)) + 2
    cells, count = np.unique(cluster * width + value + 1, return_counts=True)
    of, at = cells // width, cells % width - 1
    order = np.lexsort((at, -count, of))
    found = np.full(clusters, -1, np.int64)
    first = np.unique(of[order], return_index=True)
    found[first[0]] = at[order][first[1]]
    return found


def score_campaigns(labelled: Labelled) -> CampaignScore:
    """Compare campaigns with the true ones."""
    counted = score(labelled.truth, labelled.found)
    rows = b_cubed_by(labelled.truth, labelled.found, labelled.kind, len(labelled.kinds))
    return CampaignScore(
        all=counted,
        kinds=tuple(KindScore(name, *row) for name, row in zip(labelled.kinds, rows, strict=True)),
        found=len(labelled.keys),
        true_many=int((np.bincount(labelled.truth) > 1).sum()),
        merged=_merged(labelled),
    )


def _merged(labelled: Labelled) -> tuple[MergedCampaign, ...]:
    clusters = merged(labelled.truth, labelled.found)
    sizes = np.bincount(labelled.found[labelled.found >= 0], minlength=len(labelled.keys))
    largest = clusters[np.lexsort((labelled.keys[clusters], -sizes[clusters]))][:_EXAMPLES]
    examples = []
    for cluster in largest.tolist():
        labels, count = np.unique(labelled.truth[labelled.found == cluster], return_counts=True)
        order = np.lexsort((labels, -count))[:_EXAMPLES]
        names = tuple(labelled.names[label] for label in labels[order].tolist())
        key = int(labelled.keys[cluster])
        examples.append(MergedCampaign(key, int(sizes[cluster]), names, tuple(count[order].tolist())))
    return tuple(examples)


def score_leads(labelled: Labelled, leads: pa.Table) -> tuple[LeadScore, ...]:
    """Say how many leads are right, by kind in order of the kinds' names.

    An end that is a message has the label of this message, where it is known; else, and at a whole campaign, the label
    of most messages of the campaign.

    Args:
        labelled: The messages.
        leads: Columns `kind`, `campaign_a`, `campaign_b`, `message_a` and `message_b` of the leads table.
    """
    one, other = (_end(labelled, leads[f"message_{side}"], leads[f"campaign_{side}"]) for side in ("a", "b"))
    compared = (one >= 0) & (other >= 0)
    same = compared & (one == other)
    sent = same | (compared & _one_botnet(labelled, one, other))
    rows = []
    for kind in pc.unique(leads["kind"].drop_null()).sort().to_pylist():
        mine = pc.fill_null(pc.equal(leads["kind"], kind), fill_value=False).to_numpy()
        counted = int((mine & compared).sum())
        right = same if kind == _EVIDENCE else sent
        both = (share(int((mine & which).sum()), counted) for which in (right, same))
        rows.append(LeadScore(kind, int(mine.sum()), counted, *both))
    return tuple(rows)


def _end(labelled: Labelled, message: pa.ChunkedArray, campaign: pa.ChunkedArray) -> NDArray[np.int64]:
    order = np.argsort(labelled.message)
    label = _looked_up(message, labelled.message[order], labelled.truth[order])
    whole = _looked_up(campaign, labelled.keys, labelled.main)
    return np.where(label >= 0, label, whole)


def _looked_up(column: pa.ChunkedArray, keys: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the value of each key, -1 where it is null or not among the keys, which are in order."""
    asked = pc.fill_null(column, -1).to_numpy()
    if not len(keys):
        return np.full(len(asked), -1, np.int64)
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    there = (keys[place] == asked) & pc.is_valid(column).to_numpy()
    return np.where(there, values[place], -1)


def _one_botnet(labelled: Labelled, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of pairs of true campaigns whether a botnet sent mail of both."""
    labels, botnets = labelled.senders // max(labelled.botnets, 1), labelled.senders % max(labelled.botnets, 1)
    shape = int(labelled.truth.max(initial=-1)) + 1, labelled.botnets
    took_part = csr_array((np.ones(len(labels), np.int64), (labels, botnets)), shape=shape)
    known = np.flatnonzero((one >= 0) & (other >= 0))
    found = np.zeros(len(one), np.bool_)
    if len(known) and labelled.botnets:
        found[known] = np.asarray((took_part[one[known]] * took_part[other[known]]).sum(axis=1)).ravel() > 0
    return found


def score_groups(labelled: Labelled, campaigns: pa.Table) -> GroupScore | None:
    """Compare groups of campaigns with botnets; None where no botnet is known.

    Args:
        labelled: The messages.
        campaigns: Columns `campaign` and `group` of the campaigns table.
    """
    if not labelled.botnets:
        return None
    ordered = campaigns.select(["campaign", "group"]).sort_by("campaign")
    keys = ordered["campaign"].to_numpy()
    group = pc.index_in(ordered["group"], value_set=pc.unique(ordered["group"].drop_null()))
    number = pc.fill_null(group, -1).to_numpy().astype(np.int64)
    mine = _looked_up(pa.chunked_array([pa.array(labelled.keys)]), keys, number)
    bots = labelled.main_botnet >= 0
    counted = score(labelled.main_botnet[bots], mine[bots])
    return GroupScore(
        campaigns=int(bots.sum()),
        botnets=counted.campaigns,
        grouped=int((mine[bots] >= 0).sum()),
        groups=len(np.unique(mine[bots][mine[bots] >= 0])),
        precision=counted.precision,
        recall=counted.recall,
        f1=counted.f1,
        stray=int((mine[~bots] >= 0).sum()),
    )
