from __future__ import annotations

import base64
import contextlib
import gzip
import json
import os
import random
import socket
import threading
import time
import traceback
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.enrich.datasets import download as module
from attribution.enrich.datasets.download import Account, NotThereError, Patience, check_url, download, shown_url
from attribution.enrich.datasets.partial import claimed, drop_partial
from attribution.errors import InstallError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.enrich.datasets.conftest import Page, Site

CONTENT = random.Random(1).randbytes(300_000)  # noqa: S311 (the same bytes each time are what is wanted)
LARGEST = 1_000_000
SECRET = "Kv9-very-secret-key"  # noqa: S105 (invented, and looked for in what must not have it)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / ".set.part"


def note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def test_a_file_is_fetched_whole_and_its_progress_is_told(
    site: Site, page: type[Page], part: Path, patience: Patience
) -> None:
    changed = datetime(2024, 3, 1, 12, 30, tzinfo=UTC)
    site.pages["file.gz"] = page(CONTENT, modified=changed)
    seen: list[tuple[int, int | None]] = []
    done = download(
        site.url + "file.gz",
        part,
        largest=LARGEST,
        patience=patience,
        on_bytes=lambda have, total: seen.append((have, total)),
    )
    assert part.read_bytes() == CONTENT
    assert (done.path, done.modified) == (part, changed)
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert seen == sorted(seen)
    ((_, fields),) = site.asked
    assert fields["Accept-Encoding"] == "identity"
    assert fields["User-Agent"].startswith("mail-attribution/")
    assert "Authorization" not in fields


def test_what_the_server_packs_for_the_way_is_left_packed(
    site: Site, page: type[Page], part: Path, patience: Patience
) -> None:
    packed = gzip.compress(CONTENT)
    site.pages["file.gz"] = page(packed, length=False, encoding="gzip")
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == packed


def test_a_cut_connection_is_gone_on_with(site: Site, page: type[Page], part: Path, patience: Patience) -> None:
    site.pages["file.gz"] = page(CONTENT, faults=["cut 100000", "cut 200000"])
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == CONTENT
    assert site.ranges_asked() == [None, "bytes=100000-", "bytes=200000-"]
    assert [fields.get("If-Range") for _, fields in site.asked] == [None, '"one"', '"one"']


def test_a_later_call_goes_on_where_an_earlier_one_had_to_give_up(
    site: Site, page: type[Page], part: Path, patience: Patience
) -> None:
    site.pages["file.gz"] = page(CONTENT, faults=["cut 100000", 503, 503, 503])
    with pytest.raises(InstallError, match=r"503.*first 100,000 bytes are kept.*same command again"):
        download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == CONTENT[:100_000]
    site.asked.clear()
    site.pages["file.gz"].faults.clear()
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert site.ranges_asked() == ["bytes=100000-"]
    assert part.read_bytes() == CONTENT
    drop_partial(part)
    assert not part.exists()
    assert not note(part).exists()


def test_a_file_that_changed_in_between_starts_over(
    site: Site, page: type[Page], part: Path, patience: Patience
) -> None:
    newer = CONTENT[::-1]
    site.pages["file.gz"] = page(CONTENT, then=newer, faults=["cut 100000", "swap"])
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == newer
    assert site.ranges_asked() == [None, "bytes=100000-"]


def test_without_a_tag_the_date_says_whether_it_is_the_same_file(
    site: Site, page: type[Page], part: Path, patience: Patience
) -> None:
    changed = datetime(2024, 3, 1, tzinfo=UTC)
    site.pages["file.gz"] = page(CONTENT, etag="", modified=changed, faults=["cut 1000"])
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == CONTENT
    assert [fields.get("If-Range") for _, fields in site.asked] == [None, "Fri, 01 Mar 2024 00:00:00 GMT"]


@pytest.mark.parametrize(
    ("etag", "age"), [("", None), ("", 5), ('W/"weak"', None), ('W/"weak"', 5000), ('"' + "x" * 300 + '"', 5000)]
)
def test_where_nothing_says_that_it_is_the_same_file_it_starts_over(
    site: Site, page: type[Page], part: Path, patience: Patience, etag: str, age: int | None
) -> None:
    # A date of a moment ago says nothing: the file may have changed twice in that second.
    changed = None if age is None else datetime.now(UTC) - timedelta(seconds=age)
    site.pages["file.gz"] = page(CONTENT, etag=etag, modified=changed, faults=["cut 1000"])
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == CONTENT
    assert site.ranges_asked() == [None, None]


