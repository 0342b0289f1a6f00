"""One file fetched over HTTPS, and fetched on where it was cut off.

This is the one module that opens a connection, and only when `install` is called. It asks for the file as it lies
there (RFC 9110 §8.4: no coding), goes on with a part by `Range` and `If-Range` (§14.2, §13.1.5), so that a file
that has changed in between starts over, and writes to disk only what its caller has bounded.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import ipaddress
import json
import os
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import requests
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from attribution._files import replacing
from attribution._text import escape_control, shorten
from attribution._version import __version__
from attribution.errors import InstallError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

__all__ = [
    "Account",
    "Fetched",
    "NotThereError",
    "Patience",
    "check_url",
    "download",
    "drop_partial",
    "partial_bytes",
    "shown_url",
]


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks: sent to the host that the address names, and to no other that it leads on to.

    Attributes:
        name: The account's name or number.
        key: Its password or licence key; never in a text that is made of this object.
    """

    name: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds, and how often to try.

    Attributes:
        connect: For a connection. `read`: for the next bytes. `total`: for the whole file.
        attempts: Tries in a row that bring nothing on.
        pause: Before the second try; it doubles with each one. `longest_pause`: whatever the server asks for.
    """

    connect: float = 10.0
    read: float = 30.0
    total: float = 4 * 3600.0
    attempts: int = 5
    pause: float = 1.0
    longest_pause: float = 60.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that has come in full, as far as the server says.

    Attributes:
        path: Where it lies.
        modified: When the server says that it was last changed, UTC; None where it does not.
    """

    path: Path
    modified: datetime | None


class NotThereError(InstallError):
    """The server has no file at that address."""


