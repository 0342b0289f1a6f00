"""Whether a device of a type answers on an address that sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.claims.assumptions import BANNER_IS_OF_ADDRESS, GIVE_SCAN, MADE_UP, NAT
from attribution.claims.filters import choose, device_words, source_of
from attribution.claims.model import Filter, Rating, Rows
from attribution.claims.predicates.common import counted, handovers, lacking, words

if TYPE_CHECKING:
    from attribution.claims.model import Predicate
    from attribution.claims.view import View

__all__ = ["rate_exists"]

_NAMED = 3


def rate_exists(view: View, predicate: Predicate) -> Rating:
    """Rate that there is one; that none was seen does not say that there is none."""
    whole, nothing = counted(view, predicate.where, addresses=True)
    part = choose(view, Filter(device=predicate.device), addresses=True, alone=False)
    nothing = nothing or (lacking(part, 1) if part.lacking else None)
    if nothing is not None:
        return nothing
    what = device_words(predicate.device)
    hit = whole.rows & part.rows
    places = np.unique(view.address[hit])
    sql = f"SELECT m.handover_ip, count(*) AS messages {source_of(view, whole.sql, part.sql)} GROUP BY ALL"
    rows = (Rows("messages, addresses", words(whole, part.words), sql),)
    assumptions = (handovers(predicate.where), BANNER_IS_OF_ADDRESS, NAT, MADE_UP)
    if not len(places):
        silent = np.unique(view.address[whole.rows & part.unknown])
        said = f"On no address that sent was {what} seen near the time of its mail; {len(silent):,} did not answer."
        why = "A scan sees only what answers to it: that none was seen does not say that there was none."
        step = f"{GIVE_SCAN}, of that time, and with the ports that such devices answer on."
        return Rating("not testable", 0.0, None, None, "addresses", "", said, why, rows, assumptions, step)
    ips = view.addresses["ip"].take(places[:_NAMED]).to_pylist()
    more = f" and {len(places) - _NAMED:,} more" if len(places) > _NAMED else ""
    said = f"On {len(places):,} of the addresses that sent {what} answered near the time of the mail: "
    said += f"{', '.join(ips)}{more}."
    why = "One that was seen is enough."
    number = float(len(places))
    return Rating("supported", number, number, None, "addresses", "those that answered", said, why, rows, assumptions)
