"""A case measured against the truth about its mail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attribution.case import open_case
from attribution.enrich import devices, evidence
from attribution.origin.rulebook import rules
from attribution.score import SCORED, Truth, read_truth, score_tables

if TYPE_CHECKING:
    from attribution.case import Case
    from attribution.score import Scorecard

__all__ = ["score_case"]


def score_case(case: Case | str | Path, truth: Truth | str | Path) -> Scorecard:
    """Compare a case with the truth about its mail, as `attribution score` does.

    Args:
        case: The case, or its folder.
        truth: A Parquet file or a folder of them, such as `attribution simulate` writes; or what `read_truth` gave.

    Raises:
        CaseError: The case cannot be read.
        InputError: The truth cannot be read.
        UsageError: Nothing of the truth is in the case.
    """
    opened = open_case(case) if isinstance(case, str | Path) else case
    known = truth if isinstance(truth, Truth) else read_truth(Path(truth))
    return score_tables(
        {name: opened.table(name, columns) for name, columns in SCORED.items()},
        opened.run,
        known,
        things=[name for name in devices.device_types() if evidence.is_thing(name)],
        warnings=[rule.id for rule in rules().values() if rule.kind == "finding" and rule.severity != "info"],
    )
