"""What banners say of the device that answered: literals in one pass, then only the rules that they leave."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING

import pyarrow as pa

from attribution.enrich.devices.fields import split_banner
from attribution.enrich.devices.literals import LiteralSearch
from attribution.enrich.devices.rules import STRENGTHS, device_rules
from attribution.enrich.devices.vocabulary import device_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from attribution.enrich.devices.rules import DeviceRule

__all__ = ["COLUMNS", "DeviceMatcher", "Match", "RowKey", "device_matcher", "distinct_rows", "told"]

_WEAK = frozenset(kind.id for kind in device_types().values() if kind.weak)
_SLICE = 16_384
"""Rows that are taken out of a column at once, so that a long column is not copied whole."""
_MOST_KNOWN = 16_384
"""Decisions that are kept, so that many different banners do not fill the memory."""
RowKey = tuple[str, str, tuple[tuple[str, str], ...]]
"""Text, kind and hints of a row."""
COLUMNS = pa.schema(
    [
        ("row", pa.int64()),
        ("device_rule", pa.string()),
        ("device_type", pa.string()),
        ("device_vendor", pa.string()),
        ("device_product", pa.string()),
        ("device_strength", pa.string()),
        ("device_field", pa.string()),
        ("device_start", pa.int32()),
        ("device_end", pa.int32()),
        ("device_conflict", pa.string()),
    ]
)
"""What `match_column` returns; `device_conflict` names the other types of like strength, with commas between."""


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that fired on a banner.

    Attributes:
        rule: The rule.
        field: The field that it fired on.
        start: Where in the field's text the match begins.
        end: Where it ends.
        product: The product that the text names; may be empty.
    """

    rule: DeviceRule
    field: str
    start: int
    end: int
    product: str

    @property
    def rank(self) -> tuple[bool, int, bool, bool, int, str]:
        """Sort key, the most telling first: devices before mere parts, strong, with product, with maker, long."""
        rule = self.rule
        return (
            *(rule.type in _WEAK, -rule.strength, not self.product, not rule.vendor),
            self.start - self.end,
            rule.id,
        )


class DeviceMatcher:
    """Device rules, arranged so that few of them have to be tried on a banner.

    Args:
        rules: In any order: the answer does not depend on it.
    """

    def __init__(self, rules: Sequence[DeviceRule]) -> None:
        self.rules = tuple(rules)
        by_literal: dict[str, list[int]] = {}
        for number, rule in enumerate(self.rules):
            for literal in rule.literals:
                by_literal.setdefault(literal, []).append(number)
        self._by_literal = by_literal
        self._fields = frozenset[str]().union(*(rule.fields for rule in self.rules))
        self._literals = LiteralSearch(by_literal)

    def match(self, text: str, kind: str = "", hints: Mapping[str, str] | None = None) -> tuple[Match, ...]:
        """Return the rules that fire on a banner, the most telling first.

        Where the device calls itself one thing in plain words, rules of that type go before stronger ones, which may
        know no more than what its maker usually sells.

        Args:
            text: As `split_banner` takes it.
            kind: Likewise.
            hints: Likewise.
        """
        fields = split_banner(text, kind, hints)
        looked_at = "\n".join([value for field, value in fields.items() if field in self._fields])
        literals = self._literals.found(looked_at.lower())
        if not literals:
            return ()
        numbers = {number for literal in literals for number in self._by_literal[literal]}
        found = []
        for number in numbers:
            rule = self.rules[number]
            for field, value in fields.items():
                if field in rule.fields and (hit := rule.find(value)) is not None:
                    found.append(Match(rule, field, hit.start(), hit.end(), rule.product_of(hit)))
                    break
        if len(found) > 1:
            called = {each.rule.type for each in found if each.rule.plain}
            alone = called if len(called) == 1 else set()
            found.sort(key=lambda each: (each.rule.type not in alone, each.rank))
        return tuple(found)

    def match_column(
        self,
        texts: pa.Array | pa.ChunkedArray,
        kinds: pa.Array | pa.ChunkedArray | None = None,
        hints: pa.Array | pa.ChunkedArray | None = None,
    ) -> pa.Table:
        """Return for each row in which a rule fired what the most telling one says, as `COLUMNS`.

        Args:
            texts: Banners; null has no match but by its hints. Like rows are decided once.
            kinds: What `split_banner` takes as kind, for each row; null where it is not known.
            hints: What it takes as hints, `map<string, string>`, likewise.
        """
        rows: dict[str, list[object]] = {name: [] for name in COLUMNS.names}
        known: dict[RowKey, tuple[object, ...] | None] = {}
        for row, key in enumerate(distinct_rows(texts, kinds, hints)):
            if key not in known:
                if len(known) >= _MOST_KNOWN:
                    known.clear()
                matches = self.match(key[0], key[1], dict(key[2]))
                known[key] = told(matches) if matches else None
            if (said := known[key]) is not None:
                for name, value in zip(COLUMNS.names, (row, *said), strict=True):
                    rows[name].append(value)
        return pa.table(rows, schema=COLUMNS)


def distinct_rows(
    texts: pa.Array | pa.ChunkedArray,
    kinds: pa.Array | pa.ChunkedArray | None,
    hints: pa.Array | pa.ChunkedArray | None,
) -> Iterator[RowKey]:
    """Give text, kind and hints of each row, as a key that is the same for like rows; null is empty.

    Args:
        texts: As `DeviceMatcher.match_column` takes them.
        kinds: Likewise.
        hints: Likewise.
    """
    for start in range(0, len(texts), _SLICE):
        part = texts.slice(start, _SLICE).to_pylist()
        names = repeat(None) if kinds is None else kinds.slice(start, _SLICE).to_pylist()
        stated = repeat(None) if hints is None else hints.slice(start, _SLICE).to_pylist()
        for text, kind, pairs in zip(part, names, stated, strict=False):
            yield (text or "", kind or "", tuple((name, value) for name, value in pairs if value) if pairs else ())


def conflicts(matches: Sequence[Match]) -> tuple[str, ...]:
    """Return the types, other than the first match's, that rules of at least its strength name, sorted."""
    if len(matches) == 1:
        return ()
    first = matches[0].rule
    others = {each.rule.type for each in matches if each.rule.strength >= first.strength} - {first.type} - _WEAK
    return tuple(sorted(others)) if first.type not in _WEAK else ()


def told(matches: Sequence[Match]) -> tuple[object, ...]:
    """Return what the first of some matches says, in the order of `COLUMNS` behind `row`."""
    first = matches[0]
    rule = first.rule
    return (
        *(rule.id, rule.type, rule.vendor or None, first.product or None, STRENGTHS[rule.strength]),
        *(first.field, first.start, first.end, ",".join(conflicts(matches)) or None),
    )


@cache
def device_matcher() -> DeviceMatcher:
    """Return the matcher with the rules that come with the package."""
    return DeviceMatcher(device_rules())
