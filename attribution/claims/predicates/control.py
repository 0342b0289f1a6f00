"""The comparison of senders with their neighbours, as the case has it, for a claim about who sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from attribution.claims.assumptions import GIVE_SCAN
from attribution.claims.filters import choose, device_words, parts_of
from attribution.claims.model import Filter, Rows
from attribution.claims.vocabulary import THING

if TYPE_CHECKING:
    from attribution.claims.model import Predicate
    from attribution.claims.view import View

__all__ = ["AGAINST", "Control", "control_of", "control_rows", "step_for"]

AGAINST = ("same", "less")
"""Verdicts that say that the data do not show such devices sending."""
_TOO_FEW = 20
"""Senders that show one, below which no scan helps."""


_COMPARED = frozenset({"verdict", "senders", "senders_with", "controls_share", "low", "high"})


class Control(NamedTuple):
    """A comparison.

    Attributes:
        record: As the run record has it; for a campaign that of the case.
        verdict: As `Comparison` has it.
        said: What it says, in a sentence or two.
        campaign: The campaign that it is of, None for the whole case.
    """

    record: dict[str, Any]
    verdict: str
    said: str
    campaign: int | None


def control_of(view: View, predicate: Predicate) -> Control:
    """Return the comparison for the device of a predicate: that of one campaign where it is about one, else the case's.

    Args:
        view: The case.
        predicate: With `device` and `where`.
    """
    single = _single(view, predicate)
    row = next((one for one in view.campaigns.to_pylist() if one["campaign"] == single), None)
    if row is not None and predicate.device == THING:
        # The table of campaigns has no numbers of their neighbours: those of the case stand for them.
        things = _mapping(_mapping(view.run.get("control")).get("things"))
        return Control(
            things, row["device_verdict"] or "none", row["device_sentence"] or "Its senders were not compared.", single
        )
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


def control_rows(view: View, single: int | None) -> tuple[Rows, ...]:
    """Return the rows behind a comparison.

    Args:
        view: The case.
        single: The campaign that it is of, None for the whole case.
    """
    if single is not None:
        table = parts_of(view, "campaigns")
        sql = f"SELECT device_verdict, device_sentence FROM {table} WHERE campaign = {single}"  # noqa: S608 (a text to read)
        return (Rows("campaigns", f"device_verdict of campaign {single}", sql),)
    parts = []
    for side in ("addresses", "controls"):
        counts = "count(*) FILTER (WHERE compared_thing) AS things, count(*) AS compared"
        among = f"{parts_of(view, side)} WHERE compared_thing IS NOT NULL GROUP BY ALL"
        parts.append(f"SELECT '{side}' AS side, compared_network, {counts} FROM {among}")  # noqa: S608 (a text to read)
    where = "senders (addresses) and neighbours (controls) that were compared, by network"
    return (Rows("run.json", "control"), Rows("addresses, controls", where, " UNION ALL ".join(parts)))


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
