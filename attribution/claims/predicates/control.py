"""The comparison of senders with their neighbours, as the case has it, for a claim about who sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from attribution.claims.assumptions import GIVE_SCAN
from attribution.claims.filters import choose, device_sql, device_words, parts_of, quoted, source_of
from attribution.claims.model import Filter, Rows
from attribution.claims.predicates.common import untestable
from attribution.claims.vocabulary import THING
from attribution.enrich.evidence.campaign_shares import Sent, shares_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.claims.model import Predicate, Rating
    from attribution.claims.view import View
    from attribution.enrich.evidence.campaign_shares import Shares

__all__ = ["AGAINST", "Control", "chosen_by_outcome", "control_of", "control_rows", "is_part", "step_for"]

AGAINST = ("same", "less")
"""Verdicts that say that the data do not show such devices sending."""
_TOO_FEW = 20
"""Senders that show one, below which no scan helps."""


_COMPARED = frozenset({"verdict", "senders", "senders_with", "controls_share", "low", "high"})


class Control(NamedTuple):
    """A comparison.

    Attributes:
        record: As the run record has it.
        verdict: As `Comparison` has it.
        said: What it says, in a sentence or two.
        campaign: The campaign that it is of, None for the whole case.
    """

    record: dict[str, Any]
    verdict: str
    said: str
    campaign: int | None


def control_of(view: View, predicate: Predicate) -> Control:
    """Return the comparison for the device of a predicate: that of the part of the mail that it is about.

    Neighbours show devices more often in some networks than in others. So a part of the mail is compared with the
    neighbours in the networks of its own senders, never with those of the whole case.

    Args:
        view: The case.
        predicate: With `device` and `where`.
    """
    if is_part(view, predicate):
        return _of_part(view, predicate)
    record = _mapping(view.run.get("control"))
    if predicate.device == THING:
        things = _mapping(record.get("things"))
        said = str(record.get("said") or "Senders were not compared.")
        return Control(things, str(things.get("verdict", "none")), said, None)
    kinds = record.get("types")
    lines = [_mapping(one) for one in kinds] if isinstance(kinds, list) else []
    line = next((one for one in lines if one.get("what") == predicate.device and one.keys() >= _COMPARED), None)
    if line is None:
        return Control({}, "none", f"Senders with {device_words(predicate.device)} are too few to be compared.", None)
    return Control(line, line["verdict"], _line(line), None)


def chosen_by_outcome(predicate: Predicate) -> Rating | None:
    """Return the rating where a filter leaves only senders that show a device; a claims file with one is refused.

    Among these all show one, whoever sent, and the neighbours were not chosen so.
    """
    if predicate.where.device is None:
        return None
    return untestable(
        "The claim speaks of none but senders that show a device.",
        "All of these show one, whoever sent: there is nothing that neighbours could be compared for.",
        "Leave the device out of where.",
    )


def is_part(view: View, predicate: Predicate) -> bool:
    """Say whether a claim is about a part of the senders that the run compared; services are none of them."""
    others = replace(predicate.where, not_access=None)
    return view.restricted is not None or others != Filter()


def _of_part(view: View, predicate: Predicate) -> Control:
    chosen = choose(view, predicate.where, addresses=True)
    places = np.unique(view.address[chosen.rows & (view.address >= 0)])
    found = part_compared(view, places, predicate.device)
    record = {
        **{name: getattr(found, name) for name in ("senders", "senders_with", "controls", "controls_with")},
        "controls_share": found.controls_share,
        "odds_ratio": found.interval.ratio,
        "low": found.interval.low,
        "high": found.interval.high,
    }
    single = _single(view, predicate)
    row = next((one for one in view.campaigns.to_pylist() if one["campaign"] == single), None)
    if row is not None and predicate.device == THING:
        # Of one campaign the case has a verdict that allows for how many campaigns were compared.
        said = row["device_sentence"] or "Its senders were not compared."
        return Control(record, row["device_verdict"] or "none", said, single)
    if found.controls_share is None or found.verdict == "none":
        said = (
            f"Senders of this part that show {device_words(predicate.device)} were not compared, or are too few for it."
        )
        return Control(record, "none", said, None)
    return Control(record, found.verdict, f"Of this part of the mail: {_line(record)}", None)


def part_compared(view: View, places: NDArray[np.int64], device: str) -> Shares:
    """Compare some senders with the neighbours in their networks, as the case compared them.

    Args:
        view: The case.
        places: Rows of the addresses table, each once.
        device: A type of device, or `thing`.
    """
    addresses, controls = view.addresses, view.controls
    if device != THING:
        listed = controls["device_types"].to_pylist()
        theirs = np.array([device in (types or ()) for types in listed], np.bool_)
        addresses, controls = _showing(addresses, view.shows(device)), _showing(controls, theirs)
    things = _mapping(_mapping(view.run.get("control")).get("things"))
    verdict = {name: str(things.get(name, "none")) for name in ("verdict", "method")}
    sent = Sent(np.zeros(len(places), np.int64), places)
    (found,) = shares_of(sent, 1, addresses, controls, {"things": verdict}, corrected=False)
    return found


def _showing(table: pa.Table, shows: NDArray[np.bool_]) -> pa.Table:
    place = table.schema.get_field_index("compared_thing")
    return table.set_column(place, "compared_thing", pa.array(shows))


def control_rows(view: View, predicate: Predicate, single: int | None) -> tuple[Rows, ...]:
    """Return the rows behind a comparison.

    Args:
        view: The case.
        predicate: With `device` and `where`.
        single: The campaign that it is of, None where it is of the whole case or another part of it.
    """
    if single is not None:
        table = parts_of(view, "campaigns")
        sql = f"SELECT device_verdict, device_sentence FROM {table} WHERE campaign = {single}"  # noqa: S608 (a text to read)
        return (Rows("campaigns", f"device_verdict of campaign {single}", sql),)
    if is_part(view, predicate):
        return (_rows_of_part(view, predicate),)
    parts = []
    for side in ("addresses", "controls"):
        counts = "count(*) FILTER (WHERE compared_thing) AS things, count(*) AS compared"
        among = f"{parts_of(view, side)} WHERE compared_thing IS NOT NULL GROUP BY ALL"
        parts.append(f"SELECT '{side}' AS side, compared_network, {counts} FROM {among}")  # noqa: S608 (a text to read)
    where = "senders (addresses) and neighbours (controls) that were compared, by network"
    return (Rows("run.json", "control"), Rows("addresses, controls", where, " UNION ALL ".join(parts)))


def _rows_of_part(view: View, predicate: Predicate) -> Rows:
    chosen = choose(view, predicate.where, addresses=True)
    mine = theirs = "compared_thing"
    if predicate.device != THING:
        theirs = f"list_contains(device_types, {quoted(predicate.device)})"
        mine = device_sql(predicate.device)
    senders = source_of(view, chosen.sql, "a.compared_network IS NOT NULL")
    counts = "count(*) FILTER (WHERE shows) AS showing, count(*) AS compared"
    sql = (
        f"WITH senders AS (SELECT DISTINCT a.ip, a.compared_network, {mine} AS shows {senders}), "  # noqa: S608 (a text to read)
        f"neighbours AS (SELECT ip, compared_network, {theirs} AS shows FROM {parts_of(view, 'controls')} "
        "WHERE compared_network IN (SELECT compared_network FROM senders)) "
        f"SELECT 'senders' AS side, compared_network, {counts} FROM senders GROUP BY ALL UNION ALL "
        f"SELECT 'neighbours' AS side, compared_network, {counts} FROM neighbours GROUP BY ALL"
    )
    return Rows("addresses, controls", f"by network, senders and their neighbours: {chosen.words or 'all'}", sql)


def step_for(showing: int) -> str | None:
    """Return what would make a comparison possible; None where nothing would, for too few senders show the device."""
    return None if 0 < showing < _TOO_FEW else f"{GIVE_SCAN}, one that lists neighbours too."


def _mapping(value: object) -> dict[str, Any]:
    """Return an entry of the run record that is a table; what is none is as if it were not there."""
    return value if isinstance(value, dict) else {}


def _single(view: View, predicate: Predicate) -> int | None:
    """Return the one campaign that a claim is about, None where it is about several or a part of one."""
    where = predicate.where
    if where != Filter(campaigns=where.campaigns, name=where.name, not_access=where.not_access):
        return None
    keys = set(view.campaign[choose(view, where, addresses=False).rows & view.grouped].tolist())
    asked_for = where.campaigns is not None or where.name is not None or view.restricted is not None
    return int(keys.pop()) if asked_for and len(keys) == 1 else None


def _line(line: dict[str, Any]) -> str:
    others = "" if line["controls_share"] is None else f", of their neighbours {100 * line['controls_share']:.1f} %"
    low, high = line["low"], line["high"]
    ends = (
        ""
        if low is None
        else f" (95 % interval of the odds ratio {low:.2f} to {'any' if high is None else f'{high:.2f}'})"
    )
    return f"Of {line['senders']:,} senders that answered {line['senders_with']:,} show one{others}{ends}."
