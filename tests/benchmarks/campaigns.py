"""How long `find` takes and how its time and memory grow. Run it: `python tests/benchmarks/campaigns.py`.

Invented mail is analysed once. Its traits are then repeated under other names, so that ten copies are ten worlds that
share nothing. Each case runs in a process of its own which does nothing but read the table and find, so that its peak
of memory is all that finding campaigns takes.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import resource
import sys
import tempfile
import time
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from attribution import analyze, open_case
from attribution.campaigns import TRAITS, find
from attribution.campaigns.templates import MASKS
from attribution.pipeline.grouping import NEEDED, group
from attribution.simulate import generate, write_mbox
from attribution.tables import ADDRESSES, CONTROLS
from tests.benchmarks.campaign_quality import print_table, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_Answers = multiprocessing.SimpleQueue

SECONDS = 60
"""Processor seconds that finding the campaigns of 750,000 messages may take, on one core."""
MEBIBYTES = 2_048
"""Memory that the process may take for it, in all."""
GROWTH = 12
"""Times that ten times the rows may take."""
HOSTILE = 2
"""Times of diverse mail that as many messages which are alike may take."""
SEED = 200
_WORD = "invoice"
_KEY_BITS = 59
_STEP = 0x9E37
_MOST_COPIES = 1 << 63 - _KEY_BITS


def _make_world(size: int, folder: Path, workers: int | None) -> None:
    """Analyse invented mail, where it has not been done yet."""
    if (folder / "case" / "run.json").is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.chdir(folder):
        write_mbox(Path("mail.mbox"), generate(size, SEED))
        analyze("mail.mbox", out="case", workers=workers)
        Path("mail.mbox").unlink()


def _write_copies(world: Path, rows: int, folder: Path) -> None:
    """Write traits, messages and addresses of so many rows: a world repeated under other names."""
    case = open_case(world / "case")
    traits, messages, addresses = case.table("traits"), case.table("messages", NEEDED), case.table("addresses")
    copies = -(-rows // len(traits))
    if copies > _MOST_COPIES:
        message = f"{copies} copies of the world are more than {_MOST_COPIES}"
        raise SystemExit(message)
    for name, table in (("traits", traits), ("messages", messages), ("addresses", addresses)):
        most = None if name == "addresses" else rows
        _write(folder / f"{name}.parquet", (_copied(table, copy) for copy in range(copies)), most)


def _write(path: Path, tables: Iterable[pa.Table], most: int | None = None) -> None:
    with contextlib.ExitStack() as stack:
        writer: pq.ParquetWriter | None = None
        for table in tables:
            piece = table if most is None else table.slice(0, most)
            most = None if most is None else most - len(piece)
            if writer is None:
                writer = stack.enter_context(pq.ParquetWriter(path, piece.schema, compression="zstd"))
            writer.write_table(piece, row_group_size=50_000)


def _copied(table: pa.Table, copy: int) -> pa.Table:
    """Return a table of traits, messages or addresses whose values are those of no other copy; times stay."""
    columns = {name: table[name].combine_chunks() for name in table.schema.names}
    for name, column in columns.items():
        if name == "message":
            keys = (column.to_numpy() >> 63 - _KEY_BITS) + (np.int64(copy) << _KEY_BITS)
            columns[name] = pa.array(keys)
        elif name in {"address", "network", "handover_ip", "ip"}:
            columns[name] = _moved(column, copy)
        elif name == "subject_template":
            words = pc.split_pattern(column, " ")
            columns[name] = pc.binary_join(_each(words, lambda values: _renamed_words(values, copy)), " ")
        elif name == "text_sketch":
            columns[name] = _other_sketches(column, copy)
        elif pa.types.is_list(column.type) and name in TRAITS.names:
            columns[name] = _each(column, lambda values: _renamed(values, copy))
        elif pa.types.is_string(column.type) and name in TRAITS.names:
            columns[name] = _renamed(column, copy)
    if "asn" in columns:
        # No database was asked: the first half of an address stands for its system, the first quarter for its country.
        halves = [ip.split(".")[:2] for ip in columns["ip"].to_pylist()]
        columns["asn"] = pa.array([int(one) << 8 | int(other) for one, other in halves], pa.int64())
        columns["country"] = pa.array([f"{chr(65 + int(one) // 16)}{chr(65 + int(one) % 16)}" for one, _ in halves])
    return pa.table(columns).cast(table.schema)


def _renamed(values: pa.Array, copy: int) -> pa.Array:
    return pc.binary_join_element_wise(values, f"~{copy}", "")


def _renamed_words(words: pa.Array, copy: int) -> pa.Array:
    """Rename the words of subjects; masks are no words."""
    return pc.if_else(pc.is_in(words, value_set=pa.array(MASKS)), words, _renamed(words, copy))


def _each(lists: pa.Array, change: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Change the values of lists."""
    counts = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, change(lists.flatten()), mask=lists.is_null())


