"""Addresses, grades and times that were read from chains of Received lines, against the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.score.flags import among, flags
from attribution.score.shares import Share, share

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

__all__ = [
    "AddressScore",
    "FindingScore",
    "ForgedScore",
    "GradeScore",
    "TimeScore",
    "score_addresses",
    "score_forged",
    "score_times",
]

GRADES = ("vouched", "corroborated", "claimed", "contradicted", "none")
_BETTER = ("vouched", "corroborated")
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class GradeScore:
    """Messages whose address has one grade.

    Attributes:
        grade: As `models.Grade`.
        messages: All of them. `right`, `wrong`, `missing`: as in `AddressScore`.
        accuracy: Share of the named addresses that are right.
    """

    grade: str
    messages: int
    right: int
    wrong: int
    missing: int
    accuracy: Share


@dataclass(frozen=True, slots=True)
class AddressScore:
    """Handover or origin addresses of the messages whose true one is known.

    Attributes:
        messages: How many.
        right: The case names the true address. `wrong`: another one. `missing`: none.
        accuracy: Share of all that are right. `precision`: share of the named addresses that are right.
        grades: The same by grade, the best first; a grade without a message is left out.
    """

    messages: int
    right: int
    wrong: int
    missing: int
    accuracy: Share
    precision: Share
    grades: tuple[GradeScore, ...]


@dataclass(frozen=True, slots=True)
class FindingScore:
    """Messages in which a rule fired: `forged`, those of them with false Received lines; `honest`, those without."""

    rule: str
    forged: int
    honest: int


@dataclass(frozen=True, slots=True)
class ForgedScore:
    """Messages with false Received lines, as far as their true origin is known.

    Attributes:
        messages: How many.
        right: The case names the true origin. `missing`: none.
        wrongly_trusted: It names another address and grades it better than `claimed`: the harm.
        wrong_claimed: It names another address as `claimed`. `wrong_contradicted`: as `contradicted`, or without grade.
        harm: Share of all that are `wrongly_trusted`.
        warned: Share of all with a finding that is more than a note.
        false_alarms: The same among the messages without false lines.
        findings: All rules that fired on either, by id.
    """

    messages: int
    right: int
    missing: int
    wrongly_trusted: int
    wrong_claimed: int
    wrong_contradicted: int
    harm: Share
    warned: Share
    false_alarms: Share
    findings: tuple[FindingScore, ...]


@dataclass(frozen=True, slots=True)
class TimeScore:
    """Times of arrival of the messages whose true one is known.

    Attributes:
        messages: How many.
        missing: Those for which the case has none.
        within_second, within_minute: Share of all that are off by no more.
        median, most_of, largest: Seconds that half of the times are off by at most, 95 % of them, and all of them;
            None where there is none.
    """

    messages: int
    missing: int
    within_second: Share
    within_minute: Share
    median: float | None
    most_of: float | None
    largest: float | None


def _outcome(truth: pa.ChunkedArray, found: pa.ChunkedArray) -> tuple[NDArray[np.bool_], ...]:
    """Return which rows count, and which of them are right, wrong and missing."""
    known = flags(pc.is_valid(truth))
    named = flags(pc.is_valid(found))
    right = flags(pc.equal(truth, found))
    return known, known & right, known & named & ~right, known & ~named


def score_addresses(
    truth: pa.ChunkedArray, found: pa.ChunkedArray, grade: pa.ChunkedArray, among: NDArray[np.bool_] | None = None
) -> AddressScore:
    """Compare the addresses of messages with the true ones.

    Args:
        truth: The true address of each message in canonical form, null where it is not known.
        found: The address that the case names, null where it names none.
        grade: Its grade.
        among: Which messages count; None for all.
    """
    parts = _outcome(truth, found)
    known, right, wrong, missing = parts if among is None else tuple(part & among for part in parts)
    grades = []
    for name in GRADES:
        has = flags(pc.equal(grade, name) if name != "none" else pc.equal(pc.fill_null(grade, "none"), "none"))
        total, good, bad, none = (int((part & has).sum()) for part in (known, right, wrong, missing))
        if total:
            grades.append(GradeScore(name, total, good, bad, none, share(good, good + bad)))
    total, good, bad, none = (int(part.sum()) for part in (known, right, wrong, missing))
    return AddressScore(total, good, bad, none, share(good, total), share(good, good + bad), tuple(grades))


def score_forged(
    forged: pa.ChunkedArray,
    truth: pa.ChunkedArray,
    found: pa.ChunkedArray,
    grade: pa.ChunkedArray,
    findings: pa.ChunkedArray,
    warnings: Collection[str],
) -> ForgedScore:
    """Say what became of messages with false Received lines.

    Args:
        forged: Whether a message has any, null where it is not known.
        truth: The true origin.
        found: That of the case.
        grade: Its grade.
        findings: Ids of the rules that fired on each message.
        warnings: Those whose finding is more than a note.
    """
    known, right, wrong, missing = _outcome(truth, found)
    false = known & flags(forged)
    honest = known & flags(pc.invert(forged))
    better = among(grade, _BETTER)
    claimed = flags(pc.equal(grade, "claimed"))
    warned, rules = _fired(findings, false, honest, warnings)
    total = int(false.sum())
    harm, text = int((false & wrong & better).sum()), int((false & wrong & claimed).sum())
    return ForgedScore(
        messages=total,
        right=int((false & right).sum()),
        missing=int((false & missing).sum()),
        wrongly_trusted=harm,
        wrong_claimed=text,
        wrong_contradicted=int((false & wrong).sum()) - harm - text,
        harm=share(harm, total),
        warned=share(int((false & warned).sum()), total),
        false_alarms=share(int((honest & warned).sum()), int(honest.sum())),
        findings=rules,
    )


def _fired(
    findings: pa.ChunkedArray, false: NDArray[np.bool_], honest: NDArray[np.bool_], warnings: Collection[str]
) -> tuple[NDArray[np.bool_], tuple[FindingScore, ...]]:
    """Return which messages have a finding that is more than a note, and on how many of either each rule fired."""
    row = pc.list_parent_indices(findings).to_numpy()
    rule = pc.list_flatten(findings)
    warned = np.zeros(len(findings), np.bool_)
    warned[row[among(rule, warnings)]] = True
    names = pc.unique(rule.drop_null()).sort()
    code = pc.fill_null(pc.index_in(rule, value_set=names), -1).to_numpy()
    counts = [np.bincount(code[side[row] & (code >= 0)], minlength=len(names)).tolist() for side in (false, honest)]
    fired = zip(names.to_pylist(), *counts, strict=True)
    return warned, tuple(FindingScore(*each) for each in fired if each[1] or each[2])


def score_times(truth: pa.ChunkedArray, found: pa.ChunkedArray) -> TimeScore:
    """Compare times of arrival with the true ones; both UTC in microseconds, null where not known."""
    known = flags(pc.is_valid(truth))
    both = known & flags(pc.is_valid(found))
    total = int(known.sum())
    ticks = [pc.fill_null(column.cast(pa.int64()), 0).to_numpy() for column in (truth, found)]
    # As floats: the difference of two times anywhere in the range of the type may not fit it.
    error = np.abs(ticks[0][both].astype(np.float64) - ticks[1][both].astype(np.float64)) / _SECOND
    median, most_of, largest = np.quantile(error, [0.5, 0.95, 1.0]).tolist() if len(error) else (None, None, None)
    return TimeScore(
        messages=total,
        missing=total - int(both.sum()),
        within_second=share(int((error <= 1).sum()), total),
        within_minute=share(int((error <= 60).sum()), total),
        median=median,
        most_of=most_of,
        largest=largest,
    )
