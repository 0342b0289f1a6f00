"""The record of each campaign, as a table for people."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from attribution._net import network_key
from attribution.campaigns.bursts import bursts
from attribution.campaigns.per_address import per_address
from attribution.campaigns.slots import SLOT_TEMPLATES, subject_slots
from attribution.tables import CAMPAIGNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.campaigns.reasons import Clustering

__all__ = ["describe", "with_places"]

_BURST_STARTS = 100
_UNKNOWN = np.iinfo(np.int64).min


def describe(clustering: Clustering, messages: pa.Table, addresses: pa.Table | None = None) -> pa.Table:
    """Describe each campaign by its messages.

    - `messages`; `addresses`, the distinct handover addresses; `networks`, their distinct autonomous systems, and for
      addresses whose system is not known the /24 or /48; `countries`, of those addresses whose country is known, null
      when none is.
    - `first_seen` and `last_seen` by the receiver's clock; `bursts`, how many (see `bursts.bursts`); `burst_starts`,
      the first hundred; `bursts_per_day`, over the days from first to last message. All null where no message has its
      time.
    - `subject_template`, the most frequent one, as `traits` made it; `subject_slots`, the templates as one (see
      `slots.subject_slots`); `engine`, the most frequent one, null where `messages` has no such column.
    - `max_per_address`, the most messages from one address; `per_address`, how many addresses sent as many messages as
      each class of `per_address.PER_ADDRESS` says: both null without an address; `low_and_slow`: see `per_address`.
    - `cohesion`, the share of its messages that carry one and the same combination of values, the most frequent one:
      1 when all are alike in it, low when the campaign hangs together as a chain.

    Other columns are null: they need what this function is not given.

    Args:
        clustering: What `find` returned.
        messages: One row for each row of the traits, in the same order, with the columns `message`, `received_at`,
            `handover_ip`, `subject_template` and, where it is known, `engine`.
        addresses: Columns `ip`, `country` and `asn`; None when nothing is known of addresses.

    Returns:
        A table as `tables.CAMPAIGNS`, in order of the campaign's key.
    """
    member = clustering.labels.is_valid()
    keys, campaign = np.unique(clustering.labels.filter(member).to_numpy(), return_inverse=True)
    rows = messages.filter(member)
    size = np.bincount(campaign, minlength=len(keys))
    times = _times(rows["received_at"])
    address, ips = _codes(rows["handover_ip"])
    template, templates = _codes(rows["subject_template"])
    spread = per_address(campaign, address, times, len(keys))
    located = spread.addresses > 0
    networks, countries = _places(*_distinct(campaign, address, len(ips))[:2], ips, len(keys), addresses)
    subjects = _distinct(campaign, template, len(templates))
    joins = clustering.joins.select(["campaign", "messages"]).to_pandas()
    commonest = joins.groupby("campaign")["messages"].max().reindex(keys).to_numpy(dtype=np.float64)
    columns = {
        "campaign": pa.array(keys),
        "messages": pa.array(size),
        "addresses": pa.array(spread.addresses),
        "networks": pa.array(networks),
        "countries": pa.array(countries, mask=countries == 0),
        "subject_template": _modes(*subjects, templates, len(keys)),
        "subject_slots": _slots(*subjects, templates, len(keys)),
        "cohesion": pa.array(commonest / size, from_pandas=True),
        "max_per_address": pa.array(spread.most, mask=~located),
        "per_address": _lists(spread.histogram.tolist(), located),
        "low_and_slow": pa.array(spread.low_and_slow, from_pandas=True),
        **_in_time(campaign, times, len(keys)),
    }
    if "engine" in rows.column_names:
        engine, engines = _codes(rows["engine"])
        columns["engine"] = _modes(*_distinct(campaign, engine, len(engines)), engines, len(keys))
    nothing = pa.nulls(len(keys))
    return pa.table([columns.get(field.name, nothing).cast(field.type) for field in CAMPAIGNS], schema=CAMPAIGNS)


def with_places(campaigns: pa.Table, messages: pa.Table, addresses: pa.Table) -> pa.Table:
    """Return the campaigns table with its networks and countries counted again, as `describe` counts them.

    Args:
        campaigns: As `tables.CAMPAIGNS`.
        messages: Columns `campaign` and `handover_ip`.
        addresses: Columns `ip`, `country` and `asn`.
    """
    place = pc.index_in(messages["campaign"], campaigns["campaign"].combine_chunks())
    known = place.is_valid()
    address, ips = _codes(messages["handover_ip"].filter(known))
    at = place.filter(known).to_numpy().astype(np.int64)
    networks, countries = _places(*_distinct(at, address, len(ips))[:2], ips, len(campaigns), addresses)
    counted = {"networks": pa.array(networks), "countries": pa.array(countries, mask=countries == 0)}
    for name, column in counted.items():
        number = campaigns.schema.get_field_index(name)
        campaigns = campaigns.set_column(number, CAMPAIGNS.field(name), column.cast(CAMPAIGNS.field(name).type))
    return campaigns


def _times(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return microseconds, UTC; the least integer for unknown."""
    numbers = column.cast(CAMPAIGNS.field("first_seen").type).cast(pa.int64()).fill_null(int(_UNKNOWN))
    times: NDArray[np.int64] = numbers.to_numpy()
    return times


