"""One file fetched over HTTPS, and fetched on where it was cut off.

This is the one module that opens a connection, and only when `install` is called. It asks for the file as it lies
there (RFC 9110 §8.4: no coding), goes on with a part by `Range` and `If-Range` (§14.2, §13.1.5), so that a file
that has changed in between starts over, and writes to disk only what its caller has bounded. No time, size or
address is taken on trust: a server may drip, send without end, lead anywhere, or answer with a part of another file.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import ipaddress
import os
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from attribution._text import escape_control, shorten
from attribution._version import __version__
from attribution.enrich.datasets.partial import Note, drop_note, open_part, read_note, write_note
from attribution.errors import InstallError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

    from _typeshed import WriteableBuffer

__all__ = [
    "Account",
    "Fetched",
    "NotThereError",
    "Patience",
    "check_url",
    "download",
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
_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)", re.ASCII)
_CLEARLY_BEFORE = timedelta(minutes=1)
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_PAGE = re.compile(rb"\A\s*+(?:\xef\xbb\xbf\s*+)?<(?:!doctype\s+html|html|head|\?xml)", re.IGNORECASE)


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
        to: Where to put it. Its folder must exist, and no other process may write to it, see `partial.claimed`.
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
    with open_part(to) as handle, requests.Session() as session:
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Adapter(task.check_target, task.deadline))
        session.max_redirects = 5
        failures = 0
        while True:
            before = handle.seek(0, os.SEEK_END)
            try:
                return task.attempt(session, handle)
            except _PassingError as error:
                gained = handle.seek(0, os.SEEK_END) - before
                failures = 1 if gained >= _PROGRESS else failures + 1
                is_late = time.monotonic() > task.deadline
                if failures >= patience.attempts or is_late:
                    reason = f"the server needs more than {patience.total:,.0f} s" if is_late else str(error)
                    raise InstallError(f"{shown_url(url)}: {reason}. {task.what_is_kept(handle)}") from error
                wait = max(error.wait, patience.pause * 2 ** (failures - 1))
                time.sleep(min(wait, patience.longest_pause))


class _Timed(io.RawIOBase):
    """What comes over a connection, given up at a set time.

    The time limits of sockets begin anew with each byte: by them alone a server could drip its headers for ever.
    """

    def __init__(self, source: io.RawIOBase, deadline: float) -> None:
        super().__init__()
        self._source = source
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        if time.monotonic() > self._deadline:
            raise TimeoutError
        return self._source.readinto(buffer)

    def close(self) -> None:
        self._source.close()
        super().close()


class _Adapter(HTTPAdapter):
    """Connects only to where it may, whatever led there, and reads until the deadline."""

    def __init__(self, check: Callable[[str], None], deadline: float) -> None:
        super().__init__()
        self._check = check
        self._deadline = deadline

    def send(self, request: requests.PreparedRequest, *args: Any, **named: Any) -> requests.Response:  # noqa: ANN401 (as in requests)
        self._check(str(request.url))
        return super().send(request, *args, **named)

    def get_connection_with_tls_context(self, *args: Any, **named: Any) -> Any:  # noqa: ANN401 (as in requests)
        pool: Any = super().get_connection_with_tls_context(*args, **named)
        usual = type(pool).ConnectionCls.response_class
        deadline = self._deadline

        def start(response: Any, *args: Any, **named: Any) -> None:  # noqa: ANN401 (as in http.client)
            usual.__init__(response, *args, **named)
            response.fp = io.BufferedReader(_Timed(response.fp.detach(), deadline))

        timed = type("TimedResponse", (usual,), {"__init__": start})
        pool.ConnectionCls = type("TimedConnection", (type(pool).ConnectionCls,), {"response_class": timed})
        return pool


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
        note = self._note()
        # What is a part of another file stays until there is something to put in its place.
        there = handle.seek(0, os.SEEK_END) if note else 0
        if note and note.total and there >= note.total:
            there = note.total - 1  # an empty rest cannot be asked for; the last byte tells that the file is the same
        with self._ask(session, there, note) as response:
            goes_on = self._goes_on(response, there, note)
            start = there if goes_on else 0
            handle.truncate(start)
            if not goes_on:
                note = Note(self._digest_of_url(), _validator_of(response), _length_of(response))
                write_note(self.path, note)
            total = note.total if note else None
            if total is not None and total > self.largest:
                self._throw_away(handle)
            self._write(response, handle, start, total)
            return Fetched(self.path, _time_of(response.headers.get("Last-Modified")))

    def what_is_kept(self, handle: BinaryIO) -> str:
        """Say what is left of a download that has failed, and what to do next."""
        there = handle.seek(0, os.SEEK_END)
        if not there or self._note() is None:
            return "Try again later, or fetch the file by other means and give it with --from."
        return f"The first {there:,} bytes are kept: give the same command again to go on from there."

    def check_target(self, url: str) -> None:
        """See that an address that the file's own leads to may be asked.

        Raises:
            InstallError: It may not.
        """
        try:
            check_url(url)
            if parse_url(self.url).scheme == "https" != parse_url(url).scheme:
                raise UsageError("it goes from https to http")
        except UsageError as error:
            raise InstallError(f"{self.shown} leads on to what is not fetched: {error}") from error

    def _ask(self, session: requests.Session, there: int, note: Note | None) -> requests.Response:
        headers = {"Accept-Encoding": "identity", "User-Agent": f"mail-attribution/{__version__}"}
        if there and note and note.validator:
            headers |= {"Range": f"bytes={there}-", "If-Range": note.validator}
        # What requests says quotes the whole address, with what may be secret in it: hence `from None`.
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
            if "CERTIFICATE_VERIFY_FAILED" not in str(error):
                raise _PassingError("no safe connection to the server comes about") from None
            raise InstallError(
                f"{self.shown}: the certificate of the server is not trusted. Where a proxy has one of its own, "
                "name its file in REQUESTS_CA_BUNDLE."
            ) from None
        except requests.exceptions.ProxyError:
            raise _PassingError("the proxy that the environment names cannot be reached, or refuses") from None
        except requests.exceptions.Timeout:
            raise _PassingError("the server does not answer in time") from None
        except requests.exceptions.ConnectionError:
            raise _PassingError("the server cannot be reached: there is no network, or no such host") from None
        except requests.exceptions.TooManyRedirects:
            raise InstallError(f"{self.shown}: it leads on from address to address.") from None
        except (requests.exceptions.InvalidProxyURL, requests.exceptions.InvalidSchema):
            raise InstallError(f"{self.shown}: the proxy that the environment names cannot be used.") from None
        except (requests.exceptions.RequestException, HTTPError, UnicodeError):
            raise InstallError(
                f"{self.shown}: what answers is no HTTP, or the environment names a proxy that is none."
            ) from None
        except OSError as error:  # of the certificates that the environment names
            raise InstallError(f"{self.shown}: {escape_control(str(error))}.") from None

    def _check_redirect(self, response: requests.Response, **_: object) -> None:
        if not response.is_redirect:
            return
        # requests would read what comes with it into memory, whatever its size.
        response.raw.close()
        response.raw = HTTPResponse(io.BytesIO(), preload_content=False)
        try:
            target = urljoin(str(response.url), response.headers["Location"])
        except ValueError as error:
            raise InstallError(f"{self.shown} leads on to what is not fetched: no address") from error
        self.check_target(target)

    def _goes_on(self, response: requests.Response, there: int, note: Note | None) -> bool:
        """Say whether what comes goes on where the part ends, or is the file from its start."""
        status = int(response.status_code)
        if status == 200:
            if response.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "text/html":
                self._refuse_page()
            return False
        if status == 206 and there and note:
            found = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
            is_next = found is not None and int(found[1]) == there
            is_total = found is not None and found[2] in {"*", str(note.total)}
            if is_next and (is_total or note.total is None) and _is_of(response, note):
                return True
            drop_note(self.path)
            raise _PassingError("the server sends another part than the one asked for")
        if status == 416:
            drop_note(self.path)
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

    def _throw_away(self, handle: BinaryIO) -> None:
        handle.truncate(0)
        drop_note(self.path)
        raise InstallError(f"{self.shown}: it is larger than {self.largest:,} bytes: that is not the data set.")

    def _write(self, response: requests.Response, handle: BinaryIO, done: int, total: int | None) -> None:
        self.on_bytes(done, total)
        try:
            # What has come is taken at once, so that a server that goes silent, or drips, cannot hold it back.
            while piece := response.raw.read1(_PIECE, decode_content=False):
                if not done and _PAGE.match(piece):
                    self._refuse_page()
                if done + len(piece) > self.largest:
                    self._throw_away(handle)
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

    def _note(self) -> Note | None:
        """Return the note of the part that is here; None where it is a part of another file."""
        note = read_note(self.path)
        return note if note is not None and note.url_sha256 == self._digest_of_url() else None

    def _digest_of_url(self) -> str:
        # The address itself may hold a token, which has no business on disk.
        return hashlib.sha256(self.url.encode("utf-8", "surrogatepass")).hexdigest()


def _length_of(response: requests.Response) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if re.fullmatch(r"\d{1,18}", length, re.ASCII) else None


def _validator_of(response: requests.Response) -> str | None:
    """Return what tells this file from a later one (RFC 9110 §8.8.2.2, §13.1.5)."""
    etag = response.headers.get("ETag")
    if etag is not None:
        # A weak one says that two files mean the same, not that they have the same bytes.
        return etag if re.fullmatch(r'"[\x21\x23-\x7e]{0,200}"', etag) else None
    # A date counts where there is no tag, and where the file did not change while it was sent.
    text = response.headers.get("Last-Modified", "")
    changed, sent = _time_of(text), _time_of(response.headers.get("Date"))
    return text[:64] if changed and sent and changed + _CLEARLY_BEFORE <= sent else None


def _is_of(response: requests.Response, note: Note) -> bool:
    """Say whether a part is of the file that was begun, for some servers give one without looking at `If-Range`.

    A tag comes with every part of a file that has one (§15.3.7), a date need not.
    """
    if note.validator and note.validator.startswith('"'):
        return response.headers.get("ETag") == note.validator
    return response.headers.get("Last-Modified", note.validator) == note.validator and "ETag" not in response.headers


def _time_of(text: str | None) -> datetime | None:
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return parsedate_to_datetime(text or "").astimezone(UTC)
    return None