def test_a_server_that_gives_no_parts_is_asked_for_the_whole(
    site: Site, page: type[Page], part: Path, patience: Patience
) -> None:
    site.pages["file.gz"] = page(CONTENT, ranges=False, faults=["cut 100000"])
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == CONTENT


def test_of_a_part_that_is_all_of_it_the_last_byte_is_asked_for(
    site: Site, page: type[Page], part: Path, patience: Patience
) -> None:
    site.pages["file.gz"] = page(CONTENT)
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert site.ranges_asked() == [None, "bytes=299999-"]
    assert part.read_bytes() == CONTENT
    part.write_bytes(CONTENT + b"more")
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == CONTENT


def test_a_part_that_the_server_does_not_know_starts_over(
    site: Site, page: type[Page], part: Path, patience: Patience
) -> None:
    site.pages["file.gz"] = page(CONTENT, length=False)
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert site.ranges_asked() == [None, "bytes=300000-", None]
    assert part.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("proxy", "told"),
    [
        ("socks5://127.0.0.1:1", "proxy that the environment names cannot be used"),
        ("::garbage", "names a proxy that is none"),
        ("http://127.0.0.1:1", "proxy that the environment names cannot be reached"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_told(
    part: Path, patience: Patience, monkeypatch: pytest.MonkeyPatch, proxy: str, told: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setattr(module, "check_url", lambda _: None)
    with pytest.raises(InstallError, match=told):
        download("http://192.0.2.1/file.gz", part, largest=LARGEST, patience=patience)


def test_certificates_that_cannot_be_read_are_told(
    part: Path, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(part.with_name("absent\x1b.pem")))
    with pytest.raises(InstallError, match=r"invalid path: .*absent\\x1b\.pem"):
        download("https://127.0.0.1:1/file.gz", part, largest=LARGEST, patience=patience)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"validator": 1}', '{"url_sha256": "x", "validator": "y"}'])
def test_a_part_whose_note_is_of_another_file_is_thrown_away(
    site: Site, page: type[Page], part: Path, patience: Patience, content: str
) -> None:
    part.write_bytes(b"something else")
    note(part).write_text(content)
    site.pages["file.gz"] = page(CONTENT)
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == CONTENT
    assert site.ranges_asked() == [None]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_a_server_that_is_not_well_is_asked_again(
    site: Site, page: type[Page], part: Path, patience: Patience, status: int
) -> None:
    site.pages["file.gz"] = page(CONTENT, faults=[status, status])
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == CONTENT
    assert len(site.asked) == 3


def test_tries_are_bounded(site: Site, page: type[Page], part: Path, patience: Patience) -> None:
    site.pages["file.gz"] = page(CONTENT, faults=[500] * 40)
    with pytest.raises(InstallError, match=r"answers with 500.*Try again later"):
        download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert len(site.asked) == patience.attempts


def test_what_brings_the_file_on_does_not_count_as_a_failure(
    site: Site, page: type[Page], part: Path, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PROGRESS", 10_000)
    site.pages["file.gz"] = page(CONTENT, faults=[f"cut {n * 30_000}" for n in range(1, 10)])
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == CONTENT
    assert len(site.asked) == 10


def test_a_server_that_says_nothing_more_runs_into_the_time_limit_and_is_gone_on_with(
    site: Site, page: type[Page], part: Path, patience: Patience
) -> None:
    site.pages["file.gz"] = page(CONTENT, faults=["stall 50000"])
    started = time.monotonic()
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert time.monotonic() - started < 5
    assert part.read_bytes() == CONTENT
    assert site.ranges_asked() == [None, "bytes=50000-"]


def test_a_whole_download_has_a_time_limit(site: Site, page: type[Page], part: Path) -> None:
    site.pages["file.gz"] = page(CONTENT)
    hasty = Patience(connect=2, read=2, total=0.0, attempts=3, pause=0.01)
    with pytest.raises(InstallError, match="needs more than 0 s"):
        download(site.url + "file.gz", part, largest=LARGEST, patience=hasty)


def test_no_network_is_told_with_the_next_step(part: Path, patience: Patience) -> None:
    # Port 1 of this machine: nothing listens there.
    with pytest.raises(InstallError, match=r"cannot be reached.*--from"):
        download("http://127.0.0.1:1/file.gz", part, largest=LARGEST, patience=patience)


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_not_there_is_not_asked_for_again(
    site: Site, page: type[Page], part: Path, patience: Patience, status: int
) -> None:
    site.pages["file.gz"] = page(faults=[status])
    with pytest.raises(NotThereError, match="there is no such file"):
        download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert len(site.asked) == 1


def test_other_answers_are_told(site: Site, page: type[Page], part: Path, patience: Patience) -> None:
    site.pages["file.gz"] = page(faults=[418])
    with pytest.raises(InstallError, match="answers with 418"):
        download(site.url + "file.gz", part, largest=LARGEST, patience=patience)


@pytest.mark.parametrize("length", [True, False])
def test_a_file_that_is_too_large_is_not_kept(
    site: Site, page: type[Page], part: Path, patience: Patience, length: bool
) -> None:
    site.pages["file.gz"] = page(CONTENT, length=length)
    with pytest.raises(InstallError, match="larger than 200,000 bytes"):
        download(site.url + "file.gz", part, largest=200_000, patience=patience)
    assert part.read_bytes() == b""
    assert not note(part).exists()
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"<!DOCTYPE html><title>Please log in</title>", "application/octet-stream"),
        (b"\n <HTML><body>moved", "application/gzip"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><html>", "application/octet-stream"),
        (b"Please log in", "text/html; charset=utf-8"),
    ],
)
def test_a_web_page_instead_of_the_file_is_refused(
    site: Site, page: type[Page], part: Path, patience: Patience, content: bytes, content_type: str
) -> None:
    site.pages["file.gz"] = page(content, content_type=content_type)
    with pytest.raises(InstallError, match="a web page came"):
        download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == b""
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience, page=True)
    assert part.read_bytes() == content


