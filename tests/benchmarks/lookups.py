"""How many addresses a second are looked up. Run it: `python tests/benchmarks/lookups.py [DATABASE...]`.

Without a database a city database is made up, with one network in each /16 of IPv4. Our `look_up` (all columns, every
distinct address once) stands beside the readers that ask for one address at a time, on the same addresses in one
process. The readers read MMDB files; a table of ranges has our figure alone, and the time that it takes to be read.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import geoip2.database
import geoip2.errors
import maxminddb
import numpy as np
import pyarrow as pa
from mmdb_writer import MMDBWriter
from netaddr import IPSet

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from attribution.enrich.ip.databases import open_database
from attribution.enrich.ip.facts import Tally, look_up

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attribution.enrich.ip.base import Database

SIZES = (100_000, 1_000_000)
_METHODS = ("city", "country", "asn", "isp", "enterprise")


def distinct(size: int, ipv6_share: float) -> list[str]:
    """Return distinct public addresses in no order, the same in every run; a share of them of version 6."""
    rng = np.random.default_rng(2014)
    count6 = round(size * ipv6_share)
    numbers = np.unique(rng.integers(1 << 24, 224 << 24, 2 * size))
    rng.shuffle(numbers)
    ips = [f"{n >> 24}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in numbers[: size - count6].tolist()]
    parts = rng.integers(1, 1 << 16, (count6, 4)).tolist()
    ips += [f"2a0{a & 15:x}:{b:x}:{c:x}::{d:x}" for a, b, c, d in parts]
    return list(dict.fromkeys(ips))


def table_of(ips: list[str]) -> pa.Table:
    """Return the addresses with the time of their mail."""
    times = pa.array([datetime(2014, 1, 6, tzinfo=UTC)] * len(ips), pa.timestamp("us", tz="UTC"))
    return pa.table({"ip": pa.array(ips), "first_seen": times, "last_seen": times})


def per_second(count: int, work: Callable[[], object]) -> float:
    """Return how many of a number of things were done in a second of processor time."""
    start = time.process_time()
    work()
    return count / (time.process_time() - start)


def each(ask: Callable[[str], object], ips: list[str]) -> None:
    """Ask for one address after the other."""
    for ip in ips:
        try:  # noqa: SIM105 (a context manager for each address would be measured as well)
            ask(ip)
        except (geoip2.errors.AddressNotFoundError, ValueError):
            pass


def geoip2_method(path: Path) -> Callable[[str], object] | None:
    """Return the method of geoip2's reader that takes a database; None when it refuses it."""
    reader = geoip2.database.Reader(path)
    for name in _METHODS:
        try:
            getattr(reader, name)("8.8.8.8")
        except TypeError:
            continue
        except geoip2.errors.AddressNotFoundError:
            pass
        method: Callable[[str], object] = getattr(reader, name)
        return method
    return None


def measure(database: Database, ips: list[str]) -> str:
    """Return a line with the figures of one database for some addresses."""
    table = table_of(ips)
    look_up(table.slice(0, 1), [])  # what is done once in a process is not measured
    tally = Tally()
    ours = per_second(len(ips), lambda: look_up(table, [database], tally))
    parts = [f"  {len(ips):>9,} addresses: attribution {ours:>9,.0f}/s"]
    if database.path.suffix == ".mmdb":
        raw = per_second(len(ips), lambda: each(maxminddb.open_database(database.path).get, ips))
        parts.append(f"maxminddb.Reader.get {raw:>9,.0f}/s (ratio {ours / raw:.1f})")
        method = geoip2_method(database.path)
        if method is None:
            parts.append("geoip2.database.Reader refuses this kind")
        else:
            typed = per_second(len(ips), lambda: each(method, ips))
            parts.append(f"geoip2.database.Reader {typed:>9,.0f}/s (ratio {ours / typed:.1f})")
    network, place = sum(tally.network.values()), sum(tally.place.values())
    parts.append(f"network of {network:,}, place of {place:,}, {tally.special:,} special")
    return " | ".join(parts)


def measure_all(path: Path, sizes: Sequence[int], ipv6_share: float) -> None:
    """Print the figures of one database, freshly opened for each number of addresses."""
    say(f"{path.name}: {path.stat().st_size / 1e6:,.1f} MB")
    for size in sizes:
        with open_database(path) as database:
            if path.suffix != ".mmdb":
                start = time.process_time()
                database.read("8.8.8.8")
                rows = database.as_dict().get("rows", 0)
                say(f"  {rows:>9,} rows read in {time.process_time() - start:.2f} s")
            say(measure(database, distinct(size, ipv6_share)))


def made_city(folder: Path) -> Path:
    """Write a city database in MaxMind's form whose places are all different ones."""
    writer = MMDBWriter(6, "GeoLite2-City", ["en"], "invented", ipv4_compatible=True)
    for number in range(1 << 8, 224 << 8):
        record = {
            "city": {"names": {"en": f"Ort {number}"}},
            "country": {"iso_code": "DE"},
            "location": {"accuracy_radius": 20, "latitude": number / 1000, "longitude": -number / 1000},
        }
        writer.insert_network(IPSet([f"{number >> 8}.{number & 255}.0.0/16"]), record)
    path = folder / "made-up-city.mmdb"
    writer.to_db_file(str(path))
    return path


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Measure the databases that are named, each freshly opened for each number of addresses."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("databases", nargs="*", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--ipv6", type=float, default=0.1, help="share of addresses of version 6")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for path in arguments.databases or [made_city(Path(folder))]:
            measure_all(path, arguments.sizes, arguments.ipv6)


if __name__ == "__main__":
    main()
