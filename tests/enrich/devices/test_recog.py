"""Files of Recog: read without XML's dangers, and matched as Recog's own examples say."""

from __future__ import annotations

import base64
import re
import time
from typing import TYPE_CHECKING

import pytest

from attribution.enrich.devices import read_recog
from attribution.enrich.devices.fields import split_banner
from attribution.enrich.devices.recog import compile_fingerprint
from attribution.enrich.devices.recog_xml import LARGEST_FILE, read_xml
from attribution.enrich.devices.regex_dialects import tamed, translate
from attribution.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from attribution.enrich.devices.recog_xml import RawExample

SMALL = r"""<?xml version='1.0' encoding='UTF-8'?>
<fingerprints matches="http_header.server" protocol="http" database_type="service">
  <!-- a comment -->
  <fingerprint pattern="^Box/(\d+)(?: \((\w+)\))?$" flags="REG_ICASE">
    <description>The Box</description>
    <example hw.version="3" hw.model="Mini">box/3 (Mini)</example>
    <param pos="0" name="hw.vendor" value="Example"/>
    <param pos="0" name="hw.device" value="Broadband Router"/>
    <param pos="1" name="hw.version"/>
    <param pos="2" name="hw.model"/>
    <param pos="0" name="_tmp.note" value="x"/>
    <param pos="0" name="hw.product" value="Box {hw.model}"/>
    <param pos="0" name="hw.cpe23" value="cpe:/h:example:box:{hw.version}:{hw.model}"/>
  </fingerprint>
  <fingerprint pattern="^(?broken"><description>broken</description></fingerprint>
  <fingerprint pattern="^a$"><param pos="3" name="hw.model"/></fingerprint>
  <fingerprint pattern="^Box"><description>Any box</description></fingerprint>
</fingerprints>
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "http_servers.xml").write_text(SMALL, "utf-8")
    return tmp_path


def test_the_first_fingerprint_that_matches_gives_its_parameters(folder: Path) -> None:
    match = read_recog(folder).match("box/3 (Mini)", "http_header.server")
    assert match is not None
    assert match.params == {
        "hw.vendor": "Example",
        "hw.device": "Broadband Router",
        "hw.version": "3",
        "hw.model": "Mini",
        "hw.product": "Box Mini",
        "hw.cpe23": "cpe:/h:example:box:3:Mini",
    }
    assert (match.device_type, match.vendor, match.product) == ("router", "Example", "Box Mini")


def test_a_parameter_that_is_missing_leaves_its_place_empty(folder: Path) -> None:
    match = read_recog(folder).match("Box/3", "http_header.server")
    assert match is not None
    assert match.params["hw.product"] == "Box "
    assert match.params["hw.cpe23"] == "cpe:/h:example:box:3:-"
    assert "hw.model" not in match.params


def test_the_fields_of_a_banner_find_their_database(folder: Path) -> None:
    fields = split_banner("HTTP/1.1 200 OK\r\nServer: Boxes\r\n\r\n", "80")
    (match,) = read_recog(folder).match_fields(fields)
    assert match.description == "Any box"
    assert (match.word, match.device_type, match.vendor, match.product) == (None, None, None, None)


def test_fingerprints_that_python_cannot_use_are_skipped_and_listed(folder: Path) -> None:
    recog = read_recog(folder)
    assert [(file, pattern) for file, pattern, _ in recog.skipped] == [
        ("http_servers.xml", "^(?broken"),
        ("http_servers.xml", "^a$"),
    ]
    assert recog.match("nothing", "http_header.server") is None
    assert recog.match("nothing", "no such database") is None


BOMB = """<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<fingerprints><fingerprint pattern="&b;"/></fingerprints>"""
OTHER_FILE = """<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><fingerprints>&a;</fingerprints>"""


@pytest.mark.parametrize(
    "content",
    [
        BOMB.encode(),
        OTHER_FILE.encode(),
        b"<fingerprints><fingerprint>",
        b"",
        b"\xff\xfe\x00",
        b"<a>" * 100_000,
        b"<fingerprints>" + b" " * LARGEST_FILE + b"</fingerprints>",
    ],
)
def test_a_dangerous_or_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.xml").write_bytes(content)
    with pytest.raises(UsageError, match=r"bad\.xml"):
        read_recog(tmp_path)


def test_a_folder_without_fingerprints_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no XML files"):
        read_recog(tmp_path)


@pytest.mark.parametrize(
    ("pattern", "text", "ruby", "perl"),
    [
        (r"\Aa\z", "a\n", False, False),
        (r"\Aa\Z", "a\n", True, True),
        (r"^\h+$", "beef", True, False),
        (r"^a\hb$", "a b", False, True),
        (r"^[[:alpha:]]+$", "abc", True, True),
        (r"^[^[:space:]\]]+$", "a]", False, False),
        (r"^(?m)a.b$", "a\nb", True, False),
        (r"^a(?i)b(c|d)$", "aBD", True, True),
        (r"^a(?i)b", "AB", False, False),
        (r"^(?<name>x)(?:y)$", "xy", True, True),
        (r"^(?i-m:A)b$", "ab", True, True),
        (r"^x\)(?=y)y$", "x)y", True, True),
        (r"^[]a]+$", "]a", True, True),
    ],
)
def test_expressions_of_ruby_and_perl_mean_the_same_in_python(
    pattern: str, text: str, *, ruby: bool, perl: bool
) -> None:
    assert bool(re.search(translate(pattern, ruby=True), text)) is ruby
    assert bool(re.search(translate(pattern, ruby=False), text)) is perl


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a b\nc" * 10, "a b\nc" * 10),
        ("a" + "\n " * 5_000_000, "a" + "\n " * 12),
        ("*" * 5_000_000, "*" * 80),
        ("ab" * 5_000_000, "ab" * 128),
    ],
)
def test_a_text_is_made_short_where_expressions_of_others_are_slow(text: str, left: str) -> None:
    assert tamed(text) == left


def test_a_repeat_of_a_repeat_costs_no_more_than_one(tmp_path: Path) -> None:
    (tmp_path / "slow.xml").write_text(SMALL.replace("^Box/", "^Box/(.+)*"), "utf-8")
    recog = read_recog(tmp_path)
    start = time.thread_time()
    recog.match("Box/" + "a" * 200, "http_header.server")
    assert time.thread_time() - start < 0.1


@pytest.mark.parametrize(
    "text", ["\n" * 20_000, "*\r\n" * 5_000, "- " * 9_000, "1." * 9_000, "Cisco IOS Software, " * 900]
)
def test_hostile_texts_cost_recog_a_bounded_time(shared: Path, text: str) -> None:
    recog = read_recog(shared / "banners/recog")
    start = time.thread_time()
    for database in recog.databases:
        recog.match(text, database)
    assert time.thread_time() - start < 2


def decoded(example: RawExample) -> str:
    if example.attributes.get("_encoding") != "base64":
        return example.text
    raw = base64.b64decode(example.text)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def test_recogs_own_examples_match_as_recog_says(shared: Path) -> None:
    folder = shared / "banners/recog"
    recog = read_recog(folder)
    right, wrong = 0, []
    for path in sorted(folder.glob("*.xml")):
        file = read_xml(path)
        for raw in file.fingerprints:
            for example in raw.examples:
                expected = {name: value for name, value in example.attributes.items() if not name.startswith("_")}
                text = decoded(example)
                params = compile_fingerprint(raw).params(text)
                match = recog.match(text, file.matches or path.stem)
                if params is not None and expected.items() <= params.items() and match is not None:
                    right += 1
                else:
                    wrong.append((path.name, raw.pattern, text))
    assert recog.skipped == ()
    assert right > 7_500
    assert right >= 0.999 * (right + len(wrong)), wrong[:5]
