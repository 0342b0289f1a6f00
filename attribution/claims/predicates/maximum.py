"""The most messages of one address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.claims.assumptions import ADDRESS_IS_NO_DEVICE, DUMP, EXACT
from attribution.claims.filters import source_of
from attribution.claims.model import Rating, Rows
from attribution.claims.predicates.common import NOT_SAMPLE, UP_TO_ALL, counted, handovers, held, number, words

if TYPE_CHECKING:
    from attribution.claims.model import Predicate
    from attribution.claims.view import View

__all__ = ["rate_maximum"]


def rate_maximum(view: View, predicate: Predicate) -> Rating:
    """Rate the maximum; a sample has fewer messages of each address, so that it can only exceed a limit."""
    chosen, nothing = counted(view, predicate.where, addresses=True)
    if nothing is not None:
        return nothing
    sizes = np.bincount(view.address[chosen.rows], minlength=len(view.addresses))
    most, addresses = int(sizes.max()), int((sizes > 0).sum())
    said = f"At most {most:,} messages of one address ({view.addresses['ip'][int(sizes.argmax())].as_py()})."
    possible = view.address[(chosen.rows | chosen.unknown) & (view.address >= 0)]
    top = int(np.bincount(possible, minlength=len(view.addresses)).max())
    least = int(np.bincount(view.address[chosen.sure], minlength=len(view.addresses)).max())
    limit = predicate.value if predicate.value_to is None else predicate.value_to
    over = sizes > limit
    if over.any():
        share = sizes[over].sum() / sizes.sum()
        said += f" More than {number(limit)} came from {int(over.sum()):,} of {addresses:,} addresses, "
        said += f"{100 * share:.1f} % of the messages."
    sql = (
        f"SELECT m.handover_ip, count(*) AS messages {source_of(view, chosen.sql)} "
        "GROUP BY ALL ORDER BY messages DESC, m.handover_ip LIMIT 10"
    )
    rows = (Rows("messages", words(chosen), sql),)
    assumptions = (
        *(DUMP, handovers(predicate.where), ADDRESS_IS_NO_DEVICE),
        "Addresses of mail services carry the mail of many: leave them out, or choose the campaigns that are meant.",
    )
    if view.sample is None:
        how = EXACT
        if top > least:
            how = UP_TO_ALL
            said += f" Of some nobody knows, or not well, whether they belong to it: it may be {least:,} to {top:,}."
        verdict, why = held(predicate, least, top)
        return Rating(verdict, most, least, top, "messages", how, said, why, rows, assumptions)
    verdict, why = held(predicate, least, None)
    if verdict != "contradicted":
        verdict, why = "not testable", f"{why} The case is said to be a sample: an address may have sent more."
    step = NOT_SAMPLE if verdict == "not testable" else None
    return Rating(
        verdict, most, least, None, "messages", "at least what the sample shows", said, why, rows, assumptions, step
    )
