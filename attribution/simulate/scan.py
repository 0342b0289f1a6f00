"""What a scanner of the whole Internet saw of the invented world, in the line format of Shodan."""

from __future__ import annotations

import json
from bisect import bisect
from datetime import UTC, datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from attribution.simulate.dates import padded_date
from attribution.simulate.dice import Dice
from attribution.simulate.networks import address_text, name_of
from attribution.simulate.texts import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.simulate.networks import Network

__all__ = ["COMPUTERS", "MAIL_SERVERS", "THINGS", "Scanner", "Service"]

_encode = json.JSONEncoder(separators=(",", ":")).encode
_STALE = 0.05
"""Share of the addresses that were scanned months before or after the mail."""


class Service(NamedTuple):
    """One answer.

    Attributes:
        type: Of the device that gives it, a name of the page on device types.
        weight: How often it occurs among its like.
        port: Where.
        module: Shodan's name for who asked.
        text: The answer; `{n}` stands for digits, `{when}` for the time, `{host}` for the host's name.
        title: Of the page, empty where there is none.
        server: What the web server calls itself, or nothing.
        product: What Shodan takes it for, or nothing.
    """

    type: str
    weight: int
    port: int
    module: str
    text: str
    title: str
    server: str
    product: str


def _read(entry: dict[str, Any]) -> Service:
    title = entry.get("title", "")
    text = entry.get("text", "")
    headers = entry.get("headers", [])
    if not text:
        page = f"<html><head><title>{title}</title></head><body></body></html>" if title else ""
        text = "\r\n".join((f"HTTP/1.1 {entry['status']}", *headers, "", page))
    server = next((line[8:] for line in headers if line.lower().startswith("server: ")), "")
    kind, weight, port, module = entry["type"], entry["weight"], entry["port"], entry["module"]
    return Service(kind, weight, port, module, text, title, server, entry.get("product", ""))


THINGS = tuple(map(_read, texts("services")["thing"]))
"""What things answer with."""
COMPUTERS = tuple(map(_read, texts("services")["computer"]))
"""What computers answer with."""
MAIL_SERVERS = tuple(map(_read, texts("services")["mail"]))
"""What mail servers answer with."""


_SUMS = {services: tuple(accumulate(one.weight for one in services)) for services in (THINGS, COMPUTERS, MAIL_SERVERS)}


def _weighted(services: tuple[Service, ...], dice: Dice) -> Service:
    sums = _SUMS[services]
    return services[bisect(sums, dice.random() * sums[-1])]


class Scanner:
    """Writes what addresses answered, every one asked on the same ports.

    Args:
        seed: Of the world.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def home(self, number: int, network: Network, model: int, when: int) -> tuple[bytes, str]:
        """Return the lines of a household's address, and the type of what answers there.

        Args:
            number: The address.
            network: Where it lies.
            model: The thing that answers, -1 for none.
            when: About when it was asked, in seconds since 1970.
        """
        dice = Dice(f"{self._seed}:scan:{number}")
        # The throws are the same whether there is a thing or not.
        first, second, third = _weighted(COMPUTERS, dice), _weighted(COMPUTERS, dice), _weighted(THINGS, dice)
        draw, more = dice.random(), dice.random()
        if model < 0:
            found = [first, second] if more > 0.7 else [first]
        else:
            found = [THINGS[model]]
            # Ports are forwarded to more than one device at times.
            found += [third] if draw < 0.08 else []
            found += [first] if more > 0.7 else []
        answered = list({service.port: service for service in reversed(found)}.values())[::-1]
        return self._lines(number, network, answered, when, dice), found[0].type

    def server(self, number: int, network: Network, when: int, *, sends: bool) -> tuple[bytes, str]:
        """Return the lines of a server's address, and the type of what answers there.

        Args:
            number: The address.
            network: Where it lies.
            when: About when it was asked, in seconds since 1970.
            sends: Whether it sends mail.
        """
        dice = Dice(f"{self._seed}:scan:{number}")
        first, second = _weighted(MAIL_SERVERS, dice), dice.pick(COMPUTERS[:4])
        found = [first, second] if sends else [second]
        return self._lines(number, network, found, when, dice), found[0].type

    def _lines(self, number: int, network: Network, services: Sequence[Service], about: int, dice: Dice) -> bytes:
        when = about + (dice.random() * 6 - 3) * 86400
        if dice.random() < _STALE:
            when += (40 + dice.random() * 160) * 86400 * dice.pick((-1, -1, 1))
        ip, host = address_text(number), name_of(network, number)
        where = {
            "ip_str": ip,
            "ip": number,
            "asn": f"AS{network.asn}",
            "isp": network.owner,
            "org": network.owner,
            "hostnames": [host] if host else [],
            "location": {"country_code": network.country, "city": None},
            "os": None,
        }
        lines = []
        for service in services:
            seen = int(when + dice.random() * 3600)
            text = service.text.replace("{when}", f"{padded_date(seen, 0)[:-6]} GMT")
            text = text.replace("{n}", dice.digits(2)).replace("{host}", host or f"[{ip}]")
            record: dict[str, Any] = {
                **where,
                "port": service.port,
                "transport": "udp" if service.module == "sip" else "tcp",
                "timestamp": f"{datetime.fromtimestamp(seen, UTC).isoformat()[:19]}.{dice.below(1000000):06}",
                "data": text,
                "_shodan": {"module": service.module, "options": {}, "crawler": dice.hexadecimal(8)},
            }
            if service.product:
                record["product"] = service.product
            if service.module == "http":
                page = text.partition("\r\n\r\n")[2]
                record["http"] = {"title": service.title or None, "server": service.server or None, "html": page}
            lines.append(_encode(record) + "\n")
        return "".join(lines).encode("ascii")
