"""The blocks of a claims file: what was published, and each claim."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from attribution._text import shorten
from attribution.claims.model import About, Claim, Filter
from attribution.claims.reading.filters import filter_of
from attribution.claims.reading.predicates import predicate_of
from attribution.claims.reading.values import SHOWN, Values
from attribution.claims.vocabulary import KINDS, LEAST_SAMPLE, QUANTITIES

if TYPE_CHECKING:
    from attribution.claims.reading.faults import Place

__all__ = ["Blocks"]

_MOST_CLAIMS = 500
_ABOUT = ("title", "source", "published", "who", "sample", "notes", "where")
_CLAIM = ("id", "wording", "source", "predicate", "tolerance", "quantity")


@dataclass(slots=True)
class Blocks(Values):
    """Takes the table of a claims file apart, and notes all that is wrong with it.

    Attributes:
        base: The filter of the whole file.
    """

    base: Filter = field(default_factory=Filter)

    def file(self, table: dict[str, Any]) -> tuple[About, tuple[Claim, ...]]:
        """Return what a file holds.

        Args:
            table: The whole of it.
        """
        self.unknown((), table, ("about", "claim"), "a claims file holds [about] and [[claim]]")
        about = self._about(table.get("about"))
        self.who = ""
        blocks = table.get("claim", [])
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            self.bad(("claim",), "a claim begins with [[claim]], in two pairs of brackets")
            blocks = []
        if not blocks:
            self.bad(("claim",), "it has no claim: write [[claim]] and its keys below")
        if len(blocks) > _MOST_CLAIMS:
            self.bad(("claim",), f"{len(blocks):,} claims: at most {_MOST_CLAIMS} are read")
            blocks = blocks[:_MOST_CLAIMS]
        claims: list[Claim] = []
        first: dict[str, int] = {}
        for number, block in enumerate(blocks):
            claim = self._claim(number, block)
            if claim.id and claim.id in first:
                self.bad(("claim", number, "id"), f"its id stands in line {first[claim.id]} already: give it another")
            first.setdefault(claim.id, self.lines.of(("claim", number, "id")))
            claims.append(claim)
        return about, tuple(claims)

    def _about(self, table: object) -> About:
        self.who = "[about]: "
        at: Place = ("about",)
        if not isinstance(table, dict):
            self.bad(at, "missing: say what was published, with title, source, published and who")
            table = {"title": "-", "source": "-", "published": date.min, "who": "-"}
        self.unknown(at, table, _ABOUT, f"[about] has {', '.join(_ABOUT)}")
        sample = None
        if "sample" in table:
            sample = self.number(at, table, "sample")
            if sample is not None and not LEAST_SAMPLE <= sample < 1:
                says = f"sample must be a share from {LEAST_SAMPLE:g} to below 1, such as 0.1"
                self.bad((*at, "sample"), says)
        self.base = filter_of(self, (*at, "where"), table.get("where", {}))
        return About(
            title=self.text(at, table, "title"),
            source=self.text(at, table, "source"),
            published=self.day(at, table, "published"),
            who=self.text(at, table, "who"),
            sample=sample,
            notes=self.text(at, table, "notes") if "notes" in table else None,
        )

    def _claim(self, number: int, block: dict[str, Any]) -> Claim:
        at: Place = ("claim", number)
        name = block.get("id")
        shown = shorten(name, SHOWN) if isinstance(name, str) and name.strip() else str(number + 1)
        self.who = f'claim "{shown}": '
        self.unknown(at, block, _CLAIM, f"a claim has {', '.join(_CLAIM)}")
        quantity = None
        if "quantity" in block:
            quantity = self.one_of(at, block, "quantity", tuple(QUANTITIES))
        predicate = predicate_of(self, (*at, "predicate"), block, self.base)
        kind = KINDS.get(predicate.kind)
        if quantity and kind is not None and predicate.kind == "period":
            if quantity != "days":
                self.bad((*at, "quantity"), 'the figure of a "period" is its days: write quantity = "days", or nothing')
        elif quantity and kind is not None and (kind.share or "op" not in kind.needs):
            self.bad((*at, "quantity"), f'"{predicate.kind}" has no figure that could be a quantity: leave it out')
        return Claim(
            id=self.text(at, block, "id"),
            line=self.lines.of(at),
            wording=self.text(at, block, "wording"),
            source=self.text(at, block, "source"),
            predicate=predicate,
            quantity=quantity,
        )
