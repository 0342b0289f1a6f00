"""What an odds ratio means, in a word and in a sentence that may be printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attribution.enrich.evidence.comparison import Comparison, Verdict
    from attribution.enrich.evidence.odds import Interval

__all__ = ["sentence", "verdict_of"]

_CLEARLY = 1.5
"""Lower end of the interval from which senders show things clearly more often: below it, what differs between homes
that send and homes that do not (use, age, provider) may explain the difference."""
_NARROW = 2.0
"""Upper end of an interval around 1 up to which the shares are called the same."""


def verdict_of(interval: Interval) -> Verdict:
    """Return what an odds ratio with its interval means."""
    low, high = interval.low, interval.high
    if low is None:
        return "none" if interval.ratio is None and high is None else "unclear"
    if low > _CLEARLY:
        return "more"
    if low > 1:
        return "slightly-more"
    if high is not None and high < 1:
        return "less"
    return "same" if high is not None and high <= _NARROW else "unclear"


_MEANING = {
    "more": "Senders show things clearly more often than addresses beside them that sent nothing: the data fit things, "
    "or malware on the routers themselves, taking part in the sending. They do not prove it of any one address.",
    "slightly-more": "Senders show things somewhat more often than addresses beside them that sent nothing, by no more "
    "than ordinary differences between homes may explain: the data do not show things sending mail.",
    "same": "The share is what the control group has: the data do not show things sending mail.",
    "less": "Senders show things more rarely than addresses beside them that sent nothing: the data do not show things "
    "sending mail.",
    "unclear": "Too few addresses answered to tell the shares apart: the data do not show things sending mail, nor "
    "that they did not.",
}
_NO_JUDGEMENT = {
    "no-control": "There is no control group, no scan of addresses beside the senders that sent nothing: the share "
    "of senders with a device cannot be judged.",
    "devices-only": "The scan lists only addresses with a device, so that neighbours without one cannot be counted: "
    "the share of senders with a device cannot be judged.",
}
_TOO_FEW = (
    "Too few senders, or too few addresses beside them, answered the scan: the share of senders with a device cannot "
    "be judged."
)


def sentence(verdict: Verdict, shares: Comparison) -> str:
    """Return what a comparison says, with its figures, and what that means.

    Args:
        verdict: Of the comparison.
        shares: The comparison.
    """
    if verdict == "none":
        return _NO_JUDGEMENT.get(shares.method, _TOO_FEW)
    return (
        f"Of {shares.senders:,} senders that the scan saw, {_percent(shares.senders_with, shares.senders)} show a "
        f"thing; of {shares.controls:,} addresses in the same networks that sent nothing, "
        f"{_percent(shares.controls_with, shares.controls)} do. {_ratio(shares)}{_MEANING[verdict]}"
    )


def _ratio(shares: Comparison) -> str:
    if shares.low is None:
        return ""
    ends = "without an upper bound" if shares.high is None else f"to {shares.high:.2f}"
    ratio = "without bound" if shares.odds_ratio is None else f"{shares.odds_ratio:.2f}"
    return f"Odds ratio {ratio} (95 % interval {shares.low:.2f} {ends}). "


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "none"