def basic(account: Account) -> str:
    return "Basic " + base64.b64encode(f"{account.name}:{account.key}".encode()).decode()


def test_an_account_is_told_to_the_host_and_to_no_other_that_it_leads_on_to(
    site: Site, other_site: Site, page: type[Page], part: Path, patience: Patience
) -> None:
    account = Account("123456", SECRET)
    site.pages["file.gz"] = page(key=basic(account), location=other_site.url + "signed?token=abc")
    other_site.pages["signed?token=abc"] = page(CONTENT, faults=["cut 1000"])
    download(site.url + "file.gz", part, largest=LARGEST, account=account, patience=patience)
    assert part.read_bytes() == CONTENT
    assert [fields.get("Authorization") for _, fields in site.asked] == [basic(account)] * 2
    assert [fields.get("Authorization") for _, fields in other_site.asked] == [None, None]
    assert other_site.ranges_asked() == [None, "bytes=1000-"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_is_told_and_not_shown(
    site: Site, page: type[Page], part: Path, patience: Patience, status: int
) -> None:
    site.pages["file.gz"] = page(faults=[status])
    account = Account("123456", SECRET)
    with pytest.raises(InstallError, match=r"refuses the account id or the licence key") as caught:
        download(site.url + "file.gz", part, largest=LARGEST, account=account, patience=patience)
    assert SECRET not in str(caught.value) + repr(account)
    assert len(site.asked) == 1
    site.pages["file.gz"] = page(faults=[status])
    with pytest.raises(InstallError, match="without an account"):
        download(site.url + "file.gz", part, largest=LARGEST, patience=patience)


def test_nothing_secret_is_written_to_disk(site: Site, page: type[Page], part: Path, patience: Patience) -> None:
    account = Account("123456", SECRET)
    path = f"file.gz?license_key={SECRET}"
    site.pages[path] = page(CONTENT, faults=["cut 1000", 500, 500, 500, 500])
    with pytest.raises(InstallError) as caught:
        download(site.url + path, part, largest=LARGEST, account=account, patience=patience)
    assert SECRET not in str(caught.value)
    assert set(json.loads(note(part).read_text())) == {"url_sha256", "validator", "total"}
    assert all(SECRET.encode() not in file.read_bytes() for file in part.parent.iterdir())


@pytest.mark.parametrize(
    "location",
    ["http://192.0.2.1/file.gz", "ftp://127.0.0.1/file.gz", "file:///etc/passwd", "http://a:b@127.0.0.1/", "http://["],
)
def test_an_address_that_leads_on_to_what_is_not_safe_is_not_followed(
    site: Site, page: type[Page], part: Path, patience: Patience, location: str
) -> None:
    site.pages["file.gz"] = page(location=location)
    with pytest.raises(InstallError, match="leads on to what is not fetched"):
        download(site.url + "file.gz", part, largest=LARGEST, patience=patience)


def test_an_address_that_leads_to_itself_ends(site: Site, page: type[Page], part: Path, patience: Patience) -> None:
    site.pages["file.gz"] = page(location=site.url + "file.gz")
    with pytest.raises(InstallError, match="from address to address"):
        download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert len(site.asked) <= 10


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/file",
        "http://127.0.0.1.example.org/file",
        "http://192.0.2.1/",
        "ftp://example.org/file",
        "https://",
        "https:///file",
        "file:///etc/passwd",
        "example.org/file",
        "",
    ],
)
def test_only_https_is_fetched(url: str) -> None:
    with pytest.raises(UsageError, match=r"only https://|cannot be read"):
        check_url(url)


