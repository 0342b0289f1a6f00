"""How far mail added day by day ends as one run over all of it would. Run: `python tests/benchmarks/appending.py`.

Two weeks of invented mail are written as one mbox file a day. One case takes all files at once; another takes the first
and has each of the others appended. Both hold the same messages under the same keys.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from attribution import Case, analyze, append_mail
from attribution.simulate import generate, write_days
from tests.benchmarks.campaign_quality import print_table, say, seconds_used
from tests.campaigns.scoring import score

if TYPE_CHECKING:
    import pyarrow as pa

AGREEMENT = 0.99
"""B-cubed F1 of the campaigns of both cases, at least."""
_HEAD = ("day", "messages", "in all", "campaigns", "absorbed", "gone", "changed", "s", "read s", "find s", "wall s")
_LEGEND = (
    "absorbed: campaigns of the day before that others took up; gone: whose key is neither a campaign nor an alias;\n"
    "changed: messages of the day before that have another key or lost theirs, those of absorbed campaigns included.\n"
    "s: seconds of processor time of the whole command; read, find: of the clock, for the mail and for the campaigns.\n"
)


@dataclass(frozen=True, slots=True)
class Step:
    """What one command did.

    Attributes:
        case: Afterwards.
        seconds: Processor time. `wall`: by the clock.
    """

    case: Case
    seconds: float
    wall: float


def main() -> None:
    """Measure and say what is not as it must be."""
    parser = argparse.ArgumentParser(description="How far appended mail ends as one run over all would.")
    parser.add_argument("--messages", type=int, default=20_000, help="messages of the two weeks")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="from 200 on for trying things out")
    parser.add_argument("--workers", type=int, default=1, help="workers of each command")
    arguments = parser.parse_args()
    faults: list[str] = []
    for seed in arguments.seeds:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            say(f"{arguments.messages:,} messages, seed {seed}\n")
            faults += [f"seed {seed}: {fault}" for fault in _measure(arguments.messages, seed, arguments.workers)]
    for fault in faults:
        say(f"NOT MET: {fault}")
    if faults:
        raise SystemExit(1)


def _measure(messages: int, seed: int, workers: int) -> list[str]:
    """Make both cases in the current folder, print how they agree, and return what is not as it must be."""
    paths = write_days(Path("mail"), generate(messages, seed))
    begun, clock = seconds_used(), time.monotonic()
    whole = Step(analyze(paths, out="whole", workers=workers), seconds_used() - begun, time.monotonic() - clock)
    steps: list[Step] = []
    rows: list[list[str]] = []
    before: pa.Table | None = None
    for path in paths:
        begun, clock = seconds_used(), time.monotonic()
        if before is None:
            case = analyze(path, out="daily", workers=workers)
        else:
            case = append_mail("daily", path, workers=workers)
        steps.append(Step(case, seconds_used() - begun, time.monotonic() - clock))
        after = case.table("messages", ["message", "campaign"])
        rows.append([path.stem, *_row(steps[-1], before, after)])
        before = after
    rows.append(["all at once", *_row(whole, None, whole.case.table("messages", ["message", "campaign"]))])
    say(_LEGEND)
    print_table(_HEAD, rows)
    appends = [step.seconds for step in steps[1:]]
    say(
        f"\nan append takes {np.mean(appends) / whole.seconds:.2f} of the time of all at once "
        f"(from {min(appends) / whole.seconds:.2f} to {max(appends) / whole.seconds:.2f}), "
        f"the {len(paths)} commands together {sum(step.seconds for step in steps) / whole.seconds:.2f}"
    )
    return _agreement(whole.case, steps[-1].case)


def _row(step: Step, before: pa.Table | None, after: pa.Table) -> list[str]:
    """Return what is to be told of one command."""
    campaigns = step.case.table("campaigns", ["campaign", "aliases"])
    absorbed = gone = changed = old = 0
    if before is not None:
        keys = pc.unique(before["campaign"].drop_null())
        aliases = pc.list_flatten(campaigns["aliases"])
        lost = pc.filter(keys, pc.invert(pc.is_in(keys, value_set=campaigns["campaign"])))
        absorbed = pc.sum(pc.is_in(lost, value_set=aliases)).as_py() or 0
        gone = len(lost) - absorbed
        now = after["campaign"].take(pc.index_in(before["message"], value_set=after["message"]))
        was = before["campaign"]
        kept = pc.fill_null(pc.equal(now, was), False)
        changed = pc.sum(pc.and_(pc.is_valid(was), pc.invert(kept))).as_py() or 0
        old = len(before)
    timings = (step.case.run.get("appended") or [step.case.run])[-1]["timings"]
    counts = (len(after) - old, len(after), len(campaigns), absorbed, gone, changed)
    seconds = (step.seconds, timings["mail"], timings["campaigns"], step.wall)
    return [*(f"{count:,}" for count in counts), *(f"{value:.1f}" for value in seconds)]


def _agreement(whole: Case, daily: Case) -> list[str]:
    """Print how both cases agree, and return what is not as it must be."""
    columns = ["message", "source", "offset", "campaign", "handover_ip", "handover_grade"]
    one, other = whole.table("messages", columns), daily.table("messages", columns)
    other = other.take(pc.index_in(one["message"], value_set=other["message"]))
    clusters = [pc.fill_null(table["campaign"], -1).to_numpy() for table in (one, other)]
    alone = -1 - np.arange(len(one))
    agreed = score(np.where(clusters[0] < 0, alone, clusters[0]), clusters[1])
    truth = pq.read_table("mail/truth.parquet")
    written = _places(pc.binary_join_element_wise("mail", truth["source"], "/"), truth["offset"])
    known = truth["campaign"].take(pc.index_in(_places(one["source"], one["offset"]), value_set=written)).to_numpy()
    against = [score(known, found) for found in clusters]
    same = pc.fill_null(pc.equal(one["handover_ip"], other["handover_ip"]), False)
    neither = pc.and_(pc.is_null(one["handover_ip"]), pc.is_null(other["handover_ip"]))
    graded = pc.fill_null(pc.equal(one["handover_grade"], other["handover_grade"]), False)
    handovers, grades = (pc.mean(column).as_py() for column in (pc.or_(same, neither), graded))
    tables = [case.table("campaigns", ["campaign", "aliases"]) for case in (whole, daily)]
    renamed = pc.sum(pc.invert(pc.is_in(tables[1]["campaign"], value_set=tables[0]["campaign"]))).as_py() or 0
    aliases = len(pc.list_flatten(tables[1]["aliases"]))
    identical = agreed.ari == 1 and agreed.f1 == 1
    say(
        f"campaigns, all at once against day by day: {'identical' if identical else 'not identical'}, "
        f"B-cubed F1 {agreed.f1:.4f}, ARI {agreed.ari:.4f}\n"
        f"against the truth: all at once P {against[0].precision:.4f} F1 {against[0].f1:.4f}, "
        f"day by day P {against[1].precision:.4f} F1 {against[1].f1:.4f}\n"
        f"handover addresses that agree: {handovers:.4%}, with their grades {grades:.4%}\n"
        f"campaigns day by day: {len(tables[1]):,}, of which {renamed:,} have a key that all at once does not give; "
        f"{aliases:,} aliases\n"
    )
    faults = []
    if agreed.f1 < AGREEMENT:
        faults.append(f"agreement of campaigns {agreed.f1:.4f}, at least {AGREEMENT} is to be")
    if handovers < 1:
        faults.append(f"{1 - handovers:.2%} of the handover addresses differ")
    return faults


def _places(source: pa.ChunkedArray, offset: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(source, offset.cast("string"), ":")


if __name__ == "__main__":
    main()
