"""How long the judgement of devices takes beside the reading of a bulk scan, and in how much memory.

Run it: `python tests/benchmarks/scans.py`. A scan of Shodan's form is read for a case of ten thousand senders, once
with all other addresses of the scan as neighbours, once with those of few networks. Memory is asserted.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from attribution.enrich.evidence import Neighbours, Scan, ScanFile, Scanned, judge
from attribution.limits import Limits
from attribution.tables import ADDRESSES, MESSAGES
from tests.benchmarks.banners import MOST_MEMORY, address, peak_megabytes, shodan_lines

SENDERS = 10_000
MAIL = datetime(2014, 1, 14, tzinfo=UTC)


def case(senders: list[str]) -> tuple[pa.Table, pa.Table]:
    """Return the addresses and messages of a case with one message from each sender."""
    times: list[object] = [MAIL] * len(senders)
    known: dict[str, list[object]] = {"ip": [*senders], "first_seen": times, "last_seen": times}
    mail: dict[str, list[object]] = {"handover_ip": [*senders], "origin_ip": [*senders], "received_at": times}

    def table(columns: dict[str, list[object]], schema: pa.Schema) -> pa.Table:
        arrays = [
            pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(len(senders), field.type)
            for field in schema
        ]
        return pa.table(arrays, schema=schema)

    return table(known, ADDRESSES), table(mail, MESSAGES)


def _measure(path: Path, near: int, count: int, results: multiprocessing.Queue[tuple[float, float, int, int]]) -> None:
    senders = [address(place) for place in range(0, count, count // SENDERS)]
    addresses, messages = case(senders)
    begun = time.perf_counter()
    scan = Scan(Neighbours(senders, senders[:: max(1, near)], Limits().control_addresses), Limits())
    kept = sum(len(rows) for rows in scan.read([ScanFile(path)]))
    read = time.perf_counter() - begun
    others = scan.others
    ips = pc.unique(others["ip"].combine_chunks())
    kept_share = scan.neighbours.near_share, scan.neighbours.far_share
    scanned = Scanned(scan.sightings, others, ips, pa.nulls(len(ips), pa.int64()), *kept_share)
    judged = judge(addresses, messages, scanned, window_days=30)
    results.put((read, time.perf_counter() - begun - read, peak_megabytes(), kept))
    sys.stdout.write(f"  {judged.control.said}\n")


def main() -> None:
    """Measure both runs and say what is not as it must be."""
    parser = argparse.ArgumentParser(description="How long the judgement of devices takes, and in how much memory.")
    parser.add_argument("--lines", type=int, default=1_000_000, help="banners in the file")
    count = parser.parse_args().lines
    path = shodan_lines(count)
    faults = []
    context = multiprocessing.get_context("spawn")
    for name, near in (("all others are neighbours", 1), ("few others are neighbours", SENDERS // 4)):
        results: multiprocessing.Queue[tuple[float, float, int, int]] = context.Queue()
        process = context.Process(target=_measure, args=(path, near, count, results))
        process.start()
        read, judged, peak, kept = results.get()
        process.join()
        sys.stdout.write(f"{name}: read {read:.1f} s, judged {judged:.1f} s, {peak} MB, {kept:,} banners kept\n")
        sys.stdout.flush()
        if peak > MOST_MEMORY:
            faults.append(f"{name}: {peak} MB of memory, at most {MOST_MEMORY}")
    path.unlink()
    for fault in faults:
        sys.stdout.write(f"NOT MET: {fault}\n")
    if faults:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
