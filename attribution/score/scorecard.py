"""All figures of a case against the truth, and what could not be scored."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from attribution.errors import UsageError
from attribution.score.campaigns import CampaignScore, GroupScore, LeadScore, score_campaigns, score_leads
from attribution.score.compared import Compared, Missing
from attribution.score.of_addresses import AddressesScore, conclude, score_known, score_range, score_shares
from attribution.score.of_messages import Matched, count_matched, label, score_chains, score_groups_of
from attribution.score.scans import ScanMatch, match_scans

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pyarrow as pa

    from attribution.score.chains import AddressScore, ForgedScore, TimeScore
    from attribution.score.devices import HostScore, SharesScore, VerdictScore
    from attribution.score.truth import Truth

__all__ = ["Scorecard", "score_tables"]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A case against the truth; a part that is not scored is None, with its reason in `not_scored`.

    Attributes:
        messages: Which messages were compared.
        handover, origin: Their addresses.
        beyond: The origins of those messages whose true origin is another address than their true handover.
        forged: What became of those with false Received lines.
        received_at: Their times of arrival.
        campaigns, leads, groups: Campaigns, what may belong together, and groups of campaigns against botnets.
        addresses: Networks, countries and devices of addresses.
        shares: Shares of things. `verdict`: what the case concludes from them. `hosts`: its count of hosts.
        scan: Whether the case knows its devices from the scan of the truth's simulation; None where that cannot be
            known, and where nothing of devices is scored.
        not_scored: The parts that are missing.
    """

    messages: Matched | None
    handover: AddressScore | None
    origin: AddressScore | None
    beyond: AddressScore | None
    forged: ForgedScore | None
    received_at: TimeScore | None
    campaigns: CampaignScore | None
    leads: tuple[LeadScore, ...] | None
    groups: GroupScore | None
    addresses: AddressesScore | None
    shares: SharesScore | None
    verdict: VerdictScore | None
    hosts: HostScore | None
    scan: ScanMatch | None
    not_scored: tuple[Missing, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as values that JSON knows."""
        return asdict(self)


def score_tables(
    case: Mapping[str, pa.Table],
    run: Mapping[str, Any],
    truth: Truth,
    *,
    things: Collection[str],
    warnings: Collection[str],
) -> Scorecard:
    """Compare a case with the truth.

    Args:
        case: Tables of the case by name, with the columns `SCORED`.
        run: What `run.json` holds.
        truth: As `read_truth` gives it.
        things: Device types that are things.
        warnings: Ids of the rules whose findings are more than notes.

    Raises:
        UsageError: Nothing of the truth is in the case.
    """
    both = Compared(case, run, truth, things, warnings)
    strange = truth.messages is not None and truth.messages.num_rows and not both.true.num_rows
    # Addresses may be the same by chance, as those of two simulations are.
    if strange or (not both.true.num_rows and not (both.addresses is not None and both.addresses[0].num_rows)):
        raise UsageError(both.nothing())
    chains = score_chains(both)
    labelled = label(both)
    addresses, shares, verdict = score_known(both), score_shares(both), conclude(both)
    of_devices = shares or verdict or (addresses and addresses.devices)
    return Scorecard(
        messages=count_matched(both),
        handover=chains.handover,
        origin=chains.origin,
        beyond=chains.beyond,
        forged=chains.forged,
        received_at=chains.received_at,
        campaigns=None if labelled is None else score_campaigns(labelled),
        leads=None if labelled is None else score_leads(labelled, case["leads"]),
        groups=score_groups_of(both, labelled),
        addresses=addresses,
        shares=shares,
        verdict=verdict,
        hosts=score_range(both),
        scan=match_scans(run, truth.scans) if of_devices else None,
        not_scored=tuple(both.missing),
    )
