"""One share among senders beside the same share among their neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Comparison", "Verdict"]

Verdict = Literal["more", "slightly-more", "same", "less", "unclear", "none"]
"""What a comparison says of senders.

`more`: they show things clearly more often · `slightly-more`: more often, but no more than differences between homes
may explain · `same`: as often · `less`: more rarely · `unclear`: too few addresses to tell · `none`: no comparison.
"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One share among senders beside the same share among their neighbours.

    Attributes:
        what: `things`, a device type, or a network (`AS64500`).
        senders: Senders that the scan saw. `senders_with`: those of them that show such a device.
        controls: Neighbours that the scan saw and that sent nothing. `controls_with`: those that show such a device.
        controls_share: Share of the neighbours that show such a device, if they lived in the senders' networks in the
            senders' proportions; None where there are none.
        odds_ratio: Of senders to neighbours, within networks; None where it cannot be computed.
        low: Lower end of its 95 % interval. `high`: upper end; None is without bound.
        method: How the ratio was computed.
        verdict: `more`, `slightly-more`, `same`, `less`, `unclear` or `none`; see `verdicts`.
    """

    what: str
    senders: int
    senders_with: int
    controls: int
    controls_with: int
    controls_share: float | None
    odds_ratio: float | None
    low: float | None
    high: float | None
    method: str
    verdict: Verdict
