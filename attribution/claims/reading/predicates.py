"""The predicates of a claims file: what of a claim can be measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attribution._text import shorten
from attribution.claims.model import Predicate
from attribution.claims.reading.figures import figure_of
from attribution.claims.reading.filters import device_of, filter_of
from attribution.claims.reading.values import SHOWN
from attribution.claims.vocabulary import KINDS

if TYPE_CHECKING:
    from attribution.claims.model import Filter
    from attribution.claims.reading.faults import Place
    from attribution.claims.reading.values import Values
    from attribution.claims.vocabulary import Kind

__all__ = ["predicate_of"]

_JUDGED = (
    "holds senders against their neighbours, and a device in where keeps none but senders that show one: leave it out "
    'of where, that of [about] too; what answers on such addresses is kind = "share" with with = { device = "thing" }'
)


def predicate_of(values: Values, at: Place, block: dict[str, Any], base: Filter) -> Predicate:
    """Return what of a claim can be measured; an empty predicate where nothing is said of that.

    Args:
        values: Takes single values out of tables.
        at: The predicate.
        block: The claim that has it.
        base: The filter of the whole file.
    """
    table = block.get("predicate")
    if not isinstance(table, dict):
        missing = "it has no predicate" if table is None else "predicate must be a table"
        values.bad(at, missing + ': write predicate = { kind = "count", of = "messages", op = "at-least", value = 1 }')
        return Predicate("")
    if "kind" not in table:
        values.bad(at, f"its predicate has no kind: write kind = one of {', '.join(KINDS)}")
        return Predicate("")
    name = values.one_of(at, table, "kind", tuple(KINDS))
    if name not in KINDS:
        return Predicate("")
    kind = KINDS[name]
    known = ("kind", *kind.needs, *kind.may)
    values.unknown(at, table, known, f'"{name}" has {", ".join(known)}')
    for key in kind.needs:
        if key not in table:
            values.bad(at, f'"{name}" needs {key}{_such_as(kind, key)}')
    if kind.per and isinstance(table.get("of"), str) and table["of"] == table.get("per"):
        values.bad((*at, "per"), f"{shorten(table['of'], SHOWN)} for each of themselves: give another of or per")
    if "with" in kind.needs and table.get("with") == {}:
        values.bad((*at, "with"), 'with holds no condition: write one, such as with = { device = "thing" }')
    op, value, value_to = figure_of(values, at, table, kind)
    tolerance = 0.2
    if "tolerance" in block:
        given = values.number(at[:-1], block, "tolerance")
        tolerance = 0.2 if given is None else given
        if given is not None and not 0 <= given < 1:
            values.bad((*at[:-1], "tolerance"), "tolerance must be a share from 0 to below 1, such as 0.2")
        if op not in {"about", None} or not kind.operators or "op" not in table:
            values.bad((*at[:-1], "tolerance"), 'tolerance goes with op = "about" alone')
    where = filter_of(values, (*at, "where"), table.get("where", {}), base)
    if kind.judged and where.device:
        given = isinstance(table.get("where"), dict) and "device" in table["where"]
        values.bad((*at, "where", "device") if given else at, f'"{name}" {_JUDGED}')
    first, last = (values.day(at, table, key) if key in table else None for key in ("first", "last"))
    if first is not None and last is not None and last < first:
        values.bad((*at, "last"), f"last ({last}) is before first ({first})")
    return Predicate(
        kind=name,
        of=values.one_of(at, table, "of", kind.of) if "of" in table and kind.of else "messages" if kind.of else "",
        per=values.one_of(at, table, "per", kind.per) if "per" in table and kind.per else "",
        op=op,
        value=value,
        value_to=value_to,
        tolerance=tolerance,
        where=where,
        having=filter_of(values, (*at, "with"), table.get("with", {})),
        device=device_of(values, at, table) if "device" in table and "device" in kind.needs else "",
        first=first,
        last=last,
        reason=values.text(at, table, "reason") if "reason" in table and "reason" in kind.needs else "",
    )


def _such_as(kind: Kind, key: str) -> str:
    match key:
        case "of":
            return f": one of {', '.join(kind.of)}"
        case "per":
            return f": one of {', '.join(kind.per)}"
        case "op":
            return f": one of {', '.join(kind.operators)}"
        case "with":
            return ': a filter, such as with = { device = "thing" }'
        case "reason":
            return ': reason = "..."'
        case "device":
            return ': device = "thing", or a type of device'
        case "first" | "last":
            return f": {key} = 2014-01-06"
        case _:
            return ": a number"