@pytest.mark.parametrize("url", ["https://user:word@example.org/", "http://127.0.0.1:80@example.org/"])
def test_a_password_in_an_address_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(UsageError, match=r"a password in the address of example\.org") as caught:
        check_url(url)
    assert "word@" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://example.org/a", "HTTPS://EXAMPLE.ORG", "http://127.0.0.1:80/a", "http://[::1]/"]
)
def test_https_and_this_machine_are_fetched(url: str) -> None:
    check_url(url)


@given(st.text(max_size=60), st.sampled_from(["", "https://", "http://", "https://a:b@", "https://[", "//"]))
def test_no_address_gets_past_in_another_way(text: str, start: str) -> None:
    with contextlib.suppress(UsageError):
        check_url(start + text)
    assert shown_url(start + text).isprintable()


def test_what_is_shown_of_an_address_has_no_secret() -> None:
    shown = shown_url(f"https://user:{SECRET}@example.org/a/b?license_key={SECRET}#{SECRET}")
    assert shown == "https://example.org/a/b"


def test_two_at_once_do_not_write_into_each_other(site: Site, page: type[Page], part: Path, patience: Patience) -> None:
    site.pages["file.gz"] = page(CONTENT, faults=["stall 50000"])
    errors: list[Exception] = []

    def fetch() -> None:
        try:
            with claimed(part, "The file"):
                download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
        except InstallError as error:
            errors.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert part.read_bytes() == CONTENT
    (error,) = errors
    assert "another process" in str(error)


def test_an_interruption_keeps_what_came(site: Site, page: type[Page], part: Path, patience: Patience) -> None:
    site.pages["file.gz"] = page(CONTENT)

    def interrupt(done: int, _: int | None) -> None:
        if done >= 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(site.url + "file.gz", part, largest=LARGEST, patience=patience, on_bytes=interrupt)
    kept = part.stat().st_size
    assert 100_000 <= kept < len(CONTENT)
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert site.ranges_asked() == [None, f"bytes={kept}-"]
    assert part.read_bytes() == CONTENT


# --- servers that lie


def answered(*answers: bytes | Iterable[bytes]) -> tuple[str, list[bytes]]:
    """Serve each connection with bytes as they are; return the address, and what was asked for."""
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener:
            for answer in answers:
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    asked.append(connection.recv(65536))
                    for piece in [answer] if isinstance(answer, bytes) else answer:
                        connection.sendall(piece)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/file.gz", asked


WHOLE = b'HTTP/1.1 200 OK\r\nETag: "one"\r\nContent-Length: 300000\r\nConnection: close\r\n\r\n'
BEGUN = WHOLE + CONTENT[:100_000]


