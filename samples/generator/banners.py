"""What a scan of the households' networks might have shown: routers and cameras at their base rate, sender or not."""

from __future__ import annotations

import ipaddress
import json
from datetime import UTC, datetime, timedelta

from .dice import Dice
from .net import NETWORKS

__all__ = ["scan_lines"]

_HOUSEHOLDS = ("br", "vn", "pl", "mobile")
_NEIGHBOURS = 150
_BEGIN = datetime(2026, 1, 4, tzinfo=UTC)
_SCAN_DAYS = 16


def _page(server: str, title: str) -> str:
    head = f"HTTP/1.1 200 OK\r\nServer: {server}\r\nContent-Type: text/html\r\n\r\n"
    return f"{head}<html><head><title>{title}</title></head></html>"


_LOGIN = "HTTP/1.1 401 Unauthorized\r\nServer: Router Webserver\r\nWWW-Authenticate: Basic realm="
_DEVICES: tuple[tuple[int, str, str], ...] = (
    (80, "http", f'{_LOGIN}"TP-LINK Wireless N Router WR841N"\r\n\r\n'),
    (8080, "http", _page("micro_httpd", "ZTE F660 GPON Home Gateway")),
    (21, "ftp", "220 MikroTik FTP server (MikroTik 6.49.10) ready\r\n"),
    (80, "http", _page("Hikvision-Webs", "index")),
    (554, "rtsp", "RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Dahua Rtsp Server\r\n\r\n"),
    (5000, "http", _page("nginx", "Attic - Synology DiskStation")),
)
_OTHERS: tuple[tuple[int, str, str], ...] = (
    (80, "http", "HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n"),
    (22, "ssh", "SSH-2.0-dropbear\r\n"),
    (53, "dns-udp", "\nRecursion: enabled"),
    (443, "https", "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n"),
    (2000, "unknown", ""),
)


def scan_lines(senders: list[str]) -> list[str]:
    """Return lines of JSON as Shodan writes them: senders and neighbours of the household networks, by address.

    Args:
        senders: Handover addresses of the corpus.
    """
    networks = {name: ipaddress.ip_network(NETWORKS[name][0]) for name in _HOUSEHOLDS}
    homes = {ip for ip in senders if any(ipaddress.ip_address(ip) in net for net in networks.values())}
    around = {_beside(ip, number) for ip in homes for number in range(_NEIGHBOURS // len(_HOUSEHOLDS))}
    lines = []
    for ip in sorted((homes | around), key=ipaddress.ip_address):
        dice = Dice(f"scan/{ip}")
        if ip in homes and dice.below(10) < 2:
            continue  # nothing answered
        # One home in four shows a device: who sent makes no difference.
        shown = [_DEVICES[dice.below(len(_DEVICES))]] if dice.below(4) == 0 else [dice.pick(_OTHERS)]
        if shown[0] in _DEVICES and dice.below(6) == 0:
            shown.append(dice.pick(_OTHERS))
        lines += [_line(ip, *service, Dice(f"seen/{ip}/{service[0]}")) for service in shown]
    return lines


def _beside(ip: str, number: int) -> str:
    """Return an address in the same /20 as another."""
    dice = Dice(f"beside/{ip}/{number}")
    first = int(ipaddress.ip_address(ip)) >> 12 << 12
    return str(ipaddress.ip_address(first + (dice.below(16) << 8) + dice.between(2, 250)))


def _line(ip: str, port: int, module: str, data: str, dice: Dice) -> str:
    seen = _BEGIN + timedelta(seconds=dice.below(_SCAN_DAYS * 86_400), microseconds=dice.below(1_000_000))
    record = {
        "ip_str": ip,
        "port": port,
        "transport": "udp" if module == "dns-udp" else "tcp",
        "timestamp": seen.replace(tzinfo=None).isoformat(),
        "data": data,
        "_shodan": {"module": module},
    }
    return json.dumps(record, sort_keys=True)