def _codes(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], pa.Array]:
    """Return for each row the number of its text, -1 for null, and the distinct texts in order."""
    encoded = pa.chunked_array([column.cast(pa.string()).combine_chunks().dictionary_encode()]).combine_chunks()
    order = pc.sort_indices(encoded.dictionary)
    rank = np.empty(len(order) + 1, dtype=np.int64)
    rank[order.to_numpy()] = np.arange(len(order))
    rank[-1] = -1
    return rank[encoded.indices.fill_null(-1).to_numpy()], encoded.dictionary.take(order)


def _distinct(
    campaign: NDArray[np.int64], code: NDArray[np.int64], codes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct pairs of campaign and code, in order, and how often each occurs; nulls are left out."""
    there = code >= 0
    pairs, count = np.unique(campaign[there] * max(codes, 1) + code[there], return_counts=True)
    return pairs // max(codes, 1), pairs % max(codes, 1), count


def _by_frequency(
    campaign: NDArray[np.int64], code: NDArray[np.int64], count: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the order by campaign, the most frequent first and of equals the first in order of text; and the rank."""
    order = np.lexsort((code, -count, campaign))
    sorted_campaign = campaign[order]
    rank = np.arange(len(order)) - np.searchsorted(sorted_campaign, sorted_campaign, side="left")
    return order, rank


def _modes(
    campaign: NDArray[np.int64], code: NDArray[np.int64], count: NDArray[np.int64], texts: pa.Array, campaigns: int
) -> pa.Array:
    """Return the most frequent text of each campaign; of equally frequent ones the first in order of text."""
    order, rank = _by_frequency(campaign, code, count)
    first = order[rank == 0]
    place = np.full(campaigns, -1, dtype=np.int64)
    place[campaign[first]] = code[first]
    return texts.take(pa.array(place, mask=place < 0))


def _slots(
    campaign: NDArray[np.int64], code: NDArray[np.int64], count: NDArray[np.int64], texts: pa.Array, campaigns: int
) -> pa.Array:
    order, rank = _by_frequency(campaign, code, count)
    # One more than is aligned shows that there are more.
    order = order[rank <= SLOT_TEMPLATES]
    used = texts.take(pa.array(code[order])).to_pylist()
    counts = count[order].tolist()
    bounds = np.searchsorted(campaign[order], np.arange(campaigns + 1)).tolist()
    texts_of = (subject_slots(used[begin:end], counts[begin:end]) for begin, end in pairwise(bounds))
    return pa.array(list(texts_of), pa.string())


def _in_time(campaign: NDArray[np.int64], times: NDArray[np.int64], campaigns: int) -> dict[str, pa.Array]:
    """Return first and last time of each campaign, and its bursts."""
    campaign, times = campaign[times != _UNKNOWN], times[times != _UNKNOWN]
    order = np.lexsort((times, campaign))
    campaign, times = campaign[order], times[order]
    bounds = np.searchsorted(campaign, np.arange(campaigns + 1))
    timed = bounds[1:] > bounds[:-1]
    first, last = np.zeros(campaigns, dtype=np.int64), np.zeros(campaigns, dtype=np.int64)
    first[timed], last[timed] = times[bounds[:-1][timed]], times[bounds[1:][timed] - 1]
    found = [bursts(times[begin:end]) for begin, end in pairwise(bounds.tolist())]
    return {
        "first_seen": pa.array(first, mask=~timed),
        "last_seen": pa.array(last, mask=~timed),
        "bursts": pa.array(np.array([len(one.starts) for one in found], dtype=np.int64), mask=~timed),
        "burst_starts": _lists([one.starts[:_BURST_STARTS].tolist() for one in found], timed),
        "bursts_per_day": pa.array(np.array([one.per_day for one in found], dtype=np.float64), mask=~timed),
    }


def _lists(rows: list[list[int]], there: NDArray[np.bool_]) -> pa.Array:
    """Return lists of integers, null where there is nothing to tell."""
    return pa.array(
        [row if told else None for row, told in zip(rows, there.tolist(), strict=True)], pa.list_(pa.int64())
    )


def _places(
    campaign: NDArray[np.int64], address: NDArray[np.int64], ips: pa.Array, campaigns: int, known: pa.Table | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the distinct networks and the distinct known countries of each campaign, from its distinct addresses."""
    network, country = _known(ips, known)
    counts = []
    for place in (network, country):
        of_address = place[address]
        pairs = _distinct(campaign, of_address, int(place.max(initial=-1)) + 1)[0]
        counts.append(np.bincount(pairs, minlength=campaigns).astype(np.int64))
    return counts[0], counts[1]


def _known(ips: pa.Array, addresses: pa.Table | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each distinct address the number of its network, and of its country, -1 where that is not known."""
    texts = ips.to_pylist()
    systems: list[int | None] = [None] * len(texts)
    countries: list[str | None] = [None] * len(texts)
    if addresses is not None and len(texts):
        row = pc.index_in(ips, addresses["ip"].combine_chunks())
        systems, countries = (addresses[name].take(row).to_pylist() for name in ("asn", "country"))
    networks = [network_key(ip) if asn is None else f"AS{asn}" for ip, asn in zip(texts, systems, strict=True)]
    return pd.factorize(np.array(networks, dtype=object))[0], pd.factorize(np.array(countries, dtype=object))[0]
