"""Open ports of nmap's XML, and of masscan's, which has the same form.

Expat is used without a tree: what is kept is one host at a time. A document type beyond the bare `<!DOCTYPE nmaprun>`
ends the reading, so that no entity is ever declared.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from attribution.enrich.banners.expanded import Unreadable
from attribution.enrich.banners.hints import distinguished_name, gather
from attribution.enrich.banners.observations import Banner, Found
from attribution.enrich.banners.services import service
from attribution.enrich.banners.tally import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.enrich.banners.expanded import Expanded

__all__ = ["nmap_hosts"]

_LARGEST_HOST = 16 * 1024 * 1024
"""Bytes without the end of a host; one with all ports open and every script run has some ten million."""
_LONGEST_TAG = 4 * 1024 * 1024
"""Bytes of one tag, which carries the output of a script as an attribute."""
_DEEPEST = 100
_CHUNK = 64 * 1024
_MOST_CPE = 16

Attributes = dict[str, str]


class _ForbiddenError(Exception):
    """The file has what nmap never writes."""


@dataclass(slots=True)
class _Port:
    number: str | None
    transport: str | None
    is_open: bool = False
    service: Attributes | None = None
    cpe: list[str] | None = None
    scripts: dict[str, str] | None = None


@dataclass(slots=True)
class _Host:
    offset: int
    time: str | None
    address: str | None = None
    mac_vendor: str | None = None
    ports: list[_Port] = field(default_factory=list)
    systems: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)


def nmap_hosts(stream: Expanded) -> Iterator[Found | Fault]:
    """Yield the hosts that are up, each as soon as it ends, with its open ports.

    Args:
        stream: The XML text.
    """
    reader = _Reader()
    fed = 0
    while True:
        try:
            chunk = stream.read(_CHUNK)
        except Unreadable as error:
            yield Fault(error.status, error.detail, fed, fatal=True)
            return
        for start in range(0, len(chunk), _CHUNK) or (0,):
            piece = chunk[start : start + _CHUNK]
            fault = reader.feed(piece, last=not chunk)
            while reader.done:
                host = reader.done.popleft()
                yield Found(host.offset, host.address, _banners(host, reader.scanner, reader.started))
            if fault is not None:
                yield fault
                return
            fed += len(piece)
        if not chunk:
            return


class _Reader:
    """What expat calls; it holds the host that is being read.

    Attributes:
        scanner: `nmap` or `masscan`, as the root element says.
        started: When the scan began, as it says.
        done: Hosts that have ended.
    """

    def __init__(self) -> None:
        self.scanner = "nmap"
        self.started: str | None = None
        self.done: deque[_Host] = deque()
        self._host: _Host | None = None
        self._port: _Port | None = None
        self._cpe: list[str] | None = None
        self._depth = 0
        self._last_end = 0
        self._fed = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _doctype
        self._parser.EntityDeclHandler = _entity
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def feed(self, piece: bytes, *, last: bool) -> Fault | None:
        """Take the next bytes; return why nothing more can be read."""
        try:
            self._parser.Parse(piece, last)
        except expat.ExpatError as error:
            at = self._parser.ErrorByteIndex
            if last:
                return Fault("malformed", "the XML ends too early: the scan was broken off", at, fatal=True)
            reason = expat.ErrorString(error.code)
            return Fault("malformed", f"broken XML: {reason}", at, fatal=True)
        except _ForbiddenError as error:
            return Fault("unsupported", str(error), max(0, self._parser.CurrentByteIndex), fatal=True)
        except (ValueError, LookupError):  # an encoding that expat does not know and Python refuses
            return Fault("unsupported", "XML in an encoding that is not read", 0, fatal=True)
        self._fed += len(piece)
        begun = self._parser.CurrentByteIndex
        if self._fed - begun > _LONGEST_TAG:
            return Fault("too-large", f"an XML tag of more than {_LONGEST_TAG:,} bytes", max(0, begun), fatal=True)
        if self._fed - self._last_end > _LARGEST_HOST:
            detail = f"more than {_LARGEST_HOST:,} bytes of XML without the end of a host"
            return Fault("too-large", detail, self._last_end, fatal=True)
        return None

    def _start(self, name: str, attributes: Attributes) -> None:
        host = self._host
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _ForbiddenError(f"XML of more than {_DEEPEST} levels")
        if name == "nmaprun":
            self.started = attributes.get("start")
            self.scanner = "masscan" if attributes.get("scanner") == "masscan" else "nmap"
        elif name == "host":
            time = attributes.get("endtime") or attributes.get("starttime")
            self._host = _Host(self._parser.CurrentByteIndex, time)
        elif host is None:
            return
        elif name == "address":
            if attributes.get("addrtype") == "mac":
                host.mac_vendor = attributes.get("vendor")
            elif host.address is None:
                host.address = attributes.get("addr")
        elif name == "port":
            self._port = _Port(attributes.get("portid"), attributes.get("protocol"))
        elif name == "osmatch":
            host.systems.append(attributes.get("name", ""))
        elif name == "osclass":
            host.types.append(f"{attributes.get('type', '')} {attributes.get('accuracy', '')}".strip())
        elif self._port is not None:
            self._within_port(self._port, name, attributes)

    def _within_port(self, port: _Port, name: str, attributes: Attributes) -> None:
        if name == "state":
            port.is_open = attributes.get("state") == "open"
        elif name == "service":
            port.service = attributes
        elif name == "cpe":
            self._cpe = []
        elif name == "script" and attributes.get("id") in _SCRIPTS:
            port.scripts = (port.scripts or {}) | {attributes["id"]: attributes.get("output", "")}

    def _text(self, text: str) -> None:
        if self._cpe is not None:
            self._cpe.append(text)

    def _end(self, name: str) -> None:
        host = self._host
        self._depth -= 1
        if name == "cpe" and self._cpe is not None:
            if self._port is not None:
                self._port.cpe = [*(self._port.cpe or ()), "".join(self._cpe)][:_MOST_CPE]
            self._cpe = None
        elif name == "port" and self._port is not None:
            if host is not None and self._port.is_open:
                host.ports.append(self._port)
            self._port = None
        elif name == "host" and host is not None:
            self.done.append(host)
            self._host = None
            self._last_end = self._fed
        elif host is None:
            self._last_end = self._fed


def _doctype(name: str, system: str | None, public: str | None, has_subset: int) -> None:
    if name != "nmaprun" or system or public or has_subset:
        raise _ForbiddenError("XML with a document type of its own: nmap's is `<!DOCTYPE nmaprun>` and nothing more")


def _entity(*_: object) -> None:
    raise _ForbiddenError("XML that declares entities, which nmap's never does")


_SCRIPTS = frozenset({"banner", "http-headers", "http-title", "http-server-header", "ssl-cert", "snmp-sysdescr"})
_REQUEST = re.compile(r"\n[ \t]*\(Request type: [A-Z]+\)\s*\Z")
_SUBJECT = re.compile(r"\ASubject: ([^\n]{1,1000})")
_ISSUER = re.compile(r"\nIssuer: ([^\n]{1,1000})")


def _banners(host: _Host, scanner: str, started: str | None) -> Iterator[Banner]:
    about = gather(mac__vendor=host.mac_vendor, os=host.systems[:1], os__type=host.types[:16])
    for port in host.ports:
        yield _banner(port, scanner, host.time, started, about)


def _banner(port: _Port, scanner: str, time: str | None, started: str | None, about: dict[str, str]) -> Banner:
    told, scripts = port.service or {}, port.scripts or {}
    # A service that nmap took from its table of ports is no observation.
    guessed = told.get("method") == "table"
    kind = "unknown" if guessed else service(told.get("name"))
    certificate = scripts.get("ssl-cert", "")
    hints = about | gather(
        service=None if guessed else told.get("name"),
        service__guess=told.get("name") if guessed else None,
        version=told.get("version"),
        info=told.get("extrainfo"),
        devicetype=told.get("devicetype"),
        name=told.get("hostname"),
        cpe=port.cpe,
        os=told.get("ostype"),
        http__title=_title(scripts.get("http-title")),
        http__server=scripts.get("http-server-header"),
        snmp__sysdescr=scripts.get("snmp-sysdescr"),
        tls__subject=_name(_SUBJECT.search(certificate)),
        tls__issuer=_name(_ISSUER.search(certificate)),
    )
    text = scripts.get("banner", told.get("banner"))  # masscan has it among the attributes of the service
    if text is None and "http-headers" in scripts:
        text = _unindented(_REQUEST.sub("", scripts["http-headers"]))
    return Banner(
        port.number,
        port.transport,
        time,
        started,
        text,
        scanner,
        kind,
        told.get("product"),
        hints,
    )


def _title(output: str | None) -> str | None:
    """Return the title alone; what the script says for want of one begins with these words."""
    if output is None or output.startswith(("Site doesn't have a title", "Did not follow redirect", "ERROR")):
        return None
    return output.partition("\n")[0]


def _name(match: re.Match[str] | None) -> str | None:
    if match is None:
        return None
    return distinguished_name(dict(part.partition("=")[::2] for part in match[1].split("/")))


def _unindented(output: str) -> str:
    return "\r\n".join(line.strip() for line in output.strip().splitlines()) + "\r\n"