def part_as(range_: str, tag: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {range_}\r\n{tag}Content-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


@pytest.mark.parametrize(
    ("range_", "tag"),
    [
        ("100000-299999/300000", 'ETag: "two"\r\n'),
        ("100000-299999/300000", ""),
        ("100000-299999/300000", 'ETag: W/"one"\r\n'),
        ("100000-299999/310000", 'ETag: "one"\r\n'),
        ("99999-299998/300000", 'ETag: "one"\r\n'),
        ("nonsense", 'ETag: "one"\r\n'),
    ],
)
def test_bytes_of_two_versions_are_never_put_together(part: Path, patience: Patience, range_: str, tag: str) -> None:
    # As of a cache that gives a part of what it has now, without a look at If-Range.
    newer = CONTENT[::-1]
    url, asked = answered(BEGUN, part_as(range_, tag, newer[100_000:]), WHOLE + newer)
    download(url, part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == newer
    assert b"Range: bytes=100000-" in asked[1]
    assert b"Range" not in asked[2]


def test_a_part_that_is_shorter_than_asked_for_is_not_taken_for_the_rest(part: Path, patience: Patience) -> None:
    tag = 'ETag: "one"\r\n'
    url, asked = answered(
        BEGUN,
        part_as("100000-199999/300000", tag, CONTENT[100_000:200_000]),
        part_as("200000-299999/300000", tag, CONTENT[200_000:]),
    )
    download(url, part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == CONTENT
    assert b"bytes=200000-" in asked[2]


def test_what_comes_with_a_redirect_is_not_read(part: Path, patience: Patience) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield f"HTTP/1.1 302 Found\r\nLocation: {then}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        for _ in range(500):
            yield b"10000\r\n" + bytes(1 << 16) + b"\r\n"
            sent += 1 << 16

    then, _ = answered(WHOLE + CONTENT)
    url, _ = answered(endless())
    download(url, part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == CONTENT
    assert sent < 20 << 20  # what the buffers of the connection take


def drip(start: bytes, piece: bytes) -> Iterator[bytes]:
    yield start
    for _ in range(200):
        time.sleep(0.05)
        yield piece


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", b"X: y\r\n"),
        (WHOLE, b"x"),
    ],
    ids=["header", "continue", "trailer", "body"],
)
def test_a_server_that_drips_is_left_in_the_end(part: Path, start: bytes, piece: bytes) -> None:
    url, _ = answered(drip(start, piece))
    started = time.monotonic()
    patience = Patience(connect=2, read=2, total=0.5, attempts=3, pause=0.01)
    with pytest.raises(InstallError, match="needs more than"):
        download(url, part, largest=LARGEST, patience=patience)
    assert time.monotonic() - started < 3


def test_headers_that_are_too_large_are_refused(part: Path, patience: Patience) -> None:
    url, _ = answered(*[b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n"] * 3)
    with pytest.raises(InstallError):
        download(url, part, largest=LARGEST, patience=patience)


def test_no_secret_is_in_the_chain_of_an_error_or_in_what_is_logged(
    site: Site, page: type[Page], part: Path, patience: Patience, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    account = Account("123456", SECRET)
    site.pages["file.gz"] = page(CONTENT)
    download(site.url + "file.gz", part, largest=LARGEST, account=account, patience=patience)
    with pytest.raises(InstallError) as caught:
        download(f"http://127.0.0.1:1/file.gz?key={SECRET}", part, largest=LARGEST, account=account, patience=patience)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in "".join(record.getMessage() for record in caplog.records if record.levelname != "DEBUG")
    assert basic(account) not in caplog.text


# --- parts that are not what they should be


@pytest.mark.parametrize("content", ["[" * 100_000, '{"url_sha256": "', "x" * 100_000, '{"a":' * 700])
def test_a_note_that_is_none_is_passed_over(
    site: Site, page: type[Page], part: Path, patience: Patience, content: str
) -> None:
    part.write_bytes(b"something else")
    note(part).write_text(content)
    site.pages["file.gz"] = page(CONTENT)
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == CONTENT


def test_a_link_in_the_place_of_a_part_is_not_followed(site: Site, page: type[Page], part: Path) -> None:
    outside = part.with_name("outside")
    outside.write_bytes(b"mine")
    part.symlink_to(outside)
    site.pages["file.gz"] = page(CONTENT)
    with pytest.raises(OSError, match="symbolic link"):
        download(site.url + "file.gz", part, largest=LARGEST)
    assert outside.read_bytes() == b"mine"


def test_a_pipe_in_the_place_of_a_part_is_not_waited_for(part: Path) -> None:
    os.mkfifo(part)
    with pytest.raises(OSError, match="no regular file"):
        download("http://127.0.0.1:1/file.gz", part, largest=LARGEST)


def test_what_another_process_has_claimed_is_left_alone(part: Path) -> None:
    with claimed(part, "The file"):
        with (
            pytest.raises(InstallError, match="The file is being fetched by another process"),
            claimed(part, "The file"),
        ):
            pass
        assert part.exists()
        part.write_bytes(b"kept")
    with claimed(part, "The file"):
        part.unlink()
        part.write_bytes(b"")  # by another process, which has its own claim on it
    assert part.exists()
