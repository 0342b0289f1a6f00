"""How many messages, addresses, hosts, campaigns, networks or countries there are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from attribution.claims.assumptions import (
    ADDRESS_IS_NO_DEVICE,
    BEHIND,
    BEHIND_ONE,
    DUMP,
    EXACT,
    ONE_CAMPAIGN,
)
from attribution.claims.filters import choose, source_of
from attribution.claims.model import Filter, Rating, Rows
from attribution.claims.predicates.common import (
    GIVE_DATABASE,
    NOT_SAMPLE,
    UP_TO_ALL,
    distinct,
    handovers,
    held,
    lacking,
    number,
    of_campaigns,
    untestable,
    words,
)
from attribution.enrich import evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.claims.filters import Chosen
    from attribution.claims.model import Predicate
    from attribution.claims.view import View

__all__ = ["JOINED", "OF_JOINED", "count_of", "least_of", "most_of", "query_of", "rate_count"]

JOINED = "from one to as many as messages: what the program joins may be parts of one, or hold several"
OF_JOINED = "That is what this program joins: it may part what belongs together, and join what does not."

_COLUMNS = {
    "messages": "m.message",
    "addresses": "m.handover_ip",
    "campaigns": "m.campaign",
    "networks": "a.asn",
    "countries": "a.country",
}


def rate_count(view: View, predicate: Predicate) -> Rating:
    """Rate a number; that of hosts by its range, all others as counted."""
    hosts = predicate.of in {"hosts", "devices"}
    addresses = predicate.of not in {"messages", "campaigns"}
    chosen = choose(view, predicate.where, addresses=addresses)
    nothing = lacking(chosen, int(chosen.rows.sum()))
    if nothing is not None and (hosts or not _is_ruled_out(view, predicate.where, chosen, addresses=addresses)):
        return nothing
    return _hosts(view, predicate, chosen) if hosts else _exact(view, predicate, chosen)


def _is_ruled_out(view: View, where: Filter, chosen: Chosen, *, addresses: bool) -> bool:
    """Say whether it is what is known of the addresses that leaves nothing: then none is a figure like any other."""
    if chosen.lacking is not None:
        return False
    others = replace(where, device=None, country=None, access=None, not_access=None)
    return others != where and bool(choose(view, others, addresses=addresses).rows.any())


def count_of(view: View, of: str, rows: NDArray[np.bool_]) -> int:
    """Return how many distinct ones there are among chosen messages.

    Args:
        view: The case.
        of: `messages`, `addresses`, `campaigns`, `networks` or `countries`.
        rows: Of messages.
    """
    if of == "messages":
        return int(rows.sum())
    if of == "campaigns":
        return distinct(view.campaign, rows & view.grouped)
    places = np.unique(view.address[rows & (view.address >= 0)])
    if of == "addresses":
        return len(places)
    column = view.of_address("asn" if of == "networks" else "country")[places]
    return len({value for value in column.tolist() if value is not None})


def least_of(view: View, of: str, chosen: Chosen) -> int:
    """Return how many there are at least: what is beyond doubt; and of campaigns, which may all be parts of one, one.

    Args:
        view: The case.
        of: As of `count_of`.
        chosen: The messages.
    """
    found = count_of(view, of, chosen.sure)
    return min(found, 1) if of == "campaigns" else found


def most_of(view: View, of: str, chosen: Chosen) -> int:
    """Return how many there would be with all that is not known: each address without a network has one of its own.

    Args:
        view: The case.
        of: As of `count_of`.
        chosen: The messages.
    """
    rows = chosen.rows | chosen.unknown
    # Each message may be a campaign of its own.
    most = count_of(view, "messages" if of == "campaigns" else of, rows)
    if of not in {"networks", "countries"}:
        return most
    places = np.unique(view.address[rows & (view.address >= 0)])
    column = view.of_address("asn" if of == "networks" else "country")[places]
    return most + sum(value is None for value in column.tolist())


def query_of(of: str) -> str:
    """Return what a query selects to count them."""
    return f"count(DISTINCT {_COLUMNS[of]})"


def _exact(view: View, predicate: Predicate, chosen: Chosen) -> Rating:
    found = count_of(view, predicate.of, chosen.rows)
    said = f"{number(found)} {predicate.of}."
    rows = (
        Rows(
            "messages" if predicate.of in {"messages", "campaigns"} else "messages, addresses",
            words(chosen),
            f"SELECT {query_of(predicate.of)} {source_of(view, chosen.sql)}",
        ),
    )
    assumptions = [DUMP]
    assumptions += [ONE_CAMPAIGN] if predicate.of == "campaigns" or of_campaigns(view, predicate) else []
    assumptions += [] if predicate.of in {"messages", "campaigns"} else [handovers(predicate.where)]
    if predicate.of in {"networks", "countries"} and found == 0 and chosen.rows.any():
        return untestable(
            f"The case knows none of the {predicate.of}.",
            "There is nothing that could be counted.",
            GIVE_DATABASE,
            unit=predicate.of,
        )
    if view.sample is not None:
        return _of_sample(view.sample, predicate.of, found, rows, tuple(assumptions))
    least, most = least_of(view, predicate.of, chosen), most_of(view, predicate.of, chosen)
    how = EXACT
    if predicate.of == "campaigns":
        how = JOINED
        said += f" {OF_JOINED}"
    elif most > least:
        how = UP_TO_ALL
        ends = f"{number(least)} to {number(most)}"
        said += f" Of some nobody knows, or not well, whether they belong to it: it may be {ends}."
    verdict, why = held(predicate, least, most)
    return Rating(verdict, found, least, most, predicate.of, how, said, why, rows, tuple(assumptions))


def _of_sample(share: float, of: str, found: int, rows: tuple[Rows, ...], assumptions: tuple[str, ...]) -> Rating:
    """Return the rating of a number where the case is said to be a sample: an estimate and no more."""
    said = f"{number(found)} {of} in a sample of {100 * share:g} %."
    if of == "messages":
        said += f" That is about {number(round(found / share))} in all, if each message was as likely to be taken."
    else:
        said += f" How many {of} there are in all does not follow: many occur in more than one message."
    why = "The case is said to be a sample: an absolute number cannot be read off it."
    estimate = round(found / share) if of == "messages" else None
    return Rating("not testable", estimate, None, None, of, "", said, why, rows, assumptions, NOT_SAMPLE)


def _hosts(view: View, predicate: Predicate, chosen: Chosen) -> Rating:
    """Rate a number of devices or hosts by those that must have existed.

    Several hosts may share an address, so that one for each address is no upper end. There is no figure either: the
    estimate, which is told, rests on hosts that were there all the time, and nobody knows whether they were.
    """
    kept: Any = view.run.get("hosts")
    whole = predicate.where == Filter() and view.restricted is None and _is_count(kept)
    record: dict[str, Any] = kept if whole else _count_hosts(view, chosen)
    low, addresses = record["lower"], record["upper"]
    if addresses is not None and chosen.unknown.any():
        addresses += len(np.setdiff1d(view.address[chosen.unknown], [-1, *view.address[chosen.rows]]))
    high = None if addresses is None else BEHIND_ONE * addresses
    said = str(record["said"])
    rows = (
        Rows("run.json", "hosts" if whole else "as hosts, counted again over these messages"),
        Rows(
            "messages",
            words(chosen),
            f"SELECT count(DISTINCT m.handover_ip) {source_of(view, chosen.sql)}",
        ),
    )
    assumptions = (ADDRESS_IS_NO_DEVICE, *([] if high is None else [BEHIND]), *record["assumptions"])
    span = f"from hosts that must have existed to {BEHIND_ONE} behind each address"
    step = "No count of addresses settles it: seize a control server, or measure ids that the hosts themselves keep."
    if view.sample is not None:
        why = "The case is said to be a sample: hosts that it does not show cannot be counted."
        return Rating("not testable", None, low, high, "hosts", span, said, why, rows, assumptions, NOT_SAMPLE)
    verdict, why = held(predicate, low, high)
    why += "" if addresses is None else f" With one host for each address it would be {number(addresses)}."
    return Rating(
        *(verdict, None, low, high, "hosts", span, said, why, rows, assumptions),
        next_step=step if verdict == "not testable" else None,
    )


def _is_count(kept: object) -> bool:
    """Say whether an entry of the run record is a count of hosts."""
    if not isinstance(kept, dict) or not {"lower", "upper", "estimate", "said", "assumptions"} <= kept.keys():
        return False
    low, high, estimate = kept["lower"], kept["upper"], kept["estimate"]
    numbers = type(low) is int and all(value is None or type(value) is int for value in (high, estimate))
    return (
        numbers and isinstance(kept["assumptions"], list) and all(isinstance(one, str) for one in kept["assumptions"])
    )


def _count_hosts(view: View, chosen: Chosen) -> dict[str, Any]:
    """Count hosts over chosen messages, as the run did over all."""
    rows = np.flatnonzero(chosen.rows & (view.address >= 0))
    place = pa.array(view.address[rows])
    messages = pa.table(
        {
            "ip": view.addresses["ip"].take(place),
            "time": pa.array(view.time[rows], pa.timestamp("us", tz="UTC"), mask=~view.timed[rows]),
            "engine": view.engine.take(pa.array(rows)),
            "service": pa.array(
                np.isin(view.of_address("access")[view.address[rows]], ("mail-provider", "bulk-mailer"))
            ),
        }
    )
    return evidence.count_hosts(messages, view.addresses).as_dict()
