"""The senders of each campaign against their neighbours, corrected for how many campaigns are compared.

The same addresses are compared in the same networks as for the whole case, by the columns `compared_network` and
`compared_thing` of the tables, so that it can be done again from a case.

A case has thousands of campaigns, and of thousands of comparisons some stand out by chance alone. So a campaign is said
to differ from the neighbours where two things hold: its own 95 % interval says so, as for the whole case, and the exact
test still does after Holm's correction over all campaigns that are compared (Holm 1979). Holm and not a rate of false
discoveries (Benjamini and Hochberg 1995): what is said of one campaign is read by itself, not as one of a list of which
a twentieth may be wrong. Campaigns share neighbours, and Holm's correction holds however they depend on each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow.compute as pc

from attribution.enrich.evidence.exact import tails
from attribution.enrich.evidence.odds import Interval, pooled
from attribution.enrich.evidence.seen import rows_of
from attribution.enrich.evidence.verdicts import verdict_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from attribution.enrich.evidence.comparison import Verdict

__all__ = ["LEAST", "Sent", "Shares", "shares_of"]

LEAST = 20
"""Senders, and neighbours, that must have been compared before a share is; the same as for the whole case."""
_CLEARLY = 1.5
"""Odds ratio above which senders show things clearly more often; the same as for the whole case."""
_ERROR = 0.025
"""Chance that even one of a case's campaigns is wrongly said to differ in one direction: half of what a 95 % interval
leaves out, as it has two ends."""
_NOBODY = Interval(None, None, None, "nobody")


class Sent(NamedTuple):
    """Which address sent for which campaign, each pair once, in order of campaigns.

    Attributes:
        campaign: Rows of the campaigns table. `address`: rows of the addresses table.
    """

    campaign: NDArray[np.int64]
    address: NDArray[np.int64]

    @classmethod
    def of(cls, campaigns: pa.Table, messages: pa.Table, addresses: pa.Table) -> Sent:
        """Return the pairs.

        Args:
            campaigns: With `campaign`, each once.
            messages: With `campaign` and `handover_ip`, null where there is none.
            addresses: With `ip`, each once; one at least.
        """
        campaign = rows_of(messages["campaign"], campaigns["campaign"])
        address = rows_of(messages["handover_ip"], addresses["ip"])
        known = (campaign >= 0) & (address >= 0)
        return cls(*np.divmod(np.unique(campaign[known] * len(addresses) + address[known]), len(addresses)))


@dataclass(frozen=True, slots=True)
class Shares:
    """How often the senders of one campaign show things, beside their neighbours.

    Attributes:
        senders: Its senders that are compared. `senders_with`: those of them that show a thing.
        controls: Neighbours in the same networks that sent nothing. `controls_with`: those of them that show a thing.
        controls_share: Share of the neighbours, weighed as the senders are spread; None where there are none.
        interval: The odds ratio; its `method` says why it is not judged where `verdict` is `none`.
        alone: The verdict if the campaign were the only one.
        verdict: What is said of it among all that are compared.
        among: How many campaigns are compared by their odds ratio.
        filtered: Whether senders of whom the scan says nothing count as senders without a thing.
    """

    senders: int
    senders_with: int
    controls: int
    controls_with: int
    controls_share: float | None
    interval: Interval
    alone: Verdict
    verdict: Verdict
    among: int
    filtered: bool


def shares_of(
    sent: Sent,
    size: int,
    addresses: pa.Table,
    controls: pa.Table,
    control: Mapping[str, Any] | None = None,
    *,
    corrected: bool = True,
) -> list[Shares]:
    """Return the comparison of each campaign.

    Args:
        sent: Who sent for which campaign.
        size: How many campaigns there are.
        addresses: With `banners`, `compared_network` and `compared_thing`, as in the addresses table.
        controls: With `compared_network` and `compared_thing`, as in the controls table.
        control: The run record's `control`, the comparison of the whole case.
        corrected: Whether each has to hold among all; else it is judged as if it were the only one.
    """
    networks = _Networks.of(sent, size, addresses, controls)
    things = control["things"] if control is not None else {}
    refused = things["method"] if things.get("verdict") == "none" else None
    # Who did not answer is compared only where the scan lists hardly any sender without a device.
    silent = pc.and_(pc.is_valid(addresses["compared_network"]), pc.equal(addresses["banners"], 0))
    filtered = bool(pc.any(silent).as_py())
    found = [_alone(networks, campaign, refused, filtered=filtered) for campaign in range(size)]
    found = _corrected(found, networks) if corrected else found
    if filtered:  # what is more even so, is more; nothing else can be said
        no_judgement = Interval(None, None, None, "senders-filtered")
        found = [
            each if each.verdict in ("more", "none") else replace(each, interval=no_judgement, verdict="none")
            for each in found
        ]
    return found


class _Networks(NamedTuple):
    """The senders and neighbours of each campaign in each network that both have.

    Attributes:
        cells: Four rows: senders with and without, neighbours with and without; a column for each network of each
            campaign, in order of campaigns.
        starts: Where the columns of each campaign begin, and where the last one's end.
        sums: The cells of each campaign over its networks.
        weighed: Share of the neighbours that show a thing, weighed as the senders are spread; NaN where there is none.
    """

    cells: NDArray[np.int64]
    starts: NDArray[np.int64]
    sums: NDArray[np.int64]
    weighed: NDArray[np.float64]

    @classmethod
    def of(cls, sent: Sent, size: int, addresses: pa.Table, controls: pa.Table) -> _Networks:
        beside, beside_thing = _compared(controls)
        names, place = np.unique(beside[beside >= 0], return_inverse=True)
        others = np.bincount(place, minlength=len(names))
        others_with = np.bincount(place[beside_thing[beside >= 0]], minlength=len(names))
        network, thing = (column[sent.address] for column in _compared(addresses))
        both = np.isin(network, names)
        wide = max(len(names), 1)
        pairs, at = np.unique(sent.campaign[both] * wide + np.searchsorted(names, network[both]), return_inverse=True)
        owner, where = np.divmod(pairs, wide)
        senders, with_ = (np.bincount(rows, minlength=len(pairs)) for rows in (at, at[thing[both]]))
        cells = np.stack([with_, senders - with_, others_with[where], others[where] - others_with[where]])
        sums = np.stack([np.bincount(owner, weights=row, minlength=size) for row in cells]).astype(np.int64)
        expected = np.bincount(owner, weights=senders * others_with[where] / others[where], minlength=size)
        in_all = sums[0] + sums[1]
        weighed = np.divide(expected, in_all, out=np.full(size, np.nan), where=in_all > 0)
        return cls(cells, np.searchsorted(owner, np.arange(size + 1)), sums, weighed)

    def table(self, campaign: int) -> NDArray[np.int64]:
        """Return the columns of one campaign."""
        return self.cells[:, self.starts[campaign] : self.starts[campaign + 1]]


def _compared(table: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the network that each address was compared in, -1 for none, and whether it showed a thing."""
    network = table["compared_network"].fill_null(-1).to_numpy().astype(np.int64)
    return network, table["compared_thing"].fill_null(False).to_numpy().astype(np.bool_)


