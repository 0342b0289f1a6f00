"""The run of 2014 at full size, in both truths. Run: `python tests/benchmarks/run_of_2014.py`.

Simulates the mail, analyses it, scores the case and holds the published claims against it, each as a command of its own
in its own processes. Prints what each took, and the tables. Of 750,000 messages it takes some 2 GiB of disk a truth.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.campaign_quality import print_table, say

_EVERY = 0.25
"""Seconds between two looks at the memory."""
_PUBLISHED = ("proofpoint-2014", "symantec-2014")
_HEAD = ("command", "truth", "seed", "wall s", "cpu s", "peak MiB")


@dataclass(frozen=True, slots=True)
class Step:
    """What one command took.

    Attributes:
        wall: Seconds by the clock.
        cpu: Seconds of all its processes.
        peak: MiB that all its processes held at once, at most; what they share counts once.
        printed: Its standard output.
    """

    wall: float
    cpu: float
    peak: float
    printed: str


def main() -> None:
    """Measure, print, and say what is not as it must be."""
    parser = argparse.ArgumentParser(description="The run of 2014 at full size, in both truths.")
    parser.add_argument("--messages", type=int, default=750_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[4])
    parser.add_argument("--truths", nargs="+", default=["things", "nat"], choices=["things", "nat"])
    parser.add_argument("--keep", type=Path, help="a folder for mail and cases, which are else removed")
    arguments = parser.parse_args()
    timing: list[list[str]] = []
    scores: list[dict[str, Any]] = []
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        place = arguments.keep or Path(folder)
        for seed in arguments.seeds:
            for truth in arguments.truths:
                made = place / f"{truth}-{seed}"
                say(f"\n{arguments.messages:,} messages, seed {seed}, truth {truth}\n")
                card, wrong = _one(made, arguments.messages, seed, truth, timing)
                scores.append(card)
                faults += wrong
                if not arguments.keep:
                    shutil.rmtree(made)
    print_table(_HEAD, timing)
    if len(scores) > 1:
        _ranges(scores)
    for fault in faults:
        say(f"NOT MET: {fault}")
    if faults:
        raise SystemExit(1)


def _one(made: Path, messages: int, seed: int, truth: str, timing: list[list[str]]) -> tuple[dict[str, Any], list[str]]:
    """Run all commands for one world; return what `score --json` says, and what is not as it must be."""
    made.parent.mkdir(parents=True, exist_ok=True)
    case = made / "case"
    mail, databases = made / "mail", made / "mail" / "databases"
    world = ("--messages", str(messages), "--seed", str(seed), "--truth", truth)
    facts = ("--mmdb", str(databases / "asn.mmdb"), "--mmdb", str(databases / "city.mmdb"))
    steps = {
        "simulate": ("simulate", *world, "--out", str(mail)),
        "analyze": (
            "analyze", str(mail / "dump.mbox"), "--out", str(case), "--trust", str(mail / "receiver.toml"), *facts,
            "--banners", str(mail / "scan"),
        ),
        "score": ("score", str(case), str(mail), "--json"),
        **{name: ("claims", str(case), name, "--json") for name in _PUBLISHED},
    }  # fmt: skip
    made.mkdir()
    done: dict[str, Step] = {}
    for name, arguments in steps.items():
        done[name] = step = run(arguments)
        timing.append([name, truth, str(seed), f"{step.wall:,.1f}", f"{step.cpu:,.1f}", f"{step.peak:,.0f}"])
        say(f"  {name}: {step.wall:,.1f} s, {step.cpu:,.1f} s of processor time, {step.peak:,.0f} MiB")
    for name in ("mail", "case"):
        size = sum(path.stat().st_size for path in (made / name).rglob("*") if path.is_file())
        say(f"  {name} on disk: {size / 2**20:,.0f} MiB")
    say(f"  {messages / done['simulate'].wall:,.0f} messages a second simulated, "
        f"{messages / done['analyze'].wall:,.0f} analysed\n")  # fmt: skip
    say(run(("score", str(case), str(mail))).printed)
    verdicts: dict[str, str] = {}
    for name in _PUBLISHED:
        rated = json.loads(done[name].printed)
        verdicts |= {claim["id"]: claim["verdict"] for claim in rated["claims"]}
        print_table(("claim", "verdict", "what was found"), [_told(claim) for claim in rated["claims"]])
        print_table(
            ("against each other", "verdict", "arithmetic"),
            [[one["relation"], one["verdict"], one["arithmetic"]] for one in rated["consistency"]],
        )
    things = verdicts["sent-by-things"]
    meant = {"things": {"supported"}, "nat": {"contradicted"}}[truth]
    return json.loads(done["score"].printed), [] if things in meant else [f"{truth}, seed {seed}: {things}"]


def _told(claim: dict[str, Any]) -> list[str]:
    return [claim["id"], claim["verdict"], claim["said"]]


def run(arguments: tuple[str, ...]) -> Step:
    """Run a command of the program and watch its processes.

    Args:
        arguments: Of the command.

    Raises:
        SystemExit: It failed; what it said is printed.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as told:
        begun = time.monotonic()
        process = psutil.Popen([sys.executable, "-m", "attribution", *arguments], stdout=out, stderr=told)
        peak, cpu = 0.0, 0.0
        ended: dict[int, float] = {}
        while process.poll() is None:
            held = 0
            for one in _all(process):
                try:
                    held += one.memory_full_info().pss
                    times = one.cpu_times()
                except psutil.Error:
                    continue
                ended[one.pid] = times.user + times.system
            peak, cpu = max(peak, held / 2**20), sum(ended.values())
            time.sleep(_EVERY)
        wall = time.monotonic() - begun
        out.seek(0)
        told.seek(0)
        if process.returncode:
            say(told.read())
            raise SystemExit(1)
        return Step(wall, cpu, peak, out.read())


def _all(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _ranges(cards: list[dict[str, Any]]) -> None:
    """Print mean and range of every figure of the scores."""
    flat = [dict(_figures(card)) for card in cards]
    rows = []
    for name in flat[0]:
        values = [one[name] for one in flat if name in one]
        rows.append([name, str(len(values)), *(f"{value:,.4g}" for value in (mean(values), min(values), max(values)))])
    print_table(("figure", "runs", "mean", "lowest", "highest"), rows)


def _figures(card: object, name: str = "") -> list[tuple[str, float]]:
    """Return the numbers of a scorecard under their dotted names."""
    if isinstance(card, dict):
        return [pair for key, value in card.items() for pair in _figures(value, f"{name}.{key}".lstrip("."))]
    return [(name, float(card))] if isinstance(card, int | float) and not isinstance(card, bool) else []


if __name__ == "__main__":
    main()
