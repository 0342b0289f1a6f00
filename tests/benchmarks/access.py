"""How many addresses are typed, classed and looked up a second. Run it: `python tests/benchmarks/access.py`.

Names are made up in the shapes that providers use. Each kind is measured alone, for names that differ in their numbers
alone are read once, and names that share nothing are not.
"""

from __future__ import annotations

import argparse
import ipaddress
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from attribution.enrich.access import access_types
from attribution.enrich.packed import pack
from attribution.enrich.ranges import open_ranges
from attribution.enrich.special import find_special, special_uses

if TYPE_CHECKING:
    from collections.abc import Callable

_RANDOM = random.Random(1)  # noqa: S311 (made-up names need repeatable, not secret, randomness)
_LINES = (
    "c-{a}-{b}-{c}-{d}.hsd1.ma.comcast.net",
    "p{hex}.dip0.t-ipconnect.de",
    "host{a}-{b}-{c}-{d}.range{a}-{b}.btcentralplus.com",
    "{d}.{c}.{b}.{a}.dynamic.163data.com.cn",
    "{a}-{b}-{c}-{d}.dsl.example.net",
    "ppp-{d}-{c}.dyn.example.ru",
    "{a}.{b}.{c}.{d}.pool.example.hu",
    "static.{d}.{c}.{b}.{a}.clients.your-server.de",
    "vmi{d}{c}{b}.contaboserver.net",
    "mail-{hex}.google.com",
)


def _told(what: str, size: int, work: Callable[[], object]) -> None:
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{what:58} {size:>9,} in {seconds:6.2f} s  {size / seconds:>12,.0f}/s  peak {peak:,.0f} MiB\n")


def _lines(ips: list[str]) -> list[str]:
    names = []
    for place, ip in enumerate(ips):
        a, b, c, d = ip.split(".")
        shape = _LINES[place % len(_LINES)]
        names.append(shape.format(a=a, b=b, c=c, d=d, hex=f"{int(ipaddress.IPv4Address(ip)):08x}"))
    return names


def _own(size: int) -> list[str]:
    """Make names of servers, each in a domain of its own."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    servers = ("mail", "mx1", "smtp", "www", "vps", "zeus", "ns2", "server3")
    endings = ("com", "de", "co.uk", "com.br")
    return [
        f"{_RANDOM.choice(servers)}.{''.join(_RANDOM.choices(letters, k=9))}.{_RANDOM.choice(endings)}"
        for _ in range(size)
    ]


def _table(path: Path, size: int) -> None:
    starts = sorted(_RANDOM.sample(range(1 << 24), size))
    with path.open("w", encoding="utf-8") as handle:
        for place, start in enumerate(starts):
            first, last = (ipaddress.IPv4Address(number) for number in (start << 8, (start << 8) + 255))
            number = place % 60_000 + 1
            handle.write(f"{first}\t{last}\t{number}\tSE\tEXAMPLE-{number}\n")


def main() -> None:
    """Measure everything once and say how fast it was."""
    parser = argparse.ArgumentParser(description="How many addresses are typed, classed and looked up a second.")
    parser.add_argument("--rows", type=int, default=500_000, help="addresses of each case")
    size = parser.parse_args().rows
    four = [str(ipaddress.IPv4Address(_RANDOM.getrandbits(32))) for _ in range(size)]
    six = [str(ipaddress.IPv6Address(_RANDOM.getrandbits(125) | 1 << 125)) for _ in range(size)]
    lines, own = _lines(four), _own(size)
    half = size // 2
    ips = pa.array(four)
    access_types(["192.0.2.1"], rdns=["mail.example.net"])  # The rules are read.
    _told("access types: lines and servers of providers", size, lambda: access_types(ips, rdns=pa.array(lines)))
    _told("access types: servers in domains of their own", size, lambda: access_types(ips, rdns=pa.array(own)))
    mixed = pa.array(lines[:half] + own[half:])
    _told(
        "access types: half of each, with HELO and network",
        size,
        lambda: access_types(ips, rdns=mixed, helo=pa.array(own), asn=[place % 60_000 for place in range(size)]),
    )
    _told("special use, from text, version 4", size, lambda: special_uses(ips))
    _told("special use, from text, version 6", size, lambda: special_uses(pa.array(six)))
    packed = pack(pa.array(four[:half] + six[:half]))
    _told("special use, from numbers, both", packed.size, lambda: find_special(packed))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ip2asn.tsv"
        _table(path, size)
        _told("ranges: loaded", size, lambda: open_ranges(path))
        table = open_ranges(path)
        _told("ranges: addresses looked up", size, lambda: table.look_up(ips))


if __name__ == "__main__":
    main()
