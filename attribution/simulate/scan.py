"""What a scanner of the whole Internet saw of the invented world, in the line format of Shodan."""

from __future__ import annotations

import json
from bisect import bisect
from functools import cache
from hashlib import blake2b
from itertools import accumulate
from struct import Struct
from typing import TYPE_CHECKING, Any, NamedTuple

from attribution.simulate.dates import iso_date, padded_date
from attribution.simulate.networks import address_text, name_of
from attribution.simulate.texts import texts

if TYPE_CHECKING:
    from collections.abc import Iterable

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
_HOLES = ("time", "when", "n", "host", "crawler")


@cache
def _form(service: Service) -> str:
    """Return the second half of a line of the scan as a pattern for `%`: JSON is coded once for all addresses."""
    record: dict[str, Any] = {
        "port": service.port,
        "transport": "udp" if service.module == "sip" else "tcp",
        "timestamp": "{time}",
        "data": service.text,
        "_shodan": {"module": service.module, "options": {}, "crawler": "{crawler}"},
    }
    if service.product:
        record["product"] = service.product
    if service.module == "http":
        page = service.text.partition("\r\n\r\n")[2]
        record["http"] = {"title": service.title or None, "server": service.server or None, "html": page}
    text = _encode(record)[1:].replace("%", "%%")
    # What is put in has no sign that JSON would code.
    for hole in _HOLES:
        text = text.replace(f"{{{hole}}}", f"%({hole})s")
    return f"{text}\n"


@cache
def _head(network: Network) -> str:
    """Return the first half of a line as a pattern for `%`: address as text and number, names in quotes."""
    record: dict[str, Any] = {
        "asn": f"AS{network.asn}",
        "isp": network.owner,
        "org": network.owner,
        "hostnames": [],
        "location": {"country_code": network.country, "city": None},
        "os": None,
    }
    rest = _encode(record)[1:-1].replace("%", "%%").replace("[]", "[%s]")
    return f'{{"ip_str":"%s","ip":%d,{rest},'


_DRAWS = Struct("<16I")


class Scanner:
    """Writes what addresses answered, every one asked on the same ports.

    Args:
        seed: Of the world.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def _draws(self, number: int) -> tuple[int, ...]:
        """Return sixteen random numbers of 32 bits for an address; a hash is many times quicker than new dice."""
        return _DRAWS.unpack(blake2b(b"%d:scan:%d" % (self._seed, number)).digest())

    def home(self, number: int, network: Network, model: int, when: int) -> tuple[str, str]:
        """Return the lines of a household's address, and the type of what answers there.

        Args:
            number: The address.
            network: Where it lies.
            model: The thing that answers, -1 for none.
            when: About when it was asked, in seconds since 1970.
        """
        draws = self._draws(number)
        # What is drawn is the same whether there is a thing or not.
        first = _weighted(COMPUTERS, draws[0])
        several = draws[4] > 0.7 * _WHOLE
        if model < 0:
            kind = first.type
            answered = {first.port: first}
            if several:
                second = _weighted(COMPUTERS, draws[1])
                answered.setdefault(second.port, second)
        else:
            thing = THINGS[model]
            kind = thing.type
            answered = {thing.port: thing}
            # Ports are forwarded to more than one device at times.
            if draws[3] < 0.08 * _WHOLE:
                third = _weighted(THINGS, draws[2])
                answered.setdefault(third.port, third)
            if several:
                answered.setdefault(first.port, first)
        return self._lines(number, network, answered.values(), when, draws), kind

    def server(self, number: int, network: Network, when: int, *, sends: bool) -> tuple[str, str]:
        """Return the lines of a server's address, and the type of what answers there.

        Args:
            number: The address.
            network: Where it lies.
            when: About when it was asked, in seconds since 1970.
            sends: Whether it sends mail.
        """
        draws = self._draws(number)
        first, second = _weighted(MAIL_SERVERS, draws[0]), COMPUTERS[draws[1] & 3]
        # One that sends answers on two ports, and so do most of the others: all were asked on the same.
        found = (first, second) if sends else (second, COMPUTERS[draws[2] & 3])
        answered = {service.port: service for service in reversed(found)}
        return self._lines(number, network, answered.values(), when, draws), found[0].type

    def _lines(
        self, number: int, network: Network, services: Iterable[Service], about: int, draws: tuple[int, ...]
    ) -> str:
        when = about + draws[5] % (6 * _DAY) - 3 * _DAY
        if draws[6] < _STALE * _WHOLE:
            when += (40 * _DAY + draws[7] % (160 * _DAY)) * (1 if draws[8] % 3 == 2 else -1)
        ip, host = address_text(number), name_of(network, number)
        head = _head(network) % (ip, number, f'"{host}"' if host else "")
        lines = []
        for place, service in enumerate(services):
            draw, crawler = draws[9 + 2 * place], draws[10 + 2 * place]
            seen = when + draw % 3600
            values = {
                "time": f"{iso_date(seen)}.{draw // 3600 % 1_000_000:06}",
                "when": f"{padded_date(seen, 0)[:-6]} GMT",
                "n": 10 + crawler % 90,
                "host": host or f"[{ip}]",
                "crawler": f"{crawler:08x}",
            }
            lines.append(head + _form(service) % values)
        return "".join(lines)


_WHOLE = 1 << 32
_DAY = 86400


def _weighted(services: tuple[Service, ...], draw: int) -> Service:
    sums = _SUMS[services]
    return services[bisect(sums, draw * sums[-1] >> 32)]
