"""How fast banners are imported, and in how much memory. Run it: `python tests/benchmarks/banners.py`.

A bulk file of Shodan's form is made up, then read three times in processes of their own: with one address in a
hundred wanted, with as many wanted by their network, and with all. Memory is asserted, seconds are told.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import multiprocessing
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from attribution.enrich.banners import Tally, Wanted, read_banners

MOST_MEMORY = 500
"""MB of resident memory that a run may take at most."""

_MODULES = (
    ("http", 80, 'HTTP/1.1 401 Unauthorized\r\nServer: GoAhead-Webs\r\nWWW-Authenticate: Basic realm="{n}"\r\n\r\n'),
    ("https", 443, "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nX-Request-Id: {n}\r\n\r\n"),
    ("telnet", 23, "\r\nbox-{n} login: "),
    ("ftp", 21, "220 FTP server {n} ready.\r\n530 Login incorrect.\r\n"),
    ("ssh", 22, "SSH-2.0-dropbear_2019.78\nKey type: ssh-rsa\nKey: {k}\nFingerprint: {n}\n"),
    ("upnp", 1900, "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: uuid:{n}\r\nSERVER: Linux/3.4 UPnP/1.0 x/1\r\n\r\n"),
)


def address(place: int) -> str:
    """Return the address of a line: each of 10.0.0.0/8 once, in an order that jumps between networks."""
    number = (place * 7_368_787) % (1 << 24)
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def shodan_lines(count: int, seed: int = 1) -> Path:
    """Write a file of as many banners, about a kilobyte each, and return its path."""
    random.seed(seed)
    path = Path(tempfile.gettempdir()) / f"attribution-shodan-{count}.jsonl"
    with path.open("w") as file:
        for place in range(count):
            module, port, text = _MODULES[place % len(_MODULES)]
            ip = address(place)
            record = {
                "hash": random.getrandbits(32),
                "asn": "AS64500",
                "os": None,
                "transport": "udp" if port == 1900 else "tcp",
                "timestamp": f"2014-01-{place % 28 + 1:02}T{place % 24:02}:00:00.{place % 1_000_000:06}",
                "isp": "Example Telecom",
                "_shodan": {"id": f"{random.getrandbits(128):032x}", "module": module, "ptr": True, "options": {}},
                "hostnames": [f"host-{place}.example.net"],
                "location": {
                    "city": "Springfield",
                    "region_code": "XX",
                    "area_code": None,
                    "longitude": -97.8 + place % 7,
                    "latitude": 37.751,
                    "country_code": "US",
                    "country_name": "United States",
                },
                "ip": int(ipaddress.IPv4Address(ip)),
                "domains": ["example.net"],
                "org": "Example Telecom",
                "data": text.format(n=place, k="A" * 372),
                "port": port,
                "opts": {},
                "ip_str": ip,
            }
            if module.startswith("http"):
                page = f"<html><head><title>Router {place}</title></head><body>{'x' * 300}</body></html>"
                record["http"] = {
                    "status": 200,
                    "title": f"Router {place}",
                    "server": "nginx",
                    "host": ip,
                    "html": page,
                    "components": {},
                    "redirects": [],
                    "robots": None,
                    "location": "/",
                }
            file.write(json.dumps(record, separators=(",", ":")) + "\n")
    return path


def peak_megabytes() -> int:
    """Return the most memory that this program ever held; `ru_maxrss` also counts what its parent held before it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def _measure(path: Path, wanted: Wanted | None, results: multiprocessing.Queue[tuple[float, int, int, int]]) -> None:
    tally = Tally()
    begun = time.perf_counter()
    rows = sum(batch.num_rows for batch in read_banners(path, wanted, tally=tally))
    seconds = time.perf_counter() - begun
    peak = peak_megabytes()
    results.put((seconds, peak, rows, len(tally.problems)))


def main() -> None:
    """Measure the three runs and say what is not as it must be."""
    parser = argparse.ArgumentParser(description="How fast banners are imported, and in how much memory.")
    parser.add_argument("--lines", type=int, default=1_000_000, help="banners in the file")
    parser.add_argument("--keep", action="store_true", help="leave the file where it is")
    arguments = parser.parse_args()
    count = arguments.lines
    path = shodan_lines(count)
    _say(f"{count:,} lines, {path.stat().st_size / 1e6:,.0f} MB")
    hundredth = [address(place) for place in range(0, count, 100)]
    # Three of 256 second octets: a little more than one in a hundred addresses.
    networks = [ipaddress.ip_network(f"10.{octet}.{third}.0/24") for octet in range(3) for third in range(256)]
    runs = {
        "1 % wanted, by address": (Wanted(hundredth), len(hundredth)),
        "1 % wanted, by network": (Wanted((), networks), None),
        "all wanted": (None, count),
    }
    faults = []
    context = multiprocessing.get_context("spawn")
    for name, (wanted, expected) in runs.items():
        results: multiprocessing.Queue[tuple[float, int, int, int]] = context.Queue()
        process = context.Process(target=_measure, args=(path, wanted, results))
        process.start()
        seconds, peak, rows, problems = results.get()
        process.join()
        _say(f"{name:24} {seconds:6.1f} s {count / seconds:10,.0f} lines/s {peak:5} MB {rows:9,} rows")
        if peak > MOST_MEMORY:
            faults.append(f"{name}: {peak} MB of memory, at most {MOST_MEMORY}")
        if problems or (expected is not None and rows != expected):
            faults.append(f"{name}: {rows:,} rows and {problems:,} problems")
    if not arguments.keep:
        path.unlink()
    for fault in faults:
        _say(f"NOT MET: {fault}")
    if faults:
        raise SystemExit(1)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
