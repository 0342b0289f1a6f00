"""The published figure of a predicate: an operator with one value, or two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attribution.claims.reading.numbers import LARGEST, is_number, misread
from attribution.claims.reading.values import called
from attribution.claims.vocabulary import OPERATORS

if TYPE_CHECKING:
    from attribution.claims.model import Operator
    from attribution.claims.reading.faults import Place
    from attribution.claims.reading.values import Values
    from attribution.claims.vocabulary import Kind

__all__ = ["figure_of"]

_Figure = tuple["Operator | None", float, "float | None"]


def figure_of(values: Values, at: Place, table: dict[str, Any], kind: Kind) -> _Figure:
    """Return operator, value and upper value of a predicate; None, 0 and None for what it does not have.

    Args:
        values: Takes single values out of tables.
        at: The predicate.
        table: What it holds.
        kind: Its kind.
    """
    if "op" not in (*kind.needs, *kind.may) or not table.keys() & {"op", "value"}:
        return None, 0.0, None
    if ("op" in table) != ("value" in table) and "op" not in kind.needs:
        values.bad(at, "op and value belong together: give both or none")
    name = values.one_of(at, table, "op", kind.operators) if "op" in table else ""
    op = next((one for one in OPERATORS if one == name), None)
    if "value" not in table:
        return op, 0.0, None
    value, at = table["value"], (*at, "value")
    given = value if op == "between" and isinstance(value, list) else [value]
    if op == "between" and (len(given) != 2 or not all(map(is_number, given))):
        values.bad(at, _TWO)
        return op, 0.0, None
    if not is_number(value := given[0]):
        values.bad(at, f"value must be a number, not {called(value)}")
        return op, 0.0, None
    faults = [says for one in given if (says := _fault(one, kind))]
    # Which of two is the lower one cannot be told where one of them was misread.
    faults = faults or ([_TWO] if given[0] > given[-1] else [])
    for says in faults:
        values.bad(at, says)
    # Plus 0.0 for numbers with a fraction, and for -0.0 to be 0.
    return op, given[0] + 0.0, given[1] + 0.0 if op == "between" else None


_TWO = "between takes two numbers, the lower one first: value = [10, 20]"


def _fault(value: float, kind: Kind) -> str:
    """Return what is wrong with a number as a figure of this kind; empty where nothing is."""
    if not 0 <= value <= (1 if kind.share else LARGEST):
        limits = "a share from 0 to 1: write 0.25 for 25 %" if kind.share else f"from 0 to {LARGEST:,.0f}"
        return f"value must be {limits}"
    return "" if kind.share else misread(value, whole=kind.whole)
