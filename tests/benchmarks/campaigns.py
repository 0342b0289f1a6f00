"""How the time and memory of `find` grow, as ratios within one run. Run it: `python tests/benchmarks/campaigns.py`.

Each case runs in a process of its own, so that peaks of memory do not mix. Growth is asserted, seconds are told.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from attribution.campaigns import TRAITS, find
from tests.campaigns.labelled_mail import b_cubed, generate

_START = 1_388_000_000_000_000
_TWO_WEEKS = 14 * 86_400_000_000


def _alike(size: int, subject: str, *, identical: bool) -> pa.Table:
    """Make rows that share a subject: identical but for time and address, or with an engine of many."""
    rng = np.random.default_rng(1)
    address = rng.integers(0, max(1, size // 7), size)
    network = address // 100
    engine = np.zeros(size, np.int64) if identical else rng.integers(0, 500, size)
    columns: dict[str, pa.Array] = {name: pa.nulls(size, TRAITS.field(name).type) for name in TRAITS.names}
    columns["message"] = pa.array(rng.permutation(size))
    columns["time"] = pa.array(_START + rng.integers(0, _TWO_WEEKS, size)).cast(pa.timestamp("us", tz="UTC"))
    columns["subject_template"] = pa.array(np.full(size, subject), pa.string())
    columns["engine"] = _named("engine", engine)
    columns["address"] = _named("address", address)
    columns["network"] = _named("network", network)
    return pa.table(columns, schema=TRAITS)


def _named(name: str, numbers: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Array:
    values = pa.array([f"{name} {number}" for number in range(int(numbers.max()) + 1)])
    return values.take(pa.array(numbers))


def _diverse(size: int) -> pa.Table:
    """Make rows of many campaigns by repeating a labelled world under other names."""
    world = generate(min(size, 75_000), 5).traits
    copies = -(-size // len(world))
    parts = []
    for copy in range(copies):
        columns = {name: world[name].combine_chunks() for name in TRAITS.names}
        columns["message"] = pa.array(columns["message"].to_numpy() + copy * 10_000_000)
        for name in ("subject_template", "from_domain", "from_account", "reply_to", "list_id", "address", "network"):
            encoded = columns[name].dictionary_encode()
            renamed = pa.array([f"{value}{copy or ''}" for value in encoded.dictionary.to_pylist()], pa.string())
            columns[name] = pa.DictionaryArray.from_arrays(encoded.indices, renamed).cast(pa.string())
        parts.append(pa.table(columns, schema=TRAITS))
    return pa.concat_tables(parts).slice(0, size).combine_chunks()


def _case(name: str, size: int) -> pa.Table:
    if name == "diverse":
        return _diverse(size)
    if name == "identical":
        return _alike(size, "lowest mortgage rates in thirty years approved", identical=True)
    return _alike(size, "invoice", identical=False)


def _measure(name: str, size: int, answers: multiprocessing.SimpleQueue[tuple[float, float, int]]) -> None:
    traits = _case(name, size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    found = find(traits)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(
        f"{name:10} {size:>9,} rows  {seconds:6.1f} s  peak {peak / 1024:,.0f} MiB (before {before / 1024:,.0f})  "
        f"{size - found.labels.null_count:,} in campaigns, {len(found.joins):,} reasons\n"
    )
    sys.stdout.flush()
    answers.put((seconds, peak / 1024, len(found.joins)))


def _run(name: str, size: int) -> tuple[float, float, int]:
    answers: multiprocessing.SimpleQueue[tuple[float, float, int]] = multiprocessing.SimpleQueue()
    process = multiprocessing.Process(target=_measure, args=(name, size, answers))
    process.start()
    process.join()
    return answers.get()


def main() -> None:
    """Run all cases and say what grew how much."""
    parser = argparse.ArgumentParser(description="How the time and memory of campaigns grow.")
    parser.add_argument("--rows", type=int, default=750_000, help="rows of the large case")
    rows = parser.parse_args().rows
    small, large = _run("diverse", rows // 10), _run("diverse", rows)
    diverse, identical, shared = (_run(name, rows * 4 // 3) for name in ("diverse", "identical", "one word"))
    sys.stdout.write(
        f"ten times the rows: {large[0] / small[0]:.1f} times the time (at most 16)\n"
        f"identical against diverse: {identical[0] / diverse[0]:.2f} (at most 2)\n"
        f"one shared word against diverse: {shared[0] / diverse[0]:.2f} (at most 2)\n"
    )
    world = generate(10_000, 1)
    precision, recall = b_cubed(world.labels, find(world.traits).labels)
    sys.stdout.write(f"10,000 labelled rows: B-cubed precision {precision:.4f}, recall {recall:.4f}\n")
    if large[0] > 16 * small[0] or max(identical[0], shared[0]) > 2 * diverse[0]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
