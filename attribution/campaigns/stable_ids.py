"""Campaigns keep their keys when they are found again: by the messages that they had before."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from itertools import count as numbers_from_0
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.tables import message_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.campaigns.reasons import Clustering

__all__ = ["Kept", "keep_ids", "renamed"]


@dataclass(frozen=True, slots=True)
class Kept:
    """How new campaigns follow from earlier ones.

    Attributes:
        keys: For the key of each new campaign the one that it shall have; those that keep theirs are left out.
        aliases: For each campaign that took up earlier ones their keys, in order.
        divided: For each earlier campaign whose messages are now in several, or in none, how many of them the campaign
            with its key still has, and how many it had.
    """

    keys: dict[int, int]
    aliases: dict[int, list[int]]
    divided: dict[int, tuple[int, int]]


def keep_ids(
    messages: pa.Array, labels: pa.Array, before: pa.Array, aliases: Mapping[int, list[int]] | None = None
) -> Kept:
    """Return which new campaign takes the key of which earlier one.

    An earlier key goes to the new campaign that has most of its messages, of equals to the one with the lesser key. A
    new campaign that could have several keys takes that of the earlier one of which it has most messages, of equals
    the least; the others become its aliases. One that has none takes an alias that is the key of one of its messages:
    it was taken up before, and is set free. Else it keeps its own, unless that is taken: then it takes the least key of
    its messages that is free.

    Args:
        messages: The key of each message.
        labels: Its new campaign, null for none.
        before: Its earlier campaign, null for none and for messages that are new.
        aliases: The aliases of earlier campaigns.
    """
    both = pc.and_(labels.is_valid(), before.is_valid())
    pairs = pa.table({"new": labels.filter(both), "old": before.filter(both)})
    counts = pairs.group_by(["new", "old"], use_threads=False).aggregate([([], "count_all")])
    rows = [(row["count_all"], row["new"], row["old"]) for row in counts.to_pylist()]
    winner: dict[int, tuple[int, int]] = {}  # of each earlier key
    for count, new, old in rows:
        if old not in winner or (count, -new) > (winner[old][0], -winner[old][1]):
            winner[old] = (count, new)
    claims: dict[int, list[tuple[int, int]]] = {}
    for old, (count, new) in winner.items():
        claims.setdefault(new, []).append((-count, old))
    keys: dict[int, int] = {}
    absorbed: dict[int, list[int]] = {}
    for new, old_ones in claims.items():
        chosen = min(old_ones)[1]
        keys[new] = chosen
        others = {old for _, old in old_ones} - {chosen}
        for old in (chosen, *others):
            others.update((aliases or {}).get(old, ()))
        if others - {chosen}:
            absorbed[chosen] = sorted(others - {chosen})
    known = {name for names in (aliases or {}).values() for name in names}
    _give_back(keys, absorbed, known, messages, labels)
    # A name that was ever given stands for those messages only.
    earlier = pc.unique(before.drop_null()).to_pylist()
    _give_free_keys(keys, {*keys.values(), *earlier, *known}, messages, labels)
    sizes = dict(zip(*(column.to_pylist() for column in pc.value_counts(before.drop_null()).flatten()), strict=True))
    divided = {old: (winner.get(old, (0, 0))[0], size) for old, size in sizes.items()}
    return Kept(
        {new: key for new, key in keys.items() if new != key},
        absorbed,
        {old: pair for old, pair in sorted(divided.items()) if pair[0] != pair[1]},
    )


def _give_back(
    keys: dict[int, int], absorbed: dict[int, list[int]], known: set[int], messages: pa.Array, labels: pa.Array
) -> None:
    """Give a campaign that was taken up its key again, where the message of that key has left with it."""
    names = pa.array(sorted(known), pa.int64())
    holders = labels.take(pc.index_in(names, value_set=messages)).to_pylist()
    for name, holder in zip(names.to_pylist(), holders, strict=True):
        if holder is not None and holder not in keys and name not in keys.values():
            keys[holder] = name
            for key in [key for key, others in absorbed.items() if name in others]:
                absorbed[key] = [other for other in absorbed[key] if other != name]
                if not absorbed[key]:
                    del absorbed[key]


def _give_free_keys(keys: dict[int, int], taken: set[int], messages: pa.Array, labels: pa.Array) -> None:
    """Find keys for the new campaigns that no earlier one gives its key to.

    Where the keys of all its messages are names of other campaigns, a campaign takes a number that is made of its own.
    """
    unnamed = [new for new in pc.unique(labels.drop_null()).to_pylist() if new not in keys]
    own = {new for new in unnamed if new not in taken}
    keys.update(zip(own, own, strict=True))
    taken |= own
    for new in sorted(set(unnamed) - own):
        members = np.sort(messages.filter(pc.equal(labels, new)).to_numpy()).tolist()
        made = (message_key(f"campaign {new}", None, number) for number in numbers_from_0())
        keys[new] = next(key for key in chain(members, made) if key not in taken)
        taken.add(keys[new])


def renamed(clustering: Clustering, kept: Kept) -> Clustering:
    """Return a clustering whose campaigns have the keys that they keep."""
    if not kept.keys:
        return clustering
    old = pa.array(list(kept.keys), pa.int64())
    new = pa.array(list(kept.keys.values()), pa.int64())

    def through(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
        place = pc.index_in(column, value_set=old)
        return pc.coalesce(new.take(place.combine_chunks() if isinstance(place, pa.ChunkedArray) else place), column)

    def table(rows: pa.Table, *names: str) -> pa.Table:
        for name in names:
            place = rows.schema.get_field_index(name)
            column = rows[name].combine_chunks() if rows[name].num_chunks != 1 else rows[name].chunk(0)
            rows = rows.set_column(place, rows.schema.field(place), through(column))
        return rows

    return type(clustering)(
        labels=through(clustering.labels),
        edges=clustering.edges,
        joins=table(clustering.joins, "campaign"),
        epsilon=clustering.epsilon,
        leads=_with_leads(table(clustering.leads, "campaign_a", "campaign_b")),
        stability=table(clustering.stability, "campaign"),
    )


def _with_leads(leads: pa.Table) -> pa.Table:
    """Return leads under new numbers: of each, the least key of a campaign in it, or of a message where it has none."""
    if not len(leads):
        return leads
    members: dict[int, set[tuple[bool, int]]] = {}
    for row in leads.to_pylist():
        found = members.setdefault(row["lead"], set())
        for end in ("a", "b"):
            campaign = row[f"campaign_{end}"]
            found.add((campaign is None, row[f"message_{end}"] if campaign is None else campaign))
    names: dict[int, int] = {}
    taken: set[int] = set()
    for lead, ends in sorted(members.items(), key=lambda item: min(item[1])):
        names[lead] = next((key for _, key in sorted(ends) if key not in taken), lead)
        taken.add(names[lead])
    place = leads.schema.get_field_index("lead")
    renumbered = pa.array([names[lead] for lead in leads["lead"].to_pylist()], pa.int64())
    return leads.set_column(place, leads.schema.field(place), renumbered)
