"""All claims of a file, held against a case and against each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attribution.claims.consistency import check_consistency
from attribution.claims.predicates import RATE
from attribution.claims.reach import within_reach
from attribution.claims.reading import read_claims
from attribution.claims.view import open_view
from attribution.claims.vocabulary import LEAST_SAMPLE
from attribution.claims.wording import html_of
from attribution.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attribution.case import Case
    from attribution.claims.model import Claim, ClaimsFile, Rating, Relation

__all__ = ["CheckedClaims", "check_claims"]

_CAVEAT = (
    "Supported means that the mail of this case is as the claim says, under the assumptions named; not that the claim "
    "is true. Contradicted means that this mail is not so. Not testable means that nobody can say from this case. What "
    "is rated is the predicate of the file; whether its wording says the same, and no more, a reader has to judge."
)


@dataclass(frozen=True, slots=True, repr=False)
class CheckedClaims:
    """What a case says of a claims file.

    Attributes:
        case: The case folder. `messages`: how many it has.
        file: The claims file.
        sample: Share of the mail that was claimed about that the case is said to hold.
        campaigns: Keys of the campaigns that the check was restricted to; None for the whole case.
        ratings: Each claim with what the case says of it, in the order of the file.
        relations: How the published figures fit each other.
        caveat: What the verdicts mean.
    """

    case: str
    messages: int
    file: ClaimsFile
    sample: float | None
    campaigns: tuple[int, ...] | None
    ratings: tuple[tuple[Claim, Rating], ...]
    relations: tuple[Relation, ...]
    caveat: str = _CAVEAT

    def __repr__(self) -> str:
        verdicts = Counter(rating.verdict for _, rating in self.ratings)
        told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
        return f"<CheckedClaims of {self.file.path} against {self.case}: {told}>"

    def _repr_html_(self) -> str:
        return html_of(self)

    def as_dict(self) -> dict[str, Any]:
        """Return it as values that JSON holds."""
        about = self.file.about
        return {
            "case": self.case,
            "messages": self.messages,
            "file": self.file.path,
            "sha256": self.file.sha256,
            "about": {
                "title": about.title,
                "source": about.source,
                "published": about.published.isoformat(),
                "who": about.who,
                "notes": about.notes,
            },
            "sample": self.sample,
            "campaigns": None if self.campaigns is None else list(self.campaigns),
            "claims": [
                {
                    "id": claim.id,
                    "line": claim.line,
                    "wording": claim.wording,
                    "source": claim.source,
                    "kind": claim.predicate.kind,
                    "predicate": claim.predicate.as_dict(),
                    "tolerance": claim.predicate.tolerance if claim.predicate.op == "about" else None,
                    "quantity": claim.quantity,
                    **rating.as_dict(),
                }
                for claim, rating in self.ratings
            ],
            "consistency": [relation.as_dict() for relation in self.relations],
            "caveat": self.caveat,
        }


def check_claims(
    case: Case, file: ClaimsFile | str | Path, *, sample: float | None = None, campaigns: Iterable[int | str] = ()
) -> CheckedClaims:
    """Hold the claims of a file against a case, and against each other.

    Args:
        case: The case.
        file: The claims; or the path of a claims file, or the name of one that comes with the program:
            `proofpoint-2014`, `symantec-2014`.
        sample: Share of the mail that was claimed about that the case holds, above 0 and below 1; absolute numbers are
            then estimates and no more. It goes before that of the file.
        campaigns: Keys or names of the campaigns that the claims are about; nothing else is counted then.

    Raises:
        InputNotFoundError: There is no such file.
        ClaimsFileError: The file has faults; its `problems` names each, with its line.
        UsageError: The sample is no such share, or there is no such campaign.
        CaseError: A table of the case cannot be read.
    """
    if isinstance(file, str | Path):
        file = read_claims(file)
    share = file.about.sample if sample is None else sample
    if share is not None and not LEAST_SAMPLE <= share < 1:
        message = f"--sample {share:g}: give a share from {LEAST_SAMPLE:g} to below 1, such as 0.1"
        raise UsageError(message)
    view = open_view(case, share)
    keys: set[int] = set()
    asked = list(campaigns)
    for one in asked:
        text = str(one)
        found = set(view.campaigns_called(text))
        if text.isascii() and text.isdigit() and len(text) < 20:
            key = view.campaign_of(int(text))
            found |= set() if key is None else {key}
        if not found:
            message = f"{case.path} has no campaign with the key or name {text[:80]}"
            raise UsageError(message)
        keys |= found
    restricted = tuple(sorted(keys)) if asked else None
    view = replace(view, restricted=restricted)
    ratings = tuple(
        (claim, within_reach(RATE[claim.predicate.kind](view, claim.predicate), claim.predicate))
        for claim in file.claims
    )
    return CheckedClaims(
        case=str(case.path),
        messages=len(view.address),
        file=file,
        sample=share,
        campaigns=restricted,
        ratings=ratings,
        relations=check_consistency(file.claims),
    )
