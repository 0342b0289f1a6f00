from __future__ import annotations

import base64
import contextlib
import gzip
import json
import random
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.enrich.datasets import download as module
from attribution.enrich.datasets.download import (
    Account,
    NotThereError,
    Patience,
    check_url,
    download,
    drop_partial,
    shown_url,
)
from attribution.errors import InstallError, UsageError

if TYPE_CHECKING:
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


def test_without_a_strong_tag_the_date_says_whether_it_is_the_same_file(
    site: Site, page: type[Page], part: Path, patience: Patience
) -> None:
    changed = datetime(2024, 3, 1, tzinfo=UTC)
    site.pages["file.gz"] = page(CONTENT, etag='W/"weak"', modified=changed, faults=["cut 1000"])
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == CONTENT
    assert [fields.get("If-Range") for _, fields in site.asked] == [None, "Fri, 01 Mar 2024 00:00:00 GMT"]


@pytest.mark.parametrize("etag", ["", 'W/"weak"', '"' + "x" * 300 + '"'])
def test_where_nothing_says_that_it_is_the_same_file_it_starts_over(
    site: Site, page: type[Page], part: Path, patience: Patience, etag: str
) -> None:
    site.pages["file.gz"] = page(CONTENT, etag=etag, faults=["cut 1000"])
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == CONTENT
    assert site.ranges_asked() == [None, None]


def test_a_server_that_gives_no_parts_is_asked_for_the_whole(
    site: Site, page: type[Page], part: Path, patience: Patience
) -> None:
    site.pages["file.gz"] = page(CONTENT, ranges=False, faults=["cut 100000"])
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert part.read_bytes() == CONTENT


def test_a_part_that_is_all_of_it_or_more_starts_over(
    site: Site, page: type[Page], part: Path, patience: Patience
) -> None:
    site.pages["file.gz"] = page(CONTENT)
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    download(site.url + "file.gz", part, largest=LARGEST, patience=patience)
    assert site.ranges_asked() == [None, "bytes=300000-", None]
    assert part.read_bytes() == CONTENT


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
    assert not part.exists()
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
    assert set(json.loads(note(part).read_text())) == {"url_sha256", "validator"}
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
