"""Claims that somebody published, held against a case: supported, contradicted, or not testable, and why.

A claims file (`reading`) names what was published and a measurable predicate for each claim, of a small vocabulary
(`vocabulary`, `filters`); `predicates` measures, `checking` puts it together, `consistency` holds the published figures
against each other. No code of a claims file is run.
"""

from __future__ import annotations

from attribution.claims.checking import CheckedClaims, check_claims
from attribution.claims.consistency import check_consistency
from attribution.claims.model import Claim, ClaimsFile, Rating, Relation
from attribution.claims.reading import ClaimsFileError, packaged, parse_claims, read_claims

__all__ = [
    "CheckedClaims",
    "Claim",
    "ClaimsFile",
    "ClaimsFileError",
    "Rating",
    "Relation",
    "check_claims",
    "check_consistency",
    "packaged",
    "parse_claims",
    "read_claims",
]
