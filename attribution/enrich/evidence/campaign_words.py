"""What the comparison of one campaign says, in a sentence or two that may be printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.enrich.evidence.campaign_shares import LEAST
from attribution.enrich.evidence.comparison import Comparison
from attribution.enrich.evidence.verdicts import sentence

if TYPE_CHECKING:
    from attribution.enrich.evidence.campaign_shares import Shares

__all__ = ["campaign_sentence"]

_NOT_SHOWN = "the data do not show things sending this campaign"
_MEANING = {
    "more": (
        "Its senders show things clearly more often{among}: the data fit things, or malware on the routers themselves,"
        " taking part in the sending. They do not prove it of any one address."
    ),
    "slightly-more": (
        f"Its senders show things somewhat more often{{among}}, by no more than ordinary differences between homes may"
        f" explain: {_NOT_SHOWN}."
    ),
    "same": f"The share is what the control group has: {_NOT_SHOWN}.",
    "less": f"Its senders show things more rarely{{among}}: {_NOT_SHOWN}.",
    "unclear": (f"Too few addresses answered to tell the shares apart{{among}}: {_NOT_SHOWN}, nor that they did not."),
}
_BY_CHANCE = (
    f"Of {{number:,}} campaigns that are compared some differ as much by chance: {_NOT_SHOWN}, nor that they did not."
)
_LESS_SURE = (
    "Its senders show things more often, chance among {number:,} compared campaigns allowed for; that it is clearly"
    f" more often is not as sure: {_NOT_SHOWN}."
)


def campaign_sentence(shares: Shares) -> str:
    """Return what the comparison of one campaign says, with its figures.

    Args:
        shares: The comparison.
    """
    method = shares.interval.method
    if shares.verdict == "none" and method == "too-few":
        if not shares.senders:
            return "None of its senders has addresses beside it in the same scan to be compared with."
        return (
            f"A share is compared where at least {LEAST} senders and as many addresses beside them answered the same"
            f" scan; here it is {shares.senders:,} and {shares.controls:,}: the share of senders with a device cannot"
            " be judged."
        )
    if shares.verdict == "none":
        return sentence(Comparison("things", 0, 0, 0, 0, None, None, None, None, method, "none"), None)
    mine, others = shares.senders_with / shares.senders, shares.controls_share or 0.0
    silent = ", those that the scan does not list counted as without" if shares.filtered else ""
    return (
        f"Of {shares.senders:,} senders of this campaign that are compared, {100 * mine:.1f} % show a thing{silent}; of"
        f" {shares.controls:,} addresses in the same networks that answered the same scan and sent none of this mail,"
        f" {100 * others:.1f} % do, weighed as the senders are spread. {_ratio(shares)}{_meaning(shares)}"
    )


def _ratio(shares: Shares) -> str:
    ratio, low, high, _ = shares.interval
    if low is None:
        return ""
    first = "without bound" if ratio is None else f"{ratio:.2f}"
    last = "without an upper bound" if high is None else f"to {high:.2f}"
    return f"Odds ratio {first} (95 % interval {low:.2f} {last}). "


def _meaning(shares: Shares) -> str:
    if shares.verdict == "unclear" and shares.alone != "unclear":
        return _BY_CHANCE.format(number=shares.among)
    if shares.verdict == "slightly-more" and shares.alone == "more":
        return _LESS_SURE.format(number=shares.among)
    among = f", chance among {shares.among:,} compared campaigns allowed for" if shares.among > 1 else ""
    return _MEANING[shares.verdict].format(among=among if shares.verdict not in ("same", "unclear") else "")
