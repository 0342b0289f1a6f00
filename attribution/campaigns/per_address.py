"""Messages per address: how a campaign spreads over the addresses that sent it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FEWEST_ADDRESSES", "LOW_MESSAGES", "PER_ADDRESS", "SLOW_MESSAGES", "PerAddress", "per_address"]

PER_ADDRESS = (1, 2, 5, 10, 100)
"""Greatest number of messages of each class of the histogram: 1, 2, 3-5, 6-10, 11-100; the last is above 100."""

LOW_MESSAGES = 10
"""An address is low when it sent at most so many messages of the campaign: the figure published of the run of 2014."""

SLOW_MESSAGES = 3
"""It is slow when no more than so many of them came within a minute. Mail servers limit by the minute, and one burst
of a bot is a handful of messages: so it stays below what a limit would stop, while a queue that is emptied at once
does not."""

FEWEST_ADDRESSES = 10
"""With fewer addresses the load is not spread, whatever each of them sent."""

_MINUTE = 60 * 1_000_000


@dataclass(frozen=True, slots=True)
class PerAddress:
    """How many messages came from one address, as columns over campaigns.

    Attributes:
        addresses: Distinct addresses of each campaign.
        most: The most messages from one of them; 0 where there is none.
        histogram: One row a campaign: how many addresses sent as many messages as each class of `PER_ADDRESS` says.
        low_and_slow: Share, 0 to 1; not a number where there are fewer than ten addresses.
    """

    addresses: NDArray[np.int64]
    most: NDArray[np.int64]
    histogram: NDArray[np.int64]
    low_and_slow: NDArray[np.float64]


def per_address(
    campaign: NDArray[np.int64], address: NDArray[np.int64], time: NDArray[np.int64], campaigns: int
) -> PerAddress:
    """Count the messages of each campaign by address.

    The score `low_and_slow` is the share of a campaign's messages, of those with a known address, that came from
    addresses which sent at most ten of it, and never more than three within one minute. A botnet whose machines send
    a few messages each comes near 1. Snowshoe spam, a few addresses with hundreds each, comes near 0, and so does a
    mailing service. It speaks of the mail at hand: in a small dump every sender looks low.

    Args:
        campaign: For each message the number of its campaign, from 0.
        address: Likewise the number of its handover address, from 0; -1 for none.
        time: When it came: microseconds, UTC; the least integer for unknown, which counts as slow.
        campaigns: How many campaigns there are.
    """
    located = address >= 0
    campaign, address, time = campaign[located], address[located], time[located]
    order = np.lexsort((time, address, campaign))
    campaign, address, time = campaign[order], address[order], time[order]
    begins = np.ones(len(campaign), dtype=np.bool_)
    begins[1:] = (campaign[1:] != campaign[:-1]) | (address[1:] != address[:-1])
    sender = np.cumsum(begins) - 1
    owner = campaign[begins]
    sent = np.bincount(sender, minlength=len(owner)).astype(np.int64)
    hasty = np.zeros(len(owner), dtype=np.bool_)
    hasty[sender[SLOW_MESSAGES:][_within_a_minute(sender, time)]] = True

    addresses = np.bincount(owner, minlength=campaigns).astype(np.int64)
    most = np.zeros(campaigns, dtype=np.int64)
    np.maximum.at(most, owner, sent)
    classes = len(PER_ADDRESS) + 1
    place = owner * classes + np.searchsorted(PER_ADDRESS, sent, side="left")
    histogram = np.bincount(place, minlength=campaigns * classes).astype(np.int64).reshape(campaigns, classes)
    quiet = np.where((sent <= LOW_MESSAGES) & ~hasty, sent, 0)
    total = np.bincount(owner, weights=sent, minlength=campaigns)
    share = np.bincount(owner, weights=quiet, minlength=campaigns) / np.maximum(total, 1)
    return PerAddress(addresses, most, histogram, np.where(addresses >= FEWEST_ADDRESSES, share, np.nan))


def _within_a_minute(sender: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say for each message but the first three whether its sender sent the third before it less than a minute ago."""
    unknown = np.iinfo(np.int64).min
    same = sender[SLOW_MESSAGES:] == sender[:-SLOW_MESSAGES]
    earlier, later = time[:-SLOW_MESSAGES], time[SLOW_MESSAGES:]
    hasty: NDArray[np.bool_] = same & (earlier != unknown) & (later - _MINUTE < earlier)
    return hasty