class _PassingError(Exception):
    """Something that may be gone at the next try."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


_PIECE = 1 << 16
_PROGRESS = 1 << 20
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|\?xml)", re.IGNORECASE)


def shown_url(url: str) -> str:
    """Return host and path of an address, without anything that may be secret, for messages and records."""
    try:
        parts = parse_url(url)
    except HTTPError:
        return "an address that cannot be read"
    return shorten(escape_control(f"{parts.scheme}://{parts.netloc or ''}{parts.path or '/'}"), 300)


def check_url(url: str) -> None:
    """See that an address may be asked.

    Raises:
        UsageError: It is no HTTPS address, or has a password in it. HTTP is for this machine alone.
    """
    try:
        parts = parse_url(url)
    except HTTPError as error:
        raise UsageError("The address cannot be read: write it as https://host/path.") from error
    if parts.auth:
        raise UsageError(
            f"There is a password in the address of {escape_control(parts.host or '')}: leave it out, and put it "
            "into your .netrc, or fetch the file by other means and give its path."
        )
    if not parts.host or not (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.host))):
        raise UsageError(f"{shown_url(url)} is not fetched: only https:// is, so that nobody can change what comes.")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def download(
    url: str,
    to: Path,
    *,
    largest: int,
    account: Account | None = None,
    page: bool = False,
    patience: Patience | None = None,
    on_bytes: Callable[[int, int | None], None] | None = None,
) -> Fetched:
    """Fetch a file, and go on with what an earlier call left of it.

    What could not be fetched in full stays in `to`, beside a note of which file it is a part of.

    Args:
        url: Where it is; https, or http on this machine.
        to: Where to put it. Its folder must exist.
        largest: Bytes that it may have.
        account: Who asks, where the server wants to know.
        page: Whether an HTML page may come.
        patience: How long to wait, and how often to try.
        on_bytes: Called with the bytes that are there and those that there will be, None where that is not known.

    Raises:
        UsageError: The address is not one that may be asked.
        NotThereError: There is no such file.
        InstallError: It could not be fetched; the message says why, and whether a part is kept.
        OSError: It could not be written.
    """
    check_url(url)
    patience = patience or Patience()
    task = _Task(url, to, largest, account, page, patience, on_bytes or (lambda _done, _total: None))
    with to.open("ab") as handle, requests.Session() as session:
        _lock(handle, url)
        session.max_redirects = 5
        failures = 0
        while True:
            before = handle.seek(0, os.SEEK_END)
            try:
                return task.attempt(session, handle)
            except _PassingError as error:
                gained = handle.seek(0, os.SEEK_END) - before
                failures = 1 if gained >= _PROGRESS else failures + 1
                if failures >= patience.attempts or time.monotonic() > task.deadline:
                    raise InstallError(f"{shown_url(url)}: {error}. {task.what_is_kept(handle)}") from error
                wait = max(error.wait, patience.pause * 2 ** (failures - 1))
                time.sleep(min(wait, patience.longest_pause))


def _lock(handle: BinaryIO, url: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in {errno.EAGAIN, errno.EACCES}:
            return  # a file system without locks; then the digests alone keep two at once from harm
        raise InstallError(f"{shown_url(url)} is being fetched by another process: wait for it.") from error


def _note_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def partial_bytes(part: Path) -> int:
    """Count the bytes of a file that was not fetched in full."""
    try:
        return part.stat().st_size
    except OSError:
        return 0


def drop_partial(part: Path) -> None:
    """Remove a fetched file and the note beside it."""
    part.unlink(missing_ok=True)
    _note_of(part).unlink(missing_ok=True)


class _Task:
    """One file to fetch, over as many attempts as it takes."""

    def __init__(
        self,
        url: str,
        path: Path,
        largest: int,
        account: Account | None,
        page: bool,
        patience: Patience,
        on_bytes: Callable[[int, int | None], None],
    ) -> None:
        self.url = url
        self.path = path
        self.largest = largest
        self.account = account
        self.page = page
        self.patience = patience
        self.on_bytes = on_bytes
        self.shown = shown_url(url)
        self.deadline = time.monotonic() + patience.total

    def attempt(self, session: requests.Session, handle: BinaryIO) -> Fetched:
        """Ask once, and write what comes."""
        validator = self._validator()
        # What is a part of another file stays until there is something to put in its place.
        there = handle.seek(0, os.SEEK_END) if validator else 0
        with self._ask(session, there, validator) as response:
            start = self._start(response, there)
            handle.truncate(start)
            if start == 0:
                self._write_note(response)
            total = self._total(response, start)
            self._write(response, handle, start, total)
            return Fetched(self.path, _time_of(response.headers.get("Last-Modified")))

    def what_is_kept(self, handle: BinaryIO) -> str:
        """Say what is left of a download that has failed, and what to do next."""
        there = handle.seek(0, os.SEEK_END)
        if not there or self._validator() is None:
            return "Try again later, or fetch the file by other means and give it with --from."
        return f"The first {there:,} bytes are kept: give the same command again to go on from there."

    def _ask(self, session: requests.Session, there: int, validator: str | None) -> requests.Response:
        headers = {"Accept-Encoding": "identity", "User-Agent": f"mail-attribution/{__version__}"}
        if there and validator:
            headers |= {"Range": f"bytes={there}-", "If-Range": validator}
        try:
            return session.get(
                self.url,
                headers=headers,
                # requests takes it off again where a redirect leads to another host.
                auth=None if self.account is None else (self.account.name, self.account.key),
                stream=True,
                timeout=(self.patience.connect, self.patience.read),
                hooks={"response": self._check_redirect},
            )
        except requests.exceptions.SSLError as error:
            raise InstallError(
                f"{self.shown}: the certificate of the server is not trusted. Where a proxy has one of its own, "
                "name its file in REQUESTS_CA_BUNDLE."
            ) from error
        except requests.exceptions.ProxyError as error:
            raise _PassingError("the proxy that the environment names cannot be reached, or refuses") from error
        except requests.exceptions.Timeout as error:
            raise _PassingError("the server does not answer in time") from error
        except requests.exceptions.ConnectionError as error:
            raise _PassingError("the server cannot be reached: there is no network, or no such host") from error
        except requests.exceptions.TooManyRedirects as error:
            raise InstallError(f"{self.shown}: it leads on from address to address.") from error
        except (requests.exceptions.RequestException, HTTPError, UnicodeError) as error:
            raise InstallError(f"{self.shown}: the server answers what is no HTTP.") from error

    def _check_redirect(self, response: requests.Response, **_: object) -> None:
        if not response.is_redirect:
            return
        try:
            target = urljoin(str(response.url), response.headers["Location"])
            check_url(target)
            if parse_url(self.url).scheme == "https" != parse_url(target).scheme:
                raise UsageError("it goes from https to http")
        except (UsageError, ValueError) as error:
            response.close()
            raise InstallError(f"{self.shown} leads on to what is not fetched: {error}") from error

    def _start(self, response: requests.Response, there: int) -> int:
        """Return the position in the file at which what comes begins."""
        status = int(response.status_code)
        if status == 200:
            if response.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "text/html":
                self._refuse_page()
            return 0
        if status == 206 and there:
            found = re.match(r"bytes (\d{1,18})-", response.headers.get("Content-Range", ""))
            if found and int(found[1]) == there:
                return there
            drop_partial(self.path)
            raise InstallError(f"{self.shown}: the server sends another part than the one asked for. Try again.")
        if status == 416:
            _note_of(self.path).unlink(missing_ok=True)  # without its note the part is not gone on with
            raise _PassingError("the server does not know the part that is here")
        raise self._refused(status, response)

    def _refused(self, status: int, response: requests.Response) -> Exception:
        if status in _PASSING:
            after = response.headers.get("Retry-After", "")
            wait = float(after) if re.fullmatch(r"\d{1,6}", after) else 0.0
            return _PassingError(f"the server answers with {status}", wait)
        if status in {401, 403}:
            if self.account is None:
                return InstallError(f"{self.shown}: the server lets nobody in without an account ({status}).")
            return InstallError(
                f"{self.shown}: the server refuses the account id or the licence key ({status}). See that both are "
                "right, that the key is in force, and that the day's number of downloads is not used up."
            )
        if status in {404, 410}:
            return NotThereError(f"{self.shown}: there is no such file ({status}).")
        return InstallError(f"{self.shown}: the server answers with {status}. Try again later.")

    def _refuse_page(self) -> None:
        if not self.page:
            raise InstallError(
                f"{self.shown}: a web page came instead of the file. Open the address in a browser: it may ask for a "
                "login, or the file may have moved. A file that you have can be given with --from."
            )

    def _total(self, response: requests.Response, start: int) -> int | None:
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if re.fullmatch(r"\d{1,18}", length, re.ASCII) else None
        if total is not None and total > self.largest:
            drop_partial(self.path)
            raise self._too_large()
        return total

    def _too_large(self) -> InstallError:
        return InstallError(f"{self.shown}: it is larger than {self.largest:,} bytes: that is not the data set.")

    def _write(self, response: requests.Response, handle: BinaryIO, done: int, total: int | None) -> None:
        self.on_bytes(done, total)
        try:
            # What has come is taken at once, so that a server that goes silent, or drips, cannot hold it back.
            while piece := response.raw.read1(_PIECE, decode_content=False):
                if not done and _PAGE.match(piece):
                    self._refuse_page()
                if done + len(piece) > self.largest:
                    handle.truncate(0)
                    drop_partial(self.path)
                    raise self._too_large()
                handle.write(piece)
                done += len(piece)
                self.on_bytes(done, total)
                if time.monotonic() > self.deadline:
                    raise _PassingError(f"the server needs more than {self.patience.total:,.0f} s")
        except (HTTPError, requests.exceptions.RequestException) as error:
            raise _PassingError("the connection was cut off") from error
        finally:
            # What came is on its way to disk before anybody learns how it ended, Ctrl-C included.
            handle.flush()
        if total is not None and done < total:
            raise _PassingError("the connection was cut off")

    def _validator(self) -> str | None:
        """Return what tells whether the file is still the one that the part is of (RFC 9110 §13.1.5)."""
        try:
            note = json.loads(_note_of(self.path).read_text(encoding="utf-8"))
            if note["url_sha256"] == self._digest_of_url() and isinstance(note["validator"], str):
                return str(note["validator"])
        except (OSError, ValueError, TypeError, KeyError):
            pass
        return None

    def _write_note(self, response: requests.Response) -> None:
        etag = response.headers.get("ETag", "")
        # A weak one says that two files mean the same, not that they have the same bytes.
        strong = etag if re.fullmatch(r'"[\x21\x23-\x7e]{0,200}"', etag) else ""
        validator = strong or response.headers.get("Last-Modified", "")[:64] or None
        note = {"url_sha256": self._digest_of_url(), "validator": validator}
        with replacing(_note_of(self.path)) as temporary:
            temporary.write_text(json.dumps(note) + "\n", encoding="utf-8")

    def _digest_of_url(self) -> str:
        # The address itself may hold a token, which has no business on disk.
        return hashlib.sha256(self.url.encode("utf-8", "surrogatepass")).hexdigest()


def _time_of(text: str | None) -> datetime | None:
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return parsedate_to_datetime(text or "").astimezone(UTC)
    return None
