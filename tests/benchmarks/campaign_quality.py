"""How well campaigns are found in invented mail where they are known: `python tests/benchmarks/campaign_quality.py`.

The mail is written as an mbox file and analysed as any other; the tables are compared with what the generator knows.
What must be reached is asserted for every seed alone. Seeds 1, 2 and 3 are held out: nothing was chosen by them, so
whoever tries something out takes seeds from 200 on.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from attribution import Case, analyze
from attribution.campaigns import ASSERTED, LEAD, TRAITS, find
from attribution.simulate import generate, write_mbox
from tests.campaigns.scoring import Score, score

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = [
    "FIGURES",
    "LEGEND",
    "SUMMARY",
    "Figures",
    "Labelled",
    "cells",
    "judge",
    "make",
    "print_table",
    "say",
    "seconds_used",
    "summary",
]

BODY = ("url_domains", "url_shapes", "attachments", "phones", "wallets", "text_start", "text_words", "text_sketch")
"""The traits that `--headers-only` leaves out."""
BODIES, HEADERS = "bodies", "headers"
PRECISION = {BODIES: 0.99, HEADERS: 0.98}
"""B-cubed precision that asserted campaigns must have."""
F1 = 0.90
"""B-cubed F1 that asserted campaigns must have where bodies are read."""
_TURNS = 2

FIGURES = ("P", "R", "F1", "P ≥2", "R ≥2", "F1 ≥2", "bot P", "bot R", "bot F1", "ARI", "pair P", "pair R", "clusters",
           "merging")  # fmt: skip
SUMMARY = ("P", "lowest P", "R", "F1", "F1 ≥2", "bot F1", "ARI", "pair P", "pair R", "clusters", "merging", "s")
_SUMMED = [0, 1, 2, 5, 8, 9, 10, 11, 12, 13, 14]
"""Places of the columns of `SUMMARY` but the lowest P, in the figures and the seconds."""
LEGEND = (
    "P, R, F1: B-cubed over all messages; `≥2`: over those whose campaign has two messages or more; `bot`: over mail\n"
    "of bots alone. ARI: adjusted Rand index. pair: over pairs of messages. clusters: those of two messages or more.\n"
    "merging: clusters that hold two messages or more of each of two campaigns. s: seconds of processor time.\n"
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """An analysed world.

    Attributes:
        traits: One row a message.
        found: The campaign that the case says, by row; null for none.
        truth: The campaign that the generator knows, by row.
        bots: By row, whether a bot sent the message.
        seconds: Processor time of the run.
    """

    traits: pa.Table
    found: pa.Array
    truth: NDArray[np.int64]
    bots: NDArray[np.bool_]
    seconds: float

    def without_bodies(self) -> Labelled:
        """Return the same world with nothing of the bodies."""
        columns = [
            pa.nulls(len(self.traits), field.type) if field.name in BODY else self.traits[field.name]
            for field in TRAITS
        ]
        return replace(self, traits=pa.table(columns, schema=TRAITS))


@dataclass(frozen=True, slots=True)
class Figures:
    """How well a partition agrees with the truth.

    Attributes:
        whole: Over all messages. `bots`: over those of bots.
        clusters: How many clusters have two messages or more.
    """

    whole: Score
    bots: Score
    clusters: int

    def numbers(self) -> list[float]:
        """Return the columns `FIGURES`."""
        whole, bots = self.whole, self.bots
        return [
            whole.precision, whole.recall, whole.f1, whole.precision_many, whole.recall_many, whole.f1_many,
            bots.precision, bots.recall, bots.f1, whole.ari, whole.pair_precision, whole.pair_recall,
            self.clusters, whole.merging_twice,
        ]  # fmt: skip


def main() -> None:
    """Measure all worlds and say what is not as it must be."""
    parser = argparse.ArgumentParser(description="How well campaigns are found in invented mail.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], help="messages of a world")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="from 200 on for trying things out")
    parser.add_argument("--workers", type=int, default=None, help="workers of the analyses; one for each core if unset")
    arguments = parser.parse_args()
    rows: list[list[str]] = []
    means: list[list[str]] = []
    faults: list[str] = []
    for size in arguments.sizes:
        measured: dict[tuple[str, float], list[list[float]]] = {}
        for seed in arguments.seeds:
            with tempfile.TemporaryDirectory() as folder:
                world = make(Path(folder), size, seed, arguments.workers)
                if size == min(arguments.sizes) and seed == arguments.seeds[0]:
                    faults += _headers_only(Path(folder), world)
            for kind, epsilon, found, seconds in _measure(world):
                faults += _missed(f"{size:,} messages, seed {seed}, {kind}", kind, epsilon, found)
                numbers = [*found.numbers(), seconds]
                measured.setdefault((kind, epsilon), []).append(numbers)
                rows.append([f"{size:,}", str(seed), kind, str(epsilon), *cells(numbers)])
        for (kind, epsilon), several in measured.items():
            means.append([f"{size:,}", kind, str(epsilon), *summary(several)])
    say(LEGEND)
    print_table(("messages", "seed", "traits", "ε", *FIGURES, "s"), rows)
    say("\nMean over the seeds:\n")
    print_table(("messages", "traits", "ε", *SUMMARY), means)
    for fault in faults:
        say(f"NOT MET: {fault}")
    if faults:
        raise SystemExit(1)


def make(folder: Path, size: int, seed: int, workers: int | None = None) -> Labelled:
    """Write a world into a folder, analyse it, and join the tables with the truth.

    Args:
        folder: Holds the mail and the case afterwards.
        size: Messages.
        seed: Of the generator.
        workers: Of the analysis.

    Raises:
        SystemExit: Not every message of the world is one of the case.
    """
    write_mbox(folder / "mail.mbox", generate(size, seed))
    return _analyzed(folder, "case", workers, headers_only=False)


def _analyzed(folder: Path, out: str, workers: int | None, *, headers_only: bool) -> Labelled:
    # The keys of messages follow from the path that is given, and all is to be the same in every run.
    with contextlib.chdir(folder):
        begun = seconds_used()
        case = analyze("mail.mbox", out=out, workers=workers, headers_only=headers_only)
        seconds = seconds_used() - begun
        found, truth, bots = _joined(case, pq.read_table("mail.truth.parquet"))
        return Labelled(case.table("traits"), found, truth, bots, seconds)


def _joined(case: Case, truth: pa.Table) -> tuple[pa.Array, NDArray[np.int64], NDArray[np.bool_]]:
    messages = case.table("messages", ["offset", "campaign"])
    place = pc.index_in(messages["offset"], value_set=truth["offset"].combine_chunks()).combine_chunks()
    if place.null_count or len(messages) != len(truth) or len(pc.unique(place)) != len(truth):
        message = f"{len(truth)} messages were written and {len(messages)} read, not all at the same places"
        raise SystemExit(message)
    known = truth.take(place)
    bots = pc.equal(known["kind"], "bot").combine_chunks().to_numpy(zero_copy_only=False)
    return messages["campaign"].combine_chunks(), known["campaign"].to_numpy(), bots


def seconds_used() -> float:
    """Return the processor time of this process and of its workers that have ended."""
    return sum(os.times()[:4])


def _measure(world: Labelled) -> Iterable[tuple[str, float, Figures, float]]:
    """Give for each kind of traits and each threshold the figures and the seconds."""
    for kind, traits in ((BODIES, world.traits), (HEADERS, world.without_bodies().traits)):
        for epsilon in (ASSERTED, LEAD):
            begun = time.process_time()
            found = find(traits, epsilon=epsilon).labels
            seconds = time.process_time() - begun
            if kind == BODIES and epsilon == ASSERTED and not found.equals(world.found):
                message = "the case has other campaigns than its traits give"
                raise SystemExit(message)
            yield kind, epsilon, judge(world, found), seconds


def _missed(name: str, kind: str, epsilon: float, found: Figures) -> list[str]:
    """Return what is not as it must be."""
    if epsilon > ASSERTED:
        return []
    missed = []
    if found.whole.precision < PRECISION[kind]:
        missed.append(f"{name}: precision {found.whole.precision:.4f}, at least {PRECISION[kind]} is to be")
    if kind == BODIES and found.whole.f1 < F1:
        missed.append(f"{name}: F1 {found.whole.f1:.4f}, at least {F1} is to be")
    return missed


def cells(numbers: Iterable[float]) -> list[str]:
    """Return the columns `FIGURES` and seconds as text: shares, then two counts, then the seconds."""
    *shares, clusters, merging, seconds = numbers
    return [*(f"{share:.3f}" for share in shares), f"{clusters:,.0f}", f"{merging:.3g}", f"{seconds:.1f}"]


def judge(world: Labelled, found: pa.Array) -> Figures:
    """Return how well a partition agrees with the truth.

    Args:
        world: The world.
        found: The cluster of each row; null for one that is alone.
    """
    clusters = pc.fill_null(found, -1).to_numpy(zero_copy_only=False)
    several = int((np.unique(clusters[clusters >= 0], return_counts=True)[1] > 1).sum())
    return Figures(score(world.truth, clusters), score(world.truth, clusters, world.bots), several)


def summary(several: list[list[float]]) -> list[str]:
    """Return the columns `SUMMARY` of the figures and seconds of several runs: means, and the lowest precision."""
    means = cells(np.mean(several, axis=0)[_SUMMED].tolist())
    return [means[0], f"{min(figures[0] for figures in several):.3f}", *means[1:]]


def _headers_only(folder: Path, world: Labelled) -> list[str]:
    """Compare a run without bodies with one that leaves their traits out, and say what share of the run they take.

    Both runs have one worker, and the shorter of several turns counts.
    """
    seconds: dict[bool, float] = {}
    found = world.found
    for turn in range(_TURNS):
        for headers_only in (False, True):
            run = _analyzed(folder, f"case-{turn}-{headers_only}", 1, headers_only=headers_only)
            seconds[headers_only] = min(run.seconds, seconds.get(headers_only, run.seconds))
            found = run.found
    with_bodies, without = seconds[False], seconds[True]
    say(
        f"{len(world.traits):,} messages, one worker: {with_bodies:.1f} s of processor time with bodies, "
        f"{without:.1f} s without: body traits take {1 - without / with_bodies:.0%} of the run"
    )
    same = found.equals(find(world.without_bodies().traits).labels)
    return [] if same else ["--headers-only gives other campaigns than traits whose body columns are empty"]


def print_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table in Markdown, numbers to the right."""
    table = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(table[0]))]
    for number, row in enumerate(table):
        say("| " + " | ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if number == 0:
            say("|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|")


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