def _moved(places: pa.Array, copy: int) -> pa.Array:
    """Move addresses and networks elsewhere: the two middle bytes are changed, or for IPv6 those before the /48."""
    encoded = places.dictionary_encode()
    moved = []
    for place in encoded.dictionary.to_pylist():
        address, slash, length = place.partition("/")
        known = ip_address(address)
        shift = 8 if known.version == 4 else 80
        moved.append(f"{type(known)(int(known) ^ (copy * _STEP & 0xFFFF) << shift)}{slash}{length}")
    return pa.array(moved, pa.string()).take(encoded.indices)


def _other_sketches(sketches: pa.Array, copy: int) -> pa.Array:
    """Change all minima alike, so that within a copy they agree as before, and with other copies by chance."""
    minima = np.frombuffer(b"".join(sketches.drop_null().to_pylist()), dtype="<u4")
    changed = (minima ^ np.uint32(copy * 0x9E3779B1 & 0xFFFFFFFF)).astype("<u4").tobytes()
    width = sketches.type.byte_width
    present = pa.FixedSizeBinaryArray.from_buffers(sketches.type, len(changed) // width, [None, pa.py_buffer(changed)])
    place = np.cumsum(sketches.is_valid().to_numpy(zero_copy_only=False)) - 1
    return present.take(pa.array(place, mask=sketches.is_null().to_numpy(zero_copy_only=False)))


def _write_identical(source: Path, target: Path) -> None:
    """Write messages that are all one, with a link and a text, but for when and from where they came."""
    traits = pq.read_table(source)
    full = pc.and_(pc.greater(pc.list_value_length(traits["url_domains"]), 0), pc.is_valid(traits["text_sketch"]))
    one = traits.filter(full).slice(0, 1)
    same = pa.array(np.zeros(len(traits), np.int64))
    kept = {"message", "time", "address", "network"}
    columns = [traits[name] if name in kept else one[name].take(same) for name in traits.schema.names]
    _write(target, [pa.table(columns, schema=traits.schema)])


def _write_one_word(source: Path, target: Path) -> None:
    """Write diverse mail whose subjects are all the same word."""
    traits = pq.read_table(source)
    words = pa.array([_WORD]).take(pa.array(np.zeros(len(traits), np.int64)))
    _write(target, [_with_subjects(traits, words)])


def _write_shared_word(source: Path, target: Path) -> None:
    """Write diverse mail whose subjects begin with the same word."""
    traits = pq.read_table(source)
    _write(target, [_with_subjects(traits, pc.binary_join_element_wise(_WORD, traits["subject_template"], " "))])


def _with_subjects(traits: pa.Table, subjects: pa.Array | pa.ChunkedArray) -> pa.Table:
    place = traits.schema.get_field_index("subject_template")
    return traits.set_column(place, traits.schema.field(place), subjects)


def _find(path: Path, answers: _Answers[tuple[float, float, int]]) -> None:
    traits = pq.read_table(path)
    begun = time.process_time()
    found = find(traits)
    answers.put((time.process_time() - begun, _peak(), len(pc.unique(found.labels.drop_null()))))


def _group(folder: Path, answers: _Answers[tuple[float, float, int]]) -> None:
    traits, messages = pq.read_table(folder / "traits.parquet"), pq.read_table(folder / "messages.parquet")
    addresses = pq.read_table(folder / "addresses.parquet", schema=ADDRESSES)
    begun = time.process_time()
    grouped = group(traits, messages, addresses, CONTROLS.empty_table())
    answers.put((time.process_time() - begun, _peak(), len(grouped.tables["campaigns"])))


def _peak() -> float:
    """Return the most memory that this process took, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _in_process(work: Callable[..., None], *arguments: object) -> None:
    """Run something in a new process, which begins with nothing of this one."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        message = f"{work.__name__}: the process ended with {process.exitcode}"
        raise SystemExit(message)


def _measured(work: Callable[..., None], path: Path) -> tuple[float, float, int]:
    answers: _Answers[tuple[float, float, int]] = multiprocessing.get_context("spawn").SimpleQueue()
    _in_process(work, path, answers)
    return answers.get()


def main() -> None:
    """Run all cases and say what is not as it must be."""
    parser = argparse.ArgumentParser(description="How long campaigns take, and how that grows.")
    parser.add_argument("--rows", type=int, default=750_000, help="rows of the large case")
    parser.add_argument("--cache", type=Path, help="folder that keeps the analysed mail; remove it when traits change")
    parser.add_argument("--workers", type=int, default=None, help="workers of the analysis; one for each core if unset")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        run(arguments.rows, Path(temporary), arguments.cache or Path(temporary), arguments.workers)


def run(rows: int, folder: Path, cache: Path, workers: int | None) -> None:
    """Run all cases in a folder.

    Raises:
        SystemExit: Something is not as it must be.
    """
    world = cache / f"world-{rows // 10}"
    _in_process(_make_world, rows // 10, world, workers)
    measured: dict[str, tuple[int, tuple[float, float, int]]] = {}
    for name, size in (("small", rows // 10), ("large", rows), ("diverse", rows * 4 // 3)):
        (folder / name).mkdir()
        _in_process(_write_copies, world, size, folder / name)
        measured[f"find, {name}"] = size, _measured(_find, folder / name / "traits.parquet")
    measured["group, large"] = rows, _measured(_group, folder / "large")
    alike = {"identical": _write_identical, "one word": _write_one_word, "a shared word": _write_shared_word}
    for name, write in alike.items():
        path = folder / f"{name}.parquet"
        _in_process(write, folder / "diverse" / "traits.parquet", path)
        measured[f"find, {name}"] = rows * 4 // 3, _measured(_find, path)
        path.unlink()
    table = [
        [name, f"{size:,}", f"{seconds:.1f}", f"{peak:,.0f}", f"{campaigns:,}"]
        for name, (size, (seconds, peak, campaigns)) in measured.items()
    ]
    print_table(("step and rows", "messages", "s", "peak MiB", "campaigns"), table)
    _check({name: (seconds, peak) for name, (_, (seconds, peak, _)) in measured.items()}, list(alike))


def _check(measured: dict[str, tuple[float, float]], alike: list[str]) -> None:
    """Say the ratios, and end with an error where one is too high."""
    seconds, peak = measured["find, large"]
    growth = seconds / measured["find, small"][0]
    told = [
        (f"seconds of the large case: {seconds:.1f}", seconds, SECONDS),
        (f"its memory in MiB: {peak:,.0f}", peak, MEBIBYTES),
        (f"ten times the rows take {growth:.1f} times the time", growth, GROWTH),
    ]
    for name in alike:
        ratio = measured[f"find, {name}"][0] / measured["find, diverse"][0]
        told.append((f"{name} against diverse: {ratio:.2f} times the time", ratio, HOSTILE))
    say("")
    for sentence, value, most in told:
        say(f"{sentence} (at most {most:,})" + ("" if value <= most else " NOT MET"))
    if any(value > most for _, value, most in told):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
