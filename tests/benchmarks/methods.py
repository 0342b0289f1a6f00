"""Other ways to group mail beside ours, on the same traits in one run: `python tests/benchmarks/methods.py`.

- Connected components over any shared value of a trait, and over content whose value at most one message in a hundred
  has (scipy).
- Communities by modularity (Louvain, of networkx) in the graph of messages and the values of their content.
- MinHash and locality-sensitive hashing (datasketch) over the sketches of the texts, which hold word pairs.
- The pair of subject template and engine, exact.

Time of arrival is no value of a trait here: its windows join everything. What has no value is alone. Seeds 1, 2 and 3
are held out: whoever tries something out takes seeds from 200 on.
"""

from __future__ import annotations

import argparse
import multiprocessing
import queue
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datasketch import MinHash, MinHashLSH
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from attribution.campaigns import ASSERTED, LEAD, find
from tests.benchmarks.campaign_quality import FIGURES, LEGEND, SUMMARY, cells, judge, make, print_table, say, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    _Answers = multiprocessing.queues.Queue[tuple[list[int | None], float]]

__all__ = ["METHODS"]

CONTENT = (
    "subject_template", "reply_to", "list_id", "url_domains", "url_shapes", "attachments", "phones", "wallets",
    "text_sketch",
)  # fmt: skip
CIRCUMSTANCES = (
    "from_domain", "from_account", "envelope_domain", "engine", "helo_shape", "trace", "address", "network",
)  # fmt: skip
_COMMON = 0.01
"""Share of the messages beyond which a value is left out."""
_MINIMA = 32
_LOUVAIN = "Louvain, content in ≤ 1 %"


