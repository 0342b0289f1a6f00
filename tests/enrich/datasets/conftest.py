"""A web server on this machine that answers as it is told to, and data sets to fetch from it."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import tarfile
import threading
import time
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from attribution.enrich.datasets import catalogue
from attribution.enrich.datasets.download import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from email.message import Message
    from pathlib import Path

    from attribution.enrich.datasets import DataSet

    MakeTar = Callable[..., bytes]
    Pointed = Callable[..., DataSet]

MOST_REQUESTS = 50
"""What the server answers in one test, so that nothing that goes on for ever does."""


@dataclass
class Page:
    """What lies at one address.

    Attributes:
        content: The whole of it.
        etag: As sent, quotes included; empty for none. `modified`: likewise.
        content_type: As sent.
        faults: What goes wrong with each request in turn, until there is none left: a status to answer with, `cut`
            and a number of bytes after which the connection is closed, `stall` likewise, or `swap` after which the page
            has the content of `then` and another tag.
        location: Where it leads on to.
        length: Whether the length is told.
        ranges: Whether parts are given.
        key: The `Authorization` that it asks for; empty for none.
        then: See `swap`.
        encoding: Content-Encoding as sent; empty for none.
    """

    content: bytes = b""
    etag: str = '"one"'
    modified: datetime | None = None
    content_type: str = "application/octet-stream"
    faults: list[int | str] = field(default_factory=list)
    location: str = ""
    length: bool = True
    ranges: bool = True
    key: str = ""
    then: bytes = b""
    encoding: str = ""


@dataclass
class Site:
    """A server.

    Attributes:
        url: Where it is, with a slash at the end.
        pages: By path with query, without the slash at the start.
        asked: Path and fields of each request.
    """

    url: str
    pages: dict[str, Page]
    asked: list[tuple[str, Message]]

    def ranges_asked(self) -> list[str | None]:
        """Return the `Range` of each request."""
        return [fields.get("Range") for _, fields in self.asked]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is that of the base class)
        pass

    def end_headers(self) -> None:
        self.send_header("Connection", "close")
        super().end_headers()

    def do_GET(self) -> None:
        path = self.path.removeprefix("/")
        self.site.asked.append((path, self.headers))
        page = self.site.pages.get(path)
        self.close_connection = True
        if len(self.site.asked) > MOST_REQUESTS or page is None:
            self._plain(404, b"nothing here")
            return
        fault = page.faults.pop(0) if page.faults else ""
        if fault == "swap":
            page.content, page.etag, fault = page.then, '"two"', ""
        if isinstance(fault, int):
            self._plain(fault, b"not now")
        elif page.key and self.headers.get("Authorization") != page.key:
            self._plain(401, b"Invalid license key")
        elif page.location:
            self.send_response(302)
            self.send_header("Location", page.location)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._page(page, fault)

    def _plain(self, status: int, text: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _page(self, page: Page, fault: str) -> None:
        start = 0
        tags = {page.etag, format_datetime(page.modified, usegmt=True) if page.modified else ""} - {""}
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if page.ranges and wanted and self.headers.get("If-Range") in tags:
            start = int(wanted[1])
        if start and start >= len(page.content):
            self._plain(416, b"")
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", page.content_type)
        if page.encoding:
            self.send_header("Content-Encoding", page.encoding)
        if page.etag:
            self.send_header("ETag", page.etag)
        if page.modified:
            self.send_header("Last-Modified", format_datetime(page.modified, usegmt=True))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(page.content) - 1}/{len(page.content)}")
        if page.length:
            self.send_header("Content-Length", str(len(page.content) - start))
        self.end_headers()
        kind, _, after = fault.partition(" ")
        part = page.content[start : int(after)] if after else page.content[start:]
        self.wfile.write(part)
        if kind == "stall":
            self.wfile.flush()
            time.sleep(1.0)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that has gone away is what several tests are about."""


def serve() -> Iterator[Site]:
    """Give a server for as long as the generator is held."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        site = Site(f"http://127.0.0.1:{server.server_address[1]}/", {}, [])
        server.RequestHandlerClass = type("Handler", (_Handler,), {"site": site})
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield site
        server.shutdown()
        thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    """Give a server on this machine that has no pages yet."""
    yield from serve()


@pytest.fixture
def other_site() -> Iterator[Site]:
    """Give another one, which is another host to the client."""
    yield from serve()


@pytest.fixture
def page() -> type[Page]:
    """Give the class of pages."""
    return Page


@pytest.fixture
def patience() -> Patience:
    """Give a patience that no test has to wait for."""
    return Patience(connect=2.0, read=0.3, total=20.0, attempts=3, pause=0.01, longest_pause=0.05)


@pytest.fixture
def pointed(monkeypatch: pytest.MonkeyPatch) -> Pointed:
    """Give a function that changes one data set of the catalogue, and returns what it has become."""

    def change(name: str, **changes: object) -> DataSet:
        known = catalogue.entries()
        changed = tuple(replace(item, **changes) if item.name == name else item for item in known)  # type: ignore[arg-type]  # of many types
        monkeypatch.setattr(catalogue, "entries", lambda: changed)
        return catalogue.find(name)

    return change


@pytest.fixture
def make_tar() -> MakeTar:
    """Give a function that packs members as `.tar.gz`: bytes for a file, or a `TarInfo` for anything else."""

    def make(members: dict[str, bytes | tarfile.TarInfo], mtime: int = 0) -> bytes:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for name, content in members.items():
                if isinstance(content, tarfile.TarInfo):
                    archive.addfile(content, io.BytesIO(bytes(content.size)))
                else:
                    info = tarfile.TarInfo(name)
                    info.size, info.mtime = len(content), mtime
                    archive.addfile(info, io.BytesIO(content))
        return packed.getvalue()

    return make


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def dbip(make_mmdb: Callable[..., Path]) -> bytes:
    """Give a small city database as DB-IP has it, packed with gzip."""
    records = {
        "198.51.100.0/24": {
            "city": {"names": {"en": "Musterhausen"}},
            "country": {"iso_code": "DE", "names": {"en": "Germany"}},
            "location": {"latitude": 50.5, "longitude": 8.25},
        }
    }
    return gzip.compress(make_mmdb("given.mmdb", "DBIP-City-Lite", records).read_bytes(), mtime=0)
