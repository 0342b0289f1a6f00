"""What a claims file holds, and what a check of it says: plain records."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = [
    "About",
    "Claim",
    "ClaimVerdict",
    "ClaimsFile",
    "Filter",
    "Operator",
    "Predicate",
    "Rating",
    "Relation",
    "Rows",
]

ClaimVerdict = Literal["supported", "contradicted", "not testable"]
"""What the case says of one claim. `supported` is not "true": this mail is as the claim says."""

Operator = Literal["at-least", "at-most", "more-than", "less-than", "about", "between"]
"""How a figure is held against the published value."""


def _finite(value: float | None) -> float | None:
    """Return a figure; None for what is no number in JSON."""
    return None if value is None or not math.isfinite(value) else value


@dataclass(frozen=True, slots=True)
class About:
    """What was published.

    Attributes:
        title: Its title.
        source: Where it can be read: a URL or a citation.
        published: The day.
        who: Who published it.
        sample: Share of the mail that was claimed about that the case holds, above 0 and below 1; None where the case
            stands for itself.
        notes: What a reader should know of the file.
    """

    title: str
    source: str
    published: date
    who: str
    sample: float | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which messages a predicate speaks of; all conditions must hold, None is no condition.

    Attributes:
        campaigns: Keys of campaigns. `name`: what an analyst called a campaign.
        begin: First moment, `end` first moment beyond, both UTC, of the time at which the receiver took the message.
        device: A type of device on the handover address near the time of its mail, or `thing` for any thing.
        country: ISO 3166 code of the handover address.
        access: Access types of the handover address. `not_access`: those that are left out.
        grade: Grades of the handover.
    """

    campaigns: tuple[int, ...] | None = None
    name: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    device: str | None = None
    country: str | None = None
    access: tuple[str, ...] | None = None
    not_access: tuple[str, ...] | None = None
    grade: tuple[str, ...] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the conditions that are set as values that JSON holds, by the keys of a claims file."""
        conditions = {
            "campaign": self.campaigns,
            "name": self.name,
            "from": self.begin and self.begin.isoformat(),
            "to": self.end and self.end.isoformat(),
            "device": self.device,
            "country": self.country,
            "access": self.access,
            "not-access": self.not_access,
            "grade": self.grade,
        }
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in conditions.items()
            if value is not None
        }


@dataclass(frozen=True, slots=True)
class Predicate:
    """What of a claim can be measured.

    Attributes:
        kind: One of `vocabulary.KINDS`.
        of: What is counted; empty for kinds that count nothing. `per`: for each of what.
        op: How the figure is held against `value`; None for kinds without a figure.
        value: The published figure; of `between` the lower end. `value_to`: the upper end of `between`.
        tolerance: Share by which a figure may be off for `about`.
        where: The messages it speaks of. `having`: those of them that a share counts.
        device: The type of device of `exists` and `sent-by`.
        first: First day of a period. `last`: its last day.
        reason: Why it cannot be tested.
    """

    kind: str
    of: str = ""
    per: str = ""
    op: Operator | None = None
    value: float = 0.0
    value_to: float | None = None
    tolerance: float = 0.2
    where: Filter = field(default_factory=Filter)
    having: Filter = field(default_factory=Filter)
    device: str = ""
    first: date | None = None
    last: date | None = None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return what was claimed as values that JSON holds, by the keys of a claims file; null where it has none."""
        return {
            "kind": self.kind,
            "of": self.of or None,
            "per": self.per or None,
            "op": self.op,
            "value": None if self.op is None else _finite(self.value),
            "value_to": _finite(self.value_to),
            "device": self.device or None,
            "first": self.first and self.first.isoformat(),
            "last": self.last and self.last.isoformat(),
            "where": self.where.as_dict(),
            "with": self.having.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of the publication.

    Attributes:
        id: Its name in the file. `line`: where it begins there.
        wording: What was said, in few words. `source`: where.
        predicate: What can be measured of it.
        quantity: What its figure is, for the check of claims against each other; None for none.
    """

    id: str
    line: int
    wording: str
    source: str
    predicate: Predicate
    quantity: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimsFile:
    """A whole file.

    Attributes:
        path: Where it was read. `sha256`: of its bytes.
        about: What was published.
        claims: In the order of the file.
    """

    path: str
    sha256: str
    about: About
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows behind a figure, so that a reader can count them again.

    Attributes:
        table: The table of the case, or the key of its run record.
        where: Which rows of it, in words.
        sql: A query for DuckDB that gives them or the figure; empty where the figure is no query.
    """

    table: str
    where: str
    sql: str = ""


@dataclass(frozen=True, slots=True)
class Rating:
    """What the case says of one claim.

    Attributes:
        verdict: See `ClaimVerdict`.
        figure: What was measured; None where nothing was. `low`, `high`: its interval, None for no bound.
        unit: What the figure counts. A share is between 0 and 1.
        interval: How the interval was made.
        said: What was found, in a sentence or two.
        why: Why the verdict follows.
        rows: What it rests on.
        assumptions: What has to be true for it, in sentences.
        next_step: What would make it testable; None where nothing is needed, or nothing would help.
        speaks_of: What the figure is about and what it leaves unsaid, where a reader may take the one for the other;
            None where not.
    """

    verdict: ClaimVerdict
    figure: float | None
    low: float | None
    high: float | None
    unit: str
    interval: str
    said: str
    why: str
    rows: tuple[Rows, ...] = ()
    assumptions: tuple[str, ...] = ()
    next_step: str | None = None
    speaks_of: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the attributes as values that JSON holds: what is no number there is null."""
        figures = {name: getattr(self, name) for name in ("figure", "low", "high")}
        return asdict(self) | {name: _finite(value) for name, value in figures.items()}


@dataclass(frozen=True, slots=True)
class Relation:
    """Two figures that were published beside each other.

    Attributes:
        relation: What has to hold, in words.
        claims: Ids of the claims that are held against each other.
        verdict: Whether they fit.
        arithmetic: The sum, with the published figures.
        said: What that means, with the ranges that were allowed for.
    """

    relation: str
    claims: tuple[str, ...]
    verdict: Literal["consistent", "inconsistent"]
    arithmetic: str
    said: str

    def as_dict(self) -> dict[str, Any]:
        """Return the attributes as values that JSON holds."""
        return asdict(self)
