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
"""How far from 1 an interval around it may reach, upwards and by its inverse downwards, for shares to be called the
same."""


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
    return "same" if high is not None and high <= _NARROW and low >= 1 / _NARROW else "unclear"


_MEANING = {
    "more": (
        "Senders show things clearly more often than addresses beside them that sent none of this mail: the data "
        "fit things, or malware on the routers themselves, taking part in the sending. They do not prove it of "
        "any one address."
    ),
    "slightly-more": (
        "Senders show things somewhat more often than addresses beside them that sent none of this mail, by no "
        "more than ordinary differences between homes may explain: the data do not show things sending mail."
    ),
    "same": "The share is what the control group has: the data do not show things sending mail.",
    "less": (
        "Senders show things more rarely than addresses beside them that sent none of this mail: the data do not "
        "show things sending mail."
    ),
    "unclear": (
        "Too few addresses answered to tell the shares apart: the data do not show things sending mail, nor that "
        "they did not."
    ),
}
_NO_JUDGEMENT = {
    "no-control": (
        "There is no control group, no scan of addresses beside the senders that sent none of this mail: the "
        "share of senders with a device cannot be judged."
    ),
    "devices-only": (
        "The scan lists only addresses with a device, so that neighbours without one cannot be counted: the share"
        " of senders with a device cannot be judged."
    ),
    "senders-filtered": (
        "Of the senders the scan lists hardly one without a device, of their neighbours all that answer: the two "
        "were not listed alike, and the share of senders with a device cannot be judged."
    ),
    "unequal": (
        "The scan asked senders and their neighbours on different numbers of ports or days: the share of senders "
        "with a device cannot be judged."
    ),
    "no-difference-to-see": (
        "In each network all addresses show a thing, or none does: the share of senders with a device cannot be judged."
    ),
    "too-few": (
        "Too few senders, or too few addresses beside them, answered the scan: the share of senders with a device"
        " cannot be judged."
    ),
}


def sentence(shares: Comparison, network: str | None) -> str:
    """Return what a comparison says, with its figures, and what that means.

    Args:
        shares: The comparison.
        network: What counts as one network.
    """
    if shares.verdict == "none":
        return _NO_JUDGEMENT.get(shares.method, _NO_JUDGEMENT["too-few"])
    neighbours = "" if shares.controls_share is None else f"{100 * shares.controls_share:.1f} %"
    mine = _percent(shares.senders_with, shares.senders)
    return (
        f"Of {shares.senders:,} senders that are compared, {mine} show a thing; of {shares.controls:,} addresses in the"
        f" same networks ({network}) that answered the same scan and sent none of this mail, {neighbours} do, weighed"
        f" as the senders are spread. {_ratio(shares)}{_MEANING[shares.verdict]}"
    )


def _ratio(shares: Comparison) -> str:
    if shares.low is None:
        return ""
    ends = "without an upper bound" if shares.high is None else f"to {shares.high:.2f}"
    ratio = "without bound" if shares.odds_ratio is None else f"{shares.odds_ratio:.2f}"
    return f"Odds ratio {ratio} (95 % interval {shares.low:.2f} {ends}). "


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "none"