def _values(
    traits: pa.Table, names: Sequence[str], common: float = 1.0
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return the rows and the numbers of the values of some traits, and how many values there are.

    Args:
        traits: One row a message.
        names: The traits.
        common: Share of the messages beyond which a value is left out.
    """
    rows, numbers, count = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], 0
    for name in names:
        column = traits[name].combine_chunks()
        row = np.arange(len(column))
        if pa.types.is_list(column.type):
            row = np.repeat(row, pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False))
            column = column.flatten()
        encoded = column.dictionary_encode()
        there = encoded.indices.is_valid().to_numpy(zero_copy_only=False)
        pairs = np.unique(row[there] * max(1, len(encoded.dictionary)) + encoded.indices.drop_null().to_numpy())
        width = max(1, len(encoded.dictionary))
        held = np.bincount(pairs % width, minlength=width)
        kept = pairs[held[pairs % width] <= common * len(traits)]
        rows.append(kept // width)
        numbers.append(kept % width + count)
        count += width
    return np.concatenate(rows), np.concatenate(numbers), count


def _components(rows: NDArray[np.int64], others: NDArray[np.int64], count: int, size: int) -> pa.Array:
    """Return the component of each of `size` rows in a graph of `count` nodes, the rows being the first of them."""
    links = coo_matrix((np.ones(len(rows), np.int8), (rows, others)), shape=(count, count))
    _, label = connected_components(links, directed=False)
    return pa.array(label[:size].astype(np.int64))


def sharing(traits: pa.Table, names: Sequence[str], common: float) -> pa.Array:
    """Group messages that hang together by shared values."""
    rows, numbers, count = _values(traits, names, common)
    return _components(rows, numbers + len(traits), len(traits) + count, len(traits))


def louvain(traits: pa.Table) -> pa.Array:
    """Group messages by the communities of the graph of messages and values."""
    rows, numbers, count = _values(traits, CONTENT, _COMMON)
    shared = np.bincount(numbers, minlength=count)[numbers] > 1
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(traits)))
    graph.add_edges_from(zip(rows[shared].tolist(), (numbers[shared] + len(traits)).tolist(), strict=True))
    label = np.zeros(len(traits), np.int64)
    for number, members in enumerate(nx.community.louvain_communities(graph, seed=0)):
        label[[member for member in members if member < len(traits)]] = number
    return pa.array(label)


def minhash(traits: pa.Table, threshold: float) -> pa.Array:
    """Group messages whose texts' sketches agree at a threshold, as datasketch finds them."""
    sketches = traits["text_sketch"].combine_chunks().dictionary_encode()
    minima = np.frombuffer(b"".join(sketches.dictionary.to_pylist()), dtype="<u4").reshape(-1, _MINIMA)
    index = MinHashLSH(threshold=threshold, num_perm=_MINIMA)
    left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for number, values in enumerate(minima):
        sketch = MinHash(num_perm=_MINIMA, hashvalues=values, scheme="affine32")
        alike = np.array(sorted(index.query(sketch)), dtype=np.int64)
        alike = alike[(minima[alike] == values).mean(axis=1) >= threshold] if len(alike) else alike
        left.append(np.full(len(alike), number))
        right.append(alike)
        index.insert(number, sketch)
    family = _components(np.concatenate(left), np.concatenate(right), len(minima), len(minima))
    return family.take(sketches.indices)


def exact(traits: pa.Table) -> pa.Array:
    """Group messages of the same subject template and engine."""
    pairs = pc.binary_join_element_wise(
        traits["subject_template"], pc.fill_null(traits["engine"], ""), "\0"
    ).combine_chunks()
    return pairs.dictionary_encode().indices.cast(pa.int64())


def ours(traits: pa.Table, epsilon: float) -> pa.Array:
    """Find campaigns as the program does."""
    return find(traits, epsilon=epsilon).labels


METHODS: dict[str, Callable[[pa.Table], pa.Array]] = {
    f"rare evidence, ε = {ASSERTED}": partial(ours, epsilon=ASSERTED),
    f"rare evidence, ε = {LEAD}": partial(ours, epsilon=LEAD),
    "components, any trait": partial(sharing, names=(*CONTENT, *CIRCUMSTANCES), common=1.0),
    "components, content in ≤ 1 %": partial(sharing, names=CONTENT, common=_COMMON),
    _LOUVAIN: louvain,
    "MinHash LSH of texts, 0.5": partial(minhash, threshold=0.5),
    "MinHash LSH of texts, 0.8": partial(minhash, threshold=0.8),
    "same subject and engine": exact,
}
"""By name what gives for each row of traits its cluster, null for none."""


def _answer(name: str, traits: pa.Table, answers: _Answers) -> None:
    begun = time.process_time()
    found = METHODS[name](traits)
    answers.put((found.to_pylist(), time.process_time() - begun))


def _run(name: str, traits: pa.Table, most: float) -> tuple[pa.Array, float] | None:
    """Return what a method finds and its seconds of processor time; None where it takes longer than it may."""
    context = multiprocessing.get_context("spawn")
    answers: _Answers = context.Queue()
    process = context.Process(target=_answer, args=(name, traits, answers))
    process.start()
    deadline = time.monotonic() + most
    while True:
        try:
            found, seconds = answers.get(timeout=1)
            break
        except queue.Empty:
            if process.is_alive() and time.monotonic() < deadline:
                continue
            if process.exitcode:
                message = f"{name}: the process ended with {process.exitcode}"
                raise SystemExit(message) from None
            process.terminate()
            process.join()
            return None
    process.join()
    return pa.array(found, pa.int64()), seconds


def main() -> None:
    """Run all methods on all worlds."""
    parser = argparse.ArgumentParser(description="Other ways to group mail beside ours.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], help="messages of a world")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="from 200 on for trying things out")
    parser.add_argument("--most-seconds", type=float, default=600.0, help="after which a method is stopped")
    parser.add_argument("--workers", type=int, default=None, help="workers of the analyses; one for each core if unset")
    arguments = parser.parse_args()
    rows: list[list[str]] = []
    means: list[list[str]] = []
    for size in arguments.sizes:
        measured: dict[str, list[list[float]]] = {}
        for seed in arguments.seeds:
            with tempfile.TemporaryDirectory() as folder:
                world = make(Path(folder), size, seed, arguments.workers)
            for name in METHODS:
                answer = _run(name, world.traits, arguments.most_seconds)
                if answer is None:
                    rows.append([f"{size:,}", str(seed), name, *[""] * len(FIGURES), f"> {arguments.most_seconds:.0f}"])
                    continue
                numbers = [*judge(world, answer[0]).numbers(), answer[1]]
                measured.setdefault(name, []).append(numbers)
                rows.append([f"{size:,}", str(seed), name, *cells(numbers)])
        for name, several in measured.items():
            runs = "" if len(several) == len(arguments.seeds) else f" ({len(several)} of {len(arguments.seeds)} ended)"
            means.append([f"{size:,}", name + runs, *summary(several)])
    say(LEGEND)
    print_table(("messages", "seed", "method", *FIGURES, "s"), rows)
    say("\nMean over the seeds:\n")
    print_table(("messages", "method", *SUMMARY), means)


if __name__ == "__main__":
    main()
