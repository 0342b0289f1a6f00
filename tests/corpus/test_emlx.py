"""Apple Mail's files of one message: a length, the message, a property list."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attribution.corpus import read, sample
from attribution.corpus.emlx import first_line, opens_property_list
from attribution.corpus.kinds import sniff
from attribution.corpus.mbox import head_bytes
from attribution.limits import Limits
from attribution.models import Problem, RawMessage

if TYPE_CHECKING:
    from pathlib import Path

MAIL = (
    b"Received: from a.example.com ([192.0.2.1]) by mx.example.net;\n Thu, 1 Jan 2026 00:00:00 +0000\nSubject: x\n\nb\n"
)
PLIST = b"""\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
\t<key>flags</key>
\t<integer>8590195713</integer>
</dict>
</plist>
"""
ALL = len(MAIL + PLIST)


def emlx(mail: bytes = MAIL, length: int | None = None, plist: bytes = PLIST, end: bytes = b"\n") -> bytes:
    return b"%d" % (len(mail) if length is None else length) + end + mail + plist


def only(path: Path, data: bytes, limits: Limits | None = None) -> RawMessage | Problem:
    path.write_bytes(data)
    (item,) = read(str(path), limits or Limits())
    return item


@pytest.mark.parametrize("end", [b"\n", b"      \n", b"\r\n", b"\t\r\n"])
@pytest.mark.parametrize("mail", [MAIL, MAIL.rstrip(b"\n"), MAIL.replace(b"\n", b"\r\n"), MAIL + PLIST, b"Subject: x"])
def test_the_message_is_exactly_as_long_as_the_first_line_says(tmp_path: Path, mail: bytes, end: bytes) -> None:
    found = only(tmp_path / "1.emlx", emlx(mail, end=end))
    offset = len(b"%d" % len(mail) + end)
    assert found == RawMessage(str(tmp_path / "1.emlx"), None, offset, len(mail), mail)


@pytest.mark.parametrize("plist", [PLIST, b"\n" + PLIST, PLIST.split(b"\n", 1)[1], PLIST.split(b"\n", 2)[2]])
def test_a_property_list_is_known_with_and_without_its_prologue(tmp_path: Path, plist: bytes) -> None:
    assert isinstance(only(tmp_path / "1.emlx", emlx(plist=plist)), RawMessage)


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (emlx(length=ALL + 1), f"with only {ALL} of the {ALL + 1} bytes that its first line gives"),
        (emlx(length=999_999_999_999_999), f"with only {ALL} of the 999,999,999,999,999 bytes"),
        (emlx(length=len(MAIL) - 2), f"without its property list behind the {len(MAIL) - 2} bytes"),
        (emlx(length=len(MAIL) + 1), f"without its property list behind the {len(MAIL) + 1} bytes"),
        (emlx(length=0), "without its property list behind the 0 bytes"),
        (emlx(plist=b""), f"without its property list behind the {len(MAIL)} bytes"),
        (emlx(plist=b"<html></html>"), "without its property list"),
        (emlx(plist=b'<?xml version="1.0"?><rss/>'), "without its property list"),
        (emlx(plist=b"<plistx"), "without its property list"),
    ],
)
def test_where_it_is_not_sure_where_the_message_ends_there_is_a_problem(
    tmp_path: Path, data: bytes, detail: str
) -> None:
    found = only(tmp_path / "1.emlx", data)
    assert isinstance(found, Problem)
    assert (found.status, found.offset) == ("malformed", None)
    assert found.detail.startswith("an Apple Mail file (.emlx) ")
    assert detail in found.detail


@pytest.mark.parametrize(
    "data",
    [
        b"2014\nwas a year\n",
        b"111",
        b"111\n",
        b"-5\n" + MAIL + PLIST,
        b"+111\n" + MAIL + PLIST,
        b"0x6f\n" + MAIL + PLIST,
        b"1e2\n" + MAIL + PLIST,
        b"\xd9\xa1\xd9\xa1\n" + MAIL + PLIST,
        b"1" * 16 + b"\n" + MAIL + PLIST,
        b" 111\n" + MAIL + PLIST,
        b"111" + b" " * 33 + b"\n" + MAIL + PLIST,
    ],
)
def test_what_does_not_begin_with_a_plain_length_and_a_header_is_none(data: bytes) -> None:
    assert first_line(data) is None
    assert sniff(data).detail == "text that does not begin with a mail header"


def test_it_is_found_in_folders_and_containers(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(emlx()))
    (tmp_path / "b.partial.emlx").write_bytes(emlx())
    found = [item for item in read(str(tmp_path), Limits()) if isinstance(item, RawMessage)]
    assert [(item.member, item.offset, item.data) for item in found] == [
        ("a.gz", 4, MAIL),
        ("b.partial.emlx", 4, MAIL),
    ]


def test_a_message_beyond_the_limit_is_hashed_and_its_header_kept(tmp_path: Path) -> None:
    limits = Limits(message_bytes=50_000, header_bytes=1_000)
    mail = MAIL + b"x" * 400_000
    found = only(tmp_path / "1.emlx", emlx(mail), limits)
    assert isinstance(found, RawMessage)
    assert (found.status, found.offset, found.length) == ("too-large", 7, len(mail))
    assert found.data == mail[: head_bytes(limits)]
    assert found.sha256 == hashlib.sha256(mail).hexdigest()
    assert isinstance(only(tmp_path / "1.emlx", emlx(mail, len(mail) - 1), limits), Problem)


def test_the_first_pass_takes_its_header(tmp_path: Path) -> None:
    (tmp_path / "1.emlx").write_bytes(emlx())
    (found,) = sample([str(tmp_path)], Limits(), 5)
    assert (found.offset, found.data[: len(MAIL)]) == (4, MAIL)


@given(
    length=st.one_of(st.integers(0, 700), st.integers(0, 10**15 - 1)),
    body=st.lists(st.sampled_from([b"x\n", b"\n", PLIST, b"<plist>", b"12\n", b"From a\n", b"\0" * 9]), max_size=8),
    plist=st.sampled_from([PLIST, b"", PLIST[:200], b"<plist"]),
)
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_length_gives_those_bytes_or_a_problem(
    tmp_path: Path, length: int, body: list[bytes], plist: bytes
) -> None:
    rest = MAIL + b"".join(body) + plist
    found = only(tmp_path / "1.emlx", b"%d\n" % length + rest, Limits(message_bytes=300, header_bytes=50))
    if isinstance(found, Problem):
        assert found.status == "malformed"
        assert length > len(rest) or not opens_property_list(rest[length:])
    else:
        assert found.offset == len(b"%d\n" % length)
        assert found.length == length <= len(rest)
        assert opens_property_list(rest[length:])
        assert (found.sha256 or hashlib.sha256(found.data).hexdigest()) == hashlib.sha256(rest[:length]).hexdigest()