def _alone(networks: _Networks, campaign: int, refused: str | None, *, filtered: bool) -> Shares:
    """Compare one campaign as if it were the only one."""
    with_, without, other_with, other_without = networks.sums[:, campaign].tolist()
    share = float(networks.weighed[campaign])
    if refused is None and min(with_ + without, other_with + other_without) < LEAST:
        refused = "too-few"
    verdict: Verdict
    if refused is not None:
        interval, verdict = Interval(None, None, None, refused), "none"
    elif not with_ and not other_with:  # a share of nothing on both sides needs no ratio
        interval, verdict = _NOBODY, "same"
    else:
        interval = pooled(networks.table(campaign))
        verdict = verdict_of(interval)
    return Shares(
        senders=with_ + without,
        senders_with=with_,
        controls=other_with + other_without,
        controls_with=other_with,
        controls_share=None if np.isnan(share) else share,
        interval=interval,
        alone=verdict,
        verdict=verdict,
        among=1,
        filtered=filtered,
    )


def _corrected(found: list[Shares], networks: _Networks) -> list[Shares]:
    """Return the comparisons with what is said of each among all."""
    compared = [at for at, each in enumerate(found) if each.interval.low is not None or each.interval.high is not None]
    if not compared:
        return found
    # Where a campaign's own interval does not differ, its chance is not asked: 1 only makes the correction stricter.
    chances = np.ones((3, len(compared)))
    for column, at in enumerate(compared):
        table, alone = networks.table(at), found[at].alone
        if alone == "more":
            chances[0, column] = tails(table, _CLEARLY).above
        if alone in ("more", "slightly-more"):
            chances[1, column] = tails(table, 1.0).above
        if alone == "less":
            chances[2, column] = tails(table, 1.0).below
    clearly, more, less = (_hold(row) for row in chances)
    said = list(found)
    for column, at in enumerate(compared):
        alone = found[at].alone
        verdict: Verdict = alone
        if alone in ("more", "slightly-more"):
            verdict = "more" if clearly[column] else "slightly-more" if more[column] else "unclear"
        elif alone == "less":
            verdict = "less" if less[column] else "unclear"
        said[at] = replace(found[at], verdict=verdict, among=len(compared))
    return said


def _hold(chances: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which still hold when all are asked."""
    from statsmodels.stats.multitest import multipletests

    held: NDArray[np.bool_] = multipletests(chances, alpha=_ERROR, method="holm")[0]
    return held
